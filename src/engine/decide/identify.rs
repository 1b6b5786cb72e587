//! Which vendor object an object stands for: a pure decision (rules 2 and 4).
//!
//! The vendor's creates are not idempotent and its names are not unique, so the answer is never
//! guessed. It comes from what is stored (an id, a pending create), from complete lists, and from
//! how long something has been missing in them.

use crate::api::policy::AdoptPolicy;
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::Tick;
use crate::engine::decide::absence::Lacking;
use crate::engine::decide::ledger::{self, Intent, Outcome, Shown};
use std::time::Duration;

/// What a complete list has with an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Row {
    /// Nothing.
    #[default]
    Missing,
    /// What may be what is kept.
    Its,
    /// Another thing than was kept so far.
    Another,
}

/// What a complete list says about one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// When the list was begun.
    pub begun: Tick,
    /// When the complete list before it was begun.
    pub before: Option<Tick>,
    /// What the list has with the held id.
    pub held: Row,
    /// What the held id gave way to, where it is one that does.
    pub successor: Option<String>,
    /// The run of complete lists that lack the held id, up to this one.
    pub lacking: Option<Lacking>,
    /// Whether the id to adopt is in the list.
    pub wanted_listed: bool,
    /// Whether it is a read by an id, which shows nothing else that has the key.
    pub by_id: bool,
    /// Unclaimed ids that have the natural key (of the pending create, if there is one).
    pub unclaimed: Vec<String>,
    /// Whether the list before it had an unclaimed id with the key that is not in `seen`.
    pub before_had_candidate: bool,
}

/// What is known of the object itself.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The id in status.
    pub held: Option<&'a str>,
    /// Our last write to it.
    pub last_write: Tick,
    /// The create whose outcome is not known.
    pub pending: Option<Intent<'a>>,
    /// `adopt.policy`.
    pub adopt: AdoptPolicy,
    /// `adopt.id`.
    pub wanted: Option<&'a str>,
    /// Whether it lives in the organization's own namespace: elsewhere adoption needs an id.
    pub at_home: bool,
    /// Whether it may be created: not under Observe, a suspended organization, or `--read-only`.
    pub may_create: bool,
    /// How long the vendor may take to carry a request out, and lists to show it.
    pub settle: Duration,
}

/// How we came to an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// It is in status.
    Held,
    /// It existed before.
    Adoption,
    /// The vendor answered our create with it.
    OwnCreate,
    /// It is there since a create whose outcome nobody heard.
    Found,
    /// The id in status gave way to it.
    Succession,
}

/// The decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is this one.
    Is(String, Via),
    /// It holds an id of another thing: somebody else wrote its status.
    Another(String),
    /// It holds an id that this list lacks, which proves nothing yet: look again at the time given.
    Missing(Tick),
    /// It is gone from the vendor; we did not delete it.
    Gone,
    /// The outcome of the create is not known: look again at the time given.
    OutcomeUnknown(Tick),
    /// The create was certainly not carried out: forget it.
    NotCarriedOut,
    /// The vendor answered that the create was carried out, and what it made is gone.
    Vanished,
    /// Nothing is there: create it.
    Create,
    /// Nothing is there, and it may not be created.
    Absent,
    /// Several could be it: a person has to say which.
    Ambiguous(Vec<String>),
    /// What `adopt.id` names is not there.
    WantedMissing,
    /// Nothing shows whether another has the key, and no person says that one is to be made whatever there is.
    Unseen,
    /// Adoption is required, and nothing has the key.
    NothingToAdopt,
    /// Adoption is refused, and this one has the key.
    Exists(String),
    /// It may not take over what exists. These have the key: from another namespace one is adopted only by id with
    /// policy Required.
    NeedsId(Vec<String>),
}

/// Whether an object may take over what existed before: in the organization's own namespace, or from elsewhere what it
/// names by its id with policy Required.
pub const fn may_adopt(at_home: bool, policy: AdoptPolicy, named: bool) -> bool {
    at_home || named && matches!(policy, AdoptPolicy::Required)
}

