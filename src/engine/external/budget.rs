//! The budget of vendor calls (rule 7).
//!
//! What a vendor allows is learned from its answers and kept per (organization, route, method): a token, an
//! object or a kind more does not bring more calls. Nothing here waits: a call that has no room is told when
//! to come back.

mod shares;
mod strangers;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::engine::base::checks::forbids;
use crate::engine::base::limit::Limit;
use crate::engine::base::organization_key::{Endpoint, OrganizationKey};
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::external::rate_limit::Signal;
use shares::{Calls, Present};
use strangers::{MINUTE, Strangers};

pub use shares::Share;
pub use strangers::PER_MINUTE as STRANGERS_PER_MINUTE;

/// The limit of which the vendor has told nothing.
const UNTOLD: u64 = u64::MAX;
/// A 429 without any header says nothing of its end.
const DEFAULT_PAUSE: Duration = MINUTE;
/// No vendor means more than this; a longer word is a mistake that must not stop the operator.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// There is no room for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// When there may be.
    pub until: Tick,
    /// What has none.
    pub limit: Limit,
}

/// Who shares a budget.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// An organization: all its tokens do.
    Organization(OrganizationKey),
    /// An object of which nobody knows whether its token is the organization's: what its calls are told is its
    /// own, and there are few for all of the endpoint.
    Stranger {
        /// The vendor.
        vendor: &'static str,
        /// Where it calls.
        endpoint: Endpoint,
        /// The object.
        object: ObjectRef,
    },
    /// Whoever calls with this token, of which this is a digest: sessions of several objects may. Pauses alone are kept
    /// of it.
    Token(String),
}

/// By whose budget a session calls at present.
#[derive(Clone, Debug)]
pub struct Payer(Rc<RefCell<Scope>>);

impl Payer {
    /// This one's.
    pub fn new(scope: Scope) -> Self {
        Self(Rc::new(RefCell::new(scope)))
    }

    /// Whose.
    pub fn scope(&self) -> Scope {
        self.0.borrow().clone()
    }

    /// From now on this one's. The calls that a stranger made count in the budget of the organization that it
    /// turns out to belong to.
    pub fn becomes(&self, scope: &Scope, budget: &Budget) {
        let former = self.0.replace(scope.clone());
        if former != *scope && matches!(former, Scope::Stranger { .. }) {
            budget.move_all(&former, scope);
        }
    }
}

/// What a limit is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    scope: Scope,
    route: &'static str,
    method: &'static str,
}

/// All budgets of this process. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    state: Rc<RefCell<State>>,
    present: Present,
}

#[derive(Debug, Default)]
struct State {
    /// No call before then.
    pauses: BTreeMap<Key, Tick>,
    /// What the vendor last said to allow a minute, and our own calls of the last one: several that
    /// are under way at once must not find out together that there was room for one.
    limits: BTreeMap<Key, (u64, Calls)>,
    /// Calls of the last minute, for the ceiling that a person set.
    recent: BTreeMap<Scope, Calls>,
    /// Calls of strangers, by vendor and the origin of the endpoint.
    strangers: BTreeMap<(&'static str, Rc<str>), Strangers>,
}

impl State {
    fn open(&mut self, key: &Key, now: Tick) -> Result<(), Full> {
        if let Some(&until) = self.pauses.get(key) {
            if forbids!(PauseKept, now < until) {
                return Err(Full { until, limit: Limit::Vendor });
            }
            self.pauses.remove(key);
        }
        Ok(())
    }
}

impl Budget {
    /// Does the work, whose calls are made for this share.
    pub async fn during<T>(&self, share: Share, work: impl Future<Output = T>) -> T {
        self.present.during(share, work).await
    }

    /// Takes room for one call, or says when to come back. `per_minute` is the ceiling over all
    /// routes of the organization.
    ///
    /// # Errors
    /// What has no room, and when it may have.
    pub fn take(
        &self,
        scope: &Scope,
        route: &'static str,
        method: &'static str,
        per_minute: u32,
        now: Tick,
    ) -> Result<(), Full> {
        let share = if method == "GET" { self.present.share() } else { Share::Write };
        let full = |limit| move |until| Full { until, limit };
        let mut state = self.state.borrow_mut();
        let key = Key { scope: scope.clone(), route, method };
        state.open(&key, now)?;
        let State { limits, recent, strangers, .. } = &mut *state;
        let mut turn = match scope {
            Scope::Organization(_) | Scope::Token(_) => None,
            Scope::Stranger { vendor, endpoint, object } => {
                let namespace: Rc<str> = object.namespace.as_str().into();
                let strangers = strangers.entry((vendor, endpoint.origin().into())).or_default();
                strangers.room(&namespace, now).map_err(full(Limit::Strangers))?;
                Some((strangers, namespace))
            }
        };
        let (limit, ours) = limits.entry(key).or_insert_with(|| (UNTOLD, Calls::default()));
        let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
        let all = recent.entry(scope.clone()).or_insert_with(Calls::of_all);
        ours.room(if forbids!(LimitKept) { limit } else { usize::MAX }, share, now)
            .map_err(full(Limit::Rate))?;
        all.room(if forbids!(CeilingKept) { per_minute as usize } else { usize::MAX }, share, now)
            .map_err(full(Limit::Ceiling))?;
        if let Some((strangers, namespace)) = &mut turn {
            strangers.spend(namespace, now);
        }
        ours.spend(share, now);
        all.spend(share, now);
        Ok(())
    }

