//! From what was found to conditions: the health table, as a pure function (rules 8 and 10).

use crate::api::conditions::{self, ConditionStatus, ConditionType, Finding};
use crate::api::state::State;
use crate::api::status::{CommonStatus, DriftEntry, MAX_DRIFT, MAX_DRIFT_VALUE};
use crate::api::text::cut;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::base::runbook::{linked, unlinked};
use crate::engine::decide::plan::Change;
use crate::engine::decide::state::{self, Circumstances, Standing};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// Writes the findings into `status`: the conditions, what they come to, and the generation that they speak of.
pub fn write(
    status: &mut CommonStatus,
    findings: &Findings,
    circumstances: Circumstances<'_>,
    generation: i64,
    now: jiff::Timestamp,
) {
    use ConditionType::{ConfirmationRequired, Ready, Reconciling, Stalled, Suspended};
    // What was said of it before goes on where nothing new was found.
    let passes = findings.passes.unwrap_or(status.state == Some(State::Waiting));
    for condition in &mut status.conditions {
        condition.message = unlinked(&condition.message).to_owned();
    }
    let row = match &findings.health {
        Health::Ready(reason, message) => Some((ConditionStatus::True, None, *reason, message)),
        Health::Waiting(reason, message) => {
            Some((ConditionStatus::False, Some(Reconciling), *reason, message))
        }
        Health::Stalled(reason, message) => Some((ConditionStatus::False, Some(Stalled), *reason, message)),
        Health::Unsupported(reason, message) => Some((ConditionStatus::False, None, *reason, message)),
        Health::Kept => None,
    };
    let mut set = |kind, status_word, reason: Reason, message: &str| {
        let finding =
            Finding { kind, status: status_word, reason: reason.as_str(), message: message.to_owned() };
        conditions::set(&mut status.conditions, &finding, generation, now);
    };
    let mut held = vec![Ready];
    match row {
        Some((ready, progress, reason, message)) => {
            set(Ready, ready, reason, message);
            if let Some(progress) = progress {
                set(progress, ConditionStatus::True, reason, message);
                held.push(progress);
            }
        }
        None => {
            // Of a suspended object nothing is in progress and nothing waits for a person. What waits for a
            // confirmation is known whenever anything is told.
            let suspended = findings.extra.iter().any(|(kind, ..)| *kind == Suspended);
            let dropped = |kind: &ConditionType| {
                matches!(kind, Suspended | ConfirmationRequired)
                    || suspended && matches!(kind, Reconciling | Stalled)
            };
            held.extend(ConditionType::ALL.into_iter().filter(|kind| !dropped(kind)));
        }
    }
    for (kind, reason, message) in &findings.extra {
        set(*kind, ConditionStatus::True, *reason, message);
        held.push(*kind);
    }
    if row.is_none() && conditions::find(&status.conditions, Ready).is_none() {
        let finding = Finding {
            kind: Ready,
            status: ConditionStatus::Unknown,
            reason: Reason::Suspended.as_str(),
            message: "Not looked at yet.".into(),
        };
        conditions::set(&mut status.conditions, &finding, generation, now);
    }
    for kind in ConditionType::ALL {
        if !held.contains(&kind) {
            conditions::clear(&mut status.conditions, kind);
        }
    }
    let Standing { state, reason, message } = state::state(&status.conditions, circumstances, passes);
    (status.state, status.reason, status.message) = (Some(state), Some(reason), Some(message));
    status.observed_generation = generation;
    // What others keep there is theirs.
    let ours = |kind: &str| ConditionType::ALL.iter().any(|known| known.as_str() == kind);
    for condition in status.conditions.iter_mut().filter(|condition| ours(&condition.type_)) {
        condition.message = linked(&condition.message, &condition.reason);
    }
}

/// The entry of drift that is this difference: another value at the same place is another one.
pub fn known<'a>(drift: &'a [DriftEntry], change: &Change) -> Option<&'a DriftEntry> {
    let same = |entry: &&DriftEntry| {
        entry.path == bounded(&change.path) && entry.actual == change.actual.as_deref().map(bounded)
    };
    drift.iter().find(same)
}

