//! The guard of an organization (rule 12): how many destructive writes there were within the hour, which
//! wait for a person, and that no two are judged at once.
//!
//! What must survive a crash stands in the organization's status ([`GuardStatus`]); the rest is found
//! out again as objects are looked at.

use crate::api::guard::{GuardStatus, MAX_DESTRUCTIVE, MAX_RELEASED};
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::{Clock, ObjectRef, Tick};
use crate::engine::decide::fingerprint;
use crate::engine::decide::plan::Change;
use crate::engine::decide::report::whole_seconds;
use crate::engine::external::budget::Full;
use crate::engine::runtime::first_seen::Sight;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a destructive write counts: an hour, and the second that whole seconds may hide.
const WINDOW: SignedDuration = SignedDuration::from_secs(3601);
/// How far the two clocks may drift apart within an hour without anybody setting one.
const DRIFT: SignedDuration = SignedDuration::from_secs(1);
/// How long what was released stays so while nobody asks for it.
const IDLE: Duration = Duration::from_hours(1);
/// The most writes that are confirmed at once.
const MAX_CONFIRMED: usize = MAX_RELEASED / 2;
/// How many of those that wait are named.
const NAMED: usize = 5;

/// Whether there is room for one more destructive write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// There is.
    Now,
    /// From then on.
    From(Timestamp),
    /// Only a person can make any.
    Never,
}

/// Whether one more destructive write may begin `now`, after `recent` ones.
pub fn room(recent: &[Time], limit: usize, now: Timestamp) -> Room {
    if limit == 0 {
        return Room::Never;
    }
    let mut counted = counted(recent, now);
    counted.sort();
    match counted.len().checked_sub(limit) {
        None => Room::Now,
        Some(surplus) => Room::From(counted[surplus] + WINDOW),
    }
}

/// `recent` with a write that begins `now`, without those that count no longer.
fn with_one_more(recent: &[Time], now: Timestamp) -> Vec<Time> {
    let mut counted = counted(recent, now);
    counted.push(whole_seconds(now));
    counted.sort();
    // The newest tell whether there is room, whatever the limit.
    let surplus = counted.len().saturating_sub(MAX_DESTRUCTIVE);
    counted.split_off(surplus).into_iter().map(Time).collect()
}

/// The writes that count. What seems to be far ahead was written by a clock that was wrong.
fn counted(recent: &[Time], now: Timestamp) -> Vec<Timestamp> {
    let counts = |at: &Timestamp| now.duration_since(*at).abs() < WINDOW;
    recent.iter().map(|time| time.0).filter(counts).collect()
}

/// What two objects of one organization remember, together. Only one of them stands for it at a time, and who
/// takes over goes on from what the other stored: what both have is the same write.
fn merged(one: &[Time], other: &[Time], now: Timestamp) -> Vec<Time> {
    let (mut all, mut more) = (counted(one, now), counted(other, now));
    for at in &all {
        if let Some(same) = more.iter().position(|other| other == at) {
            more.swap_remove(same);
        }
    }
    all.extend(more);
    all.sort();
    all.into_iter().map(Time).collect()
}

/// The digest of a plan: of one object of an organization, and of what is to be done with it.
pub fn plan_digest(organization: &str, uid: &str, id: &str, plan: Planned<'_>) -> String {
    let mut words = vec![organization, uid, id];
    match plan {
        Planned::Deletion => words.push("delete"),
        Planned::Update(changes) => {
            for change in changes.iter().filter(|change| !change.repeated) {
                words.push(&change.path);
                for value in [&change.desired, &change.actual] {
                    words.extend(value.as_deref().map_or(["hidden", ""], |value| ["shown", value]));
                }
            }
        }
    }
    fingerprint::digest(words)
}

/// What is to be done with an object.
#[derive(Clone, Copy, Debug)]
pub enum Planned<'a> {
    /// It is to go.
    Deletion,
    /// This is to change.
    Update(&'a [Change]),
}

/// A destructive write that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The digest of its plan.
    pub digest: String,
    /// What would be done, for people.
    pub text: String,
}

