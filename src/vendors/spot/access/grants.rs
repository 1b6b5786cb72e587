//! Policies that a user or a group is mapped to, as sets: what is asked, what is shown, what is sent.
//!
//! The service adds its Account Viewer wherever it maps a policy to an account, and expects it in what is
//! sent (spot-wire §2.3, "Server-side default grant"): here it is *implied*, never a difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::api::spot::{AccountRole, GrantsPolicy};
use crate::engine::decide::plan::{Change, Field, Seen, Text, entry, entry_of};
use crate::vendors::spot::access::model::{AccountScope, PolicyMapping};

/// The most grants of one object.
pub const MAX_GRANTS: usize = 512;
/// The list of policies.
pub const POLICIES: &str = "policies";
/// What a grant that is there is called in drift and fingerprints.
const GRANTED: &str = "granted";

/// Where a policy holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the organization itself.
    Organization,
    /// In every account.
    All,
    /// In this account.
    Account(String),
}

/// One policy in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub policy: String,
    pub place: Place,
}

impl Grant {
    pub fn new(policy: impl Into<String>, place: Place) -> Self {
        Self { policy: policy.into(), place }
    }
}

/// What the field with this path, of any list of grants, is about: `named` knows the names of policies.
pub fn meaning(path: &str, named: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let grant = entry_of(POLICIES, path).filter(|grant| !grant.is_empty())?;
    let (policy, place) = match grant.split_once('/') {
        None => (grant, "in the organization".to_owned()),
        Some((policy, "*")) => (policy, "in every account".to_owned()),
        Some((policy, account)) => (policy, format!("in account {account}")),
    };
    let policy = named(policy).map_or_else(|| format!("policy {policy}"), |name| format!("policy {name:?}"));
    Some(format!("{policy} {place}"))
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Organization => f.write_str(&self.policy),
            Place::All => write!(f, "{}/*", self.policy),
            Place::Account(account) => write!(f, "{}/{account}", self.policy),
        }
    }
}

/// A set of grants.
pub type Grants = BTreeSet<Grant>;

/// What the vendor shows, as a set.
pub fn shown(mappings: &[PolicyMapping]) -> Grants {
    let mut grants = Grants::new();
    for mapping in mappings {
        let policy = mapping.policy_id.clone();
        match &mapping.accounts {
            AccountScope::Organization => {
                grants.insert(Grant { policy, place: Place::Organization });
            }
            AccountScope::All => {
                grants.insert(Grant { policy, place: Place::All });
            }
            AccountScope::Some(accounts) => grants.extend(
                accounts.iter().map(|account| Grant::new(policy.clone(), Place::Account(account.clone()))),
            ),
        }
    }
    grants
}

/// A set, as it is sent.
pub fn mappings(grants: &Grants) -> Vec<PolicyMapping> {
    let mut scopes: BTreeMap<&str, AccountScope> = BTreeMap::new();
    for grant in grants {
        let scope = scopes.entry(&grant.policy).or_insert_with(|| AccountScope::Some(BTreeSet::new()));
        match (&grant.place, scope) {
            (Place::Account(account), AccountScope::Some(accounts)) => {
                accounts.insert(account.clone());
            }
            // Every account includes each.
            (Place::Account(_), _) => {}
            (Place::All, scope) => *scope = AccountScope::All,
            (Place::Organization, scope) => *scope = AccountScope::Organization,
        }
    }
    scopes.into_iter().map(|(policy, scope)| PolicyMapping::new(policy, scope)).collect()
}

/// Whether the Account Viewer on this place goes with one of the `others`.
fn is_implied(place: &Place, viewer: &str, others: &Grants) -> bool {
    others.iter().any(|other| {
        other.policy != viewer
            && match (&other.place, place) {
                (Place::All, Place::All | Place::Account(_)) => true,
                (Place::Account(one), Place::Account(other)) => one == other,
                _ => false,
            }
    })
}

/// What somebody granted, without the Account Viewer that came along: with a policy that is there or
/// asked for. Nor what came with the role in the organization (`by_default`). What is asked for is kept.
pub fn explicit(live: &Grants, asked: &Grants, viewer: &str, by_default: &Grants) -> Grants {
    let came_along = |grant: &Grant| {
        let place = &grant.place;
        let implied = is_implied(place, viewer, live) || is_implied(place, viewer, asked);
        grant.policy == viewer && implied || by_default.contains(grant)
    };
    let mut explicit: Grants =
        live.iter().filter(|grant| asked.contains(grant) || !came_along(grant)).cloned().collect();
    if live.contains(&Grant::new(viewer, Place::All)) {
        // Every account includes each that is asked for.
        explicit.extend(asked.iter().filter(|grant| grant.policy == viewer && came_along(grant)).cloned());
    }
    explicit
}

