//! People: whoever logs in with an address, of which the vendor has one at most.

use super::{Stages, answered, confirm};
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{furnish, furnished};
use crate::support::manifests::{HOME, organization, person, user_key, with};
use crate::support::people::{organization_id, role};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, Grants, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const ADDRESS: &str = "jo@example.com";
const PASSWORD: &str = "Canary-of-a-first-password-1";

fn jo() -> ObjectRef {
    user_key("jo")
}

/// A person with a role, who stays when the object goes, unless it was created for it.
fn editor() -> Value {
    with(person("jo"), json!({"accounts": [role("prod", "Editor")]}))
}

fn mortal() -> Value {
    with(editor(), json!({"deletionPolicy": "Delete"}))
}

fn viewer() -> Value {
    with(mortal(), json!({"accounts": [role("prod", "Viewer")]}))
}

fn begun(contract: Contract, spec: &Value) -> House {
    let house = furnished(contract);
    house.administrator();
    house.apply(&jo(), spec);
    house
}

fn sent(contract: Contract, spec: &Value) -> House {
    let mut house = begun(contract, spec);
    house.stop_sent("POST");
    assert!(!house.status(&jo())["pendingCreate"].is_null(), "{}", house.describe());
    house
}

/// The program lives on, and has told that nobody knows.
fn unknown(contract: Contract, made: bool, spec: &Value) -> House {
    let mut house = furnished(contract);
    let kind = if made { FaultKind::ResetAfterEffect } else { FaultKind::ResetBeforeEffect };
    house.vendor().add_fault(Fault::once(&Method::POST, "/setup/user", kind));
    house.administrator();
    house.apply(&jo(), spec);
    house.until(mins(10), "unknown", |house| house.waits(&jo(), "OutcomeUnknown"));
    house
}

/// Its object is to be deleted while nobody knows.
fn open(made: bool, spec: &Value) -> House {
    let mut house = unknown(Contract::Production, made, spec);
    house.kill();
    house.delete(&jo());
    house
}

fn kept(contract: Contract, spec: &Value) -> House {
    let mut house = furnished(contract);
    house.administrator();
    house.ready_with(&jo(), spec);
    house.run(mins(6));
    house
}

/// Somebody who has the address, without a role.
fn invite(house: &House) -> String {
    house.by_hand(|console| console.create_user(organization_id(), UserDetails::person(ADDRESS)))
}

/// Somebody who was there before, and is to be taken over.
fn met(contract: Contract, spec: &Value) -> House {
    let mut house = furnished(contract);
    house.administrator();
    let id = invite(&house);
    house.run(mins(6));
    let by_id = spec["adopt"].is_object().then(|| json!({"adopt": {"id": id}}));
    house.apply(&jo(), &with(spec.clone(), by_id.unwrap_or_else(|| json!({}))));
    house
}

fn adopted(contract: Contract, spec: &Value) -> House {
    let mut house = met(contract, spec);
    house.until(mins(10), "ready", |house| house.ready(&jo()));
    house.run(mins(6));
    assert_eq!(house.status(&jo())["origin"], "Adopted");
    house
}

fn deleted(mut house: House) -> House {
    house.kill();
    house.delete(&jo());
    house
}

fn deletion_sent(mut house: House) -> House {
    house.delete(&jo());
    house.stop_sent("DELETE");
    assert!(house.exists(&jo()) && house.users_named(ADDRESS).is_empty(), "{}", house.describe());
    house
}

/// Somebody deleted the person.
fn gone() -> House {
    let mut house = kept(Contract::Production, &mortal());
    let id = house.id(&jo()).unwrap();
    house.by_hand(|console| console.delete_user(&id)).unwrap();
    house.until(mins(15), "asks", |house| house.stalled(&jo(), "ExternallyDeleted"));
    house
}

