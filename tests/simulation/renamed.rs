//! A manifest that was given another name while nobody knew what had come of its create, and that lets go of what that
//! made: it is named by what lists show, as the name of today is not the one that was sent (rules 4 and 11).

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::machines::furnished;
use crate::support::manifests::{HOME, access_policy, account, group, group_key, policy_key, with};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

type Named = (ObjectRef, fn(&str) -> Value, &'static str);

/// What has a name that can be changed.
fn all() -> [Named; 3] {
    [
        (home("x"), account, "/setup/account"),
        (group_key("x"), group, "/setup/access/userGroup"),
        (policy_key("x"), access_policy, "/setup/access/policy"),
    ]
}

/// A create of `before` whose end nobody heard, of an object that leaves what it made.
fn unheard((key, spec, path): &Named, effect: bool) -> House {
    let mut house = furnished(Contract::Production);
    house.vendor().add_fault(Fault::once(&Method::POST, path, FaultKind::BadGateway { effect }));
    house.apply(key, &with(spec("before"), json!({"deletionPolicy": "Orphan"})));
    house.until(mins(2), "unknown", |house| house.waits(key, "OutcomeUnknown"));
    house
}

fn rename(house: &mut House, (key, spec, _): &Named) {
    house.apply(key, &with(spec("after"), json!({"deletionPolicy": "Orphan"})));
    house.run(secs(5));
}

/// What the event about its end says.
fn told(house: &House, key: &ObjectRef) -> Option<String> {
    house.events(key).into_iter().find(|event| event.reason == "Orphaned").map(|event| event.note)
}

#[test]
fn what_is_left_under_a_former_name_is_named_by_its_id() {
    for named in all() {
        let key = &named.0;
        let mut house = unheard(&named, true);
        rename(&mut house, &named);
        house.delete(key);
        house.run(secs(10));
        assert_eq!(
            house.condition(key, "DeletionBlocked").unwrap().1,
            "OutcomeUnknown",
            "{}",
            house.describe()
        );
        house.until(mins(10), "gone", |house| !house.exists(key));
        let made = house.things().into_iter().find(|thing| thing.name == "before").unwrap();
        let told = told(&house, key).unwrap();
        assert!(told.contains(&made.id) && told.contains("stays at the vendor"), "{told}");
    }
}

#[test]
fn nothing_is_named_where_nothing_was_made() {
    for named in all() {
        let key = &named.0;
        let mut house = unheard(&named, false);
        rename(&mut house, &named);
        house.delete(key);
        house.until(mins(10), "gone", |house| !house.exists(key));
        assert_eq!(told(&house, key), None);
    }
}

#[test]
fn under_the_same_name_nothing_is_waited_for() {
    for named in all() {
        let key = &named.0;
        let mut house = unheard(&named, true);
        house.delete(key);
        house.until(secs(10), "gone", |house| !house.exists(key));
        assert!(told(&house, key).unwrap().contains("\"before\""));
    }
}

#[test]
fn without_the_organization_it_goes_at_once_and_another_name_is_told() {
    for named in all() {
        let key = &named.0;
        let mut house = unheard(&named, true);
        rename(&mut house, &named);
        house.way.cluster.edit_secret(HOME, "spot-token", |secret| secret.values.clear());
        house.run(secs(30));
        house.delete(key);
        house.until(secs(30), "gone", |house| !house.exists(key));
        let told = told(&house, key).unwrap();
        assert!(told.contains("under another name than \"after\""), "{told}");
    }
}

#[test]
fn a_person_who_does_not_want_to_wait_says_so() {
    let named = &all()[0];
    let mut house = unheard(named, true);
    rename(&mut house, named);
    house.delete(&named.0);
    house.run(secs(10));
    house.annotate(&named.0, &json!({"orgkeeper.dev/abandon": "yes"}));
    house.until(secs(10), "gone", |house| !house.exists(&named.0));
}

#[test]
fn a_process_that_has_not_reached_the_organization_yet_waits_for_it() {
    for named in all() {
        let key = &named.0;
        let mut house = unheard(&named, true);
        rename(&mut house, &named);
        house.way.vendors.down.set(true);
        house.restart_at_once();
        house.run(mins(2));
        house.delete(key);
        house.run(mins(5));
        assert_eq!(
            house.condition(key, "DeletionBlocked").unwrap().1,
            "VendorUnreachable",
            "{}",
            house.describe()
        );
        house.way.vendors.down.set(false);
        house.until(mins(20), "gone", |house| !house.exists(key));
        let made = house.things().into_iter().find(|thing| thing.name == "before").unwrap();
        assert!(told(&house, key).unwrap().contains(&made.id), "{}", house.describe());
    }
}
