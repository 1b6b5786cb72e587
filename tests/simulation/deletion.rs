//! Deletion has an order (rule 11).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::makings::{self, Making};
use crate::support::manifests::{AWAY, HOME, TOKEN, account, organization, organization_key, with};
use crate::support::network::{Failing, Scripted};
use crate::support::watched::Definition;
use http::Method;
use orgkeeper::api::finalizer;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::{Cluster as _, Part};
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, digest};
use serde_json::{Value, json};
use std::rc::Rc;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

fn deleting(name: &str) -> Value {
    with(account(name), json!({"deletionPolicy": "Delete"}))
}

fn house(contract: Contract, spec: &Value) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), spec);
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.run(mins(2));
    house
}

fn held(house: &House) -> bool {
    let secrets = house.way.cluster.secrets();
    let token = secrets.get(&(HOME.to_owned(), "spot-token".to_owned()));
    token.is_some_and(|secret| secret.finalizers.iter().any(|known| known == finalizer::SECRET_IN_USE))
}

#[test]
fn an_account_goes_with_its_object_only_where_that_is_said() {
    for contract in BOTH {
        for (spec, left, reason) in [
            (account("prod"), 1, "Orphaned"),
            (with(account("prod"), json!({"deletionPolicy": "Orphan"})), 1, "Orphaned"),
            (deleting("prod"), 0, "Deleted"),
            (with(deleting("prod"), json!({"managementPolicy": "Observe"})), 1, "Orphaned"),
            (with(deleting("prod"), json!({"suspend": true})), 1, "Orphaned"),
        ] {
            let mut house = house(contract, &account("prod"));
            house.apply(&home("a"), &spec);
            house.run(secs(10));
            house.delete(&home("a"));
            house.until(mins(1), "gone", |house| !house.exists(&home("a")));
            house.run(mins(20));
            assert_eq!(house.named("prod").len(), left, "{spec}");
            assert_eq!(house.reasons(&home("a")).last(), Some(&reason), "{spec}");
            assert!(house.calls("DELETE") <= 1);
        }
    }
}

#[test]
fn what_was_let_go_of_or_only_observed_is_held_again_though_nothing_differs() {
    for observed in [false, true] {
        let mut house = house(Contract::Production, &deleting("prod"));
        if observed {
            house.apply(&home("a"), &with(deleting("prod"), json!({"managementPolicy": "Observe"})));
            house.until(mins(1), "observed", |house| house.ready(&home("a")));
        }
        // As `orgkeeper release` does it.
        let cluster = Rc::clone(&house.way.cluster);
        let patch = json!({"metadata": {"finalizers": []}});
        drop(futures::executor::block_on(cluster.patch(&home("a"), Part::Main, patch)).unwrap());
        if observed {
            house.run(mins(1));
            house.apply(&home("a"), &deleting("prod"));
        }
        house.until(mins(1), "held", |house| {
            let object = house.way.cluster.object(&home("a")).unwrap();
            object["metadata"]["finalizers"] == json!([finalizer::OBJECT])
        });
        house.delete(&home("a"));
        house.until(mins(2), "gone", |house| !house.exists(&home("a")));
        assert!(house.named("prod").is_empty(), "observed: {observed}");
    }
}

#[test]
fn what_is_suspended_goes_even_if_its_organization_is_gone() {
    let mut house = house(Contract::Production, &deleting("prod"));
    house.apply(&home("a"), &with(deleting("prod"), json!({"suspend": true})));
    house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
    house.delete(&acme());
    house.until(mins(1), "the organization is gone", |house| !house.exists(&acme()));
    house.delete(&home("a"));
    house.until(mins(1), "gone", |house| !house.exists(&home("a")));
    assert_eq!((house.named("prod").len(), house.calls("DELETE")), (1, 0));
}