/// Three people are to go, of whom so many may within an hour.
fn guarded(an_hour: usize) -> House {
    let mut house = furnished(Contract::Production);
    house.administrator();
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": an_hour}})));
    let names = ["ann", "ben", "cy"];
    for name in names {
        house.apply(&user_key(name), &with(person(name), json!({"deletionPolicy": "Delete"})));
    }
    house.until(mins(5), "ready", |house| names.iter().all(|name| house.ready(&user_key(name))));
    house.run(mins(6));
    for name in names {
        house.delete(&user_key(name));
    }
    house.until(mins(10), "stopped", |house| {
        let waits = |name: &&&str| {
            let blocked = house.condition(&user_key(name), "DeletionBlocked");
            blocked.is_some_and(|(_, reason)| reason == "TooDestructive")
        };
        names.iter().filter(waits).count() == names.len() - an_hour
    });
    house.run(mins(1));
    house
}

fn creates(stages: &mut Stages) {
    let about = "OutcomeUnknown is told; the vendor has carried the create out.";
    stages.both("create-person-unknown-made", about, |contract| unknown(contract, true, &mortal()));
    let about = "OutcomeUnknown is told; the vendor has not carried the create out.";
    stages.both("create-person-unknown-not-made", about, |contract| unknown(contract, false, &mortal()));
    let about = "The vendor has carried the create out, and its lists do not show so for a while.";
    stages.one("create-person-sent-lists-lag", about, |contract| {
        let mut house = furnish(House::new(contract).with_lag(secs(30)));
        house.apply(&jo(), &mortal());
        house.stop_sent("POST");
        house
    });
    stages.one(
        "create-person-only-finalizer",
        "The finalizer is set, and no create was decided.",
        |contract| {
            let mut house = begun(contract, &mortal());
            house.until(mins(10), "held", |house| house.object(&jo())["metadata"]["finalizers"].is_array());
            house.kill();
            assert!(house.status(&jo())["pendingCreate"].is_null());
            house
        },
    );
    let about = "The vendor has carried a create out, and the manifest has another address since.";
    stages.one("create-person-renamed", about, |contract| {
        let house = sent(contract, &mortal());
        house.apply(&jo(), &with(mortal(), json!({"human": {"email": "joanna@example.com"}})));
        house
    });
    let about = "The intent is stored, nothing was sent, and somebody made the person in the console since.";
    stages.both("create-person-met", about, |contract| {
        let mut house = begun(contract, &mortal());
        house.stop_unsent(&jo());
        invite(&house);
        house
    });
    let about = "The vendor has carried out a create that may take nobody over.";
    stages.one("create-person-never-adopting-sent", about, |contract| {
        sent(contract, &with(mortal(), json!({"adopt": {"policy": "Never"}})))
    });
    let about = "The intent of a create with a first password is stored, and nothing was sent.";
    stages.one("create-person-with-a-password-unsent", about, |contract| {
        let password = json!({"human": {"passwordSecretRef": {"name": "first", "key": "password"}}});
        let mut house = begun(contract, &with(mortal(), password));
        house.way.cluster.put_secret(HOME, "first", "password", PASSWORD);
        house.stop_unsent(&jo());
        house
    });
    let about = "The person is created, and the roles are carried out without an answer.";
    stages.both("create-person-roles-sent", about, |contract| {
        let mut house = begun(contract, &mortal());
        house.until(mins(5), "created", |house| house.id(&jo()).is_some());
        if !house.ready(&jo()) {
            house.stop_written();
        }
        house
    });
}

fn adoptions(stages: &mut Stages) {
    stages.both("person-adopted", "Somebody who was there before is as declared.", |contract| {
        adopted(contract, &editor())
    });
    stages.one(
        "person-adopted-by-id",
        "Somebody whom the manifest names by id is as declared.",
        |contract| adopted(contract, &with(editor(), json!({"adopt": {}}))),
    );
    let about = "Somebody is to be taken over, and nobody has seen the object.";
    stages.one("person-adoption-asked", about, |contract| {
        let mut house = furnished(contract);
        house.administrator();
        invite(&house);
        house.run(mins(6));
        house.kill();
        house.apply(&jo(), &editor());
        house
    });
    let about = "Somebody is taken over; the first role is given, and nobody heard the answer.";
    stages.one("person-adoption-role-sent", about, |contract| {
        let mut house = met(contract, &editor());
        house.stop_written();
        house
    });
}

