//! A new one in place of one that cannot be changed: first the new one, then the old one goes.

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::with;
use crate::support::subscriptions::{
    ALL, CHANGE, CREATE, DELETE, HOOK, one_account, sub, subscribing, subscription,
};
use http::Method;
use orgkeeper::sandbox::spot::{Contract, SubscriptionDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const ONE: &str = "/events/subscription/{subscriptionId}";

/// A house with a subscription to `sig-10` at rest.
fn kept(lag: u64) -> House {
    let mut house = subscribing(House::new(Contract::Production).with_lag(secs(lag)), &["prod"]);
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(3));
    house.forget_requests();
    house
}

/// Deletions fail.
fn held_up(house: &House, kind: FaultKind) {
    house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::DELETE, ONE, kind) });
}

#[test]
fn another_resource_is_a_new_one_first_and_in_the_public_document_a_change() {
    for lag in [0, 10] {
        let mut house = kept(lag);
        let old = house.id(&sub("s")).unwrap();
        house.ready_with(&sub("s"), &subscription("prod", "sig-20"));
        house.stays(&sub("s"));
        assert_eq!(house.written(), [CREATE, DELETE]);
        house.assert_the_only_one(&sub("s"), "sig-20");
        let note = house.events(&sub("s")).into_iter().find(|event| event.reason == "Replaced").unwrap().note;
        assert!(note.contains(&old), "{note}");
    }
    let mut house = one_account(Contract::Published);
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.run(mins(3));
    house.forget_requests();
    house.ready_with(&sub("s"), &subscription("prod", "sig-20"));
    house.stays(&sub("s"));
    assert_eq!(house.written(), [CHANGE]);
    house.assert_the_only_one(&sub("s"), "sig-20");
}

#[test]
pub fn what_is_refused_leaves_the_old_one_and_says_why() {
    let mut house = kept(0);
    let old = house.id(&sub("s"));
    house.apply(&sub("s"), &subscription("prod", "sig-later"));
    house.until(mins(1), "said", |house| house.stalled(&sub("s"), "ResourceNotFound"));
    house.run(mins(60));
    assert_eq!((house.id(&sub("s")), house.subscribed()), (old.clone(), vec!["sig-10".to_owned()]));
    assert!(house.status(&sub("s"))["superseded"].is_null(), "{}", house.describe());
    assert!(house.calls("POST") <= 10 && house.calls("DELETE") == 0);
    let prod = house.id(&home("prod")).unwrap();
    house.vendor().world_mut().add_resource(&prod, Some("sig-later"), "late").unwrap();
    house.until(mins(15), "made", |house| house.ready(&sub("s")));
    house.assert_the_only_one(&sub("s"), "sig-later");
    // Edited back while it is refused: nothing to do.
    let mut house = kept(0);
    house.apply(&sub("s"), &subscription("prod", "sig-never"));
    house.until(mins(1), "said", |house| house.stalled(&sub("s"), "ResourceNotFound"));
    house.forget_requests();
    house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
    house.stays(&sub("s"));
    assert_eq!((house.id(&sub("s")), house.written()), (old, vec![]));
}

#[test]
fn whatever_is_unknown_of_the_new_one_ends_in_exactly_one() {
    for kind in [
        FaultKind::ResetBeforeEffect,
        FaultKind::ResetAfterEffect,
        FaultKind::ServerError { status: 500, effect: false },
        FaultKind::Garbage { effect: true },
        FaultKind::TooManyRequests { reset_seconds: 40 },
    ] {
        for lag in [0, 10] {
            for then in ["sig-20", "sig-10"] {
                let mut house = kept(lag);
                house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
                house.apply(&sub("s"), &subscription("prod", "sig-20"));
                house.run(secs(15));
                assert!(!house.subscribed().is_empty(), "there is always one");
                house.apply(&sub("s"), &subscription("prod", then));
                house.until(mins(30), &format!("{kind:?} {lag} {then}"), |house| house.ready(&sub("s")));
                house.run(mins(15));
                // What was found, and replaced in turn, is asked about.
                house.assert_the_only_one_beside(&sub("s"), then, usize::from(then == "sig-10"));
            }
        }
    }
}

#[test]
fn there_and_back_ends_in_one_however_lists_lag() {
    for lag in [0, 10, 40] {
        for pause in [0, 1, 5, 30, 200] {
            let mut house = kept(lag);
            for resource in ["sig-20", "sig-10", "sig-20", "sig-10"] {
                house.apply(&sub("s"), &subscription("prod", resource));
                house.run(secs(pause));
            }
            house.until(mins(30), &format!("{lag} {pause}"), |house| house.ready(&sub("s")));
            house.run(mins(20));
            house.assert_the_only_one(&sub("s"), "sig-10");
            assert!(house.ready(&sub("s")), "{}", house.describe());
        }
    }
}

