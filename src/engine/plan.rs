//! The plan: desired × observed × last applied → changes. Pure, and the same value for what is
//! applied, what is only reported, and what is printed.

mod edited;

pub use edited::edited;

use crate::api::policy::DriftPolicy;
use crate::api::status::Origin;
use crate::engine::fingerprint::{Fingerprints, Match};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};

/// Marks a fingerprint of a value that was assumed at adoption and never written.
const ASSUMED: char = '~';

/// A value in canonical text. Whether it may be shown is part of its type.
#[derive(Clone, Debug)]
pub enum Text {
    /// May be shown.
    Plain(String),
    /// May never be shown.
    Secret(SecretString),
}

impl Text {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(text) => text.expose_secret(),
        }
    }

    fn shown(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::Secret(_) => None,
        }
    }
}

/// What the vendor shows of a field.
#[derive(Clone, Debug)]
pub enum Seen {
    /// This value.
    Value(Text),
    /// Nothing: it can be written, not read.
    Unreadable,
    /// The contract cannot express it.
    Unsupported,
}

/// A field that a manifest asks for, beside what the vendor shows of it.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field, as in spec.
    pub path: String,
    /// What it should be.
    pub desired: Text,
    /// What it is.
    pub seen: Seen,
    /// Whether only a create can write it.
    pub fixed: bool,
}

impl Field {
    /// A field that is written by updates. An empty value that is shown means that it is not there.
    pub fn new(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, fixed: false }
    }

    /// One that only a create can write.
    pub fn fixed(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, fixed: true }
    }
}

/// Why a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A person changed the manifest, or it was never written yet.
    Edit,
    /// The vendor's side moved, or differed when it was adopted.
    Drift,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field, as in spec.
    pub path: String,
    /// Why.
    pub cause: Cause,
    /// What it should be; `None` where that may not be shown.
    pub desired: Option<String>,
    /// What it is; `None` where that may not or cannot be shown.
    pub actual: Option<String>,
    /// Whether the values are secret.
    pub sensitive: bool,
    /// Whether the field may hold what this write takes away: it was written before, or the object is
    /// older than our knowledge of it.
    pub replaces: bool,
}

/// What may be done about differences.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    /// Whether anything may be written.
    pub manage: bool,
    /// What to do about drift.
    pub drift: DriftPolicy,
    /// Where the object came from.
    pub origin: Origin,
    /// Whether unreadable fields are written at adoption.
    pub apply_unreadable: bool,
    /// Paths that are no longer corrected (rule 15).
    pub contested: &'a BTreeSet<String>,
    /// Paths that we wrote so recently that lists may still show what was before.
    pub unsettled: &'a BTreeSet<String>,
}

/// What is to be done for one object that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be written now.
    pub apply: Vec<Change>,
    /// Differences that policy leaves as they are.
    pub report: Vec<Change>,
    /// Paths that cannot be read back and were never written by us.
    pub unverified: Vec<String>,
    /// Paths that were edited, or differ, and that only a create can write.
    pub immutable: Vec<String>,
    /// Paths that the contract cannot express.
    pub unsupported: Vec<String>,
    /// Paths whose fingerprint was of a lost key.
    pub rebased: Vec<String>,
    /// Paths that differ in a list that may lag behind our own write: to be looked at again.
    pub unsettled: Vec<String>,
    /// The fingerprints to store once `apply` has been carried out.
    pub last_applied: BTreeMap<String, String>,
}

/// Makes the plan.
pub fn plan(
    fields: &[Field],
    last: &BTreeMap<String, String>,
    prints: &Fingerprints,
    policy: &Policy<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for field in fields {
        let stored = last.get(&field.path);
        let print = prints.of(&field.path, field.desired.expose());
        let known = stored.map(|stored| {
            prints.compare(stored.trim_start_matches(ASSUMED), &field.path, field.desired.expose())
        });
        match &field.seen {
            Seen::Unsupported => plan.unsupported.push(field.path.clone()),
            Seen::Value(seen) if seen.expose() == field.desired.expose() => {
                plan.last_applied.insert(field.path.clone(), print);
            }
            _ if field.fixed => fixed(&mut plan, field, stored, known, print, policy),
            Seen::Value(seen) => readable(&mut plan, field, seen, stored, known, print, policy),
            Seen::Unreadable => unreadable(&mut plan, field, stored, known, print, policy),
        }
    }
    plan
}

