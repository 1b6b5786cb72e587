//! A bad merge stops: so many destructive writes an hour, and a person for the rest (rule 12).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, group, group_key, organization, user_key, with};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{ACCOUNT_VIEWER, Contract, Grants, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::ops::Range;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
/// How many accounts there are, and how many of them the bad merge removes.
const ALL: usize = 80;
const REMOVED: usize = 60;
const AN_HOUR: usize = 20;

fn key(number: usize) -> ObjectRef {
    home(&format!("a{number:02}"))
}

fn deleting(name: &str) -> Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

fn limited(per_hour: usize) -> Value {
    with(
        organization(),
        json!({"guard": {"maxDestructivePerHour": per_hour}, "connection": {"requestsPerMinute": 3000}}),
    )
}

/// A house with so many accounts at rest, which go with their objects.
fn house(contract: Contract, count: usize, per_hour: usize) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &limited(per_hour));
    for number in 0..count {
        house.apply(&key(number), &deleting(&format!("name-{number}")));
    }
    house.start();
    house.until(mins(10), "ready", |house| (0..count).all(|number| house.ready(&key(number))));
    house.run(mins(10));
    house
}

fn delete(house: &House, numbers: Range<usize>) {
    for number in numbers {
        house.delete(&key(number));
    }
}

/// How many objects are left; the organization's default account is nobody's.
fn left(house: &House, count: usize) -> usize {
    let objects = (0..count).filter(|number| house.exists(&key(*number))).count();
    assert!(house.living() <= objects + 1, "an account outlives its object");
    objects
}

fn waiting(house: &House, count: usize) -> usize {
    let waits = |number: &usize| {
        house.condition(&key(*number), "DeletionBlocked").is_some_and(|(_, why)| why == "TooDestructive")
    };
    (0..count).filter(waits).count()
}

/// Waits until as many wait, and what is asked stands still.
#[track_caller]
fn stopped(house: &mut House, count: usize, waits: usize) -> String {
    house.until(mins(5), "stopped", |house| waiting(house, count) == waits);
    // The next resync counts what is left.
    house.run(mins(6));
    let digest = house.digest(&acme(), "ConfirmationRequired");
    let writes = house.all_writes();
    house.run(mins(20));
    assert_eq!(waiting(house, count), waits, "{}", house.describe());
    assert_eq!(house.digest(&acme(), "ConfirmationRequired"), digest, "it stands still");
    assert_eq!(house.all_writes(), writes, "and nothing is written meanwhile: {}", house.describe());
    digest
}

fn confirm(house: &House, digest: &str) {
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
}

#[test]
pub fn a_bad_merge_stops_after_the_number_and_goes_on_when_it_is_confirmed_once() {
    for contract in BOTH {
        let mut house = house(contract, ALL, AN_HOUR);
        delete(&house, 0..REMOVED);
        let digest = stopped(&mut house, ALL, REMOVED - AN_HOUR);
        assert_eq!(house.calls("DELETE"), AN_HOUR);
        assert_eq!(left(&house, ALL), ALL - AN_HOUR);
        assert!(house.ready(&acme()), "the organization itself is in order");
        let message = house.message(&acme(), "ConfirmationRequired");
        assert!(message.starts_with("40 writes") && message.contains("and 35 more"), "{message}");
        confirm(&house, "000000000000");
        house.run(mins(5));
        assert_eq!(house.calls("DELETE"), AN_HOUR, "another word releases nothing");
        confirm(&house, &digest);
        house.until(mins(5), "gone", |house| left(house, ALL) == ALL - REMOVED);
        house.run(secs(30));
        assert_eq!(house.calls("DELETE"), REMOVED);
        assert_eq!(house.condition(&acme(), "ConfirmationRequired"), None);
        assert_eq!(house.status(&acme())["guard"].get("released"), None, "what is done is forgotten");
        // The same word still stands there, and nothing that comes later is let through by it.
        delete(&house, REMOVED..ALL);
        let next = stopped(&mut house, ALL, ALL - REMOVED);
        assert_ne!(next, digest);
        assert_eq!(house.calls("DELETE"), REMOVED);
    }
}

#[test]
fn what_comes_after_the_confirmation_was_asked_for_waits_again() {
    let mut house = house(Contract::Production, 12, 4);
    delete(&house, 0..8);
    let digest = stopped(&mut house, 12, 4);
    delete(&house, 8..10);
    house.until(mins(1), "they wait too", |house| waiting(house, 12) == 6);
    confirm(&house, &digest);
    house.run(mins(5));
    assert_eq!(house.calls("DELETE"), 4, "what is asked is another question now");
    let digest = house.digest(&acme(), "ConfirmationRequired");
    confirm(&house, &digest);
    house.until(mins(1), "gone", |house| left(house, 12) == 2);
    assert_eq!(house.calls("DELETE"), 10);
}