/// What waits, as a person is asked about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The digest of what would be let through.
    pub digest: String,
    /// How many writes that lets through.
    pub asked: usize,
    /// How many wait.
    pub waiting: usize,
    /// The first of them.
    pub first: Vec<String>,
}

/// What a person is asked; nothing where nothing waits. It depends on what waits alone.
fn question(waiting: &BTreeMap<ObjectRef, Item>) -> Option<Question> {
    let asked = || waiting.values().take(MAX_CONFIRMED);
    (!waiting.is_empty()).then(|| Question {
        digest: fingerprint::digest(asked().map(|item| &*item.digest)),
        asked: asked().count(),
        waiting: waiting.len(),
        first: asked().take(NAMED).map(|item| item.text.clone()).collect(),
    })
}

/// Whether a destructive write may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It was counted before, and is only repeated.
    Repeated,
    /// There is room.
    Room,
    /// A person let it through.
    Released,
    /// It waits.
    Full(Room),
}

/// The guard of an organization.
pub struct Guard {
    turn: Arc<Mutex<()>>,
    /// When this process first looked.
    since: (Tick, Timestamp),
    limit: Cell<usize>,
    waiting: RefCell<BTreeMap<ObjectRef, Item>>,
    /// Writes that were counted and are not known to be done: to repeat one takes no more away.
    begun: RefCell<BTreeMap<String, Timestamp>>,
    /// Released writes that were done, until that is stored.
    done: RefCell<BTreeSet<String>>,
    /// Since when nobody asks for what is released.
    idle: RefCell<BTreeMap<String, Tick>>,
    /// The writes of the hour that were stored for whichever object stood for the organization.
    hour: RefCell<Vec<Time>>,
    /// When something was last taken away from an id.
    spent: RefCell<BTreeMap<String, Tick>>,
    /// What had no room for the last search, and until when.
    searches_from: Cell<Option<Full>>,
    /// What the process before told of what waits.
    inherited: RefCell<Option<String>>,
    /// Whether that was looked for.
    inherits: Cell<bool>,
    /// The answer by which something was released last.
    word: RefCell<Option<String>>,
}

impl Guard {
    /// A guard that knows nothing yet, and lets nothing through.
    pub fn new(clock: &dyn Clock) -> Self {
        Self {
            turn: Arc::default(),
            since: (clock.tick(), clock.wall()),
            limit: Cell::new(0),
            waiting: RefCell::default(),
            begun: RefCell::default(),
            done: RefCell::default(),
            idle: RefCell::default(),
            hour: RefCell::default(),
            spent: RefCell::default(),
            searches_from: Cell::default(),
            inherited: RefCell::default(),
            inherits: Cell::default(),
            word: RefCell::default(),
        }
    }

