//! Identity: nothing is believed or written before the token has proved where it belongs (rule 1).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{HOME, HOST, TOKEN, account, organization, with};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, Sandbox, Start};
use orgkeeper::sandbox::{Fault, FaultKind, ListFault, digest};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const OTHER: &str = "token-of-another";

/// A house in which another organization exists too, with a token of its own.
fn two_organizations(contract: Contract) -> House {
    let house = House::new(contract);
    let now = house.wall();
    let mut vendor = house.vendor();
    let other = vendor.world_mut().create_organization(now, None, "Other", None);
    vendor.world_mut().issue_token(other, Some(OTHER.into())).unwrap();
    drop(vendor);
    house
}

/// How many requests that write were sent with the token.
fn written_with(house: &House, token: &str) -> usize {
    let digest = digest(token);
    let vendor = house.vendor();
    let entries = vendor.requests().entries();
    entries.filter(|entry| entry.method != "GET" && entry.token.as_ref() == Some(&digest)).count()
}

#[test]
pub fn a_token_of_another_organization_reads_and_writes_nothing_there() {
    for contract in BOTH {
        let mut house = two_organizations(contract);
        house.way.cluster.put_secret(HOME, "spot-token", "token", OTHER);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(2), "wrong", |house| house.stalled(&acme(), "WrongOrganization"));
        house.run(mins(60));
        assert_eq!(house.vendor_writes(), 0);
        assert!(house.waits(&home("a"), "DependencyNotReady"));
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        house.until(secs(10), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
        assert_eq!(house.named("prod").len(), 1);
        assert_eq!(written_with(&house, OTHER), 0);
    }
}

#[test]
fn a_token_that_is_swapped_later_never_writes_into_the_other_organization() {
    for contract in BOTH {
        // The Secret changes at this many milliseconds around a person's edits.
        for moment in [0, 1, 5, 15, 30, 60, 100, 1000] {
            let mut house = two_organizations(contract);
            house.apply(&acme(), &organization());
            house.apply(&home("a"), &account("prod"));
            house.start();
            house.until(mins(2), "ready", |house| house.ready(&home("a")));
            house.run(mins(2));
            house.apply(&home("a"), &account("renamed"));
            house.apply(&home("b"), &account("fresh"));
            house.run(std::time::Duration::from_millis(moment));
            house.way.cluster.put_secret(HOME, "spot-token", "token", OTHER);
            house.until(mins(6), "wrong", |house| house.stalled(&acme(), "WrongOrganization"));
            house.apply(&home("c"), &account("later"));
            house.delete(&home("a"));
            house.restart();
            house.run(mins(30));
            assert_eq!(written_with(&house, OTHER), 0, "{moment}\n{}", house.describe());
            house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
            house.until(mins(20), "ready", |house| {
                house.ready(&home("b")) && house.ready(&home("c")) && !house.exists(&home("a"))
            });
            assert_eq!(house.named("fresh").len() + house.named("later").len(), 2);
            assert_eq!(written_with(&house, OTHER), 0);
        }
    }
}

#[test]
pub fn an_empty_list_proves_nothing() {
    let mut house = House::new(Contract::Production);
    house.vendor().add_fault(Fault::always(FaultKind::List { manner: ListFault::Empty }));
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "unproven", |house| house.stalled(&acme(), "IdentityUnproven"));
    house.run(mins(60));
    assert_eq!(house.vendor_writes(), 0);
    assert!(house.waits(&home("a"), "DependencyNotReady"));
    house.vendor().clear_faults();
    house.until(mins(15), "ready", |house| house.ready(&home("a")));
}

#[test]
fn in_published_the_users_prove_it_where_there_is_no_account() {
    let mut house = House::new(Contract::Published);
    house.vendor().add_fault(Fault {
        route: Some("/setup/account".into()),
        ..Fault::always(FaultKind::List { manner: ListFault::Empty })
    });
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
}