/// Writes differences into `status`; those that were known keep the time when they were first seen, and
/// who made them. `author` made the others, where that is known.
pub fn write_drift(status: &mut CommonStatus, drift: &[Change], now: jiff::Timestamp, author: Option<&str>) {
    let before = std::mem::take(&mut status.drift);
    status.drift_truncated = drift.len() > MAX_DRIFT;
    status.drift = drift
        .iter()
        .take(MAX_DRIFT)
        .map(|change| {
            let known = known(&before, change);
            DriftEntry {
                path: bounded(&change.path),
                desired: change.desired.as_deref().map(bounded),
                actual: change.actual.as_deref().map(bounded),
                sensitive: change.sensitive,
                since: known.map_or_else(|| Time(whole_seconds(now)), |entry| entry.since.clone()),
                actor: known.map_or_else(|| author.map(bounded), |entry| entry.actor.clone()),
            }
        })
        .collect();
}

/// Kubernetes stores whole seconds.
pub fn whole_seconds(at: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The text as far as an entry of drift has room for it.
pub fn bounded(text: &str) -> String {
    cut(text, MAX_DRIFT_VALUE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Circumstances<'_> = Circumstances { unwritten: None, ends: false, answers: &[] };

    fn now(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(second).unwrap()
    }

    /// The conditions as `Type=Status/Reason`.
    fn shown(status: &CommonStatus) -> Vec<String> {
        status
            .conditions
            .iter()
            .map(|condition| format!("{}={}/{}", condition.type_, condition.status, condition.reason))
            .collect()
    }

    #[test]
    fn the_health_table() {
        use ConditionType::{Drifted, NotSupported, Suspended};
        let text = String::from;
        let suspended =
            || Findings::of(Health::Kept).with(Suspended, Reason::Suspended, "spec.suspend is true");
        let table: Vec<(Findings, &[&str])> = vec![
            (
                Findings::waiting(Reason::SecretNotFound, "…"),
                &["Ready=False/SecretNotFound", "Reconciling=True/SecretNotFound"],
            ),
            (Findings::of(Health::Ready(Reason::InSync, text("…"))), &["Ready=True/InSync"]),
            (
                Findings::of(Health::Ready(Reason::Drifted, text("…"))).with(
                    Drifted,
                    Reason::Drifted,
                    "name",
                ),
                &["Ready=True/Drifted", "Drifted=True/Drifted"],
            ),
            (
                Findings::of(Health::Ready(Reason::InSync, text("…"))).with(
                    NotSupported,
                    Reason::NotSupportedByContract,
                    "a, b",
                ),
                &["Ready=True/InSync", "NotSupported=True/NotSupportedByContract"],
            ),
            (
                Findings::of(Health::Unsupported(Reason::NotSupportedByContract, text("…"))).with(
                    NotSupported,
                    Reason::NotSupportedByContract,
                    "all",
                ),
                &["Ready=False/NotSupportedByContract", "NotSupported=True/NotSupportedByContract"],
            ),
            (suspended(), &["Ready=Unknown/Suspended", "Suspended=True/Suspended"]),
            (
                Findings::stalled(Reason::TokenRefused, "…"),
                &["Ready=False/TokenRefused", "Stalled=True/TokenRefused"],
            ),
            (
                Findings::of(Health::Kept).held_up(&Health::Stalled(Reason::HasDependents, text("x"))),
                &["Ready=Unknown/Suspended", "DeletionBlocked=True/HasDependents"],
            ),
        ];
        for (findings, expected) in table {
            let mut status = CommonStatus::default();
            write(&mut status, &findings, NOTHING, 3, now(1));
            let mut shown = shown(&status);
            let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
            shown.sort();
            expected.sort();
            assert_eq!(shown, expected);
            assert_eq!(status.observed_generation, 3);
            assert!(status.conditions.iter().all(|condition| condition.observed_generation == Some(3)));
        }
    }

    #[test]
    fn suspension_keeps_ready_as_it_was_and_ends_progress() {
        let mut status = CommonStatus::default();
        write(&mut status, &Findings::of(Health::Ready(Reason::InSync, "…".into())), NOTHING, 1, now(1));
        let suspended = Findings::of(Health::Kept).with(ConditionType::Suspended, Reason::Suspended, "…");
        write(&mut status, &suspended, NOTHING, 2, now(2));
        assert_eq!(shown(&status), ["Ready=True/InSync", "Suspended=True/Suspended"]);
        let mut status = CommonStatus::default();
        write(&mut status, &Findings::waiting(Reason::Progressing, "…"), NOTHING, 1, now(1));
        write(&mut status, &suspended, NOTHING, 2, now(2));
        assert_eq!(shown(&status), ["Ready=False/Progressing", "Suspended=True/Suspended"]);
        write(&mut status, &Findings::of(Health::Ready(Reason::InSync, "…".into())), NOTHING, 2, now(3));
        assert_eq!(shown(&status), ["Ready=True/InSync"]);
    }

    #[test]
    fn conditions_end_with_their_link_and_the_sentence_of_all_goes_without() {
        let mut status = CommonStatus::default();
        let findings = Findings::stalled(Reason::Ambiguous, "Two could be meant.");
        write(&mut status, &findings, NOTHING, 1, now(1));
        let suspended =
            Findings::of(Health::Kept).with(ConditionType::Drifted, Reason::Drifted, "It differs.");
        for findings in [findings, suspended] {
            write(&mut status, &findings, NOTHING, 1, now(1));
            for condition in &status.conditions {
                let link = format!(
                    " Runbook: {}#{}",
                    crate::engine::base::runbook::RUNBOOK,
                    condition.reason.to_lowercase()
                );
                let text = condition.message.strip_suffix(&link).expect("it ends so");
                assert!(text.ends_with('.') && !text.contains("https"), "{text}");
            }
            assert_eq!(status.message.as_deref(), Some("Two could be meant."));
        }
    }

    #[test]
    fn the_same_findings_change_nothing_later() {
        let mut status = CommonStatus::default();
        let findings = Findings::stalled(Reason::Ambiguous, "two");
        write(&mut status, &findings, NOTHING, 1, now(1));
        let before = status.clone();
        write(&mut status, &findings, NOTHING, 1, now(1000));
        assert_eq!(status, before);
    }

    #[test]
    fn drift_keeps_when_it_was_first_seen_and_who_made_it_and_is_bounded() {
        let change = |path: &str, actual: &str| Change {
            path: path.into(),
            cause: crate::engine::decide::plan::Cause::Drift,
            desired: Some("a".into()),
            actual: Some(actual.into()),
            sensitive: false,
            replaces: true,
            repeated: false,
            moved: false,
        };
        let mut status = CommonStatus::default();
        write_drift(&mut status, &[change("name", "b")], now(1), Some("jo"));
        write_drift(&mut status, &[change("name", "b"), change("other", "b")], now(9), Some("al"));
        let actors: Vec<_> = status.drift.iter().map(|entry| entry.actor.as_deref()).collect();
        assert_eq!(actors, [Some("jo"), Some("al")], "who made a difference keeps having made it");
        assert_eq!(status.drift[0].since.0, now(1));
        assert_eq!(status.drift[1].since.0, now(9));
        let long = "é".repeat(300);
        write_drift(&mut status, &[change("name", &long), change("other", "b")], now(10), Some("di"));
        let actors: Vec<_> = status.drift.iter().map(|entry| entry.actor.as_deref()).collect();
        assert_eq!(actors, [Some("di"), Some("al")], "what another made of it is another difference");
        assert_eq!(status.drift[0].since.0, now(10));
        assert_eq!(status.drift[0].actual.as_ref().unwrap().len(), 256);
        write_drift(&mut status, &[change("name", &long)], now(11), None);
        assert_eq!(status.drift[0].since.0, now(10), "also where it is cut");
        let many: Vec<Change> = (0..40).map(|index| change(&index.to_string(), "b")).collect();
        write_drift(&mut status, &many, now(10), None);
        assert_eq!((status.drift.len(), status.drift_truncated), (32, true));
    }
}
