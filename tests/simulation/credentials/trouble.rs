//! Secrets that are unfit, refused or changed, and calls of which nobody knows whether they were carried out.

use crate::support::credentials::{
    CLIENT, CLIENT_SECRET, EMAIL, SET_AZURE, SET_GCP, TRY_AZURE, TRY_GCP, application, azure, cloud, clouds,
    gcp, key_file, private_key, service_account, sets, with_prod,
};
use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{HOME, with};
use http::Method;
use orgkeeper::sandbox::spot::{CloudCredential, Contract};
use orgkeeper::sandbox::{Fault, FaultKind, Hidden};
use serde_json::{Value, json};

#[test]
fn a_changed_secret_is_written_once() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.run(mins(8));
    house.forget_requests();
    house.way.cluster.put_secret(HOME, "azure", "secret", "canary-of-another-secret");
    house.until(mins(1), "set", |house| {
        house.details_of_prod().credential == Some(application(CLIENT, "canary-of-another-secret"))
    });
    house.stays(&cloud());
    house.restart();
    house.run(mins(30));
    assert_eq!(house.written(), [TRY_AZURE, SET_AZURE]);
    // What means the same is no change.
    house.way.cluster.put_secret(HOME, "azure", "secret", "  canary-of-another-secret\n");
    house.stays(&cloud());

    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &gcp());
    house.run(mins(8));
    house.forget_requests();
    // A new key of the same service account, and then the same file in another form.
    house.put_key_file(&key_file(2));
    house.until(mins(1), "set", |house| {
        house.details_of_prod().credential == Some(service_account(&key_file(2)))
    });
    house.stays(&cloud());
    let pretty = serde_json::to_string_pretty(&key_file(2)).unwrap();
    house.way.cluster.put_secret(HOME, "gcp", "key.json", &pretty);
    house.stays(&cloud());
    assert_eq!(house.written(), [TRY_GCP, SET_GCP]);
}

#[test]
fn one_that_does_not_work_never_takes_the_place_of_one_that_does() {
    let broken = "1a2b3c4d-0000-4000-8000-0000000000ff";
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.run(mins(8));
    house.forget_requests();
    house.vendor().world_mut().reject_credentials(broken);
    house.apply(&cloud(), &with(azure(), json!({"azure": {"clientId": broken}})));
    house.until(mins(1), "refused", |house| house.stalled(&cloud(), "RefusedByVendor"));
    assert!(house.message(&cloud(), "Stalled").contains("the cloud rejects"));
    house.run(mins(30));
    assert!(house.written().iter().all(|call| call == TRY_AZURE), "{:?}", house.written());
    assert!(house.written().len() <= 5, "slowly");
    house.assert_set(&azure());
    house.vendor().world_mut().accept_credentials(broken);
    house.until(mins(15), "set", |house| house.ready(&cloud()));
    assert_eq!(house.details_of_prod().credential, Some(application(broken, CLIENT_SECRET)));
}

#[test]
fn one_that_does_not_work_is_not_set_at_all_and_is_tried_again_once_its_secret_changes() {
    let mut house = with_prod(Contract::Production);
    house.vendor().world_mut().reject_credentials(EMAIL);
    house.apply(&cloud(), &gcp());
    house.until(mins(1), "refused", |house| house.stalled(&cloud(), "RefusedByVendor"));
    house.run(mins(5));
    assert_eq!(house.written(), [TRY_GCP]);
    assert_eq!(house.details_of_prod().credential, None);
    assert!(house.status(&cloud())["pendingCreate"].is_null());
    house.vendor().world_mut().accept_credentials(EMAIL);
    house.put_key_file(&key_file(2));
    house.until(secs(10), "at once", |house| house.ready(&cloud()));
    assert_eq!(house.written(), [TRY_GCP, TRY_GCP, SET_GCP]);
    assert_eq!(house.details_of_prod().credential, Some(service_account(&key_file(2))));
}

#[test]
fn what_is_no_key_file_is_named_without_a_value() {
    let mut house = with_prod(Contract::Production);
    let without = |member: &str| {
        let mut file = key_file(1);
        file.as_object_mut().unwrap().remove(member);
        file.to_string()
    };
    let mut of_a_person = key_file(1);
    of_a_person["type"] = json!("authorized_user");
    let table = [
        ("canary-that-is-no-json".to_owned(), "not a JSON object"),
        (json!(["canary-in-a-list"]).to_string(), "not a JSON object"),
        (of_a_person.to_string(), "type is not service_account"),
        (without("type"), "type is not service_account"),
        (without("private_key"), "no private_key"),
        (without("private_key_id"), "no private_key_id"),
        (without("client_email"), "no client_email"),
        (without("project_id"), "no project_id"),
    ];
    house.apply(&cloud(), &gcp());
    house.ready_with(&cloud(), &gcp());
    house.run(mins(8));
    house.forget_requests();
    for (file, told) in table {
        house.way.cluster.put_secret(HOME, "gcp", "key.json", &file);
        house.until(mins(1), told, |house| {
            house.stalled(&cloud(), "SecretInvalid") && house.message(&cloud(), "Stalled").contains(told)
        });
    }
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.put_key_file(&key_file(1));
    house.until(mins(1), "as before", |house| house.ready(&cloud()));
    assert_eq!(house.written(), [""; 0]);

    let mut house = with_prod(Contract::Production);
    house.way.cluster.put_secret(HOME, "azure", "secret", " \n");
    house.apply(&cloud(), &azure());
    house.until(mins(1), "empty", |house| house.stalled(&cloud(), "SecretInvalid"));
    house.run(mins(30));
    assert_eq!(house.credential_calls(), 0);
}