#[test]
pub fn what_was_adopted_stays_unless_it_is_said_otherwise() {
    let mut house = House::new(Contract::Production);
    let organization_id = house.vendor().world().oldest_organization().unwrap().id;
    let (now, lag) = (house.wall(), house.vendor().lag());
    house.vendor().world_mut().create_account(now, lag, organization_id, "prod");
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.delete(&home("a"));
    house.until(mins(2), "gone", |house| !house.exists(&home("a")));
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
pub fn an_organization_waits_for_what_it_contains_and_names_it_and_abandon_lets_go() {
    let mut house = house(Contract::Production, &deleting("prod"));
    house.delete(&acme());
    house.until(mins(1), "blocked", |house| {
        house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, reason)| reason == "HasDependents")
    });
    assert!(house.message(&acme(), "DeletionBlocked").contains("platform/a"));
    house.restart();
    house.run(mins(20));
    assert!(house.exists(&acme()), "a restart forgets nothing");
    // What it contains is kept meanwhile, and can be deleted.
    house.delete(&home("a"));
    house.until(mins(2), "all gone", |house| !house.exists(&home("a")) && !house.exists(&acme()));
    assert_eq!(house.living(), 1);
    assert!(!held(&house));

    let mut house = self::house(Contract::Production, &deleting("prod"));
    house.delete(&acme());
    house.run(secs(10));
    house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
    house.until(mins(1), "let go", |house| !house.exists(&acme()));
    assert!(house.waits(&home("a"), "ReferenceNotFoundOrNotAllowed") || house.ready(&home("a")));
    house.delete(&home("a"));
    house.run(mins(10));
    assert!(house.exists(&home("a")), "its deletion needs the token: {}", house.describe());
    assert!(house.message(&home("a"), "DeletionBlocked").contains("abandon"));
    house.annotate(&home("a"), &json!({"orgkeeper.dev/abandon": "true"}));
    house.until(secs(10), "let go", |house| !house.exists(&home("a")));
    assert_eq!(house.calls("DELETE"), 0);
}

#[test]
fn an_organization_that_waits_for_its_end_says_how_it_stands_and_counts_what_is_left() {
    let mut house = house(Contract::Production, &deleting("one"));
    for name in ["b", "c"] {
        house.apply(&home(name), &deleting(name));
        house.until(mins(20), "ready", |house| house.ready(&home(name)));
    }
    house.delete(&acme());
    let says =
        |text: &'static str| move |house: &House| house.message(&acme(), "DeletionBlocked").contains(text);
    house.until(mins(1), "counted", says("Waits for 3 to go: "));
    house.delete(&home("a"));
    house.until(mins(10), "counted", says("Waits for 2 to go: SpotAccount platform/b, "));
    assert!(house.ready(&acme()), "{}", house.describe());
    house.way.cluster.put_secret(HOME, "spot-token", "token", "wrong");
    house.until(mins(10), "told", |house| house.stalled(&acme(), "TokenRefused"));
    house.delete(&home("b"));
    house.until(
        mins(10),
        "counted",
        says("Waits for 2 to go, 1 already being deleted. Delete the rest first, 1: "),
    );
    house.delete(&home("c"));
    house.until(
        mins(10),
        "counted",
        says("Waits for 2 already being deleted, and goes on once the other conditions of the organization are in order: "),
    );
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.until(mins(10), "gone", |house| !house.exists(&acme()));
    assert_eq!(house.living(), 1, "the one that nobody declares");
}

#[test]
fn an_organization_is_deleted_at_the_vendor_only_with_a_proven_token() {
    for contract in BOTH {
        let mut house = House::new(contract);
        house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
        house.start();
        house.until(mins(2), "ready", |house| house.ready(&acme()));
        let now = house.wall();
        {
            let mut vendor = house.vendor();
            let other = vendor.world_mut().create_organization(now, None, "Other", None);
            vendor.world_mut().issue_token(other, Some("other".into())).unwrap();
        }
        house.way.cluster.put_secret(HOME, "spot-token", "token", "other");
        house.delete(&acme());
        house.run(mins(60));
        assert!(house.exists(&acme()));
        assert_eq!(house.calls("DELETE"), 0);
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        house.until(mins(6), "gone", |house| !house.exists(&acme()));
        assert_eq!(house.vendor().world().organizations().count(), 1);
        assert_eq!(house.vendor().world().organizations().next().unwrap().name, "Other");
        assert!(!held(&house));
    }
}

