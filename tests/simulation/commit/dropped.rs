//! What a webhook, or a definition of another version, takes out of what is stored while Kubernetes says yes:
//! nothing is sent that only this would have made safe, and it is said.

use super::hidden;
use crate::support::credentials::{azure, cloud, with_prod};
use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnished, with_ci};
use crate::support::makings::{self, Making};
use crate::support::manifests::{ORGANIZATION, account, organization, with};
use crate::support::network::{Failing, Scripted};
use crate::support::subscriptions::{CREATE, one_account, sub, subscription};
use crate::support::webhooks::Dropped;
use http::Method;
use orgkeeper::api::token::{ID, KIND, MANAGED_BY, OBJECT};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

/// It is said on the object, once, and who looks at it knows what is dropped.
#[track_caller]
fn assert_said(house: &House, key: &ObjectRef, what: &str) {
    assert!(house.stalled(key, "KubernetesUnavailable"), "{}", house.describe());
    assert!(house.message(key, "Stalled").contains(what), "{}", house.message(key, "Stalled"));
    let told = house.events(key);
    let told = told.iter().filter(|event| event.reason == "KubernetesUnavailable").count();
    assert_eq!(told, 1, "{}", house.describe());
}

#[test]
pub fn nothing_is_created_whose_finalizer_or_intent_is_dropped() {
    for contract in CONTRACTS {
        for what in [Dropped::Finalizer, Dropped::Status("pendingCreate"), Dropped::Status("organizationId")]
        {
            let mut house = furnished(contract);
            house.drop_silently(what);
            house.forget_requests();
            house.apply(&home("other"), &account("other"));
            house.apply(&ci(), &ci_spec());
            house.run(mins(120));
            assert_eq!(house.written(), [""; 0], "{what:?}\n{}", house.describe());
            let named = match what {
                Dropped::Status(member) => member,
                _ => "finalizers",
            };
            assert_said(&house, &home("other"), named);
            assert_said(&house, &ci(), named);
            // It ends with the cause.
            house.store_all();
            house.until(mins(25), "made", |house| house.ready(&home("other")) && house.ready(&ci()));
            house.run(mins(10));
            house.assert_one_that_works();
            assert_eq!(house.named("other").len(), 1);
        }
    }
}

/// Nothing of it is sent while this is dropped, which is said; and it is made once that ends.
#[track_caller]
fn assert_waits_for(making: &Making, what: Dropped, named: &str) {
    let mut house = making.house();
    house.drop_silently(what);
    (making.asks)(&mut house);
    house.run(mins(120));
    assert_eq!(house.written(), [""; 0], "{} {what:?}\n{}", making.what, house.describe());
    assert_said(&house, &(making.key)(), named);
    house.store_all();
    making.until_made(&mut house);
    making.assert_one(&house);
    assert_eq!(making.sent(&house), 1, "{} {what:?}\n{}", making.what, house.describe());
}

#[test]
pub fn nothing_is_made_in_whatever_way_whose_intent_is_dropped() {
    for making in makings::all() {
        assert_waits_for(&making, Dropped::Status(making.intent), &making.intent.replace('/', "."));
    }
}

#[test]
fn nothing_of_any_kind_is_created_whose_finalizer_or_organization_is_dropped() {
    for making in makings::first_creates() {
        assert_waits_for(&making, Dropped::Finalizer, "finalizers");
        assert_waits_for(&making, Dropped::Status("organizationId"), "organizationId");
    }
}

#[test]
pub fn no_other_user_is_made_where_it_would_be_forgotten_for_which_generation() {
    for making in makings::AGAIN.under_each() {
        assert_waits_for(&making, Dropped::Status("token/madeAgainFor"), "token.madeAgainFor");
    }
}

/// Of the other one the token is lost too, and what says for which generation it was made is dropped since.
#[test]
pub fn no_third_user_is_made_where_it_is_forgotten_for_which_generation_the_second_was() {
    for making in makings::AGAIN.under_each() {
        let mut house = making.house();
        house.way.vendors.latency.set(secs(2));
        (making.asks)(&mut house);
        house.until(mins(20), making.what, |house| making.sent(house) == 1);
        house.drop_silently(Dropped::Status("token/madeAgainFor"));
        house.kill();
        house.way.vendors.latency.set(secs(0));
        house.run(mins(5));
        house.start();
        house.run(mins(180));
        assert_eq!(making.sent(&house), 1, "{}\n{}", making.what, house.describe());
        house.store_all();
        house.until(mins(25), making.what, |house| house.stalled(&ci(), "TokenLost"));
        house.run(mins(60));
        assert_eq!(making.sent(&house), 1, "{}\n{}", making.what, house.describe());
        assert_eq!(
            house.status(&ci())["token"]["madeAgainFor"],
            house.object(&ci())["metadata"]["generation"]
        );
    }
}

