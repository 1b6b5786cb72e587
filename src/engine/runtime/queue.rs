//! The work queue: keyed, de-duplicated, by priority, fair to vendors, organizations and namespaces, with backoff per
//! key.
//!
//! Pure: it is told the time and never waits. A key is at most once in line and never runs twice
//! at the same time; what arrives while it runs brings it back once. No operation gets slower by more
//! than the logarithm of what waits.

mod round;
#[cfg(test)]
mod tests;

use crate::api::kind::KindRef;
use crate::engine::base::checks::holds;
use crate::engine::base::ports::{ObjectRef, Tick};
use round::Round;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Why an object is looked at; the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// A person changed it, or what it depends on.
    Change,
    /// It is being deleted.
    Delete,
    /// It is new.
    Create,
    /// The vendor's side moved.
    Drift,
    /// Time has passed.
    Resync,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Change, Self::Delete, Self::Create, Self::Drift, Self::Resync];

    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Create => "create",
            Self::Drift => "drift",
            Self::Resync => "resync",
        }
    }
}

/// Who shares a place in the round: the objects of one organization in one namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// The organization's object, as its text has it.
    pub organization: String,
    /// The object's namespace.
    pub namespace: String,
}

impl Lane {
    /// The lane of the organization's objects in `namespace`.
    pub fn of(root: &ObjectRef, namespace: &str) -> Self {
        Self { organization: root.to_string(), namespace: namespace.to_owned() }
    }

    /// The lane of those in `namespace` that belong to no organization.
    pub fn nowhere(namespace: &str) -> Self {
        Self { organization: String::new(), namespace: namespace.to_owned() }
    }
}

/// First and longest wait after failures in a row.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after `failures` failures in a row; `jitter` (0..=999) takes off up to half.
    pub fn delay(&self, failures: u32, jitter: u64) -> Duration {
        let doubled =
            self.first.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX));
        let whole = doubled.min(self.longest);
        let half = whole / 2;
        half + half.mul_f64(1.0 - f64::from(u32::try_from(jitter.min(999)).unwrap_or(999)) / 999.0)
    }
}

/// The queue at a moment, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// How many keys could run now.
    pub waiting: BTreeMap<(KindRef, Priority), usize>,
    /// For how long each key that runs has been running.
    pub running: BTreeMap<KindRef, Vec<Duration>>,
    /// How many keys were put in line since the start.
    pub added: BTreeMap<KindRef, u64>,
}

#[derive(Debug)]
struct Waiting {
    lane: Lane,
    priority: Priority,
    /// When it may run; `None` once it stands in line.
    due: Option<Tick>,
    /// Its place in line, once it stands there.
    place: u64,
    times: Times,
}

/// Since when a key waits, in three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Since when it could have run.
    pub due: Tick,
    /// When it was put in line last: what was read after that answers a person's request.
    pub asked: Tick,
    /// When it was put in line first, before it was put off: what was read after that is new enough.
    pub fresh: Tick,
}

impl Times {
    fn all(at: Tick) -> Self {
        Self { due: at, asked: at, fresh: at }
    }
}

/// How many may be worked on at once, so that a slow one leaves room for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Objects of one organization.
    pub organization: usize,
    /// Objects of one vendor.
    pub vendor: usize,
}

impl Shares {
    /// The shares of so many workers: half for an organization; all for a vendor that is alone, else three quarters.
    pub fn of(workers: usize, vendors: usize) -> Self {
        let vendor = if vendors > 1 { workers * 3 / 4 } else { workers };
        Self { organization: (workers / 2).max(1), vendor: vendor.max(1) }
    }
}

/// The API group of a vendor's kinds.
type Group = &'static str;

/// Those of one vendor and priority that may run.
type Line = Round<String, String, ObjectRef>;

/// A vendor's part of the work.
#[derive(Debug, Default)]
struct Vendor {
    running: usize,
    turn: u64,
}

/// The queue.
#[derive(Debug)]
pub struct Queue {
    backoff: Backoff,
    shares: Shares,
    waiting: BTreeMap<ObjectRef, Waiting>,
    /// Those that may run, by priority and vendor.
    lines: BTreeMap<Priority, BTreeMap<Group, Line>>,
    timers: BTreeSet<(Tick, ObjectRef)>,
    /// By key: whose share it takes, and since when.
    running: BTreeMap<ObjectRef, (String, Tick)>,
    /// What arrived for a key while it ran.
    again: BTreeMap<ObjectRef, (Lane, Priority)>,
    /// How many of each organization run.
    busy: BTreeMap<String, usize>,
    /// The same of each vendor, and when it had its turn last, in turns so far.
    vendors: BTreeMap<Group, Vendor>,
    turns: u64,
    failures: BTreeMap<ObjectRef, u32>,
    /// How often a key of the kind was put in line.
    added: BTreeMap<KindRef, u64>,
}

