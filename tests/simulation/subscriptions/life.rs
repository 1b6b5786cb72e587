//! One subscription: made, taken over, changed, put back, deleted.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, organization, with};
use crate::support::subscriptions::{
    ALL, CHANGE, CREATE, DELETE, HOOK, in_clear, one_account, sub, subscribing, subscription,
};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};
use orgkeeper::sandbox::{Fault, FaultKind, Lag, ListFault};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const OTHER: &str = "https://hooks.example.com/canary-of-another-hook";

/// A house with a subscription at rest.
fn kept(contract: Contract) -> House {
    let mut house = one_account(contract);
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(3));
    house.forget_requests();
    house
}

/// What of these is told anywhere.
#[track_caller]
fn told_nowhere(house: &House, canaries: &[&str]) {
    let cluster = &house.way.cluster;
    let mut all = format!("{:?}{:?}", cluster.writes(), cluster.events());
    cluster.all().iter().for_each(|object| all += &object["status"].to_string());
    for canary in canaries {
        assert!(!all.contains(canary), "{canary} is told");
    }
}

/// An edit, and whether the vendor shows it.
type Edit = (Value, fn(&House) -> bool);

#[test]
fn one_is_made_by_one_call_and_stays() {
    for contract in BOTH {
        let mut house = one_account(contract);
        house.forget_requests();
        house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
        house.stays(&sub("s"));
        assert_eq!(house.written(), [CREATE], "{contract:?}");
        house.assert_the_only_one(&sub("s"), "sig-10");
        let (_, details) = &house.subscriptions()[0];
        assert_eq!((details.endpoint.as_str(), &details.account), (HOOK, &house.id(&home("prod")).unwrap()));
        let status = house.status(&sub("s"));
        assert_eq!((&status["origin"], &status["deletionPolicy"]), (&json!("Created"), &json!("Delete")));
        assert_eq!(house.condition(&sub("s"), "Deprecated").unwrap().1, "ServiceDeprecated");
        assert!(house.condition(&sub("s"), "Unrecognized").is_none());
        told_nowhere(&house, &[HOOK]);
        house.restart();
        house.stays(&sub("s"));
        assert_eq!(house.written(), [CREATE]);
        house.delete(&sub("s"));
        house.until(mins(2), "gone", |house| !house.exists(&sub("s")));
        assert_eq!(house.written(), [CREATE, DELETE]);
        assert!(house.subscribed().is_empty());
    }
}

#[test]
pub fn without_a_word_for_accounts_not_one_call_is_made_in_the_public_document() {
    let mut house = subscribing(House::new(Contract::Published), &["prod"]);
    house.ready_with(&sub("old"), &subscription("prod", "sig-20"));
    house.apply(&acme(), &organization());
    house.run(secs(10));
    house.forget_requests();
    house.apply(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(30));
    house.restart();
    house.run(mins(30));
    for key in [sub("s"), sub("old")] {
        assert!(house.waits(&key, "AccountScopeUnverified"), "{}", house.describe());
        assert!(house.condition(&key, "NotSupported").is_some());
        assert!(house.condition(&key, "Stalled").is_none() && house.condition(&key, "Reconciling").is_none());
    }
    // Not for a deletion either.
    house.delete(&sub("old"));
    house.until(mins(1), "said", |house| {
        house
            .condition(&sub("old"), "DeletionBlocked")
            .is_some_and(|(_, why)| why == "AccountScopeUnverified")
    });
    house.run(mins(30));
    let vendor = house.vendor();
    assert_eq!(vendor.requests().entries().filter(|entry| entry.path.starts_with(ALL)).count(), 0);
    drop(vendor);
    let query = json!({"connection": {"accountScope": "Query"}});
    house.apply(&acme(), &with(organization(), query));
    house.until(mins(1), "at once", |house| house.ready(&sub("s")) && !house.exists(&sub("old")));
    house.assert_the_only_one(&sub("s"), "sig-10");
}