#[test]
fn what_waits_goes_on_by_itself_when_the_hour_has_passed_and_never_more_within_any_hour() {
    for contract in BOTH {
        let mut house = house(contract, 14, 4);
        delete(&house, 0..14);
        stopped(&mut house, 14, 10);
        house.until(mins(45), "the second hour", |house| left(house, 14) == 6);
        house.until(mins(65), "the third hour", |house| left(house, 14) == 2);
        house.until(mins(65), "the fourth hour", |house| left(house, 14) == 0);
        let times: Vec<_> = {
            let vendor = house.vendor();
            let entries = vendor.requests().entries().filter(|entry| entry.method == "DELETE");
            entries.map(|entry| entry.at).collect()
        };
        assert_eq!(times.len(), 14);
        for hour in times.windows(5) {
            assert!(hour[4].duration_since(hour[0]).as_secs() >= 3600, "{times:?}");
        }
        house.run(secs(30));
        assert_eq!(house.condition(&acme(), "ConfirmationRequired"), None);
    }
}

#[test]
fn a_higher_number_in_the_manifest_counts_at_once() {
    let mut house = house(Contract::Production, 8, 2);
    delete(&house, 0..8);
    stopped(&mut house, 8, 6);
    house.apply(&acme(), &limited(5));
    house.until(mins(1), "three more", |house| left(house, 8) == 3);
    stopped(&mut house, 8, 3);
    assert_eq!(house.calls("DELETE"), 5);
}

#[test]
fn who_changes_their_mind_is_asked_for_no_more() {
    let mut house = house(Contract::Production, 8, 2);
    delete(&house, 0..8);
    stopped(&mut house, 8, 6);
    let waits: Vec<usize> = (0..8).filter(|number| house.exists(&key(*number))).collect();
    let [suspended, abandoned, orphaned, observed, ..] = waits[..] else { panic!("{waits:?}") };
    let spec = |number: usize, changes: Value| with(deleting(&format!("name-{number}")), changes);
    house.apply(&key(suspended), &spec(suspended, json!({"suspend": true})));
    house.annotate(&key(abandoned), &json!({"orgkeeper.dev/abandon": "true"}));
    house.apply(&key(orphaned), &spec(orphaned, json!({"deletionPolicy": "Orphan"})));
    house.apply(&key(observed), &spec(observed, json!({"managementPolicy": "Observe"})));
    let objects = |house: &House| (0..8).filter(|number| house.exists(&key(*number))).count();
    house.until(mins(1), "gone", |house| objects(house) == 2);
    house.run(secs(10));
    let message = house.message(&acme(), "ConfirmationRequired");
    assert!(message.starts_with("2 writes"), "{message}");
    assert_eq!(house.calls("DELETE"), 2);
    let digest = house.digest(&acme(), "ConfirmationRequired");
    confirm(&house, &digest);
    house.until(mins(1), "all gone", |house| objects(house) == 0);
    assert_eq!((house.calls("DELETE"), house.living()), (4, 5));
}

#[test]
fn a_restart_forgets_neither_what_was_done_nor_what_is_asked_nor_what_was_confirmed() {
    for contract in BOTH {
        let mut house = house(contract, 24, 6);
        delete(&house, 0..20);
        let digest = stopped(&mut house, 24, 14);
        let writes = house.writes(&acme());
        for at_once in [false, true] {
            if at_once {
                house.restart_at_once();
            } else {
                house.restart();
            }
            house.run(mins(5));
            assert_eq!(house.digest(&acme(), "ConfirmationRequired"), digest);
            assert_eq!(house.calls("DELETE"), 6);
        }
        assert_eq!(house.writes(&acme()), writes, "what was told before stands: {}", house.describe());
        confirm(&house, &digest);
        house.until(mins(1), "half-way", |house| left(house, 24) <= 12);
        assert!(left(&house, 24) > 4, "half-way");
        house.restart();
        house.until(mins(10), "gone", |house| left(house, 24) == 4);
        house.run(mins(20));
        assert_eq!(left(&house, 24), 4);
        assert_eq!(house.living(), 5);
        assert_eq!(house.condition(&acme(), "ConfirmationRequired"), None, "{}", house.describe());
    }
}

