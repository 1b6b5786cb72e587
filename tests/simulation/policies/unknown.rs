//! Actions that the vendor does not list are sent all the same, and that is said.

use super::{policy_of, reader};
use crate::support::house::{House, mins};
use crate::support::manifests::{access_policy, with};
use crate::support::network::{Failing, Scripted};
use crate::support::people::furnished;
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

fn allowing(action: &str) -> Value {
    let statements = json!([{"effect": "Allow", "actions": [action], "resources": ["*"]}]);
    with(access_policy("reader"), json!({"permissions": null, "statements": statements}))
}

#[test]
pub fn an_action_that_is_misspelt_is_told_with_those_that_are_near_it() {
    let mut house = furnished(Contract::Production, &[]);
    house.apply(&reader(), &allowing("elastigroup:creteGroup"));
    house.until(mins(20), "ready", |house| house.ready(&reader()));
    let told = |house: &House| {
        house.condition(&reader(), "Unrecognized").is_some_and(|(_, reason)| reason == "UnknownAction")
    };
    house.until(mins(20), "told", told);
    let message = house.message(&reader(), "Unrecognized");
    assert!(
        message.contains("no action elastigroup:creteGroup (perhaps elastigroup:createGroup): "),
        "{message}"
    );
    assert!(message.contains("elastigroup:createGroup"), "{message}");
    assert!(format!("{:?}", policy_of(&house, &reader())).contains("elastigroup:creteGroup"));
    house.apply(&reader(), &allowing("elastigroup:create*"));
    house.until(mins(20), "corrected", |house| house.ready(&reader()) && !told(house));
}

#[test]
fn where_the_list_of_actions_cannot_be_read_nothing_is_said_and_nothing_waits() {
    let mut house = furnished(Contract::Production, &[]);
    let failing = Scripted {
        method: Method::GET,
        path: "/setup/access/policyAction".to_owned(),
        failing: Failing::Answer(403, "{}"),
        times: 100_000,
    };
    house.way.vendors.scripted.borrow_mut().push(failing);
    house.apply(&reader(), &allowing("elastigroup:creteGroup"));
    house.until(mins(20), "ready", |house| house.ready(&reader()));
    house.run(mins(20));
    assert!(house.condition(&reader(), "Unrecognized").is_none(), "{}", house.describe());
}
