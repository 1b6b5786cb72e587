//! Statuses that somebody else wrote: a person, a tool that restores them, another controller. What identifies is put back
//! by the process that knows it, and what `kubectl get` shows is true.

mod waiting;

use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, with_ci};
use crate::support::manifests::{
    ORGANIZATION, access_policy, account, group, group_key, machine, organization, person, policy_key,
    user_key, with,
};
use crate::support::people::furnished;
use crate::support::subscriptions::{sub, subscribing, subscription};
use crate::unread::{WAYS, becomes_unread, kinds};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// Somebody writes into the object's status.
fn writes_status(house: &House, key: &ObjectRef, members: &Value) {
    house.way.cluster.edit(key, |object| {
        for (member, value) in members.as_object().unwrap() {
            object["status"][member] = value.clone();
        }
    });
}

/// How often it was told of the object that somebody else writes its status.
fn told(house: &House, key: &ObjectRef, what: &str) -> usize {
    let events = house.events(key);
    events.iter().filter(|event| event.reason == "StatusOverwritten" && event.note.contains(what)).count()
}

/// Of each kind one object, and what another one of it is.
fn pairs() -> Vec<(ObjectRef, Value, Value)> {
    vec![
        (home("a"), account("one"), account("two")),
        (user_key("p"), person("one"), person("two")),
        (user_key("m"), machine("one", "base"), machine("two", "base")),
        (group_key("g"), group("one"), group("two")),
        (policy_key("q"), access_policy("one"), access_policy("two")),
        (sub("s"), subscription("base", "sig-10"), subscription("base", "sig-20")),
    ]
}

#[test]
pub fn an_id_of_something_else_is_put_back_and_nothing_is_sent_for_it() {
    for (key, one, two) in pairs() {
        let mut house = subscribing(House::new(Contract::Production), &["base"]);
        let other = ObjectRef { name: "other".into(), ..key.clone() };
        house.apply(&key, &one);
        house.apply(&other, &with(two, json!({"deletionPolicy": "Orphan"})));
        house.until(mins(5), "ready", |house| house.ready(&key) && house.ready(&other));
        house.run(mins(2));
        let (id, foreign) = (house.id(&key).unwrap(), house.id(&other).unwrap());
        // It stays at the vendor, and nobody stands for it.
        house.delete(&other);
        house.until(mins(5), "gone", |house| !house.exists(&other));
        house.forget_requests();
        let before = house.status(&key);
        writes_status(&house, &key, &json!({"id": foreign}));
        house.until(secs(30), "put back", |house| house.id(&key).as_ref() == Some(&id));
        house.run(mins(20));
        assert_eq!(house.written(), [""; 0], "{key}\n{}", house.describe());
        assert_eq!(house.status(&key), before, "{key}\n{}", house.describe());
        assert_eq!(told(&house, &key, "status.id"), 1, "{key}\n{}", house.describe());
        // It is still kept, and is what is deleted with the object.
        house.apply(&key, &with(one.clone(), json!({"deletionPolicy": "Delete"})));
        house.run(mins(2));
        writes_status(&house, &key, &json!({"id": foreign}));
        house.delete(&key);
        house.until(mins(30), "gone", |house| !house.exists(&key));
        let vendor = house.vendor();
        let deleted = vendor.requests().entries().filter(|entry| entry.method == "DELETE");
        for entry in deleted {
            assert!(!entry.path.contains(&foreign), "{key}: {}", entry.path);
        }
    }
}

#[test]
fn the_organization_s_id_is_put_back() {
    for contract in BOTH {
        let mut house = furnished(contract, &["prod"]);
        house.run(mins(3));
        let before = house.status(&acme());
        writes_status(&house, &acme(), &json!({"id": "9999", "organizationId": "9999", "guard": null}));
        house.until(secs(30), "put back", |house| house.id(&acme()).as_deref() == Some(ORGANIZATION));
        house.run(mins(2));
        let now = house.status(&acme());
        for member in ["id", "organizationId", "origin", "guard"] {
            assert_eq!(now[member], before[member], "{member}\n{}", house.describe());
        }
        assert_eq!(told(&house, &acme(), "status.id"), 1, "{}", house.describe());
        assert!(house.ready(&acme()) && house.ready(&home("prod")), "{}", house.describe());
    }
}

