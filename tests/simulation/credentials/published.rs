//! The public API document names no account in these calls, reads nothing back and tries nothing.

use crate::support::credentials::{
    OTHER_ROLE, SET_AWS, aws, aws_without_role, azure, cloud, clouds, gcp, sets, with_prod,
};
use crate::support::house::{House, mins};
use crate::support::look::acme;
use crate::support::manifests::{organization, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

#[test]
fn without_a_word_for_the_server_not_one_call_is_made() {
    for (spec, set) in clouds().into_iter().chain([(aws_without_role(), "")]) {
        let mut house = with_prod(Contract::Published);
        house.apply(&acme(), &organization());
        house.run(mins(1));
        house.apply(&cloud(), &spec);
        house.until(mins(1), "told", |house| {
            house.condition(&cloud(), "NotSupported")
                == Some(("True".into(), "AccountScopeUnverified".into()))
        });
        assert!(house.waits(&cloud(), "AccountScopeUnverified"));
        assert!(house.condition(&cloud(), "Stalled").is_none());
        assert!(house.condition(&cloud(), "Reconciling").is_none());
        house.run(mins(60));
        house.restart();
        house.run(mins(30));
        assert_eq!(house.credential_calls(), 0);
        // Vouched for, it goes on at once.
        if !set.is_empty() {
            house.apply(&acme(), &crate::support::credentials::vouched_for());
            house.until(mins(1), "set", |house| house.ready(&cloud()));
            assert_eq!(house.written(), sets(Contract::Published, &spec));
            // And no longer vouched for, it is left alone.
            house.run(mins(8));
            let calls = house.credential_calls();
            house.apply(&acme(), &organization());
            house.until(mins(2), "told again", |house| house.waits(&cloud(), "AccountScopeUnverified"));
            house.apply(&cloud(), &with(spec, json!({"driftPolicy": "Report"})));
            house.run(mins(60));
            assert_eq!(house.credential_calls(), calls);
        }
    }
}

#[test]
fn a_role_has_to_be_there() {
    let mut house = with_prod(Contract::Published);
    house.apply(&cloud(), &aws_without_role());
    house.until(mins(1), "told", |house| {
        house.condition(&cloud(), "NotSupported") == Some(("True".into(), "NotSupportedByContract".into()))
    });
    assert!(house.message(&cloud(), "NotSupported").contains("aws.iamRole"));
    house.run(mins(60));
    assert_eq!(house.credential_calls(), 0);
    house.ready_with(&cloud(), &aws());
    house.stays(&cloud());
    assert_eq!(house.written(), [SET_AWS]);
}

#[test]
fn an_edit_and_a_changed_secret_are_written_once_and_nothing_else_is() {
    let edits = [
        (aws(), with(aws(), json!({"aws": {"iamRole": OTHER_ROLE}}))),
        (azure(), with(azure(), json!({"azure": {"tenantId": "1a2b3c4d-0000-4000-8000-0000000000ff"}}))),
    ];
    for (before, after) in edits {
        let mut house = with_prod(Contract::Published);
        house.ready_with(&cloud(), &before);
        house.run(mins(8));
        house.forget_requests();
        house.ready_with(&cloud(), &after);
        house.stays(&cloud());
        assert_eq!(house.written(), sets(Contract::Published, &after));
    }
    let mut house = with_prod(Contract::Published);
    house.ready_with(&cloud(), &gcp());
    house.run(mins(8));
    house.forget_requests();
    house.put_key_file(&crate::support::credentials::key_file(2));
    house.until(mins(1), "set", |house| !house.written().is_empty());
    house.stays(&cloud());
    assert_eq!(house.written(), sets(Contract::Published, &gcp()));
}

#[test]
fn a_date_has_no_place_there_and_the_rest_is_kept() {
    let mut house = with_prod(Contract::Published);
    let dated = with(azure(), json!({"azure": {"expirationDate": "2099-01-31"}}));
    house.ready_with(&cloud(), &dated);
    assert!(house.message(&cloud(), "NotSupported").contains("azure.expirationDate"));
    house.assert_set(&azure());
    house.stays(&cloud());
    assert_eq!(house.written(), sets(Contract::Published, &azure()));
}

#[test]
fn one_that_is_taken_over_by_its_id_is_assumed_to_be_as_declared() {
    let mut house = with_prod(Contract::Published);
    let prod = house.prod();
    let adopted = with(aws(), json!({"adopt": {"policy": "Required", "id": prod}}));
    house.ready_with(&cloud(), &adopted);
    assert_eq!(house.status(&cloud())["origin"], "Adopted");
    assert!(house.message(&cloud(), "Unverified").contains("aws.iamRole"));
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
}

/// A server that ignores the account would use the oldest one.
#[test]
fn every_call_names_its_account() {
    for contract in [Contract::Production, Contract::Published] {
        for (spec, _) in clouds() {
            let mut house: House = with_prod(contract);
            house.ready_with(&cloud(), &spec);
            house.run(mins(8));
            let prod = house.prod();
            let vendor = house.vendor();
            let mut entries = vendor.requests().entries().filter(|entry| entry.route.contains("credentials"));
            assert!(entries.all(|entry| entry.query.get("accountId") == Some(&prod)));
            let mut others = vendor.world().accounts().filter(|account| account.id != prod);
            let other = others.next().expect("the default account").details.current().unwrap();
            assert_eq!(other.credential, None);
        }
    }
}
