//! Organizations that were created and have a token of their own, with what is in them.

use super::{Stages, answered, confirm};
use crate::support::founding::to_create;
use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, person, user_key, with};
use crate::support::people::role;
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const SLACK: &str = "https://hooks.slack.com/services/T0/B0/first";
const OTHER: &str = "https://hooks.slack.com/services/T0/B0/second";

fn mortal(spec: Value) -> Value {
    with(spec, json!({"deletionPolicy": "Delete"}))
}

/// An account of which one value cannot be read back.
fn hooked() -> Value {
    let hook = json!([{"urlSecretRef": {"name": "slack", "key": "url"}}]);
    with(mortal(account("prod")), json!({"slackNotificationChannels": hook}))
}

fn editor() -> Value {
    with(mortal(person("jo")), json!({"accounts": [role("prod", "Editor")]}))
}

/// One that was created for its object, with an account, at rest.
fn founded(contract: Contract, spec: &Value) -> House {
    let mut house = House::with_a_parent(contract);
    house.way.cluster.put_secret(HOME, "slack", "url", SLACK);
    house.apply(&acme(), spec);
    house.start();
    house.until_founded();
    house.ready_with(&home("prod"), &hooked());
    house.run(mins(6));
    assert_eq!(house.status(&acme())["origin"], "Created");
    house
}

/// With a person, too.
fn company(contract: Contract) -> House {
    let mut house = founded(contract, &mortal(to_create()));
    house.ready_with(&user_key("jo"), &editor());
    house.run(mins(6));
    house
}

/// One whose create nobody heard of, and whose number a person wrote down.
fn named(contract: Contract) -> House {
    let mut house = House::struck_at_a_create(contract, FaultKind::ResetAfterEffect);
    house.until(mins(5), "unknown", |house| house.stalled(&acme(), "OutcomeUnknown"));
    let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
    house.apply(&acme(), &with(to_create(), json!({"organizationId": id.to_string()})));
    house.issue_token_of(id);
    house.until(mins(5), "ready", |house| house.ready(&acme()));
    house.ready_with(&home("prod"), &mortal(account("prod")));
    house.run(mins(6));
    assert_eq!(house.status(&acme())["origin"], "Adopted");
    house
}

/// One with nothing in it, which goes with its object.
fn empty(contract: Contract) -> House {
    let mut house = House::with_a_parent(contract);
    house.apply(&acme(), &mortal(to_create()));
    house.start();
    house.until_founded();
    house.run(mins(6));
    house
}

/// The deletion of the organization is sent, and no answer comes.
fn deletion_unknown(contract: Contract, kind: FaultKind) -> House {
    let mut house = empty(contract);
    house.vendor().add_fault(Fault {
        times: Some(1),
        method: Some(Method::DELETE.to_string()),
        ..Fault::always(kind)
    });
    house.delete(&acme());
    house.until(mins(10), "sent", |house| house.vendor().faults().is_empty());
    house.kill();
    assert!(!house.status(&acme())["deletionSentAt"].is_null(), "{}", house.describe());
    house
}

fn key(number: usize) -> ObjectRef {
    home(&format!("a{number}"))
}

/// Three accounts of it are to go, of which so many may within an hour.
fn guarded(contract: Contract, an_hour: usize) -> House {
    let guard = json!({"guard": {"maxDestructivePerHour": an_hour}});
    let mut house = founded(contract, &with(to_create(), guard));
    for number in 0..3 {
        house.ready_with(&key(number), &mortal(account(&format!("name-{number}"))));
    }
    house.run(mins(6));
    for number in 0..3 {
        house.delete(&key(number));
    }
    house.until(mins(5), "stopped", |house| {
        let waits = |number: &usize| {
            let blocked = house.condition(&key(*number), "DeletionBlocked");
            blocked.is_some_and(|(_, reason)| reason == "TooDestructive")
        };
        (0..3).filter(waits).count() == 3 - an_hour
    });
    house.run(mins(1));
    house
}