    /// The turn to judge a destructive write, and to make it.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        let turn = if forbids!(OneJudgedAtATime) { Arc::clone(&self.turn) } else { Arc::default() };
        turn.lock_owned().await
    }

    /// When this process began to find out what waits.
    pub fn since(&self) -> Tick {
        self.since.0
    }

    /// Now, on a time of this guard's own: that of the wall clock when it first looked, which no later step
    /// moves.
    pub fn now(&self, now: Tick) -> Timestamp {
        self.since.1.saturating_add(now.since(self.since.0)).unwrap_or(Timestamp::MAX)
    }

    /// What an object remembers, with its moments on this guard's own time, as old as they are: `sight` tells. One
    /// of another process lies before this guard, however late it was heard of.
    pub fn by_own_time(
        &self,
        status: &GuardStatus,
        now: Tick,
        sight: impl Fn(Timestamp) -> Sight,
    ) -> GuardStatus {
        let placed = |time: &Time| {
            let sight = sight(time.0);
            let at = self.now(now).saturating_sub(sight.elapsed(now)).unwrap_or(Timestamp::MIN);
            let at = if sight.own { at } else { at.min(self.since.1) };
            if at.duration_since(time.0).abs() <= DRIFT {
                // As another object may have it, too: then it is the same write.
                return time.clone();
            }
            // Stored are whole seconds; what is between two counts for the longer.
            let whole = whole_seconds(at);
            Time(if whole < at { whole + SignedDuration::from_secs(1) } else { whole })
        };
        GuardStatus { recent: status.recent.iter().map(placed).collect(), released: status.released.clone() }
    }

    /// Until when reads may still show what another process took away, which this one cannot know.
    pub fn unsettled(&self, status: &GuardStatus, now: Timestamp, settle: Duration) -> Option<Timestamp> {
        let before = status.recent.iter().map(|time| time.0).filter(|at| *at <= self.since.1);
        let settle = SignedDuration::try_from(settle).unwrap_or(SignedDuration::MAX);
        // Whole seconds may hide one.
        let shown = before.max()?.saturating_add(settle + SignedDuration::from_secs(1)).ok()?;
        (now < shown).then_some(shown)
    }

    /// How many destructive writes an hour need no person.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Sets how many; whether there may be room now for what waits.
    pub fn allow(&self, limit: usize) -> bool {
        self.limit.replace(limit) < limit
    }

    /// Whether the write may be made.
    pub fn admit(&self, status: &GuardStatus, digest: &str, now: Timestamp) -> Admission {
        self.idle.borrow_mut().remove(digest);
        let mut begun = self.begun.borrow_mut();
        begun.retain(|_, at| now.duration_since(*at) < WINDOW);
        if begun.contains_key(digest) {
            return Admission::Repeated;
        }
        let released = status.released.iter().any(|known| known == digest);
        if released && !self.done.borrow().contains(digest) {
            return Admission::Released;
        }
        match room(&status.recent, self.limit.get(), now) {
            full @ (Room::From(_) | Room::Never) if forbids!(RateKept) => Admission::Full(full),
            Room::Now | Room::From(_) | Room::Never => Admission::Room,
        }
    }

    /// What is to be stored before a destructive write begins.
    pub fn counting(&self, status: &GuardStatus, now: Timestamp) -> GuardStatus {
        GuardStatus { recent: with_one_more(&status.recent, now), released: self.undone(&status.released) }
    }

    /// The write begins; that it counts is stored.
    pub fn begin(&self, digest: &str, now: Timestamp) {
        self.begun.borrow_mut().insert(digest.to_owned(), now);
    }

    /// The write was carried out: to make it again would take something away again.
    pub fn done(&self, digest: &str, released: bool) {
        self.begun.borrow_mut().remove(digest);
        if released {
            self.done.borrow_mut().insert(digest.to_owned());
        }
    }

    /// Something is, or may be, taken away from `id` now; `false`: nothing was.
    pub fn spend(&self, id: &str, now: Tick, spent: bool) {
        if spent {
            self.spent.borrow_mut().insert(id.to_owned(), now);
        } else {
            self.spent.borrow_mut().remove(id);
        }
    }

    /// The ids from which something was taken away less than `settle` ago.
    pub fn spent(&self, now: Tick, settle: Duration) -> BTreeSet<String> {
        let mut spent = self.spent.borrow_mut();
        spent.retain(|_, at| forbids!(SpentCounts, now.since(*at) < settle));
        spent.keys().cloned().collect()
    }

    /// What had no room for the search for who remains, if it had none, and until when.
    pub fn searches_from(&self) -> Option<Full> {
        self.searches_from.get()
    }

    /// Notes that.
    pub fn search_from(&self, full: Option<Full>) {
        self.searches_from.set(full);
    }

    /// The object's write waits; whether that is news.
    pub fn wait(&self, object: &ObjectRef, item: Item) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let news = waiting.get(object) != Some(&item);
        waiting.insert(object.clone(), item);
        news
    }

    /// Nothing of the object waits any more; whether that is news.
    pub fn leave(&self, object: &ObjectRef) -> bool {
        self.waiting.borrow_mut().remove(object).is_some()
    }

    /// How many writes wait.
    pub fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// The objects whose writes wait.
    pub fn who_waits(&self) -> Vec<ObjectRef> {
        self.waiting.borrow().keys().cloned().collect()
    }

    /// What a person is asked, if anything waits.
    pub fn question(&self) -> Option<Question> {
        question(&self.waiting.borrow())
    }

    /// What the process before told of what waits, if it stands still: `told` is what stands there now.
    pub fn inherited(&self, told: Option<&str>) -> Option<String> {
        let mut inherited = self.inherited.borrow_mut();
        if !self.inherits.replace(true) {
            *inherited = told.map(str::to_owned);
        }
        inherited.take_if(|first| told != Some(first));
        inherited.clone()
    }

    /// The answer by which something was released last; `found` finds one, where another process released it.
    pub fn word(&self, found: impl FnOnce() -> Option<String>) -> Option<String> {
        let mut word = self.word.borrow_mut();
        *word = word.take().or_else(found);
        word.clone()
    }

    /// What was released is not any more, though it was begun.
    pub fn take_back(&self, released: &[String]) {
        self.begun.borrow_mut().retain(|digest, _| !released.contains(digest));
    }

    /// Something is released by this answer.
    pub fn released_by(&self, word: Option<String>) {
        self.word.replace(word);
        self.inherits.set(true);
        self.inherited.replace(None);
    }

    /// What is to be stored when what was asked is let through.
    pub fn releasing(&self, status: &GuardStatus) -> GuardStatus {
        let mut released = self.undone(&status.released);
        let waiting = self.waiting.borrow();
        for item in waiting.values().take(MAX_CONFIRMED) {
            if !released.contains(&item.digest) {
                released.push(item.digest.clone());
            }
        }
        let surplus = released.len().saturating_sub(MAX_RELEASED);
        GuardStatus { recent: status.recent.clone(), released: released.split_off(surplus) }
    }

    /// What was let through waits no longer; the objects.
    pub fn release(&self, stored: &GuardStatus) -> Vec<ObjectRef> {
        for digest in &stored.released {
            self.done.borrow_mut().remove(digest);
        }
        self.leave_released(stored)
    }

    /// What is let through waits no longer; the objects.
    pub fn leave_released(&self, stored: &GuardStatus) -> Vec<ObjectRef> {
        let mut waiting = self.waiting.borrow_mut();
        let gone = waiting.extract_if(.., |_, item| stored.released.contains(&item.digest));
        gone.map(|(object, _)| object).collect()
    }

    /// What is to be stored without what was released and is done, or is not asked for any more.
    pub fn tidied(&self, status: &GuardStatus, now: Tick) -> GuardStatus {
        let mut idle = self.idle.borrow_mut();
        let mut released = self.undone(&status.released);
        released.retain(|digest| now.since(*idle.entry(digest.clone()).or_insert(now)) < IDLE);
        idle.retain(|digest, _| released.contains(digest));
        GuardStatus { recent: status.recent.clone(), released }
    }

    /// Objects are not looked at while their organization is in trouble: that nobody asks means nothing.
    pub fn nobody_can_ask(&self) {
        self.idle.borrow_mut().clear();
    }

    /// Writes that an object remembers count, whatever becomes of it.
    pub fn remember(&self, recent: &[Time], now: Timestamp) {
        let merged = merged(&self.hour.borrow(), recent, now);
        self.hour.replace(merged);
    }

    /// The writes that count now, as far as they were remembered.
    pub fn recent(&self, now: Timestamp) -> Vec<Time> {
        merged(&self.hour.borrow(), &[], now)
    }

    /// No object stands for the organization any more: nothing waits, and nobody is asked.
    pub fn end(&self) {
        self.limit.set(0);
        self.waiting.borrow_mut().clear();
        self.begun.borrow_mut().clear();
        self.done.borrow_mut().clear();
        self.idle.borrow_mut().clear();
    }

    /// What was done is dropped from what is stored: from here on the digest would have to be confirmed
    /// again.
    pub fn stored(&self, status: &GuardStatus) {
        self.done.borrow_mut().retain(|digest| status.released.contains(digest));
    }

    fn undone(&self, released: &[String]) -> Vec<String> {
        let done = self.done.borrow();
        released.iter().filter(|digest| !done.contains(*digest)).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
