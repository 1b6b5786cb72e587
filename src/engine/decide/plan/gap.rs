//! Lists with a gap: an entry leads nowhere now. What is missing from such a list may be missing by mistake, so no more is
//! taken away than what an edit took out of it; and nothing on purpose where it is not known what the entry led to before.
//! What somebody else does to such a list is told, whether or not it waits.

use crate::engine::base::checks::forbids;
use std::rc::Rc;

/// How a field stands to what leads nowhere in its list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// When it ends, as messages say it.
    pub until: Rc<str>,
    /// Whether the field is what that gave.
    pub within: bool,
    /// Whether what the manifest says of the list is not carried out: what is not asked for may be what is missing.
    pub waits: bool,
}

impl Gap {
    /// Whether a difference waits for the end of the gap: one that a write of would take something away, that an edit
    /// made, and of what this object had written, or not. What leads nowhere may only be lowered. What takes something
    /// away goes where an edit took it out. In a list that waits only what somebody else took is given back.
    pub(super) fn holds(&self, takes_away: bool, edited: bool, written: bool) -> bool {
        if takes_away {
            forbids!(GapTakesNothing, self.waits || !(edited && written))
        } else {
            forbids!(GapGivesNothing, self.within || self.waits && (edited || !written))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::declared::{NOTED, list};
    use super::super::{Change, Field, Plan, Policy, Seen, Text, plan};
    use super::*;
    use crate::api::policy::DriftPolicy;
    use crate::api::status::Origin;
    use crate::engine::decide::fingerprint::Fingerprints;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    static NONE: BTreeSet<String> = BTreeSet::new();
    static NOTHING: BTreeMap<String, String> = BTreeMap::new();

    const POLICY: Policy<'static> = Policy {
        manage: true,
        drift: DriftPolicy::Correct,
        origin: Origin::Created,
        apply_unreadable: true,
        contested: &NONE,
        unsettled: &NOTHING,
        unheard: &NOTHING,
        takes_away: &less,
    };

    const ROLES: [&str; 3] = ["", "Viewer", "Editor"];

    /// A role in a list: what is declared, what the vendor shows, what was written, and whether it leads nowhere.
    #[derive(Clone, Debug)]
    struct Entry {
        desired: usize,
        seen: usize,
        stored: Option<usize>,
        dangles: bool,
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (0..3usize, 0..3usize, proptest::option::of(0..3usize), any::<bool>());
        let entry = entry.prop_map(|(desired, seen, stored, dangles)| {
            // What is not asked for any more leads nowhere and anywhere.
            Entry { desired, seen, stored, dangles: dangles && desired > 0 }
        });
        proptest::collection::vec(entry, 0..6)
    }

    fn path(index: usize) -> String {
        format!("roles[{index}]")
    }

    fn prints() -> Fingerprints {
        Fingerprints::new(&"key".to_owned().into())
    }

    /// Of roles, the later ones are more.
    fn less(changes: &[Change]) -> bool {
        let rank = |role: &Option<String>| ROLES.iter().position(|it| Some(*it) == role.as_deref());
        changes.iter().any(|change| rank(&change.desired) < rank(&change.actual))
    }

    /// Whether the list has a gap, and whether it waits for it.
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Closed,
        Beside,
        Waits,
    }

    fn planned(
        entries: &[Entry],
        last: &BTreeMap<String, String>,
        state: State,
        policy: &Policy<'_>,
    ) -> Plan {
        let text = |role: usize| Text::Plain(ROLES[role].to_owned());
        let field = |(index, entry): (usize, &Entry)| {
            let field =
                Field::new(path(index), text(entry.desired), Seen::Value(text(entry.seen))).of("roles");
            let (within, waits) = (entry.dangles, state == State::Waits);
            let gap = Gap { until: "it is there".into(), within, waits };
            Field { gap: (state != State::Closed).then_some(gap), ..field }
        };
        let own = if state == State::Closed { Field::list("roles") } else { Field::unknown_list("roles") };
        let fields: Vec<Field> = entries.iter().enumerate().map(field).chain([own]).collect();
        plan(&fields, last, &prints(), policy)
    }

    /// What is stored of them, and of the list where it was declared.
    fn stored(entries: &[Entry], declared: bool) -> BTreeMap<String, String> {
        let stored =
            entries.iter().enumerate().filter_map(|(index, entry)| Some((path(index), entry.stored?)));
        let mut last: BTreeMap<String, String> =
            stored.map(|(path, role)| (path.clone(), prints().of(&path, ROLES[role]))).collect();
        let own = declared.then(|| list("roles"));
        last.extend(
            [NOTED.to_owned()].into_iter().chain(own).map(|path| (path.clone(), prints().of(&path, ""))),
        );
        last
    }

    /// The plan for a list that no read shows.
    fn unread(desired: &str, last: &BTreeMap<String, String>, gap: bool, policy: &Policy<'_>) -> Plan {
        let roles = Field::new("roles", Text::Plain(desired.into()), Seen::Unreadable).of("roles");
        let own = gap.then(|| Field::unknown_list("roles"));
        let roles = Field { gap: own.as_ref().and_then(|own| own.gap.clone()), ..roles };
        let fields: Vec<Field> = [roles].into_iter().chain(own).collect();
        plan(&fields, last, &prints(), policy)
    }

