//! The end of a tenant of whose deletion nobody heard: looks at the vendor tell whether it is gone.

use super::server::{AtollServer, Lost, SECRET};
use super::{both, tenant, tenant_spec};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;

/// A tenant that was made, and goes at the vendor with its object; and its id.
fn made() -> (House, Rc<RefCell<AtollServer>>, ObjectRef, String) {
    let (mut house, server) = both();
    let mut spec = tenant_spec("");
    spec.as_object_mut().unwrap().remove("organizationId");
    let made = tenant("made");
    house.apply(&made, &with(spec, json!({"create": {"name": "acme"}, "deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(5), "made", |house| house.ready(&made));
    house.run(mins(2));
    let id = house.id(&made).unwrap();
    (house, server, made, id)
}

/// The deletion is sent, and nobody hears of it.
fn unheard(house: &mut House, made: &ObjectRef) {
    let path = "/tenants".to_owned();
    let hangs = Scripted { method: Method::DELETE, path, failing: Failing::Hang, times: 1 };
    house.way.vendors.scripted.borrow_mut().push(hangs);
    house.delete(made);
    house.until(mins(2), "sent", |house| house.status(made)["deletionSentAt"].is_string());
}

fn notes(house: &House, made: &ObjectRef) -> Vec<String> {
    let ends = |reason: &str| reason == "Deleted" || reason == "Orphaned";
    let events = house.events(made).into_iter();
    events.filter(|event| ends(event.reason)).map(|event| event.note).collect()
}

#[test]
fn one_whose_answer_is_lost_ends_once_looks_show_that_it_is_gone() {
    for restarts in [None, Some(false), Some(true)] {
        let (mut house, server, made, id) = made();
        if let Some(restarts) = restarts {
            unheard(&mut house, &made);
            server.borrow_mut().tenants.remove(&id);
            if restarts {
                house.restart();
            }
        } else {
            server.borrow_mut().losing.push_back(Lost::After);
            house.delete(&made);
        }
        house.until(mins(10), "confirming", |house| {
            let blocked = house.condition(&made, "DeletionBlocked");
            blocked.is_some_and(|(_, reason)| reason == "ConfirmingAbsence")
        });
        house.until(mins(5), "gone", |house| !house.exists(&made));
        let notes = notes(&house, &made);
        assert!(matches!(&notes[..], [note] if note.contains("is gone from the vendor")), "{notes:?}");
        assert!(server.borrow().calls_of("DELETE") <= 3, "{}", house.describe());
    }
}

/// Whatever the process knew of the token goes with it: what it needs of that for the end is stored.
#[test]
fn death_at_every_step_of_an_end_of_which_nobody_heard_leaves_nothing_to_ask() {
    for step in 0.. {
        let (mut house, server, made, id) = made();
        server.borrow_mut().losing.push_back(Lost::After);
        house.dies_after(step);
        house.delete(&made);
        house.run(secs(5));
        let died = house.is_dead();
        house.restart();
        house.until(mins(10), &format!("gone after death at {step}"), |house| !house.exists(&made));
        assert!(!server.borrow().tenants.contains_key(&id), "{step}\n{}", house.describe());
        let notes = notes(&house, &made);
        let ended = |note: &String| note.contains("is gone from the vendor") || note.contains("Deleted");
        assert!(!notes.is_empty() && notes.iter().all(ended), "{step}: {notes:?}");
        if !died {
            assert!(step > 5, "{step}");
            break;
        }
    }
}

#[test]
fn one_that_is_there_after_all_is_deleted_again() {
    let (mut house, server, made, id) = made();
    unheard(&mut house, &made);
    assert!(server.borrow().tenants.contains_key(&id));
    house.until(mins(10), "gone", |house| !house.exists(&made));
    assert!(!server.borrow().tenants.contains_key(&id) && server.borrow().calls_of("DELETE") == 1);
}

#[test]
pub fn what_another_token_does_not_show_may_be_there() {
    let (mut house, server, made, id) = made();
    unheard(&mut house, &made);
    // It is another customer's, who is shown other tenants.
    server.borrow_mut().tenants.remove(&id);
    let other = format!("{SECRET}-of-another");
    server.borrow_mut().clients.insert("orgkeeper".to_owned(), other.clone());
    house.way.cluster.put_secret(HOME, "atoll", "secret", &other);
    house.restart();
    house.run(secs(30));
    house.run(mins(60));
    assert!(house.exists(&made) && notes(&house, &made).is_empty(), "{}", house.describe());
    house.annotate(&made, &json!({"orgkeeper.dev/abandon": "yes"}));
    house.until(mins(5), "let go", |house| !house.exists(&made));
}
