//! What a person answers to what creates of unknown outcome may have left is carried out at once; where it cannot be,
//! that is said, with what gets it further; and what was done is told (rules 4, 10 and 12).

use crate::support::founding::to_create;
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec, furnished, with_ci};
use crate::support::manifests::{account, machine, organization, organization_key, with};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";
const DELETE: &str = "/setup/user/{userId}";

/// The next create of a machine user is carried out, and nobody hears its answer.
fn unheard(house: &House) {
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect: true }));
}

/// `ci` is ready, and a person is asked about the user before it; the id of that one.
fn asked(contract: Contract) -> (House, String) {
    let mut house = furnished(contract);
    unheard(&house);
    house.apply(&ci(), &ci_spec());
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    let left = house.leftovers()[0].clone();
    (house, left)
}

fn limited(per_hour: u32) -> Value {
    with(organization(), json!({"guard": {"maxDestructivePerHour": per_hour}}))
}

fn question(house: &House) -> String {
    house.message(&ci(), "ConfirmationRequired")
}

#[track_caller]
fn answer(house: &House, how: &str) {
    let digest = house.digest(&ci(), "ConfirmationRequired");
    house.annotate(&ci(), &json!({format!("orgkeeper.dev/{how}"): digest}));
}

/// Whether an event of the reason names it.
fn told(house: &House, reason: &str, id: &str) -> bool {
    house.events(&ci()).iter().any(|event| event.reason == reason && event.note.contains(id))
}

#[test]
fn an_answer_is_carried_out_at_once_and_told() {
    for contract in CONTRACTS {
        for (how, reason) in [("confirm", "Deleted"), ("keep", "Leftovers")] {
            let (mut house, left) = asked(contract);
            assert!(told(&house, "MadeAgain", "ConfirmationRequired"), "{}", house.describe());
            assert!(!told(&house, reason, &left), "{}", house.describe());
            answer(&house, how);
            // Long before the next resync.
            house.until(secs(30), "answered", |house| house.leftovers().is_empty());
            house.run(secs(5));
            assert!(told(&house, reason, &left), "{how}: {}", house.describe());
            assert_eq!(house.users("ci").contains(&left), how == "keep");
            assert!(house.condition(&ci(), "ConfirmationRequired").is_none() && house.ready(&ci()));
        }
    }
}

/// How often the object was told that an answer is none.
fn misread(house: &House, key: &ObjectRef) -> Vec<u32> {
    let told = house.events(key);
    told.iter().filter(|event| event.reason == "AnswerUnknown").map(|event| event.count).collect()
}

#[test]
fn what_answers_nothing_that_is_asked_is_told_once_with_what_would() {
    for how in ["confirm", "keep"] {
        let (mut house, left) = asked(Contract::Production);
        let awaited = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({format!("orgkeeper.dev/{how}"): "0123456789ab"}));
        house.until(mins(1), "told", |house| told(house, "AnswerUnknown", &awaited));
        house.run(mins(60));
        assert_eq!((misread(&house, &ci()), house.leftovers()), (vec![1], vec![left.clone()]), "{how}");
        answer(&house, how);
        house.until(secs(30), "answered", |house| house.leftovers().is_empty());
        // What stays of the right one when nothing is asked any more is no mistake.
        house.run(mins(60));
        assert_eq!(misread(&house, &ci()), [1], "{how}\n{}", house.describe());
    }
}

#[test]
fn what_answers_no_question_of_the_organization_is_told_there() {
    let mut house = furnished(Contract::Production);
    house.apply(&acme(), &limited(1));
    let keys = ["a", "b"].map(home);
    for (key, name) in keys.iter().zip(["a", "b"]) {
        house.ready_with(key, &with(account(name), json!({"deletionPolicy": "Delete"})));
    }
    house.run(mins(8));
    for key in &keys {
        house.delete(key);
    }
    house.until(mins(10), "asked", |house| house.condition(&acme(), "ConfirmationRequired").is_some());
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": "0123456789ab"}));
    house.until(mins(1), "told", |house| !misread(house, &acme()).is_empty());
    house.run(mins(20));
    let awaited = house.digest(&acme(), "ConfirmationRequired");
    assert_eq!(misread(&house, &acme()), [1], "{}", house.describe());
    assert!(house.events(&acme()).iter().any(|event| event.note.contains(&awaited)));
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": awaited}));
    house.until(mins(5), "gone", |house| keys.iter().all(|key| !house.exists(key)));
    assert_eq!(misread(&house, &acme()), [1], "{}", house.describe());
}