#[test]
fn no_organization_is_created_whose_finalizer_or_intent_is_dropped() {
    for contract in CONTRACTS {
        for what in [Dropped::Finalizer, Dropped::Status("pendingCreate")] {
            let mut house = House::with_a_parent(contract);
            house.drop_silently(what);
            house.apply(&acme(), &to_create());
            house.start();
            house.run(mins(120));
            assert_eq!((house.foundings(), house.founded().len()), (0, 0), "{what:?}\n{}", house.describe());
            assert!(house.stalled(&acme(), "KubernetesUnavailable"), "{}", house.describe());
            house.store_all();
            house.until(mins(25), "created", |house| house.id(&acme()).is_some());
            assert_eq!((house.foundings(), house.founded().len()), (1, 1), "{}", house.describe());
        }
    }
}

/// An organization at rest that goes with its object.
fn organization_to_delete(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.run(mins(2));
    house
}

/// What says that a deletion is about to be sent, and with which token.
const OF_A_DELETION: [&str; 3] = ["deletionSentAt", "deletion", "deletion/token"];

#[test]
pub fn no_organization_is_deleted_whose_intent_is_dropped() {
    for (contract, what) in CONTRACTS.into_iter().flat_map(|it| OF_A_DELETION.map(|what| (it, what))) {
        let mut house = organization_to_delete(contract);
        house.drop_silently(Dropped::Status(what));
        house.delete(&acme());
        house.run(mins(120));
        // No other trouble is said in its place.
        house.way.unkind.relent();
        house.run(mins(15));
        let text = format!("{contract:?} {what}\n{}", house.describe());
        assert_eq!((house.calls("DELETE"), house.exists(&acme())), (0, true), "{text}");
        let said = house.message(&acme(), "DeletionBlocked");
        assert!(said.contains(&format!("status.{}", what.replace('/', "."))), "{said}");
        house.store_all();
        house.until(mins(25), "gone", |house| !house.exists(&acme()));
        assert_eq!(house.calls("DELETE"), 1, "{text}");
    }
}

/// It is dropped in the moment in which the deletion is under way, and the process forgets what it did.
#[test]
fn no_organization_is_deleted_twice_where_it_is_forgotten_that_it_was() {
    for (contract, what) in CONTRACTS.into_iter().flat_map(|it| OF_A_DELETION.map(|what| (it, what))) {
        for carried_out in [true, false] {
            let mut house = organization_to_delete(contract);
            house.way.unkind.relent();
            house.way.vendors.latency.set(secs(2));
            if !carried_out {
                let failing = Failing::Answer(503, r#"{"response": {"status": {"code": 503}}}"#);
                let (method, path) = (Method::DELETE, "/setup/organization".to_owned());
                house.way.vendors.scripted.borrow_mut().push(Scripted {
                    method,
                    path,
                    failing,
                    times: 1_000,
                });
            }
            let sent = |house: &House| house.calls("DELETE") + house.way.vendors.failed.get();
            house.delete(&acme());
            house.until(mins(2), "intended", |house| !house.status(&acme())["deletion"].is_null());
            house.drop_silently(Dropped::Status(what));
            house.run(mins(60));
            for _ in 0..2 {
                house.restart_at_once();
                house.run(mins(60));
            }
            let text = format!("{contract:?} {what} {carried_out}\n{}", house.describe());
            assert_eq!(sent(&house), 1, "{text}");
            if house.exists(&acme()) {
                let said = house.message(&acme(), "DeletionBlocked");
                let named = format!("status.{}", what.replace('/', "."));
                assert!(said.contains(&named) || said.contains("orgkeeper.dev/confirm"), "{said}\n{text}");
            }
            house.way.vendors.scripted.borrow_mut().clear();
            house.store_all();
            let over = |house: &House| {
                !house.exists(&acme())
                    || house.message(&acme(), "DeletionBlocked").contains("orgkeeper.dev/confirm")
            };
            house.until(mins(25), "gone, or asked", over);
            assert!(sent(&house) <= if carried_out { 1 } else { 2 }, "{text}");
        }
    }
}

#[test]
fn a_rotation_whose_intent_is_dropped_makes_nobody() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (users, token) = (house.users("ci"), house.token());
        house.drop_silently(Dropped::Status("token/rotation"));
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.run(mins(120));
        assert_eq!((house.users("ci"), house.token()), (users.clone(), token), "{}", house.describe());
        assert_said(&house, &ci(), "token.rotation");
        house.store_all();
        house.until(mins(120), "rotated", |house| {
            house.status(&ci())["token"]["lastHandledRotateAt"] == "one"
        });
        house.run(mins(10));
        house.assert_one_that_works();
        assert_ne!(house.users("ci"), users);
    }
}

