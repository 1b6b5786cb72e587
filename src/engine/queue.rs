//! The work queue: keyed, de-duplicated, by priority, fair, with backoff per key.
//!
//! Pure: it is told the time and never waits. A key is at most once in line and never runs twice
//! at the same time; what arrives while it runs brings it back once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::engine::seams::{ObjectRef, Tick};

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
    /// The organization's object, as `namespace/name`.
    pub organization: String,
    /// The object's namespace.
    pub namespace: String,
}

impl Lane {
    /// The lane of the organization's objects in `namespace`.
    pub fn of(root: &ObjectRef, namespace: &str) -> Self {
        Self { organization: format!("{}/{}", root.namespace, root.name), namespace: namespace.to_owned() }
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
    pub waiting: BTreeMap<(&'static str, Priority), usize>,
    /// For how long each key that runs has been running.
    pub running: BTreeMap<&'static str, Vec<Duration>>,
    /// How many keys were put in line since the start.
    pub added: BTreeMap<&'static str, u64>,
}

#[derive(Debug)]
struct Waiting {
    lane: Lane,
    priority: Priority,
    /// When it may run; `None` once it stands in line.
    due: Option<Tick>,
    since: Tick,
}

/// The queue.
#[derive(Debug)]
pub struct Queue {
    backoff: Backoff,
    /// How many objects of one organization may be worked on at once.
    per_organization: usize,
    waiting: BTreeMap<ObjectRef, Waiting>,
    /// Those that may run, by priority, in a round over lanes.
    lines: BTreeMap<Priority, VecDeque<(Lane, VecDeque<ObjectRef>)>>,
    timers: BTreeSet<(Tick, ObjectRef)>,
    /// By key: whose share it takes, and since when.
    running: BTreeMap<ObjectRef, (String, Tick)>,
    /// What arrived for a key while it ran.
    again: BTreeMap<ObjectRef, (Lane, Priority)>,
    busy: BTreeMap<String, usize>,
    failures: BTreeMap<ObjectRef, u32>,
    /// How often a key of the kind was put in line.
    added: BTreeMap<&'static str, u64>,
}

/// A key to work on.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The object.
    pub key: ObjectRef,
    /// Why.
    pub priority: Priority,
    /// Since when it has been waiting.
    pub since: Tick,
}

impl Queue {
    /// An empty queue.
    pub fn new(backoff: Backoff, per_organization: usize) -> Self {
        Self {
            backoff,
            per_organization: per_organization.max(1),
            waiting: BTreeMap::new(),
            lines: BTreeMap::new(),
            timers: BTreeSet::new(),
            running: BTreeMap::new(),
            again: BTreeMap::new(),
            busy: BTreeMap::new(),
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
        let since = match self.waiting.get(key) {
            Some(waiting) if waiting.due.is_none() && waiting.priority <= priority => return,
            Some(waiting) => waiting.since.min(now),
            None => now,
        };
        if self.waiting.get(key).is_some_and(|waiting| waiting.due.is_none()) {
            // It only moves up.
            *self.added.entry(key.kind).or_default() -= 1;
        }
        self.remove(key);
        self.line(key, lane, priority, since);
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
        self.timers.insert((due, key.clone()));
        let waiting = Waiting { lane: lane.clone(), priority, due: Some(due), since: due };
        self.waiting.insert(key.clone(), waiting);
    }

    /// The next key that may run.
    pub fn take(&mut self, now: Tick) -> Option<Ticket> {
        self.ring(now);
        let (per_organization, busy) = (self.per_organization, &self.busy);
        let free = |lane: &Lane| busy.get(&lane.organization).is_none_or(|&count| count < per_organization);
        for (&priority, lanes) in &mut self.lines {
            let Some(index) = lanes.iter().position(|(lane, _)| free(lane)) else { continue };
            // The lane goes to the end of the round.
            let Some((lane, mut keys)) = lanes.remove(index) else { continue };
            let Some(key) = keys.pop_front() else { continue };
            if !keys.is_empty() {
                lanes.push_back((lane.clone(), keys));
            }
            let since = self.waiting.remove(&key).map_or(now, |waiting| waiting.since);
            *self.busy.entry(lane.organization.clone()).or_default() += 1;
            self.running.insert(key.clone(), (lane.organization, now));
            return Some(Ticket { key, priority, since });
        }
        None
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
        }
        if let Some((lane, priority)) = self.again.remove(key) {
            self.add(key, &lane, priority, now);
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
                self.line(&key, &waiting.lane, waiting.priority, waiting.since);
            }
        }
    }

