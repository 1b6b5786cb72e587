//! Organizations that are to be created: one create each, which only a person may have repeated.

use super::{Stages, answered, confirm};
use crate::support::founding::{NEW_TOKEN, to_create};
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::manifests::{HOME, TOKEN, organization_key, with};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

fn mortal() -> Value {
    with(to_create(), json!({"deletionPolicy": "Delete"}))
}

fn begun(contract: Contract, spec: &Value) -> House {
    let mut house = House::with_a_parent(contract);
    house.apply(&acme(), spec);
    house.start();
    house
}

/// The object is Stalled, and asks a person.
fn unknown(contract: Contract, made: bool) -> House {
    let kind = if made { FaultKind::ResetAfterEffect } else { FaultKind::ResetBeforeEffect };
    let mut house = House::struck_at_a_create(contract, kind);
    house.until(mins(5), "unknown", |house| house.stalled(&acme(), "OutcomeUnknown"));
    house
}

/// It is created, and nobody has made a token of it.
fn created(contract: Contract, spec: &Value) -> House {
    let mut house = begun(contract, spec);
    house.until(mins(10), "created", |house| {
        house.id(&acme()).is_some() && house.waits(&acme(), "SecretNotFound")
    });
    house
}

/// Its number, as the manifest says it.
fn number(house: &House) -> Value {
    let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
    json!({"organizationId": id.to_string()})
}

/// A person makes its token while no program runs.
fn with_its_token(mut house: House) -> House {
    house.kill();
    let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
    house.issue_token_of(id);
    house
}

fn deleted(mut house: House, spec: &Value) -> House {
    house.kill();
    house.apply(&acme(), spec);
    house.delete(&acme());
    house
}

fn answers(stages: &mut Stages) {
    let about = "OutcomeUnknown is told; the vendor has carried the create out.";
    stages.add("published-create-organization-unknown-made", about, || unknown(Contract::Published, true));
    let about = "OutcomeUnknown is told; the vendor has not carried the create out.";
    stages
        .add("published-create-organization-unknown-not-made", about, || unknown(Contract::Published, false));
    let about = "Nobody knew whether it was created, and a person has written its number into the manifest.";
    stages.both("create-organization-named", about, |contract| {
        let mut house = unknown(contract, true);
        house.kill();
        house.apply(&acme(), &with(to_create(), number(&house)));
        house
    });
    let about = "The same, and its token is there.";
    stages.one("create-organization-named-token-there", about, |contract| {
        let house = with_its_token(unknown(contract, true));
        house.apply(&acme(), &with(to_create(), number(&house)));
        house
    });
    let about = "Nobody knew whether it was created; a person has its token in place and no number.";
    stages.one("create-organization-unknown-token-there", about, |contract| {
        with_its_token(unknown(contract, true))
    });
    let about = "It was not created, and a person has confirmed another attempt.";
    stages.both("create-organization-confirmed", about, |contract| {
        answered(unknown(contract, false), &acme(), "Stalled")
    });
    let about = "Another attempt was confirmed and carried out, and nobody heard the answer.";
    stages.both("create-organization-confirmed-sent", about, |contract| {
        let mut house = unknown(contract, false);
        let digest = house.digest(&acme(), "Stalled");
        confirm(&house, &acme(), &digest);
        house.stop_sent("POST");
        house
    });
    let about = "Another attempt is of unknown outcome, too, and the word for the first one stands there.";
    stages.one("create-organization-confirmed-unknown", about, |contract| {
        let mut house = unknown(contract, false);
        let digest = house.digest(&acme(), "Stalled");
        let lost = Fault::once(&Method::POST, "/setup/organization", FaultKind::ResetBeforeEffect);
        house.vendor().add_fault(lost);
        confirm(&house, &acme(), &digest);
        house.until(mins(5), "again", |house| house.foundings() == 2);
        house.until(mins(5), "told", |house| house.stalled(&acme(), "OutcomeUnknown"));
        house.run(mins(1));
        house
    });
    let about = "A word that answers no question stands at an organization of unknown outcome.";
    stages.one("create-organization-confirmed-otherwise", about, |contract| {
        let mut house = unknown(contract, false);
        house.kill();
        confirm(&house, &acme(), "000000000000");
        house
    });
}