#[test]
fn what_is_dropped_beside_what_is_written_is_stored_again() {
    for contract in CONTRACTS {
        for what in [Dropped::Status("token/rotation"), Dropped::Status("token"), Dropped::Status("id")] {
            let mut house = with_ci(contract);
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
            house.until(mins(30), "switched", |house| {
                !house.status(&ci())["token"]["rotation"]["oldId"].is_null()
            });
            house.run(mins(2));
            // A webhook that comes in the overlap, and a write that has to do with something else.
            house.drop_silently(what);
            house.annotate(&ci(), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
            house.run(mins(2));
            house.store_all();
            house.run(mins(120));
            assert!(house.ready(&ci()), "{what:?}\n{}", house.describe());
            house.assert_one_that_works();
        }
    }
}

#[test]
fn what_is_owed_is_stored_whole_though_more_was_dropped() {
    for contract in CONTRACTS {
        for what in ["token", "origin", "organizationId", "id"].map(Dropped::Status) {
            let mut house = with_ci(contract);
            house.way.vendors.latency.set(secs(2));
            house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
            house.until(mins(30), "made", |house| {
                !house.status(&ci())["token"]["rotation"]["newId"].is_null()
            });
            house.drop_silently(what);
            house.run(mins(2));
            house.store_all();
            house.run(mins(120));
            assert!(house.ready(&ci()), "{what:?}\n{}", house.describe());
            house.assert_one_that_works();
            let status = house.status(&ci());
            assert_eq!(status["origin"], "Created", "{what:?}\n{}", house.describe());
            assert_eq!(status["organizationId"], ORGANIZATION, "{what:?}\n{}", house.describe());
        }
    }
}

#[test]
fn a_new_user_whose_id_lists_told_is_named_before_it_is_deleted() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let omit = FaultKind::Omit { members: vec!["id".to_owned()] };
        house.vendor().add_fault(Fault {
            method: Some("POST".into()),
            times: Some(1),
            ..Fault::always(omit)
        });
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(30), "accepted", |house| {
            house.status(&ci())["token"]["rotation"]["accepted"] == true
        });
        house.drop_silently(Dropped::Status("token/rotation"));
        house.run(mins(30));
        house.store_all();
        house.until(mins(180), "rotated", |house| {
            house.ready(&ci()) && house.status(&ci())["token"]["lastHandledRotateAt"] == "one"
        });
        house.run(mins(10));
        house.assert_one_that_works();
    }
}

#[test]
fn what_was_not_kept_is_tried_again_without_anybodys_doing() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &azure());
    house.delete(&cloud());
    house.until(mins(10), "let go", |house| !house.exists(&cloud()));
    house.drop_silently(Dropped::Status("lastApplied"));
    house.apply(&cloud(), &azure());
    house.run(mins(120));
    assert_said(&house, &cloud(), "lastApplied");
    house.store_all();
    house.until(mins(25), "stored", |house| house.ready(&cloud()));
}

#[test]
fn nothing_takes_the_place_of_what_would_be_forgotten() {
    for what in [Dropped::Status("superseded"), Dropped::Status("pendingCreate")] {
        let mut house = one_account(Contract::Production);
        house.ready_with(&sub("a"), &subscription("prod", "sig-10"));
        house.run(mins(8));
        let before = house.subscriptions();
        house.drop_silently(what);
        house.forget_requests();
        house.apply(&sub("a"), &subscription("prod", "sig-20"));
        house.run(mins(120));
        assert_eq!(house.subscriptions(), before, "{what:?}\n{}", house.describe());
        assert!(house.written().iter().all(|call| call != CREATE), "{:?}", house.written());
        house.store_all();
        house.until(mins(25), "replaced", |house| house.subscribed() == ["sig-20"] && house.ready(&sub("a")));
    }
}

