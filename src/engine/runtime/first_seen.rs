//! Since when this process has known of what another stored: time without trust in a wall clock.
//!
//! A moment that stands in a status was read off the wall clock of whoever stored it, which may have been
//! wrong, and may have been set since. So a wait is counted on this process's own clock, from when it first
//! saw what it waits for. What must go on across restarts has an age as well, which the wall clock tells once,
//! when the moment is first seen.

use crate::api::managed::Managed;
use crate::api::token::Rotation;
use crate::engine::base::ports::Tick;
use jiff::Timestamp;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// Now, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// On the clock that never goes back.
    pub tick: Tick,
    /// On the wall.
    pub wall: Timestamp,
}

/// When a stored moment was first seen, and how long ago it was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// When it was first seen; of what this process stored itself, when it meant it.
    pub at: Tick,
    /// Its age then; nothing where it was seen to come.
    pub age: Duration,
    /// Whether this process stored it.
    pub own: bool,
}

impl Sight {
    /// How old it is.
    pub fn elapsed(self, now: Tick) -> Duration {
        self.age.saturating_add(now.since(self.at))
    }
}

/// The stored moments of an object.
type Moments = BTreeMap<Timestamp, Sight>;

/// The stored moments of all objects, by uid, and when each was first seen.
#[derive(Debug, Default)]
pub struct FirstSeen(RefCell<BTreeMap<String, Moments>>);

impl FirstSeen {
    /// Takes in an object as it is; `known` says that it was seen before, so that what is new in it came
    /// just now. What it does not hold any more is forgotten.
    pub fn look<R: Managed>(&self, object: &R, known: bool, now: Moment) {
        let Some(uid) = object.meta().uid.as_deref() else { return };
        self.holds(uid, &stored(object), known, now);
    }

    /// An object is gone.
    pub fn forget<R: Managed>(&self, object: &R) {
        if let Some(uid) = &object.meta().uid {
            self.0.borrow_mut().remove(uid);
        }
    }

    /// This process stored the moment itself, and meant `at` by it. Two of one second have one age.
    pub fn own<R: Managed>(&self, object: &R, since: Timestamp, at: Tick) {
        self.own_aged(object, since, (at, Duration::ZERO));
    }

    /// The same, of a moment that was that old then.
    pub fn own_aged<R: Managed>(&self, object: &R, since: Timestamp, (at, age): (Tick, Duration)) {
        let uid = object.meta().uid.clone().unwrap_or_default();
        let sight = Sight { at, age, own: true };
        self.0.borrow_mut().entry(uid).or_default().insert(since, sight);
    }

    /// When the moment was first seen: now, if it was not before.
    pub fn sight<R: Managed>(&self, object: &R, since: Timestamp, now: Moment) -> Sight {
        let uid = object.meta().uid.clone().unwrap_or_default();
        let mut all = self.0.borrow_mut();
        *all.entry(uid).or_default().entry(since).or_insert_with(|| first(since, false, now))
    }

