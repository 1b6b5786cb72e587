//! The audit log is followed: what it names is looked at, and who did it is named, never on a guess.

use crate::support::crowd::{key, manifest};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, with};
use orgkeeper::sandbox::spot::AccountRole;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const JO: &str = "jo@elsewhere.example";

fn strike(house: &House, fault: FaultKind) {
    house.vendor().add_fault(Fault { route: Some("/audit/events".into()), ..Fault::always(fault) });
}

/// The notes of the object's events for this reason.
fn notes(house: &House, number: usize, reason: &str) -> Vec<String> {
    let events = house.events(&key(number));
    events.into_iter().filter(|event| event.reason == reason).map(|event| event.note).collect()
}

#[test]
fn what_the_log_names_is_put_back_by_the_next_resync_and_who_did_it_is_told() {
    let mut house = House::of_people(200);
    for number in [3, 150] {
        house.set_role(number, None, Some(JO));
        house.until(mins(6), "put back", |house| house.role(number) == Some(AccountRole::Viewer));
        house.run(secs(1));
        assert_eq!(house.status(&key(number))["drift"][0]["actor"], JO, "{}", house.describe());
        let notes = notes(&house, number, "DriftCorrected");
        assert!(notes.len() == 1 && notes[0].ends_with(&format!("(changed by {JO})")), "{notes:?}");
    }
    let read = house.details("audit");
    assert!((2..=4).contains(&read), "each once, or twice when its entry was young: {read}");
    house.run(mins(60));
    assert_eq!(house.details("audit"), read, "an entry does not count for ever");
    assert!(house.status(&key(3))["drift"].is_null());
}

#[test]
fn under_report_the_difference_keeps_who_made_it() {
    let mut house = House::of_people(30);
    house.apply(&key(3), &with(manifest(3, "Viewer"), json!({"driftPolicy": "Report"})));
    house.run(mins(10));
    house.set_role(3, Some(AccountRole::Editor), Some(JO));
    house.until(mins(6), "shown", |house| house.condition(&key(3), "Drifted").is_some());
    house.run(secs(1));
    assert_eq!(house.status(&key(3))["drift"][0]["actor"], JO, "{}", house.describe());
    let writes = house.writes(&key(3));
    house.run(mins(120));
    assert_eq!(house.status(&key(3))["drift"][0]["actor"], JO);
    let notes = notes(&house, 3, "Drifted");
    assert!(notes.len() == 1 && notes[0].contains(&format!("(changed by {JO})")), "{notes:?}");
    assert_eq!(house.writes(&key(3)), writes, "{}", house.describe());
}

#[test]
fn what_a_list_shows_to_have_moved_has_a_name_too() {
    let mut house = House::of_people(1);
    let (now, id) = (house.wall(), house.id(&home("prod")).unwrap());
    let renamed = house.vendor().console(now).by(JO).change_account(&id, |details| {
        details.name = "by hand".into();
    });
    assert!(renamed);
    house.until(mins(6), "put back", |house| house.named("prod").len() == 1);
    house.run(secs(1));
    assert_eq!(house.status(&home("prod"))["drift"][0]["actor"], JO, "{}", house.describe());
}

#[test]
fn our_own_writes_name_nobody() {
    for restart in [false, true] {
        let mut house = House::of_people(20);
        house.apply(&key(3), &manifest(3, "Editor"));
        house.until(secs(5), "written", |house| {
            house.role(3) == Some(AccountRole::Editor) && house.ready(&key(3))
        });
        let own = house.vendor().world().audit_events().count();
        assert!(own > 0, "the log has it");
        house.run(mins(3));
        if restart {
            house.restart_at_once();
        }
        house.run(secs(30));
        // Somebody does something of which the log says nothing.
        house.set_role(3, None, None);
        house.until(mins(40), "put back", |house| house.role(3) == Some(AccountRole::Editor));
        house.run(secs(1));
        assert!(house.status(&key(3))["drift"][0]["actor"].is_null(), "{}", house.describe());
        house.run(mins(30));
        assert!(notes(&house, 3, "DriftCorrected").iter().all(|note| !note.contains("changed by")));
    }
}

#[test]
fn at_rest_our_own_entries_wake_nobody() {
    let mut house = House::of_people(20);
    house.apply(&home("b"), &account("b"));
    house.until(mins(1), "ready", |house| house.ready(&home("b")));
    house.run(mins(30));
    assert_eq!(house.details("audit"), 0, "{}", house.describe());
}

#[test]
fn a_log_that_is_refused_is_said_and_is_no_reason_not_to_be_ready() {
    for fault in [FaultKind::Forbidden, FaultKind::Garbage { effect: false }] {
        let mut house = House::of_people(5);
        strike(&house, fault);
        house.until(mins(6), "said", |house| house.condition(&acme(), "AuditUnavailable").is_some());
        let said = Some(("True".to_owned(), "AuditUnavailable".to_owned()));
        assert_eq!(house.condition(&acme(), "AuditUnavailable"), said);
        assert!(house.ready(&acme()) && house.ready(&key(0)));
        let (writes, asked) = (house.all_writes(), house.reads("/audit/events"));
        house.run(mins(50));
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        let asked = house.reads("/audit/events") - asked;
        assert!((8..=12).contains(&asked), "once a resync: {asked}");
        // What it would have told is found all the same.
        house.set_role(2, None, Some(JO));
        house.until(mins(6), "put back", |house| house.role(2) == Some(AccountRole::Viewer));
        house.vendor().clear_faults();
        house.until(mins(6), "taken back", |house| house.condition(&acme(), "AuditUnavailable").is_none());
    }
}

#[test]
fn a_log_that_cannot_be_reached_or_is_throttled_is_skipped() {
    for fault in [
        FaultKind::ServerError { status: 503, effect: false },
        FaultKind::TooManyRequests { reset_seconds: 30 },
    ] {
        let mut house = House::of_people(5);
        let events = house.way.cluster.events().len();
        strike(&house, fault);
        house.run(mins(30));
        assert_eq!(house.condition(&acme(), "AuditUnavailable"), None);
        assert!(house.ready(&acme()) && house.condition(&acme(), "Unreachable").is_none());
        house.set_role(2, None, Some(JO));
        house.until(mins(12), "put back", |house| house.role(2) == Some(AccountRole::Viewer));
        house.vendor().clear_faults();
        house.set_role(3, None, Some(JO));
        house.until(mins(12), "put back", |house| house.role(3) == Some(AccountRole::Viewer));
        assert!(house.way.cluster.events().len() <= events + 2, "{}", house.describe());
    }
}