/// As by `kubectl replace`, or by a backup that was taken without.
#[test]
fn a_status_that_was_emptied_is_put_back_whole() {
    for contract in BOTH {
        let mut house = with_ci(contract);
        house.run(mins(6));
        house.forget_requests();
        for key in [ci(), home("prod"), acme()] {
            let before = house.status(&key);
            for empty in [json!({}), Value::Null] {
                house.way.cluster.edit(&key, |object| object["status"] = empty.clone());
                house.until(secs(30), "put back", |house| house.id(&key).is_some());
                house.run(mins(3));
                let now = house.status(&key);
                let members = before.as_object().unwrap();
                let lacking: Vec<_> =
                    members.iter().filter(|(member, value)| now[*member] != **value).collect();
                assert!(lacking.iter().all(|(member, _)| *member == "tallies"), "{key} {lacking:?}\n{now}");
            }
        }
        assert_eq!(house.written(), [""; 0], "{}", house.describe());
        house.assert_one_that_works();
    }
}

/// Whatever else is owed to what happened: the intent of a create, the old user of a rotation.
#[test]
fn an_intent_that_somebody_wrote_or_took_away_is_as_it_was() {
    let mut house = with_ci(Contract::Production);
    house.run(mins(6));
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(30), "switched", |house| !house.status(&ci())["token"]["rotation"]["oldId"].is_null());
    house.run(mins(2));
    let rotation = house.status(&ci())["token"]["rotation"].clone();
    house.way.cluster.edit(&ci(), |object| object["status"]["token"]["rotation"] = Value::Null);
    house.until(secs(30), "put back", |house| house.status(&ci())["token"]["rotation"] == rotation);
    let found = json!({"found": [house.id(&home("prod")).unwrap()], "superseded": "act-00000000"});
    writes_status(&house, &home("prod"), &found);
    house.until(secs(30), "put back", |house| house.status(&home("prod"))["superseded"].is_null());
    assert!(house.status(&home("prod"))["found"].is_null(), "{}", house.describe());
    house.until(mins(120), "rotated", |house| house.status(&ci())["token"]["lastHandledRotateAt"] == "one");
    house.run(mins(90));
    house.assert_one_that_works();
}

/// A watch that is late may still tell what a predecessor wrote last: that is no stranger's word.
#[test]
fn of_what_it_never_wrote_itself_a_process_puts_nothing_back() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    house.run(mins(6));
    house.restart();
    house.run(mins(6));
    let handled = json!({"lastHandledReconcileAt": "2023-11-14T22:33:44Z"});
    for key in [home("prod"), acme()] {
        writes_status(&house, &key, &handled);
        house.run(mins(10));
        let status = house.status(&key);
        assert_eq!(
            status["lastHandledReconcileAt"],
            handled["lastHandledReconcileAt"],
            "{}",
            house.describe()
        );
        assert_eq!(told(&house, &key, "status."), 0, "{}", house.describe());
    }
}

/// A successor would believe what stands there.
#[test]
fn what_is_left_as_somebody_else_writes_it_is_put_back_by_the_process_that_ends() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    house.way.unkind.relent();
    let (key, id) = (home("prod"), house.id(&home("prod")));
    house.apply(&key, &with(account("prod"), json!({"deletionPolicy": "Delete"})));
    house.run(mins(2));
    for _ in 0..12 {
        writes_status(&house, &key, &json!({"id": "act-00000000"}));
        house.run(secs(20));
    }
    assert_ne!(house.id(&key), id, "it stays as the other one writes it");
    house.processes.last_mut().unwrap().stop();
    house.until(secs(30), "put back", |house| house.id(&key) == id);
}

