//! Death at every step: whatever was under way, the next process ends it without duplicate, orphan
//! or loss (rule 4; "kill −9 at every step of every kind").

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnish};
use crate::support::manifests::{access_policy, account, organization, policy_key, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

/// What the process was at when it died.
pub struct Scenario<'a> {
    /// Brings the house to where it begins.
    pub begin: &'a dyn Fn(&mut House),
    /// What somebody does then.
    pub act: &'a dyn Fn(&House),
    /// Whether it has come to its end.
    pub ended: &'a dyn Fn(&House) -> bool,
    /// What must hold then.
    pub check: &'a dyn Fn(&House),
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

const CREATE: Scenario<'static> = Scenario {
    begin: &|house| {
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &both("prod"));
        house.start();
    },
    act: &|_| {},
    ended: &|house| house.ready(&home("a")) && house.ready(&acme()),
    check: &|house| assert_eq!((house.named("prod").len(), house.living()), (1, 2)),
};

const RENAME: Scenario<'static> = Scenario {
    begin: &ready,
    act: &|house| house.apply(&home("a"), &both("renamed")),
    ended: &|house| house.ready(&home("a")),
    check: &|house| assert_eq!((house.named("renamed").len(), house.living()), (1, 2)),
};

const DELETE: Scenario<'static> = Scenario {
    begin: &ready,
    act: &|house| house.delete(&home("a")),
    ended: &|house| !house.exists(&home("a")),
    check: &|house| assert_eq!((house.named("prod").len(), house.living()), (0, 1)),
};

const DELETE_ALL: Scenario<'static> = Scenario {
    begin: &ready,
    act: &|house| {
        house.delete(&home("a"));
        house.delete(&acme());
    },
    ended: &|house| !house.exists(&home("a")) && !house.exists(&acme()),
    check: &|house| {
        assert_eq!((house.named("prod").len(), house.living()), (0, 1));
        assert!(house.way.cluster.secrets().values().all(|secret| secret.finalizers.is_empty()));
    },
};

/// Deletion of the organization itself: its token goes with it.
const DELETE_ORGANIZATION: Scenario<'static> = Scenario {
    begin: &|house| {
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&acme()));
        house.run(mins(3));
    },
    act: &|house| house.delete(&acme()),
    ended: &|house| !house.exists(&acme()),
    check: &|house| {
        assert_eq!(house.vendor().world().organizations().count(), 0);
        assert!(house.way.cluster.secrets().values().all(|secret| secret.finalizers.is_empty()));
    },
};

/// Adoption of an account that was there.
const ADOPT: Scenario<'static> = Scenario {
    begin: &|house| {
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let (now, lag) = (house.wall(), house.vendor().lag());
        house.vendor().world_mut().create_account(now, lag, organization, "prod");
        house.run(secs(30));
        (CREATE.begin)(house);
    },
    act: &|_| {},
    ended: &|house| house.ready(&home("a")) && house.ready(&acme()),
    check: &|house| {
        assert_eq!((house.named("prod").len(), house.living()), (1, 2));
        assert_eq!(house.status(&home("a"))["origin"], "Adopted");
        assert_eq!(house.vendor_writes(), 0);
    },
};

/// A machine user, whose token nobody can read again. Killed between the answer and its first store, nobody knows
/// whose the user is: it is asked about.
const CREATE_USER: Scenario<'static> = Scenario {
    begin: &furnished,
    act: &|house| house.apply(&ci(), &ci_spec()),
    ended: &|house| house.ready(&ci()) && house.users("ci").len() == 1 + house.leftovers().len(),
    check: &|house| house.assert_one_that_works_beside(1),
};

const DELETE_USER: Scenario<'static> = Scenario {
    begin: &with_ci,
    act: &|house| house.delete(&ci()),
    ended: &|house| !house.exists(&ci()),
    check: &|house| {
        assert!(house.users("ci").is_empty(), "{}", house.describe());
        assert!(house.token().is_none() && house.token_id().is_none(), "{}", house.describe());
    },
};

/// Another token: whenever it dies, the one in the Secret works.
const ROTATE: Scenario<'static> = Scenario {
    begin: &with_ci,
    act: &|house| house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"})),
    ended: &|house| {
        let token = house.token().expect("there is always one");
        assert!(house.whose(&token).is_some(), "{}", house.describe());
        assert!(house.users("ci").len() <= 2 + house.leftovers().len(), "{}", house.describe());
        house.status(&ci())["token"]["lastHandledRotateAt"] == "one"
    },
    check: &|house| house.assert_one_that_works_beside(1),
};

