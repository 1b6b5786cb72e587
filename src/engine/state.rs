//! In which state an object is, from its conditions: pure, and the same for every kind.

use crate::api::conditions::{ConditionStatus, ConditionType, find, is_true};
use crate::api::state::{MAX_WHY, State};
use crate::api::text::cut;
use crate::engine::reason::Reason;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// Why a deletion does not go on now though it will by itself, or once what its organization asks is answered.
const PASSES: [Reason; 9] = [
    Reason::Progressing,
    Reason::Throttled,
    Reason::VendorUnreachable,
    Reason::VendorUnreadable,
    Reason::ConfirmingAbsence,
    Reason::OutcomeUnknown,
    Reason::DependencyNotReady,
    Reason::TooDestructive,
    Reason::InventoryShrank,
];

/// What holds of an object besides its conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Why nothing is written for it, where that is so.
    pub unwritten: Option<&'static str>,
    /// Whether it is being deleted.
    pub ends: bool,
}

/// How an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// In one word.
    pub state: State,
    /// The reason of the condition that decides.
    pub reason: String,
    /// Its message, cut where that is long.
    pub message: String,
}

/// What conditions come to: the first that holds, those before that need somebody.
pub fn state(conditions: &[Condition], circumstances: Circumstances) -> Standing {
    use ConditionType::{
        ConfirmationRequired, DeletionBlocked, Drifted, InventoryShrank, NotSupported, Ready, Reconciling,
        Stalled, Suspended, Throttled, Unreachable, Unverified,
    };
    const BEFORE: [(ConditionType, State); 8] = [
        (ConfirmationRequired, State::Asks),
        (InventoryShrank, State::Asks),
        (DeletionBlocked, State::Blocked),
        (Stalled, State::Blocked),
        (Suspended, State::Suspended),
        (Reconciling, State::Waiting),
        (Unreachable, State::Waiting),
        (Throttled, State::Waiting),
    ];
    const AFTER: [(ConditionType, State); 3] =
        [(Drifted, State::Drifted), (Unverified, State::Unverified), (NotSupported, State::Unverified)];
    let of = |state, kind| {
        let found = find(conditions, kind);
        let message = found.map(|condition| cut(&condition.message, MAX_WHY).to_owned()).unwrap_or_default();
        let reason = found.map(|condition| condition.reason.clone()).unwrap_or_default();
        Standing { state, reason, message }
    };
    let first = |table: &[(ConditionType, State)]| {
        table.iter().find(|(kind, _)| is_true(conditions, *kind)).map(|(kind, state)| of(*state, *kind))
    };
    if let Some(found) = first(&BEFORE) {
        let passes = find(conditions, DeletionBlocked)
            .is_some_and(|it| PASSES.iter().any(|reason| reason.as_str() == it.reason));
        let state = if found.state == State::Blocked && passes { State::Waiting } else { found.state };
        return Standing { state, ..found };
    }
    if !is_true(conditions, Ready) {
        let refused = find(conditions, Ready).is_some_and(|it| it.status == ConditionStatus::False.as_str());
        return of(if refused { State::Blocked } else { State::Waiting }, Ready);
    }
    if circumstances.ends {
        return Standing { message: "It is being deleted.".to_owned(), ..of(State::Waiting, Ready) };
    }
    let then = first(&AFTER).unwrap_or_else(|| of(State::InSync, Ready));
    match circumstances.unwritten {
        Some(why) => Standing {
            state: State::Observing,
            message: cut(&format!("{why} {}", then.message), MAX_WHY).to_owned(),
            ..then
        },
        None => then,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::conditions::{Finding, set};
    use ConditionType::{
        ConfirmationRequired, DeletionBlocked, Drifted, NotSupported, Ready, Reconciling, Rotating, Stalled,
        Suspended, Throttled, Unreachable, Unverified,
    };
    use jiff::Timestamp;

    fn of(ready: ConditionStatus, others: &[ConditionType], circumstances: Circumstances) -> (State, String) {
        let mut conditions = Vec::new();
        let others = others.iter().map(|kind| (*kind, ConditionStatus::True));
        for (kind, status) in [(Ready, ready)].into_iter().chain(others) {
            let finding = Finding { kind, status, reason: "Reason", message: format!("{kind}.") };
            set(&mut conditions, &finding, 1, Timestamp::UNIX_EPOCH);
        }
        let Standing { state, message, reason } = state(&conditions, circumstances);
        assert_eq!(reason, "Reason");
        (state, message)
    }

    #[test]
    fn what_needs_somebody_comes_first() {
        use ConditionStatus::{False, True, Unknown};
        let table: [(ConditionStatus, &[ConditionType], State, &str); 16] = [
            (True, &[], State::InSync, "Ready."),
            (True, &[Rotating], State::InSync, "Ready."),
            (True, &[Drifted, Unverified], State::Drifted, "Drifted."),
            (True, &[Unverified], State::Unverified, "Unverified."),
            (True, &[NotSupported], State::Unverified, "NotSupported."),
            (True, &[Suspended, Drifted], State::Suspended, "Suspended."),
            (Unknown, &[Suspended], State::Suspended, "Suspended."),
            (True, &[Throttled], State::Waiting, "Throttled."),
            (True, &[Unreachable, Drifted], State::Waiting, "Unreachable."),
            (False, &[Reconciling], State::Waiting, "Reconciling."),
            (Unknown, &[], State::Waiting, "Ready."),
            (False, &[Stalled, Suspended], State::Blocked, "Stalled."),
            (False, &[NotSupported], State::Blocked, "Ready."),
            (True, &[DeletionBlocked, Suspended], State::Blocked, "DeletionBlocked."),
            (True, &[ConfirmationRequired, Drifted], State::Asks, "ConfirmationRequired."),
            (False, &[ConfirmationRequired, Stalled], State::Asks, "ConfirmationRequired."),
        ];
        for (ready, others, expected, why) in table {
            let found = of(ready, others, Circumstances::default());
            assert_eq!(found, (expected, why.to_owned()), "{ready:?} {others:?}");
        }
    }

    #[test]
    fn a_deletion_that_goes_on_by_itself_waits() {
        for (reason, expected) in [("VendorUnreachable", State::Waiting), ("HasDependents", State::Blocked)] {
            let mut conditions = Vec::new();
            let finding =
                |kind| Finding { kind, status: ConditionStatus::True, reason, message: "…".into() };
            for kind in [Ready, DeletionBlocked] {
                set(&mut conditions, &finding(kind), 1, Timestamp::UNIX_EPOCH);
            }
            let ends = Circumstances { ends: true, ..Circumstances::default() };
            assert_eq!(state(&conditions, ends).state, expected, "{reason}");
        }
    }

    #[test]
    fn what_is_not_written_says_so_and_what_differs() {
        let observed = Circumstances { unwritten: Some("Nothing is written."), ends: false };
        let of = |others: &[ConditionType]| of(ConditionStatus::True, others, observed);
        assert_eq!(of(&[]), (State::Observing, "Nothing is written. Ready.".to_owned()));
        assert_eq!(of(&[Drifted]), (State::Observing, "Nothing is written. Drifted.".to_owned()));
        assert_eq!(of(&[ConfirmationRequired]).0, State::Asks);
    }

    #[test]
    fn what_goes_waits_until_it_is_gone() {
        let ends = Circumstances { ends: true, ..Circumstances::default() };
        assert_eq!(of(ConditionStatus::True, &[Drifted], ends).0, State::Waiting);
        assert_eq!(of(ConditionStatus::True, &[DeletionBlocked], ends).0, State::Blocked);
    }
}
