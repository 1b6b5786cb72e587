//! What the manifest said before, and what was written: only so is what an edit moved told from what the vendor's side
//! did, also of an object that was taken over, and of a list that was not declared until now.

use crate::engine::decide::fingerprint::{Fingerprints, Match};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Stands in a fingerprint for whatever was sent without an answer: no field has this value.
const UNHEARD: &str = "\0";

/// Marks a fingerprint of a value that was assumed at adoption and never written.
pub(super) const ASSUMED: char = '~';

/// The entry among the fingerprints that says that something which no read shows is about to be written, for the
/// so-manieth time. It is no field, so a program that does not know it drops it.
pub const INTENDED: &str = "?";

/// The entry that says that what was declared is noted here. Of an object without it, which an older program wrote,
/// nobody knows what an edit moved: it is compared as if for the first time.
pub(super) const NOTED: &str = "[]";

/// Whether a field, or the list that it is in, was declared before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The object is compared for the first time, or this of it is.
    First,
    /// It was.
    Declared,
    /// It was not, and the object was compared before: an edit declares it.
    New,
}

/// The path of a list's own entry in `lastApplied`: it has a place there as long as the list is declared.
pub(super) fn list(name: &str) -> String {
    format!("{name}[]")
}

/// The path of an entry of a list.
pub fn entry(list: &str, key: impl Display) -> String {
    format!("{list}[{key}]")
}

/// The key of the entry of this list that a path names.
pub fn entry_of<'a>(list: &str, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(list)?.strip_prefix('[')?.strip_suffix(']')
}

/// What the fingerprints of an object tell of that.
pub(super) struct Declared<'a>(pub &'a BTreeMap<String, String>);

impl Declared<'_> {
    /// Of a field in this list, or in none, of which no fingerprint is stored.
    pub(super) fn before(&self, of: Option<&str>) -> Before {
        if !self.0.contains_key(NOTED) {
            return Before::First;
        }
        match of.and_then(|name| self.0.get(&list(name))) {
            Some(stored) if is_assumed(stored) => Before::First,
            Some(_) => Before::Declared,
            None => Before::New,
        }
    }
}

/// Whether the fingerprint is of a value that was assumed at adoption and never written.
pub fn is_assumed(stored: &str) -> bool {
    stored.starts_with(ASSUMED)
}

/// The fingerprint without that mark.
pub(super) fn bare(stored: &str) -> &str {
    stored.trim_start_matches(ASSUMED)
}

/// The fingerprint of a field that no read shows while nobody knows what it has: a write of it is on its way, or was
/// not heard. Whatever is wished for then is another value.
pub fn unheard(prints: &Fingerprints, path: &str) -> String {
    prints.of(path, UNHEARD)
}

/// Whether the fingerprint is that.
pub fn is_unheard(prints: &Fingerprints, path: &str, stored: &str) -> bool {
    prints.compare(stored, path, UNHEARD) == Match::Same
}

/// How `value` compares to what was last written to the field; `None` if nothing was.
pub fn written(
    prints: &Fingerprints,
    last: &BTreeMap<String, String>,
    path: &str,
    value: &str,
) -> Option<Match> {
    let stored = last.get(path).filter(|stored| !is_assumed(stored))?;
    // Of what was not heard nobody can say.
    Some(if is_unheard(prints, path, stored) { Match::LostKey } else { prints.compare(stored, path, value) })
}

