//! What a list shows after a create whose answer was lost may be anybody's: a person's, or another cluster's with the
//! same token. It is kept, and nothing of our own making deletes it (rule 4).

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::machines::{CI_TOKEN, ci, ci_spec, furnished, with_ci};
use crate::support::makings::{self, Making};
use crate::support::manifests::{HOME, account, machine, user_key, with};
use crate::support::people::organization_id;
use crate::support::subscriptions::HOOK;
use crate::support::unkind::strangers::{Deed, Who};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::api::spot::kinds;
use orgkeeper::api::token::ID;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind, Lag};
use secrecy::SecretString;
use serde_json::json;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];
const CREATE: &str = "/setup/user/programmatic";

/// A machine user `ci` that a person makes in the console, who uses its token.
fn made_by_a_person(house: &House) -> String {
    let now = house.wall();
    let mut vendor = house.vendor();
    let organization = vendor.world().oldest_organization().unwrap().id;
    let id = vendor.console(now).create_user(organization, UserDetails::machine("ci"));
    vendor.world_mut().issue_user_token(now, &id, "theirs", Some("theirs".to_owned())).unwrap();
    id
}

/// The next create of a machine user is not carried out, and its answer says nothing.
fn unheard(house: &House, effect: bool) {
    house.vendor().add_fault(Fault::once(&Method::POST, CREATE, FaultKind::BadGateway { effect }));
}

fn rotate(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

fn handled(house: &House) -> String {
    house.status(&ci())["token"]["lastHandledRotateAt"].as_str().unwrap_or_default().to_owned()
}

/// One of `ci` that a person made while nobody knew what had come of a create.
fn with_a_persons(contract: Contract) -> (House, String) {
    let mut house = furnished(contract);
    unheard(&house, false);
    house.apply(&ci(), &ci_spec());
    house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
    let theirs = made_by_a_person(&house);
    (house, theirs)
}

#[test]
fn whom_a_person_made_after_a_lost_answer_is_never_deleted() {
    for contract in CONTRACTS {
        let (mut house, theirs) = with_a_persons(contract);
        house.until(mins(30), "ready", |house| house.ready(&ci()));
        house.run(mins(120));
        assert_eq!(house.whose("theirs"), Some(theirs.clone()), "{}", house.describe());
        assert_eq!(house.leftovers(), std::slice::from_ref(&theirs));
        house.assert_one_that_works_beside(1);
        let writes = (house.all_writes(), house.vendor_writes());
        house.restart();
        house.run(mins(120));
        assert_eq!((house.all_writes(), house.vendor_writes()), writes, "{}", house.describe());
    }
}

#[test]
fn without_anybody_else_an_unheard_create_ends_in_one() {
    for contract in CONTRACTS {
        for effect in [false, true] {
            let mut house = furnished(contract);
            unheard(&house, effect);
            house.apply(&ci(), &ci_spec());
            house.until(mins(30), "ready", |house| house.ready(&ci()));
            house.run(mins(30));
            // Of the one that was made nobody knows whose it is.
            house.assert_one_that_works_beside(usize::from(effect));
            assert_eq!(house.users("ci").len(), 1 + usize::from(effect));
        }
    }
}

#[test]
pub fn a_person_says_what_becomes_of_what_is_left() {
    for contract in CONTRACTS {
        let (mut house, theirs) = with_a_persons(contract);
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({"orgkeeper.dev/keep": "0123456789ab"}));
        house.run(mins(30));
        assert_eq!(house.leftovers().len(), 1, "another digest says nothing");
        house.annotate(&ci(), &json!({"orgkeeper.dev/keep": digest}));
        house.until(mins(5), "kept", |house| house.leftovers().is_empty());
        house.run(mins(30));
        assert_eq!(house.whose("theirs"), Some(theirs), "{}", house.describe());
        assert!(house.condition(&ci(), "ConfirmationRequired").is_none() && house.ready(&ci()));

        let (mut house, _) = with_a_persons(contract);
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(10), "deleted", |house| house.leftovers().is_empty());
        house.run(mins(10));
        house.assert_one_that_works();
        assert_eq!(house.whose("theirs"), None);
    }
}

