//! A role in AWS has to trust an id that the vendor gives out: it is asked for, once, and shown until the role
//! is there.

use crate::support::credentials::{
    EXTERNAL_ID, OTHER_ROLE, ROLE, SET_AWS, aws, aws_without_role, cloud, role, with_prod,
};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, TextForm};
use serde_json::{Value, json};

const GET_EXTERNAL_ID: &str = "/setup/credentials/aws/externalId/{accountId}";

fn shown(house: &House) -> Value {
    house.status(&cloud())["externalId"].clone()
}

/// A house that waits for somebody to make the role.
fn waiting() -> House {
    let mut house = with_prod(Contract::Production);
    house.apply(&cloud(), &aws_without_role());
    house.until(mins(1), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
    house
}

#[test]
fn the_external_id_is_shown_until_the_role_is_set() {
    let mut house = waiting();
    let known = house.details_of_prod().external_id.unwrap();
    assert_eq!(shown(&house)["value"], known.id);
    let until: jiff::Timestamp = shown(&house)["expiresAt"].as_str().unwrap().parse().unwrap();
    assert!(until <= known.valid_until && known.valid_until.duration_since(until).as_secs() < 1);
    assert!(house.condition(&cloud(), "Reconciling").is_some_and(|(_, reason)| reason == "WaitingForRole"));
    assert_eq!(house.written(), [EXTERNAL_ID]);
    // Nothing more is asked for while it is valid.
    let (calls, writes) = (house.credential_calls(), house.writes(&cloud()));
    house.run(mins(50));
    assert_eq!((house.credential_calls(), house.writes(&cloud())), (calls, writes), "{}", house.describe());
    house.ready_with(&cloud(), &aws());
    assert!(shown(&house).is_null(), "{}", house.describe());
    house.assert_set(&aws());
    house.stays(&cloud());
    assert_eq!(house.written(), [EXTERNAL_ID, SET_AWS]);
}

#[test]
fn it_is_asked_for_again_only_when_it_has_expired() {
    let mut house = waiting();
    let first = shown(&house);
    house.until(mins(70), "another", |house| shown(house) != first);
    assert_eq!(house.written(), [EXTERNAL_ID, EXTERNAL_ID]);
    let known = house.details_of_prod().external_id.unwrap();
    assert_eq!(shown(&house)["value"], known.id);
    house.run(mins(50));
    assert_eq!(house.written().len(), 2);
    house.ready_with(&cloud(), &aws());
}

/// Another one would take the place of the one that the role is made for.
#[test]
fn where_nobody_can_look_at_the_one_that_there_is_the_one_that_is_shown_stays_over_restarts() {
    for unknown in [FaultKind::NotFound { form: TextForm::Text }, FaultKind::Garbage { effect: false }] {
        let mut house = with_prod(Contract::Production);
        let always = Fault { times: None, ..Fault::once(&Method::GET, GET_EXTERNAL_ID, unknown.clone()) };
        house.vendor().add_fault(always);
        house.apply(&cloud(), &aws_without_role());
        house.until(mins(5), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
        let first = shown(&house);
        for _ in 0..3 {
            house.restart();
            house.run(mins(10));
            let now = json!({"orgkeeper.dev/reconcile-requested-at": house.wall().to_string()});
            house.annotate(&cloud(), &now);
            house.run(mins(1));
        }
        assert_eq!((shown(&house), house.written()), (first, vec![EXTERNAL_ID.to_owned()]), "{unknown:?}");
    }
}

#[test]
fn one_that_has_expired_is_never_shown() {
    let mut house = with_prod(Contract::Production);
    let prod = house.prod();
    let path = format!("/setup/credentials/aws/externalId/{prod}");
    let expired: fn(&mut Value) = |item| {
        *item = json!({"externalId": "expired", "maxValidUntil": "2023-11-14T00:00:00.000Z"});
    };
    house.way.vendors.amended.replace(Some((path, expired)));
    let (now, lag) = (house.wall(), house.vendor().lag());
    house.vendor().world_mut().request_external_id(now, lag, &prod);
    house.apply(&cloud(), &aws_without_role());
    house.until(mins(1), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
    assert_eq!(shown(&house)["value"], house.details_of_prod().external_id.unwrap().id);
    assert_eq!(house.written(), [EXTERNAL_ID]);
}

#[test]
fn a_cluster_that_is_made_anew_shows_the_one_that_there_is() {
    let mut house = waiting();
    let first = shown(&house)["value"].clone();
    house.delete(&cloud());
    house.until(mins(1), "gone", |house| !house.exists(&cloud()));
    house.restart();
    house.run(mins(3));
    house.apply(&cloud(), &aws_without_role());
    house.until(mins(1), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
    assert_eq!(shown(&house)["value"], first);
    assert_eq!(house.written(), [EXTERNAL_ID]);
}

#[test]
fn a_look_at_the_one_that_there_is_is_repeated_before_one_is_asked_for() {
    let mut house = with_prod(Contract::Production);
    let fault = FaultKind::ServerError { status: 500, effect: false };
    let fault = Fault { times: Some(3), ..Fault::once(&Method::GET, GET_EXTERNAL_ID, fault) };
    house.vendor().add_fault(fault);
    house.apply(&cloud(), &aws_without_role());
    house.until(mins(10), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
    house.run(mins(30));
    assert_eq!(house.reads(GET_EXTERNAL_ID), 4);
    assert_eq!(house.written(), [EXTERNAL_ID]);
}

#[test]
fn whatever_is_unknown_of_the_request_one_is_shown_that_counts() {
    let faults =
        [FaultKind::ResetBeforeEffect, FaultKind::ResetAfterEffect, FaultKind::Hang { effect: true }];
    for fault in faults {
        let mut house = with_prod(Contract::Production);
        let route = "/setup/credentials/aws/externalId";
        house.vendor().add_fault(Fault::once(&Method::POST, route, fault.clone()));
        house.apply(&cloud(), &aws_without_role());
        house.until(mins(10), "it is shown", |house| house.waits(&cloud(), "WaitingForRole"));
        house.run(mins(30));
        let known = house.details_of_prod().external_id.unwrap();
        assert_eq!(shown(&house)["value"], known.id, "{fault:?}");
        let expected = if fault == FaultKind::ResetBeforeEffect { 2 } else { 1 };
        assert_eq!(house.written().len(), expected, "{fault:?}");
    }
}

#[test]
fn once_a_role_is_set_none_is_asked_for_and_without_one_nothing_is_managed() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &aws());
    house.run(mins(8));
    house.forget_requests();
    house.ready_with(&cloud(), &aws_without_role());
    house.link(role(OTHER_ROLE));
    house.run(mins(90));
    assert!(house.ready(&cloud()) && shown(&house).is_null(), "{}", house.describe());
    house.restart();
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    assert_eq!(house.reads(GET_EXTERNAL_ID), 0);
    assert_eq!(house.details_of_prod().credential, Some(role(OTHER_ROLE)));
    // One that was there before is left as it is, too.
    let mut house = with_prod(Contract::Production);
    house.link(role(OTHER_ROLE));
    house.ready_with(&cloud(), &aws_without_role());
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
    assert_eq!(house.reads(GET_EXTERNAL_ID), 0);
}

#[test]
pub fn a_role_that_the_vendor_does_not_see_yet_is_tried_again_soon() {
    let mut house = waiting();
    house.vendor().world_mut().reject_credentials(ROLE);
    house.apply(&cloud(), &aws());
    house.until(mins(1), "refused", |house| {
        house.condition(&cloud(), "Reconciling").is_some_and(|(_, reason)| reason == "RefusedByVendor")
    });
    assert!(house.condition(&cloud(), "Stalled").is_none());
    assert!(!shown(&house).is_null(), "whoever made the role can still compare it");
    house.run(secs(15));
    house.vendor().world_mut().accept_credentials(ROLE);
    house.until(secs(30), "set", |house| house.ready(&cloud()));
    house.assert_set(&aws());
    assert!(shown(&house).is_null());
}

#[test]
fn a_role_that_stays_refused_is_for_a_person() {
    let mut house = with_prod(Contract::Production);
    house.vendor().world_mut().reject_credentials(ROLE);
    house.apply(&cloud(), &aws());
    house.until(mins(10), "for a person", |house| house.stalled(&cloud(), "RefusedByVendor"));
    let tries = house.written().len();
    assert!((3..12).contains(&tries), "{tries}");
    assert!(house.message(&cloud(), "Stalled").contains(ROLE), "the vendor's words");
    house.run(mins(60));
    assert!(house.written().len() - tries <= 8, "slowly");
    // An edit is tried at once; so is an update of what is there.
    let other = with(aws(), json!({"aws": {"iamRole": OTHER_ROLE}}));
    house.ready_with(&cloud(), &other);
    house.apply(&cloud(), &aws());
    house.until(mins(1), "refused", |house| {
        house.condition(&cloud(), "Reconciling").is_some_and(|(_, reason)| reason == "RefusedByVendor")
    });
    house.vendor().world_mut().accept_credentials(ROLE);
    house.until(mins(2), "set", |house| house.ready(&cloud()));
    house.assert_set(&aws());
    house.stays(&cloud());
}