#[test]
fn each_edit_is_one_call_of_what_changed() {
    let edits: [Edit; 5] = [
        (json!({"eventType": "GROUP_ROLL_FAILED"}), |house| {
            house.subscriptions()[0].1.event_type == "GROUP_ROLL_FAILED"
        }),
        (json!({"protocol": "https"}), |house| {
            house.subscriptions()[0].1.protocol == orgkeeper::sandbox::spot::Protocol::Https
        }),
        (json!({"endpointSecretRef": null, "endpoint": OTHER}), |house| {
            house.subscriptions()[0].1.endpoint == OTHER
        }),
        (json!({"endpointSecretRef": null, "endpoint": "ops@example.com", "protocol": "email"}), |house| {
            house.subscriptions()[0].1.endpoint == "ops@example.com"
        }),
        (json!({"eventFormat": {"who": "%instance-id%"}}), |house| {
            house.subscriptions()[0].1.event_format == Some(json!({"who": "%instance-id%"}))
        }),
    ];
    for contract in BOTH {
        for (edit, done) in &edits {
            let mut house = kept(contract);
            house.ready_with(&sub("s"), &with(subscription("prod", "sig-10"), edit.clone()));
            house.stays(&sub("s"));
            if contract == Contract::Published && edit["eventFormat"].is_object() {
                assert_eq!(house.written(), [""; 0]);
                let message = house.message(&sub("s"), "NotSupported");
                assert!(message.contains("eventFormat"), "{message}");
                continue;
            }
            assert_eq!(house.written(), [CHANGE], "{contract:?} {edit}");
            assert!(done(&house), "{contract:?} {edit}\n{}", house.describe());
            told_nowhere(&house, &[HOOK, OTHER]);
        }
    }
}

#[test]
fn a_format_is_taken_away_by_an_empty_one_and_left_without_one() {
    let mut house = one_account(Contract::Production);
    let formatted = |format: Value| with(subscription("prod", "sig-10"), json!({"eventFormat": format}));
    house.ready_with(&sub("s"), &formatted(json!({"b": 1, "a": "%x%"})));
    house.run(mins(3));
    house.forget_requests();
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.stays(&sub("s"));
    assert_eq!(house.written(), [""; 0], "not managed");
    let mut empty = subscription("prod", "sig-10");
    empty["eventFormat"] = json!({});
    house.ready_with(&sub("s"), &empty);
    house.stays(&sub("s"));
    assert_eq!(house.written(), [CHANGE]);
    assert_eq!(house.subscriptions()[0].1.event_format, None);
}

#[test]
fn an_endpoint_that_moves_in_its_secret_moves_by_one_call() {
    for contract in BOTH {
        let mut house = kept(contract);
        house.way.cluster.put_secret(HOME, "hook", "url", OTHER);
        house.until(secs(30), "moved", |house| house.subscriptions()[0].1.endpoint == OTHER);
        house.stays(&sub("s"));
        assert_eq!(house.written(), [CHANGE], "{contract:?}");
        told_nowhere(&house, &[HOOK, OTHER]);
        for bad in ["", "no address", "ops@example.com", "arn:aws:sns:us-east-1:123456789012:t"] {
            house.way.cluster.put_secret(HOME, "hook", "url", bad);
            house.until(secs(30), bad, |house| house.stalled(&sub("s"), "SecretInvalid"));
            let message = house.message(&sub("s"), "Stalled");
            assert!(
                message.contains("Secret hook") && (bad.is_empty() || !message.contains(bad)),
                "{message}"
            );
            house.way.cluster.put_secret(HOME, "hook", "url", &format!("  {OTHER}\n"));
            house.until(secs(30), "good again", |house| house.ready(&sub("s")));
        }
        house.way.cluster.delete_secret(HOME, "hook");
        house.until(secs(30), "missing", |house| house.waits(&sub("s"), "SecretNotFound"));
        house.run(mins(20));
        assert_eq!(house.written(), [CHANGE]);
    }
}