/// Whether `value` is what the field was given last, or was assumed to have.
pub fn is_written(prints: &Fingerprints, last: &BTreeMap<String, String>, path: &str, value: &str) -> bool {
    let stored = last.get(path).map(|stored| bare(stored));
    stored.is_some_and(|stored| prints.compare(stored, path, value) == Match::Same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::policy::DriftPolicy::{Correct, Report};
    use crate::api::status::Origin;
    use crate::engine::decide::fingerprint::Fingerprints;
    use crate::engine::decide::plan::{Cause, Change, Field, Plan, Policy, Seen, Text, plan};
    use std::collections::BTreeSet;

    static NONE: BTreeSet<String> = BTreeSet::new();
    static NOTHING: BTreeMap<String, String> = BTreeMap::new();

    const REPORT: Policy<'static> = Policy {
        manage: true,
        drift: Report,
        origin: Origin::Adopted,
        apply_unreadable: false,
        contested: &NONE,
        unsettled: &NOTHING,
        unheard: &NOTHING,
        takes_away: &|_| false,
    };

    fn field(path: &str, desired: &str, seen: &str) -> Field {
        let field = Field::new(path, Text::Plain(desired.into()), Seen::Value(Text::Plain(seen.into())));
        if path.starts_with("roles[") { field.of("roles") } else { field }
    }

    fn planned(fields: &[Field], last: &BTreeMap<String, String>, policy: &Policy<'_>) -> Plan {
        plan(fields, last, &Fingerprints::new(&"key".to_owned().into()), policy)
    }

    fn causes(changes: &[Change]) -> Vec<(&str, Cause)> {
        changes.iter().map(|change| (change.path.as_str(), change.cause)).collect()
    }

    #[test]
    fn what_is_declared_of_what_was_taken_over_before_is_an_edit() {
        let name = || field("name", "a", "a");
        let before = planned(&[name()], &NOTHING, &REPORT).last_applied;
        let more = planned(&[name(), field("description", "b", "c")], &before, &REPORT);
        assert_eq!(causes(&more.apply), [("description", Cause::Edit)]);
        // A list says what is in it, and what is not.
        let list = || {
            vec![
                name(),
                Field::list("roles"),
                field("roles[a]", "Editor", ""),
                field("roles[b]", "", "Viewer"),
            ]
        };
        let declared = planned(&list(), &before, &REPORT);
        assert_eq!(causes(&declared.apply), [("roles[a]", Cause::Edit), ("roles[b]", Cause::Edit)]);
        // What comes later, and was never asked for, somebody else put there.
        let strange = || {
            [
                name(),
                Field::list("roles"),
                field("roles[a]", "Editor", "Editor"),
                field("roles[c]", "", "Viewer"),
            ]
        };
        let mut last = declared.last_applied;
        for noted in [true, false] {
            assert_eq!(
                causes(&planned(&strange(), &last, &REPORT).report),
                [("roles[c]", Cause::Drift)],
                "{noted}"
            );
            let correct = Policy { drift: Correct, ..REPORT };
            assert_eq!(
                causes(&planned(&strange(), &last, &correct).apply),
                [("roles[c]", Cause::Drift)],
                "{noted}"
            );
            // A program that noted nothing had it last.
            last.retain(|path, _| !path.ends_with("[]"));
        }
        // Also where the list is empty.
        let empty = planned(&[name(), Field::list("roles")], &before, &REPORT).last_applied;
        let strange =
            planned(&[name(), Field::list("roles"), field("roles[c]", "", "Viewer")], &empty, &REPORT);
        assert_eq!(causes(&strange.report), [("roles[c]", Cause::Drift)]);
    }

    #[test]
    fn what_differed_when_it_was_taken_over_is_no_edit_though_it_was_not_known_then() {
        let name = || field("name", "a", "a");
        let list = || {
            [name(), Field::list("roles"), field("roles[a]", "Editor", ""), field("roles[b]", "", "Viewer")]
        };
        let both = [("roles[a]", Cause::Drift), ("roles[b]", Cause::Drift)];
        assert_eq!(causes(&planned(&list(), &NOTHING, &REPORT).report), both);
        let waiting = planned(&[name(), Field::unknown_list("roles")], &NOTHING, &REPORT).last_applied;
        let again = planned(&[name(), Field::unknown_list("roles")], &waiting, &REPORT).last_applied;
        assert_eq!(waiting, again);
        assert_eq!(causes(&planned(&list(), &waiting, &REPORT).report), both);
        let observed = planned(&list(), &NOTHING, &Policy { manage: false, ..REPORT }).last_applied;
        assert_eq!(causes(&planned(&list(), &observed, &REPORT).report), both);
    }

    #[test]
    fn a_list_that_no_read_shows_is_assumed_though_it_was_not_known_when_it_was_taken_over() {
        let waiting = [field("name", "a", "a"), Field::unknown_list("roles")];
        let waiting = planned(&waiting, &NOTHING, &REPORT).last_applied;
        let roles = || Field::new("roles", Text::Plain("b".into()), Seen::Unreadable).of("roles");
        let known = planned(&[field("name", "a", "a"), roles()], &waiting, &REPORT);
        assert_eq!((known.apply.len(), known.unverified.as_slice()), (0, &["roles".to_owned()][..]));
    }

    #[test]
    fn an_edit_under_observe_is_one_when_the_object_is_managed() {
        let observe = Policy { manage: false, ..REPORT };
        let first = planned(&[field("name", "a", "live")], &NOTHING, &observe).last_applied;
        let edited = planned(&[field("name", "b", "live")], &first, &observe).last_applied;
        assert_eq!(first, edited);
        assert_eq!(
            causes(&planned(&[field("name", "b", "live")], &edited, &REPORT).apply),
            [("name", Cause::Edit)]
        );
    }

    #[test]
    fn where_both_sides_moved_both_are_known() {
        let last = planned(&[field("name", "a", "a")], &NOTHING, &REPORT).last_applied;
        let moved = |seen: &str, policy: &Policy<'_>| {
            planned(&[field("name", "c", seen)], &last, policy).apply[0].moved
        };
        assert!(moved("b", &REPORT));
        assert!(!moved("a", &REPORT), "only the manifest");
        assert!(!moved("b", &Policy { unsettled: &last, ..REPORT }), "the list may lag behind our own write");
        let unheard = planned(&[field("name", "b", "b")], &NOTHING, &REPORT).last_applied;
        assert!(!moved("b", &Policy { unheard: &unheard, ..REPORT }), "it was ours");
    }

    #[test]
    fn what_was_only_assumed_is_nothing_that_could_have_been_changed() {
        let fixed = |desired: &str| [Field::fixed("name", Text::Plain(desired.into()), Seen::Unreadable)];
        let mut last = BTreeMap::new();
        for desired in ["a", "b", "a"] {
            let plan = planned(&fixed(desired), &last, &REPORT);
            assert_eq!(
                (plan.immutable.len(), plan.unverified.len(), plan.apply.len()),
                (0, 1, 0),
                "{desired}"
            );
            last = plan.last_applied;
        }
    }
}
