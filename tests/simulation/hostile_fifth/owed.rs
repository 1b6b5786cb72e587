//! What is owed to a Secret, where whose token it is goes before it is there (rule 5).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away};
use crate::support::machines::{ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{AWAY, account, organization, with};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

/// A rotation whose new user was made, while its token may be on its way into the Secret.
fn rotating(contract: Contract, policy: &str, refused: bool) -> (House, String, String) {
    let mut house = with_ci(contract);
    house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": policy})));
    house.run(mins(2));
    let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
    house.way.vendors.latency.set(secs(2));
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
    house.until(mins(5), "made", |house| house.users("ci").len() == 2);
    house.way.cluster.refuse_secrets(refused);
    house.run(secs(if refused { 20 } else { 1 }));
    (house, old, token)
}

/// The object is let go of before the switch: the new user is deleted, and the old one stays, with its token.
#[test]
fn whoever_stays_keeps_its_token_where_that_of_another_is_owed() {
    let mut lost = Vec::new();
    for contract in CONTRACTS {
        for refused in [false, true] {
            let (mut house, old, token) = rotating(contract, "Orphan", refused);
            house.delete(&ci());
            house.run(mins(5));
            let there = house.exists(&ci());
            let said = house.message(&ci(), "DeletionBlocked");
            house.way.cluster.refuse_secrets(false);
            house.run(mins(60));
            let held = house.token().unwrap();
            if house.whose(&held).is_none() {
                lost.push(format!(
                    "{contract:?}, refused {refused}: the Secret holds {} that works for nobody; users {:?}, old {old} works {:?}, \
                     there {there}: {said}",
                    if held == token { "the former token" } else { "a token" },
                    house.users("ci"),
                    house.whose(&token),
                ));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// The new user is deleted in the console while its token is owed.
#[test]
pub fn no_token_of_whoever_is_gone_takes_the_place_of_one_that_works() {
    let mut lost = Vec::new();
    for contract in CONTRACTS {
        for gone in [false, true] {
            let (mut house, old, token) = rotating(contract, "Delete", true);
            if gone {
                let new = house.users("ci").into_iter().find(|id| *id != old).unwrap();
                house.by_hand(|console| console.delete_user(&new).unwrap());
            }
            house.run(mins(10));
            house.way.cluster.refuse_secrets(false);
            house.run(mins(20));
            let held = house.token().unwrap();
            if house.whose(&held).is_none() && house.whose(&token).is_some() {
                lost.push(format!("{contract:?} {gone}: {}", house.message(&ci(), "Ready")));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// The user is deleted in the console while its token is owed to a Secret that is empty.
#[test]
pub fn no_secret_is_filled_with_the_token_of_whoever_is_gone() {
    for contract in CONTRACTS {
        for gone in [false, true] {
            let mut house = furnished(contract);
            house.way.vendors.latency.set(secs(2));
            house.apply(&ci(), &ci_spec());
            house.until(mins(10), "made", |house| house.users("ci").len() == 1);
            house.way.cluster.refuse_secrets(true);
            house.run(secs(20));
            let made = house.users("ci");
            if gone {
                house.by_hand(|console| console.delete_user(&made[0]).unwrap());
            }
            house.run(mins(20));
            house.way.cluster.refuse_secrets(false);
            house.run(mins(20));
            let held = house.token().and_then(|token| house.whose(&token));
            let expected = (!gone).then(|| made[0].clone());
            assert_eq!(
                (house.token().is_some(), held),
                (!gone, expected),
                "{contract:?}\n{}",
                house.describe()
            );
            if gone {
                let digest = house.digest(&ci(), "Stalled");
                house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
                house.until(mins(30), "made again", |house| house.ready(&ci()));
            }
            house.assert_one_that_works();
        }
    }
}

/// The object is to go with its users, the new one goes, and the old one waits for the guard. Then a person has it stay, as
/// the message says.
#[test]
fn whoever_is_to_stay_after_all_keeps_its_token_where_that_of_another_was_owed() {
    let mut lost = Vec::new();
    for refused in [false, true] {
        let (mut house, old, token) = rotating(Contract::Production, "Delete", refused);
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
        house.run(secs(if refused { 5 } else { 0 }));
        house.delete(&ci());
        house.run(mins(5));
        let said = house.message(&ci(), "DeletionBlocked");
        house.way.cluster.refuse_secrets(false);
        house.run(mins(5));
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.run(mins(10));
        let (held, users) = (house.token().unwrap(), house.users("ci"));
        if !users.is_empty() && house.whose(&held).is_none() {
            lost.push(format!("{refused}: {old} of {users:?} works {:?}: {said}", house.whose(&token)));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// With none an hour nothing goes on by itself.
#[test]
fn what_no_hour_has_room_for_is_not_said_to_go_on_by_itself() {
    let mut untrue = Vec::new();
    for limit in [1, 0] {
        let mut house = with_ci(Contract::Production);
        house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": limit}})));
        house.run(mins(5));
        house.delete(&ci());
        house.run(mins(300));
        let said = [house.message(&ci(), "DeletionBlocked"), house.message(&acme(), "ConfirmationRequired")];
        for said in said {
            if said.contains("by itself") || said.contains("by themselves") {
                untrue.push(format!("{limit}: {said}"));
            }
        }
    }
    assert!(untrue.is_empty(), "{untrue:#?}");
}

/// Its namespace ends, in which no Secret is made any more: it does not hold that up for a token that has no place.
#[test]
fn an_object_whose_namespace_ends_goes_though_its_token_has_no_place() {
    for ends in [false, true] {
        let mut house = furnished(Contract::Production);
        let key = ObjectRef { namespace: AWAY.into(), ..ci() };
        house.way.vendors.latency.set(secs(2));
        house.apply(&away("mine"), &account("mine"));
        house.until(mins(10), "ready", |house| house.ready(&away("mine")));
        let accounts = json!([{"accountRef": {"name": "mine"}, "role": "Viewer"}]);
        house.apply(&key, &with(ci_spec(), json!({"deletionPolicy": "Orphan", "accounts": accounts})));
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        house.way.cluster.refuse_secrets(true);
        house.run(secs(30));
        if ends {
            let labels = house.namespaces[AWAY].labels.clone();
            house.namespace(AWAY, Namespace { labels, terminating: true });
        }
        house.run(secs(5));
        house.delete(&key);
        house.run(mins(10));
        if !ends {
            house.way.cluster.refuse_secrets(false);
        }
        house.run(mins(120));
        assert!(!house.exists(&key), "{ends}: {}", house.message(&key, "DeletionBlocked"));
    }
}