#[test]
pub fn the_token_secret_is_held_while_a_deletion_needs_it() {
    let mut house = house(Contract::Production, &account("prod"));
    house.run(mins(6));
    assert!(!held(&house), "nothing will be deleted");
    house.apply(&home("a"), &deleting("prod"));
    house.until(mins(6), "held", held);
    house.apply(&home("a"), &account("prod"));
    house.until(mins(6), "released", |house| !held(house));
    house.apply(&home("a"), &deleting("prod"));
    house.until(mins(6), "held", held);
    // Deleted by itself it goes soon: its namespace stays.
    house.way.cluster.delete_secret(HOME, "spot-token");
    house.until(secs(15), "gone", |house| {
        !house.way.cluster.secrets().contains_key(&(HOME.to_owned(), "spot-token".to_owned()))
    });
    house.until(secs(10), "said", |house| house.waits(&acme(), "SecretNotFound"));
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.until(secs(10), "ready", |house| house.ready(&acme()));
    house.until(mins(6), "held", held);
}

#[test]
fn the_token_secret_that_is_deleted_along_with_the_rest_stays_as_long_as_it_is_needed() {
    for contract in BOTH {
        // Whatever is told of first, with a while between.
        for organization_goes in [false, true] {
            let mut house = house(contract, &deleting("prod"));
            house.until(mins(6), "held", held);
            house.way.cluster.delete_secret(HOME, "spot-token");
            house.run(secs(5));
            let id = house.named("prod")[0].clone();
            let broken = FaultKind::ServerError { status: 503, effect: false };
            house
                .vendor()
                .add_fault(Fault { method: Some(Method::DELETE.to_string()), ..Fault::always(broken) });
            if organization_goes {
                house.delete(&acme());
                house.run(secs(1));
            }
            house.delete(&home("a"));
            house.run(mins(5));
            assert!(held(&house), "the vendor did not delete {id} yet");
            house.vendor().clear_faults();
            house.until(mins(10), "deleted", |house| !house.exists(&home("a")));
            assert_eq!(house.living(), 1);
            house.until(mins(1), "let go", |house| !held(house));
            house.until(mins(1), "its end", |house| house.exists(&acme()) != organization_goes);
        }
    }
}

#[test]
fn the_token_secret_is_held_as_soon_as_something_needs_it() {
    let mut house = house(Contract::Production, &account("prod"));
    house.apply(&home("a"), &deleting("prod"));
    house.until(secs(5), "held", held);
}

#[test]
fn the_token_secret_stays_while_nobody_knows_who_needs_it() {
    for kind in [kinds::ACCOUNT, kinds::USER] {
        let mut house = house(Contract::Production, &deleting("prod"));
        house.until(mins(6), "held", held);
        house.way.cluster.delete_secret(HOME, "spot-token");
        house.way.unserved.insert(kind, Definition::Unknown);
        house.restart_at_once();
        house.run(mins(30));
        assert!(held(&house), "{kind}");
    }
}

#[test]
fn what_is_deleted_a_while_after_the_rest_has_the_token_secret_too() {
    let mut house = house(Contract::Production, &deleting("prod"));
    house.apply(&home("b"), &deleting("other"));
    house.until(mins(6), "ready", |house| house.ready(&home("b")));
    house.until(mins(6), "held", held);
    house.way.cluster.delete_secret(HOME, "spot-token");
    house.run(secs(3));
    let broken = FaultKind::ServerError { status: 503, effect: false };
    house.vendor().add_fault(Fault { method: Some(Method::DELETE.to_string()), ..Fault::always(broken) });
    house.delete(&home("a"));
    house.run(mins(2));
    house.vendor().clear_faults();
    house.until(mins(10), "deleted", |house| !house.exists(&home("a")));
    house.run(secs(3));
    assert!(held(&house), "the rest may still be on its way");
    house.delete(&home("b"));
    house.until(mins(3), "deleted", |house| !house.exists(&home("b")));
    assert!(house.named("other").is_empty());
}

