//! Questions that only a person answers: open, answered, half done.

use super::{Stages, answered, confirm};
use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::machines::furnished;
use crate::support::manifests::{HOME, account, organization, user_key, with};
use crate::support::people::organization_id;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{ADMIN, Contract, Grants, UserDetails};
use serde_json::{Value, json};

fn deleting(number: usize) -> Value {
    with(account(&format!("name-{number}")), json!({"deletionPolicy": "Delete"}))
}

fn key(number: usize) -> ObjectRef {
    home(&format!("a{number}"))
}

/// So many accounts at rest, of which so many may go within an hour.
fn accounts(contract: Contract, count: usize, an_hour: usize) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": an_hour}})));
    for number in 0..count {
        house.apply(&key(number), &deleting(number));
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..count).all(|number| house.ready(&key(number))));
    house.run(mins(6));
    house
}

fn waiting(house: &House, count: usize) -> usize {
    let waits = |number: &usize| {
        let blocked = house.condition(&key(*number), "DeletionBlocked");
        blocked.is_some_and(|(_, reason)| reason == "TooDestructive")
    };
    (0..count).filter(waits).count()
}

/// Accounts of which one may go within an hour, and three are to.
fn guarded(contract: Contract, an_hour: usize) -> House {
    let mut house = accounts(contract, 4, an_hour);
    for number in 0..3 {
        house.delete(&key(number));
    }
    house.until(mins(5), "stopped", |house| waiting(house, 4) == 3 - an_hour);
    house.run(mins(1));
    house
}

/// Half of the accounts that stood for something are gone.
fn shrunk(contract: Contract) -> House {
    let mut house = accounts(contract, 10, 4);
    for number in 0..5 {
        let (now, lag) = (house.wall(), house.vendor().lag());
        let ids = house.named(&format!("name-{number}"));
        house.vendor().world_mut().delete_account(now, lag, &ids[0]).unwrap();
    }
    house.until(mins(10), "asks", |house| house.condition(&acme(), "InventoryShrank").is_some());
    house.run(mins(1));
    house
}

/// One account is gone for good.
fn gone(contract: Contract) -> House {
    let mut house = accounts(contract, 2, 4);
    let (now, lag) = (house.wall(), house.vendor().lag());
    let ids = house.named("name-0");
    house.vendor().world_mut().delete_account(now, lag, &ids[0]).unwrap();
    house.until(mins(10), "asks", |house| house.stalled(&key(0), "ExternallyDeleted"));
    house
}

fn jo() -> ObjectRef {
    user_key("jo")
}

fn administrator(policies: &Value) -> Value {
    json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "human": {"email": "jo@example.com"},
        "policies": policies,
        "deletionPolicy": "Delete",
    })
}

/// The last administrator besides the operator itself is to go.
fn locked_out(contract: Contract, deleted: bool) -> House {
    const TOKEN: &str = "token-of-a-machine";
    let mut house = House::new(contract);
    house.apply(&acme(), &organization());
    let person = house.vendor().world().oldest_organization().unwrap().administrator.clone();
    let now = house.wall();
    let machine = house.by_hand(|console| {
        let grants = Grants::of(ADMIN, &[]);
        let machine = UserDetails { grants: grants.clone(), ..UserDetails::machine("orgkeeper") };
        let machine = console.create_user(organization_id(), machine);
        console.set_policies(&person, Grants::default());
        console
            .create_user(organization_id(), UserDetails { grants, ..UserDetails::person("jo@example.com") });
        machine
    });
    house
        .vendor()
        .world_mut()
        .issue_user_token(now, &machine, "of the operator", Some(TOKEN.into()))
        .unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.apply(&jo(), &administrator(&json!([{"policyName": "Admin"}])));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&acme()) && house.ready(&jo()));
    house.run(mins(10));
    if deleted {
        house.delete(&jo());
    } else {
        house.apply(&jo(), &administrator(&json!([])));
    }
    house.until(mins(15), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
    house
}

/// Those stages.
pub(super) fn add(stages: &mut Stages) {
    stages.one("guard-asked", "Three deletions wait for a confirmation.", |contract| guarded(contract, 0));
    let about = "Two deletions wait for a confirmation, as one was done within the hour.";
    stages.one("guard-spent", about, |contract| guarded(contract, 1));
    stages.minutes(10);
    stages.one("guard-spent-an-hour", "The same, until the hours are over.", |contract| guarded(contract, 1));
    stages.minutes(150);
    stages.both("guard-confirmed", "Three deletions are confirmed, and none was sent.", |contract| {
        answered(guarded(contract, 0), &acme(), "ConfirmationRequired")
    });
    stages.one("guard-confirmed-sent", "Of three that were confirmed one was carried out.", |contract| {
        let mut house = guarded(contract, 0);
        let digest = house.digest(&acme(), "ConfirmationRequired");
        confirm(&house, &acme(), &digest);
        house.stop_sent("DELETE");
        house
    });
    stages.one("shrunk-asked", "Half of an inventory is gone, and that is not believed.", shrunk);
    stages.one("shrunk-confirmed", "Half of an inventory is gone, and a person says so.", |contract| {
        answered(shrunk(contract), &acme(), "InventoryShrank")
    });
    stages.one("gone-asked", "An account was deleted by others: nobody makes it again unasked.", gone);
    stages.one("gone-confirmed", "A person wants it made again.", |contract| {
        answered(gone(contract), &key(0), "Ready")
    });
    stages.one("gone-confirmed-sent", "It is made again, and nobody heard the answer.", |contract| {
        let mut house = gone(contract);
        let digest = house.digest(&key(0), "Ready");
        confirm(&house, &key(0), &digest);
        house.stop_sent("POST");
        house
    });
    let about = "The last administrator would lose that; a person is asked.";
    stages.one("lock-out-asked", about, |contract| locked_out(contract, false));
    let about = "The last administrator would be deleted; a person is asked.";
    stages.one("lock-out-asked-deleting", about, |contract| locked_out(contract, true));
    stages.one("lock-out-confirmed", "A person has said yes, and nothing was sent.", |contract| {
        answered(locked_out(contract, false), &jo(), "Stalled")
    });
    stages.one(
        "lock-out-confirmed-sent",
        "What was confirmed is carried out; nobody heard the answer.",
        |contract| {
            let mut house = locked_out(contract, false);
            let digest = house.digest(&jo(), "Stalled");
            confirm(&house, &jo(), &digest);
            house.stop_written();
            house
        },
    );
    let about = "A word that answers no question stands at an account at rest.";
    stages.one("answer-to-nothing", about, |contract| {
        let mut house = furnished(contract);
        house.kill();
        confirm(&house, &home("prod"), "000000000000");
        house
    });
}
