//! A kind that the API server does not know (rule 14): it has no objects, so it holds nothing up. One that is not
//! known yet may have any.

use crate::support::house::{House, mins};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization, with};
use crate::support::watched::Definition;
use orgkeeper::api::spot::kinds;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

/// A house with an account and an organization that go with their objects, where it is so with event subscriptions.
fn house(subscriptions: Definition) -> House {
    let mut house = House::new(Contract::Production);
    house.way.unserved.insert(kinds::SUBSCRIPTION, subscriptions);
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.apply(&home("a"), &with(account("prod"), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.run(mins(6));
    house
}

fn blocked(house: &House) -> bool {
    [home("a"), acme()].iter().all(|key| {
        house.condition(key, "DeletionBlocked").is_some_and(|(_, why)| why == "HasDependents")
            && house.message(key, "DeletionBlocked").contains("abandon")
    })
}

#[test]
fn a_kind_that_is_not_defined_holds_up_no_deletion_and_no_count() {
    let mut house = house(Definition::Missing);
    assert!(!house.status(&acme())["counts"].is_null(), "{}", house.describe());
    house.delete(&home("a"));
    house.until(mins(2), "gone", |house| !house.exists(&home("a")));
    house.delete(&acme());
    house.until(mins(2), "gone", |house| !house.exists(&acme()));
    assert_eq!(house.vendor().world().organizations().count(), 0);
}

#[test]
pub fn a_kind_that_is_not_known_yet_may_hold_anything_and_abandon_lets_go() {
    let mut house = house(Definition::Unknown);
    house.delete(&home("a"));
    house.delete(&acme());
    house.run(mins(60));
    assert!(blocked(&house), "{}", house.describe());
    assert_eq!(house.calls("DELETE"), 0);
    for key in [home("a"), acme()] {
        house.annotate(&key, &json!({"orgkeeper.dev/abandon": "true"}));
    }
    house.until(mins(6), "let go", |house| !house.exists(&home("a")) && !house.exists(&acme()));
    assert_eq!((house.calls("DELETE"), house.living()), (0, 2));
}
