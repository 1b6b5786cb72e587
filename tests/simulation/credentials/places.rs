//! Where a credential is: the account's object may be missing, elsewhere, closed, or on its way.

use crate::support::credentials::{
    OTHER_ROLE, ROLE, SET_AWS, aws, cloud, credential_in, role, vouched_for, with_prod,
};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{AWAY, HOME, account, with};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

const NOT_FOUND: &str = "ReferenceNotFoundOrNotAllowed";
const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

pub(super) fn away() -> ObjectRef {
    credential_in(AWAY, "prod")
}

/// A role for the account `prod` of the organization's namespace.
pub(super) fn from_away() -> Value {
    with(aws(), json!({"accountRef": {"name": "prod", "namespace": HOME}}))
}

/// The account `prod`, which admits these kinds from elsewhere.
pub(super) fn open(kinds: &[&str]) -> Value {
    let payments = json!({"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}});
    let own = json!({"namespaces": {"from": "Same"}, "kinds": ["CloudCredential"]});
    with(account("prod"), json!({"allowed": [own, {"namespaces": payments, "kinds": kinds}]}))
}

#[test]
fn before_the_account_is_there_no_call_is_made() {
    for contract in BOTH {
        let mut house = House::new(contract);
        house.apply(&acme(), &vouched_for());
        house.apply(&cloud(), &aws());
        house.start();
        house.until(mins(2), "it waits", |house| house.waits(&cloud(), NOT_FOUND));
        house.apply(&home("prod"), &with(account("prod"), json!({"suspend": true})));
        house.until(mins(2), "it waits", |house| house.waits(&cloud(), "DependencyNotReady"));
        house.run(mins(30));
        assert_eq!(house.credential_calls(), 0, "{}", house.describe());
        house.apply(&home("prod"), &account("prod"));
        house.until(secs(10), "at once", |house| house.ready(&cloud()));
        house.assert_set(&aws());
        house.stays(&cloud());
    }
}

#[test]
fn an_account_admits_the_kind_or_nothing_is_said_of_it() {
    let mut house = with_prod(Contract::Production);
    house.apply(&away(), &from_away());
    house.until(mins(1), "not admitted", |house| house.waits(&away(), NOT_FOUND));
    let closed = house.message(&away(), "Ready");
    house.apply(&home("prod"), &open(&["SpotUser"]));
    house.run(mins(30));
    assert_eq!(house.message(&away(), "Ready"), closed);
    assert_eq!(house.credential_calls(), 0);
    house.apply(&home("prod"), &open(&["CloudCredential"]));
    house.until(secs(10), "at once", |house| house.ready(&away()));
    house.assert_set(&aws());
    house.stays(&away());
}

#[test]
fn a_grant_that_is_withdrawn_stops_it_and_its_deletion_leaves_everything() {
    for restarted in [false, true] {
        let mut house = with_prod(Contract::Production);
        house.apply(&home("prod"), &open(&["CloudCredential"]));
        house.ready_with(&away(), &from_away());
        house.run(mins(8));
        house.forget_requests();
        if restarted {
            house.kill();
        }
        house.apply(&home("prod"), &account("prod"));
        if restarted {
            house.start();
        }
        house.until(mins(4), "withdrawn", |house| house.stalled(&away(), "NotAllowed"));
        house.link(role(OTHER_ROLE));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        house.apply(&home("prod"), &open(&["CloudCredential"]));
        house.until(mins(4), "given again", |house| house.ready(&away()));
        house.until(mins(12), "put back", |house| house.written() == [SET_AWS]);
        house.apply(&home("prod"), &account("prod"));
        house.until(mins(4), "withdrawn", |house| house.stalled(&away(), "NotAllowed"));
        house.delete(&away());
        house.until(mins(1), "gone", |house| !house.exists(&away()));
        house.run(mins(8));
        assert_eq!(house.written(), [SET_AWS]);
        assert_eq!(house.details_of_prod().credential, Some(role(ROLE)));
    }
}

#[test]
fn from_elsewhere_what_is_there_is_taken_over_by_its_id_only() {
    let mut house = with_prod(Contract::Production);
    house.apply(&home("prod"), &open(&["CloudCredential"]));
    house.link(role(OTHER_ROLE));
    house.apply(&away(), &from_away());
    house.until(mins(1), "told", |house| house.stalled(&away(), "AdoptionNeedsId"));
    let prod = house.prod();
    assert!(!house.message(&away(), "Stalled").contains(&prod));
    assert!(house.events(&acme()).iter().any(|event| event.note.contains(&prod)), "{}", house.describe());
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    let by_id = with(from_away(), json!({"adopt": {"policy": "Required", "id": prod}}));
    house.ready_with(&away(), &by_id);
    house.assert_set(&aws());
    assert_eq!(house.status(&away())["origin"], "Adopted");
    house.stays(&away());
}

#[test]
fn of_two_from_two_namespaces_the_second_does_nothing() {
    for contract in BOTH {
        let mut house = with_prod(contract);
        house.apply(&home("prod"), &open(&["CloudCredential"]));
        house.ready_with(&cloud(), &aws());
        house.run(mins(8));
        house.forget_requests();
        house.apply(&away(), &with(from_away(), json!({"aws": {"iamRole": OTHER_ROLE}})));
        house.until(mins(1), "conflict", |house| house.stalled(&away(), "ManagementConflict"));
        let told = house.message(&away(), "Stalled");
        assert!(
            told.starts_with("The same cloud credential is kept by an object in another namespace already"),
            "{told}"
        );
        assert!(!told.contains("deletionPolicy") && !told.contains("spec.name"), "{told}");
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        house.delete(&away());
        house.until(mins(1), "gone", |house| !house.exists(&away()));
        house.stays(&cloud());
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn an_account_is_named_by_its_id_at_home_only() {
    let by_id = |house: &House| {
        let reference = json!({"accountRef": {"name": null, "id": house.prod()}});
        with(with(aws(), reference), json!({"organizationRef": {"name": "acme"}}))
    };
    for contract in BOTH {
        let mut house = with_prod(contract);
        let spec = by_id(&house);
        house.ready_with(&cloud(), &spec);
        house.assert_set(&aws());
        house.stays(&cloud());
    }
    let mut house = with_prod(Contract::Production);
    let spec = with(by_id(&house), json!({"organizationRef": {"name": "acme", "namespace": HOME}}));
    house.apply(&away(), &spec);
    house.until(mins(1), "refused", |house| house.stalled(&away(), "NotAllowed"));
    house.run(mins(30));
    assert_eq!(house.credential_calls(), 0);
    // Nothing is sent about an id that is no account of the organization: the token may reach others.
    let mut house = with_prod(Contract::Production);
    let other = json!({"accountRef": {"name": null, "id": "act-00000000"}});
    let spec = with(with(aws(), other), json!({"organizationRef": {"name": "acme"}}));
    house.apply(&cloud(), &spec);
    house.until(mins(5), "waits", |house| house.waits(&cloud(), "DependencyNotReady"));
    house.run(mins(30));
    assert_eq!(house.credential_calls(), 0);
}

#[test]
fn an_account_object_that_goes_and_comes_back_changes_nothing() {
    for contract in BOTH {
        let mut house = with_prod(contract);
        house.ready_with(&cloud(), &aws());
        house.run(mins(8));
        house.forget_requests();
        house.annotate(&home("prod"), &json!({"orgkeeper.dev/abandon": "true"}));
        house.delete(&home("prod"));
        house.until(mins(1), "gone", |house| !house.exists(&home("prod")));
        house.until(mins(1), "it waits", |house| house.waits(&cloud(), NOT_FOUND));
        house.run(mins(30));
        house.ready_with(&home("prod"), &account("prod"));
        house.until(secs(10), "at once", |house| house.ready(&cloud()));
        house.stays(&cloud());
        assert_eq!(house.written(), [""; 0], "{contract:?}");
        house.assert_set(&aws());
    }
}

#[test]
fn it_goes_while_its_account_s_object_is_gone() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &aws());
    house.run(mins(8));
    house.forget_requests();
    house.annotate(&home("prod"), &json!({"orgkeeper.dev/abandon": "true"}));
    house.delete(&home("prod"));
    house.until(mins(1), "gone", |house| !house.exists(&home("prod")));
    house.delete(&cloud());
    house.until(mins(1), "gone", |house| !house.exists(&cloud()));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn one_whose_account_is_deleted_in_the_console_says_so_and_sets_nothing() {
    for contract in BOTH {
        let mut house = with_prod(contract);
        house.ready_with(&cloud(), &aws());
        house.run(mins(8));
        house.forget_requests();
        let prod = house.prod();
        house.by_hand(|console| console.delete_account(&prod).unwrap());
        house.until(mins(30), "told", |house| house.stalled(&cloud(), "ReferenceGone"));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        // What becomes of the account is one question, and another object's.
        assert!(house.message(&cloud(), "Ready").contains(&home("prod").to_string()));
        assert!(house.status(&cloud())["asked"].is_null(), "{}", house.describe());
        let news = house.status(&cloud())["lastChanges"].to_string();
        assert!(!news.contains("ExternallyDeleted"), "{news}");
        let digest = house.digest(&home("prod"), "Ready");
        house.annotate(&home("prod"), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(10), "made again", |house| house.ready(&home("prod")));
        house.until(mins(10), "told", |house| house.stalled(&cloud(), "ParentChanged"));
        let message = house.message(&cloud(), "Ready");
        assert!(message.contains(&format!("{prod}, which was deleted at the vendor")), "{message}");
        house.forget_requests();
        house.delete(&cloud());
        house.until(mins(30), "gone", |house| !house.exists(&cloud()));
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn one_that_names_an_account_by_its_id_says_that_it_is_gone_and_asks_nothing() {
    let mut house = with_prod(Contract::Production);
    let prod = house.prod();
    let by_id = json!({"accountRef": {"id": prod, "name": null}, "organizationRef": {"name": "acme"}});
    house.ready_with(&cloud(), &with(aws(), by_id));
    house.run(mins(8));
    house.forget_requests();
    house.by_hand(|console| console.delete_account(&prod).unwrap());
    house.until(mins(30), "told", |house| house.stalled(&cloud(), "ReferenceGone"));
    house.run(mins(30));
    assert!(house.status(&cloud())["asked"].is_null(), "{}", house.describe());
    house.delete(&cloud());
    house.until(mins(30), "gone", |house| !house.exists(&cloud()));
    assert_eq!(house.written(), [""; 0]);
}
