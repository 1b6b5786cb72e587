//! Claims: one object for one thing at the vendor (rule 3), and adoption.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{account, organization, organization_key, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// A house with accounts that were made by hand; their ids.
fn made_by_hand(names: &[&str]) -> (House, Vec<String>) {
    let mut house = House::new(Contract::Production);
    let organization_id = house.vendor().world().oldest_organization().unwrap().id;
    let (now, lag) = (house.wall(), house.vendor().lag());
    let ids = names
        .iter()
        .map(|name| house.vendor().world_mut().create_account(now, lag, organization_id, name))
        .collect();
    house.apply(&acme(), &organization());
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    (house, ids)
}

#[expect(clippy::needless_pass_by_value, reason = "so that callers write json! in place")]
fn adopt(name: &str, adopt: Value) -> Value {
    with(account(name), json!({"adopt": adopt}))
}

#[test]
pub fn of_two_objects_with_one_name_the_older_wins_and_the_loser_touches_nothing() {
    for (first, second) in [(home("a"), home("b")), (home("z"), away("a")), (away("z"), home("a"))] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let both = with(account("prod"), json!({"deletionPolicy": "Delete"}));
        house.apply(&first, &both);
        house.apply(&second, &both);
        house.start();
        house.until(mins(2), "settled", |house| {
            house.ready(&first) && house.stalled(&second, "ManagementConflict")
        });
        house.run(mins(30));
        assert_eq!(house.named("prod").len(), 1);
        // Its name is a secret of its namespace, but for the organization's.
        let told = house.message(&second, "Ready");
        let is_known = second.namespace == "platform";
        assert_eq!(told.contains(&format!("kept by {first} already")), is_known, "{told}");
        assert_eq!(told.contains("kept by an object in another namespace already"), !is_known, "{told}");
        assert!(told.contains("Delete this object, which touches nothing"), "{told}");
        // Its deletion touches nothing.
        house.delete(&second);
        house.until(mins(2), "gone", |house| !house.exists(&second));
        house.run(mins(10));
        assert_eq!(house.named("prod").len(), 1);
        assert!(house.ready(&first));
        // When the winner goes, the loser takes over.
        house.apply(&second, &both);
        house.until(mins(2), "conflict", |house| house.stalled(&second, "ManagementConflict"));
        let policy = json!({"adopt": {"policy": "Required", "id": house.id(&first).unwrap()}});
        house.apply(&second, &with(both.clone(), policy));
        house.apply(&first, &with(both.clone(), json!({"deletionPolicy": "Orphan"})));
        house.run(secs(5));
        assert!(house.stalled(&second, "ManagementConflict"), "the holder of the id stays");
        house.delete(&first);
        house.until(mins(5), "taken over", |house| house.ready(&second));
        assert_eq!(house.named("prod").len(), 1);
        assert_eq!(house.status(&second)["origin"], "Adopted");
    }
}

#[test]
fn two_objects_that_want_one_id_have_one_winner() {
    let (mut house, ids) = made_by_hand(&["prod"]);
    house.apply(&home("a"), &adopt("one", json!({"policy": "Required", "id": ids[0]})));
    house.apply(&home("b"), &adopt("two", json!({"policy": "Required", "id": ids[0]})));
    house.until(mins(2), "settled", |house| {
        house.ready(&home("a")) && house.stalled(&home("b"), "ManagementConflict")
    });
    house.run(mins(30));
    assert_eq!((house.named("one").len(), house.named("two").len(), house.living()), (1, 0, 2));
}

#[test]
pub fn two_organizations_of_one_id_have_one_winner_and_the_other_takes_over() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&organization_key("twin"), &organization());
    let below = with(account("prod"), json!({"organizationRef": {"name": "twin"}}));
    house.apply(&home("a"), &below);
    house.start();
    house.until(mins(2), "settled", |house| {
        house.ready(&acme()) && house.stalled(&organization_key("twin"), "ManagementConflict")
    });
    house.run(mins(20));
    assert_eq!(house.vendor_writes(), 0);
    house.delete(&acme());
    house.until(mins(2), "taken over", |house| {
        house.ready(&organization_key("twin")) && house.ready(&home("a"))
    });
}