/// Deleted while the new user and the old one are both there.
const DELETE_ROTATING: Scenario<'static> = Scenario {
    begin: &|house| {
        with_ci(house);
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(10), "two", |house| {
            house.users("ci").len() == 2 && house.id(&ci()) == house.token_id()
        });
        house.run(mins(3));
    },
    ..DELETE_USER
};

fn furnished(house: &mut House) {
    *house = furnish(std::mem::replace(house, House::new(Contract::Production)));
}

fn with_ci(house: &mut House) {
    house.way.rotation_overlap = mins(5);
    furnished(house);
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "ci is ready", |house| house.ready(&ci()));
    house.run(mins(3));
}

/// A policy of both contracts, which another says more of.
fn policy(name: &str, action: &str) -> serde_json::Value {
    let said = json!([{"serviceId": "ocean", "actions": [action]}]);
    with(access_policy(name), json!({"permissions": said, "deletionPolicy": "Delete"}))
}

fn policies(house: &House, name: &str) -> usize {
    let now = house.wall();
    let mut vendor = house.vendor();
    vendor.carry_out_late(now);
    vendor.world().policies().filter(|(_, details)| details.name == name).count()
}

fn with_policy(house: &mut House) {
    ready(house);
    house.apply(&policy_key("p"), &policy("reader", "describe"));
    house.until(mins(5), "ready", |house| house.ready(&policy_key("p")));
    house.run(mins(3));
}

const CREATE_POLICY: Scenario<'static> = Scenario {
    begin: &ready,
    act: &|house| house.apply(&policy_key("p"), &policy("reader", "describe")),
    ended: &|house| house.ready(&policy_key("p")),
    check: &|house| assert_eq!(policies(house, "reader"), 1),
};

const EDIT_POLICY: Scenario<'static> = Scenario {
    begin: &with_policy,
    act: &|house| house.apply(&policy_key("p"), &policy("renamed", "create")),
    ended: &|house| house.ready(&policy_key("p")),
    check: &|house| assert_eq!((policies(house, "reader"), policies(house, "renamed")), (0, 1)),
};

const DELETE_POLICY: Scenario<'static> = Scenario {
    begin: &with_policy,
    act: &|house| house.delete(&policy_key("p")),
    ended: &|house| !house.exists(&policy_key("p")),
    check: &|house| assert_eq!(policies(house, "reader"), 0),
};

/// What the vendor may keep to.
pub const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// Kills the process at every step of the scenario, under each contract.
pub fn dies_everywhere(scenario: &Scenario<'_>) {
    for contract in BOTH {
        dies_under(contract, scenario);
    }
}

/// The same under one.
pub fn dies_under(contract: Contract, scenario: &Scenario<'_>) {
    for lag in [0, 10] {
        let house = || {
            let mut house = House::new(contract).with_lag(secs(lag));
            (scenario.begin)(&mut house);
            house
        };
        let steps = steps_of(scenario, house());
        assert!(steps >= 4, "a scenario has steps to die at");
        for step in 0..steps {
            for at_once in [false, true] {
                let mut house = house();
                house.dies_after(step);
                (scenario.act)(&house);
                house.until(mins(120), "dead", House::is_dead);
                if at_once {
                    house.restart_at_once();
                } else {
                    house.restart();
                }
                let text = format!("{contract:?} lag {lag} step {step} at once {at_once}");
                house.until(mins(120), &text, scenario.ended);
                house.run(mins(20));
                assert!((scenario.ended)(&house), "{text}\n{}", house.describe());
                (scenario.check)(&house);
            }
        }
    }
}

/// How many steps it has where nobody dies.
fn steps_of(scenario: &Scenario<'_>, mut house: House) -> usize {
    let before = house.passed();
    (scenario.act)(&house);
    house.until(mins(120), "ended", scenario.ended);
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

#[test]
fn at_every_step_of_the_creation_of_a_machine_user() {
    dies_everywhere(&CREATE_USER);
}

#[test]
fn at_every_step_of_the_deletion_of_a_machine_user() {
    dies_everywhere(&DELETE_USER);
}

#[test]
fn at_every_step_of_the_creation_of_a_policy() {
    dies_everywhere(&CREATE_POLICY);
}

#[test]
fn at_every_step_of_an_edit_of_a_policy() {
    dies_everywhere(&EDIT_POLICY);
}

#[test]
fn at_every_step_of_the_deletion_of_a_policy() {
    dies_everywhere(&DELETE_POLICY);
}

#[test]
fn at_every_step_of_a_rotation() {
    dies_everywhere(&ROTATE);
}

#[test]
fn at_every_step_of_a_deletion_during_a_rotation() {
    dies_everywhere(&DELETE_ROTATING);
}