    /// Whether no pause forbids such a call.
    ///
    /// # Errors
    /// When it ends.
    pub fn open(
        &self,
        scope: &Scope,
        route: &'static str,
        method: &'static str,
        now: Tick,
    ) -> Result<(), Full> {
        self.state.borrow_mut().open(&Key { scope: scope.clone(), route, method }, now)
    }

    /// Learns from an answer; returns the end of the pause that it asks for.
    pub fn learn(
        &self,
        scope: &Scope,
        route: &'static str,
        method: &'static str,
        signal: Signal,
        now: Tick,
    ) -> Option<Tick> {
        if let Some(limit) = signal.limit {
            let key = Key { scope: scope.clone(), route, method };
            let mut state = self.state.borrow_mut();
            // A limit of nothing would be for ever; a pause says until when.
            state.limits.entry(key).or_default().0 = limit.clamp(1, UNTOLD - 1);
        }
        let exhausted = signal.remaining == Some(0) && signal.reset.is_some();
        if !signal.refused && !exhausted {
            return None;
        }
        let pause = signal.retry_after.or(signal.reset).unwrap_or(DEFAULT_PAUSE).min(LONGEST_PAUSE);
        // A refused call that says "0 seconds" must still not be repeated at once.
        let until = now + pause.max(Duration::from_secs(1));
        let key = Key { scope: scope.clone(), route, method };
        let mut state = self.state.borrow_mut();
        state.pauses.retain(|key, until| *until > now || !matches!(key.scope, Scope::Token(_)));
        let end = state.pauses.entry(key).or_insert(until);
        *end = (*end).max(until);
        Some(*end)
    }

    /// What the vendor has told to allow a minute, by method and route.
    pub fn learned(&self, scope: &Scope) -> Vec<(&'static str, &'static str, u64)> {
        let state = self.state.borrow();
        let told = state.limits.iter().filter(|(key, (limit, _))| key.scope == *scope && *limit != UNTOLD);
        told.map(|(key, (limit, _))| (key.method, key.route, *limit)).collect()
    }

    /// What is known of the one becomes known of the other.
    fn move_all(&self, from: &Scope, to: &Scope) {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let moved = |key: &Key| Key { scope: to.clone(), ..key.clone() };
        for (key, until) in take_of(&mut state.pauses, |key| key.scope == *from) {
            let end = state.pauses.entry(moved(&key)).or_insert(until);
            *end = (*end).max(until);
        }
        for (key, (limit, calls)) in take_of(&mut state.limits, |key| key.scope == *from) {
            let (known, all) = state.limits.entry(moved(&key)).or_insert_with(|| (UNTOLD, Calls::default()));
            *known = (*known).min(limit);
            all.join(calls);
        }
        for (_, calls) in take_of(&mut state.recent, |scope| scope == from) {
            state.recent.entry(to.clone()).or_insert_with(Calls::of_all).join(calls);
        }
    }

    /// Nothing is kept any more of those who are gone. The turns of strangers stay: they are the endpoint's.
    pub fn forget(&self, gone: impl Fn(&Scope) -> bool) {
        let mut state = self.state.borrow_mut();
        state.pauses.retain(|key, _| !gone(&key.scope));
        state.limits.retain(|key, _| !gone(&key.scope));
        state.recent.retain(|scope, _| !gone(scope));
    }

