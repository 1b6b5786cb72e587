//! What is said is so, and what is to be said is said once: sentences that were not, and what nobody was told.

use crate::support::credentials::{aws, credential_key};
use crate::support::house::{House, mins};
use crate::support::look::{home};
use crate::support::manifests::{group, group_key, person, user_key, with};
use crate::support::people::{furnished_kindly, role};
use crate::support::subscriptions::{one_account, sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// What the events of this reason about the object say.
fn notes(house: &House, key: &ObjectRef, reason: &str) -> Vec<String> {
    let events = house.events(key).into_iter().filter(|event| event.reason == reason);
    events.map(|event| event.note).collect()
}

/// The last event that the object's end gave: its reason, and what it says.
fn told_at_the_end(house: &mut House, key: &ObjectRef) -> (&'static str, String) {
    house.delete(key);
    house.until(mins(10), "gone", |house| !house.exists(key));
    let last = house.events(key).pop().expect("its end is told");
    (last.reason, last.note)
}

#[test]
fn what_was_found_to_be_deleted_is_not_said_to_stay() {
    let mut house = one_account(Contract::Production);
    let (prod, cloud, followed) = (home("prod"), credential_key("prod"), sub("s"));
    house.ready_with(&followed, &subscription("prod", "sig-10"));
    house.ready_with(&cloud, &aws());
    let id = house.id(&prod).unwrap();
    house.by_hand(|console| console.delete_account(&id).unwrap());
    house.until(mins(30), "told", |house| {
        house.stalled(&prod, "ExternallyDeleted")
            && house.stalled(&followed, "ReferenceGone")
            && house.stalled(&cloud, "ReferenceGone")
    });
    house.apply(&followed, &with(subscription("prod", "sig-10"), json!({"deletionPolicy": "Orphan"})));
    for key in [followed, cloud, prod] {
        let (reason, note) = told_at_the_end(&mut house, &key);
        assert_eq!(reason, "Deleted", "{note}");
        assert!(note.ends_with("is gone from the vendor."), "{note}");
    }
}

/// A user in a group that is deleted in the console.
fn in_a_lost_group() -> House {
    let mut house = furnished_kindly(Contract::Production, &["prod", "dev"]);
    house.ready_with(&group_key("ops"), &with(group("ops"), json!({"deletionPolicy": "Orphan"})));
    house.ready_with(&user_key("jo"), &jo(&["prod"]));
    house.run(mins(8));
    let id = house.id(&group_key("ops")).unwrap();
    house.by_hand(|console| assert!(console.delete_group(&id)));
    house
}

fn jo(accounts: &[&str]) -> Value {
    let accounts: Vec<_> = accounts.iter().map(|name| role(name, "Editor")).collect();
    with(person("jo"), json!({"accounts": accounts, "userGroups": [{"groupRef": {"name": "ops"}}]}))
}

#[test]
fn what_is_refused_as_its_target_is_gone_waits_until_that_is_known_for_sure() {
    for edits in [true, false] {
        let mut house = in_a_lost_group();
        if edits {
            house.apply(&user_key("jo"), &jo(&["prod", "dev"]));
        }
        house.until(mins(10), "waits", |house| house.waits(&user_key("jo"), "ConfirmingAbsence"));
        let message = house.message(&user_key("jo"), "Ready");
        assert!(message.contains("SpotUserGroup platform/ops") && message.contains("by itself"), "{message}");
        house.until(mins(10), "known", |house| house.waits(&user_key("jo"), "ReferenceGone"));
        assert_eq!(notes(&house, &user_key("jo"), "RefusedByVendor"), [""; 0]);
    }
}

#[test]
fn what_went_with_its_target_is_no_drift() {
    let mut house = in_a_lost_group();
    house.until(mins(30), "known", |house| house.waits(&user_key("jo"), "ReferenceGone"));
    house.run(mins(20));
    house.ready_with_waits(&user_key("jo"), &jo(&["prod", "dev"]));
    house.run(mins(20));
    assert!(house.condition(&user_key("jo"), "Drifted").is_none(), "{}", house.describe());
    assert_eq!(notes(&house, &user_key("jo"), "Drifted"), [""; 0]);
    assert!(house.status(&user_key("jo"))["drift"].as_array().is_none_or(Vec::is_empty));
}

impl House {
    /// Applies it, and waits until what can be written of it is.
    fn ready_with_waits(&mut self, key: &ObjectRef, spec: &Value) {
        self.apply(key, spec);
        self.until(mins(10), "looked at", |house| {
            let object = house.object(key);
            object["status"]["observedGeneration"] == object["metadata"]["generation"]
        });
    }
}