#[test]
fn adoption_is_as_the_policy_says() {
    let (mut house, ids) = made_by_hand(&["prod", "dup", "dup", "other"]);
    house.apply(&home("if-exists"), &account("prod"));
    house.apply(&home("ambiguous"), &account("dup"));
    house.apply(&home("never"), &adopt("other", json!({"policy": "Never"})));
    house.apply(&home("required"), &adopt("missing", json!({"policy": "Required"})));
    house.apply(&home("wrong-id"), &adopt("x", json!({"policy": "Required", "id": "act-00000000"})));
    house.until(mins(2), "settled", |house| {
        house.ready(&home("if-exists"))
            && house.stalled(&home("ambiguous"), "Ambiguous")
            && house.stalled(&home("never"), "AlreadyExists")
            && house.stalled(&home("required"), "NotFound")
            && house.stalled(&home("wrong-id"), "AdoptionTargetNotFound")
    });
    house.run(mins(60));
    assert_eq!(house.vendor_writes(), 0);
    assert_eq!(house.id(&home("if-exists")).unwrap(), ids[0]);
    assert_eq!(house.status(&home("if-exists"))["origin"], "Adopted");
    assert_eq!(house.status(&home("if-exists"))["deletionPolicy"], "Orphan");
    assert_eq!(house.reasons(&home("if-exists")), ["Adopted"]);
    // A person says which.
    house.apply(&home("ambiguous"), &adopt("dup", json!({"policy": "IfExists", "id": ids[2]})));
    house.until(secs(15), "told", |house| house.ready(&home("ambiguous")));
    assert_eq!(house.id(&home("ambiguous")).unwrap(), ids[2]);
}

#[test]
pub fn from_another_namespace_adoption_needs_the_id_and_required() {
    let (mut house, ids) = made_by_hand(&["prod"]);
    house.apply(&away("a"), &account("prod"));
    house.until(mins(2), "needs id", |house| house.stalled(&away("a"), "AdoptionNeedsId"));
    house.apply(&away("a"), &adopt("prod", json!({"policy": "IfExists", "id": ids[0]})));
    house.run(mins(2));
    assert!(house.stalled(&away("a"), "AdoptionNeedsId"));
    house.apply(&away("a"), &adopt("prod", json!({"policy": "Required", "id": ids[0]})));
    house.until(mins(2), "adopted", |house| house.ready(&away("a")));
    house.apply(&away("fresh"), &account("fresh"));
    house.until(mins(2), "created", |house| house.ready(&away("fresh")));
}

#[test]
fn an_id_that_differs_from_the_held_one_is_refused() {
    let (mut house, ids) = made_by_hand(&["prod", "other"]);
    house.apply(&home("a"), &account("prod"));
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    house.apply(&home("a"), &adopt("prod", json!({"policy": "IfExists", "id": ids[1]})));
    house.until(mins(2), "mismatch", |house| house.stalled(&home("a"), "AdoptIdMismatch"));
    assert_eq!(house.vendor_writes(), 0);
}

#[test]
pub fn whom_the_organization_does_not_admit_locks_nobody_out() {
    let mut house = House::new(Contract::Production);
    let own_only = with(
        organization(),
        json!({"allowed": [
            {"namespaces": {"from": "Same"}, "kinds": ["SpotAccount"]}
        ]}),
    );
    house.apply(&acme(), &own_only);
    house.apply(&away("a"), &account("prod"));
    house.apply(&home("b"), &account("prod"));
    house.start();
    house.until(mins(2), "settled", |house| {
        house.waits(&away("a"), "ReferenceNotFoundOrNotAllowed") && house.ready(&home("b"))
    });
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
pub fn what_another_object_holds_is_not_taken_by_its_name() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.apply(&home("a"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("a")));
    let held = house.id(&home("a")).unwrap();
    // Its manifest has another name now, and nothing is written: by its name it is nobody's.
    house.apply(&home("a"), &with(account("renamed"), json!({"managementPolicy": "Observe"})));
    house.run(mins(1));
    house.apply(&home("b"), &account("prod"));
    house.until(mins(5), "one of its own", |house| house.ready(&home("b")));
    assert_ne!(house.id(&home("b")), Some(held), "{}", house.describe());
    assert_eq!(house.named("prod").len(), 2);
}