/// How `value` compares to what was last written to the field; `None` if nothing was.
pub fn written(
    prints: &Fingerprints,
    last: &BTreeMap<String, String>,
    path: &str,
    value: &str,
) -> Option<Match> {
    let stored = last.get(path).filter(|stored| !stored.starts_with(ASSUMED))?;
    Some(prints.compare(stored, path, value))
}

/// A field that only a create can write: it is as it was created, or a person has to decide.
fn fixed(
    plan: &mut Plan,
    field: &Field,
    stored: Option<&String>,
    known: Option<Match>,
    print: String,
    policy: &Policy<'_>,
) {
    let path = field.path.clone();
    match (&field.seen, known) {
        (Seen::Value(_), _) | (_, Some(Match::Other)) => {
            keep(plan, &path, stored);
            plan.immutable.push(path);
        }
        (_, Some(Match::Same)) => {
            if stored.is_some_and(|stored| stored.starts_with(ASSUMED)) {
                plan.unverified.push(path.clone());
            }
            keep(plan, &path, stored);
        }
        (_, Some(Match::LostKey)) => {
            plan.rebased.push(path.clone());
            plan.last_applied.insert(path, print);
        }
        (_, None) if policy.origin == Origin::Created => {
            plan.last_applied.insert(path, print);
        }
        (_, None) => {
            plan.unverified.push(path.clone());
            plan.last_applied.insert(path, format!("{ASSUMED}{print}"));
        }
    }
}

fn readable(
    plan: &mut Plan,
    field: &Field,
    seen: &Text,
    stored: Option<&String>,
    known: Option<Match>,
    print: String,
    policy: &Policy<'_>,
) {
    let edited = match known {
        Some(known) => known == Match::Other,
        // What nobody asked for and we never wrote is somebody else's doing.
        None => policy.origin == Origin::Created && !field.desired.expose().is_empty(),
    };
    let cause = if edited { Cause::Edit } else { Cause::Drift };
    let change = change(field, seen.shown(), cause, replaces(stored, policy));
    if known == Some(Match::LostKey) {
        plan.rebased.push(field.path.clone());
    }
    let correct = edited || policy.drift == DriftPolicy::Correct && !policy.contested.contains(&field.path);
    if !policy.manage {
        plan.report.push(change);
        // Not applied: when the object is managed again, an edit must still look like one.
        keep(plan, &field.path, stored);
    } else if cause == Cause::Drift && policy.unsettled.contains(&field.path) {
        plan.unsettled.push(field.path.clone());
        keep(plan, &field.path, stored);
    } else {
        if correct {
            plan.apply.push(change);
        } else {
            plan.report.push(change);
        }
        // Also when it is only reported: from here on, another value is an edit.
        plan.last_applied.insert(field.path.clone(), print);
    }
}

fn unreadable(
    plan: &mut Plan,
    field: &Field,
    stored: Option<&String>,
    known: Option<Match>,
    print: String,
    policy: &Policy<'_>,
) {
    let write = match known {
        Some(Match::Same) => {
            let assumed = stored.is_some_and(|stored| stored.starts_with(ASSUMED));
            if !assumed {
                return keep(plan, &field.path, stored);
            }
            policy.apply_unreadable
        }
        Some(Match::LostKey) => {
            // Nobody knows whether it changed: to write it again would be a guess.
            plan.rebased.push(field.path.clone());
            plan.last_applied.insert(field.path.clone(), print);
            return;
        }
        Some(Match::Other) => true,
        None => policy.origin == Origin::Created || policy.apply_unreadable,
    };
    if !write {
        plan.unverified.push(field.path.clone());
        plan.last_applied.insert(field.path.clone(), format!("{ASSUMED}{print}"));
    } else if policy.manage {
        plan.apply.push(change(field, None, Cause::Edit, replaces(stored, policy)));
        plan.last_applied.insert(field.path.clone(), print);
    } else {
        plan.report.push(change(field, None, Cause::Edit, replaces(stored, policy)));
        keep(plan, &field.path, stored);
    }
}

fn replaces(stored: Option<&String>, policy: &Policy<'_>) -> bool {
    stored.is_some() || policy.origin == Origin::Adopted
}

fn keep(plan: &mut Plan, path: &str, stored: Option<&String>) {
    if let Some(stored) = stored {
        plan.last_applied.insert(path.to_owned(), stored.clone());
    }
}

