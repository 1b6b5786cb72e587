//! What an object is in: it stays there, and is nowhere that no list shows (rules 1 and 3).

use crate::support::credentials::{OTHER_ROLE, ROLE, aws, cloud, role};
use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{account, with};
use crate::support::people::organization_id;
use crate::support::subscriptions::{ALL, HOOK, one_account, sub, subscribing, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A house with the accounts `prod` and `other`, and the manifests of what is in the first, made for them or
/// adopted.
fn house(contract: Contract, adopted: bool) -> (House, [(ObjectRef, Value); 2]) {
    let mut house = subscribing(House::new(contract), &["prod", "other"]);
    let prod = house.id(&home("prod")).unwrap();
    let other = house.id(&home("other")).unwrap();
    if adopted {
        house.subscribe_by_hand("prod", "sig-10", HOOK);
        house.by_hand(|console| assert!(console.set_credential(&prod, role(ROLE))));
    }
    let going = json!({"deletionPolicy": "Delete"});
    let inside = [(sub("s"), with(subscription("prod", "sig-10"), going)), (cloud(), aws())];
    for (key, spec) in &inside {
        house.ready_with(key, &with(spec.clone(), json!({"organizationRef": {"name": "acme"}})));
    }
    house.run(mins(8));
    house.by_hand(|console| {
        assert!(console.set_credential(&other, role(OTHER_ROLE)));
    });
    assert_ne!(prod, other);
    house.forget_requests();
    (house, inside)
}

/// Nothing is read of the other account, or written, whatever is asked; and the end needs a person.
#[track_caller]
fn assert_stuck(house: &mut House, inside: &[(ObjectRef, Value)], other: &str) {
    for (key, _) in inside {
        house.until(mins(15), "said", |house| house.stalled(key, "ParentChanged"));
    }
    house.forget_requests();
    house.apply(
        &sub("s"),
        &with(house.object(&sub("s"))["spec"].clone(), json!({"eventType": "GROUP_ROLL_FAILED"})),
    );
    house.apply(
        &cloud(),
        &with(house.object(&cloud())["spec"].clone(), json!({"aws": {"iamRole": OTHER_ROLE}})),
    );
    house.run(mins(20));
    for (key, _) in inside {
        assert!(house.stalled(key, "ParentChanged"), "{}", house.describe());
        assert!(house.message(key, "Stalled").contains(other), "{}", house.message(key, "Stalled"));
        house.delete(key);
    }
    house.run(mins(20));
    assert!(house.exists(&sub("s")), "{}", house.describe());
    assert!(house.message(&sub("s"), "DeletionBlocked").contains("abandon"), "{}", house.describe());
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    assert_eq!(house.subscribed().len(), 1);
    house.annotate(&sub("s"), &json!({"orgkeeper.dev/abandon": "true"}));
    house.until(mins(1), "let go", |house| !house.exists(&sub("s")) && !house.exists(&cloud()));
    assert_eq!((house.written(), house.subscribed().len()), (vec![], 1));
}

#[test]
pub fn an_account_object_that_comes_to_stand_for_another_account_takes_nothing_along() {
    for (contract, adopted) in BOTH.into_iter().flat_map(|contract| [(contract, false), (contract, true)]) {
        let (mut house, inside) = house(contract, adopted);
        let other = house.id(&home("other")).unwrap();
        for name in ["prod", "other"] {
            house.annotate(&home(name), &json!({"orgkeeper.dev/abandon": "true"}));
            house.delete(&home(name));
        }
        house.until(mins(1), "gone", |house| !house.exists(&home("prod")) && !house.exists(&home("other")));
        house.apply(
            &home("prod"),
            &with(account("other"), json!({"adopt": {"policy": "Required", "id": other}})),
        );
        house.until(mins(1), "adopted", |house| house.id(&home("prod")).as_ref() == Some(&other));
        assert_stuck(&mut house, &inside, &other);
    }
}

#[test]
fn a_manifest_that_names_another_account_than_its_status_is_believed_in_neither() {
    for (contract, adopted) in BOTH.into_iter().flat_map(|contract| [(contract, false), (contract, true)]) {
        let (mut house, inside) = house(contract, adopted);
        let other = house.id(&home("other")).unwrap();
        // As of a backup of another time: the API server lets nobody edit it.
        for (key, spec) in &inside {
            let elsewhere =
                json!({"accountRef": {"name": null, "id": other}, "organizationRef": {"name": "acme"}});
            house.apply(key, &with(spec.clone(), elsewhere));
        }
        assert_stuck(&mut house, &inside, &other);
    }
}

/// What the message says to do helps, also where the object is being deleted already.
#[test]
fn what_is_in_another_account_now_is_told_how_it_goes_and_goes_so() {
    for contract in BOTH {
        let (mut house, [(key, spec), _]) = house(contract, false);
        let other = house.id(&home("other")).unwrap();
        let elsewhere =
            json!({"accountRef": {"name": null, "id": other}, "organizationRef": {"name": "acme"}});
        house.apply(&key, &with(spec, elsewhere));
        house.until(mins(15), "said", |house| house.stalled(&key, "ParentChanged"));
        house.forget_requests();
        house.delete(&key);
        let way = "delete this one once its status.deletionPolicy is Orphan";
        house.until(mins(1), "waits", |house| house.message(&key, "DeletionBlocked").contains(way));
        house.apply(&key, &with(house.object(&key)["spec"].clone(), json!({"deletionPolicy": "Orphan"})));
        house.until(mins(1), "gone", |house| !house.exists(&key));
        assert_eq!((house.written(), house.subscribed().len()), (vec![], 1));
    }
}

#[test]
pub fn nothing_is_sent_about_an_id_that_is_in_no_list_of_accounts() {
    for contract in BOTH {
        let mut house = one_account(contract);
        house.run(mins(3));
        house.forget_requests();
        // The token may reach others.
        let nowhere =
            json!({"accountRef": {"name": null, "id": "act-00000000"}, "organizationRef": {"name": "acme"}});
        house.apply(&sub("s"), &with(subscription("prod", "sig-10"), nowhere));
        house.until(mins(5), "waits", |house| house.waits(&sub("s"), "DependencyNotReady"));
        let message = house.message(&sub("s"), "Ready");
        assert!(message.contains("act-00000000"), "{message}");
        house.run(mins(30));
        assert_eq!((house.written(), house.reads(ALL)), (vec![], 0), "{contract:?}\n{}", house.describe());
        house.delete(&sub("s"));
        house.until(mins(1), "gone", |house| !house.exists(&sub("s")));
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn an_account_that_was_made_a_moment_ago_is_found_by_its_id() {
    for contract in BOTH {
        let mut house = one_account(contract);
        house.run(mins(3));
        let id = house.by_hand(|console| console.create_account(organization_id(), "by hand"));
        house.vendor().world_mut().add_resource(&id, Some("sig-1"), "a group").unwrap();
        let there = json!({"accountRef": {"name": null, "id": id}, "organizationRef": {"name": "acme"}});
        house.apply(&sub("s"), &with(subscription("prod", "sig-1"), there));
        house.until(secs(20), "before the next resync", |house| house.ready(&sub("s")));
    }
}
