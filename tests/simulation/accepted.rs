//! The vendor answers that it made something, and names no id. What two lists lack since is gone, as whatever they lack,
//! and is not made again unasked (rules 2 and 4).

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::machines::{ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{account, with};
use crate::support::subscriptions::{one_account, sub, subscription};
use crate::support::unkind::strangers::{Deed, Who};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, Lag};
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const USER: &str = "/setup/user/programmatic";
const SUBSCRIPTION: &str = "/events/subscription";

/// The answer to the next create has no id.
fn accepts(house: &House, path: &str) {
    let omit = FaultKind::Omit { members: vec!["id".to_owned()] };
    house.vendor().add_fault(Fault::once(&Method::POST, path, omit));
}

fn accepted(house: &House, key: &ObjectRef) -> bool {
    house.status(key)["pendingCreate"]["accepted"] == true
}

fn asked(house: &House, key: &ObjectRef) -> bool {
    house.stalled(key, "ExternallyDeleted")
}

fn count(house: &House, key: &ObjectRef, name: &str) -> usize {
    house.things().iter().filter(|thing| thing.kind == key.kind && thing.name == name).count()
}

/// Something of which the vendor said that it made it, before a person deleted it.
fn deleted(contract: Contract, (key, spec, name, path): &(ObjectRef, Value, &str, &str)) -> House {
    let mut house = one_account(contract);
    house.run(mins(3));
    accepts(&house, path);
    house.apply(key, spec);
    house.until(mins(2), "accepted", |house| accepted(house, key));
    assert!(house.stranger(Who::Person, Deed::Delete, key.kind, name));
    house
}

fn all() -> [(ObjectRef, Value, &'static str, &'static str); 3] {
    let goes = |spec| with(spec, json!({"deletionPolicy": "Delete"}));
    [
        (home("a"), goes(account("a")), "a", "/setup/account"),
        (ci(), ci_spec(), "ci", USER),
        (sub("s"), goes(subscription("prod", "sig-10")), "sig-10", SUBSCRIPTION),
    ]
}

#[test]
fn what_was_accepted_and_is_gone_is_made_again_when_a_person_says_so() {
    for contract in CONTRACTS {
        for thing in all() {
            let (key, _, name, _) = &thing;
            let mut house = deleted(contract, &thing);
            house.until(mins(20), "asked", |house| asked(house, key));
            house.run(mins(120));
            assert_eq!(count(&house, key, name), 0, "{}", house.describe());
            assert!(asked(&house, key), "{}", house.describe());
            let digest = house.digest(key, "Stalled");
            house.annotate(key, &json!({"orgkeeper.dev/confirm": digest}));
            house.until(mins(20), "made again", |house| house.ready(key));
            house.run(mins(20));
            assert_eq!(count(&house, key, name), 1, "{}", house.describe());
        }
    }
}

#[test]
fn what_was_accepted_and_is_gone_holds_up_no_end() {
    for contract in CONTRACTS {
        for thing in all() {
            let (key, ..) = &thing;
            let mut house = deleted(contract, &thing);
            house.delete(key);
            house.until(mins(20), "gone", |house| !house.exists(key));
        }
    }
}

#[test]
fn what_lists_show_late_is_not_gone() {
    for contract in CONTRACTS {
        for (key, spec, name, path) in all() {
            let mut house = one_account(contract);
            house.run(mins(3));
            house.vendor().set_lag(Lag::of_lists(SignedDuration::from_secs(55)));
            accepts(&house, path);
            house.apply(&key, &spec);
            house.until(mins(2), "accepted", |house| accepted(house, &key));
            house.until(mins(30), "known", |house| house.id(&key).is_some());
            assert!(!house.reasons(&key).contains(&"ExternallyDeleted"), "{}", house.describe());
            assert_eq!(
                (house.status(&key)["origin"].clone(), count(&house, &key, name)),
                (json!("Created"), 1),
                "{key} {contract:?}\n{}",
                house.describe()
            );
        }
    }
}

#[test]
fn a_new_user_that_was_accepted_and_is_gone_ends_no_rotation() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let before = house.users("ci");
        accepts(&house, USER);
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(30), "accepted", |house| {
            house.status(&ci())["token"]["rotation"]["accepted"] == true
        });
        let new = house.users("ci").into_iter().find(|id| !before.contains(id)).unwrap();
        house.by_hand(|console| console.delete_user(&new).unwrap());
        house.until(mins(180), "rotated", |house| {
            house.ready(&ci()) && house.status(&ci())["token"]["lastHandledRotateAt"] == "one"
        });
        house.run(mins(10));
        house.assert_one_that_works();
        assert_ne!(house.users("ci"), before);
    }
}

#[test]
fn what_was_to_take_a_place_and_is_gone_leaves_the_old_one_there() {
    // In the published contract it is changed where it is.
    let mut house = one_account(Contract::Production);
    house.ready_with(&sub("a"), &subscription("prod", "sig-10"));
    house.run(mins(8));
    accepts(&house, SUBSCRIPTION);
    house.apply(&sub("a"), &subscription("prod", "sig-20"));
    house.until(mins(2), "accepted", |house| accepted(house, &sub("a")));
    assert!(house.stranger(Who::Person, Deed::Delete, kinds::SUBSCRIPTION, "sig-20"));
    house.until(mins(20), "asked", |house| asked(house, &sub("a")));
    house.run(mins(60));
    assert_eq!(house.subscribed(), ["sig-10"], "{}", house.describe());
    let digest = house.digest(&sub("a"), "Stalled");
    house.annotate(&sub("a"), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(20), "replaced", |house| house.subscribed() == ["sig-20"] && house.ready(&sub("a")));
    house.assert_the_only_one(&sub("a"), "sig-20");
}

#[test]
fn two_questions_of_one_go_have_an_end() {
    // The published contract does not show whose the operator's token is.
    let mut house = furnished(Contract::Published);
    let late = FaultKind::LateEffect { after: SignedDuration::from_secs(45) };
    house.vendor().add_fault(Fault::once(&Method::POST, USER, late));
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "found", |house| house.id(&ci()).is_some());
    let found = house.id(&ci()).unwrap();
    accepts(&house, USER);
    house.until(mins(10), "accepted", |house| house.status(&ci())["token"]["again"]["accepted"] == true);
    house.by_hand(|console| console.delete_user(&found).unwrap());
    let mut asked: Vec<String> = Vec::new();
    while !house.ready(&ci()) {
        house.until(mins(120), "asked or ready", |house| {
            house.ready(&ci()) || house.message(&ci(), "Stalled").contains("orgkeeper.dev/confirm: ")
        });
        if let Some((_, reason)) = house.condition(&ci(), "Stalled") {
            asked.push(reason);
            assert!(asked.len() <= 3, "{asked:?}\n{}", house.describe());
            let digest = house.digest(&ci(), "Stalled");
            house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
            house.run(secs(90));
        }
    }
    assert_eq!(asked, ["ExternallyDeleted", "WouldLockOut"], "{}", house.describe());
    house.run(mins(10));
    house.assert_one_that_works();
}