    #[test]
    fn what_was_only_assumed_stays_so_whatever_its_list_waits_for() {
        let adopted = Policy { origin: Origin::Adopted, apply_unreadable: false, ..POLICY };
        let before = unread("a", &NOTHING, false, &adopted);
        assert_eq!(before.unverified, ["roles"]);
        for desired in ["a", "b"] {
            let beside = unread(desired, &before.last_applied, true, &adopted);
            assert_eq!((beside.unverified.as_slice(), beside.apply.len()), (&["roles".to_owned()][..], 0));
            assert_eq!(beside.last_applied.get("roles"), before.last_applied.get("roles"));
        }
        let unknown = [Field::unknown("roles"), Field::unknown_list("roles")];
        let waiting = plan(&unknown, &before.last_applied, &prints(), &adopted);
        assert_eq!(waiting.unverified, ["roles"]);
        assert_eq!(waiting.last_applied.get("roles"), before.last_applied.get("roles"));
        let written = unread("a", &NOTHING, false, &POLICY).last_applied;
        assert!(plan(&unknown, &written, &prints(), &POLICY).unverified.is_empty());
    }

    proptest! {
        #[test]
        fn from_a_list_with_a_gap_only_an_edit_takes_and_what_waits_is_as_it_would_have_been(
            entries in entries(),
            declared in any::<bool>(),
            created in any::<bool>(),
        ) {
            let origin = if created { Origin::Created } else { Origin::Adopted };
            let (last, policy) = (stored(&entries, declared), Policy { origin, ..POLICY });
            let [beside, closed] =
                [State::Beside, State::Closed].map(|state| planned(&entries, &last, state, &policy));
            let mut after = entries.clone();
            for (index, entry) in entries.iter().enumerate() {
                let of = |plan: &Plan| plan.apply.iter().find(|change| change.path == path(index)).cloned();
                let (due, written) = (of(&closed), of(&beside));
                let Some(due) = due else {
                    prop_assert!(written.is_none());
                    continue;
                };
                let edited = entry.stored.is_some_and(|stored| stored != entry.desired);
                let goes = if less(std::slice::from_ref(&due)) { edited } else { !entry.dangles };
                prop_assert_eq!(written.is_some(), goes, "{:?}", due);
                if goes {
                    after[index].seen = entry.desired;
                } else {
                    prop_assert_eq!(beside.last_applied.get(&path(index)), last.get(&path(index)));
                }
            }
            // Once it is closed, what waited is written, and for the same reason.
            let rest: Vec<Change> =
                closed.apply.iter().filter(|change| !beside.apply.contains(change)).cloned().collect();
            prop_assert_eq!(planned(&after, &beside.last_applied, State::Closed, &policy).apply, rest);
        }

        #[test]
        fn of_a_list_that_waits_what_was_given_is_given_back_and_what_else_somebody_did_is_told(
            entries in entries(),
            declared in any::<bool>(),
            manage in any::<bool>(),
            report in any::<bool>(),
        ) {
            let last = stored(&entries, declared);
            let drift = if report { DriftPolicy::Report } else { DriftPolicy::Correct };
            let plan = planned(&entries, &last, State::Waits, &Policy { manage, drift, ..POLICY });
            let has = |changes: &[Change], index| changes.iter().any(|change| change.path == path(index));
            for (index, entry) in entries.iter().enumerate() {
                let Entry { desired, seen, stored, dangles } = *entry;
                let (written, told) = (has(&plan.apply, index), has(&plan.report, index));
                let as_before = stored == Some(desired);
                let gives_back = desired > seen && as_before && !dangles && manage && !report;
                prop_assert_eq!(written, gives_back, "{:?} {:?}", entry, plan);
                // What the manifest itself changed is in the message of what leads nowhere.
                let moved = stored.map_or(declared && desired == 0 && seen > 0, |stored| stored != seen);
                prop_assert_eq!(written || told, moved && (desired != seen || desired == 0), "{:?} {:?}", entry, plan);
                prop_assert_eq!(plan.held.contains_key(&path(index)), told && (desired == 0 || manage && !(report && as_before)));
                let kept = plan.last_applied.get(&path(index));
                prop_assert!(kept == last.get(&path(index)) || desired == seen && desired > 0, "{:?}", entry);
            }
        }
    }

    #[test]
    fn a_list_with_a_gap_that_no_read_shows_is_written_only_where_it_was_before() {
        let last = |print: Option<String>| -> BTreeMap<String, String> {
            print.map(|print| ("roles".to_owned(), print)).into_iter().collect()
        };
        let before = prints().of("roles", "a");
        for (stored, writes) in [(None, 0), (Some(format!("~{before}")), 0), (Some(before), 1)] {
            let last = last(stored);
            let plan = unread("b", &last, true, &POLICY);
            assert_eq!(plan.apply.len(), writes, "{last:?}");
            if writes == 0 {
                assert_eq!(plan.last_applied.get("roles"), last.get("roles"));
            }
        }
    }
}