#[test]
fn what_is_due_and_cannot_be_done_is_not_looked_at_without_end() {
    for contract in CONTRACTS {
        let (mut house, _) = with_a_persons(contract);
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        house.way.journal.bounds_effort();
        // What lists show still is gone, and nobody heard it.
        house.vendor().set_lag(Lag::of_lists(SignedDuration::from_secs(45)));
        house.vendor().add_fault(Fault::once(
            &Method::DELETE,
            "/setup/user/{userId}",
            FaultKind::ResetAfterEffect,
        ));
        let digest = house.digest(&ci(), "ConfirmationRequired");
        house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
        house.until(mins(10), "unsure", |house| {
            house.message(&ci(), "ConfirmationRequired").contains("two lists have to confirm that")
        });
        // When lists are to confirm it, the vendor wants to hear nothing.
        house.vendor().add_fault(Fault::always(FaultKind::TooManyRequests { reset_seconds: 600 }));
        house.run(mins(20));
        assert_eq!(house.leftovers().len(), 1);
        house.vendor().clear_faults();
        house.until(mins(30), "deleted", |house| house.leftovers().is_empty());
        house.assert_one_that_works();
    }
}

#[test]
fn what_is_left_drops_out_when_it_goes_or_another_manifest_names_it() {
    let (mut house, theirs) = with_a_persons(Contract::Production);
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    let now = house.wall();
    house.vendor().console(now).delete_user(&theirs).unwrap();
    house.until(mins(30), "forgotten", |house| house.leftovers().is_empty());
    house.assert_one_that_works();

    let (mut house, theirs) = with_a_persons(Contract::Production);
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    // By its name nobody takes it.
    house.apply(&user_key("other"), &machine("ci", "prod"));
    house.run(mins(20));
    assert_eq!(house.leftovers().len(), 1);
    assert_ne!(house.id(&user_key("other")), Some(theirs.clone()), "{}", house.describe());
    house.delete(&user_key("other"));
    house.run(mins(5));
    house.apply(&user_key("other"), &with(machine("ci", "prod"), json!({"adopt": {"id": theirs}})));
    house.until(mins(30), "taken over", |house| house.id(&user_key("other")) == Some(theirs.clone()));
    house.until(mins(30), "no longer ours to ask about", |house| house.leftovers().is_empty());
}

#[test]
fn an_object_that_goes_names_what_is_left_and_deletes_none_of_it() {
    for contract in CONTRACTS {
        let (mut house, theirs) = with_a_persons(contract);
        house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert_eq!(house.users("ci"), std::slice::from_ref(&theirs), "{}", house.describe());
        let named = house.events(&ci()).iter().any(|event| event.note.contains(&theirs) && event.warning);
        assert!(named, "{}", house.describe());
    }
}

#[test]
pub fn what_a_pending_create_turns_out_to_have_made_is_left_unless_the_manifest_says_delete() {
    for contract in CONTRACTS {
        for says_delete in [false, true] {
            let mut house = furnished(contract);
            unheard(&house, true);
            let spec = if says_delete { ci_spec() } else { machine("ci", "prod") };
            house.apply(&ci(), &spec);
            house.until(mins(2), "unknown", |house| house.waits(&ci(), "OutcomeUnknown"));
            let made = house.users("ci");
            house.delete(&ci());
            if says_delete && contract == Contract::Published {
                // It may be anybody's, also the operator's own.
                house.until(mins(30), "asked", |house| house.stalled(&ci(), "WouldLockOut"));
                let digest = house.digest(&ci(), "Stalled");
                house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
            }
            house.until(mins(30), "gone", |house| !house.exists(&ci()));
            assert_eq!(house.users("ci").is_empty(), says_delete, "{}", house.describe());
            let told = house.events(&ci()).iter().any(|event| event.note.contains(&made[0]));
            assert!(told, "{}", house.describe());
        }
    }
}

#[test]
fn a_rotation_deletes_nobody_whom_it_only_found() {
    for contract in CONTRACTS {
        let mut house = with_ci(contract);
        let (old, token) = (house.id(&ci()).unwrap(), house.token().unwrap());
        unheard(&house, false);
        rotate(&house, "one");
        house.run(secs(10));
        let theirs = made_by_a_person(&house);
        house.until(mins(120), "over", |house| handled(house) == "one");
        house.run(mins(90));
        assert_eq!(house.whose("theirs"), Some(theirs.clone()), "{}", house.describe());
        assert_eq!(house.leftovers(), [theirs]);
        house.assert_one_that_works_beside(1);
        assert!(house.whose(&token).is_none() && house.id(&ci()) != Some(old), "{}", house.describe());
    }
}

