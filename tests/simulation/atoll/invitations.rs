//! Members that are invited first: an id gives way to another, one waits for somebody outside, and one comes to nothing.

use super::both;
use super::manifests::{member, member_spec as spec, tenant};
use super::server::{AtollServer, INVITED};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::with;
use crate::support::network::{Failing, Scripted};
use http::Method;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// A house in which Jo is invited.
fn invited() -> (House, Rc<RefCell<AtollServer>>, String) {
    let (mut house, server) = both();
    house.apply(&member("jo"), &spec("jo"));
    house.start();
    house.until(mins(3), "invited", |house| house.ready(&member("jo")));
    let id = house.id(&member("jo")).unwrap();
    (house, server, id)
}

fn answer(house: &mut House, name: &str) {
    let answer = house.digest(&member(name), "Ready");
    house.annotate(&member(name), &json!({"orgkeeper.dev/confirm": answer}));
}

#[test]
pub fn an_invitation_that_is_accepted_is_followed_to_another_id_and_nobody_loses_anything() {
    for away in [false, true] {
        let (mut house, server, invitation) = invited();
        assert_eq!(house.status(&member("jo"))["reason"], "InvitationPending");
        assert!(house.status(&member("jo"))["provisional"].is_string());
        house.run(secs(1));
        if away {
            house.kill();
        }
        let id = server.borrow_mut().accept(&invitation);
        if away {
            house.start();
        }
        let before = house.writes(&member("jo"));
        house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
        house.run(mins(20));
        let status = house.status(&member("jo"));
        assert_eq!((&status["origin"], &status["reason"]), (&json!("Created"), &json!("InSync")));
        assert!(status["provisional"].is_null(), "{status}");
        assert_eq!(house.reasons(&member("jo")), ["Created", "IdChanged"]);
        assert!(house.writes(&member("jo")) <= before + 2, "{}", house.describe());
        // What could not be written before now is.
        house.apply(&member("jo"), &with(spec("jo"), json!({"role": "writer"})));
        house.until(mins(5), "written", |_| server.borrow().members[&id].role == "writer");
        house.delete(&member("jo"));
        house.until(mins(5), "gone", |house| !house.exists(&member("jo")));
        assert!(server.borrow().emails().is_empty());
        assert_eq!(server.borrow().mails.len(), 1);
    }
}

#[test]
fn whoever_accepts_as_its_object_goes_is_deleted_all_the_same() {
    for seconds in 0..20 {
        let (mut house, server, invitation) = invited();
        house.delete(&member("jo"));
        house.run(secs(seconds) / 10);
        if server.borrow().invitations.contains_key(&invitation) {
            server.borrow_mut().accept(&invitation);
        }
        house.until(mins(20), "gone", |house| !house.exists(&member("jo")));
        assert!(server.borrow().emails().is_empty(), "{seconds}: {:?}", server.borrow().members);
    }
}

#[test]
pub fn an_invitation_that_expired_is_sent_again_only_if_a_person_says_so() {
    let (mut house, server, invitation) = invited();
    house.run(INVITED);
    house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
    house.run(mins(60));
    house.restart();
    house.run(mins(60));
    assert!(house.stalled(&member("jo"), "InvitationExpired"));
    assert_eq!(server.borrow().mails.len(), 1);
    assert_eq!(
        house.reasons(&member("jo")).iter().filter(|reason| **reason == "InvitationExpired").count(),
        1
    );
    answer(&mut house, "jo");
    house.until(mins(5), "invited anew", |house| house.ready(&member("jo")));
    assert_ne!(house.id(&member("jo")).unwrap(), invitation);
    assert_eq!((server.borrow().mails.len(), server.borrow().invitations.len()), (2, 1));
    assert_eq!(house.status(&member("jo"))["origin"], "Created");
    house.run(INVITED);
    house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
    house.run(mins(60));
    assert_eq!(server.borrow().mails.len(), 2, "each answer is for one");
}