    /// Now, as its age tells: the moment, and how old it is since.
    pub fn aged<R: Managed>(&self, object: &R, since: Timestamp, now: Moment) -> Timestamp {
        let elapsed = self.sight(object, since, now).elapsed(now.tick);
        since.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn holds(&self, uid: &str, stored: &[Timestamp], known: bool, now: Moment) {
        let mut all = self.0.borrow_mut();
        if stored.is_empty() {
            all.remove(uid);
            return;
        }
        let moments = all.entry(uid.to_owned()).or_default();
        moments.retain(|moment, _| stored.contains(moment));
        for since in stored {
            moments.entry(*since).or_insert_with(|| first(*since, known, now));
        }
    }
}

/// A moment that is seen for the first time. One that seems to lie ahead was read off a clock that was wrong.
fn first(since: Timestamp, came: bool, now: Moment) -> Sight {
    let age =
        if came { Duration::ZERO } else { now.wall.duration_since(since).try_into().unwrap_or_default() };
    Sight { at: now.tick, age, own: false }
}

/// The moments that an object's status holds.
fn stored<R: Managed>(object: &R) -> Vec<Timestamp> {
    let create = object.common_status().pending_create.as_ref().map(|pending| pending.since.0);
    let token = object.token_status();
    let rotation = token.and_then(|token| token.rotation.as_ref());
    let again = token.and_then(|token| token.again.as_ref());
    let switch = rotation.filter(|rotation| rotation.old_id.is_some()).map(Rotation::switched);
    let users = [rotation, again].into_iter().flatten().map(|user| user.since.0);
    let recent = object.guard_status().map(|guard| guard.recent.as_slice()).unwrap_or_default();
    create.into_iter().chain(users).chain(switch).chain(recent.iter().map(|time| time.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: Duration = Duration::from_secs(1);

    fn wall(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn moment(tick: u32, second: i64) -> Moment {
        Moment { tick: Tick::default() + tick * S, wall: wall(second) }
    }

    fn sight(seen: &FirstSeen, since: i64) -> Option<Sight> {
        seen.0.borrow().get("uid")?.get(&wall(since)).copied()
    }

    fn create(since: i64) -> [Timestamp; 1] {
        [wall(since)]
    }

    #[test]
    fn what_is_there_at_the_start_has_the_age_that_the_wall_clock_tells() {
        let seen = FirstSeen::default();
        seen.holds("uid", &create(0), false, moment(5, 60));
        let first = sight(&seen, 0).unwrap();
        assert_eq!(first, Sight { at: Tick::default() + 5 * S, age: 60 * S, own: false });
        seen.holds("uid", &create(0), true, moment(9, 9_999));
        assert_eq!(sight(&seen, 0), Some(first), "seen once");
        assert_eq!(first.elapsed(Tick::default() + 15 * S), 70 * S);
    }

    #[test]
    fn what_is_seen_to_come_is_new_whatever_the_wall_clock_tells() {
        let seen = FirstSeen::default();
        seen.holds("uid", &create(0), true, moment(5, 7_200));
        assert_eq!(sight(&seen, 0).unwrap().age, Duration::ZERO);
    }

    #[test]
    fn what_lies_ahead_is_new() {
        let seen = FirstSeen::default();
        seen.holds("uid", &create(600), false, moment(5, 0));
        assert_eq!(sight(&seen, 600).unwrap().age, Duration::ZERO);
    }

    #[test]
    fn it_is_forgotten_with_the_intent_and_with_the_object() {
        let seen = FirstSeen::default();
        seen.holds("uid", &create(0), true, moment(5, 0));
        seen.holds("uid", &create(1), true, moment(6, 1));
        assert_eq!(sight(&seen, 0), None);
        seen.holds("uid", &[], true, moment(7, 2));
        assert!(seen.0.borrow().is_empty());
        seen.holds("uid", &create(0), true, moment(8, 3));
        assert_eq!(sight(&seen, 0).unwrap().at, Tick::default() + 8 * S, "it counts anew");
    }

    proptest! {
        /// However often the wall clock is set, what was seen ages by the other clock alone.
        #[test]
        fn no_step_of_the_wall_clock_moves_what_was_seen(
            came in any::<bool>(),
            steps in proptest::collection::vec((0_u32..600, -90_000_i64..90_000), 1..20),
        ) {
            let seen = FirstSeen::default();
            let (mut tick, mut offset) = (0, 0);
            seen.holds("uid", &create(0), came, moment(0, 30));
            let age = if came { 0 } else { 30 };
            for (more, step) in steps {
                tick += more;
                offset += step;
                seen.holds("uid", &create(0), true, moment(tick, 30 + i64::from(tick) + offset));
                let elapsed = sight(&seen, 0).unwrap().elapsed(Tick::default() + tick * S);
                prop_assert_eq!(elapsed, (age + tick) * S);
            }
        }
    }
}