#[test]
pub fn who_was_found_is_left_behind_by_a_rotation() {
    for contract in CONTRACTS {
        let (mut house, theirs) = with_a_persons(contract);
        // Found, and no other can be had for a token.
        house
            .vendor()
            .add_fault(Fault { times: Some(1), ..Fault::once(&Method::POST, CREATE, FaultKind::Forbidden) });
        house.until(mins(30), "found", |house| house.id(&ci()) == Some(theirs.clone()));
        house.until(mins(30), "no other", |house| house.stalled(&ci(), "TokenLost"));
        let writes = house.vendor_writes();
        house.run(mins(60));
        assert_eq!(house.vendor_writes(), writes, "it is not written to\n{}", house.describe());
        rotate(&house, "one");
        house.until(mins(120), "over", |house| handled(house) == "one");
        house.run(mins(120));
        assert_eq!(house.whose("theirs"), Some(theirs.clone()), "{}", house.describe());
        assert_eq!(house.leftovers(), [theirs]);
        house.assert_one_that_works_beside(1);
    }
}

#[test]
pub fn an_account_that_was_found_stays_when_its_object_goes_unless_the_manifest_says_delete() {
    for says_delete in [false, true] {
        let mut house = furnished(Contract::Production);
        let fault = FaultKind::BadGateway { effect: true };
        house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", fault));
        let delete = json!({"deletionPolicy": "Delete"});
        let spec = if says_delete { with(account("found"), delete) } else { account("found") };
        house.apply(&home("f"), &spec);
        house.until(mins(30), "ready", |house| house.ready(&home("f")));
        let id = house.id(&home("f")).unwrap();
        assert_eq!(house.status(&home("f"))["found"], json!([id]));
        assert_eq!(house.calls("POST"), 2, "it, and the one before");
        house.delete(&home("f"));
        house.until(mins(10), "gone", |house| !house.exists(&home("f")));
        assert_eq!(house.named("found").is_empty(), says_delete, "{}", house.describe());
    }
}

/// A person makes what was asked for, by hand; its id.
fn made_by_hand(house: &House, making: &Making) -> String {
    let kind = (making.key)().kind;
    let called = *making.called.last().expect("it has a name");
    match kind {
        kinds::SUBSCRIPTION => return house.subscribe_by_hand("prod", called, HOOK),
        kinds::NOTIFICATION_POLICY => return house.notify_by_hand("prod", called),
        kinds::USER if called.contains('@') => {
            house.by_hand(|console| console.create_user(organization_id(), UserDetails::person(called)));
        }
        _ => assert!(house.stranger(Who::Person, Deed::Twin, kind, called)),
    }
    making.living(house).pop().expect("it was made")
}

/// Which answers are none, and what a token's loss leads to, other tests show.
#[test]
pub fn what_a_person_made_after_a_lost_answer_stays_when_its_object_goes_unless_the_manifest_says_delete() {
    let kinds = makings::first_creates().filter(|making| making.route != CREATE);
    for making in kinds.chain([makings::REPLACEMENT]) {
        for says_delete in [false, true] {
            let (mut house, key) = (making.house(), (making.key)());
            let fault = FaultKind::BadGateway { effect: false };
            house.vendor().add_fault(Fault::once(&Method::POST, making.route, fault));
            (making.asks)(&mut house);
            house.until(mins(2), making.what, |house| house.waits(&key, "OutcomeUnknown"));
            let theirs = made_by_hand(&house, &making);
            making.until_made(&mut house);
            let status = house.status(&key);
            assert_eq!(
                (&status["id"], &status["found"], &status["origin"]),
                (&json!(theirs), &json!([theirs]), &json!("Adopted")),
                "{}\n{}",
                making.what,
                house.describe()
            );
            assert_eq!(making.sent(&house), 1, "{}", making.what);
            if says_delete {
                let spec = house.object(&key)["spec"].clone();
                house.apply(&key, &with(spec, json!({"deletionPolicy": "Delete"})));
            }
            house.delete(&key);
            making.until_confirmed(&mut house, |house| !house.exists(&key));
            assert_eq!(making.living(&house).contains(&theirs), !says_delete, "{}", house.describe());
        }
    }
}