/// A key to work on.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The object.
    pub key: ObjectRef,
    /// Why.
    pub priority: Priority,
    /// Since when it has been waiting.
    pub times: Times,
}

impl Queue {
    /// An empty queue.
    pub fn new(backoff: Backoff, shares: Shares) -> Self {
        Self {
            backoff,
            shares,
            waiting: BTreeMap::new(),
            lines: BTreeMap::new(),
            timers: BTreeSet::new(),
            running: BTreeMap::new(),
            again: BTreeMap::new(),
            busy: BTreeMap::new(),
            vendors: BTreeMap::new(),
            turns: 0,
            failures: BTreeMap::new(),
            added: BTreeMap::new(),
        }
    }

    /// Puts `key` in line now. If it waits already, the more urgent reason counts.
    pub fn add(&mut self, key: &ObjectRef, lane: &Lane, priority: Priority, now: Tick) {
        if self.running.contains_key(key) {
            let entry = self.again.entry(key.clone()).or_insert((lane.clone(), priority));
            entry.1 = entry.1.min(priority);
            return;
        }
        let mut times = Times::all(now);
        if let Some(waiting) = self.waiting.get_mut(key) {
            waiting.times.asked = now;
            if waiting.due.is_none() && waiting.priority <= priority {
                return;
            }
            times.due = waiting.times.due.min(now);
            times.fresh = waiting.times.fresh.min(now);
        }
        if self.waiting.get(key).is_some_and(|waiting| waiting.due.is_none()) {
            // It only moves up.
            *self.added.entry(key.kind).or_default() -= 1;
        }
        self.remove(key);
        self.line(key, lane, priority, times);
    }

    /// Brings `key` back at `due`, unless it comes earlier anyway.
    pub fn add_at(&mut self, key: &ObjectRef, lane: &Lane, priority: Priority, due: Tick, now: Tick) {
        if due <= now {
            return self.add(key, lane, priority, now);
        }
        match self.waiting.get(key) {
            Some(waiting) if waiting.due.is_none_or(|earlier| earlier <= due) => return,
            _ => self.remove(key),
        }
        self.wait(key, lane, priority, due, Times::all(due));
    }

    /// Brings a key back at `due`, unless it comes earlier anyway: it has been waiting since it was put in line first.
    pub fn put_off(&mut self, ticket: &Ticket, lane: &Lane, due: Tick) {
        match self.waiting.get_mut(&ticket.key) {
            Some(waiting) if waiting.due.is_none_or(|earlier| earlier <= due) => {
                waiting.times.fresh = waiting.times.fresh.min(ticket.times.fresh);
                return;
            }
            _ => self.remove(&ticket.key),
        }
        // What moved elsewhere was looked at; what is left of it is as urgent as any other look.
        let priority = if ticket.priority == Priority::Drift { Priority::Resync } else { ticket.priority };
        self.wait(&ticket.key, lane, priority, due, Times { due, ..ticket.times });
    }

    fn wait(&mut self, key: &ObjectRef, lane: &Lane, priority: Priority, due: Tick, times: Times) {
        self.timers.insert((due, key.clone()));
        let waiting = Waiting { lane: lane.clone(), priority, due: Some(due), place: 0, times };
        self.waiting.insert(key.clone(), waiting);
    }

    /// The next key that may run, of a vendor that is `open`.
    pub fn take_of(&mut self, now: Tick, open: impl Fn(Group) -> bool) -> Option<Ticket> {
        self.ring(now);
        let mut turns: Vec<(u64, Group)> = self
            .vendors
            .iter()
            .filter(|(group, vendor)| {
                open(group) && holds!(ShareOfVendor, vendor.running < self.shares.vendor.max(1))
            })
            .map(|(group, vendor)| (vendor.turn, *group))
            .collect();
        turns.sort_unstable();
        let mut next = self.lines.iter_mut().filter_map(|(priority, lines)| {
            let mut lines = turns.iter().filter_map(|(_, group)| lines.get_mut(group)?.take());
            Some((*priority, lines.next()?))
        });
        let (priority, (organization, key)) = next.next()?;
        self.turns += 1;
        let vendor = self.vendors.entry(key.kind.group()).or_default();
        (vendor.running, vendor.turn) = (vendor.running + 1, self.turns);
        let times = self.waiting.remove(&key).map_or(Times::all(now), |waiting| waiting.times);
        *self.busy.entry(organization.clone()).or_default() += 1;
        self.admit(&organization);
        self.running.insert(key.clone(), (organization, now));
        Some(Ticket { key, priority, times })
    }

