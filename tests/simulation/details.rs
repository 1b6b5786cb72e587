//! What no list shows (rule 6): how many calls it costs, and how soon it is seen.

use crate::support::crowd::{key, manifest};
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use orgkeeper::api::duration::GoDuration;
use orgkeeper::api::spot::kinds;
use orgkeeper::sandbox::spot::AccountRole;
use orgkeeper::sandbox::{Fault, FaultKind, Lag, Limits, RouteLimit};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// The bound that the organization's status states.
fn within(house: &House) -> Duration {
    let within = house.status(&acme())["sweep"]["within"].as_str().unwrap().to_owned();
    within.parse::<GoDuration>().unwrap().get()
}

/// The calls of each of the next resyncs.
fn calls_by_resync(house: &mut House, count: usize) -> Vec<usize> {
    house.resyncs(1);
    house.run(mins(1));
    (0..count)
        .map(|_| {
            let before = house.calls("");
            house.resyncs(1);
            house.run(mins(1));
            house.calls("") - before
        })
        .collect()
}

#[test]
fn a_resync_costs_lists_and_k_however_many_people_there_are() {
    for count in [200, 2_000] {
        let mut house = House::of_people(count);
        house.vendor().clear_requests();
        let writes = house.all_writes();
        // Accounts, users, groups, policies and the audit log; and ten people, with two calls each.
        assert_eq!(calls_by_resync(&mut house, 10), [5 + 20; 10], "{}", house.describe());
        assert_eq!(house.all_writes(), writes, "{}", house.describe());
        assert_eq!(house.status(&acme())["sweep"]["objects"], count);
        let rounds = u32::try_from(count / 10).unwrap();
        assert_eq!(within(&house), secs(330) * rounds, "the longest resync interval, so many times");
    }
}

#[test]
fn fewer_calls_go_round_more_slowly_and_no_resync_has_more() {
    let mut house = House::of_people(8);
    house.way.sweep_calls = 3;
    house.restart_at_once();
    house.run(mins(10));
    assert_eq!(within(&house), secs(330) * 8, "two calls of three, for one person");
    house.vendor().clear_requests();
    assert_eq!(calls_by_resync(&mut house, 10), [5 + 2; 10]);
    let unseen = house.processes[0].counts.unseen.borrow()[&kinds::USER];
    assert!(unseen <= within(&house).as_secs_f64(), "{unseen}");
}

#[test]
fn a_change_that_no_log_names_is_found_within_the_stated_time() {
    let mut house = House::of_people(60);
    for number in [0, 17, 59] {
        house.set_role(number, None, None);
        let bound = within(&house) + secs(10);
        house.until(bound, "put back", |house| house.role(number) == Some(AccountRole::Viewer));
        house.run(secs(1));
        assert!(house.status(&key(number))["drift"][0]["actor"].is_null(), "{}", house.describe());
        assert_eq!(house.reasons(&key(number)), ["Adopted", "DriftCorrected"]);
    }
}

#[test]
fn our_own_write_is_read_back_once_when_it_has_settled() {
    for lag in [Lag::default(), Lag { lists: jiff::SignedDuration::from_secs(10), reads: true }] {
        let mut house = House::of_people(3);
        // Nobody's turn comes between.
        house.way.sweep_calls = 1;
        house.restart_at_once();
        house.run(mins(20));
        house.vendor().set_lag(lag);
        house.apply(&key(1), &manifest(1, "Editor"));
        house.until(secs(5), "written", |house| {
            house.role(1) == Some(AccountRole::Editor) && house.ready(&key(1))
        });
        assert_eq!((house.details("asked"), house.details("own_write")), (1, 0));
        house.run(secs(50));
        assert_eq!(house.details("own_write"), 0, "not settled yet");
        house.run(secs(15));
        assert_eq!(house.details("own_write"), 1, "{}", house.describe());
        house.run(mins(30));
        assert_eq!((house.details("asked"), house.details("own_write")), (1, 1), "{}", house.describe());
        assert_eq!(house.vendor_writes(), 2, "the account, and the role");
        assert!(house.status(&key(1))["drift"].is_null());
    }
}

#[test]
fn a_change_right_after_our_own_write_is_seen_when_that_is_read_back() {
    let mut house = House::of_people(60);
    house.apply(&key(7), &manifest(7, "Editor"));
    house.until(secs(5), "written", |house| house.role(7) == Some(AccountRole::Editor));
    house.run(secs(20));
    house.set_role(7, None, None);
    house.run(secs(20));
    assert_eq!(house.role(7), None, "not settled yet");
    house.until(secs(40), "put back", |house| house.role(7) == Some(AccountRole::Editor));
}