#[test]
fn an_old_one_that_does_not_go_is_said_and_no_third_is_made() {
    for kind in [FaultKind::Forbidden, FaultKind::ServerError { status: 500, effect: false }] {
        let mut house = kept(0);
        let old = house.id(&sub("s")).unwrap();
        held_up(&house, kind);
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.run(mins(2));
        assert!(!house.ready(&sub("s")));
        let message = house.message(&sub("s"), "Ready");
        assert!(message.contains(&old), "{message}");
        assert_eq!(house.status(&sub("s"))["superseded"], old);
        // Meanwhile the new one is kept, and another edit makes no third.
        house.apply(
            &sub("s"),
            &with(subscription("prod", "sig-20"), json!({"eventType": "GROUP_ROLL_FAILED"})),
        );
        house.run(mins(2));
        let new = house.id(&sub("s")).unwrap();
        let kept = house.subscriptions().into_iter().find(|(id, _)| *id == new).unwrap().1;
        assert_eq!(kept.event_type, "GROUP_ROLL_FAILED", "{}", house.describe());
        house.apply(&sub("s"), &subscription("prod", "sig-10"));
        house.run(mins(30));
        assert_eq!(house.subscribed().len(), 2, "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(15), "gone", |house| house.ready(&sub("s")));
        house.run(mins(10));
        house.assert_the_only_one(&sub("s"), "sig-10");
    }
}

#[test]
fn who_is_deleted_in_between_takes_both_or_names_both() {
    for policy in ["Delete", "Orphan"] {
        for kind in [FaultKind::Forbidden, FaultKind::ServerError { status: 500, effect: false }] {
            let mut house = kept(0);
            let old = house.id(&sub("s")).unwrap();
            held_up(&house, kind);
            let spec = with(subscription("prod", "sig-20"), json!({"deletionPolicy": policy}));
            house.apply(&sub("s"), &spec);
            house.run(secs(20));
            let new = house.id(&sub("s")).unwrap();
            assert_ne!(new, old);
            house.delete(&sub("s"));
            house.run(mins(2));
            assert_eq!(house.exists(&sub("s")), policy == "Delete");
            house.vendor().clear_faults();
            house.until(mins(30), "gone", |house| !house.exists(&sub("s")));
            let left = if policy == "Delete" { 0 } else { 2 };
            assert_eq!(house.subscribed().len(), left, "{}", house.describe());
            if policy == "Orphan" {
                let event =
                    house.events(&sub("s")).into_iter().find(|event| event.reason == "Orphaned").unwrap();
                assert!(event.note.contains(&old) && event.note.contains(&new), "{}", event.note);
            }
        }
    }
}

#[test]
fn who_is_deleted_while_the_new_one_is_unknown_takes_both_or_names_the_old_one() {
    for policy in ["Delete", "Orphan"] {
        for kind in [FaultKind::ResetBeforeEffect, FaultKind::ResetAfterEffect] {
            let mut house = kept(0);
            let old = house.id(&sub("s")).unwrap();
            house.vendor().add_fault(Fault::once(&Method::POST, ALL, kind.clone()));
            let spec = with(subscription("prod", "sig-20"), json!({"deletionPolicy": policy}));
            house.apply(&sub("s"), &spec);
            house.until(secs(10), "sent", |house| house.status(&sub("s"))["id"].is_null());
            house.delete(&sub("s"));
            house.until(mins(30), "gone", |house| !house.exists(&sub("s")));
            house.run(mins(10));
            if policy == "Delete" {
                assert!(house.subscribed().is_empty(), "{kind:?}\n{}", house.describe());
            } else {
                assert!(house.subscribed().contains(&"sig-10".to_owned()));
                let note = house.events(&sub("s")).pop().unwrap().note;
                assert!(note.contains(&old), "{note}");
            }
        }
    }
}

#[test]
fn what_is_suspended_or_observed_in_between_goes_on_after_it() {
    for (ceiling, lag) in [json!({"suspend": true}), json!({"managementPolicy": "Observe"})]
        .into_iter()
        .flat_map(|ceiling| [0, 10].map(|lag| (ceiling.clone(), lag)))
    {
        let mut house = kept(lag);
        held_up(&house, FaultKind::ServerError { status: 500, effect: false });
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.run(secs(20));
        house.apply(&sub("s"), &with(subscription("prod", "sig-20"), ceiling.clone()));
        house.run(secs(5));
        house.vendor().clear_faults();
        let written = house.written();
        house.run(mins(30));
        assert_eq!(house.written(), written, "{ceiling}");
        assert_eq!(house.subscribed().len(), 2);
        house.apply(&sub("s"), &subscription("prod", "sig-20"));
        house.until(mins(5), "gone", |house| house.ready(&sub("s")) && house.subscribed().len() == 1);
        house.run(mins(5));
        house.assert_the_only_one(&sub("s"), "sig-20");
    }
}

#[test]
fn what_was_adopted_by_its_id_is_replaced_too_and_the_id_counts_no_more() {
    for policy in ["IfExists", "Required"] {
        let mut house = one_account(Contract::Production);
        let id = house.subscribe_by_hand("prod", "sig-10", HOOK);
        let spec = |resource: &str| {
            with(subscription("prod", resource), json!({"adopt": {"policy": policy, "id": id}}))
        };
        house.ready_with(&sub("s"), &spec("sig-10"));
        house.run(mins(3));
        for resource in ["sig-20", "sig-10"] {
            house.ready_with(&sub("s"), &spec(resource));
            house.run(mins(8));
            house.assert_the_only_one(&sub("s"), resource);
            assert!(house.ready(&sub("s")), "{}", house.describe());
        }
        assert_eq!(house.status(&sub("s"))["origin"], "Created");
        house.restart();
        house.run(mins(10));
        assert!(house.ready(&sub("s")), "{}", house.describe());
    }
}

#[test]
fn what_is_there_and_nobodys_takes_the_place_unless_adoption_is_refused() {
    let adopting = |adopt: Value| with(subscription("prod", "sig-20"), json!({"adopt": adopt}));
    let mut house = kept(0);
    let there = house.subscribe_by_hand("prod", "sig-20", HOOK);
    house.ready_with(&sub("s"), &subscription("prod", "sig-20"));
    house.stays(&sub("s"));
    assert_eq!((house.id(&sub("s")), house.written()), (Some(there), vec![DELETE.to_owned()]));
    house.assert_the_only_one(&sub("s"), "sig-20");
    assert_eq!(house.status(&sub("s"))["origin"], "Adopted");

    let mut house = kept(0);
    house.subscribe_by_hand("prod", "sig-20", HOOK);
    house.apply(&sub("s"), &adopting(json!({"policy": "Never"})));
    house.until(mins(1), "said", |house| house.stalled(&sub("s"), "AlreadyExists"));
    house.run(mins(30));
    assert_eq!((house.written(), house.subscribed().len()), (vec![], 2));

    // What another object stands for is never taken.
    let mut house = kept(0);
    house.ready_with(&sub("other"), &subscription("prod", "sig-20"));
    house.run(mins(2));
    house.forget_requests();
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house.until(mins(1), "said", |house| house.stalled(&sub("s"), "ManagementConflict"));
    house.run(mins(30));
    assert_eq!((house.written(), house.subscribed().len()), (vec![], 2));
}

#[test]
pub fn who_moves_the_resource_back_by_hand_each_time_ends_the_fight() {
    let mut house = kept(0);
    for _ in 0..6 {
        let id = house.id(&sub("s")).unwrap();
        house.by_hand(|console| {
            console.change_in_account(&id, |it: &mut SubscriptionDetails| it.resource_id = "sig-20".into())
        });
        house.run(mins(7));
    }
    assert_eq!(house.calls("POST"), 3, "{}", house.describe());
    assert!(house.stalled(&sub("s"), "DriftContested"));
    assert_eq!(house.subscribed().len(), 1);
}

#[test]
fn what_was_moved_by_hand_is_in_status_as_long_as_nothing_can_take_its_place() {
    let mut house = kept(0);
    let refused = Fault { times: None, ..Fault::once(&Method::POST, ALL, FaultKind::Forbidden) };
    house.vendor().add_fault(refused);
    let id = house.id(&sub("s")).unwrap();
    house.by_hand(|console| {
        console.change_in_account(&id, |it: &mut SubscriptionDetails| it.resource_id = "sig-20".into())
    });
    house.until(mins(15), "told", |house| house.stalled(&sub("s"), "Forbidden"));
    let drift = house.drift(&sub("s"), "resourceId").unwrap_or_else(|| panic!("{}", house.describe()));
    assert_eq!((&drift["desired"], &drift["actual"]), (&json!("sig-10"), &json!("sig-20")));
    house.vendor().clear_faults();
    house.annotate(&sub("s"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
    house.until(mins(15), "put back", |house| house.ready(&sub("s")));
    house.stays(&sub("s"));
}

#[test]
pub fn what_was_found_and_replaced_is_left_and_asked_about() {
    let mut house = kept(0);
    house.vendor().add_fault(Fault::once(&Method::POST, ALL, FaultKind::ResetAfterEffect));
    house.apply(&sub("s"), &subscription("prod", "sig-20"));
    house.until(mins(30), "found", |house| house.ready(&sub("s")));
    let found = house.id(&sub("s")).unwrap();
    house.apply(&sub("s"), &subscription("prod", "sig-10"));
    house.until(mins(30), "replaced", |house| house.ready(&sub("s")));
    house.run(mins(15));
    assert_eq!(house.status(&sub("s"))["leftovers"], json!([found]), "{}", house.describe());
    assert_eq!(house.subscribed(), ["sig-10", "sig-20"]);
}
