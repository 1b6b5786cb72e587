//! Death at every call and every write: no duplicate, no orphan, exactly one at the end.

use crate::deaths::{Scenario, dies_under};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use crate::support::notifications::{by_object, noted, notification, notifying};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

/// The published contract has none.
fn furnished(house: &mut House) {
    let lag = house.vendor().lag();
    *house = notifying(&["prod"]);
    house.vendor().set_lag(lag);
    house.run(secs(30));
}

fn kept(house: &mut House) {
    furnished(house);
    house.apply(&noted("n"), &notification("prod", "incidents"));
    house.until(mins(5), "ready", |house| house.ready(&noted("n")));
    house.run(mins(8));
}

/// A create that nobody heard of is sent again by a person's word, which stands ready.
const CREATE: Scenario<'static> = Scenario {
    begin: &furnished,
    act: &|house| house.apply(&noted("n"), &notification("prod", "incidents")),
    ended: &|house| {
        house.have_it_sent_again(&noted("n"));
        house.ready(&noted("n"))
    },
    check: &|house| house.assert_the_only_notification(&noted("n")),
};

const UPDATE: Scenario<'static> = Scenario {
    begin: &kept,
    act: &|house| {
        let edit = json!({"name": "renamed", "description": "what for", "subscriptions": null,
            "registeredUsers": [by_object("jo", &["email"])]});
        house.apply(&noted("n"), &with(notification("prod", "incidents"), edit));
    },
    ended: &|house| house.ready(&noted("n")),
    check: &|house| {
        house.assert_the_only_notification(&noted("n"));
        let now = house.notification();
        assert_eq!((now.name.as_deref(), now.registered_users.len()), (Some("renamed"), 1));
    },
};

const DELETE: Scenario<'static> = Scenario {
    begin: &kept,
    act: &|house| house.delete(&noted("n")),
    ended: &|house| !house.exists(&noted("n")),
    check: &|house| assert!(house.notifications().is_empty(), "{}", house.describe()),
};

#[test]
fn at_every_step_of_a_create() {
    dies_under(Contract::Production, &CREATE);
}

#[test]
fn at_every_step_of_an_update() {
    dies_under(Contract::Production, &UPDATE);
}

#[test]
fn at_every_step_of_a_deletion() {
    dies_under(Contract::Production, &DELETE);
}
