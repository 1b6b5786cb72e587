//! One policy: made, taken over, changed, put back, deleted.

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{HOME, with};
use crate::support::notifications::{
    ALL, CHANGE, CREATE, DELETE, HOOK, JO, by_object, everything, noted, notification, notifying,
};
use crate::support::people::furnished;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{
    Contract, DynamicRule, FilterCondition, NotificationEvent, NotificationPolicyDetails,
    NotificationSubscription, RegisteredUser,
};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const OTHER: &str = "https://hooks.example.com/canary-of-another-notification";

/// A house with a policy at rest, of which every field is declared.
fn kept() -> House {
    let mut house = notifying(&["prod"]);
    let prod = house.id(&home("prod")).unwrap();
    house.vendor().world_mut().add_resource(&prod, Some("sig-10"), "a group").unwrap();
    house.ready_with(&noted("n"), &whole());
    house.run(mins(8));
    house.forget_requests();
    house
}

fn whole() -> Value {
    with(
        notification("prod", "incidents"),
        json!({"description": "what for", "isActive": true, "registeredUsers": [by_object("jo", &["email"])]}),
    )
}

fn hook(endpoint: &str) -> NotificationSubscription {
    NotificationSubscription { kind: "webhook".into(), endpoint: endpoint.into() }
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

#[test]
fn one_is_made_by_one_call_and_stays() {
    let mut house = notifying(&["prod"]);
    house.run(mins(3));
    house.forget_requests();
    house.ready_with(&noted("n"), &whole());
    house.stays(&noted("n"));
    assert_eq!(house.written(), [CREATE]);
    house.assert_the_only_notification(&noted("n"));
    let made = house.notification();
    assert_eq!((&made.account, made.is_public), (&house.id(&home("prod")).unwrap(), true));
    assert_eq!((made.subscriptions, made.config), (vec![hook(HOOK)], everything()));
    assert_eq!(made.registered_users[0].user_email, JO);
    let status = house.status(&noted("n"));
    assert_eq!((&status["origin"], &status["deletionPolicy"]), (&json!("Created"), &json!("Delete")));
    told_nowhere(&house, &[HOOK]);
    house.restart();
    house.stays(&noted("n"));
    assert_eq!(house.written(), [CREATE]);
    house.delete(&noted("n"));
    house.until(mins(2), "gone", |house| !house.exists(&noted("n")));
    assert_eq!(house.written(), [CREATE, DELETE]);
    assert!(house.notifications().is_empty());
}

#[test]
fn the_document_cannot_say_one_and_nothing_is_sent() {
    let mut house = furnished(Contract::Published, &["prod"]);
    house.way.cluster.put_secret(HOME, "hook", "url", HOOK);
    house.apply(&noted("n"), &notification("prod", "incidents"));
    house.until(mins(2), "said", |house| house.waits(&noted("n"), "NotSupportedByContract"));
    house.run(mins(30));
    assert!(house.condition(&noted("n"), "NotSupported").is_some());
    assert!(house.condition(&noted("n"), "Stalled").is_none());
    assert_eq!(house.reads(ALL), 0);
    house.delete(&noted("n"));
    house.until(mins(2), "gone", |house| !house.exists(&noted("n")));
}

#[test]
fn an_event_that_is_misspelt_is_told_with_those_that_are_near_it() {
    let mut house = kept();
    let named = |event: &str| {
        let events = json!([{"event": event, "type": "ERROR"}]);
        with(whole(), json!({"computePolicyConfig": {"events": events}}))
    };
    let told = |house: &House| {
        house.condition(&noted("n"), "Unrecognized").is_some_and(|(_, reason)| reason == "UnknownEventType")
    };
    house.ready_with(&noted("n"), &named("Scale up failled"));
    house.until(mins(5), "told", told);
    let message = house.message(&noted("n"), "Unrecognized");
    assert!(message.contains("no event Scale up failled "), "{message}");
    assert!(message.contains("Scale up failed"), "{message}");
    assert_eq!(
        house.notifications()[0].1.config.events[0].event,
        "Scale up failled",
        "it is sent all the same"
    );
    house.ready_with(&noted("n"), &named("Scale up failed"));
    house.until(mins(5), "corrected", |house| !told(house));
}

#[test]
fn where_the_list_of_events_cannot_be_read_nothing_is_said_and_nothing_waits() {
    let mut house = notifying(&["prod"]);
    let down = Fault::always(FaultKind::ServerError { status: 503, effect: false });
    house.vendor().add_fault(Fault { route: Some("/notificationCenter/compute/event".into()), ..down });
    let events = json!([{"event": "Scale up failled", "type": "ERROR"}]);
    house.ready_with(&noted("n"), &with(whole(), json!({"computePolicyConfig": {"events": events}})));
    house.run(mins(20));
    assert!(house.condition(&noted("n"), "Unrecognized").is_none(), "{}", house.describe());
}

/// An edit, and whether the vendor shows it.
type Edit = (Value, fn(&NotificationPolicyDetails) -> bool);

#[test]
fn each_edit_is_one_call_of_what_changed() {
    let clear = json!([{"type": "email", "endpoint": "ops@example.com"}]);
    let rule =
        json!({"filterConditions": [{"identifier": "tag", "operator": "equals", "expression": "a:b"}]});
    let events = json!([{"event": "Group updated", "type": "INFO"}]);
    let edits: [Edit; 8] = [
        (json!({"name": "other"}), |it| it.name.as_deref() == Some("other")),
        (json!({"description": "else"}), |it| it.description.as_deref() == Some("else")),
        (json!({"isActive": false}), |it| !it.is_active),
        (json!({ "subscriptions": clear }), |it| it.subscriptions[0].endpoint == "ops@example.com"),
        (json!({"subscriptions": []}), |it| it.subscriptions.is_empty()),
        (json!({"registeredUsers": [by_object("jo", &["console"])]}), |it| {
            it.registered_users[0].subscription_types.contains("console")
        }),
        (json!({"computePolicyConfig": {"includeAllResources": null, "resourceIds": ["sig-10"]}}), |it| {
            it.config.resource_ids == ["sig-10"] && !it.config.should_include_all_resources
        }),
        (
            json!({"computePolicyConfig": {"events": events, "includeAllResources": null, "dynamicRules": [rule]}}),
            |it| it.config.dynamic_rules.len() == 1 && it.config.events[0].event == "Group updated",
        ),
    ];
    let mut house = kept();
    for (edit, done) in edits {
        let mut spec = with(whole(), edit.clone());
        if edit["subscriptions"] == json!([]) {
            spec["subscriptions"] = json!([]);
        }
        house.forget_requests();
        house.ready_with(&noted("n"), &spec);
        house.stays(&noted("n"));
        let member = edit.as_object().unwrap().keys().next().unwrap().clone();
        let changes: Vec<Value> = {
            let vendor = house.vendor();
            let entries = vendor.requests().entries().filter(|entry| entry.method == "PUT");
            entries.map(|entry| entry.body.clone()).collect()
        };
        assert!(done(&house.notification()), "{edit}\n{}", house.describe());
        assert_eq!(changes.len(), 1, "{edit}");
        assert!(changes[0].get(&member).is_some(), "{edit}: {}", changes[0]);
        told_nowhere(&house, &[HOOK]);
        house.ready_with(&noted("n"), &whole());
        house.run(mins(3));
    }
}

/// A change by hand, the path that it moves, and whether its values are shown.
type Moved = (fn(&mut NotificationPolicyDetails), &'static str, bool);

const BY_HAND: [Moved; 8] = [
    (|it| it.name = Some("by hand".into()), "name", true),
    (|it| it.description = None, "description", true),
    (|it| it.is_active = false, "isActive", true),
    (|it| it.subscriptions[0].endpoint = OTHER.into(), "subscriptions", false),
    (|it| it.subscriptions.push(hook(OTHER)), "subscriptions", false),
    (|it| it.registered_users.clear(), "registeredUsers[jo@example.com]", true),
    (
        |it| it.config.events.push(NotificationEvent { event: "x".into(), kind: "INFO".into() }),
        "computePolicyConfig",
        true,
    ),
    (
        |it| {
            let condition = FilterCondition {
                identifier: "region".into(),
                operator: "equals".into(),
                expression: "us-east-1".into(),
            };
            it.config.should_include_all_resources = false;
            it.config.dynamic_rules = vec![DynamicRule { filter_conditions: vec![condition] }];
        },
        "computePolicyConfig",
        true,
    ),
];

#[test]
pub fn drift_of_each_field_is_put_back_or_told_and_of_what_is_secret_without_values() {
    for policy in ["Correct", "Report", "Observe"] {
        let mode = match policy {
            "Observe" => json!({"managementPolicy": "Observe"}),
            policy => json!({"driftPolicy": policy}),
        };
        for (change, path, shown) in BY_HAND {
            let mut house = kept();
            house.ready_with(&noted("n"), &with(whole(), mode.clone()));
            house.run(mins(3));
            let before = house.notification();
            house.change_notification(change);
            house.until(mins(30), "seen", |house| {
                house.drift(&noted("n"), path).is_some() || house.notification() == before
            });
            if let Some(drift) = house.drift(&noted("n"), path) {
                assert_eq!(drift["actual"].is_null() && drift["desired"].is_null(), !shown, "{drift}");
            }
            house.run(mins(30));
            let expected: &[&str] = if policy == "Correct" { &[CHANGE] } else { &[] };
            assert_eq!(house.written(), expected, "{policy} {path}\n{}", house.describe());
            assert_eq!(house.notification() == before, policy == "Correct", "{policy} {path}");
            told_nowhere(&house, &[HOOK, OTHER]);
        }
    }
}

#[test]
fn who_sees_it_is_of_a_create_and_told_where_it_differs() {
    let mut house = kept();
    house.change_notification(|it| it.is_public = false);
    house.until(mins(30), "told", |house| house.stalled(&noted("n"), "ImmutableField"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    let drift = house.drift(&noted("n"), "privacyLevel").unwrap_or_else(|| panic!("{}", house.describe()));
    assert_eq!((&drift["desired"], &drift["actual"]), (&json!("public"), &json!("private")));
    house.change_notification(|it| it.is_public = true);
    house.until(mins(30), "in order", |house| house.ready(&noted("n")));
}

#[test]
fn an_endpoint_that_moves_in_its_secret_moves_by_one_call() {
    let mut house = kept();
    house.way.cluster.put_secret(HOME, "hook", "url", OTHER);
    house.until(secs(30), "moved", |house| house.notification().subscriptions == [hook(OTHER)]);
    house.stays(&noted("n"));
    assert_eq!(house.written(), [CHANGE]);
    told_nowhere(&house, &[HOOK, OTHER]);
    let long = format!("https://hooks.example.com/{}", "x".repeat(500));
    for bad in ["", "no address", "ops@example.com", "ftp://example.com", &long] {
        house.way.cluster.put_secret(HOME, "hook", "url", bad);
        house.until(secs(30), bad, |house| house.stalled(&noted("n"), "SecretInvalid"));
        let message = house.message(&noted("n"), "Stalled");
        assert!(message.contains("Secret hook") && (bad.is_empty() || !message.contains(bad)), "{message}");
        house.way.cluster.put_secret(HOME, "hook", "url", &format!("{OTHER}\n"));
        house.until(secs(30), "good again", |house| house.ready(&noted("n")));
    }
    house.way.cluster.delete_secret(HOME, "hook");
    house.until(secs(30), "missing", |house| house.waits(&noted("n"), "SecretNotFound"));
    house.run(mins(20));
    assert_eq!(house.written(), [CHANGE]);
}

#[test]
fn what_reads_mask_is_compared_by_what_was_written() {
    let mut house = kept();
    house.change_notification(|it| it.subscriptions[0].endpoint = "https://hooks****".into());
    house.run(mins(60));
    house.restart();
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    assert!(house.ready(&noted("n")), "{}", house.describe());
    // What is shown besides is none of it.
    house.change_notification(|it| it.subscriptions.push(hook(OTHER)));
    house.until(mins(30), "put back", |house| house.notification().subscriptions == [hook(HOOK)]);
    assert_eq!(house.written(), [CHANGE]);
    house.change_notification(|it| it.subscriptions[0].endpoint = "https://hooks****".into());
    house.run(mins(30));
    house.way.cluster.put_secret(HOME, "hook", "url", OTHER);
    house.until(mins(10), "moved", |house| house.notification().subscriptions == [hook(OTHER)]);
    house.stays(&noted("n"));
    told_nowhere(&house, &[HOOK, OTHER]);
}

#[test]
fn one_that_is_there_is_taken_over_by_its_name_in_its_account_and_left_on_deletion() {
    let mut house = notifying(&["prod", "other"]);
    let elsewhere = house.notify_by_hand("other", "incidents");
    let id = house.notify_by_hand("prod", "incidents");
    house.run(mins(3));
    house.forget_requests();
    house.ready_with(&noted("n"), &notification("prod", "incidents"));
    assert_eq!(house.id(&noted("n")), Some(id));
    assert_eq!(house.status(&noted("n"))["origin"], "Adopted");
    house.stays(&noted("n"));
    // The same name in another account is another policy.
    house.ready_with(&noted("o"), &notification("other", "incidents"));
    assert_eq!(house.id(&noted("o")), Some(elsewhere));
    house.delete(&noted("n"));
    house.until(mins(2), "gone", |house| !house.exists(&noted("n")));
    assert_eq!((house.written(), house.notifications().len()), (vec![], 2));
}

#[test]
pub fn adoption_is_as_the_policy_says() {
    let mut house = notifying(&["prod", "other"]);
    let first = house.notify_by_hand("prod", "incidents");
    let elsewhere = house.notify_by_hand("other", "incidents");
    house.run(mins(3));
    let adopt = |adopt: Value| with(notification("prod", "incidents"), json!({"adopt": adopt}));
    house.forget_requests();
    let expect = |house: &mut House, key: &ObjectRef, spec: &Value, reason: &str| {
        house.apply(key, spec);
        house.until(mins(1), reason, |house| house.stalled(key, reason));
        house.delete(key);
        house.until(mins(1), "gone", |house| !house.exists(key));
    };
    expect(&mut house, &noted("never"), &adopt(json!({"policy": "Never"})), "AlreadyExists");
    let wrong = json!({"policy": "Required", "id": "snp-00000000"});
    expect(&mut house, &noted("wrong"), &adopt(wrong), "AdoptionTargetNotFound");
    let other_account = json!({"policy": "Required", "id": elsewhere});
    expect(&mut house, &noted("elsewhere"), &adopt(other_account), "AdoptionTargetNotFound");
    let required = with(notification("prod", "none"), json!({"adopt": {"policy": "Required"}}));
    expect(&mut house, &noted("none"), &required, "NotFound");
    let second = house.notify_by_hand("prod", "incidents");
    house.run(secs(30));
    expect(&mut house, &noted("two"), &adopt(json!({"policy": "IfExists"})), "Ambiguous");
    house.run(mins(20));
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&noted("n"), &adopt(json!({"policy": "IfExists", "id": second})));
    assert_eq!(house.id(&noted("n")), Some(second));
    assert!(house.notifications().iter().any(|(id, _)| *id == first));
}

#[test]
fn one_that_vanishes_is_not_made_again_unasked() {
    let mut house = kept();
    let id = house.id(&noted("n")).unwrap();
    assert!(house.by_hand(|console| console.delete_in_account::<NotificationPolicyDetails>(&id)));
    house.until(mins(30), "gone", |house| house.stalled(&noted("n"), "ExternallyDeleted"));
    house.run(mins(60));
    assert_eq!(house.written(), [""; 0]);
    let digest = house.digest(&noted("n"), "Ready");
    house.annotate(&noted("n"), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(5), "made again", |house| house.ready(&noted("n")));
    house.assert_the_only_notification(&noted("n"));
}

#[test]
fn the_end_of_its_account_waits_for_it() {
    let mut house = kept();
    house.delete(&home("prod"));
    house.until(mins(5), "held up", |house| {
        house.condition(&home("prod"), "DeletionBlocked").is_some_and(|(_, why)| why == "HasDependents")
    });
    house.delete(&noted("n"));
    house.until(mins(10), "gone", |house| !house.exists(&home("prod")) && !house.exists(&noted("n")));
}

#[test]
fn what_is_not_declared_is_left_as_it_is() {
    let mut house = notifying(&["prod"]);
    let bare = with(notification("prod", "incidents"), json!({"subscriptions": null}));
    house.ready_with(&noted("n"), &bare);
    house.run(mins(3));
    house.forget_requests();
    house.change_notification(|it| {
        it.description = Some("by hand".into());
        it.is_active = false;
        it.subscriptions = vec![hook(OTHER)];
        let types = ["email".to_owned()].into();
        it.registered_users = vec![RegisteredUser { user_email: JO.into(), subscription_types: types }];
    });
    house.stays(&noted("n"));
    assert_eq!(house.written(), [""; 0]);
}
