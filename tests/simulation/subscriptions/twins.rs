//! Two manifests of one subscription, where a Secret hides that.

use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, with};
use crate::support::subscriptions::{
    ALL, CREATE, HOOK, in_clear, one_account, sub, subscribing, subscription,
};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

/// The search for secrets at the end of a run would find what the manifest itself says.
fn unsaid(mut house: House) {
    house.kill();
    for name in ["a", "b", "s"] {
        if house.exists(&sub(name)) {
            house.apply(&sub(name), &hidden());
        }
    }
}

fn clear() -> Value {
    in_clear(subscription("prod", "sig-10"), HOOK)
}

fn hidden() -> Value {
    subscription("prod", "sig-10")
}

/// Another Secret that holds the same.
fn hidden_elsewhere() -> Value {
    with(subscription("prod", "sig-10"), json!({"endpointSecretRef": {"name": "same"}}))
}

#[test]
fn of_two_that_are_the_same_one_is_kept_whoever_comes_first_and_however_lists_lag() {
    for (first, second) in
        [(clear(), hidden()), (hidden(), clear()), (hidden(), hidden_elsewhere()), (hidden(), hidden())]
    {
        for lag in [0, 10] {
            for pause in [None, Some(0), Some(1), Some(5), Some(120)] {
                let mut house = subscribing(House::new(Contract::Production).with_lag(secs(lag)), &["prod"]);
                house.way.cluster.put_secret(HOME, "same", "url", &format!("{HOOK}\n"));
                house.run(mins(2));
                house.forget_requests();
                house.apply(&sub("a"), &first);
                pause.inspect(|pause| house.run(secs(*pause)));
                house.apply(&sub("b"), &second);
                house.until(mins(15), &format!("settled {lag} {pause:?}"), |house| {
                    let conflict = |name: &str| house.stalled(&sub(name), "ManagementConflict");
                    house.ready(&sub("a")) && conflict("b") || house.ready(&sub("b")) && conflict("a")
                });
                house.run(mins(40));
                assert_eq!(house.written(), [CREATE], "{lag} {pause:?}\n{}", house.describe());
                let (winner, loser) = if house.ready(&sub("a")) { ("a", "b") } else { ("b", "a") };
                let message = house.message(&sub(loser), "Stalled");
                assert!(message.contains(&format!("{HOME}/{winner}")), "{message}");
                // The loser's end touches nothing; when the winner goes, the loser takes its place.
                house.delete(&sub(loser));
                house.until(mins(2), "gone", |house| !house.exists(&sub(loser)));
                house.run(mins(2));
                house.assert_the_only_one(&sub(winner), "sig-10");
                unsaid(house);
            }
        }
    }
}

#[test]
pub fn while_the_outcome_of_the_first_is_unknown_the_second_waits() {
    for kind in [FaultKind::ResetAfterEffect, FaultKind::ResetBeforeEffect] {
        for restart in [false, true] {
            let mut house = one_account(Contract::Production);
            house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
            house.apply(&sub("a"), &hidden());
            house.until(secs(10), "unknown", |house| house.waits(&sub("a"), "OutcomeUnknown"));
            if restart {
                house.restart_at_once();
            }
            house.apply(&sub("b"), &clear());
            house.until(mins(30), "settled", |house| {
                house.ready(&sub("a")) && house.stalled(&sub("b"), "ManagementConflict")
            });
            house.run(mins(30));
            house.assert_the_only_one(&sub("a"), "sig-10");
            unsaid(house);
        }
    }
}

#[test]
fn both_may_not_take_over_the_one_that_is_there() {
    for pause in [None, Some(0), Some(5)] {
        let mut house = one_account(Contract::Production);
        house.subscribe_by_hand("prod", "sig-10", HOOK);
        house.forget_requests();
        house.apply(&sub("a"), &hidden());
        pause.inspect(|pause| house.run(secs(*pause)));
        house.apply(&sub("b"), &clear());
        house.until(mins(15), "settled", |house| {
            let conflict = |name: &str| house.stalled(&sub(name), "ManagementConflict");
            house.ready(&sub("a")) && conflict("b") || house.ready(&sub("b")) && conflict("a")
        });
        house.run(mins(30));
        assert_eq!((house.written(), house.subscribed().len()), (vec![], 1));
        assert!(house.id(&sub("a")).is_none() || house.id(&sub("b")).is_none(), "{}", house.describe());
        unsaid(house);
    }
}

#[test]
fn the_key_in_status_tells_nothing_of_the_endpoint() {
    let mut house = one_account(Contract::Production);
    house.vendor().add_fault(Fault::once(&Method::POST, ALL, FaultKind::ResetBeforeEffect));
    house.apply(&sub("s"), &hidden());
    house.until(secs(10), "pending", |house| !house.status(&sub("s"))["pendingCreate"].is_null());
    let first = house.status(&sub("s"))["pendingCreate"]["key"].as_str().unwrap().to_owned();
    assert!(!first.contains("hooks") && !first.contains("sig-10"), "{first}");
}