#[test]
fn where_the_guard_has_no_room_both_objects_say_so_and_a_person_lets_it_through() {
    for contract in CONTRACTS {
        let (mut house, left) = asked(contract);
        house.apply(&acme(), &limited(1));
        house.apply(&home("spare"), &with(account("spare"), json!({"deletionPolicy": "Delete"})));
        house.until(mins(5), "there", |house| house.ready(&home("spare")));
        house.delete(&home("spare"));
        house.until(mins(5), "spent", |house| !house.exists(&home("spare")));
        answer(&house, "confirm");
        house.until(mins(1), "said", |house| question(house).contains("as was confirmed"));
        assert!(question(&house).contains("allows 1 such write an hour"), "{}", question(&house));
        house.until(mins(1), "asked", |house| house.message(&acme(), "ConfirmationRequired").contains(&left));
        // It stands still, and nothing is done.
        house.run(mins(20));
        assert_eq!(house.leftovers(), std::slice::from_ref(&left));
        assert!(house.ready(&ci()) && question(&house).contains("as was confirmed"), "{}", house.describe());
        let digest = house.digest(&acme(), "ConfirmationRequired");
        house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(2), "let through", |house| house.leftovers().is_empty());
        house.run(mins(10));
        house.assert_one_that_works();
        assert!(house.condition(&acme(), "ConfirmationRequired").is_none(), "{}", house.describe());
    }
}

#[test]
fn where_the_vendor_refuses_it_is_said_and_tried_again_or_left_when_a_person_says_so() {
    for contract in CONTRACTS {
        for keep in [false, true] {
            let (mut house, left) = asked(contract);
            let times = if keep { None } else { Some(1) };
            let fault = Fault { times, ..Fault::once(&Method::DELETE, DELETE, FaultKind::Forbidden) };
            house.vendor().add_fault(fault);
            answer(&house, "confirm");
            house.until(mins(1), "said", |house| question(house).contains("HTTP 403"));
            assert!(question(&house).contains("as was confirmed"), "{}", question(&house));
            assert!(house.ready(&ci()), "{}", house.describe());
            if keep {
                let text = question(&house);
                let (_, digest) = text.split_once("orgkeeper.dev/keep: ").unwrap();
                house.annotate(&ci(), &json!({"orgkeeper.dev/keep": digest.trim_end_matches('.')}));
            }
            house.until(mins(30), "over", |house| house.leftovers().is_empty());
            assert_eq!(house.users("ci").contains(&left), keep);
        }
    }
}

#[test]
fn one_that_would_lock_out_the_operator_takes_both_answers_one_after_the_other() {
    let (mut house, left) = asked(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"tokenUser": left}})));
    house.run(mins(2));
    answer(&house, "confirm");
    house.until(mins(2), "said", |house| question(house).contains("lock somebody out"));
    house.run(mins(30));
    assert_eq!(house.leftovers(), std::slice::from_ref(&left));
    answer(&house, "confirm");
    house.until(mins(2), "deleted", |house| house.leftovers().is_empty());
    assert!(!house.users("ci").contains(&left), "{}", house.describe());
}

#[test]
fn an_answer_that_is_taken_back_is_none() {
    let (mut house, left) = asked(Contract::Production);
    let fault = Fault { times: Some(1), ..Fault::once(&Method::DELETE, DELETE, FaultKind::Forbidden) };
    house.vendor().add_fault(fault);
    answer(&house, "confirm");
    house.until(mins(1), "said", |house| question(house).contains("HTTP 403"));
    house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": ""}));
    house.run(mins(60));
    assert_eq!(house.leftovers(), [left]);
    assert!(question(&house).contains("To have them deleted"), "{}", question(&house));
}