fn still(stages: &mut Stages) {
    let about = "An organization that was created, an account and a person in it are as declared.";
    stages.both("founded", about, company);
    let about = "An organization whose number a person wrote down, and an account, are as declared.";
    stages.both("founded-named", about, named);
    let about = "The number of a created organization is written down since.";
    stages.one("founded-number-written", about, |contract| {
        let mut house = company(contract);
        house.kill();
        let [id] = house.founded()[..] else { panic!("{}", house.describe()) };
        let number = json!({"organizationId": id.to_string()});
        house.apply(&acme(), &with(mortal(to_create()), number));
        house
    });
    let about = "The parent's token is gone, which nobody needs any more.";
    stages.one("founded-parent-gone", about, |contract| {
        let mut house = company(contract);
        house.kill();
        house.way.cluster.delete_secret(HOME, "parent-token");
        house
    });
    let about = "The Secret behind a value that cannot be read back has changed since.";
    stages.one("founded-fingerprints-secret-changed", about, |contract| {
        let mut house = company(contract);
        house.kill();
        house.way.cluster.put_secret(HOME, "slack", "url", OTHER);
        house
    });
}

fn creates(stages: &mut Stages) {
    let about = "The first account of a created organization: the intent is stored, nothing was sent.";
    stages.one("founded-create-account-unsent", about, |contract| {
        let mut house = founded(contract, &to_create());
        house.apply(&key(0), &mortal(account("new")));
        house.stop_unsent(&key(0));
        house
    });
    let about = "The vendor has made an account of a created organization, and nobody heard the answer.";
    stages.one("founded-create-account-sent", about, |contract| {
        let mut house = founded(contract, &to_create());
        house.apply(&key(0), &mortal(account("new")));
        house.stop_sent("POST");
        house
    });
    let about = "The vendor has made a person of a created organization, and nobody heard the answer.";
    stages.both("founded-create-person-sent", about, |contract| {
        let mut house = founded(contract, &to_create());
        house.apply(&user_key("jo"), &editor());
        house.stop_sent("POST");
        house
    });
}

fn ends(stages: &mut Stages) {
    let about = "An organization that was created is to stay when its object goes.";
    stages.one("delete-founded-by-default-asked", about, |contract| {
        let mut house = founded(contract, &to_create());
        house.kill();
        house.delete(&home("prod"));
        house.delete(&acme());
        house
    });
    let about = "An organization that was created, its account and its person are to go.";
    stages.both("delete-founded-asked", about, |contract| {
        let mut house = company(contract);
        house.kill();
        for key in [user_key("jo"), home("prod"), acme()] {
            house.delete(&key);
        }
        house
    });
    let about = "A created organization is deleted; nobody heard the answer.";
    stages.both("delete-founded-sent", about, |contract| {
        let mut house = empty(contract);
        house.delete(&acme());
        house.stop_sent("DELETE");
        assert!(!house.status(&acme())["deletionSentAt"].is_null());
        house
    });
    let about = "The deletion of a created organization is sent; the answer was lost, and it is gone.";
    stages.one("delete-founded-unknown-gone", about, |contract| {
        deletion_unknown(contract, FaultKind::ResetAfterEffect)
    });
    let about = "The deletion of a created organization is sent; the answer was lost, and it is there.";
    stages.one("delete-founded-unknown-there", about, |contract| {
        deletion_unknown(contract, FaultKind::ResetBeforeEffect)
    });
    let about = "The deletion of a created organization was answered with an error, and it is there.";
    stages.both("delete-founded-failed", about, |contract| {
        deletion_unknown(contract, FaultKind::ServerError { status: 503, effect: false })
    });
}

fn questions(stages: &mut Stages) {
    let about = "Three deletions within a created organization wait for a confirmation.";
    stages.one("guard-founded-asked", about, |contract| guarded(contract, 0));
    let about = "Two deletions within a created organization wait, as one was done within the hour.";
    stages.one("guard-founded-spent", about, |contract| guarded(contract, 1));
    stages.minutes(10);
    stages.one("guard-founded-confirmed", "Three deletions are confirmed, and none was sent.", |contract| {
        answered(guarded(contract, 0), &acme(), "ConfirmationRequired")
    });
    stages.one(
        "guard-founded-confirmed-sent",
        "Of three that were confirmed one was carried out.",
        |contract| {
            let mut house = guarded(contract, 0);
            let digest = house.digest(&acme(), "ConfirmationRequired");
            confirm(&house, &acme(), &digest);
            house.stop_sent("DELETE");
            house
        },
    );
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    still(stages);
    creates(stages);
    ends(stages);
    questions(stages);
}
