//! Two manifests of one thing that come at once (rules 3 and 4): whatever the moment, it is made once. The API
//! server stamps whole seconds and draws uids, so that of two of one second the later may have the better claim.

use crate::support::cluster::PatchFault;
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    ORGANIZATION, access_policy, account, group, group_key, organization, organization_key, person,
    policy_key, user_key, with,
};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::time::Duration;

/// How the objects of a kind are called.
type Key = fn(&str) -> ObjectRef;

/// What may be declared twice: how its objects are called, and the manifest.
fn kinds() -> [(Key, Value); 4] {
    [
        (home, account("prod")),
        (user_key, person("jo")),
        (group_key, group("devs")),
        (policy_key, access_policy("readers")),
    ]
}

/// A house at rest, in which every object that is made from now on is as old as the others, and the last one wins.
fn at_rest() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.run(mins(2));
    house.way.cluster.in_one_second();
    house
}

/// Runs until one of the two stands for what both declare, and the other says so.
#[track_caller]
fn assert_made_once(house: &mut House, keys: [&ObjectRef; 2], what: &str) {
    let settled = |house: &House, [one, other]: [&ObjectRef; 2]| {
        house.ready(one) && house.stalled(other, "ManagementConflict")
    };
    let [one, other] = keys;
    house.until(mins(30), what, |house| settled(house, [one, other]) || settled(house, [other, one]));
    house.run(mins(30));
    assert_eq!(house.calls("POST"), 1, "{what}\n{}", house.describe());
}

#[test]
fn whatever_the_moment_at_which_the_second_comes_one_is_made() {
    for latency in [1, 20] {
        house_at_every_moment(latency);
    }
}

fn house_at_every_moment(latency: u64) {
    for pause in (0..50).chain([60, 70, 80, 100, 200]) {
        let mut house = at_rest();
        house.way.vendors.latency.set(Duration::from_millis(latency));
        house.apply(&home("a"), &account("prod"));
        house.run(Duration::from_millis(pause));
        house.apply(&home("b"), &account("prod"));
        let what = format!("{pause} ms later, a call takes {latency} ms");
        assert_made_once(&mut house, [&home("a"), &home("b")], &what);
        assert_eq!(house.named("prod").len(), 1, "{what}");
    }
}

#[test]
pub fn while_the_intent_of_the_first_is_being_stored_the_second_waits() {
    for (key, spec) in kinds() {
        let (first, second) = (key("a"), key("b"));
        let mut house = at_rest();
        // Its finalizer is set at once.
        house.way.patch_faults.add(1, PatchFault::Late);
        house.apply(&first, &spec);
        house.run(Duration::from_millis(200));
        assert!(house.status(&first)["pendingCreate"].is_null(), "{}", house.describe());
        house.apply(&second, &spec);
        assert_made_once(&mut house, [&first, &second], &first.kind.to_string());
        assert!(house.id(&first).is_some(), "{}", house.describe());
    }
}

#[test]
fn who_was_overtaken_while_the_wish_was_resolved_makes_nothing() {
    let mut house = at_rest();
    let slow = FaultKind::Delay { duration: SignedDuration::from_secs(3) };
    house.vendor().add_fault(Fault::once(&Method::GET, "/setup/organization/policy", slow));
    let policies =
        json!({"policies": [{"policyName": "Account Viewer", "accounts": [{"id": account_id(&house)}]}]});
    house.apply(&user_key("a"), &with(person("jo"), policies));
    house.run(secs(1));
    house.apply(&user_key("b"), &person("jo"));
    house.until(secs(1), "made", |house| house.id(&user_key("b")).is_some());
    assert_made_once(&mut house, [&user_key("a"), &user_key("b")], "overtaken");
    assert!(house.ready(&user_key("b")), "{}", house.describe());
}

/// The organization's own account.
fn account_id(house: &House) -> String {
    let vendor = house.vendor();
    let mut accounts = vendor.world().accounts();
    accounts.next().expect("every organization has one").id.clone()
}

/// A house with two organizations to come, of one name.
fn to_found() -> (House, ObjectRef, ObjectRef) {
    let mut house = House::with_a_parent(Contract::Production);
    house.start();
    house.run(mins(1));
    house.way.cluster.in_one_second();
    (house, acme(), organization_key("twin"))
}

/// Runs until one organization is made, and one of the two says that the other stands for it.
#[track_caller]
fn assert_founded_once(house: &mut House, first: &ObjectRef, second: &ObjectRef) {
    house.run(mins(60));
    assert_eq!((house.foundings(), house.founded().len()), (1, 1), "{}", house.describe());
    let both = [first, second];
    assert_eq!(both.iter().filter(|key| house.id(key).is_some()).count(), 1, "{}", house.describe());
    assert_eq!(
        both.iter().filter(|key| house.stalled(key, "ManagementConflict")).count(),
        1,
        "{}",
        house.describe()
    );
    assert_ne!(house.id(first).or(house.id(second)).as_deref(), Some(ORGANIZATION));
}

#[test]
fn of_two_organizations_of_one_name_one_is_made_whatever_the_moment() {
    for pause in (0..60).step_by(3) {
        let (mut house, first, second) = to_found();
        house.apply(&first, &to_create());
        house.run(Duration::from_millis(pause));
        house.apply(&second, &to_create());
        assert_founded_once(&mut house, &first, &second);
    }
}

#[test]
fn while_the_intent_of_the_first_organization_is_being_stored_the_second_waits() {
    let (mut house, first, second) = to_found();
    // Its finalizer is set at once.
    house.way.patch_faults.add(1, PatchFault::Late);
    house.apply(&first, &to_create());
    house.run(Duration::from_millis(400));
    assert!(house.status(&first)["pendingCreate"].is_null(), "{}", house.describe());
    house.apply(&second, &to_create());
    house.until(secs(1), "it waits", |house| house.waits(&second, "Progressing"));
    assert_founded_once(&mut house, &first, &second);
    assert!(house.id(&first).is_some(), "{}", house.describe());
}

#[test]
fn an_organization_that_was_overtaken_while_its_connection_was_opened_is_not_made() {
    let (mut house, first, second) = to_found();
    let slow = FaultKind::Delay { duration: SignedDuration::from_secs(3) };
    house.vendor().add_fault(Fault { times: Some(1), ..Fault::always(slow) });
    house.apply(&first, &to_create());
    house.run(secs(1));
    // This one need not find out what the endpoint speaks.
    house.apply(&second, &with(to_create(), json!({"connection": {"contract": "Production"}})));
    house.until(secs(1), "made", |house| house.id(&second).is_some());
    assert_founded_once(&mut house, &first, &second);
}