/// What takes the place of one whose token was lost is found where nobody heard of its create.
#[test]
fn whom_a_person_made_while_another_was_made_for_a_lost_token_is_never_deleted() {
    for contract in CONTRACTS {
        let mut house = (makings::AGAIN.begin)(contract);
        house.forget_requests();
        unheard(&house, false);
        (makings::AGAIN.asks)(&mut house);
        house.until(mins(20), "sent", |house| makings::AGAIN.sent(house) == 1);
        house.run(secs(10));
        let theirs = made_by_a_person(&house);
        house.run(mins(240));
        assert_eq!(house.whose("theirs"), Some(theirs.clone()), "{}", house.describe());
        assert!(house.leftovers().contains(&theirs), "{}", house.describe());
        // One by its own manifest's word, which may be the operator's own where nothing shows whose it is.
        house.delete(&ci());
        if contract == Contract::Published {
            house.until(mins(30), "asked", |house| house.stalled(&ci(), "WouldLockOut"));
            let digest = house.digest(&ci(), "Stalled");
            house.annotate(&ci(), &json!({"orgkeeper.dev/confirm": digest}));
        }
        house.until(mins(30), "gone", |house| !house.exists(&ci()));
        assert_eq!(house.users("ci"), [theirs], "{}", house.describe());
    }
}

#[test]
pub fn when_too_much_is_left_nothing_more_is_made() {
    let mut house = with_ci(Contract::Production);
    for number in 0..8 {
        unheard(&house, true);
        rotate(&house, &number.to_string());
        house.run(mins(100));
        if house.stalled(&ci(), "TooManyLeftovers") {
            break;
        }
    }
    assert!(house.stalled(&ci(), "TooManyLeftovers"), "{}", house.describe());
    let (writes, users) = (house.vendor_writes(), house.users("ci"));
    house.run(mins(120));
    assert_eq!((house.vendor_writes(), house.users("ci")), (writes, users));
    assert!(house.leftovers().len() <= 8);
    let digest = house.digest(&ci(), "ConfirmationRequired");
    house
        .annotate(&ci(), &json!({"orgkeeper.dev/keep": digest, "orgkeeper.dev/rotate-requested-at": "last"}));
    house.until(mins(120), "over", |house| handled(house) == "last");
}

#[test]
pub fn what_is_left_is_taken_by_nobody_who_has_its_name() {
    let (mut house, theirs) = with_a_persons(Contract::Production);
    house.until(mins(30), "asked", |house| !house.leftovers().is_empty() && house.ready(&ci()));
    // The one that left it goes by another name now, which a create alone could have given.
    house.apply(&ci(), &with(ci_spec(), json!({"programmatic": {"name": "renamed"}})));
    house.run(mins(5));
    assert_eq!(house.leftovers(), std::slice::from_ref(&theirs), "{}", house.describe());
    let mine = house.id(&ci());
    let elsewhere = json!({"programmatic": {"writeTokenTo": {"name": "other-token"}}});
    house.apply(&user_key("other"), &with(machine("ci", "prod"), elsewhere));
    house.until(mins(30), "one of its own", |house| house.id(&user_key("other")).is_some());
    let others = house.id(&user_key("other"));
    assert!(others != Some(theirs.clone()) && others != mine, "{}", house.describe());
    assert_eq!(house.whose("theirs"), Some(theirs));
}

#[test]
pub fn what_a_secret_names_without_proof_is_not_the_vendors_answer() {
    let (mut house, theirs) = with_a_persons(Contract::Production);
    // Somebody puts the token of their own where ours would be, and the id beside it.
    house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| {
        secret.annotations.insert(ID.to_owned(), theirs.clone());
        secret.values.insert("token".to_owned(), SecretString::from("theirs".to_owned()));
    });
    house.until(mins(30), "taken", |house| house.id(&ci()) == Some(theirs.clone()));
    assert_eq!(house.status(&ci())["found"], json!([theirs]), "{}", house.describe());
    assert_eq!(house.status(&ci())["origin"], "Adopted");
}