#[test]
pub fn an_object_stays_with_the_organization_that_it_was_made_in() {
    let mut house = two_organizations(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    // Somebody makes another organization's object under the same name.
    let other = house.vendor().world().organizations().find(|known| known.name == "Other").unwrap().id;
    house.delete(&acme());
    house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
    house.until(mins(2), "gone", |house| !house.exists(&acme()));
    house.way.cluster.put_secret(HOME, "spot-token", "token", OTHER);
    house.apply(&acme(), &with(organization(), json!({"organizationId": other.to_string()})));
    house.until(mins(2), "parent changed", |house| house.stalled(&home("a"), "ParentChanged"));
    let writes = house.vendor_writes();
    house.apply(&home("a"), &account("renamed"));
    house.run(mins(20));
    house.delete(&home("a"));
    house.run(mins(20));
    assert_eq!(house.vendor_writes(), writes, "{}", house.describe());
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn a_refused_token_is_said_once_and_a_new_one_is_taken_up_at_once() {
    for contract in BOTH {
        let mut house = House::new(contract);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.apply(&away("b"), &account("other"));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&home("a")) && house.ready(&away("b")));
        assert!(house.vendor().world_mut().revoke_token(&digest(TOKEN)));
        house.until(mins(6), "refused", |house| house.stalled(&acme(), "TokenRefused"));
        house.run(secs(30));
        let calls = house.calls("");
        house.run(mins(60));
        assert!(house.calls("") - calls <= 20, "{}", house.calls("") - calls);
        let refusals = house.reasons(&acme()).iter().filter(|reason| **reason == "TokenRefused").count();
        assert_eq!(refusals, 1);
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        house.vendor().world_mut().issue_token(organization, Some("fresh".into())).unwrap();
        house.way.cluster.put_secret(HOME, "spot-token", "token", "fresh\n");
        house.until(secs(10), "ready", |house| house.ready(&acme()) && house.ready(&home("a")));
    }
}

#[test]
pub fn a_token_that_may_not_list_is_forbidden() {
    let mut house = House::new(Contract::Production);
    house
        .vendor()
        .add_fault(Fault { method: Some(Method::GET.to_string()), ..Fault::always(FaultKind::Forbidden) });
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "forbidden", |house| house.stalled(&acme(), "Forbidden"));
    house.vendor().clear_faults();
    house.until(mins(15), "ready", |house| house.ready(&acme()));
}

#[test]
fn an_endpoint_that_becomes_another_vendor_is_written_nothing() {
    for contract in BOTH {
        let mut house = House::new(contract);
        house.apply(&acme(), &organization());
        house.apply(&home("a"), &account("prod"));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&home("a")));
        house.run(mins(2));
        // The same token, by chance or by a copy of the data, belongs to another organization there.
        let other = Rc::new(RefCell::new(Sandbox::new(house.wall(), Start::new(contract, TOKEN))));
        house.way.vendors.sandboxes.borrow_mut().insert(HOST.into(), Rc::clone(&other));
        house.apply(&home("a"), &account("renamed"));
        house.apply(&home("b"), &account("fresh"));
        house.run(mins(60));
        assert!(house.stalled(&acme(), "WrongOrganization"), "{}", house.describe());
        let written = other.borrow().requests().entries().filter(|entry| entry.method != "GET").count();
        assert_eq!(written, 0);
        let back = Rc::clone(&house.sandbox);
        house.way.vendors.sandboxes.borrow_mut().insert(HOST.into(), back);
        house.until(mins(15), "ready", |house| house.ready(&home("a")) && house.ready(&home("b")));
        assert_eq!((house.named("renamed").len(), house.named("fresh").len()), (1, 1));
    }
}

#[test]
pub fn what_a_person_said_of_the_contract_is_not_taken_for_what_was_found_out() {
    let mut house = House::new(Contract::Production);
    let contract = |choice: &str| with(organization(), json!({"connection": {"contract": choice}}));
    house.apply(&acme(), &contract("Published"));
    house.start();
    let decided = |house: &House| house.status(&acme())["contract"]["decided"].clone();
    house.until(mins(5), "as a person said", |house| decided(house) == "Published");
    house.apply(&acme(), &contract("Auto"));
    house.until(mins(5), "as it is", |house| decided(house) == "Production" && house.ready(&acme()));
    let (asked, logs) = (house.calls("GET"), house.reads("/audit/events"));
    house.restart();
    house.until(mins(5), "ready again", |house| house.calls("GET") > asked);
    house.run(secs(5));
    let logs = house.reads("/audit/events") - logs;
    assert_eq!(house.calls("GET"), asked + 4 + logs, "what was found out once holds: only lists are read");
}
