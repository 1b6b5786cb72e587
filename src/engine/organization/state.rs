//! What is kept of each organization, whichever object stands for it: its guard, who may write, and the ids
//! that were deleted. It ends with the last object that names the organization, but for what must outlive a
//! deletion followed by a new object: the guard's hour, and our own deletions for as long as lists lag.

use crate::api::guard::GuardStatus;
use crate::api::kind::KindRef;
use crate::engine::base::checks::forbids;
use crate::engine::base::organization_key::OrganizationKey;
use crate::engine::base::ports::{Clock, ObjectRef, Tick};
use crate::engine::external::deletions::Deletions;
use crate::engine::lead::tenure::Tenure;
use crate::engine::organization::blast_radius::Guard;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How long a guard outlives its organization's last object: what was written right before still counts.
const HOUR: Duration = Duration::from_secs(3601);

struct State {
    guard: Rc<Guard>,
    tenure: Rc<Tenure>,
    deletions: BTreeMap<KindRef, Rc<Deletions>>,
    /// Since when no object names the organization.
    ended: Option<Tick>,
}

/// What is kept of all organizations.
pub struct OrganizationStates {
    clock: Rc<dyn Clock>,
    settle: Duration,
    states: RefCell<BTreeMap<OrganizationKey, State>>,
}

impl OrganizationStates {
    /// Nothing yet.
    pub fn new(clock: Rc<dyn Clock>, settle: Duration) -> Self {
        Self { clock, settle, states: RefCell::default() }
    }

    /// The guard.
    pub fn guard(&self, key: &OrganizationKey) -> Rc<Guard> {
        self.of(key, |state| Rc::clone(&state.guard))
    }

    /// Nothing of an object that is gone waits for a person any more.
    pub fn leave_guards(&self, object: &ObjectRef) {
        for state in self.states.borrow().values() {
            state.guard.leave(object);
        }
    }

    /// Who may write.
    pub fn tenure(&self, key: &OrganizationKey) -> Rc<Tenure> {
        self.of(key, |state| Rc::clone(&state.tenure))
    }

    /// The ids of that kind that we deleted.
    pub fn deletions(&self, key: &OrganizationKey, kind: KindRef) -> Rc<Deletions> {
        let none = || Rc::new(Deletions::new(self.settle));
        self.of(key, |state| Rc::clone(state.deletions.entry(kind).or_insert_with(none)))
    }

    /// The guard, where anything is kept.
    pub fn known_guard(&self, key: &OrganizationKey) -> Option<Rc<Guard>> {
        self.states.borrow().get(key).map(|state| Rc::clone(&state.guard))
    }

    /// Whether the object with this uid stands for the organization.
    pub fn is_held_by(&self, key: &OrganizationKey, uid: &str) -> bool {
        self.states.borrow().get(key).is_some_and(|state| state.tenure.is_held_by(uid))
    }

    /// An object that named the organization is gone, with what it remembered, on the guard's own time; `last`: no
    /// other one does.
    pub fn leave(&self, key: &OrganizationKey, remembered: Option<&GuardStatus>, last: bool) {
        let now = self.clock.tick();
        let recent = remembered.map_or(&[][..], |status| &status.recent);
        if !recent.is_empty() {
            let guard = self.guard(key);
            guard.remember(recent, guard.now(now));
        }
        let mut states = self.states.borrow_mut();
        if last && let Some(state) = states.get_mut(key) {
            state.guard.end();
            state.ended = Some(now);
        }
        states.retain(|_, state| {
            state.ended.is_none_or(|ended| forbids!(HourOutlives, now.since(ended) < HOUR))
        });
    }

    /// An object that names the organization is worked on.
    pub fn begin(&self, key: &OrganizationKey) {
        self.of(key, |state| state.ended = None);
    }

    /// Work that outlives the last object comes here too: by that, nothing begins anew.
    fn of<T>(&self, key: &OrganizationKey, use_it: impl FnOnce(&mut State) -> T) -> T {
        let now = self.clock.tick();
        let mut states = self.states.borrow_mut();
        let state = states.entry(key.clone()).or_insert_with(|| State {
            guard: Rc::new(Guard::new(self.clock.as_ref())),
            tenure: Rc::new(Tenure::new(self.settle)),
            deletions: BTreeMap::new(),
            ended: Some(now),
        });
        if state.ended.is_some_and(|ended| now.since(ended) >= self.settle) {
            state.deletions.clear();
        }
        use_it(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::organization_key::Endpoint;
    use crate::engine::base::simulation::SimClock;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use url::Url;
    const CHILD: KindRef = KindRef::bare("example.dev", "Child");

    const SETTLE: Duration = Duration::from_mins(1);

    fn states() -> (Rc<SimClock>, OrganizationStates, OrganizationKey) {
        let clock = SimClock::new();
        let endpoint = Endpoint::of(&Url::parse("https://vendor.example").unwrap());
        let key = OrganizationKey { vendor: "v", endpoint, id: "1".into() };
        (Rc::clone(&clock), OrganizationStates::new(clock, SETTLE), key)
    }

    #[test]
    fn an_end_keeps_the_guard_s_hour_and_our_deletions_for_a_settle() {
        let (clock, states, key) = states();
        states.begin(&key);
        states.deletions(&key, CHILD).add("a", clock.tick());
        let status = GuardStatus { recent: vec![Time(clock.wall())], released: Vec::new() };
        states.leave(&key, Some(&status), true);
        clock.advance(SETTLE / 2);
        assert!(states.deletions(&key, CHILD).has("a"));
        clock.advance(SETTLE);
        assert!(!states.deletions(&key, CHILD).has("a"));
        assert_eq!(states.guard(&key).recent(clock.wall()).len(), 1);
        clock.advance(HOUR);
        let other = OrganizationKey { id: "2".into(), ..key.clone() };
        states.leave(&other, None, true);
        assert!(states.known_guard(&key).is_none());
    }

    #[test]
    fn while_an_object_is_left_nothing_ends() {
        let (clock, states, key) = states();
        states.begin(&key);
        states.deletions(&key, CHILD).add("a", clock.tick());
        states.leave(&key, None, false);
        clock.advance(2 * HOUR);
        states.leave(&key, None, false);
        assert!(states.deletions(&key, CHILD).has("a"));
    }
}
