//! An object that is there and whose manifest cannot be read: it keeps what it has, nothing of it is enforced, and it
//! holds up what it held up (rule 14).

use crate::support::credentials::{aws, credential_key};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, person, policy_key, user_key, with,
};
use crate::support::unread::broken;
use orgkeeper::engine::seams::ObjectRef;
use orgkeeper::sandbox::Contract;
use serde_json::{Value, json};
use std::time::Duration;

/// How the object becomes known as one that cannot be read.
const WAYS: [&str; 3] = ["told", "listed anew", "never read"];

fn kinds() -> Vec<(ObjectRef, Value)> {
    vec![
        (home("a"), account("one")),
        (user_key("p"), person("one")),
        (user_key("m"), machine("one", "base")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
    ]
}

/// A house with an account and the object, which goes with its manifest.
fn house(key: &ObjectRef, spec: &Value) -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("base"), &account("base"));
    house.apply(key, spec);
    house.start();
    house.until(mins(5), "ready", |house| house.ready(key) && house.ready(&home("base")));
    house.run(mins(6));
    house
}

fn becomes_unread(house: &mut House, way: &str, key: &ObjectRef, spec: &Value) {
    if way == "listed anew" {
        // The watch is gone while the definition changes.
        house.watch_lag = mins(60);
    }
    house.apply(key, &broken(spec));
    match way {
        "listed anew" => {
            house.watch_lag = Duration::ZERO;
            house.processes.iter_mut().for_each(|process| process.watches.forget());
            house.relist();
        }
        "never read" => house.restart_at_once(),
        _ => {}
    }
    house.run(mins(2));
    house.forget_requests();
}

#[test]
pub fn what_cannot_be_read_keeps_its_claim_and_nothing_of_it_is_enforced() {
    for way in WAYS {
        for (key, spec) in kinds() {
            let spec = with(spec, json!({"deletionPolicy": "Delete"}));
            let mut house = house(&key, &spec);
            let id = house.id(&key).unwrap();
            becomes_unread(&mut house, way, &key, &spec);
            // Another one that asks for the same thing.
            let rival = ObjectRef { name: "rival".into(), ..key.clone() };
            house.apply(&rival, &spec);
            house
                .until(mins(3), &format!("{way} {key}"), |house| house.stalled(&rival, "ManagementConflict"));
            house.run(mins(30));
            assert!(house.stalled(&rival, "ManagementConflict"), "{way} {key}\n{}", house.describe());
            assert_eq!(house.vendor_writes(), 0, "{way} {key}\n{}", house.describe());
            // Its deletion waits for somebody who can read it.
            house.delete(&key);
            house.run(mins(30));
            assert_eq!((house.vendor_writes(), house.exists(&key)), (0, true), "{way} {key}");
            // Once it is gone, the claim is free.
            house.force_delete(&key);
            let free = |house: &House| !house.stalled(&rival, "ManagementConflict");
            house.until(mins(15), &format!("{way} {key}: free"), free);
            house.run(mins(5));
            if spec["programmatic"].is_null() {
                // Whose token nobody has is taken over by hand alone.
                assert_eq!(house.id(&rival), Some(id), "{way} {key}\n{}", house.describe());
            }
        }
    }
}

#[test]
fn what_cannot_be_read_holds_up_what_it_held_up() {
    for way in WAYS {
        for (key, spec) in kinds() {
            let mut house = house(&key, &spec);
            becomes_unread(&mut house, way, &key, &spec);
            house.force_delete(&home("base"));
            house.delete(&acme());
            house.run(mins(60));
            let blocked = house.condition(&acme(), "DeletionBlocked");
            assert_eq!(blocked.map(|(_, why)| why).as_deref(), Some("HasDependents"), "{way} {key}");
            house.force_delete(&key);
            house.until(mins(10), &format!("{way} {key}: let go"), |house| !house.exists(&acme()));
        }
    }
}

#[test]
pub fn an_account_waits_for_a_credential_that_cannot_be_read() {
    for way in WAYS {
        let (key, spec) = (credential_key("c"), with(aws(), json!({"accountRef": {"name": "base"}})));
        let mut house = house(&key, &spec);
        becomes_unread(&mut house, way, &key, &spec);
        house.apply(&home("base"), &with(account("base"), json!({"deletionPolicy": "Delete"})));
        house.run(secs(10));
        house.delete(&home("base"));
        house.run(mins(60));
        let blocked = house.condition(&home("base"), "DeletionBlocked");
        assert_eq!(
            blocked.map(|(_, why)| why).as_deref(),
            Some("HasDependents"),
            "{way}\n{}",
            house.describe()
        );
        assert_eq!(house.calls("DELETE"), 0);
        house.force_delete(&key);
        house.until(mins(10), &format!("{way}: goes on"), |house| !house.exists(&home("base")));
    }
}

#[test]
fn what_can_be_read_again_is_kept_again() {
    for way in WAYS {
        let (key, spec) = (home("a"), account("one"));
        let mut house = house(&key, &spec);
        becomes_unread(&mut house, way, &key, &spec);
        house.apply(&key, &account("two"));
        house.until(mins(2), way, |house| house.ready(&key) && house.named("two").len() == 1);
        assert!(house.named("one").is_empty());
    }
}

#[test]
pub fn below_an_organization_that_cannot_be_read_nothing_is_written_until_it_can() {
    for way in WAYS {
        let (key, spec) = (home("a"), account("one"));
        let mut house = house(&key, &spec);
        becomes_unread(&mut house, way, &acme(), &organization());
        house.apply(&key, &account("two"));
        house.run(mins(30));
        assert_eq!(house.vendor_writes(), 0, "{way}\n{}", house.describe());
        house.apply(&acme(), &organization());
        house.until(mins(5), way, |house| house.ready(&key) && house.named("two").len() == 1);
    }
}

#[test]
fn what_leads_nowhere_and_stands_for_nothing_holds_up_nobody() {
    let (key, spec) = (home("a"), account("one"));
    let mut house = house(&key, &spec);
    house.apply(&home("junk"), &json!({"managementPolicy": 7}));
    house.apply(&home("empty"), &broken(&account("two")));
    house.restart_at_once();
    house.force_delete(&home("a"));
    house.force_delete(&home("base"));
    house.run(mins(2));
    house.delete(&acme());
    house.until(mins(10), "gone", |house| !house.exists(&acme()));
}