fn creates(stages: &mut Stages) {
    let about = "The finalizer is set, and no create was decided.";
    stages.one("create-organization-only-finalizer", about, |contract| {
        let mut house = begun(contract, &to_create());
        house.until(mins(10), "held", |house| house.object(&acme())["metadata"]["finalizers"].is_array());
        house.kill();
        assert!(house.status(&acme())["pendingCreate"].is_null());
        house
    });
    let about = "The vendor has carried a create out, and the manifest has another name since.";
    stages.one("create-organization-renamed", about, |contract| {
        let mut house = begun(contract, &to_create());
        house.stop_sent("POST");
        house.apply(&acme(), &with(to_create(), json!({"create": {"name": "Emca"}})));
        house
    });
    let about = "The vendor has carried a create out, and a younger object would create the same.";
    stages.one("create-organization-twin", about, |contract| {
        let mut house = begun(contract, &to_create());
        house.stop_sent("POST");
        house.run(secs(5));
        let elsewhere = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
        house.apply(&organization_key("twin"), &with(to_create(), elsewhere));
        house
    });
    let about = "The Secret for its token holds one already: none is created, and that is told.";
    stages.one("create-organization-exists", about, |contract| {
        let mut house = House::with_a_parent(contract);
        house.way.cluster.put_secret(HOME, NEW_TOKEN, "token", TOKEN);
        house.apply(&acme(), &to_create());
        house.start();
        house.until(mins(15), "told", |house| house.stalled(&acme(), "OrganizationExists"));
        house
    });
    let about = "The vendor has refused the create, and takes it from now on.";
    stages.one("create-organization-refused", about, |contract| {
        let mut house = House::with_a_parent(contract);
        let refused = Fault::once(&Method::POST, "/setup/organization", FaultKind::Forbidden);
        house.vendor().add_fault(refused);
        house.apply(&acme(), &to_create());
        house.start();
        house.until(mins(5), "refused", |house| house.stalled(&acme(), "Forbidden"));
        house
    });
    stages.minutes(60);
    let about = "The organization is created; a person is to put its token into a Secret.";
    stages.add("published-create-organization-awaits-its-token", about, || {
        created(Contract::Published, &to_create())
    });
    let about = "The organization is created, and a person has put its token into the Secret.";
    stages.both("create-organization-token-there", about, |contract| {
        with_its_token(created(contract, &to_create()))
    });
    let about = "The organization is created, its number is written down, and the parent's token is gone.";
    stages.one("create-organization-parent-gone", about, |contract| {
        let mut house = created(contract, &to_create());
        house.kill();
        house.way.cluster.delete_secret(HOME, "parent-token");
        house.apply(&acme(), &with(to_create(), number(&house)));
        house
    });
}

fn ends(stages: &mut Stages) {
    let about = "It was created, never had a token of its own, and its object is to be deleted.";
    stages.one("delete-created-by-default-asked", about, |contract| {
        deleted(created(contract, &to_create()), &to_create())
    });
    let about = "The same, and the organization is to go with the object.";
    stages.one("delete-created-asked", about, |contract| deleted(created(contract, &mortal()), &mortal()));
    let about = "The same, and its token is there since.";
    stages.both("delete-created-token-there", about, |contract| {
        let mut house = created(contract, &mortal());
        house.delete(&acme());
        house.until(mins(5), "its token", |house| {
            house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, why)| why == "TokenNeeded")
        });
        with_its_token(house)
    });
    let about = "Nobody knows whether it was created; its object is to be deleted, and nothing with it.";
    stages.one("delete-open-organization-by-default", about, |contract| {
        deleted(unknown(contract, true), &to_create())
    });
    let about = "It was not created, nobody knows, and its object is to be deleted.";
    stages.one("delete-open-organization-not-made", about, |contract| {
        deleted(unknown(contract, false), &mortal())
    });
    let about = "Nobody knows whether it was created, and a person lets its object go.";
    stages.one("delete-open-organization-abandoned", about, |contract| {
        let house = deleted(unknown(contract, true), &mortal());
        house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
        house
    });
    let about = "Its object is to be deleted, and a person has said which one was created.";
    stages.one("delete-open-organization-named", about, |contract| {
        let house = unknown(contract, true);
        let spec = with(mortal(), number(&house));
        deleted(house, &spec)
    });
    let about = "The same, and its token is there.";
    stages.both("delete-open-organization-named-token-there", about, |contract| {
        let house = with_its_token(unknown(contract, true));
        let spec = with(mortal(), number(&house));
        deleted(house, &spec)
    });
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    creates(stages);
    answers(stages);
    ends(stages);
}