/// Two are left, and something else is said while the first one is being deleted.
#[test]
fn an_answer_that_is_changed_while_the_first_is_deleted_spares_the_second() {
    for word in ["nothing", "taken back", "keep"] {
        let (mut house, _) = asked(Contract::Production);
        unheard(&house);
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(30), "both", |house| house.leftovers().len() == 2);
        house.run(mins(5));
        let (left, text) = (house.leftovers(), question(&house));
        house.way.vendors.latency.set(secs(10));
        house.forget_requests();
        answer(&house, "confirm");
        house.until(mins(5), "sent", |house| {
            house.users("ci").iter().filter(|id| left.contains(id)).count() == 1
        });
        match word {
            "taken back" => house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": ""})),
            "keep" => {
                let (_, digest) = text.split_once("orgkeeper.dev/keep: ").unwrap();
                house.annotate(&ci(), &json!({"orgkeeper.dev/keep": digest.trim_end_matches('.')}));
            }
            _ => {}
        }
        house.run(mins(30));
        let living = house.users("ci").iter().filter(|id| left.contains(id)).count();
        assert_eq!(living, usize::from(word != "nothing"), "{word}\n{}", house.describe());
    }
}

#[test]
fn what_a_rotation_leaves_behind_is_told_when_it_is() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        unheard(&house);
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(30), "left", |house| !house.leftovers().is_empty());
        house.run(mins(5));
        let left = house.leftovers()[0].clone();
        assert!(told(&house, "Leftovers", &left) && told(&house, "Leftovers", "ConfirmationRequired"));
    }
}

#[test]
fn what_becomes_of_a_pending_create_is_said_as_it_will_be() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        unheard(&house);
        house.apply(&ci(), &machine("ci", "prod"));
        house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
        house.delete(&ci());
        let said = |house: &House| house.message(&ci(), "DeletionBlocked");
        house.until(secs(20), "held up", |house| !said(house).is_empty());
        assert!(said(&house).contains("stays at the vendor"), "{}", said(&house));
        // As it says.
        house.apply(&ci(), &ci_spec());
        house.until(secs(20), "said", |house| said(house).contains("is deleted once lists have shown it"));
        if contract == Contract::Published {
            house.until(mins(30), "asked", |house| house.stalled(&ci(), "WouldLockOut"));
            let digest = house.digest(&ci(), "Stalled");
            house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
        }
        house.until(mins(30), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty(), "{}", house.describe());
    }
}

#[test]
fn what_the_vendor_says_is_a_sentence_of_its_own() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::Forbidden));
        house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": "one"}));
        house.until(mins(5), "refused", |house| house.stalled(&ci(), "RotationFailed"));
        assert!(house.message(&ci(), "Stalled").contains(". To try again"), "{}", house.describe());
        let fault = Fault { times: None, ..Fault::once(&Method::DELETE, DELETE, FaultKind::Forbidden) };
        house.vendor().add_fault(fault);
        house.delete(&ci());
        house.until(mins(5), "refused", |house| house.stalled(&ci(), "DeletionRefused"));
        assert!(house.message(&ci(), "Stalled").contains(". To leave it there"), "{}", house.describe());
    }
}

#[test]
fn whoever_waits_for_the_other_of_one_name_is_told_what_its_end_would_lead_to() {
    for contract in CONTRACTS {
        let mut house = House::with_a_parent(contract);
        let twin = organization_key("twin");
        house.apply(&acme(), &to_create());
        house.run(secs(5));
        let elsewhere = json!({"connection": {"tokenSecretRef": {"name": "twin-token"}}});
        house.apply(&twin, &with(to_create(), elsewhere));
        house.start();
        house.until(mins(5), "conflict", |house| house.stalled(&twin, "ManagementConflict"));
        house.until_founded();
        let text = house.message(&twin, "Stalled");
        assert!(text.contains("another organization is created for this object then"), "{text}");
        // As it says.
        house.delete(&acme());
        house.until(mins(10), "another", |house| house.foundings() == 2);
    }
}