/// Decides which vendor object it is. `begun`s must be of complete lists only.
pub fn decide(known: &Known<'_>, evidence: &Evidence) -> Decision {
    if let Some(held) = known.held {
        return held_object(known, evidence, held);
    }
    if let Some(pending) = &known.pending {
        return pending_create(known, evidence, pending);
    }
    if let Some(wanted) = known.wanted {
        // Who may not adopt it does not learn whether it is there.
        return match (
            holds!(AdoptedById, may_adopt(known.at_home, known.adopt, true)),
            evidence.wanted_listed,
        ) {
            (true, true) => Decision::Is(wanted.to_owned(), Via::Adoption),
            (true, false) => Decision::WantedMissing,
            (false, _) => Decision::NeedsId(Vec::new()),
        };
    }
    let to_make = known.may_create && known.adopt == AdoptPolicy::Never;
    if forbids!(UnseenIsNotMade, evidence.by_id && !to_make) {
        return Decision::Unseen;
    }
    match (evidence.unclaimed.as_slice(), known.adopt) {
        ([], AdoptPolicy::Required) => Decision::NothingToAdopt,
        ([], _) if known.may_create => Decision::Create,
        ([], _) => Decision::Absent,
        ([one, ..], AdoptPolicy::Never) => Decision::Exists(one.clone()),
        (found, adopt) if forbids!(AdoptedById, !may_adopt(known.at_home, adopt, false)) => {
            Decision::NeedsId(found.to_vec())
        }
        ([one], _) => Decision::Is(one.clone(), Via::Adoption),
        (several, _) => Decision::Ambiguous(several.to_vec()),
    }
}

fn held_object(known: &Known<'_>, evidence: &Evidence, held: &str) -> Decision {
    if forbids!(HeldIsIts, evidence.held == Row::Another) {
        return Decision::Another(held.to_owned());
    }
    if evidence.held != Row::Missing {
        return Decision::Is(held.to_owned(), Via::Held);
    }
    if let Some(successor) = &evidence.successor {
        return Decision::Is(successor.clone(), Via::Succession);
    }
    // A list that was begun before our own write (the create, above all) says nothing.
    let lacking = evidence.lacking.unwrap_or(Lacking::once(evidence.begun)).after(known.last_write);
    lacking.until(known.settle).map_or(Decision::Gone, Decision::Missing)
}