#[test]
fn a_secret_that_is_missing_is_waited_for() {
    for (reason, key) in [("SecretNotFound", None), ("SecretKeyNotFound", Some("other"))] {
        let mut house = with_prod(Contract::Production);
        house.way.cluster.delete_secret(HOME, "azure");
        if let Some(key) = key {
            house.way.cluster.put_secret(HOME, "azure", key, "something-else");
        }
        house.apply(&cloud(), &azure());
        house.until(mins(1), "it waits", |house| house.waits(&cloud(), reason));
        house.run(mins(30));
        assert_eq!(house.credential_calls(), 0);
        house.way.cluster.put_secret(HOME, "azure", "secret", CLIENT_SECRET);
        house.until(secs(10), "at once", |house| house.ready(&cloud()));
    }
}

#[test]
fn what_is_unknown_of_a_set_ends_in_the_one_that_is_declared() {
    let unknown = [
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::LateEffect { after: jiff::SignedDuration::from_secs(20) },
        FaultKind::CutBody,
        FaultKind::Hang { effect: true },
        FaultKind::ServerError { status: 500, effect: true },
        FaultKind::ServerError { status: 503, effect: false },
        FaultKind::BadGateway { effect: true },
        FaultKind::TooManyRequests { reset_seconds: 30 },
        FaultKind::Garbage { effect: true },
    ];
    for contract in [Contract::Production, Contract::Published] {
        for (spec, _) in clouds() {
            for fault in &unknown {
                let mut house = with_prod(contract).with_lag(secs(10));
                let set = *sets(contract, &spec).last().unwrap();
                let route = set.trim_start_matches("POST ");
                house.vendor().add_fault(Fault::once(&Method::POST, route, fault.clone()));
                house.apply(&cloud(), &spec);
                let what = format!("{contract:?} {set} {fault:?}");
                house.until(mins(30), &what, |house| house.ready(&cloud()));
                house.assert_set(&spec);
                house.run(mins(20));
                house.assert_set(&spec);
                house.stays(&cloud());
                let sets = house.written().iter().filter(|call| *call == set).count();
                assert!(sets <= 2, "{what}: {sets}\n{}", house.describe());
            }
        }
    }
}

/// Nothing secret is in what is told, whatever is changed, refused or repeated by the vendor: every run is
/// searched at its end.
#[test]
fn the_search_for_secrets_knows_the_lines_of_a_private_key() {
    let mut house = with_prod(Contract::Production);
    house.link(service_account(&key_file(2)));
    house.ready_with(&cloud(), &gcp());
    house.until(mins(12), "put back", |house| house.written() == [TRY_GCP, SET_GCP]);
    assert_eq!(house.told_secrets(), [""; 0]);
    let line = private_key(1).lines().nth(1).unwrap().to_owned();
    house.annotate(&home("prod"), &json!({"example.com/note": line}));
    assert_eq!(house.told_secrets().len(), 1);
    house.annotate(&home("prod"), &json!({}));
}

#[test]
fn drift_of_a_service_account_has_no_values() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &with(gcp(), json!({"driftPolicy": "Report"})));
    house.run(mins(8));
    house.forget_requests();
    let mut file = key_file(1);
    file["client_email"] = json!("canary@acme.iam.gserviceaccount.com");
    house.link(service_account(&file));
    house.until(mins(12), "seen", |house| house.drift(&cloud(), "gcp.serviceAccountKeyRef").is_some());
    let drift = house.drift(&cloud(), "gcp.serviceAccountKeyRef").unwrap();
    assert_eq!(drift["sensitive"], true);
    assert_eq!((&drift["desired"], &drift["actual"]), (&Value::Null, &Value::Null));
    assert!(!house.describe().contains("canary@acme"), "{}", house.describe());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn what_the_vendor_masks_is_never_compared() {
    for spec in [azure(), gcp()] {
        let mut house = with_prod(Contract::Production);
        house.ready_with(&cloud(), &spec);
        house.run(mins(8));
        house.forget_requests();
        let prod = house.prod();
        // Somebody else sets another secret: nobody can see it.
        house.by_hand(|console| {
            assert!(console.change_account(&prod, |it| match it.credential.as_mut().unwrap() {
                CloudCredential::Azure(azure) => azure.client_secret = Hidden::of("by hand in the console"),
                CloudCredential::Gcp(gcp) => gcp.private_key = Hidden::of("by hand in the console"),
                CloudCredential::Aws { .. } => unreachable!(),
            }));
        });
        house.stays(&cloud());
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn of_a_lost_key_of_fingerprints_nothing_is_written_again() {
    let mut house: House = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.run(mins(8));
    house.forget_requests();
    house.kill();
    house.way.cluster.delete_secret("orgkeeper-system", "orgkeeper-fingerprints");
    house.start();
    house.run(mins(60));
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn an_object_that_is_at_rest_costs_one_call_in_its_turn() {
    for (spec, set) in clouds() {
        let mut house = with_prod(Contract::Production);
        house.ready_with(&cloud(), &spec);
        house.run(mins(8));
        house.resyncs(1);
        house.run(secs(5));
        let (calls, writes) = (house.credential_calls(), house.all_writes());
        house.resyncs(4);
        house.run(secs(5));
        assert_eq!((house.credential_calls() - calls, house.all_writes()), (4, writes), "{set}");
        assert_eq!(house.written(), sets(Contract::Production, &spec));
    }
}
