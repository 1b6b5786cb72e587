//! Death at every step: whatever was under way, the next process ends it without duplicate, orphan
//! or loss (rule 4; "kill −9 at every step of every kind").

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use orgkeeper::sandbox::Contract;
use serde_json::json;

/// What the process was at when it died.
struct Scenario {
    /// Brings the house to where it begins.
    begin: fn(&mut House),
    /// What a person does then.
    act: fn(&House),
    /// Whether it has come to its end.
    ended: fn(&House) -> bool,
    /// What must hold then.
    check: fn(&House),
}

fn both(name: &str) -> serde_json::Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

fn ready(house: &mut House) {
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &both("prod"));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&home("a")) && house.ready(&acme()));
    house.run(mins(3));
}

const CREATE: Scenario = Scenario {
    begin: |house| {
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &both("prod"));
        house.start();
    },
    act: |_| {},
    ended: |house| house.ready(&home("a")) && house.ready(&acme()),
    check: |house| assert_eq!((house.named("prod").len(), house.living()), (1, 2)),
};

const RENAME: Scenario = Scenario {
    begin: ready,
    act: |house| house.apply(&home("a"), &both("renamed")),
    ended: |house| house.ready(&home("a")),
    check: |house| assert_eq!((house.named("renamed").len(), house.living()), (1, 2)),
};

const DELETE: Scenario = Scenario {
    begin: ready,
    act: |house| house.delete(&home("a")),
    ended: |house| !house.exists(&home("a")),
    check: |house| assert_eq!((house.named("prod").len(), house.living()), (0, 1)),
};

const DELETE_ALL: Scenario = Scenario {
    begin: ready,
    act: |house| {
        house.delete(&home("a"));
        house.delete(&acme());
    },
    ended: |house| !house.exists(&home("a")) && !house.exists(&acme()),
    check: |house| {
        assert_eq!((house.named("prod").len(), house.living()), (0, 1));
        assert!(house.way.cluster.secrets().values().all(|secret| secret.finalizers.is_empty()));
    },
};

/// Deletion of the organization itself: its token goes with it.
const DELETE_ORGANIZATION: Scenario = Scenario {
    begin: |house| {
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&acme()));
        house.run(mins(3));
    },
    act: |house| house.delete(&acme()),
    ended: |house| !house.exists(&acme()),
    check: |house| {
        assert_eq!(house.vendor().world().organizations().count(), 0);
        assert!(house.way.cluster.secrets().values().all(|secret| secret.finalizers.is_empty()));
    },
};

/// Adoption of an account that was there.
const ADOPT: Scenario = Scenario {
    begin: |house| {
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let (now, lag) = (house.wall(), house.vendor().lag());
        house.vendor().world_mut().create_account(now, lag, organization, "prod");
        house.run(secs(30));
        CREATE_BEGIN(house);
    },
    act: |_| {},
    ended: |house| house.ready(&home("a")) && house.ready(&acme()),
    check: |house| {
        assert_eq!((house.named("prod").len(), house.living()), (1, 2));
        assert_eq!(house.status(&home("a"))["origin"], "Adopted");
        assert_eq!(house.vendor_writes(), 0);
    },
};

const CREATE_BEGIN: fn(&mut House) = CREATE.begin;

fn dies_everywhere(scenario: &Scenario) {
    for contract in [Contract::Production, Contract::Published] {
        for lag in [0, 10] {
            for at_once in [false, true] {
                let steps = steps_of(scenario, contract, lag);
                assert!(steps >= 4, "a scenario has steps to die at");
                for step in 0..steps {
                    let mut house = House::new(contract).with_lag(secs(lag));
                    (scenario.begin)(&mut house);
                    house.dies_after(step);
                    (scenario.act)(&house);
                    house.until(mins(10), "dead", House::is_dead);
                    if at_once {
                        house.restart_at_once();
                    } else {
                        house.restart();
                    }
                    let text = format!("{contract:?} lag {lag} step {step} at once {at_once}");
                    house.until(mins(30), &text, scenario.ended);
                    house.run(mins(20));
                    assert!((scenario.ended)(&house), "{text}\n{}", house.describe());
                    (scenario.check)(&house);
                }
            }
        }
    }
}

fn steps_of(scenario: &Scenario, contract: Contract, lag: u64) -> usize {
    let mut house = House::new(contract).with_lag(secs(lag));
    (scenario.begin)(&mut house);
    let before = house.passed();
    (scenario.act)(&house);
    house.until(mins(10), "ended", scenario.ended);
    house.run(secs(1));
    (scenario.check)(&house);
    house.passed() - before
}

#[test]
fn at_every_step_of_a_create() {
    dies_everywhere(&CREATE);
}

#[test]
fn at_every_step_of_a_rename() {
    dies_everywhere(&RENAME);
}

#[test]
fn at_every_step_of_a_deletion() {
    dies_everywhere(&DELETE);
}

#[test]
fn at_every_step_of_a_deletion_of_everything() {
    dies_everywhere(&DELETE_ALL);
}

#[test]
fn at_every_step_of_the_deletion_of_an_organization() {
    dies_everywhere(&DELETE_ORGANIZATION);
}

#[test]
fn at_every_step_of_an_adoption() {
    dies_everywhere(&ADOPT);
}
