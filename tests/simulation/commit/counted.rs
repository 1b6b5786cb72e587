//! What is taken away is counted before, whatever becomes of the count, or of the id of who counts (rule 12).

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use crate::support::webhooks::Dropped;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};
use std::time::Duration;

/// How many writes an hour may take something away.
const AN_HOUR: usize = 3;

#[test]
fn nothing_is_taken_away_that_is_not_counted() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 5}})));
    house.start();
    house.ready_with(&home("a"), &with(account("a"), json!({"deletionPolicy": "Delete"})));
    house.run(mins(8));
    house.forget_requests();
    house.drop_silently(Dropped::Status("guard"));
    house.delete(&home("a"));
    house.run(mins(120));
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    assert!(house.stalled(&home("a"), "KubernetesUnavailable"), "{}", house.describe());
    assert!(house.ready(&acme()), "{}", house.describe());
    house.store_all();
    house.until(mins(25), "gone", |house| !house.exists(&home("a")));
}

fn names() -> [String; 8] {
    std::array::from_fn(|number| format!("a{number}"))
}

/// An organization of more accounts than may go within an hour, at rest.
fn crowded() -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": AN_HOUR}})));
    house.start();
    for name in names() {
        house.apply(&home(&name), &with(account(&name), json!({"deletionPolicy": "Delete"})));
    }
    house.until(mins(10), "ready", |house| names().iter().all(|name| house.ready(&home(name))));
    house.run(mins(8));
    house
}

/// All of them are to go.
fn delete_all(house: &House) {
    house.forget_requests();
    for name in names() {
        house.delete(&home(&name));
    }
}

/// The id of the organization's object is not in what Kubernetes stored; what it counted is.
#[test]
fn what_is_taken_away_counts_though_the_id_of_who_counted_is_dropped() {
    let mut house = crowded();
    house.drop_silently_of(&acme(), Dropped::Status("id"));
    house.way.cluster.edit(&acme(), |object| object["status"]["id"] = Value::Null);
    house.run(mins(8));
    assert!(house.status(&acme())["id"].is_null(), "{}", house.describe());
    delete_all(&house);
    house.run(mins(20));
    house.restart();
    house.run(mins(20));
    assert_eq!(house.calls("DELETE"), AN_HOUR, "{}", house.describe());
}

/// Now and then a webhook takes the count out of what Kubernetes stored before.
#[test]
fn what_is_taken_away_counts_though_the_count_is_dropped_now_and_then() {
    for (stored, dropped) in [(1, 1), (2, 1), (3, 1), (1, 2), (3, 2), (5, 1)] {
        let mut house = crowded();
        delete_all(&house);
        for step in 0..400 {
            house.run(Duration::from_millis(20));
            if step % (stored + dropped) < dropped {
                house.drop_silently_of(&acme(), Dropped::Status("guard"));
                house.way.cluster.edit(&acme(), |object| object["status"]["guard"] = Value::Null);
            } else {
                house.store_all();
            }
        }
        house.store_all();
        house.run(mins(20));
        let sent = house.calls("DELETE");
        assert!(sent <= AN_HOUR, "{stored} {dropped}: {sent}\n{}", house.describe());
    }
}
