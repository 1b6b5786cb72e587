//! In which state an object is, from its conditions: pure, and the same for every kind.

use crate::api::conditions::{ConditionStatus, ConditionType, find, is_true};
use crate::api::state::{MAX_WHY, State};
use crate::api::text::{cut, is_line_break};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// What holds of an object besides its conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances<'a> {
    /// Why nothing is written for it, where that is so.
    pub unwritten: Option<&'static str>,
    /// Whether it is being deleted.
    pub ends: bool,
    /// What would answer the questions that are open.
    pub answers: &'a [String],
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

/// What conditions come to: a question that is open and that one of them asks, else the first that holds, those before
/// that need somebody. `passes` says whether what holds up the end of the object goes on by itself.
pub fn state(conditions: &[Condition], circumstances: Circumstances<'_>, passes: bool) -> Standing {
    use ConditionType::{
        DeletionBlocked, Drifted, NotSupported, Ready, Reconciling, Stalled, Suspended, Throttled,
        Unreachable, Unverified,
    };
    const BEFORE: [(ConditionType, State); 6] = [
        (DeletionBlocked, State::Blocked),
        (Stalled, State::Blocked),
        (Suspended, State::Suspended),
        (Reconciling, State::Waiting),
        (Unreachable, State::Waiting),
        (Throttled, State::Waiting),
    ];
    const AFTER: [(ConditionType, State); 3] =
        [(Drifted, State::Drifted), (Unverified, State::Unverified), (NotSupported, State::Unverified)];
    let by = |state, found: Option<&Condition>| {
        let message = found.map(|condition| one_line(&condition.message)).unwrap_or_default();
        let reason = found.map(|condition| condition.reason.clone()).unwrap_or_default();
        Standing { state, reason, message }
    };
    let of = |state, kind| by(state, find(conditions, kind));
    let first = |table: &[(ConditionType, State)]| {
        table.iter().find(|(kind, _)| is_true(conditions, *kind)).map(|(kind, state)| of(*state, *kind))
    };
    // What was asked before it was to go is overtaken: Ready and what goes with it stand as they were then.
    let stands =
        |one: &Condition| [Ready, Stalled, Reconciling].iter().any(|kind| one.type_ == kind.as_str());
    let overtaken =
        |one: &Condition| circumstances.ends && is_true(conditions, DeletionBlocked) && stands(one);
    let asks = |one: &&Condition| {
        circumstances.answers.iter().any(|answer| one.message.contains(answer)) && !overtaken(one)
    };
    // Ready says what another one says.
    let asking = conditions.iter().rev().filter(asks).min_by_key(|one| one.type_ == Ready.as_str());
    if asking.is_some() {
        return by(State::Asks, asking);
    }
    if let Some(found) = first(&BEFORE) {
        let passes = passes && is_true(conditions, DeletionBlocked);
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
            message: one_line(&format!("{why} {}", then.message)),
            ..then
        },
        None => then,
    }
}

/// The text on one line, whatever the vendor put into it, and cut where it is long.
fn one_line(text: &str) -> String {
    let blank = |char: char| if char.is_control() || is_line_break(char) { ' ' } else { char };
    cut(text, MAX_WHY).chars().map(blank).collect()
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

    fn of(
        ready: ConditionStatus,
        others: &[ConditionType],
        circumstances: Circumstances<'_>,
    ) -> (State, String) {
        let mut conditions = Vec::new();
        let others = others.iter().map(|kind| (*kind, ConditionStatus::True));
        for (kind, status) in [(Ready, ready)].into_iter().chain(others) {
            let finding = Finding { kind, status, reason: "Reason", message: format!("{kind}.") };
            set(&mut conditions, &finding, 1, Timestamp::UNIX_EPOCH);
        }
        let Standing { state, message, reason } = state(&conditions, circumstances, false);
        assert_eq!(reason, "Reason");
        (state, message)
    }

    #[test]
    fn what_needs_somebody_comes_first() {
        use ConditionStatus::{False, True, Unknown};
        let table: [(ConditionStatus, &[ConditionType], State, &str); 14] = [
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
        ];
        for (ready, others, expected, why) in table {
            let found = of(ready, others, Circumstances::default());
            assert_eq!(found, (expected, why.to_owned()), "{ready:?} {others:?}");
        }
    }

    /// Whatever reason asks it, and whichever condition says it.
    #[test]
    fn an_open_question_that_is_told_comes_before_all() {
        use ConditionStatus::{False, True};
        for kind in ConditionType::ALL {
            let answers = [format!("{kind}.")];
            let open = Circumstances { answers: &answers, ..Circumstances::default() };
            let found = of(False, &[kind], open);
            assert_eq!(found, (State::Asks, format!("{kind}.")), "{kind}");
            let other = ["answers what nobody asks now".to_owned()];
            let told = of(True, &[kind], Circumstances { answers: &other, ..Circumstances::default() });
            assert_ne!(told.0, State::Asks, "{kind}");
        }
        let both = ["DeletionBlocked.".to_owned(), "Ready.".to_owned()];
        let open = Circumstances { answers: &both, ends: true, unwritten: None };
        assert_eq!(of(False, &[DeletionBlocked], open).1, "DeletionBlocked.");
    }

    #[test]
    fn a_deletion_that_goes_on_by_itself_waits() {
        let mut conditions = Vec::new();
        let status = ConditionStatus::True;
        for kind in [Ready, DeletionBlocked] {
            let finding = Finding { kind, status, reason: "VendorUnreachable", message: "…".into() };
            set(&mut conditions, &finding, 1, Timestamp::UNIX_EPOCH);
        }
        let ends = Circumstances { ends: true, ..Circumstances::default() };
        assert_eq!(state(&conditions, ends, true).state, State::Waiting);
        assert_eq!(state(&conditions, ends, false).state, State::Blocked);
    }

    #[test]
    fn the_sentence_is_one_line_whatever_the_vendor_says() {
        let mut conditions = Vec::new();
        let message = "It says:\r\n a\tb\u{2028}c".to_owned();
        let finding = Finding { kind: Ready, status: ConditionStatus::False, reason: "Refused", message };
        set(&mut conditions, &finding, 1, Timestamp::UNIX_EPOCH);
        assert_eq!(state(&conditions, Circumstances::default(), false).message, "It says:   a b c");
    }

    #[test]
    fn what_is_not_written_says_so_and_what_differs() {
        let answers = ["ConfirmationRequired.".to_owned()];
        let observed =
            Circumstances { unwritten: Some("Nothing is written."), ends: false, answers: &answers };
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