#[test]
fn whenever_it_dies_no_more_get_through_and_one_confirmation_is_enough() {
    for contract in BOTH {
        let (count, per_hour) = (9, 3);
        for step in (0..).step_by(3) {
            let mut house = house(contract, count, per_hour);
            house.dies_after(step);
            delete(&house, 0..count);
            house.run(mins(1));
            let died = house.is_dead();
            house.restart();
            house.run(mins(6));
            let text = format!("{contract:?} step {step}");
            let gone = count - (house.living() - 1);
            assert!(gone <= per_hour, "{text}: {gone}\n{}", house.describe());
            let asked = waiting(&house, count);
            assert_eq!(asked, left(&house, count), "{text}\n{}", house.describe());
            let digest = house.digest(&acme(), "ConfirmationRequired");
            // Half-way through what is confirmed it dies again.
            house.dies_after(step);
            confirm(&house, &digest);
            house.run(mins(1));
            house.restart();
            house.until(mins(10), &text, |house| left(house, count) == 0);
            if !died {
                break;
            }
        }
    }
}

#[test]
fn a_write_that_is_repeated_counts_once() {
    let mut house = house(Contract::Production, 6, 2);
    house.vendor().add_fault(Fault {
        method: Some(Method::DELETE.to_string()),
        times: Some(12),
        ..Fault::always(FaultKind::ServerError { status: 503, effect: false })
    });
    delete(&house, 0..2);
    house.until(mins(30), "gone all the same", |house| left(house, 6) == 4);
    assert!(house.calls("DELETE") > 2);
    assert_eq!(house.condition(&acme(), "ConfirmationRequired"), None);
}

#[test]
fn an_organization_that_is_deleted_asks_too() {
    let mut house = house(Contract::Production, 6, 2);
    delete(&house, 0..6);
    house.delete(&acme());
    let digest = stopped(&mut house, 6, 4);
    confirm(&house, &digest);
    house.until(mins(2), "all gone", |house| !house.exists(&acme()));
    assert_eq!((left(&house, 6), house.living()), (0, 1));
}

/// People who are there, each with access to every account, as their manifests say.
fn people(count: usize, per_hour: usize) -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &limited(per_hour));
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    for number in 0..count {
        let grants = Grants::of(ACCOUNT_VIEWER, &["*"]);
        let details = UserDetails { grants, ..UserDetails::person(&format!("p{number:02}@example.com")) };
        let now = house.wall();
        house.vendor().console(now).create_user(organization, details);
        house.apply(&user(number), &access(number, true));
    }
    house.start();
    house.until(mins(10), "ready", |house| (0..count).all(|number| house.ready(&user(number))));
    house.run(mins(10));
    house
}

fn user(number: usize) -> ObjectRef {
    user_key(&format!("p{number:02}"))
}

fn access(number: usize, granted: bool) -> Value {
    let all = json!([{"policyName": "Account Viewer", "allAccounts": true}]);
    json!({
        "organizationRef": {"name": "acme"},
        "human": {"email": format!("p{number:02}@example.com")},
        "policies": if granted { all } else { json!([]) },
    })
}

fn held_up(house: &House, count: usize) -> usize {
    (0..count).filter(|number| house.waits(&user(*number), "TooDestructive")).count()
}

#[test]
fn a_bad_merge_that_takes_access_away_stops_too_and_goes_on_when_confirmed() {
    let mut house = people(40, 10);
    house.vendor().clear_requests();
    for number in 0..30 {
        house.apply(&user(number), &access(number, false));
    }
    house.until(mins(5), "stopped", |house| held_up(house, 40) == 20);
    house.run(mins(20));
    assert_eq!((held_up(&house, 40), house.vendor_writes()), (20, 10), "{}", house.describe());
    let digest = house.digest(&acme(), "ConfirmationRequired");
    confirm(&house, &digest);
    house.until(mins(5), "done", |house| (0..40).all(|number| house.ready(&user(number))));
    assert_eq!(house.vendor_writes(), 30);
}