/// A whole list to send: what is to be there, the Account Viewer that goes with it, and what is there by
/// default.
pub fn whole(wanted: &Grants, live: &Grants, viewer: &str, by_default: &Grants) -> Grants {
    let mut whole = wanted.clone();
    for grant in wanted.iter().filter(|grant| grant.policy != viewer && grant.place != Place::Organization) {
        whole.insert(Grant::new(viewer, grant.place.clone()));
    }
    whole.extend(live.intersection(by_default).cloned());
    whole
}

/// The fields of the managed set `list`: what is asked for and, if nothing else may be there, what else is. Under
/// [`GrantsPolicy::Additive`] only what we wrote ourselves is taken away again.
pub fn fields<T: Ord + fmt::Display>(
    list: &'static str,
    asked: &BTreeMap<T, String>,
    seen: &BTreeMap<T, String>,
    policy: GrantsPolicy,
    applied: &BTreeMap<String, String>,
) -> Vec<Field> {
    let none = String::new();
    let keys: BTreeSet<&T> = asked.keys().chain(seen.keys()).collect();
    let managed = |key: &&&T| {
        asked.contains_key(**key)
            || policy == GrantsPolicy::Exclusive
            || applied.contains_key(&entry(list, key))
    };
    let field = |key: &T| {
        let value = |map: &BTreeMap<T, String>| Text::Plain(map.get(key).unwrap_or(&none).clone());
        Field::new(entry(list, key), value(asked), Seen::Value(value(seen))).of(list)
    };
    [Field::list(list)].into_iter().chain(keys.iter().filter(managed).map(|key| field(key))).collect()
}

/// The paths of what was ever written in a list, and of the list where it is written as a whole.
pub fn written<'a>(
    list: &'static str,
    applied: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a String> {
    applied
        .keys()
        .filter(move |path| path.as_str() == list || entry_of(list, path).is_some_and(|key| !key.is_empty()))
}

/// A set, for [`fields`].
pub fn granted<T: Ord + Clone>(set: &BTreeSet<T>) -> BTreeMap<T, String> {
    set.iter().map(|item| (item.clone(), GRANTED.to_owned())).collect()
}

/// Whether anything of the list is to be written.
pub fn concern(changes: &[Change], list: &str) -> bool {
    changes.iter().any(|change| !change.repeated && entry_of(list, &change.path).is_some())
}

/// `seen` with those of the changes that concern it.
pub fn changed<T: Ord + Clone + fmt::Display>(
    list: &str,
    seen: &BTreeSet<T>,
    asked: &BTreeSet<T>,
    changes: &[Change],
) -> BTreeSet<T> {
    let concerned = |item: &&T| {
        let path = entry(list, item);
        changes.iter().any(|change| change.path == path)
    };
    let mut set: BTreeSet<T> =
        seen.iter().filter(|item| !concerned(item) || asked.contains(*item)).cloned().collect();
    set.extend(asked.iter().filter(concerned).cloned());
    set
}