#[test]
fn a_restart_reads_lists_and_k_and_writes_nothing() {
    let mut house = House::of_people(200);
    let writes = house.all_writes();
    house.vendor().clear_requests();
    house.restart_at_once();
    house.run(mins(4));
    assert_eq!((house.details("sweep"), house.details("asked")), (10, 0), "{}", house.describe());
    assert!(house.calls("") <= 5 + 20, "{}", house.describe());
    // One after the other is seen again, and compared.
    house.run(within(&house));
    assert!(house.details("sweep") >= 200);
    assert_eq!(house.details("asked") + house.details("own_write") + house.details("moved"), 0);
    assert_eq!(house.all_writes(), writes, "{}", house.describe());
    assert!(house.ready(&key(0)) && house.ready(&acme()));
}

#[test]
fn after_a_restart_a_drift_is_still_found_and_an_edit_written_at_once() {
    let mut house = House::of_people(60);
    house.kill();
    house.set_role(40, None, None);
    house.apply(&key(50), &manifest(50, "Editor"));
    house.restart_at_once();
    house.until(mins(1), "written", |house| house.role(50) == Some(AccountRole::Editor));
    house.until(mins(1), "told", |house| !house.status(&acme())["sweep"].is_null());
    house.until(within(&house), "put back", |house| house.role(40) == Some(AccountRole::Viewer));
}

#[test]
fn a_person_who_asks_is_read_at_once_and_nobody_else_is() {
    let mut house = House::of_people(60);
    let before = house.details("asked");
    house.set_role(33, None, None);
    house.annotate(&key(33), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
    house.until(secs(5), "put back", |house| house.role(33) == Some(AccountRole::Viewer));
    house.run(secs(5));
    assert!((1..=2).contains(&(house.details("asked") - before)), "{}", house.describe());
}

#[test]
fn a_change_of_what_is_above_or_beside_them_reads_nobody() {
    let mut house = House::of_people(60);
    let asked = house.details("asked");
    let mut spec = house.object(&acme())["spec"].clone();
    spec["resyncInterval"] = json!("6m");
    house.apply(&acme(), &spec);
    house.run(mins(20));
    assert_eq!(house.details("asked"), asked);
    assert!(house.ready(&key(0)));
}

#[test]
fn who_cannot_be_read_keeps_nobody_waiting_and_changes_nothing() {
    let mut house = House::of_people(40);
    let writes = house.all_writes();
    let route = String::from("/setup/user/{userId}");
    let broken = FaultKind::Garbage { effect: false };
    house.vendor().add_fault(Fault { route: Some(route), ..Fault::always(broken) });
    house.vendor().clear_requests();
    house.resyncs(4);
    house.run(mins(1));
    let tried: BTreeSet<String> = {
        let vendor = house.vendor();
        let entries = vendor.requests().entries().filter(|entry| entry.route == "/setup/user/{userId}");
        entries.map(|entry| entry.path.clone()).collect()
    };
    assert_eq!(tried.len(), 40, "each had its turn: {tried:?}");
    assert_eq!(house.all_writes(), writes, "{}", house.describe());
    assert!(house.ready(&acme()) && house.ready(&key(5)), "{}", house.describe());
    house.vendor().clear_faults();
    house.set_role(30, None, None);
    house.until(within(&house), "put back", |house| house.role(30) == Some(AccountRole::Viewer));
}

#[test]
fn a_pause_that_brings_the_next_resync_sooner_brings_no_more_calls() {
    let mut house = House::of_people(60);
    // The vendor allows so few reads of users that each sweep meets the limit.
    let few = RouteLimit { route: "/setup/user/{userId}".into(), method: Some("GET".into()), per_minute: 5 };
    house.vendor().set_limits(Limits { routes: vec![few], ..Limits::default() });
    house.until(mins(6), "paused", |house| house.condition(&acme(), "Throttled").is_some());
    house.resyncs(2);
    house.vendor().clear_requests();
    let before = house.details("sweep");
    house.run(mins(100));
    let read = house.details("sweep") - before;
    assert!((80..=220).contains(&read), "ten each in twenty resyncs at most: {read}");
    let lists = house.reads("/setup/user") + house.reads("/setup/organization/user");
    assert!(lists <= 60, "{lists}\n{}", house.describe());
    house.set_role(20, None, None);
    house.until(mins(120), "put back", |house| house.role(20) == Some(AccountRole::Viewer));
}