    /// The latest end of a pause in the scope, if one is in force.
    pub fn paused_until(&self, scope: &Scope, now: Tick) -> Option<Tick> {
        let state = self.state.borrow();
        state
            .pauses
            .iter()
            .filter(|(key, until)| key.scope == *scope && **until > now)
            .map(|(_, &until)| until)
            .max()
    }
}

fn take_of<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, meant: impl Fn(&K) -> bool) -> Vec<(K, V)> {
    let keys: Vec<K> = map.keys().filter(|key| meant(key)).cloned().collect();
    keys.into_iter().filter_map(|key| map.remove_entry(&key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KindRef;
    const ROOT: KindRef = KindRef::bare("example.dev", "Root");

    const S: Duration = Duration::from_secs(1);

    fn scope(organization: &str) -> Scope {
        let endpoint = Endpoint::of(&url::Url::parse("https://vendor.example").unwrap());
        Scope::Organization(OrganizationKey { vendor: "v", endpoint, id: organization.into() })
    }

    fn stranger(namespace: &str, name: &str) -> Scope {
        let endpoint = Endpoint::of(&url::Url::parse("https://vendor.example").unwrap());
        let object = ObjectRef { kind: ROOT, namespace: namespace.into(), name: name.into() };
        Scope::Stranger { vendor: "v", endpoint, object }
    }

    fn take(
        budget: &Budget,
        scope: &Scope,
        route: &'static str,
        method: &'static str,
        per_minute: u32,
        now: Tick,
    ) -> Result<(), Tick> {
        budget.take(scope, route, method, per_minute, now).map_err(|full| full.until)
    }

    #[test]
    fn strangers_share_few_calls_and_no_pause() {
        let (budget, now) = (Budget::default(), Tick::default() + 100 * S);
        let take = |scope: &Scope| take(&budget, scope, "/x", "GET", 300, now);
        let many = (0..200).filter(|number| take(&stranger("n", &number.to_string())).is_ok()).count();
        assert_eq!(many, STRANGERS_PER_MINUTE / 2);
        let (bogus, honest) = (stranger("n", "0"), stranger("m", "a"));
        budget.learn(&bogus, "/x", "GET", refused(Some(30)), now);
        assert!(take(&honest).is_ok(), "what one was told is its own, and another namespace has its share");
        assert!(take(&scope("1")).is_ok(), "one that is known has its own");
    }

    /// Whoever may write one may write any path below it.
    #[test]
    fn the_paths_of_one_endpoint_are_no_budgets_of_their_own() {
        let (budget, now) = (Budget::default(), Tick::default() + 100 * S);
        let called = |number: &usize| {
            let endpoint =
                Endpoint::of(&url::Url::parse(&format!("https://vendor.example/{number}")).unwrap());
            let object = ObjectRef { kind: ROOT, namespace: "n".into(), name: number.to_string() };
            take(&budget, &Scope::Stranger { vendor: "v", endpoint, object }, "/x", "GET", 300, now).is_ok()
        };
        assert_eq!((0..200).filter(called).count(), STRANGERS_PER_MINUTE / 2);
    }

    #[test]
    fn what_a_token_was_told_holds_for_whoever_calls_with_it_and_is_not_kept_for_ever() {
        let (budget, now) = (Budget::default(), Tick::default() + 100 * S);
        let (one, other) = (Scope::Token("a".into()), Scope::Token("b".into()));
        let until = now + 30 * S;
        budget.learn(&one, "/x", "GET", refused(Some(30)), now);
        let paused = Err(Full { until, limit: Limit::Vendor });
        assert_eq!(budget.open(&one, "/x", "GET", now), paused);
        assert_eq!(budget.open(&one, "/x", "POST", now), Ok(()));
        assert_eq!(budget.open(&other, "/x", "GET", now), Ok(()));
        budget.learn(&other, "/x", "GET", refused(Some(30)), until);
        assert_eq!(budget.state.borrow().pauses.len(), 1);
    }

    #[test]
    fn what_a_stranger_called_counts_once_it_is_known_whose_it_is() {
        let (budget, now) = (Budget::default(), Tick::default() + 100 * S);
        let (from, to) = (stranger("n", "a"), scope("1"));
        let payer = Payer::new(from.clone());
        take(&budget, &from, "/x", "GET", 4, now).unwrap();
        take(&budget, &from, "/x", "GET", 4, now).unwrap();
        budget.learn(&from, "/y", "GET", refused(Some(30)), now);
        payer.becomes(&to, &budget);
        assert_eq!(take(&budget, &to, "/x", "GET", 4, now), Ok(()));
        assert_eq!(take(&budget, &to, "/x", "GET", 4, now), Err(now + MINUTE));
        assert_eq!(budget.paused_until(&to, now), Some(now + 30 * S));
        assert_eq!(budget.paused_until(&from, now), None);
        budget.forget(|scope| *scope == to);
        assert_eq!(take(&budget, &to, "/y", "GET", 3, now), Ok(()));
    }

    fn refused(retry_after: Option<u64>) -> Signal {
        Signal { refused: true, retry_after: retry_after.map(Duration::from_secs), ..Signal::default() }
    }

    #[test]
    fn a_refusal_pauses_one_route_of_one_organization() {
        let budget = Budget::default();
        let now = Tick::default() + 1000 * S;
        assert_eq!(budget.learn(&scope("a"), "/x", "GET", refused(Some(30)), now), Some(now + 30 * S));
        assert_eq!(take(&budget, &scope("a"), "/x", "GET", 10, now + 29 * S), Err(now + 30 * S));
        assert_eq!(take(&budget, &scope("a"), "/x", "PUT", 10, now), Ok(()), "another method");
        assert_eq!(take(&budget, &scope("a"), "/y", "GET", 10, now), Ok(()), "another route");
        assert_eq!(take(&budget, &scope("b"), "/x", "GET", 10, now), Ok(()), "another organization");
        assert_eq!(budget.paused_until(&scope("a"), now), Some(now + 30 * S));
        assert_eq!(take(&budget, &scope("a"), "/x", "GET", 10, now + 30 * S), Ok(()));
        assert_eq!(budget.paused_until(&scope("a"), now + 30 * S), None);
    }

    #[test]
    fn pauses_are_bounded_and_never_shortened() {
        let budget = Budget::default();
        let now = Tick::default();
        let table = [(None, 60), (Some(0), 60), (Some(90), 90), (Some(5), 90), (Some(999_999), 3600)];
        for (retry_after, expected) in table {
            let until = budget.learn(&scope("a"), "/x", "GET", refused(retry_after), now);
            assert_eq!(until, Some(now + expected * S), "{retry_after:?}");
        }
    }

    #[test]
    fn the_last_call_of_a_window_pauses_before_the_vendor_refuses() {
        let budget = Budget::default();
        let now = Tick::default();
        let last = Signal { remaining: Some(0), reset: Some(12 * S), ..Signal::default() };
        assert_eq!(budget.learn(&scope("a"), "/x", "GET", last, now), Some(now + 12 * S));
        let more = Signal { remaining: Some(3), reset: Some(12 * S), ..Signal::default() };
        assert_eq!(budget.learn(&scope("b"), "/x", "GET", more, now), None);
    }

    #[test]
    fn the_ceiling_slides_over_a_minute() {
        let budget = Budget::default();
        let start = Tick::default() + 500 * S;
        for (second, method) in [(0, "GET"), (1, "GET"), (2, "PUT")] {
            assert_eq!(take(&budget, &scope("a"), "/x", method, 3, start + second * S), Ok(()));
        }
        assert_eq!(take(&budget, &scope("a"), "/y", "PUT", 3, start + 3 * S), Err(start + 60 * S));
        assert_eq!(take(&budget, &scope("b"), "/y", "PUT", 3, start + 3 * S), Ok(()), "another organization");
        assert_eq!(take(&budget, &scope("a"), "/y", "PUT", 3, start + 60 * S), Ok(()));
    }

    #[test]
    fn the_limit_that_the_vendor_tells_holds_for_calls_that_are_under_way_too() {
        let (budget, scope) = (Budget::default(), scope("1"));
        let now = Tick::default() + 100 * S;
        let take = |route, at| take(&budget, &scope, route, "GET", 300, at);
        for _ in 0..5 {
            take("/a", now).unwrap();
        }
        let told = Signal { limit: Some(3), ..Signal::default() };
        assert_eq!(budget.learn(&scope, "/a", "GET", told, now), None, "no pause by itself");
        let later = now + 10 * S;
        assert_eq!(take("/a", later), Err(now + MINUTE));
        assert_eq!(take("/b", later), Ok(()), "of another route nothing was told");
        for _ in 0..3 {
            take("/a", now + MINUTE).unwrap();
        }
        assert_eq!(take("/a", now + MINUTE), Err(now + 2 * MINUTE));
    }

    #[test]
    fn what_was_told_is_known_by_method_and_route() {
        let (budget, now) = (Budget::default(), Tick::default());
        let told = |limit| Signal { limit: Some(limit), ..Signal::default() };
        take(&budget, &scope("a"), "/z", "GET", 300, now).unwrap();
        budget.learn(&scope("a"), "/x", "GET", told(3), now);
        budget.learn(&scope("a"), "/x", "PUT", told(0), now);
        budget.learn(&scope("b"), "/x", "GET", told(9), now);
        assert_eq!(budget.learned(&scope("a")), [("GET", "/x", 3), ("PUT", "/x", 1)]);
    }
}