#[test]
pub fn drift_of_the_endpoint_has_no_values_and_is_put_back_or_reported() {
    for (contract, policy) in BOTH
        .into_iter()
        .flat_map(|contract| ["Correct", "Report", "Observe"].map(|policy| (contract, policy)))
    {
        let mut house = kept(contract);
        let mode = match policy {
            "Observe" => json!({"managementPolicy": "Observe"}),
            policy => json!({"driftPolicy": policy}),
        };
        house.apply(&sub("s"), &with(subscription("prod", "sig-10"), mode));
        house.run(mins(3));
        let id = house.id(&sub("s")).unwrap();
        let moved = |it: &mut orgkeeper::sandbox::spot::SubscriptionDetails| {
            it.endpoint = OTHER.into();
            it.event_type = "BY_HAND".into();
        };
        assert!(house.by_hand(|console| console.change_in_account(&id, moved)));
        house.until(mins(12), "seen", |house| house.drift(&sub("s"), "endpoint").is_some());
        let drift = house.drift(&sub("s"), "endpoint").unwrap();
        assert!(
            drift["desired"].is_null() && drift["actual"].is_null() && drift["sensitive"] == true,
            "{drift}"
        );
        let shown = house.drift(&sub("s"), "eventType").unwrap();
        assert_eq!((&shown["desired"], &shown["actual"]), (&json!("GROUP_UPDATED"), &json!("BY_HAND")));
        house.run(mins(20));
        let expected: &[&str] = if policy == "Correct" { &[CHANGE] } else { &[] };
        assert_eq!(house.written(), expected, "{contract:?} {policy}\n{}", house.describe());
        told_nowhere(&house, &[HOOK, OTHER]);
        if policy == "Report" {
            // An edit of one field leaves what was only to be reported, also where all of it is sent.
            let edited = json!({"driftPolicy": "Report", "protocol": "https"});
            house.apply(&sub("s"), &with(subscription("prod", "sig-10"), edited));
            house.run(mins(10));
            let (_, details) = &house.subscriptions()[0];
            assert_eq!(house.written(), [CHANGE]);
            assert_eq!(
                (details.endpoint.as_str(), details.event_type.as_str()),
                (OTHER, "BY_HAND"),
                "{contract:?}"
            );
        }
    }
}

#[test]
fn an_event_that_the_vendor_is_not_known_for_is_said_and_sent() {
    let mut house = one_account(Contract::Production);
    house.ready_with(&sub("s"), &with(subscription("prod", "sig-10"), json!({"eventType": "GROUP_UPDATE"})));
    assert_eq!(house.condition(&sub("s"), "Unrecognized").unwrap().1, "UnknownEventType");
    house.stays(&sub("s"));
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    assert!(house.condition(&sub("s"), "Unrecognized").is_none());
}

