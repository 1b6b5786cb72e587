//! A write of a status that is not answered, whichever it is: of one of which something was dropped, what was stored
//! before is not taken for gone, and one that is carried out late brings nothing back.

use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins};
use crate::support::look::home;
use crate::support::machines::{ci, ci_spec, furnish};
use crate::support::manifests::account;
use crate::support::subscriptions::{sub, subscribing, subscription};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

/// What is dropped.
const MEMBERS: [&str; 6] = ["id", "origin", "organizationId", "pendingCreate", "token", "token/rotation"];

/// A life of an object: how it begins, and what is to be true at its end.
struct Life {
    object: ObjectRef,
    begin: fn() -> House,
    goes_on: fn(&mut House),
    ends: fn(&House),
}

fn kind_world() -> House {
    let mut house = House::new(Contract::Production);
    house.way.unkind.relent();
    house.way.rotation_overlap = mins(5);
    house
}

fn fails(house: &House, path: &str) {
    house.vendor().add_fault(Fault::once(&Method::POST, path, FaultKind::BadGateway { effect: true }));
}

/// A create that nobody heard the end of, and an edit after it.
fn account_life() -> Life {
    Life {
        object: home("a"),
        begin: || furnish(kind_world()),
        goes_on: |house| {
            fails(house, "/setup/account");
            house.apply(&home("a"), &account("a"));
            house.run(mins(6));
            house.apply(&home("a"), &account("b"));
        },
        ends: |house| {
            assert_eq!((house.named("a").len(), house.named("b").len()), (0, 1), "{}", house.describe());
        },
    }
}

/// A machine user, and another token of its.
fn user_life() -> Life {
    Life {
        object: ci(),
        begin: || furnish(kind_world()),
        goes_on: |house| {
            house.apply(&ci(), &ci_spec());
            house.run(mins(6));
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        },
        ends: |house| {
            assert_eq!(house.status(&ci())["token"]["lastHandledRotateAt"], "one", "{}", house.describe());
            house.assert_one_that_works();
        },
    }
}

/// A subscription, and another one in its place.
fn subscription_life() -> Life {
    Life {
        object: sub("a"),
        begin: || {
            let mut house = subscribing(kind_world(), &["prod"]);
            house.run(mins(3));
            house
        },
        goes_on: |house| {
            house.apply(&sub("a"), &subscription("prod", "sig-10"));
            house.run(mins(6));
            house.apply(&sub("a"), &subscription("prod", "sig-20"));
        },
        ends: |house| house.assert_the_only_one(&sub("a"), "sig-20"),
    }
}

/// The object lives so, whichever write that befalls.
fn lives_through(life: &Life, what: &str, befalls: impl Fn(&House, usize)) {
    let mut struck = 0;
    for skip in 0.. {
        let mut house = (life.begin)();
        befalls(&house, skip);
        (life.goes_on)(&mut house);
        house.run(mins(40));
        if house.way.patch_faults.is_pending() {
            break;
        }
        struck += 1;
        assert!(house.ready(&life.object), "{what}, write {skip}\n{}", house.describe());
        (life.ends)(&house);
    }
    assert!(struck >= 5, "{what}: {struck} writes");
}

fn loses(life: &Life, members: &[&'static str]) {
    for member in members {
        lives_through(life, member, |house, skip| house.lose(skip, member));
    }
}

#[test]
fn an_account_s_status_that_is_lost_on_the_way_is_put_back() {
    loses(&account_life(), &MEMBERS[..4]);
}

#[test]
fn a_machine_user_s_status_that_is_lost_on_the_way_is_put_back() {
    loses(&user_life(), &MEMBERS);
}

#[test]
fn a_replaced_subscription_s_status_that_is_lost_on_the_way_is_put_back() {
    loses(&subscription_life(), &[&MEMBERS[..4], &["superseded"]].concat());
}

#[test]
fn a_status_that_is_stored_late_brings_nothing_back() {
    for life in [account_life(), user_life(), subscription_life()] {
        lives_through(&life, "overdue", |house, skip| house.way.patch_faults.add(skip, PatchFault::Overdue));
    }
}