fn change(field: &Field, actual: Option<String>, cause: Cause, replaces: bool) -> Change {
    let desired = field.desired.shown();
    let sensitive = desired.is_none();
    Change {
        path: field.path.clone(),
        cause,
        // An actual value that replaced a secret may be one too.
        actual: if sensitive { None } else { actual },
        desired,
        sensitive,
        replaces,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints() -> Fingerprints {
        Fingerprints::new(&"key".to_owned().into())
    }

    fn name(desired: &str, actual: &str) -> Field {
        Field::new("name", Text::Plain(desired.into()), Seen::Value(Text::Plain(actual.into())))
    }

    fn hook(desired: &str) -> Field {
        Field::new("hook", Text::Secret(desired.to_owned().into()), Seen::Unreadable)
    }

    static NONE: BTreeSet<String> = BTreeSet::new();

    fn policy(origin: Origin, drift: DriftPolicy) -> Policy<'static> {
        Policy { manage: true, drift, origin, apply_unreadable: false, contested: &NONE, unsettled: &NONE }
    }

    fn applied(path: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(path.to_owned(), prints().of(path, value))])
    }

    #[test]
    fn what_is_as_it_should_be_needs_nothing() {
        let policy = policy(Origin::Adopted, DriftPolicy::Correct);
        let plan = plan(&[name("a", "a")], &BTreeMap::new(), &prints(), &policy);
        assert_eq!(plan, Plan { last_applied: applied("name", "a"), ..Plan::default() });
    }

    #[test]
    fn an_edit_is_written_under_every_drift_policy_and_drift_only_under_correct() {
        use Cause::{Drift, Edit};
        use DriftPolicy::{Correct, Report};
        let table = [
            // (policy, last applied, cause, written)
            (Correct, Some("old"), Edit, true),
            (Report, Some("old"), Edit, true),
            (Correct, Some("new"), Drift, true),
            (Report, Some("new"), Drift, false),
            // Adopted with a difference: nobody edited anything.
            (Correct, None, Drift, true),
            (Report, None, Drift, false),
        ];
        for (drift, last, cause, written) in table {
            let last = last.map(|value| applied("name", value)).unwrap_or_default();
            let plan = plan(&[name("new", "live")], &last, &prints(), &policy(Origin::Adopted, drift));
            let changes = if written { &plan.apply } else { &plan.report };
            assert_eq!(changes.len(), 1, "{drift:?} {last:?}");
            assert_eq!(plan.apply.len() + plan.report.len(), 1);
            assert_eq!(changes[0].cause, cause, "{drift:?} {last:?}");
            assert_eq!(plan.last_applied, applied("name", "new"), "a later edit must look like one");
        }
    }

    #[test]
    fn under_observe_nothing_is_written_and_nothing_counts_as_applied() {
        let observe = Policy { manage: false, ..policy(Origin::Adopted, DriftPolicy::Correct) };
        let fields = [name("new", "live"), hook("secret")];
        let last = applied("hook", "former");
        let plan = plan(&fields, &last, &prints(), &observe);
        assert!(plan.apply.is_empty());
        assert_eq!(plan.report.len(), 2);
        assert_eq!(plan.last_applied, last);
    }

    #[test]
    fn contested_paths_are_only_reported_but_an_edit_still_counts() {
        let contested = BTreeSet::from(["name".to_owned()]);
        let policy = Policy { contested: &contested, ..policy(Origin::Created, DriftPolicy::Correct) };
        let drifted = plan(&[name("a", "b")], &applied("name", "a"), &prints(), &policy);
        assert_eq!((drifted.apply.len(), drifted.report.len()), (0, 1));
        let edited = plan(&[name("c", "b")], &applied("name", "a"), &prints(), &policy);
        assert_eq!((edited.apply.len(), edited.report.len()), (1, 0));
    }

    #[test]
    fn a_list_that_may_lag_behind_our_own_write_is_no_drift_yet() {
        let unsettled = BTreeSet::from(["name".to_owned()]);
        let policy = Policy { unsettled: &unsettled, ..policy(Origin::Created, DriftPolicy::Correct) };
        let lagging = plan(&[name("a", "b")], &applied("name", "a"), &prints(), &policy);
        assert_eq!((lagging.apply.len(), lagging.report.len()), (0, 0));
        assert_eq!(lagging.unsettled, ["name"]);
        let edited = plan(&[name("c", "b")], &applied("name", "a"), &prints(), &policy);
        assert_eq!(edited.apply.len(), 1, "a person's change does not wait");
    }

    #[test]
    fn what_cannot_be_read_is_written_once_and_when_its_source_changes() {
        let created = policy(Origin::Created, DriftPolicy::Report);
        let first = plan(&[hook("v1")], &BTreeMap::new(), &prints(), &created);
        assert_eq!(first.apply.len(), 1);
        let again = plan(&[hook("v1")], &first.last_applied, &prints(), &created);
        assert!(again.apply.is_empty() && again.report.is_empty());
        let rotated = plan(&[hook("v2")], &first.last_applied, &prints(), &created);
        assert_eq!(rotated.apply.len(), 1);
        assert_eq!(rotated.apply[0].desired, None, "a secret is never shown");
    }

    #[test]
    fn what_cannot_be_read_is_assumed_at_adoption_and_said_so_for_as_long_as_it_is() {
        let adopted = policy(Origin::Adopted, DriftPolicy::Correct);
        let first = plan(&[hook("v1")], &BTreeMap::new(), &prints(), &adopted);
        assert!(first.apply.is_empty());
        assert_eq!(first.unverified, ["hook"]);
        let again = plan(&[hook("v1")], &first.last_applied, &prints(), &adopted);
        assert_eq!(again.unverified, ["hook"]);
        assert!(again.apply.is_empty());
        let rotated = plan(&[hook("v2")], &first.last_applied, &prints(), &adopted);
        assert_eq!((rotated.apply.len(), rotated.unverified.len()), (1, 0));
        let told = Policy { apply_unreadable: true, ..adopted };
        assert_eq!(plan(&[hook("v1")], &BTreeMap::new(), &prints(), &told).apply.len(), 1);
    }

    #[test]
    fn a_lost_key_is_rebased_and_nothing_unreadable_is_written_again() {
        let old = Fingerprints::new(&"former key".to_owned().into());
        let last = BTreeMap::from([
            ("hook".to_owned(), old.of("hook", "v0")),
            ("name".to_owned(), old.of("name", "a")),
        ]);
        let policy = policy(Origin::Created, DriftPolicy::Correct);
        let plan = plan(&[hook("v1"), name("a", "a")], &last, &prints(), &policy);
        assert!(plan.apply.is_empty());
        assert_eq!(plan.rebased, ["hook"]);
        assert_eq!(plan.last_applied["hook"], prints().of("hook", "v1"));
    }

    #[test]
    fn what_only_a_create_can_write_is_never_written_again() {
        let names = |name: &str| [Field::fixed("firstName", Text::Plain(name.into()), Seen::Unreadable)];
        let created = policy(Origin::Created, DriftPolicy::Correct);
        let first = plan(&names("Jo"), &BTreeMap::new(), &prints(), &created);
        assert_eq!((first.apply.len(), first.immutable.len()), (0, 0), "the create wrote it");
        let edited = plan(&names("Joe"), &first.last_applied, &prints(), &created);
        assert_eq!((edited.apply.len(), edited.immutable), (0, vec!["firstName".to_owned()]));
        let back = plan(&names("Jo"), &edited.last_applied, &prints(), &created);
        assert!(back.immutable.is_empty(), "putting the former value back resolves it");
        let adopted = Policy { apply_unreadable: true, ..policy(Origin::Adopted, DriftPolicy::Correct) };
        let taken = plan(&names("Jo"), &BTreeMap::new(), &prints(), &adopted);
        assert_eq!((taken.apply.len(), taken.unverified.len()), (0, 1));
        let shown = Field::fixed("email", Text::Plain("a".into()), Seen::Value(Text::Plain("b".into())));
        assert_eq!(plan(&[shown], &BTreeMap::new(), &prints(), &created).immutable, ["email"]);
    }

    #[test]
    fn what_somebody_else_added_is_drift_also_on_what_we_created() {
        let extra = |actual: &str| {
            [Field::new(
                "accounts[act-9]",
                Text::Plain(String::new()),
                Seen::Value(Text::Plain(actual.into())),
            )]
        };
        let report = policy(Origin::Created, DriftPolicy::Report);
        let seen = plan(&extra("Viewer"), &BTreeMap::new(), &prints(), &report);
        assert_eq!((seen.apply.len(), seen.report.len()), (0, 1), "nobody edited anything");
        let removed = plan(&extra("Viewer"), &applied("accounts[act-9]", "Viewer"), &prints(), &report);
        assert_eq!(removed.apply.len(), 1, "we granted it, and the manifest no longer says so");
    }

    #[test]
    fn what_the_contract_lacks_is_named_and_not_compared() {
        let fields = [Field { seen: Seen::Unsupported, ..hook("v1") }];
        let policy = policy(Origin::Created, DriftPolicy::Correct);
        let plan = plan(&fields, &BTreeMap::new(), &prints(), &policy);
        assert_eq!(plan, Plan { unsupported: vec!["hook".into()], ..Plan::default() });
    }
}