    fn line(&mut self, key: &ObjectRef, lane: &Lane, priority: Priority, since: Tick) {
        *self.added.entry(key.kind).or_default() += 1;
        let lanes = self.lines.entry(priority).or_default();
        match lanes.iter_mut().find(|(other, _)| other == lane) {
            Some((_, keys)) => keys.push_back(key.clone()),
            None => lanes.push_back((lane.clone(), VecDeque::from([key.clone()]))),
        }
        self.waiting.insert(key.clone(), Waiting { lane: lane.clone(), priority, due: None, since });
    }

    fn remove(&mut self, key: &ObjectRef) {
        let Some(waiting) = self.waiting.remove(key) else { return };
        if let Some(due) = waiting.due {
            self.timers.remove(&(due, key.clone()));
            return;
        }
        if let Some(lanes) = self.lines.get_mut(&waiting.priority) {
            for (lane, keys) in lanes.iter_mut() {
                if *lane == waiting.lane {
                    keys.retain(|other| other != key);
                }
            }
            lanes.retain(|(_, keys)| !keys.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: Duration = Duration::from_secs(1);
    const BACKOFF: Backoff = Backoff { first: S, longest: Duration::from_mins(1) };

    fn key(name: &str) -> ObjectRef {
        ObjectRef { kind: "Thing", namespace: "ns".into(), name: name.into() }
    }

    fn lane(organization: &str, namespace: &str) -> Lane {
        Lane { organization: organization.into(), namespace: namespace.into() }
    }

    fn names(queue: &mut Queue, now: Tick) -> Vec<String> {
        std::iter::from_fn(|| queue.take(now).map(|ticket| ticket.key.name)).collect()
    }

    #[test]
    fn the_most_urgent_first() {
        let mut queue = Queue::new(BACKOFF, 10);
        let now = Tick::default();
        queue.add(&key("resync"), &lane("o", "n"), Priority::Resync, now);
        queue.add(&key("create"), &lane("o", "n"), Priority::Create, now);
        queue.add(&key("change"), &lane("o", "n"), Priority::Change, now);
        queue.add(&key("resync"), &lane("o", "n"), Priority::Delete, now);
        assert_eq!(names(&mut queue, now), ["change", "resync", "create"]);
    }

    #[test]
    fn a_picture_shows_what_waits_what_runs_and_what_came() {
        let mut queue = Queue::new(BACKOFF, 10);
        let (now, lane) = (Tick::default(), lane("o", "n"));
        queue.add(&key("a"), &lane, Priority::Resync, now);
        queue.add(&key("a"), &lane, Priority::Change, now);
        queue.add(&key("b"), &lane, Priority::Drift, now);
        queue.add_at(&key("later"), &lane, Priority::Resync, now + S, now);
        let picture = queue.picture(now);
        let waiting = [(("Thing", Priority::Change), 1), (("Thing", Priority::Drift), 1)];
        assert_eq!(picture.waiting, BTreeMap::from(waiting), "what has a time does not wait yet");
        assert_eq!(picture.added, BTreeMap::from([("Thing", 2)]), "who only moves up is no other");
        queue.take(now);
        let picture = queue.picture(now + 3 * S);
        assert_eq!(picture.running, BTreeMap::from([("Thing", vec![3 * S])]));
        assert_eq!(picture.waiting, BTreeMap::from([(("Thing", Priority::Drift), 1)]));
    }

    #[test]
    fn lanes_take_turns_so_that_one_team_does_not_hold_up_another() {
        let mut queue = Queue::new(BACKOFF, 10);
        let now = Tick::default();
        for index in 0..3 {
            queue.add(&key(&format!("big{index}")), &lane("o", "big"), Priority::Create, now);
        }
        queue.add(&key("small"), &lane("o", "small"), Priority::Create, now);
        assert_eq!(names(&mut queue, now), ["big0", "small", "big1", "big2"]);
    }

    #[test]
    fn one_organization_cannot_take_every_slot() {
        let mut queue = Queue::new(BACKOFF, 2);
        let now = Tick::default();
        for index in 0..4 {
            queue.add(&key(&format!("slow{index}")), &lane("slow", "n"), Priority::Change, now);
        }
        queue.add(&key("other"), &lane("other", "n"), Priority::Resync, now);
        assert_eq!(names(&mut queue, now), ["slow0", "slow1", "other"]);
        queue.done(&key("slow0"), now);
        assert_eq!(names(&mut queue, now), ["slow2"]);
    }

    #[test]
    fn a_key_never_runs_twice_at_once_and_comes_back_once() {
        let mut queue = Queue::new(BACKOFF, 10);
        let now = Tick::default();
        let one = lane("o", "n");
        queue.add(&key("a"), &one, Priority::Create, now);
        assert_eq!(names(&mut queue, now), ["a"]);
        queue.add(&key("a"), &one, Priority::Resync, now);
        queue.add(&key("a"), &one, Priority::Change, now);
        assert_eq!(queue.take(now), None, "it runs");
        queue.done(&key("a"), now);
        let again = queue.take(now).map(|ticket| ticket.priority);
        assert_eq!(again, Some(Priority::Change));
        queue.done(&key("a"), now);
        assert_eq!(queue.take(now), None);
    }

    #[test]
    fn timers_ring_once_and_the_earlier_counts() {
        let mut queue = Queue::new(BACKOFF, 10);
        let now = Tick::default();
        let one = lane("o", "n");
        queue.add_at(&key("a"), &one, Priority::Resync, now + 10 * S, now);
        queue.add_at(&key("a"), &one, Priority::Resync, now + 20 * S, now);
        assert_eq!(queue.next_due(), Some(now + 10 * S));
        queue.add_at(&key("a"), &one, Priority::Resync, now + 5 * S, now);
        assert_eq!(queue.next_due(), Some(now + 5 * S));
        assert_eq!(queue.take(now + 4 * S), None);
        assert_eq!(names(&mut queue, now + 5 * S), ["a"]);
        assert_eq!(queue.next_due(), None);
        queue.done(&key("a"), now + 5 * S);
        queue.add_at(&key("a"), &one, Priority::Resync, now + 50 * S, now + 5 * S);
        queue.add(&key("a"), &one, Priority::Change, now + 6 * S);
        assert_eq!(names(&mut queue, now + 6 * S), ["a"], "a change does not wait for the timer");
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn failures_wait_longer_each_time_up_to_a_limit() {
        let mut queue = Queue::new(BACKOFF, 10);
        let now = Tick::default() + 100 * S;
        let waits: Vec<u64> = (0..9).map(|_| queue.failed(&key("a"), 0, now).since(now).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(BACKOFF.delay(7, 999) >= 30 * S, "jitter takes off half at most");
        queue.succeeded(&key("a"));
        assert_eq!(queue.failed(&key("a"), 0, now), now + S);
    }

    proptest! {
        #[test]
        fn every_key_that_was_added_runs_and_none_runs_twice_at_once(
            steps in proptest::collection::vec((0_u8..4, 0_u8..6, 0_u8..5, 0_u32..20), 1..200)
        ) {
            let mut queue = Queue::new(BACKOFF, 2);
            let mut running: Vec<ObjectRef> = Vec::new();
            let mut owed = BTreeSet::new();
            let mut now = Tick::default();
            let mut taken = 0;
            for (step, name, priority, seconds) in steps {
                let (key, priority) = (key(&name.to_string()), Priority::ALL[priority as usize]);
                let lane = lane(&(name % 2).to_string(), &(name % 3).to_string());
                match step {
                    0 => { queue.add(&key, &lane, priority, now); owed.insert(key); }
                    1 => {
                        queue.add_at(&key, &lane, priority, now + seconds * S, now);
                        owed.insert(key);
                    }
                    2 => if let Some(ticket) = queue.take(now) {
                        prop_assert!(!running.contains(&ticket.key));
                        owed.remove(&ticket.key);
                        running.push(ticket.key);
                        taken += 1;
                    },
                    _ => {
                        if let Some(key) = running.pop() { queue.done(&key, now); }
                        now = now + seconds * S;
                    }
                }
            }
            now = now + 100 * S;
            loop {
                while let Some(ticket) = queue.take(now) {
                    prop_assert!(!running.contains(&ticket.key));
                    owed.remove(&ticket.key);
                    running.push(ticket.key);
                    taken += 1;
                }
                match running.pop() { Some(key) => queue.done(&key, now), None => break }
            }
            prop_assert!(owed.is_empty(), "never ran: {owed:?}");
            let picture = queue.picture(now);
            prop_assert!(picture.waiting.is_empty() && picture.running.is_empty());
            prop_assert_eq!(picture.added.values().sum::<u64>(), taken, "who is put in line comes out once");
        }
    }
}