fn ends(stages: &mut Stages) {
    let about = "The object is to be deleted, and nobody has seen it.";
    stages.add("published-delete-person-asked", about, || deleted(kept(Contract::Published, &mortal())));
    let about = "The vendor has deleted it, and nobody heard the answer.";
    stages.add("published-delete-person-sent", about, || deletion_sent(kept(Contract::Published, &mortal())));
    stages.one(
        "delete-person-by-default-asked",
        "A person was created without a policy, and the object is to be deleted.",
        |contract| deleted(kept(contract, &editor())),
    );
    stages.one(
        "delete-person-adopted-asked",
        "The object of somebody taken over is to be deleted.",
        |contract| deleted(adopted(contract, &editor())),
    );
    stages.one(
        "delete-person-adopted-sent",
        "Somebody taken over is deleted as the manifest says; nobody heard the answer.",
        |contract| deletion_sent(adopted(contract, &mortal())),
    );
    let about = "A create of unknown outcome that was carried out; the object is to be deleted.";
    stages.add("delete-open-person-made", about, || open(true, &mortal()));
    let about = "A create of unknown outcome that was not carried out; the object is to be deleted.";
    stages.add("delete-open-person-not-made", about, || open(false, &mortal()));
}

fn edits(stages: &mut Stages) {
    stages.both("edit-person-asked", "Another role is declared, and nobody has seen it.", |contract| {
        let mut house = kept(contract, &mortal());
        house.kill();
        house.apply(&jo(), &viewer());
        house
    });
    stages.both(
        "edit-person-sent",
        "The first call for another role was sent, and nobody heard the answer.",
        |contract| {
            let mut house = kept(contract, &mortal());
            house.apply(&jo(), &viewer());
            house.stop_written();
            house
        },
    );
    stages.one("drift-person", "Somebody took a role away, and nobody has seen it.", |contract| {
        let mut house = kept(contract, &mortal());
        house.kill();
        let id = house.id(&jo()).unwrap();
        house.by_hand(|console| console.set_policies(&id, Grants::default()));
        house
    });
}

fn questions(stages: &mut Stages) {
    stages.one(
        "gone-person-asked",
        "A person was deleted by others: nobody makes them again unasked.",
        |_| gone(),
    );
    stages.one("gone-person-confirmed", "Somebody wants the person made again.", |_| {
        answered(gone(), &jo(), "Ready")
    });
    stages.one(
        "gone-person-confirmed-sent",
        "The person is made again, and nobody heard the answer.",
        |_| {
            let mut house = gone();
            let digest = house.digest(&jo(), "Ready");
            confirm(&house, &jo(), &digest);
            house.stop_sent("POST");
            house
        },
    );
    stages
        .one("guard-people-asked", "The deletions of three people wait for a confirmation.", |_| guarded(0));
    stages.one(
        "guard-people-spent",
        "Two deletions wait, as one person was deleted within the hour.",
        |_| guarded(1),
    );
    stages.minutes(10);
    stages.one("guard-people-confirmed", "Three deletions are confirmed, and none was sent.", |_| {
        answered(guarded(0), &acme(), "ConfirmationRequired")
    });
    stages.one("guard-people-confirmed-sent", "Of three that were confirmed one was carried out.", |_| {
        let mut house = guarded(0);
        let digest = house.digest(&acme(), "ConfirmationRequired");
        confirm(&house, &acme(), &digest);
        house.stop_sent("DELETE");
        house
    });
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    creates(stages);
    adoptions(stages);
    ends(stages);
    edits(stages);
    questions(stages);
}
