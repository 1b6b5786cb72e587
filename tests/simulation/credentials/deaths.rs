//! Death at every step: the next process ends with exactly what is declared, one object, and one external id.

use crate::deaths::{BOTH, Scenario, dies_everywhere, dies_under};
use crate::support::credentials::{
    EXTERNAL_ID, OTHER_ROLE, aws, aws_without_role, azure, cloud, clouds, furnish, role,
};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

fn becomes(contract: Contract, begin: &dyn Fn(&mut House), spec: &Value) {
    let scenario = Scenario {
        begin: &|house| {
            furnish(house);
            begin(house);
        },
        act: &|house| house.apply(&cloud(), spec),
        ended: &|house| house.ready(&cloud()),
        check: &|house| {
            house.assert_set(spec);
            assert_eq!(house.id(&cloud()), Some(house.prod()));
            assert!(house.status(&cloud())["pendingCreate"].is_null());
            assert!(house.status(&cloud())["externalId"].is_null());
        },
    };
    dies_under(contract, &scenario);
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
    let scenario = Scenario {
        begin: &furnish,
        act: &|house| house.apply(&cloud(), &aws_without_role()),
        ended: &|house| house.waits(&cloud(), "WaitingForRole"),
        check: &|house| {
            let known = house.details_of_prod().external_id.unwrap();
            assert_eq!(house.status(&cloud())["externalId"]["value"], known.id);
            assert_eq!(house.written(), [EXTERNAL_ID]);
        },
    };
    dies_under(Contract::Production, &scenario);
}

#[test]
fn at_every_step_of_its_deletion() {
    dies_everywhere(&Scenario {
        begin: &|house| {
            furnish(house);
            house.ready_with(&cloud(), &aws());
            house.run(mins(3));
        },
        act: &|house| house.delete(&cloud()),
        ended: &|house| !house.exists(&cloud()),
        check: &|house| {
            house.assert_set(&aws());
            assert_eq!(house.written().len(), 1, "{:?}", house.written());
        },
    });
}
