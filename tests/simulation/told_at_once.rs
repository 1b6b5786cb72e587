//! What is asked and what is waited for is told as it is now, not as it was when it was told first (rule 10).

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    access_policy, account, group, group_key, organization, person, policy_key, user_key, with,
};
use crate::support::people::furnished;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

fn going(name: &str) -> Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

fn goes(house: &mut House, name: &str) {
    house.delete(&home(name));
}

/// An organization that is new to this process, of which one write an hour may take something away.
fn strict(names: &[&str]) -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
    for name in names {
        house.apply(&home(name), &going(name));
    }
    house.start();
    house.until(mins(1), "ready", |house| names.iter().all(|name| house.ready(&home(name))));
    house
}

#[test]
pub fn what_waits_in_an_organization_that_is_new_is_asked_as_it_is_and_an_answer_counts_at_once() {
    let mut house = strict(&["a", "b", "c"]);
    goes(&mut house, "a");
    house.until(mins(1), "gone", |house| !house.exists(&home("a")));
    goes(&mut house, "b");
    house.until(mins(1), "asked", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
    let first = house.digest(&acme(), "ConfirmationRequired");
    let message = house.message(&acme(), "ConfirmationRequired");
    assert!(message.starts_with("1 write that takes something away waits, "), "{message}");
    assert!(
        house.reasons(&acme()).contains(&"TooDestructive"),
        "an event tells it: {:?}",
        house.events(&acme())
    );
    goes(&mut house, "c");
    house.until(mins(1), "asked about both", |house| {
        house.message(&acme(), "ConfirmationRequired").starts_with("2 writes that take something away wait, ")
    });
    let both = house.digest(&acme(), "ConfirmationRequired");
    assert_ne!(first, both);
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": both}));
    house.until(mins(1), "gone", |house| !house.exists(&home("b")) && !house.exists(&home("c")));
    house.until(mins(1), "asked no more", |house| house.condition(&acme(), "ConfirmationRequired").is_none());
}

/// What waits is found out only as objects are looked at.
#[test]
fn after_a_start_what_was_told_stands_until_it_can_be_known() {
    let mut house = strict(&["a", "b", "c"]);
    for name in ["a", "b", "c"] {
        goes(&mut house, name);
    }
    house.until(mins(5), "asked", |house| {
        house.message(&acme(), "ConfirmationRequired").starts_with("2 writes")
    });
    house.run(mins(10));
    let digest = house.digest(&acme(), "ConfirmationRequired");
    let written = house.writes(&acme());
    house.restart();
    house.run(2 * house.way.settle + mins(1));
    assert_eq!(house.digest(&acme(), "ConfirmationRequired"), digest, "{}", house.describe());
    assert_eq!(house.writes(&acme()), written, "{}", house.describe());
}

#[test]
fn an_organization_that_waits_for_its_objects_names_who_comes_and_who_goes() {
    let mut house = furnished(Contract::Production, &["a", "b"]);
    house.delete(&acme());
    house.until(mins(1), "waits", |house| {
        house.message(&acme(), "DeletionBlocked").contains("Waits for 2 to go")
    });
    house.apply(&home("c"), &account("c"));
    house.until(mins(1), "named", |house| {
        house.message(&acme(), "DeletionBlocked").contains("SpotAccount platform/c")
    });
    house.ready_with(&group_key("ops"), &with(group("ops"), json!({"deletionPolicy": "Delete"})));
    house.ready_with(
        &user_key("jo"),
        &with(person("jo"), json!({"userGroups": [{"groupRef": {"name": "ops"}}]})),
    );
    house.until(mins(1), "named", |house| {
        house.message(&acme(), "DeletionBlocked").contains("Waits for 5 to go")
    });
    // It waits for who names it, and says so.
    house.delete(&group_key("ops"));
    house.until(mins(1), "goes", |house| {
        house.message(&acme(), "DeletionBlocked").contains("Waits for 5 to go, 1 already being deleted")
    });
}

/// What was deleted at the vendor asks; then its object is deleted, and somebody needs it still.
#[test]
fn what_is_to_go_says_what_it_waits_for_and_asks_no_more() {
    let mut house = furnished(Contract::Production, &[]);
    let reader = policy_key("reader");
    house.ready_with(&reader, &with(access_policy("reader"), json!({"deletionPolicy": "Delete"})));
    let given = json!({"policies": [{"policyRef": {"name": "reader"}, "allAccounts": true}]});
    house.ready_with(&user_key("jo"), &with(person("jo"), given));
    let id = house.id(&reader).unwrap();
    house.by_hand(|console| console.delete_policy(&id).unwrap());
    house.until(mins(30), "asks", |house| house.stalled(&reader, "ExternallyDeleted"));
    assert_eq!(house.status(&reader)["state"], "Asks", "{}", house.describe());
    house.until(mins(5), "told", |house| house.waits(&user_key("jo"), "ReferenceGone"));
    house.delete(&reader);
    house.until(mins(1), "waits", |house| house.condition(&reader, "DeletionBlocked").is_some());
    let status = house.status(&reader);
    assert_eq!(status["state"], "Blocked", "{}", house.describe());
    assert!(status["message"].as_str().unwrap().contains("Waits for SpotUser platform/jo"), "{status}");
    house.until(mins(1), "told", |house| {
        house.message(&user_key("jo"), "Ready").contains("is being deleted here: take the reference out")
    });
    house.apply(&user_key("jo"), &with(person("jo"), json!({"policies": []})));
    house.until(mins(5), "gone", |house| !house.exists(&reader));
}