/// Nobody remembers what stood there: the id is another object's, which has it by the same right.
#[test]
pub fn an_id_that_two_objects_hold_at_a_start_is_believed_of_neither() {
    for (key, one, two) in pairs() {
        let mut house = subscribing(House::new(Contract::Production), &["base"]);
        let other = ObjectRef { name: "other".into(), ..key.clone() };
        house.apply(&key, &with(one.clone(), json!({"deletionPolicy": "Delete"})));
        house.apply(&other, &two);
        house.until(mins(5), "ready", |house| house.ready(&key) && house.ready(&other));
        house.run(mins(6));
        let (id, foreign) = (house.id(&key).unwrap(), house.id(&other).unwrap());
        house.kill();
        writes_status(&house, &key, &json!({"id": foreign}));
        house.forget_requests();
        house.start();
        let conflict = |house: &House, key| house.stalled(key, "ManagementConflict");
        house.until(mins(15), "in conflict", |house| conflict(house, &key) && conflict(house, &other));
        house.run(mins(20));
        assert_eq!(house.written(), [""; 0], "{key}\n{}", house.describe());
        // Whichever goes leaves both, and the other one is kept again.
        house.delete(&key);
        house.until(mins(15), "gone", |house| !house.exists(&key));
        house.until(mins(15), "kept", |house| house.ready(&other));
        assert_eq!(house.id(&other), Some(foreign), "{key}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{key}\n{}", house.describe());
        let made_anew = key == user_key("m");
        house.apply(&key, &one);
        house.until(mins(15), "taken over", |house| house.id(&key).is_some_and(|now| made_anew || now == id));
    }
}

/// Nobody remembers what stood there, and an address is one person's for ever.
#[test]
pub fn an_id_of_another_person_at_a_start_is_not_believed() {
    for contract in BOTH {
        for deletes in [false, true] {
            let mut house = furnished(contract, &["prod"]);
            let (jo, al) = (user_key("jo"), user_key("al"));
            house.apply(&jo, &with(person("jo"), json!({"deletionPolicy": "Delete"})));
            house.apply(&al, &with(person("al"), json!({"deletionPolicy": "Orphan"})));
            house.until(mins(10), "made", |house| house.ready(&jo) && house.ready(&al));
            house.run(mins(6));
            let (id, foreign) = (house.id(&jo).unwrap(), house.id(&al).unwrap());
            house.delete(&al);
            house.until(mins(10), "let go", |house| !house.exists(&al));
            house.run(mins(2));
            house.kill();
            writes_status(&house, &jo, &json!({"id": foreign}));
            house.forget_requests();
            house.start();
            if !deletes {
                house.until(mins(15), "not believed", |house| house.stalled(&jo, "AdoptIdMismatch"));
                house.run(mins(30));
                assert!(house.stalled(&jo, "AdoptIdMismatch"), "{}", house.describe());
            }
            assert_eq!(house.written(), [""; 0], "{}", house.describe());
            house.delete(&jo);
            house.until(mins(15), "let go", |house| !house.exists(&jo));
            assert_eq!(house.written(), [""; 0], "{}", house.describe());
            house.apply(&jo, &person("jo"));
            house.until(mins(15), "taken over", |house| house.id(&jo).as_ref() == Some(&id));
        }
    }
}

/// The status of an object is written over every five seconds.
fn stamped(house: &mut House, key: &ObjectRef, span: u64, members: &Value) -> usize {
    let before = house.writes(key);
    for _ in 0..span / 5 {
        writes_status(house, key, members);
        house.run(secs(5));
    }
    house.writes(key) - before
}

#[test]
pub fn a_status_that_is_written_over_each_time_is_not_put_back_for_ever_and_that_is_said() {
    let words = json!({"message": "Mine.", "state": "Blocked"});
    let identity = json!({"id": "act-00000000"});
    for (key, members) in
        [(home("prod"), &words), (home("prod"), &identity), (acme(), &words), (acme(), &identity)]
    {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.run(mins(6));
        house.forget_requests();
        let id = house.id(&key).unwrap();
        let writes = stamped(&mut house, &key, 3_500, members);
        assert!((1..=9).contains(&writes), "{key}: {writes}\n{}", house.describe());
        assert_eq!(told(&house, &key, "again and again"), 1, "{key}\n{}", house.describe());
        assert_eq!(house.vendor_writes(), 0, "{key}\n{}", house.describe());
        let member = members.as_object().unwrap().keys().next().unwrap();
        assert_eq!(house.status(&key)[member], members[member], "it stays as the other one writes it");
        // What the process knows is what counts: it is kept all the same.
        house.apply(&home("prod"), &account("edited"));
        writes_status(&house, &key, members);
        house.until(mins(20), "edited", |house| house.named("edited").len() == 1);
        // Once the other one stops.
        house.until(mins(80), "put back", |house| {
            house.ready(&key)
                && house.id(&key).as_ref() == Some(&id)
                && house.status(&key)["message"] != "Mine."
        });
    }
}

