//! The end of an organization at the vendor: gone is what the vendor said, and what only seems so is asked about
//! (rule 11).

use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::manifests::{HOME, TOKEN, organization, with};
use crate::support::network::{Failing, Scripted};
use crate::support::webhooks::Refused;
use futures::FutureExt;
use http::Method;
use orgkeeper::engine::base::ports::{Cluster as _, Part};
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind, digest};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
const REFUSED: [Refused; 2] = [Refused::Forbidden, Refused::Webhook];

fn house(contract: Contract) -> House {
    let mut house = House::new(contract);
    house.apply(&acme(), &with(organization(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&acme()));
    house.run(mins(2));
    house
}

fn lives(house: &House) -> bool {
    house.vendor().world().organizations().next().is_some()
}

fn revoke(house: &House) {
    assert!(house.vendor().world_mut().revoke_token(&digest(TOKEN)));
}

/// Every DELETE fails so.
fn fails(house: &House, failing: Failing) {
    house.way.vendors.scripted.borrow_mut().push(Scripted {
        method: Method::DELETE,
        path: "/setup/organization".into(),
        failing,
        times: 1_000,
    });
}

/// Whether a person is asked whether it is gone.
fn asked(house: &House) -> bool {
    house.condition(&acme(), "DeletionBlocked").is_some_and(|(_, why)| why == "TokenNeeded")
        && house.message(&acme(), "DeletionBlocked").contains("orgkeeper.dev/confirm: ")
}

/// The notes of its end.
fn told(house: &House) -> Vec<String> {
    let events = house.events(&acme()).into_iter();
    events
        .filter(|event| event.reason == "Deleted" || event.reason == "Orphaned")
        .map(|event| event.note)
        .collect()
}

/// It is asked about, and stays so, also for who starts anew; a word of a person ends it.
#[track_caller]
fn is_a_question(house: &mut House, why: &str) {
    house.until(mins(30), &format!("asked after {why}"), asked);
    let text = house.message(&acme(), "DeletionBlocked");
    assert_eq!(house.status(&acme())["state"], "Asks", "{why}");
    house.run(mins(60));
    assert!(house.exists(&acme()) && told(house).is_empty(), "{why}\n{}", house.describe());
    house.restart();
    house.run(mins(30));
    assert_eq!(house.message(&acme(), "DeletionBlocked"), text, "{why}");
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": "000000000000"}));
    house.run(mins(10));
    assert!(house.exists(&acme()), "{why}: that is no answer");
    let answer = house.digest(&acme(), "DeletionBlocked");
    house.annotate(&acme(), &json!({"orgkeeper.dev/confirm": answer}));
    house.until(mins(10), "gone", |house| !house.exists(&acme()));
    assert!(
        matches!(&told(house)[..], [note] if note.contains("as a person confirmed")),
        "{:?}",
        told(house)
    );
}

#[test]
pub fn an_answer_that_is_no_success_and_a_token_that_is_refused_then_are_a_question() {
    let whole = r#"{"response": {"status": {"code": 503}}}"#;
    for contract in BOTH {
        for (status, body) in
            [(503, whole), (500, "<html>"), (502, ""), (404, "{}"), (400, "{}"), (200, "what"), (302, "")]
        {
            if contract == Contract::Published && status == 200 {
                // There the status alone says that it was carried out.
                continue;
            }
            let mut house = house(contract);
            fails(&house, Failing::Answer(status, body));
            house.delete(&acme());
            house.until(mins(5), "answered", |house| house.way.vendors.failed.get() > 0);
            house.run(secs(1));
            revoke(&house);
            is_a_question(&mut house, &format!("{contract:?} {status}"));
            assert!(lives(&house));
        }
    }
}

#[test]
fn what_was_heard_counts_also_where_it_could_not_be_stored_at_once() {
    let mut house = house(Contract::Production);
    fails(&house, Failing::Answer(503, ""));
    // The intent is stored, and the answer is not.
    for _ in 0..5 {
        house.way.patch_faults.add(1, PatchFault::Before);
    }
    house.delete(&acme());
    house.until(mins(5), "answered", |house| house.way.vendors.failed.get() > 0);
    revoke(&house);
    is_a_question(&mut house, "a 503 that was stored late");
}

#[test]
fn where_nobody_heard_an_answer_and_the_same_token_is_refused_it_is_presumed_gone() {
    for contract in BOTH {
        for kind in [FaultKind::ResetAfterEffect, FaultKind::CutBody] {
            let mut house = house(contract);
            house.vendor().add_fault(Fault { method: Some("DELETE".into()), ..Fault::always(kind) });
            house.delete(&acme());
            house.until(mins(10), "gone", |house| !house.exists(&acme()));
            assert!(!lives(&house));
            assert!(
                matches!(&told(&house)[..], [note] if note.contains("is presumed gone")),
                "{:?}",
                told(&house)
            );
        }
    }
}

#[test]
pub fn another_token_than_the_one_that_it_was_sent_with_tells_nothing() {
    for restarts in [false, true] {
        let mut house = house(Contract::Production);
        fails(&house, Failing::Hang);
        house.delete(&acme());
        house.run(secs(10));
        if restarts {
            house.restart_at_once();
        }
        // Another one that was never good.
        house.way.cluster.put_secret(HOME, "spot-token", "token", "another");
        is_a_question(&mut house, "another token");
        assert!(lives(&house));
    }
}

#[test]
fn a_token_that_is_not_there_any_more_tells_nothing() {
    let mut house = house(Contract::Production);
    fails(&house, Failing::Hang);
    house.delete(&acme());
    house.run(secs(10));
    house.way.cluster.put_secret(HOME, "spot-token", "other", "value");
    is_a_question(&mut house, "no token");
    assert!(lives(&house));
}

#[test]
fn a_call_that_was_not_sent_tells_nothing() {
    let mut house = house(Contract::Production);
    house.delete(&acme());
    // Up to the deletion itself, which finds nobody.
    house.until(mins(1), "intended", |house| !house.status(&acme())["deletionSentAt"].is_null());
    house.way.vendors.down.set(true);
    house.run(mins(5));
    house.way.vendors.down.set(false);
    revoke(&house);
    is_a_question(&mut house, "a refused connection");
    assert!(lives(&house));
}

#[test]
fn a_call_whose_intent_could_not_be_stored_was_not_sent_and_tells_nothing() {
    for contract in BOTH {
        let mut house = house(contract);
        house.way.unkind.relent();
        house.way.patch_faults.add(0, PatchFault::Before);
        house.delete(&acme());
        let blocked = |house: &House| house.condition(&acme(), "DeletionBlocked").is_some();
        house.until(mins(1), "not stored", blocked);
        assert_eq!(house.calls("DELETE"), 0, "{}", house.describe());
        revoke(&house);
        is_a_question(&mut house, "a call that was never sent");
        assert!(lives(&house));
    }
}

/// How many deletions were sent.
fn sent(house: &House) -> usize {
    house.calls("DELETE") + house.way.vendors.failed.get()
}

#[test]
fn an_organization_whose_status_cannot_be_stored_is_not_deleted() {
    for (contract, why) in BOTH.into_iter().flat_map(|contract| REFUSED.map(|why| (contract, why))) {
        let mut house = house(contract);
        house.refuse_status(&acme(), why);
        house.delete(&acme());
        house.run(mins(60));
        let (looks, told) = (house.calls(""), house.events(&acme()).len());
        house.run(mins(240));
        assert!(sent(&house) == 0 && house.exists(&acme()), "{contract:?} {why:?}\n{}", house.describe());
        assert!(house.calls("") - looks <= 400, "{} looks\n{}", house.calls("") - looks, house.describe());
        assert_eq!(house.events(&acme()).len(), told, "{}", house.describe());
        house.store_all();
        house.until(mins(15), "gone", |house| !house.exists(&acme()));
        assert!(sent(&house) == 1 && !lives(&house), "{contract:?} {why:?}\n{}", house.describe());
    }
}

#[test]
fn a_deletion_whose_answer_cannot_be_stored_is_not_sent_again() {
    let whole = r#"{"response": {"status": {"code": 503}}}"#;
    for (contract, why) in BOTH.into_iter().flat_map(|contract| REFUSED.map(|why| (contract, why))) {
        for carried_out in [true, false] {
            let mut house = house(contract);
            house.way.vendors.latency.set(secs(2));
            if !carried_out {
                fails(&house, Failing::Answer(503, whole));
            }
            house.delete(&acme());
            house.until(mins(2), "sent", |house| sent(house) == 1);
            house.refuse_status(&acme(), why);
            house.run(mins(240));
            let text = format!("{contract:?} {why:?} {carried_out}\n{}", house.describe());
            assert_eq!(sent(&house), 1, "{text}");
            house.way.vendors.scripted.borrow_mut().clear();
            house.store_all();
            house.until(mins(15), "gone", |house| !house.exists(&acme()));
            assert!(matches!(&told(&house)[..], [note] if note.contains("Deleted organization")), "{text}");
            assert!(sent(&house) <= 2 && !lives(&house), "{text}");
        }
    }
}

#[test]
fn what_an_older_program_stored_does_not_say_with_which_token_it_was_sent() {
    let mut house = house(Contract::Production);
    fails(&house, Failing::Hang);
    house.delete(&acme());
    house.run(secs(10));
    house.kill();
    let without = json!({"status": {"deletion": null}});
    house.way.cluster.patch(&acme(), Part::Status, without).now_or_never().unwrap().unwrap();
    assert!(!house.status(&acme())["deletionSentAt"].is_null());
    revoke(&house);
    house.start();
    is_a_question(&mut house, "an older program");
}

#[test]
fn abandon_lets_go_and_a_token_that_works_goes_on() {
    for abandoned in [true, false] {
        let mut house = house(Contract::Production);
        fails(&house, Failing::Answer(503, ""));
        house.delete(&acme());
        house.until(mins(5), "answered", |house| house.way.vendors.failed.get() > 0);
        revoke(&house);
        house.until(mins(30), "asked", asked);
        if abandoned {
            house.annotate(&acme(), &json!({"orgkeeper.dev/abandon": "true"}));
        } else {
            house.way.vendors.scripted.borrow_mut().clear();
            let organization = house.vendor().world().oldest_organization().unwrap().id;
            house.vendor().world_mut().issue_token(organization, Some("fresh".into())).unwrap();
            house.way.cluster.put_secret(HOME, "spot-token", "token", "fresh");
        }
        house.until(mins(10), "gone", |house| !house.exists(&acme()));
        assert_eq!(lives(&house), abandoned);
        let word = if abandoned { "stays at the vendor" } else { "Deleted organization" };
        assert!(matches!(&told(&house)[..], [note] if note.contains(word)), "{:?}", told(&house));
    }
}

#[test]
fn death_at_every_step_of_the_end_leaves_nothing_to_ask() {
    for contract in BOTH {
        for step in 0..40 {
            let mut house = house(contract);
            house.dies_after(step);
            house.delete(&acme());
            house.run(secs(5));
            house.restart();
            house.until(mins(10), &format!("gone after death at {step}"), |house| !house.exists(&acme()));
            assert!(!lives(&house), "{step}");
            assert!(
                house.way.cluster.secrets().values().all(|secret| secret.finalizers.is_empty()),
                "{step}"
            );
            assert!(
                !told(&house).is_empty() && told(&house).iter().all(|note| !note.contains("confirmed")),
                "{step}"
            );
        }
    }
}

/// Whatever a process knew of the token goes with it: what the next one needs of that is stored.
#[test]
fn death_at_every_step_of_an_end_of_which_nobody_heard_leaves_nothing_to_ask() {
    for contract in BOTH {
        for step in 0.. {
            let mut house = house(contract);
            let unheard = Fault::always(FaultKind::ResetAfterEffect);
            house.vendor().add_fault(Fault { method: Some("DELETE".into()), ..unheard });
            house.dies_after(step);
            house.delete(&acme());
            house.run(secs(5));
            let died = house.is_dead();
            house.restart();
            house.until(mins(10), &format!("gone after death at {step}"), |house| !house.exists(&acme()));
            assert!(!lives(&house), "{step}");
            let notes = told(&house);
            let ended = |note: &String| note.contains("is presumed gone") || note.contains("Deleted");
            assert!(!notes.is_empty() && notes.iter().all(ended), "{step}: {notes:?}");
            if !died {
                assert!(step > 5, "{step}");
                break;
            }
        }
    }
}