fn pending_create(known: &Known<'_>, evidence: &Evidence, intent: &Intent<'_>) -> Decision {
    let shown = Shown {
        begun: evidence.begun,
        before: evidence.before,
        unclaimed: evidence.unclaimed.clone(),
        before_had_candidate: evidence.before_had_candidate,
    };
    match ledger::outcome(intent, &shown) {
        Outcome::Unknown(until) => Decision::OutcomeUnknown(until),
        Outcome::Answered(id) => Decision::Is(id, Via::OwnCreate),
        Outcome::Found(id) => Decision::Is(id, Via::Found),
        Outcome::Nothing => Decision::NotCarriedOut,
        Outcome::Vanished => Decision::Vanished,
        // A person says which.
        Outcome::Several(ids) => match known.wanted.filter(|wanted| ids.iter().any(|id| id == wanted)) {
            Some(wanted) => Decision::Is(wanted.to_owned(), Via::Adoption),
            None => Decision::Ambiguous(ids),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decide::ledger::Answer;
    use proptest::prelude::*;

    const S: Duration = Duration::from_secs(1);
    const SETTLE: Duration = Duration::from_mins(1);

    fn at(seconds: u32) -> Tick {
        Tick::default() + seconds * S
    }

    fn known() -> Known<'static> {
        Known {
            held: None,
            last_write: Tick::default(),
            pending: None,
            adopt: AdoptPolicy::IfExists,
            wanted: None,
            at_home: true,
            may_create: true,
            settle: SETTLE,
        }
    }

    fn listed(ids: &[&str]) -> Evidence {
        Evidence {
            begun: at(1000),
            unclaimed: ids.iter().map(ToString::to_string).collect(),
            ..Evidence::default()
        }
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    fn intent(seen: &[String], answered_by: Tick) -> Intent<'_> {
        Intent { seen, answer: Answer::Unheard, answered_by, settle: SETTLE }
    }

    #[test]
    fn adoption() {
        use AdoptPolicy::{IfExists, Never, Required};
        let one = |id: &str| Decision::Is(id.into(), Via::Adoption);
        let table = [
            (IfExists, &[][..], Decision::Create),
            (IfExists, &["a"], one("a")),
            (IfExists, &["a", "b"], Decision::Ambiguous(ids(&["a", "b"]))),
            (Never, &[], Decision::Create),
            (Never, &["a"], Decision::Exists("a".into())),
            (Never, &["a", "b"], Decision::Exists("a".into())),
            (Required, &[], Decision::NothingToAdopt),
            (Required, &["a"], one("a")),
            (Required, &["a", "b"], Decision::Ambiguous(ids(&["a", "b"]))),
        ];
        for (adopt, list, expected) in table {
            let decision = decide(&Known { adopt, ..known() }, &listed(list));
            assert_eq!(decision, expected, "{adopt:?} {list:?}");
        }
    }

    #[test]
    fn adoption_by_id() {
        let wanted = Known { wanted: Some("w"), ..known() };
        let there = Evidence { wanted_listed: true, ..listed(&["a", "b"]) };
        assert_eq!(decide(&wanted, &there), Decision::Is("w".into(), Via::Adoption));
        assert_eq!(decide(&wanted, &listed(&["a"])), Decision::WantedMissing, "never another instead");
    }

    #[test]
    fn an_id_gives_way_only_once_lists_lack_it_and_holds_up_nothing_then() {
        let held = Known { held: Some("i"), ..known() };
        let listed = |row| Evidence {
            held: row,
            successor: Some("m".into()),
            lacking: Some(Lacking::between(at(999), at(1000))),
            ..listed(&[])
        };
        let gives_way = Decision::Is("m".into(), Via::Succession);
        assert_eq!(decide(&held, &listed(Row::Missing)), gives_way);
        assert_eq!(decide(&held, &listed(Row::Its)), Decision::Is("i".into(), Via::Held));
        let alone = Evidence { successor: None, ..listed(Row::Missing) };
        assert!(matches!(decide(&held, &alone), Decision::Missing(_)));
        assert_ne!(
            decide(&known(), &listed(Row::Missing)),
            gives_way,
            "who holds no id has none to give way"
        );
    }

    #[test]
    fn from_another_namespace_only_by_id_and_required() {
        let away = Known { at_home: false, ..known() };
        assert_eq!(decide(&away, &listed(&[])), Decision::Create);
        assert_eq!(decide(&away, &listed(&["a"])), Decision::NeedsId(ids(&["a"])));
        let there = Evidence { wanted_listed: true, ..listed(&["a"]) };
        let by_id = Known { wanted: Some("a"), ..away.clone() };
        assert_eq!(decide(&by_id, &there), Decision::NeedsId(Vec::new()));
        assert_eq!(
            decide(&by_id, &listed(&[])),
            Decision::NeedsId(Vec::new()),
            "nor is it told whether it is there"
        );
        let several = decide(&away, &listed(&["a", "b"]));
        assert_eq!(several, Decision::NeedsId(ids(&["a", "b"])), "ids are for who may adopt");
        let required = Known { adopt: AdoptPolicy::Required, ..by_id };
        assert_eq!(decide(&required, &there), Decision::Is("a".into(), Via::Adoption));
        let required = Known { adopt: AdoptPolicy::Required, ..away };
        assert_eq!(decide(&required, &listed(&["a"])), Decision::NeedsId(ids(&["a"])));
    }

    #[test]
    fn what_no_list_shows_is_made_on_a_person_s_word_alone() {
        use AdoptPolicy::{IfExists, Never, Required};
        let by_id = Evidence { by_id: true, ..listed(&[]) };
        for (adopt, may_create, expected) in [
            (IfExists, true, Decision::Unseen),
            (Required, true, Decision::Unseen),
            (Never, true, Decision::Create),
            (Never, false, Decision::Unseen),
        ] {
            assert_eq!(decide(&Known { adopt, may_create, ..known() }, &by_id), expected, "{adopt:?}");
        }
        // It was never looked at: nothing tells what became of a create, however long ago it was sent.
        let pending = Known { pending: Some(intent(&[], at(1000))), adopt: Never, ..known() };
        let never = Evidence { begun: Tick::default(), before: Some(Tick::default()), ..by_id };
        assert_eq!(decide(&pending, &never), Decision::OutcomeUnknown(at(1000)));
    }

    #[test]
    fn what_may_not_be_created_is_absent() {
        let observe = Known { may_create: false, ..known() };
        assert_eq!(decide(&observe, &listed(&[])), Decision::Absent);
    }

    #[test]
    fn absence_needs_two_lists_a_settle_apart() {
        let held = Known { held: Some("h"), ..known() };
        let missing = |begun: u32, since: u32| Evidence {
            begun: at(begun),
            lacking: Some(Lacking::between(at(since), at(begun))),
            ..Evidence::default()
        };
        assert_eq!(decide(&held, &missing(1000, 1000)), Decision::Missing(at(1060)), "the first list");
        assert_eq!(decide(&held, &missing(1059, 1000)), Decision::Missing(at(1060)));
        assert_eq!(decide(&held, &missing(1060, 1000)), Decision::Gone);
        let fresh = Known { last_write: at(1030), ..held.clone() };
        assert_eq!(
            decide(&fresh, &missing(1060, 1000)),
            Decision::Missing(at(1090)),
            "lists begun soon after our own create may lag"
        );
        let back = Evidence { held: Row::Its, ..missing(1060, 1000) };
        assert_eq!(decide(&held, &back), Decision::Is("h".into(), Via::Held));
        let instant = Known { settle: Duration::ZERO, ..held };
        assert_eq!(decide(&instant, &missing(1000, 1000)), Decision::Missing(at(1000)), "never one list");
    }

    #[test]
    fn an_unknown_outcome_waits_for_two_negative_lists() {
        let seen = ids(&["old"]);
        let pending = Known { pending: Some(intent(&seen, at(1000))), ..known() };
        let lists = |begun: u32, before: Option<u32>, ids: &[&str]| Evidence {
            begun: at(begun),
            before: before.map(at),
            ..listed(ids)
        };
        let wait = Decision::OutcomeUnknown(at(1000));
        assert_eq!(decide(&pending, &lists(999, Some(990), &["old"])), wait);
        assert_eq!(decide(&pending, &lists(1000, Some(999), &["old"])), wait, "one list is not enough");
        assert_eq!(decide(&pending, &lists(1001, Some(1000), &["old"])), Decision::NotCarriedOut);
        let before_had = Evidence { before_had_candidate: true, ..lists(1001, Some(1000), &["old"]) };
        assert_eq!(decide(&pending, &before_had), wait);
        let found = Decision::Is("new".into(), Via::Found);
        assert_eq!(
            decide(&pending, &lists(999, None, &["old", "new"])),
            wait,
            "who made it is not known yet"
        );
        assert_eq!(decide(&pending, &lists(1000, None, &["old", "new"])), found);
        let two = lists(2000, Some(1990), &["new", "newer"]);
        assert_eq!(decide(&pending, &two), Decision::Ambiguous(ids(&["new", "newer"])));
        let told = Known { wanted: Some("newer"), ..pending };
        assert_eq!(decide(&told, &two), Decision::Is("newer".into(), Via::Adoption), "a person's word");
    }

    proptest! {
        /// Whatever is listed: an id that is claimed, seen before the create, or without the key is
        /// never taken, and nothing is created while an outcome is open or something has the key.
        #[test]
        fn never_takes_what_is_not_ours_and_never_creates_beside_something(
            held in proptest::option::of("[a-d]"),
            wanted in proptest::option::of("[a-d]"),
            seen in proptest::option::of(proptest::collection::vec("[a-d]", 0..3)),
            unclaimed in proptest::collection::btree_set("[a-d]", 0..4),
            flags in any::<[bool; 5]>(),
            times in any::<[u16; 4]>(),
        ) {
            let unclaimed: Vec<String> = unclaimed.into_iter().collect();
            let known = Known {
                held: held.as_deref(),
                last_write: at(times[0].into()),
                pending: seen.as_deref().map(|seen| intent(seen, at(times[1].into()))),
                adopt: if flags[0] { AdoptPolicy::IfExists } else { AdoptPolicy::Never },
                wanted: wanted.as_deref(),
                at_home: flags[1],
                may_create: flags[2],
                settle: SETTLE,
            };
            let evidence = Evidence {
                begun: at(times[2].into()),
                before: Some(at(times[3].into())),
                held: if flags[3] { Row::Its } else { Row::Missing },
                wanted_listed: flags[4],
                unclaimed: unclaimed.clone(),
                ..Evidence::default()
            };
            match decide(&known, &evidence) {
                Decision::Is(id, Via::OwnCreate) => prop_assert!(false, "{id}: the vendor answered nothing"),
                Decision::Is(id, Via::Found) => {
                    prop_assert!(unclaimed.contains(&id) && !seen.unwrap_or_default().contains(&id));
                }
                Decision::Is(id, Via::Adoption) => {
                    prop_assert!(held.is_none());
                    prop_assert!(wanted.as_ref() == Some(&id) || known.pending.is_none() && unclaimed == [id]);
                }
                Decision::Is(id, Via::Held) => prop_assert_eq!(Some(id), held),
                Decision::Create => {
                    prop_assert!(known.pending.is_none() && held.is_none() && wanted.is_none());
                    prop_assert!(unclaimed.is_empty() && flags[2]);
                }
                _ => {}
            }
        }
    }
}
