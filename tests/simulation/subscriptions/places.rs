//! Which account: by name here and there, by id, and who has to admit it.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{AWAY, HOME, account, organization, with};
use crate::support::subscriptions::{ALL, HOOK, one_account, sub, sub_away, subscription};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// An account that admits subscriptions of the other namespace.
fn open() -> Value {
    let payments = json!({"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}});
    with(account("prod"), json!({"allowed": [{"namespaces": payments, "kinds": ["EventSubscription"]}]}))
}

/// One that admits nobody else.
fn account_closed() -> Value {
    account("prod")
}

/// A subscription of the other namespace.
fn from_away() -> Value {
    with(subscription("prod", "sig-10"), json!({"accountRef": {"namespace": HOME}}))
}

fn by_id(house: &House) -> Value {
    let account = json!({"name": null, "id": house.id(&home("prod"))});
    with(
        subscription("prod", "sig-10"),
        json!({"accountRef": account, "organizationRef": {"name": "acme", "namespace": HOME}}),
    )
}

/// The organization, which admits only these kinds from elsewhere.
fn admitting(kinds: &Value) -> Value {
    let mut spec = with(organization(), json!({"connection": {"accountScope": "Query"}}));
    spec["allowed"][1]["kinds"] = kinds.clone();
    spec
}

#[test]
fn the_account_and_the_organization_both_have_to_admit_it() {
    let both = json!(["SpotAccount", "EventSubscription"]);
    let none = json!(["SpotAccount"]);
    let mut house = one_account(Contract::Production);
    house.way.cluster.put_secret(AWAY, "hook", "url", HOOK);
    house.forget_requests();
    house.apply(&sub_away("s"), &from_away());
    for (account, kinds) in [(account("prod"), &both), (open(), &none), (account("prod"), &none)] {
        // Not both at any moment.
        house.apply(&home("prod"), &account_closed());
        house.run(secs(1));
        house.apply(&acme(), &admitting(kinds));
        house.run(secs(1));
        house.apply(&home("prod"), &account);
        house.run(mins(15));
        assert!(house.waits(&sub_away("s"), "ReferenceNotFoundOrNotAllowed"), "{}", house.describe());
        assert_eq!(house.reads(ALL), 0);
    }
    house.apply(&home("prod"), &open());
    house.apply(&acme(), &admitting(&both));
    house.until(secs(10), "at once", |house| house.ready(&sub_away("s")));
    house.assert_the_only_one(&sub_away("s"), "sig-10");
    house.run(mins(8));
    house.forget_requests();
    // Withdrawn by either: no vendor write, and a deletion leaves it.
    for (account, kinds) in [(account("prod"), &both), (open(), &none)] {
        house.apply(&home("prod"), &account);
        house.apply(&acme(), &admitting(kinds));
        house.until(mins(1), "withdrawn", |house| house.stalled(&sub_away("s"), "NotAllowed"));
        house.way.cluster.put_secret(AWAY, "hook", "url", &format!("{HOOK}/other"));
        house.run(mins(20));
        assert_eq!((house.written(), house.reads(ALL)), (vec![], 0), "{}", house.describe());
        house.way.cluster.put_secret(AWAY, "hook", "url", HOOK);
        house.apply(&home("prod"), &open());
        house.apply(&acme(), &admitting(&both));
        house.until(secs(30), "admitted again", |house| house.ready(&sub_away("s")));
        house.run(mins(8));
        house.forget_requests();
    }
    house.apply(&home("prod"), &account("prod"));
    house.until(mins(1), "withdrawn", |house| house.stalled(&sub_away("s"), "NotAllowed"));
    house.delete(&sub_away("s"));
    house.until(mins(1), "gone", |house| !house.exists(&sub_away("s")));
    assert_eq!((house.written(), house.subscribed().len()), (vec![], 1));
    assert!(house.reasons(&sub_away("s")).contains(&"Orphaned"));
}

#[test]
fn an_id_is_for_the_organizations_own_namespace() {
    let mut house = one_account(Contract::Production);
    house.way.cluster.put_secret(AWAY, "hook", "url", HOOK);
    house.forget_requests();
    let spec = by_id(&house);
    house.apply(&sub_away("s"), &spec);
    house.until(mins(1), "refused", |house| house.stalled(&sub_away("s"), "NotAllowed"));
    house.run(mins(20));
    assert_eq!((house.written(), house.reads(ALL)), (vec![], 0), "{}", house.describe());
    house.ready_with(&sub("s"), &spec);
    house.stays(&sub("s"));
    house.assert_the_only_one(&sub("s"), "sig-10");
    // By name it would be the same one.
    house.apply(&sub("t"), &subscription("prod", "sig-10"));
    house.until(mins(1), "conflict", |house| house.stalled(&sub("t"), "ManagementConflict"));
    house.delete(&sub("s"));
    house.until(mins(15), "takes over", |house| house.ready(&sub("t")));
    house.run(mins(5));
    house.assert_the_only_one(&sub("t"), "sig-10");
}

#[test]
fn from_elsewhere_one_that_is_there_is_taken_over_by_its_id_alone() {
    let mut house = one_account(Contract::Production);
    house.way.cluster.put_secret(AWAY, "hook", "url", HOOK);
    house.apply(&home("prod"), &open());
    let id = house.subscribe_by_hand("prod", "sig-10", HOOK);
    house.forget_requests();
    house.apply(&sub_away("s"), &from_away());
    house.until(mins(1), "needs an id", |house| house.stalled(&sub_away("s"), "AdoptionNeedsId"));
    house.ready_with(&sub_away("s"), &with(from_away(), json!({"adopt": {"policy": "Required", "id": id}})));
    assert_eq!((house.id(&sub_away("s")), house.written()), (Some(id), vec![]));
}

#[test]
fn a_subscription_that_is_told_of_before_its_account_says_nothing_in_between() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = one_account(contract);
        house.ready_with(&sub("s"), &subscription("prod", "sig-10"));
        house.run(mins(8));
        let (writes, sent) = (house.all_writes(), house.vendor_writes());
        for _ in 0..3 {
            house.restart();
            house.run(mins(8));
        }
        assert_eq!((house.all_writes(), house.vendor_writes()), (writes, sent), "{}", house.describe());
    }
}