#[test]
fn what_was_confirmed_and_done_is_asked_anew_when_somebody_undoes_it() {
    let mut house = people(8, 2);
    for number in 0..8 {
        house.apply(&user(number), &access(number, false));
    }
    house.until(mins(5), "stopped", |house| held_up(house, 8) == 6);
    let waits: Vec<usize> = (0..8).filter(|number| house.waits(&user(*number), "TooDestructive")).collect();
    house.run(mins(5));
    let digest = house.digest(&acme(), "ConfirmationRequired");
    confirm(&house, &digest);
    house.until(mins(5), "done", |house| (0..8).all(|number| house.ready(&user(number))));
    house.run(mins(5));
    assert_eq!(house.status(&acme()).get("asked"), None, "{}", house.describe());
    house.vendor().clear_requests();
    for number in waits {
        let (id, now) = (house.id(&user(number)).unwrap(), house.wall());
        house.vendor().console(now).set_policies(&id, Grants::of(ACCOUNT_VIEWER, &["*"]));
    }
    house.until(mins(15), "stopped again", |house| held_up(house, 8) == 6 || house.vendor_writes() > 0);
    house.run(mins(5));
    let anew = house.digest(&acme(), "ConfirmationRequired");
    assert_ne!(anew, digest, "the same set, asked anew");
    house.restart();
    house.run(mins(10));
    assert_eq!((held_up(&house, 8), house.vendor_writes()), (6, 0), "{}", house.describe());
    assert_eq!(house.digest(&acme(), "ConfirmationRequired"), anew, "it stands still");
    confirm(&house, &anew);
    house.until(mins(5), "done", |house| house.vendor_writes() == 6);
}

#[test]
fn whoever_is_taken_over_loses_under_the_guard_what_was_granted_by_hand() {
    let mut house = people(0, 2);
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    house.vendor().clear_requests();
    for number in 0..5 {
        let grants = Grants::of(ACCOUNT_VIEWER, &["*"]);
        let details = UserDetails { grants, ..UserDetails::person(&format!("p{number:02}@example.com")) };
        let now = house.wall();
        house.vendor().console(now).create_user(organization, details);
        house.apply(&user(number), &access(number, false));
    }
    house.until(mins(15), "stopped", |house| held_up(house, 5) == 3);
    house.run(mins(20));
    assert_eq!((held_up(&house, 5), house.vendor_writes()), (3, 2), "{}", house.describe());
}

#[test]
fn the_deletion_of_a_group_counts_once_however_many_are_in_it() {
    let mut house = people(3, 2);
    let members: Value = (0..3).map(|number| json!({"userRef": {"name": user(number).name}})).collect();
    let teams = ["a", "b", "c"].map(group_key);
    for key in &teams {
        house.apply(key, &with(group(&key.name), json!({"members": members})));
    }
    house.until(mins(5), "ready", |house| teams.iter().all(|key| house.ready(key)));
    house.run(mins(10));
    for key in &teams {
        house.delete(key);
    }
    let left = |house: &House| teams.iter().filter(|key| house.exists(key)).count();
    house.until(mins(5), "two go", |house| left(house) == 1);
    house.run(mins(20));
    assert_eq!(left(&house), 1, "the third waits\n{}", house.describe());
}

#[test]
fn who_puts_access_back_is_asked_for_no_more() {
    let mut house = people(6, 1);
    house.vendor().clear_requests();
    for number in 0..6 {
        house.apply(&user(number), &access(number, false));
    }
    house.until(mins(5), "stopped", |house| held_up(house, 6) == 5);
    let waits: Vec<usize> = (0..6).filter(|number| house.waits(&user(*number), "TooDestructive")).collect();
    let reported = json!({"driftPolicy": "Report", "suspend": true});
    house.apply(&user(waits[0]), &access(waits[0], true));
    house.apply(&user(waits[1]), &with(access(waits[1], false), reported));
    house.apply(&user(waits[2]), &with(access(waits[2], false), json!({"managementPolicy": "Observe"})));
    house.run(mins(1));
    let message = house.message(&acme(), "ConfirmationRequired");
    assert!(message.starts_with("2 writes"), "{message}\n{}", house.describe());
    let digest = house.digest(&acme(), "ConfirmationRequired");
    confirm(&house, &digest);
    house.until(mins(1), "done", |house| waits[3..].iter().all(|number| house.ready(&user(*number))));
    house.run(mins(10));
    assert_eq!(house.vendor_writes(), 3);
    assert_eq!(house.condition(&acme(), "ConfirmationRequired"), None);
}

#[test]
fn during_an_outage_what_is_asked_stays() {
    let mut house = house(Contract::Production, 8, 3);
    delete(&house, 0..8);
    let digest = stopped(&mut house, 8, 5);
    house.way.vendors.down.set(true);
    house.run(mins(15));
    assert!(house.condition(&acme(), "Unreachable").is_some(), "{}", house.describe());
    assert_eq!(house.digest(&acme(), "ConfirmationRequired"), digest);
    confirm(&house, &digest);
    house.run(mins(5));
    house.way.vendors.down.set(false);
    house.until(mins(10), "gone", |house| left(house, 8) == 0);
}
