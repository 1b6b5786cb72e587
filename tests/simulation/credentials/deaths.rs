//! Death at every step: the next process ends with exactly what is declared, one object, and one external id.

use crate::support::credentials::{
    EXTERNAL_ID, OTHER_ROLE, aws, aws_without_role, azure, cloud, clouds, furnish, role,
};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

struct Scenario<'a> {
    contract: Contract,
    begin: &'a dyn Fn(&mut House),
    act: &'a dyn Fn(&House),
    ended: &'a dyn Fn(&House) -> bool,
    check: &'a dyn Fn(&House),
}

impl Scenario<'_> {
    fn house(&self, lag: u64) -> House {
        let mut house = House::new(self.contract).with_lag(secs(lag));
        furnish(&mut house);
        (self.begin)(&mut house);
        house
    }

    fn dies_everywhere(&self) {
        for lag in [0, 10] {
            let mut house = self.house(lag);
            let before = house.passed();
            (self.act)(&house);
            house.until(mins(120), "ended", |house| (self.ended)(house));
            house.run(secs(1));
            let steps = house.passed() - before;
            assert!(steps >= 4, "there are steps to die at");
            for step in 0..steps {
                for at_once in [false, true] {
                    let mut house = self.house(lag);
                    house.dies_after(step);
                    (self.act)(&house);
                    house.until(mins(120), "dead", House::is_dead);
                    if at_once {
                        house.restart_at_once();
                    } else {
                        house.restart();
                    }
                    let what = format!("{:?} lag {lag} step {step} at once {at_once}", self.contract);
                    house.until(mins(120), &what, |house| (self.ended)(house));
                    house.run(mins(20));
                    assert!((self.ended)(&house), "{what}\n{}", house.describe());
                    (self.check)(&house);
                }
            }
        }
    }
}

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

fn becomes(contract: Contract, begin: &dyn Fn(&mut House), spec: &Value) {
    Scenario {
        contract,
        begin,
        act: &|house| house.apply(&cloud(), spec),
        ended: &|house| house.ready(&cloud()),
        check: &|house| {
            house.assert_set(spec);
            assert_eq!(house.id(&cloud()), Some(house.prod()));
            assert!(house.status(&cloud())["pendingCreate"].is_null());
            assert!(house.status(&cloud())["externalId"].is_null());
        },
    }
    .dies_everywhere();
}

#[test]
fn at_every_step_of_setting_it() {
    for contract in BOTH {
        for (spec, _) in clouds() {
            becomes(contract, &|_| {}, &spec);
        }
    }
}

#[test]
fn at_every_step_of_an_edit() {
    for contract in BOTH {
        let begin = |house: &mut House| {
            let spec = with(azure(), json!({"azure": {"tenantId": "1a2b3c4d-0000-4000-8000-0000000000ff"}}));
            house.ready_with(&cloud(), &spec);
            house.run(mins(3));
        };
        becomes(contract, &begin, &azure());
    }
}

#[test]
fn at_every_step_of_taking_it_over() {
    let begin = |house: &mut House| {
        house.link(role(OTHER_ROLE));
        house.run(secs(30));
    };
    becomes(Contract::Production, &begin, &aws());
}

#[test]
fn at_every_step_from_the_external_id_to_the_role() {
    let begin = |house: &mut House| {
        house.apply(&cloud(), &aws_without_role());
        house.until(mins(2), "it waits", |house| house.waits(&cloud(), "WaitingForRole"));
        house.run(mins(3));
    };
    becomes(Contract::Production, &begin, &aws());
}

#[test]
fn at_every_step_of_asking_for_an_external_id() {
    Scenario {
        contract: Contract::Production,
        begin: &|_| {},
        act: &|house| house.apply(&cloud(), &aws_without_role()),
        ended: &|house| house.waits(&cloud(), "WaitingForRole"),
        check: &|house| {
            let known = house.details_of_prod().external_id.unwrap();
            assert_eq!(house.status(&cloud())["externalId"]["value"], known.id);
            assert_eq!(house.written(), [EXTERNAL_ID]);
        },
    }
    .dies_everywhere();
}

#[test]
fn at_every_step_of_its_deletion() {
    for contract in BOTH {
        Scenario {
            contract,
            begin: &|house| {
                house.ready_with(&cloud(), &aws());
                house.run(mins(3));
            },
            act: &|house| house.delete(&cloud()),
            ended: &|house| !house.exists(&cloud()),
            check: &|house| {
                house.assert_set(&aws());
                assert_eq!(house.written().len(), 1, "{:?}", house.written());
            },
        }
        .dies_everywhere();
    }
}