#[test]
fn an_account_waits_for_its_subscriptions_before_it_goes() {
    for contract in [Contract::Production, Contract::Published] {
        for named_by_id in [false, true] {
            let what = format!("{contract:?} by id: {named_by_id}");
            let mut house = one_account(contract);
            house.apply(&home("prod"), &with(account("prod"), json!({"deletionPolicy": "Delete"})));
            // An id is believed once a list shows it.
            house.run(mins(6));
            let spec = if named_by_id { by_id(&house) } else { subscription("prod", "sig-10") };
            house.ready_with(&sub("s"), &spec);
            house.run(mins(3));
            // What is in another account holds up nothing.
            house.ready_with(&home("other"), &with(account("other"), json!({"deletionPolicy": "Delete"})));
            house.delete(&home("other"));
            house.until(mins(1), "gone", |house| !house.exists(&home("other")));
            house.forget_requests();
            house.delete(&home("prod"));
            house.run(mins(30));
            assert!(house.written().is_empty(), "{what}: {:?}", house.written());
            let blocked = house.condition(&home("prod"), "DeletionBlocked").map(|(_, why)| why);
            assert_eq!(blocked.as_deref(), Some("HasDependents"), "{what}");
            assert!(house.message(&home("prod"), "DeletionBlocked").contains(&sub("s").to_string()));
            house.delete(&sub("s"));
            house.until(secs(30), &what, |house| !house.exists(&home("prod")) && !house.exists(&sub("s")));
            assert!(house.subscribed().is_empty());
        }
    }
}
