//! One list for each account, and what is wrong with one is its own trouble (rules 6 and 14).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, with};
use crate::support::network::Failing;
use crate::support::people::organization_id;
use crate::support::subscriptions::{ALL, HOOK, one_account, sub, sub_away, subscribing, subscription};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const ACCOUNTS: [&str; 3] = ["one", "two", "three"];

/// A house with two subscriptions in each of three accounts, and a fourth account without.
fn three(contract: Contract) -> House {
    let mut house = subscribing(House::new(contract), &["one", "two", "three", "none"]);
    for (place, name) in ACCOUNTS.iter().enumerate() {
        for number in [1, 2] {
            let resource = format!("sig-{number}{place}");
            house.apply(&sub(&format!("{name}-{number}")), &subscription(name, &resource));
        }
    }
    house.until(mins(5), "ready", |house| all_ready(house, &ACCOUNTS));
    house.run(mins(8));
    house.forget_requests();
    house
}

fn all_ready(house: &House, accounts: &[&str]) -> bool {
    accounts.iter().all(|name| [1, 2].iter().all(|number| house.ready(&sub(&format!("{name}-{number}")))))
}

/// The list of the account fails.
fn fails(house: &House, account: &str, failing: Failing) {
    let id = house.id(&home(account)).unwrap();
    *house.way.vendors.failing.borrow_mut() = Some((id, failing));
}

fn mends(house: &House) {
    *house.way.vendors.failing.borrow_mut() = None;
}

