//! An intent that took longer to store than a call may take is not followed by the call: whoever waits for the outcome
//! would count from a moment at which the call had not even begun (rule 4).

use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec};
use crate::support::manifests::{
    access_policy, account, group, group_key, machine, organization, person, policy_key, user_key,
};
use crate::support::subscriptions::{one_account_over, sub, subscription};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;
use std::time::Duration;

/// How long a call may take: less than the second after which what is held back is answered.
const CALL: Duration = Duration::from_millis(500);
/// From when an intent is stored until it is known that nothing follows it.
const ANSWERED: Duration = Duration::from_millis(1_200);

/// A house in which calls take less time than some writes to Kubernetes.
fn hurried(house: House) -> House {
    let mut house = house;
    house.way.call_timeout = CALL;
    house
}

/// Such a house with an organization and an account.
fn furnished() -> House {
    let mut house = hurried(House::new(Contract::Production));
    house.apply(&acme(), &organization());
    house.apply(&home("prod"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("prod")));
    house.run(mins(1));
    house
}

/// Runs until the intent is stored and its answer has come: nothing was sent. From then on patches are answered at once.
#[track_caller]
fn assert_not_sent(house: &mut House, key: &ObjectRef, intended: impl Fn(&House) -> bool) {
    let sent = house.vendor_writes();
    house.until(mins(2), "the intent is stored", intended);
    house.run(ANSWERED);
    assert_eq!(house.vendor_writes(), sent, "{key}\n{}", house.describe());
    house.way.patch_faults.clear();
}

#[test]
pub fn nothing_is_created_after_an_intent_that_took_too_long() {
    let kinds = [
        (home("a"), account("one")),
        (user_key("p"), person("one")),
        (user_key("m"), machine("one", "prod")),
        (group_key("g"), group("one")),
        (policy_key("q"), access_policy("one")),
    ];
    for (key, spec) in kinds {
        let mut house = furnished();
        house.hold_patches();
        house.apply(&key, &spec);
        assert_not_sent(&mut house, &key, |house| !house.status(&key)["pendingCreate"].is_null());
        house.until(mins(20), "it starts again", |house| house.ready(&key));
        house.run(secs(5));
        assert_eq!(house.reasons(&key).iter().filter(|reason| **reason == "Created").count(), 1);
    }
}

#[test]
fn nobody_is_created_for_another_token_after_an_intent_that_took_too_long() {
    let mut house = furnished();
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "ready", |house| house.ready(&ci()));
    house.run(mins(3));
    house.hold_patches();
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    assert_not_sent(&mut house, &ci(), |house| !house.status(&ci())["token"]["rotation"].is_null());
    house.until(mins(90), "over", |house| house.status(&ci())["token"]["lastHandledRotateAt"] == "one");
    house.assert_one_that_works();
}

#[test]
fn nothing_takes_the_place_of_another_after_an_intent_that_took_too_long() {
    let mut house = one_account_over(hurried(House::new(Contract::Production)));
    house.apply(&sub("s"), &subscription("prod", "sig-10"));
    house.until(mins(5), "ready", |house| house.ready(&sub("s")));
    house.run(mins(3));
    house.hold_patches();
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    assert_not_sent(&mut house, &sub("s"), |house| !house.status(&sub("s"))["pendingCreate"].is_null());
    house.until(mins(20), "it starts again", |house| house.ready(&sub("s")));
    house.run(mins(10));
    house.assert_the_only_one(&sub("s"), "sig-20");
}

#[test]
fn no_organization_is_created_after_an_intent_that_took_too_long() {
    let mut house = hurried(House::with_a_parent(Contract::Production));
    house.apply(&acme(), &to_create());
    house.hold_patches();
    house.start();
    assert_not_sent(&mut house, &acme(), |house| !house.status(&acme())["pendingCreate"].is_null());
    house.until_founded();
    assert_eq!(house.foundings(), 1, "{}", house.describe());
}