#[test]
fn a_resource_that_is_not_there_is_said_and_comes_by_itself_or_when_asked() {
    for (contract, asked) in
        BOTH.into_iter().flat_map(|contract| [true, false].map(|asked| (contract, asked)))
    {
        let mut house = one_account(contract);
        house.forget_requests();
        house.apply(&sub("s"), &subscription("prod", "sig-later"));
        let reason = if contract == Contract::Production { "ResourceNotFound" } else { "RefusedByVendor" };
        house.until(mins(1), "said", |house| {
            house.stalled(&sub("s"), reason) || house.stalled(&sub("s"), "ResourceNotFound")
        });
        assert!(house.status(&sub("s"))["pendingCreate"].is_null());
        house.run(mins(60));
        assert!(house.calls("POST") <= 10, "{}", house.calls("POST"));
        let prod = house.id(&home("prod")).unwrap();
        house.vendor().world_mut().add_resource(&prod, Some("sig-later"), "late").unwrap();
        if asked {
            house.annotate(&sub("s"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        }
        let limit = if asked { secs(10) } else { mins(15) };
        house.until(limit, "made", |house| house.ready(&sub("s")));
        house.assert_the_only_one(&sub("s"), "sig-later");
    }
}

fn unknown_outcomes() -> Vec<FaultKind> {
    vec![
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::Garbage { effect: true },
        FaultKind::ServerError { status: 500, effect: false },
        FaultKind::ServerError { status: 502, effect: true },
    ]
}

#[test]
fn whatever_is_unknown_of_a_create_ends_in_exactly_one() {
    for contract in BOTH {
        for kind in unknown_outcomes() {
            for lag in [0, 10] {
                let mut house = subscribing(House::new(contract).with_lag(secs(lag)), &["prod"]);
                house.run(secs(30));
                house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
                house.apply(&sub("s"), &subscription("prod", "sig-10"));
                house.until(mins(30), "ready", |house| house.ready(&sub("s")));
                house.run(mins(15));
                house.assert_the_only_one(&sub("s"), "sig-10");
                let found = house.calls("POST") == 2;
                let origin = if found { "Adopted" } else { "Created" };
                assert_eq!(house.status(&sub("s"))["origin"], origin, "{contract:?} {kind:?} {lag}");
                told_nowhere(&house, &[HOOK]);
            }
        }
    }
}

#[test]
fn who_is_deleted_while_the_outcome_is_unknown_leaves_nothing_if_the_manifest_says_delete() {
    for says_delete in [true, false] {
        for kind in unknown_outcomes() {
            let mut house = one_account(Contract::Production);
            house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
            let delete = if says_delete { json!({"deletionPolicy": "Delete"}) } else { json!({}) };
            house.apply(&sub("s"), &with(subscription("prod", "sig-10"), delete));
            house.until(secs(30), "unknown", |house| !house.status(&sub("s"))["pendingCreate"].is_null());
            house.run(secs(1));
            house.delete(&sub("s"));
            house.until(mins(30), "gone", |house| !house.exists(&sub("s")));
            house.run(mins(10));
            let left = house.subscriptions();
            assert!(!says_delete || left.is_empty(), "{kind:?}\n{}", house.describe());
            let told = house.events(&sub("s"));
            let named = |id: &str| told.iter().any(|event| event.note.contains(id));
            assert!(left.iter().all(|(id, _)| named(id)), "{kind:?}\n{}", house.describe());
        }
    }
}

#[test]
fn one_that_is_there_is_taken_over_by_what_it_is_and_left_on_deletion() {
    for contract in BOTH {
        for clear in [true, false] {
            let mut house = one_account(contract);
            let id = house.subscribe_by_hand("prod", "sig-10", HOOK);
            house.subscribe_by_hand("prod", "sig-10", OTHER);
            house.forget_requests();
            let spec = subscription("prod", "sig-10");
            let spec = if clear { in_clear(spec, HOOK) } else { spec };
            house.ready_with(&sub("s"), &spec);
            assert_eq!(house.id(&sub("s")), Some(id));
            assert_eq!(house.status(&sub("s"))["origin"], "Adopted");
            house.stays(&sub("s"));
            house.delete(&sub("s"));
            house.until(mins(2), "gone", |house| !house.exists(&sub("s")));
            assert_eq!((house.written(), house.subscribed().len()), (vec![], 2));
        }
    }
}

#[test]
pub fn adoption_is_as_the_policy_says() {
    let mut house = one_account(Contract::Production);
    let first = house.subscribe_by_hand("prod", "sig-10", HOOK);
    let adopt = |adopt: Value| with(subscription("prod", "sig-10"), json!({"adopt": adopt}));
    house.forget_requests();
    let expect = |house: &mut House, key: &ObjectRef, spec: &Value, reason: &str| {
        house.apply(key, spec);
        house.until(mins(1), reason, |house| house.stalled(key, reason));
        house.delete(key);
        house.until(mins(1), "gone", |house| !house.exists(key));
    };
    expect(&mut house, &sub("never"), &adopt(json!({"policy": "Never"})), "AlreadyExists");
    let wrong = json!({"policy": "Required", "id": "sis-00000000"});
    expect(&mut house, &sub("wrong"), &adopt(wrong), "AdoptionTargetNotFound");
    let required = with(subscription("prod", "sig-20"), json!({"adopt": {"policy": "Required"}}));
    expect(&mut house, &sub("none"), &required, "NotFound");
    let second = house.subscribe_by_hand("prod", "sig-10", HOOK);
    expect(&mut house, &sub("two"), &adopt(json!({"policy": "IfExists"})), "Ambiguous");
    house.run(mins(20));
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&sub("s"), &adopt(json!({"policy": "IfExists", "id": second})));
    assert_eq!(house.id(&sub("s")), Some(second));
    assert!(house.subscriptions().iter().any(|(id, _)| *id == first));
}

#[test]
fn one_that_vanishes_is_not_made_again_unasked() {
    for contract in BOTH {
        let mut house = kept(contract);
        let id = house.id(&sub("s")).unwrap();
        assert!(house.by_hand(|console| console.delete_in_account::<SubscriptionDetails>(&id)));
        house.until(mins(10), "gone", |house| house.stalled(&sub("s"), "ExternallyDeleted"));
        house.run(mins(60));
        assert_eq!(house.written(), [""; 0]);
        let digest = house.digest(&sub("s"), "Ready");
        house.annotate(&sub("s"), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(5), "made again", |house| house.ready(&sub("s")));
        house.assert_the_only_one(&sub("s"), "sig-10");
    }
}

#[test]
fn what_is_suspended_or_observed_is_not_written() {
    for ceiling in [json!({"suspend": true}), json!({"managementPolicy": "Observe"})] {
        let mut house = kept(Contract::Production);
        let spec = with(subscription("prod", "sig-20"), ceiling.clone());
        house.apply(&sub("s"), &spec);
        house.way.cluster.put_secret(HOME, "hook", "url", OTHER);
        house.run(mins(30));
        house.restart();
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{ceiling}");
        house.delete(&sub("s"));
        house.until(mins(2), "gone", |house| !house.exists(&sub("s")));
        assert_eq!((house.written(), house.subscribed()), (vec![], vec!["sig-10".to_owned()]));
    }
}

#[test]
fn drift_of_what_is_no_secret_is_told_and_put_back_or_reported() {
    for policy in ["Correct", "Report", "Observe"] {
        let mut house = kept(Contract::Production);
        let format = json!({"eventFormat": {"instance": "%instance-id%"}});
        let spec = with(subscription("prod", "sig-10"), format);
        house.apply(&sub("s"), &spec);
        house.run(mins(3));
        let mode = match policy {
            "Observe" => json!({"managementPolicy": "Observe"}),
            policy => json!({"driftPolicy": policy}),
        };
        house.apply(&sub("s"), &with(spec, mode));
        house.run(mins(3));
        house.forget_requests();
        let id = house.id(&sub("s")).unwrap();
        let moved = |it: &mut orgkeeper::sandbox::spot::SubscriptionDetails| {
            it.protocol = orgkeeper::sandbox::spot::Protocol::Https;
            it.event_format = Some(json!({"by": "hand"}));
        };
        assert!(house.by_hand(|console| console.change_in_account(&id, moved)));
        let both =
            |house: &House| ["protocol", "eventFormat"].map(|path| house.drift(&sub("s"), path).is_some());
        house.until(mins(12), "seen", |house| both(house) == [true, true]);
        let drift = house.drift(&sub("s"), "protocol").unwrap();
        assert_eq!((&drift["desired"], &drift["actual"]), (&json!("web"), &json!("https")));
        house.run(mins(20));
        let expected: &[&str] = if policy == "Correct" { &[CHANGE] } else { &[] };
        assert_eq!(house.written(), expected, "{policy}\n{}", house.describe());
        let (_, details) = &house.subscriptions()[0];
        let put_back = details.event_format == Some(json!({"instance": "%instance-id%"}));
        assert_eq!(put_back, policy == "Correct");
    }
}

#[test]
fn the_end_of_many_is_no_matter_for_the_guard() {
    let mut house = one_account(Contract::Production);
    let guarded = json!({"connection": {"accountScope": "Query"}, "guard": {"maxDestructivePerHour": 1}});
    house.apply(&acme(), &with(organization(), guarded));
    let all = ["GROUP_UPDATED", "GROUP_ROLL_FAILED", "GROUP_ROLL_FINISHED", "AWS_EC2_CANT_SPIN_OD"];
    let keys: Vec<ObjectRef> = (0..all.len()).map(|number| sub(&format!("s{number}"))).collect();
    for (key, event) in keys.iter().zip(all) {
        house.ready_with(key, &with(subscription("prod", "sig-10"), json!({"eventType": event})));
    }
    house.run(mins(3));
    for key in &keys {
        house.delete(key);
    }
    house.until(mins(2), "all gone", |house| keys.iter().all(|key| !house.exists(key)));
    assert!(house.subscribed().is_empty());
}

#[test]
fn one_that_lists_lack_and_a_read_shows_is_there() {
    for contract in BOTH {
        let mut house = kept(contract);
        let empty = FaultKind::List { manner: ListFault::Empty };
        house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::GET, ALL, empty) });
        house.run(mins(40));
        assert!(!house.stalled(&sub("s"), "ExternallyDeleted"), "{}", house.describe());
        house.vendor().clear_faults();
        house.run(mins(12));
        house.stays(&sub("s"));
        assert_eq!(house.written(), [""; 0], "{contract:?}");
    }
}

#[test]
fn a_format_has_no_place_in_the_public_document_and_the_rest_is_kept() {
    let mut house = one_account(Contract::Published);
    house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_mins(1), reads: true });
    house.forget_requests();
    let spec = with(subscription("prod", "sig-10"), json!({"eventFormat": {"key": "%instance-id%"}}));
    house.ready_with(&sub("s"), &spec);
    assert!(house.message(&sub("s"), "NotSupported").contains("eventFormat"), "{}", house.describe());
    // What no list shows yet is changed like anything else.
    house.ready_with(&sub("s"), &with(spec, json!({"eventType": "GROUP_ROLL_FAILED"})));
    house.run(mins(3));
    house.stays(&sub("s"));
    assert_eq!(house.written(), [CREATE, CHANGE]);
    let (_, details) = house.subscriptions().remove(0);
    assert_eq!((details.event_type.as_str(), details.event_format), ("GROUP_ROLL_FAILED", None));
}