    /// Says that work on `key` has ended. Call before asking for it again.
    pub fn done(&mut self, key: &ObjectRef, now: Tick) {
        if let Some((organization, _)) = self.running.remove(key)
            && let Some(count) = self.busy.get_mut(&organization)
        {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&organization);
            }
            self.admit(&organization);
            self.vendors.entry(key.kind.group()).or_default().running -= 1;
        }
        if let Some((lane, priority)) = self.again.remove(key) {
            self.add(key, &lane, priority, now);
        }
    }

    /// Whether one more of the organization may be worked on.
    fn has_room(&self, organization: &str) -> bool {
        let busy = self.busy.get(organization);
        busy.is_none_or(|count| holds!(ShareOfWorkers, *count < self.shares.organization.max(1)))
    }

    /// Lets the organization take turns, or no more.
    fn admit(&mut self, organization: &String) {
        let room = self.has_room(organization);
        for line in self.lines.values_mut().flat_map(BTreeMap::values_mut) {
            line.admit(organization, room);
        }
    }

    /// Forgets the failures of `key`.
    pub fn succeeded(&mut self, key: &ObjectRef) {
        self.failures.remove(key);
    }

    /// Counts a failure of `key` and returns when to come back.
    pub fn failed(&mut self, key: &ObjectRef, jitter: u64, now: Tick) -> Tick {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures = failures.saturating_add(1);
        now + self.backoff.delay(*failures, jitter)
    }

    /// Forgets `key`: its object is gone.
    pub fn forget(&mut self, key: &ObjectRef) {
        self.remove(key);
        self.again.remove(key);
        self.failures.remove(key);
    }

    /// Whether `key` is being worked on.
    pub fn is_running(&self, key: &ObjectRef) -> bool {
        self.running.contains_key(key)
    }

    /// When the next timer rings.
    pub fn next_due(&self) -> Option<Tick> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// What waits and what runs.
    pub fn picture(&self, now: Tick) -> Picture {
        let mut picture = Picture { added: self.added.clone(), ..Picture::default() };
        for (key, waiting) in self.waiting.iter().filter(|(_, waiting)| waiting.due.is_none()) {
            *picture.waiting.entry((key.kind, waiting.priority)).or_default() += 1;
        }
        for (key, (_, since)) in &self.running {
            picture.running.entry(key.kind).or_default().push(now.since(*since));
        }
        picture
    }

    fn ring(&mut self, now: Tick) {
        while let Some((due, _)) = self.timers.first()
            && *due <= now
            && let Some((_, key)) = self.timers.pop_first()
            && let Some(waiting) = self.waiting.remove(&key)
        {
            if self.running.contains_key(&key) {
                self.again.entry(key).or_insert((waiting.lane, waiting.priority));
            } else {
                self.line(&key, &waiting.lane, waiting.priority, waiting.times);
            }
        }
    }

    fn line(&mut self, key: &ObjectRef, lane: &Lane, priority: Priority, times: Times) {
        *self.added.entry(key.kind).or_default() += 1;
        let room = self.has_room(&lane.organization);
        let group = key.kind.group();
        self.vendors.entry(group).or_default();
        let line = self.lines.entry(priority).or_default().entry(group).or_default();
        let place = line.add(&lane.organization, &lane.namespace, key.clone(), room);
        let waiting = Waiting { lane: lane.clone(), priority, due: None, place, times };
        self.waiting.insert(key.clone(), waiting);
    }

    fn remove(&mut self, key: &ObjectRef) {
        let Some(waiting) = self.waiting.remove(key) else { return };
        if let Some(due) = waiting.due {
            self.timers.remove(&(due, key.clone()));
            return;
        }
        let lines = self.lines.get_mut(&waiting.priority);
        if let Some(line) = lines.and_then(|lines| lines.get_mut(key.kind.group())) {
            line.remove(&waiting.lane.organization, &waiting.lane.namespace, &waiting.place);
        }
    }
}
