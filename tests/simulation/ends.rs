//! On what an end is believed, and what is remembered of it (rules 2 and 11).

use crate::support::cluster::PatchFault;
use crate::support::credentials::{self, aws, credential_key};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, organization, with};
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, ListFault};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const ACCOUNTS: &str = "/setup/account";
const FRESH: &str = "fresh-token-of-acme";

fn going(name: &str) -> Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

fn numbered(number: usize) -> Value {
    going(&format!("name-{number}"))
}

/// A house with so many accounts at rest, which go with their objects.
fn accounts(contract: Contract, count: usize, lag: u64) -> House {
    let mut house = House::new(contract).with_lag(secs(lag));
    house.apply(&acme(), &organization());
    for number in 0..count {
        house.apply(&home(&format!("a{number}")), &numbered(number));
    }
    house.start();
    house.until(mins(5), "ready", |house| (0..count).all(|number| house.ready(&home(&format!("a{number}")))));
    house.run(mins(10));
    house.forget_requests();
    house
}

/// Whoever keeps the token puts another one in its place.
fn rotate_token(house: &House) {
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    house.vendor().world_mut().issue_token(organization, Some(FRESH.into())).unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", FRESH);
}

/// Whether it was ever said that more vanished than is believable.
fn shrank(house: &House) -> bool {
    house.reasons(&acme()).contains(&"InventoryShrank")
}

/// Lists of accounts that show none.
fn no_accounts(house: &House) {
    let empty = FaultKind::List { manner: ListFault::Empty };
    house.vendor().add_fault(Fault { route: Some(ACCOUNTS.into()), ..Fault::always(empty) });
}

#[test]
fn what_the_public_document_deletes_without_naming_it_is_proved_by_an_account_and_at_that_moment() {
    // The token may belong to another organization with the same users, or may have belonged to this one.
    for proved_before in [false, true] {
        let mut house = House::new(Contract::Published);
        if !proved_before {
            no_accounts(&house);
        }
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        if proved_before {
            no_accounts(&house);
        }
        house.delete(&acme());
        house.until(mins(1), "said", |house| {
            house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, why)| why == "DeletionRefused")
        });
        house.run(mins(60));
        let message = house.message(&acme(), "DeletionBlocked");
        assert!(message.contains("no account tells"), "{message}");
        assert_eq!(house.calls("DELETE"), 0, "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(15), "gone", |house| !house.exists(&acme()));
        assert_eq!(house.vendor().world().organizations().count(), 0);
    }
}

#[test]
pub fn an_organization_is_deleted_only_where_the_same_look_at_it_proved_the_token() {
    for contract in BOTH {
        let mut house = House::new(contract);
        let organization_id = house.vendor().world().oldest_organization().unwrap().id;
        house.by_hand(|console| {
            for _ in 0..12 {
                console.create_account(organization_id, "by hand");
            }
        });
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        // It stands for nothing, so it holds nothing up.
        house.apply(&home("none"), &with(account("none"), json!({"adopt": {"policy": "Required"}})));
        house.start();
        house.until(mins(2), "ready", |house| {
            house.ready(&acme()) && house.stalled(&home("none"), "NotFound")
        });
        let broken = FaultKind::ServerError { status: 503, effect: false };
        house.vendor().add_fault(Fault { method: Some("DELETE".into()), ..Fault::always(broken.clone()) });
        house.delete(&acme());
        house.run(mins(5));
        house.forget_requests();
        // From now on it could be deleted, and lists fail; but for one, which another object reads, and which wakes
        // the organization, as it cannot be believed.
        house.vendor().clear_faults();
        let half = FaultKind::List { manner: ListFault::Half };
        house.vendor().add_fault(Fault::once(&Method::GET, ACCOUNTS, half));
        house.vendor().add_fault(Fault { route: Some(ACCOUNTS.into()), ..Fault::always(broken) });
        house.annotate(&home("none"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        house.run(mins(30));
        assert_eq!(house.calls("DELETE"), 0, "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(10), "gone", |house| !house.exists(&acme()));
    }
}

#[test]
fn what_was_deleted_before_the_token_was_replaced_is_no_surprise_after() {
    for contract in BOTH {
        for lag in [0, 10] {
            let mut house = accounts(contract, 12, lag);
            for number in 0..8 {
                house.delete(&home(&format!("a{number}")));
            }
            house.until(mins(2), "gone", |house| {
                (0..8).all(|number| !house.exists(&home(&format!("a{number}"))))
            });
            rotate_token(&house);
            house.run(mins(30));
            assert!(!shrank(&house), "{contract:?} {lag}\n{}", house.describe());
            assert!(house.ready(&acme()) && house.living() == 5, "{}", house.describe());
        }
    }
}

#[test]
pub fn what_was_deleted_before_the_token_was_replaced_is_not_taken_for_what_comes_after() {
    for contract in BOTH {
        let mut house = accounts(contract, 2, 10);
        let old = house.id(&home("a0"));
        house.delete(&home("a0"));
        house.until(mins(1), "gone", |house| !house.exists(&home("a0")));
        rotate_token(&house);
        house.apply(&home("again"), &numbered(0));
        house.until(mins(5), "made", |house| house.ready(&home("again")));
        house.run(mins(30));
        assert_ne!(house.id(&home("again")), old, "{}", house.describe());
        assert!(house.ready(&home("again")) && house.named("name-0").len() == 1, "{}", house.describe());
    }
}

#[test]
fn accounts_that_go_on_purpose_with_their_credentials_are_no_surprise() {
    for contract in BOTH {
        let mut house = House::new(contract);
        credentials::furnish(&mut house);
        for number in 0..10 {
            let name = format!("a{number}");
            house.apply(&home(&name), &numbered(number));
            house.apply(&credential_key(&name), &with(aws(), json!({"accountRef": {"name": name}})));
        }
        let all = |number: usize| format!("a{number}");
        house.until(mins(10), "ready", |house| {
            (0..10).all(|number| house.ready(&credential_key(&all(number))))
        });
        house.run(mins(10));
        for number in 0..8 {
            house.delete(&credential_key(&all(number)));
            house.delete(&home(&all(number)));
        }
        house.until(mins(5), "gone", |house| (0..8).all(|number| !house.exists(&home(&all(number)))));
        house.run(mins(30));
        assert!(!shrank(&house) && house.ready(&acme()), "{contract:?}\n{}", house.describe());
        house.apply(&home("more"), &going("more"));
        house.apply(&credential_key("more"), &with(aws(), json!({"accountRef": {"name": "more"}})));
        house.until(mins(2), "goes on", |house| house.ready(&credential_key("more")));
    }
}

#[test]
fn what_the_vendor_said_it_deleted_is_not_deleted_again() {
    for contract in BOTH {
        for lag in [0, 10] {
            for fault in [PatchFault::Before, PatchFault::Conflict] {
                let mut house = accounts(contract, 2, lag);
                // What the guard remembers is stored; the finalizer is not taken off at the first time.
                house.way.patch_faults.add(1, fault);
                house.delete(&home("a0"));
                house.until(mins(5), "gone", |house| !house.exists(&home("a0")));
                house.run(mins(10));
                assert_eq!(house.calls("DELETE"), 1, "{contract:?} {lag} {fault:?}\n{}", house.describe());
                assert_eq!(house.living(), 2);
            }
        }
    }
}
