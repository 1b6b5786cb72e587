//! Cloud credentials: one for each account, set, taken over and kept.

mod deaths;
pub mod expiry;
mod fields;
mod overtaken;
mod places;
mod published;
pub mod roles;
mod trouble;

use crate::support::credentials::{
    CLIENT, CLIENT_SECRET, OTHER_ROLE, ROLE, SET_AWS, SET_AZURE, TRY_AZURE, application, aws,
    aws_without_role, azure, cloud, clouds, credential_in, gcp, key_file, role, service_account, sets,
    with_prod,
};
use crate::support::house::{mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, account, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

#[test]
fn a_fresh_one_is_set_once_and_stays() {
    for contract in BOTH {
        for (spec, _) in clouds() {
            let mut house = with_prod(contract);
            house.ready_with(&cloud(), &spec);
            house.assert_set(&spec);
            assert_eq!(house.id(&cloud()), Some(house.prod()));
            assert_eq!(house.status(&cloud())["origin"], "Created");
            assert_eq!(house.status(&cloud())["deletionPolicy"], "Orphan");
            assert_eq!(house.written(), sets(contract, &spec), "{contract:?}");
            house.stays(&cloud());
            assert_eq!(house.reasons(&cloud()), ["Created"]);
            assert_eq!(house.writes(&cloud()), 3, "finalizer, intent, result\n{}", house.describe());
        }
    }
}

#[test]
fn one_that_is_there_is_taken_over_as_it_is() {
    let there = [
        (aws(), role(ROLE)),
        (azure(), application(CLIENT, "another")),
        (gcp(), service_account(&key_file(1))),
    ];
    for (spec, known) in there {
        let mut house = with_prod(Contract::Production);
        house.link(known.clone());
        house.ready_with(&cloud(), &spec);
        assert_eq!(house.status(&cloud())["origin"], "Adopted");
        house.stays(&cloud());
        assert_eq!(house.written(), [""; 0], "nothing differs in what can be read");
        assert_eq!(house.details_of_prod().credential, Some(known));
        let unverified = house.condition(&cloud(), "Unverified").is_some();
        assert_eq!(unverified, spec["aws"].is_null(), "secrets cannot be read back");
    }
}

#[test]
fn what_differs_in_one_that_is_taken_over_is_written_as_a_whole() {
    let mut house = with_prod(Contract::Production);
    house.link(application(&CLIENT.replace("00c", "00f"), "another"));
    house.ready_with(&cloud(), &azure());
    house.assert_set(&azure());
    house.stays(&cloud());
    assert_eq!(house.written(), [TRY_AZURE, SET_AZURE]);
    assert_eq!(house.condition(&cloud(), "Unverified"), None, "the secret was written along");

    let mut house = with_prod(Contract::Production);
    house.link(role(OTHER_ROLE));
    house.ready_with(&cloud(), &with(aws(), json!({"driftPolicy": "Report"})));
    house.run(mins(30));
    assert!(house.drift(&cloud(), "aws.iamRole").is_some_and(|drift| drift["actual"] == OTHER_ROLE));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn unreadable_secrets_are_written_at_adoption_when_asked_for() {
    let mut house = with_prod(Contract::Production);
    house.link(application(CLIENT, "another"));
    house.ready_with(&cloud(), &with(azure(), json!({"adopt": {"applyUnreadable": true}})));
    house.assert_set(&azure());
    house.stays(&cloud());
    assert_eq!(house.written(), [TRY_AZURE, SET_AZURE]);
}

#[test]
fn adopt_says_what_may_be_taken_over() {
    let adopt = |policy: &str| with(aws(), json!({"adopt": {"policy": policy}}));
    let mut house = with_prod(Contract::Production);
    house.apply(&cloud(), &adopt("Required"));
    house.until(mins(1), "nothing is set", |house| house.stalled(&cloud(), "NotFound"));
    let prod = house.prod();
    let by_id = with(aws(), json!({"adopt": {"policy": "IfExists", "id": prod}}));
    house.apply(&cloud(), &by_id);
    house.until(mins(1), "no link", |house| house.stalled(&cloud(), "AdoptionTargetNotFound"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "an account without a credential has none to take over");
    house.link(role(ROLE));
    house.until(mins(15), "linked", |house| house.ready(&cloud()));
    assert_eq!(house.status(&cloud())["origin"], "Adopted");

    let mut house = with_prod(Contract::Production);
    house.link(role(ROLE));
    house.apply(&cloud(), &adopt("Never"));
    house.until(mins(1), "it is there", |house| house.stalled(&cloud(), "AlreadyExists"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn a_list_that_does_not_show_the_link_is_no_proof_of_absence() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &aws());
    house.run(mins(8));
    house.forget_requests();
    let prod = house.prod();
    house.by_hand(|console| {
        assert!(console.change_account(&prod, |it| {
            it.cloud_provider = None;
            it.provider_external_id = None;
        }));
    });
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
    house.restart();
    house.run(mins(30));
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
    // It is still one that stands for the account, and looks at it.
    house.link(role(OTHER_ROLE));
    house.until(mins(12), "put back", |house| house.written() == [SET_AWS]);
}

#[test]
fn a_word_of_the_vendor_s_for_a_cloud_that_nobody_knows_does_not_matter() {
    let mut house = with_prod(Contract::Production);
    house.link(application(CLIENT, CLIENT_SECRET));
    let prod = house.prod();
    house.by_hand(|console| {
        assert!(console.change_account(&prod, |it| it.cloud_provider = Some("AZURE_STACK".into())));
    });
    house.ready_with(&cloud(), &azure());
    assert_eq!(house.status(&cloud())["origin"], "Adopted");
    house.stays(&cloud());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
pub fn the_cloud_of_an_account_is_not_changed() {
    for (spec, there) in [(azure(), role(ROLE)), (aws(), application(CLIENT, "another"))] {
        let mut house = with_prod(Contract::Production);
        house.link(there.clone());
        house.apply(&cloud(), &spec);
        house.until(mins(1), "told", |house| house.stalled(&cloud(), "CloudMismatch"));
        house.run(mins(30));
        assert!(house.stalled(&cloud(), "CloudMismatch"));
        assert!(house.message(&cloud(), "Stalled").contains("cannot be changed"));
        assert_eq!(house.written(), [""; 0]);
        assert_eq!(house.details_of_prod().credential, Some(there));
        assert_eq!(house.id(&cloud()), None, "it is not taken over");
    }
    // Also where only a read of the credential tells.
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &aws());
    house.run(mins(8));
    house.forget_requests();
    house.link(application(CLIENT, "another"));
    let prod = house.prod();
    house.by_hand(|console| assert!(console.change_account(&prod, |it| it.cloud_provider = None)));
    house.until(mins(12), "told", |house| house.stalled(&cloud(), "CloudMismatch"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.link(role(ROLE));
    house.until(mins(15), "back", |house| house.ready(&cloud()));
}

#[test]
fn under_observe_nothing_is_set_and_nothing_asked_for() {
    let observe = json!({"managementPolicy": "Observe"});
    for (spec, _) in clouds().into_iter().chain([(aws_without_role(), "")]) {
        let mut house = with_prod(Contract::Production);
        house.apply(&cloud(), &with(spec.clone(), observe.clone()));
        house.until(mins(1), "nothing there", |house| house.stalled(&cloud(), "NotFound"));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
    }
    let mut house = with_prod(Contract::Production);
    house.link(role(OTHER_ROLE));
    house.ready_with(&cloud(), &with(aws(), observe));
    house.run(mins(30));
    assert!(house.drift(&cloud(), "aws.iamRole").is_some());
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn suspended_it_is_left_alone() {
    let mut house = with_prod(Contract::Production);
    house.ready_with(&cloud(), &aws());
    house.run(mins(8));
    house.apply(&cloud(), &with(aws(), json!({"suspend": true})));
    house.forget_requests();
    house.link(role(OTHER_ROLE));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&cloud(), &aws());
    house.until(mins(1), "put back", |house| house.written() == [SET_AWS]);
}

#[test]
fn its_deletion_leaves_the_account_linked_and_makes_no_call() {
    for contract in BOTH {
        for (spec, _) in clouds() {
            let mut house = with_prod(contract);
            house.ready_with(&cloud(), &spec);
            house.run(mins(8));
            house.forget_requests();
            house.delete(&cloud());
            house.until(secs(10), "gone", |house| !house.exists(&cloud()));
            house.run(mins(8));
            assert_eq!(house.written(), [""; 0]);
            house.assert_set(&spec);
            let note = house.events(&cloud()).pop().unwrap();
            assert_eq!(note.reason, "Orphaned");
            assert!(note.note.contains("cannot unlink"), "{}", note.note);
        }
    }
}

#[test]
fn of_two_for_one_account_the_second_does_nothing_by_name_by_id_or_from_elsewhere() {
    for contract in BOTH {
        for by_id in [false, true] {
            let mut house = with_prod(contract);
            house.ready_with(&cloud(), &aws());
            house.run(mins(8));
            house.forget_requests();
            let other = credential_in(HOME, "other");
            let spec = with(aws(), json!({"aws": {"iamRole": OTHER_ROLE}}));
            let spec = if by_id {
                let reference = json!({"accountRef": {"name": null, "id": house.prod()}});
                with(with(spec, reference), json!({"organizationRef": {"name": "acme"}}))
            } else {
                spec
            };
            house.apply(&other, &spec);
            house.until(mins(1), "conflict", |house| house.stalled(&other, "ManagementConflict"));
            assert!(house.message(&other, "Stalled").contains(&cloud().to_string()));
            house.run(mins(30));
            assert_eq!(house.written(), [""; 0], "{contract:?}");
            // Its deletion touches nothing; that of the first hands over.
            house.delete(&cloud());
            house.until(mins(12), "the second", |house| house.ready(&other));
            house.run(mins(8));
            let adopted = contract == Contract::Production;
            assert_eq!(house.status(&other)["origin"], if adopted { "Adopted" } else { "Created" });
            assert_eq!(house.written(), [SET_AWS]);
        }
    }
}

#[test]
fn the_account_waits_for_it() {
    for by_id in [false, true] {
        let mut house = with_prod(Contract::Production);
        house.apply(&home("prod"), &with(account("prod"), json!({"deletionPolicy": "Delete"})));
        let spec = if by_id {
            let reference = json!({"accountRef": {"name": null, "id": house.prod()}});
            with(with(aws(), reference), json!({"organizationRef": {"name": "acme"}}))
        } else {
            aws()
        };
        house.ready_with(&cloud(), &spec);
        house.run(mins(8));
        house.delete(&home("prod"));
        house.run(mins(30));
        let blocked = house.condition(&home("prod"), "DeletionBlocked");
        assert_eq!(blocked.map(|(_, reason)| reason).as_deref(), Some("HasDependents"), "{by_id}");
        assert!(house.message(&home("prod"), "DeletionBlocked").contains(&cloud().to_string()));
        house.delete(&cloud());
        house.until(secs(30), "both gone", |house| !house.exists(&home("prod")) && !house.exists(&cloud()));
        assert_eq!(house.living(), 1, "the default account");
        house.delete(&acme());
        house.until(mins(10), "all gone", |house| !house.exists(&acme()));
    }
}