#[test]
pub fn what_is_written_while_an_object_is_suspended_is_put_back() {
    let mut house = furnished(Contract::Production, &["prod"]);
    for key in [home("prod"), acme()] {
        let suspended = if key == acme() { organization() } else { account("prod") };
        house.apply(&key, &with(suspended, json!({"suspend": true})));
        house.until(mins(3), "suspended", |house| house.status(&key)["state"] == "Suspended");
        house.run(mins(2));
        let before = house.status(&key);
        house.way.cluster.edit(&key, |object| {
            let conditions = object["status"]["conditions"].as_array_mut().unwrap();
            conditions.retain(|condition| condition["type"] == "Ready");
            conditions[0]["status"] = json!("False");
            conditions[0]["message"] = json!("All is lost.");
            object["status"]["state"] = json!("Blocked");
        });
        house.until(secs(30), "put back", |house| house.status(&key) == before);
    }
}

/// A condition of a type of its own is anybody's to write.
#[test]
fn a_condition_that_another_controller_keeps_beside_ours_stays() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.run(mins(6));
    for key in [home("prod"), acme()] {
        let theirs = json!({
            "type": "Scanned", "status": "True", "reason": "Scanned", "message": "Nothing was found.",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        });
        house.way.cluster.edit(&key, |object| {
            object["status"]["conditions"].as_array_mut().unwrap().insert(0, theirs.clone());
        });
        house.run(mins(10));
        writes_status(&house, &key, &json!({"id": "act-00000000"}));
        house.until(secs(30), "put back", |house| house.id(&key).as_deref() != Some("act-00000000"));
        house.run(mins(10));
        let conditions = house.status(&key)["conditions"].clone();
        assert!(conditions.as_array().unwrap().contains(&theirs), "{conditions}");
        assert_eq!(told(&house, &key, "status."), 1, "{}", house.describe());
    }
}

/// A write of the status was not answered, and nothing is written afterwards that would be.
#[test]
fn what_somebody_writes_after_a_write_that_was_not_answered_is_seen() {
    for fault in [PatchFault::After, PatchFault::Before] {
        for key in [home("prod"), acme()] {
            let mut house = furnished(Contract::Production, &["prod"]);
            house.way.unkind.relent();
            house.run(mins(6));
            // What is shown before its answer is not asked for again.
            house.way.patch_faults.add(0, fault);
            let spec = if key == acme() { organization() } else { account("prod") };
            house.apply(&key, &with(spec, json!({"suspend": true})));
            house.until(mins(3), "struck", |house| !house.way.patch_faults.is_pending());
            house.run(mins(10));
            let before = house.status(&key);
            writes_status(&house, &key, &json!({"message": "Mine."}));
            house.until(secs(60), "put right", |house| house.status(&key)["message"] == before["message"]);
        }
    }
}

#[test]
pub fn what_cannot_be_read_says_so() {
    let mut all = kinds();
    all.push((acme(), organization()));
    for way in WAYS {
        for (key, spec) in &all {
            let mut house = if *key == acme() {
                subscribing(House::new(Contract::Production), &["base"])
            } else {
                crate::unread::house(key, spec)
            };
            let (id, before) = (house.id(key), house.status(key));
            becomes_unread(&mut house, way, key, spec);
            let says = |house: &House| {
                let status = house.status(key);
                house.stalled(key, "ManifestUnreadable")
                    && status["state"] == "Blocked"
                    && status["reason"] == "ManifestUnreadable"
                    && status["message"].as_str().unwrap().contains("OfATimeToCome")
            };
            house.until(mins(5), &format!("{way} {key}: it says so"), says);
            assert_eq!(house.id(key), id);
            assert_eq!(
                house.status(key)["observedGeneration"],
                before["observedGeneration"],
                "nothing of it was done"
            );
            // Once.
            let writes = house.writes(key);
            house.run(mins(30));
            assert_eq!(house.writes(key), writes, "{way} {key}\n{}", house.describe());
            assert!(says(&house));
            house.apply(key, spec);
            house.until(mins(10), &format!("{way} {key}: it is as before"), |house| {
                house.ready(key) && house.status(key)["state"] == before["state"]
            });
        }
    }
}