#[test]
fn what_no_read_shows_is_written_once_though_its_fingerprint_is_dropped() {
    for hidden in hidden() {
        let mut house = hidden.begin();
        house.drop_silently(Dropped::Status("lastApplied"));
        hidden.change(&house);
        house.run(mins(120));
        assert_eq!(hidden.written(&house), 1, "{}\n{}", hidden.key, house.describe());
        assert_said(&house, &hidden.key, "lastApplied");
        let writes = house.writes(&hidden.key);
        house.run(mins(60));
        assert!(house.writes(&hidden.key) - writes <= 25, "{}", house.describe());
        for _ in 0..3 {
            house.restart_at_once();
            house.run(mins(60));
        }
        assert_eq!(hidden.written(&house), 1, "{}\n{}", hidden.key, house.describe());
        house.store_all();
        house.until(mins(25), "stored", |house| house.ready(&hidden.key));
        house.run(mins(30));
        assert!(hidden.written(&house) <= 2, "{}\n{}", hidden.key, house.describe());
    }
}

#[test]
fn nobody_is_created_whose_secret_would_not_be_known_again() {
    for contract in CONTRACTS {
        for what in [Dropped::Annotation(KIND), Dropped::Annotation(OBJECT), Dropped::Label(MANAGED_BY.0)] {
            let mut house = furnished(contract);
            house.drop_silently(what);
            house.apply(&ci(), &ci_spec());
            house.run(mins(120));
            assert_eq!(house.users("ci"), [""; 0], "{what:?}\n{}", house.describe());
            assert!(!house.ready(&ci()), "{}", house.describe());
        }
    }
}

#[test]
fn a_token_is_owed_until_its_secret_has_it_with_its_id() {
    for contract in CONTRACTS {
        for what in [Dropped::Annotation(ID), Dropped::Values] {
            let mut house = furnished(contract);
            house.way.vendors.latency.set(secs(2));
            house.apply(&ci(), &ci_spec());
            house.until(mins(10), "made", |house| house.users("ci").len() == 1);
            house.drop_silently(what);
            house.run(mins(20));
            assert!(!house.ready(&ci()), "{what:?}\n{}", house.describe());
            let told = house.events(&ci());
            let told = told.iter().filter(|event| event.reason == "KubernetesUnavailable").count();
            assert_eq!(told, 1, "{}", house.describe());
            house.store_all();
            house.until(mins(10), "stored", |house| house.ready(&ci()));
            house.run(mins(10));
            house.assert_one_that_works();
        }
    }
}

#[test]
pub fn an_id_that_is_dropped_makes_no_second_one() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&home("other"), &account("other"));
        house.until(mins(10), "sent", |house| house.named("other").len() == 1);
        house.drop_silently(Dropped::Status("id"));
        house.run(mins(120));
        assert_eq!(house.named("other").len(), 1, "{}", house.describe());
        house.store_all();
        house.until(mins(10), "stored", |house| house.ready(&home("other")));
        assert_eq!(house.id(&home("other")), house.named("other").into_iter().next());
    }
}

/// What was adopted is meant by an edit, also where not all that is said of it could be stored.
#[test]
fn what_was_taken_over_is_not_made_anew_where_the_rest_of_it_was_dropped() {
    for (contract, member) in
        CONTRACTS.into_iter().flat_map(|it| ["organizationId", "origin"].map(|of| (it, of)))
    {
        let mut house = furnished(contract);
        house.way.unkind.relent();
        let organization = house.vendor().world().oldest_organization().unwrap().id;
        let (now, lag) = (house.wall(), house.vendor().lag());
        house.vendor().world_mut().create_account(now, lag, organization, "other");
        house.run(mins(1));
        house.drop_silently(Dropped::Status(member));
        house.apply(&home("other"), &account("other"));
        house.until(mins(10), "dropped", |house| house.stalled(&home("other"), "KubernetesUnavailable"));
        let id = house.id(&home("other"));
        assert!(id.is_some(), "{contract:?} {member}\n{}", house.describe());
        house.apply(&home("other"), &account("renamed"));
        house.run(mins(1));
        house.store_all();
        house.until(mins(30), "ready", |house| house.ready(&home("other")));
        let text = house.describe();
        assert_eq!(
            (house.id(&home("other")), house.named("renamed")),
            (id.clone(), Vec::from_iter(id)),
            "{text}"
        );
        assert!(house.named("other").is_empty(), "{text}");
        let told = house.events(&home("other"));
        assert!(!told.iter().any(|event| event.reason == "Created"), "{told:#?}");
    }
}

#[test]
pub fn nothing_is_sent_where_the_object_has_no_intent() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.drop_silently(Dropped::Status("pendingCreate"));
        house.forget_requests();
        house.apply(&home("other"), &account("other"));
        house.run(mins(10));
        assert_eq!(house.calls("POST"), 0, "{}", house.describe());
    }
}