/// Whether a change takes away what a list shows, or may do so. What was written before does so no more.
pub fn takes_away(change: &Change) -> bool {
    if change.repeated {
        return false;
    }
    let actual = change.actual.as_deref().unwrap_or_default();
    let desired = change.desired.as_deref().unwrap_or_default();
    let roles = AccountRole::named(actual).zip(AccountRole::named(desired));
    let rises = roles.is_some_and(|(actual, desired)| actual < desired);
    !actual.is_empty() && actual != desired && !rises
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VIEWER: &str = "3";

    fn on(policy: &str, account: &str) -> Grant {
        Grant::new(policy, Place::Account(account.into()))
    }

    fn set<const N: usize>(grants: [Grant; N]) -> Grants {
        BTreeSet::from(grants)
    }

    #[test]
    fn the_account_viewer_that_came_along_is_no_difference() {
        let none = Grants::new();
        let by_default = set([on(VIEWER, "act-0")]);
        // (live, asked, by default, what was granted on purpose)
        let table = [
            (
                set([on("pol-1", "a"), on(VIEWER, "a")]),
                set([on("pol-1", "a")]),
                &none,
                set([on("pol-1", "a")]),
            ),
            (set([on(VIEWER, "a")]), set([]), &none, set([on(VIEWER, "a")])),
            (set([on(VIEWER, "a")]), set([on(VIEWER, "a")]), &none, set([on(VIEWER, "a")])),
            (
                set([on("pol-1", "a"), on(VIEWER, "a")]),
                set([on(VIEWER, "a")]),
                &none,
                set([on("pol-1", "a"), on(VIEWER, "a")]),
            ),
            (set([on(VIEWER, "a")]), set([on("pol-1", "a")]), &none, set([])),
            (set([on(VIEWER, "act-0"), on(VIEWER, "b")]), set([]), &by_default, set([on(VIEWER, "b")])),
            (
                set([Grant::new("pol-1", Place::All), Grant::new(VIEWER, Place::All), on(VIEWER, "a")]),
                set([]),
                &none,
                set([Grant::new("pol-1", Place::All)]),
            ),
            (
                set([Grant::new("pol-1", Place::All), Grant::new(VIEWER, Place::All)]),
                set([on(VIEWER, "a")]),
                &none,
                set([Grant::new("pol-1", Place::All), on(VIEWER, "a")]),
            ),
            (
                set([Grant::new("6", Place::Organization), on(VIEWER, "a")]),
                set([]),
                &none,
                set([Grant::new("6", Place::Organization), on(VIEWER, "a")]),
            ),
        ];
        for (live, asked, by_default, expected) in table {
            assert_eq!(explicit(&live, &asked, VIEWER, by_default), expected, "{live:?} {asked:?}");
        }
    }

    #[test]
    fn under_additive_only_what_we_wrote_is_taken_away() {
        let asked = granted(&set([on("pol-1", "a")]));
        let seen = granted(&set([on("pol-1", "a"), on("pol-2", "a"), on("pol-3", "a")]));
        let applied = BTreeMap::from([("policies[pol-2/a]".to_owned(), "print".to_owned())]);
        let paths = |policy| -> Vec<String> {
            let fields = fields("policies", &asked, &seen, policy, &applied);
            fields.into_iter().map(|field| field.path).collect()
        };
        assert_eq!(paths(GrantsPolicy::Additive), ["policies[]", "policies[pol-1/a]", "policies[pol-2/a]"]);
        assert_eq!(paths(GrantsPolicy::Exclusive).len(), 4);
    }

    #[test]
    fn a_rise_takes_nothing_away() {
        let change = |actual: Option<&str>, desired: &str| Change {
            path: "accounts[a]".into(),
            cause: crate::engine::decide::plan::Cause::Edit,
            desired: Some(desired.into()),
            actual: actual.map(Into::into),
            sensitive: false,
            replaces: false,
            repeated: false,
            moved: false,
        };
        for (actual, desired, expected) in [
            (Some(""), "Viewer", false),
            (Some("Viewer"), "Editor", false),
            (Some("Editor"), "Viewer", true),
            (Some("Viewer"), "", true),
            (Some("granted"), "", true),
            (None, "Viewer", false),
        ] {
            assert_eq!(takes_away(&change(actual, desired)), expected, "{actual:?} {desired}");
        }
    }

    #[test]
    fn what_was_written_a_moment_ago_takes_nothing_away_and_sends_no_list() {
        let change = |path: &str, repeated| Change {
            path: path.into(),
            cause: crate::engine::decide::plan::Cause::Edit,
            desired: Some(String::new()),
            actual: Some(GRANTED.into()),
            sensitive: false,
            replaces: true,
            repeated,
            moved: false,
        };
        let (due, repeated) = (change("policies[pol-1/a]", false), change("policies[pol-2/a]", true));
        assert!(takes_away(&due) && !takes_away(&repeated));
        assert!(!concern(std::slice::from_ref(&repeated), "policies"));
        let both = [repeated, due];
        assert!(concern(&both, "policies") && !concern(&both, "accounts"));
        // Once the list is sent for the other's sake, it goes along.
        let seen = set([on("pol-1", "a"), on("pol-2", "a"), on("pol-3", "a")]);
        assert_eq!(changed(POLICIES, &seen, &Grants::new(), &both), set([on("pol-3", "a")]));
    }

    #[test]
    fn a_whole_list_keeps_what_is_there_by_default_and_gives_nothing_by_default() {
        let (linked, administers) = (on(VIEWER, "act-0"), Grant::new("6", Place::Organization));
        let by_default = set([linked.clone(), administers]);
        let live = set([linked.clone(), on("pol-2", "b")]);
        let whole = whole(&set([on("pol-1", "a")]), &live, VIEWER, &by_default);
        assert_eq!(whole, set([on("pol-1", "a"), on(VIEWER, "a"), linked]));
    }

    fn grants() -> impl Strategy<Value = Grants> {
        let place =
            prop_oneof![Just(Place::Organization), Just(Place::All), "[ab]".prop_map(Place::Account),];
        let policy = prop_oneof![Just(VIEWER.to_owned()), "pol-[12]"];
        proptest::collection::btree_set(
            (policy, place).prop_map(|(policy, place)| Grant { policy, place }),
            0..6,
        )
    }

    /// What the service shows after it was sent.
    fn served(sent: &Grants) -> Grants {
        let mut served = sent.clone();
        for grant in sent.iter().filter(|grant| grant.place != Place::Organization) {
            served.insert(Grant::new(VIEWER, grant.place.clone()));
        }
        served
    }

    proptest! {
        #[test]
        fn what_was_sent_shows_no_difference(asked in grants(), live in grants()) {
            // A policy holds in the organization or in accounts, not in both; Account Viewer only in accounts.
            prop_assume!(asked.iter().all(|one| asked.iter().all(|other| one.policy != other.policy || one == other)));
            prop_assume!(!asked.contains(&Grant::new(VIEWER, Place::Organization)));
            let none = Grants::new();
            let sent = whole(&asked, &live, VIEWER, &none);
            let shown = shown(&mappings(&served(&sent)));
            prop_assert_eq!(explicit(&shown, &asked, VIEWER, &none), asked);
        }
    }
}