#[test]
fn a_resync_costs_one_list_for_each_account_that_has_subscriptions() {
    for contract in BOTH {
        let mut house = three(contract);
        let writes = house.all_writes();
        let before = house.reads("/setup/account");
        house.until(mins(12), "two resyncs", |house| house.reads("/setup/account") == before + 2);
        house.run(secs(30));
        assert_eq!(house.reads(ALL), 6, "{contract:?}\n{}", house.describe());
        assert_eq!(house.all_writes(), writes);
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn who_is_not_admitted_costs_no_list() {
    let mut house = three(Contract::Production);
    for number in 0..10 {
        let by_id = json!({
            "organizationRef": {"name": "acme", "namespace": "platform"},
            "accountRef": {"name": null, "id": format!("act-0000000{number}")},
        });
        house.apply(&sub_away(&format!("s{number}")), &with(subscription("none", "sig-1"), by_id));
        let elsewhere = json!({"accountRef": {"name": "none", "namespace": "platform"}});
        house.apply(&sub_away(&format!("t{number}")), &with(subscription("none", "sig-1"), elsewhere));
    }
    house.run(mins(2));
    house.forget_requests();
    let before = house.reads("/setup/account");
    house.until(mins(12), "a resync", |house| house.reads("/setup/account") > before);
    house.run(secs(30));
    assert_eq!(house.reads(ALL), 3, "{}", house.describe());
    assert!(house.stalled(&sub_away("s0"), "NotAllowed"), "{}", house.describe());
    assert!(house.waits(&sub_away("t0"), "ReferenceNotFoundOrNotAllowed"), "{}", house.describe());
}

#[test]
fn one_account_whose_list_fails_is_its_own_trouble() {
    let refusal = r#"{"response": {"status": {"code": 403, "message": "Forbidden"}}}"#;
    for kind in [
        Failing::Answer(403, refusal),
        Failing::Answer(503, ""),
        Failing::Answer(200, "<html>"),
        Failing::Hang,
    ] {
        let mut house = three(Contract::Production);
        fails(&house, "two", kind);
        house.run(mins(20));
        assert!(house.ready(&acme()), "{kind:?}\n{}", house.describe());
        assert!(house.condition(&acme(), "Unreachable").is_none(), "{kind:?}");
        assert!(all_ready(&house, &["one", "three"]), "{kind:?}\n{}", house.describe());
        let refused = kind == Failing::Answer(403, refusal);
        for name in ["two-1", "two-2"] {
            assert_eq!(
                house.ready(&sub(name)),
                !refused,
                "{kind:?}: with nothing to do an outage is no news"
            );
            assert_eq!(house.stalled(&sub(name), "Forbidden"), refused, "{kind:?}");
        }
        // The others go on with their work.
        house.apply(
            &sub("one-1"),
            &with(subscription("one", "sig-10"), json!({"eventType": "GROUP_ROLL_FAILED"})),
        );
        house.apply(
            &sub("two-1"),
            &with(subscription("two", "sig-11"), json!({"eventType": "GROUP_ROLL_FAILED"})),
        );
        house.apply(&home("more"), &account("more"));
        house.until(secs(40), "goes on", |house| house.ready(&sub("one-1")) && house.ready(&home("more")));
        let before = house.way.vendors.failed.get();
        house.run(mins(60));
        let asked = house.way.vendors.failed.get() - before;
        assert!(asked <= 60, "{kind:?}: {asked} in an hour");
        assert!(!house.ready(&sub("two-1")));
        mends(&house);
        house.until(mins(10), "over", |house| all_ready(house, &ACCOUNTS));
    }
}

#[test]
fn a_token_that_is_refused_in_one_list_is_everybodys_trouble() {
    let mut house = three(Contract::Production);
    let fault = Fault { times: None, ..Fault::once(&Method::GET, ALL, FaultKind::Unauthorized) };
    house.vendor().add_fault(fault);
    house.until(mins(10), "said", |house| house.stalled(&acme(), "TokenRefused"));
    house.vendor().clear_faults();
    house.until(mins(15), "over", |house| house.ready(&acme()) && all_ready(house, &ACCOUNTS));
}

#[test]
pub fn what_vanishes_in_one_account_stops_creation_there_alone() {
    let mut house = subscribing(House::new(Contract::Production), &["one", "two"]);
    for number in 0..5 {
        let event = json!({"eventType": format!("EVENT_{number}")});
        house.apply(&sub(&format!("s{number}")), &with(subscription("one", "sig-10"), event));
    }
    house.until(mins(5), "ready", |house| (0..5).all(|number| house.ready(&sub(&format!("s{number}")))));
    house.run(mins(8));
    for (id, _) in house.subscriptions() {
        house.by_hand(|console| console.delete_in_account::<SubscriptionDetails>(&id));
    }
    house.until(mins(8), "shrank", |house| house.stalled(&acme(), "InventoryShrank"));
    house.apply(&sub("here"), &subscription("one", "sig-20"));
    house.apply(&sub("there"), &subscription("two", "sig-21"));
    house.until(mins(1), "there", |house| house.ready(&sub("there")));
    house.run(mins(20));
    assert_eq!(house.subscribed(), ["sig-21"], "{}", house.describe());
    let digest = house.digest(&acme(), "InventoryShrank");
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(15), "confirmed", |house| {
        house.ready(&sub("here"))
            && (0..5).all(|number| house.stalled(&sub(&format!("s{number}")), "ExternallyDeleted"))
    });
}

#[test]
fn an_account_without_a_list_yet_is_no_account_without_subscriptions() {
    let mut house = subscribing(House::new(Contract::Production), &["one", "two"]);
    house.ready_with(&sub("one"), &subscription("one", "sig-10"));
    house.run(mins(3));
    let there = house.subscribe_by_hand("two", "sig-11", HOOK);
    house.forget_requests();
    fails(&house, "two", Failing::Hang);
    house.apply(&sub("two"), &subscription("two", "sig-11"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "another account's list proves nothing");
    mends(&house);
    house.until(mins(10), "taken over", |house| house.ready(&sub("two")));
    assert_eq!((house.id(&sub("two")), house.written()), (Some(there), vec![]));
}

#[test]
fn an_account_that_is_made_later_and_one_that_comes_back() {
    for contract in BOTH {
        let mut house = one_account(contract);
        house.forget_requests();
        house.apply(&sub("s"), &subscription("later", "sig-1"));
        house.run(mins(10));
        assert!(house.waits(&sub("s"), "ReferenceNotFoundOrNotAllowed"), "{}", house.describe());
        assert_eq!((house.reads(ALL), house.writes(&sub("s"))), (0, 1));
        let id = house.by_hand(|console| console.create_account(organization_id(), "later"));
        house.vendor().world_mut().add_resource(&id, Some("sig-1"), "a group").unwrap();
        house.apply(&home("later"), &account("later"));
        house.until(mins(1), "at once", |house| house.ready(&sub("s")));
        house.run(mins(2));
        house.forget_requests();
        // Its object goes, by force, and another one of the same account comes.
        house.annotate(&home("later"), &json!({"orgkeeper.dev/abandon": "true"}));
        house.delete(&home("later"));
        house.until(mins(1), "gone", |house| !house.exists(&home("later")));
        house.run(mins(20));
        assert!(house.exists(&sub("s")) && house.subscribed() == ["sig-1"]);
        house.apply(&home("later"), &account("later"));
        house.until(mins(1), "back", |house| house.ready(&sub("s")) && house.ready(&home("later")));
        house.stays(&sub("s"));
        assert_eq!(house.written(), [""; 0]);
        house.assert_the_only_one(&sub("s"), "sig-1");
    }
}

#[test]
fn an_account_that_vanishes_keeps_its_trouble_and_its_subscriptions_can_be_deleted() {
    let mut house = three(Contract::Production);
    let two = house.id(&home("two")).unwrap();
    assert!(house.by_hand(|console| console.delete_account(&two)).is_ok());
    house.run(mins(20));
    assert!(house.ready(&acme()) && all_ready(&house, &["one", "three"]), "{}", house.describe());
    assert!(house.stalled(&home("two"), "ExternallyDeleted"));
    for name in ["two-1", "two-2"] {
        assert!(house.condition(&sub(name), "Stalled").is_some(), "{}", house.describe());
        house.delete(&sub(name));
    }
    house.until(mins(30), "gone", |house| !house.exists(&sub("two-1")) && !house.exists(&sub("two-2")));
    assert_eq!(house.subscribed().len(), 4);
}