#[test]
fn a_token_that_is_refused_can_be_replaced_by_another_secret() {
    let mut house = house(Contract::Production, &deleting("prod"));
    house.until(mins(6), "held", held);
    house.way.cluster.put_secret(HOME, "spot-token", "token", "other");
    house.until(mins(6), "refused", |house| house.stalled(&acme(), "TokenRefused"));
    house.delete(&home("a"));
    house.run(mins(1));
    house.way.cluster.delete_secret(HOME, "spot-token");
    house.until(mins(1), "gone", |house| {
        !house.way.cluster.secrets().contains_key(&(HOME.to_owned(), "spot-token".to_owned()))
    });
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
    house.until(mins(3), "deleted", |house| !house.exists(&home("a")));
}

#[test]
fn an_object_of_a_namespace_that_is_not_known_yet_holds_up_what_contains_it() {
    let mut house = House::new(Contract::Production);
    let selected = json!([{
        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}},
        "kinds": ["SpotAccount"],
    }]);
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete", "allowed": selected})));
    let there = with(account("prod"), json!({"organizationRef": {"name": "acme", "namespace": HOME}}));
    house.apply(&away("a"), &there);
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&away("a")));
    house.unlisted.insert(AWAY.to_owned());
    house.kill();
    house.delete(&acme());
    house.start();
    house.run(mins(30));
    assert!(house.exists(&acme()), "{}", house.describe());
    assert_eq!(house.calls("DELETE"), 0);
    assert!(house.message(&acme(), "DeletionBlocked").contains("payments/a"));
}