#[test]
fn an_invitation_that_somebody_takes_back_is_missed_and_another_s_is_not_ours() {
    for anew in [false, true] {
        let (mut house, server, invitation) = invited();
        if anew {
            server.borrow_mut().invite_anew(&invitation);
        } else {
            server.borrow_mut().invitations.remove(&invitation);
        }
        house.until(mins(20), "missed", |house| house.stalled(&member("jo"), "ExternallyDeleted"));
        house.run(mins(60));
        assert_eq!(house.id(&member("jo")).as_ref(), Some(&invitation));
        assert_eq!(server.borrow().mails.len(), 1);
        answer(&mut house, "jo");
        house.until(mins(10), "there", |house| house.ready(&member("jo")));
        assert_eq!(server.borrow().mails.len(), if anew { 1 } else { 2 });
        let origin = if anew { "Adopted" } else { "Created" };
        assert_eq!(house.status(&member("jo"))["origin"], origin);
    }
}

#[test]
fn a_member_that_another_object_stands_for_is_no_successor() {
    let (mut house, server, invitation) = invited();
    let other = server.borrow_mut().accept(&invitation);
    house.kill();
    // Somebody claims the member by its id before the one that invited looks.
    let named = json!({"adopt": {"policy": "Required", "id": other}, "email": "other@example.com"});
    house.apply(&member("other"), &with(spec("jo"), named));
    house.start();
    house.run(mins(30));
    assert!(house.id(&member("jo")) != house.id(&member("other")), "{}", house.describe());
}

#[test]
fn many_who_accept_at_once_are_no_loss_that_is_hard_to_believe() {
    let (mut house, server) = both();
    let names: Vec<String> = (0..12).map(|number| format!("g{number}")).collect();
    for name in &names {
        house.apply(&member(name), &spec(name));
    }
    // These nobody declares.
    for name in ["x@example.com", "y@example.com", "z@example.com", "w@example.com"] {
        server.borrow_mut().invited_by_hand(name);
    }
    house.start();
    house.until(mins(5), "invited", |house| names.iter().all(|name| house.ready(&member(name))));
    let invitations: Vec<String> = server.borrow().invitations.keys().cloned().collect();
    for invitation in &invitations {
        server.borrow_mut().accept(invitation);
    }
    house.until(mins(20), "followed", |house| {
        names.iter().all(|name| house.id(&member(name)).is_some_and(|id| id.starts_with("m-")))
    });
    assert!(house.message(&tenant("acme"), "InventoryShrank").is_empty());
    house.run(mins(5));
    for name in &names {
        // An event may be lost with the answer to what was stored; this is not.
        let changes = house.status(&member(name))["lastChanges"].clone();
        let told: Vec<&Value> =
            changes.as_array().unwrap().iter().rev().map(|change| &change["reason"]).collect();
        assert_eq!(told, ["Created", "IdChanged"], "{name}");
    }
}

#[test]
fn to_be_suspended_is_an_action_of_its_own_and_is_put_right() {
    let (mut house, server, invitation) = invited();
    let suspended = |role: &str| with(spec("jo"), json!({"suspended": true, "role": role}));
    house.apply(&member("jo"), &suspended("reader"));
    house.run(mins(5));
    assert_eq!(server.borrow().calls_of("POST"), 1, "there is nobody yet");
    let id = server.borrow_mut().accept(&invitation);
    house.until(mins(20), "suspended", |_| server.borrow().members[&id].suspended);
    // Somebody restores them, and the second of two calls fails.
    server.borrow_mut().members.get_mut(&id).unwrap().suspended = false;
    let path = format!("/members/{id}/suspend");
    let fails = Scripted { method: Method::POST, path, failing: Failing::Answer(502, "{}"), times: 2 };
    house.way.vendors.scripted.borrow_mut().push(fails);
    house.apply(&member("jo"), &suspended("writer"));
    house.until(mins(20), "suspended again", |house| {
        house.ready(&member("jo")) && server.borrow().members[&id].suspended
    });
    house.run(mins(20));
    assert_eq!(server.borrow().members[&id].role, "writer");
    assert_eq!((server.borrow().calls_of("PATCH"), server.borrow().mails.len()), (1, 1));
    house.apply(&member("jo"), &with(spec("jo"), json!({"role": "writer"})));
    house.until(mins(5), "restored", |_| !server.borrow().members[&id].suspended);
}
