//! After an upgrade each status is written once, as this program says it: one after the other, with nothing at the vendor,
//! and nothing that matters waits for it.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use crate::support::people::organization_id;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::base::runbook::{linked, unlinked};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MANY: usize = 450;
/// So many take turns in a minute, and so many at once.
const A_MINUTE: usize = 300;
const AT_ONCE: usize = 60;

fn keys() -> Vec<ObjectRef> {
    (0..MANY).map(|number| home(&format!("a{number:03}"))).collect()
}

/// Accounts that were there before, adopted and at rest.
fn at_rest() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 10_000}})));
    for key in keys() {
        house.by_hand(|console| console.create_account(organization_id(), &key.name));
        house.apply(&key, &account(&key.name));
    }
    house.start();
    for key in keys() {
        house.until(mins(30), "ready", |house| house.ready(&key));
    }
    house.run(mins(10));
    house
}

/// The program stops, and what is stored is as one left it that had other words, and fewer.
fn said_as_before(house: &mut House) {
    house.kill();
    for key in keys() {
        house.way.cluster.edit(&key, |object| {
            let status = object["status"].as_object_mut().unwrap();
            for member in ["state", "reason", "message"] {
                status.remove(member);
            }
            for condition in status["conditions"].as_array_mut().unwrap() {
                condition["message"] = json!("Everything is fine.");
            }
        });
    }
    house.forget_requests();
}

fn is_retold(status: &Value) -> bool {
    let conditions = status["conditions"].as_array().unwrap();
    status["state"] == "InSync"
        && conditions.iter().all(|one| {
            let (message, reason) = (one["message"].as_str().unwrap(), one["reason"].as_str().unwrap());
            message == linked(message, reason) && message != unlinked(message)
        })
}

fn retold(house: &House) -> usize {
    keys().iter().filter(|key| is_retold(&house.status(key))).count()
}

/// How often each account was written, once so many writes are left out.
fn writes(house: &House, before: usize) -> BTreeMap<ObjectRef, usize> {
    let mut counts = BTreeMap::new();
    for (key, _) in house.way.cluster.writes().into_iter().skip(before).filter(|(key, _)| *key != acme()) {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

#[test]
fn after_an_upgrade_statuses_are_written_one_after_the_other_and_nothing_at_the_vendor() {
    let mut house = at_rest();
    said_as_before(&mut house);
    let before = house.all_writes();
    house.start();
    let mut last = 0;
    // The first minutes are those of the Lease.
    for _ in 0..10 {
        house.run(mins(1));
        let now = writes(&house, before).len();
        assert!(now - last <= A_MINUTE + AT_ONCE, "{} in a minute", now - last);
        last = now;
    }
    assert_eq!(retold(&house), MANY, "all are in the end");
    let counts = writes(&house, before);
    assert!(counts.len() == MANY && counts.values().all(|count| *count == 1), "each once: {counts:?}");
    assert_eq!(house.written(), [""; 0]);
    assert!(house.calls("GET") < 100, "nor is more read for it: {}", house.calls("GET"));
    let written = house.all_writes();
    house.restart();
    house.run(mins(10));
    assert_eq!((house.all_writes(), house.written().len()), (written, 0), "and then all is quiet");
}

#[test]
fn what_matters_does_not_wait_for_the_words_of_others() {
    let mut house = at_rest();
    said_as_before(&mut house);
    let before = house.all_writes();
    house.restart_at_once();
    house.until(mins(10), "begun", |house| house.all_writes() > before + AT_ONCE / 2);
    let late = keys().into_iter().rev().filter(|key| !is_retold(&house.status(key))).take(2);
    let late: Vec<ObjectRef> = late.collect();
    let [edited, moved] = &late[..] else { panic!("too few wait") };
    house.apply(edited, &account("edited"));
    house.until(secs(30), "carried out", |house| house.ready(edited) && house.named("edited").len() == 1);
    assert!(is_retold(&house.status(edited)), "the words go with it");
    house.apply(moved, &with(account(&moved.name), json!({"suspend": true})));
    house.until(secs(30), "said", |house| house.status(moved)["state"] == "Suspended");
    assert!(retold(&house) < MANY, "others wait still");
}