#[test]
fn who_only_reads_holds_nothing() {
    let mut house = House::new(Contract::Production);
    house.way.read_only = true;
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    assert!(house.object(&acme())["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty));
}

#[test]
fn a_namespace_that_ends_takes_everything_down_in_order() {
    for contract in BOTH {
        let mut house = house(contract, &deleting("prod"));
        house.until(mins(6), "held", held);
        let labels = std::collections::BTreeMap::from([("team".to_owned(), "platform".to_owned())]);
        house.namespace(HOME, Namespace { labels, terminating: true });
        let events = house.way.cluster.events().len();
        house.way.cluster.delete_secret(HOME, "spot-token");
        house.delete(&acme());
        house.delete(&home("a"));
        house.until(mins(3), "all gone", |house| {
            !house.exists(&home("a"))
                && !house.exists(&acme())
                && house.way.cluster.secrets().keys().all(|(namespace, _)| namespace != HOME)
        });
        assert_eq!(house.living(), 1);
        assert_eq!(house.way.cluster.events().len(), events, "none can be created there");
    }
}

/// Each of them sees to the Secrets of the whole namespace.
#[test]
fn organizations_of_one_namespace_let_go_of_each_secret_once() {
    let mut house = House::new(Contract::Production);
    house.way.unkind.relent();
    let names: Vec<String> = (0..8).map(|number| format!("organization-{number}")).collect();
    let (of, below) = (|name: &str| format!("{name}-token"), |name: &str| home(&format!("{name}-account")));
    for name in &names {
        let now = house.wall();
        let id = {
            let mut vendor = house.vendor();
            let id = vendor.world_mut().create_organization(now, None, name, None);
            vendor.world_mut().issue_token(id, Some(name.clone())).unwrap();
            id.to_string()
        };
        house.way.cluster.put_secret(HOME, &of(name), "token", name);
        let connection = json!({"tokenSecretRef": {"name": of(name)}});
        house.apply(
            &organization_key(name),
            &with(organization(), json!({"organizationId": id, "connection": connection})),
        );
        let organization = json!({"organizationRef": {"name": name}});
        house.apply(&below(name), &with(deleting(&format!("of {name}")), organization));
    }
    house.start();
    let held = |house: &House, name: &str| {
        let secrets = house.way.cluster.secrets();
        secrets.get(&(HOME.to_owned(), of(name))).is_some_and(|secret| !secret.finalizers.is_empty())
    };
    house.until(mins(10), "held", |house| {
        names.iter().all(|name| held(house, name) && house.ready(&below(name)))
    });
    house.kill();
    for name in &names {
        let orphan = json!({"organizationRef": {"name": name}, "deletionPolicy": "Orphan"});
        house.apply(&below(name), &with(deleting(&format!("of {name}")), orphan));
        house.way.cluster.delete_secret(HOME, &of(name));
    }
    house.start();
    house.until(mins(10), "released", |house| names.iter().all(|name| !held(house, name)));
    assert_eq!(house.way.journal.too_late(), 0, "Secrets are written to that had gone");
}

#[test]
fn what_was_let_go_of_is_written_to_no_more_though_no_watch_has_told_of_its_end() {
    for contract in BOTH {
        let mut house = house(contract, &deleting("prod"));
        house.way.unkind.relent();
        house.watch_lag = mins(2);
        let answered = house.events(&home("a")).len();
        house.delete(&home("a"));
        house.until(mins(3), "gone", |house| !house.exists(&home("a")));
        // Whatever wakes it meanwhile.
        house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
        house.run(mins(5));
        assert_eq!(house.way.journal.too_late(), 0);
        assert_eq!(house.calls("DELETE"), 1);
        let told = house.events(&home("a"));
        assert_eq!(told.len() - answered, 1, "{told:?}");
    }
}

#[test]
fn a_grant_that_is_withdrawn_stops_everything_and_deletion_orphans() {
    let mut house = house(Contract::Production, &account("other"));
    house.apply(&away("a"), &deleting("prod"));
    house.until(mins(1), "ready", |house| house.ready(&away("a")));
    house.apply(&acme(), &with(organization(), json!({"allowed": null})));
    house.until(secs(10), "not allowed", |house| house.stalled(&away("a"), "NotAllowed"));
    let writes = house.vendor_writes();
    house.apply(&away("a"), &deleting("renamed"));
    house.run(mins(20));
    house.delete(&away("a"));
    house.until(mins(1), "gone", |house| !house.exists(&away("a")));
    assert_eq!(house.vendor_writes(), writes);
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn a_namespace_whose_labels_change_is_admitted_or_not_at_once() {
    let mut house = house(Contract::Production, &account("other"));
    house.namespace(AWAY, Namespace::default());
    house.run(secs(1));
    house.apply(&away("a"), &account("prod"));
    house.until(secs(10), "waits", |house| house.waits(&away("a"), "ReferenceNotFoundOrNotAllowed"));
    let labels = std::collections::BTreeMap::from([("team".to_owned(), "payments".to_owned())]);
    house.namespace(AWAY, Namespace { labels, terminating: false });
    house.until(secs(10), "ready", |house| house.ready(&away("a")));
}

#[test]
pub fn a_deletion_that_the_vendor_refuses_says_so_and_is_not_repeated_in_a_loop() {
    let mut house = house(Contract::Production, &deleting("prod"));
    house
        .vendor()
        .add_fault(Fault { method: Some(Method::DELETE.to_string()), ..Fault::always(FaultKind::Forbidden) });
    house.delete(&home("a"));
    house.until(mins(1), "refused", |house| {
        house.condition(&home("a"), "DeletionBlocked").is_some_and(|(_, why)| why == "DeletionRefused")
    });
    house.run(mins(60));
    assert!(house.calls("DELETE") <= 12, "{}", house.calls("DELETE"));
    house.vendor().clear_faults();
    house.until(mins(15), "gone", |house| !house.exists(&home("a")));
    assert_eq!(house.living(), 1);
}

#[test]
fn a_deletion_whose_create_is_open_waits_for_its_outcome() {
    for (kind, contract) in [
        (FaultKind::ResetAfterEffect, Contract::Production),
        (FaultKind::ResetBeforeEffect, Contract::Production),
        (FaultKind::ResetAfterEffect, Contract::Published),
        (FaultKind::LateEffect { after: jiff::SignedDuration::from_secs(40) }, Contract::Published),
    ] {
        let mut house = house(contract, &account("other"));
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", kind.clone()));
        house.apply(&home("b"), &deleting("prod"));
        house.until(secs(5), "unknown", |house| house.waits(&home("b"), "OutcomeUnknown"));
        house.delete(&home("b"));
        house.until(mins(10), "gone", |house| !house.exists(&home("b")));
        house.run(mins(5));
        assert!(house.named("prod").is_empty(), "{kind:?}\n{}", house.describe());
    }
}

#[test]
fn a_token_that_is_lost_holds_the_deletion_up_until_it_is_back() {
    let mut house = house(Contract::Production, &deleting("prod"));
    assert!(house.vendor().world_mut().revoke_token(&digest(TOKEN)));
    house.delete(&home("a"));
    house.run(mins(60));
    assert!(house.exists(&home("a")));
    assert!(house.condition(&home("a"), "DeletionBlocked").is_some(), "{}", house.describe());
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    house.vendor().world_mut().issue_token(organization, Some("fresh".into())).unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", "fresh");
    house.until(secs(20), "gone", |house| !house.exists(&home("a")));
    assert_eq!(house.living(), 1);
}

/// Every answer to it is 503, and then the token is refused: what it was about may live.
fn ends_unheard(house: &mut House, making: &Making, ended: impl Fn(&House) -> bool) {
    making.until_confirmed(house, |house| house.way.vendors.failed.get() > 0);
    let living = making.living(house);
    assert!(house.vendor().world_mut().revoke_token(&digest(TOKEN)));
    house.run(mins(120));
    assert!(!ended(house), "{}\n{}", making.what, house.describe());
    assert!(!house.reasons(&(making.key)()).contains(&"Deleted"), "{}\n{}", making.what, house.describe());
    let organization = house.vendor().world().oldest_organization().unwrap().id;
    house.vendor().world_mut().issue_token(organization, Some("fresh".into())).unwrap();
    house.way.vendors.scripted.borrow_mut().clear();
    house.way.cluster.put_secret(HOME, "spot-token", "token", "fresh");
    making.until_confirmed(house, ended);
    assert_eq!(making.living(house).len(), living.len() - 1, "{}\n{}", making.what, house.describe());
}

fn fail_deletions(house: &House) {
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::DELETE,
        path: "/".into(),
        failing: Failing::Answer(503, ""),
        times: 1_000,
    });
}

#[test]
fn what_answered_503_and_whose_token_is_refused_then_is_not_gone() {
    for making in makings::first_creates() {
        let (mut house, key) = (making.house(), (making.key)());
        house.administrator();
        (making.asks)(&mut house);
        making.until_made(&mut house);
        let spec = house.object(&key)["spec"].clone();
        house.apply(&key, &with(spec, json!({"deletionPolicy": "Delete"})));
        house.run(mins(1));
        fail_deletions(&house);
        house.delete(&key);
        ends_unheard(&mut house, &making, |house| !house.exists(&key));
    }
    for making in [makings::ROTATION, makings::REPLACEMENT].into_iter().flat_map(Making::under_each) {
        let (mut house, key) = (making.house(), (making.key)());
        fail_deletions(&house);
        (making.asks)(&mut house);
        ends_unheard(&mut house, &making, |house| {
            let status = house.status(&key);
            !making.intended(house) && status["superseded"].is_null() && status["id"].is_string()
        });
        making.assert_one(&house);
    }
}
