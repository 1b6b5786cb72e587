//! What must never happen to those who are invited (rules 2, 3, 9 and 11). Each has a twin
//! without what sets it off, which is played first.

use super::manifests::{member, member_spec, tenant, tenant_spec};
use super::server::{AtollServer, INVITED, Lost, Member};
use super::{HOST, both};
use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::manifests::{AWAY, HOME, with};
use crate::support::network::{Failing, Scripted, Server};
use crate::support::unread::broken;
use http::Method;
use orgkeeper::engine::base::ports::{HttpRequest, ObjectRef};
use orgkeeper::sandbox::Answer;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

fn away(key: &ObjectRef) -> ObjectRef {
    ObjectRef { namespace: AWAY.into(), ..key.clone() }
}

fn spec(name: &str) -> Value {
    with(member_spec(name), json!({"organizationRef": {"namespace": HOME}}))
}

/// A house whose tenant admits every namespace.
fn open() -> (House, Rc<RefCell<AtollServer>>) {
    let (house, server) = both();
    house.apply(&tenant("acme"), &with(tenant_spec("t-1"), json!({"everywhere": true})));
    (house, server)
}

/// A house in which the object's manifest had somebody invited.
fn invited(key: &ObjectRef, spec: &Value) -> (House, Rc<RefCell<AtollServer>>, String) {
    let (mut house, server) = open();
    house.apply(key, spec);
    house.start();
    house.until(mins(3), "invited", |house| house.ready(key));
    let id = house.id(key).unwrap();
    (house, server, id)
}

/// A person makes somebody a member in the console, and they accept.
fn joins(server: &Rc<RefCell<AtollServer>>, name: &str) -> String {
    let invitation = server.borrow_mut().invited_by_hand(&format!("{name}@example.com"));
    server.borrow_mut().accept(&invitation)
}

/// Whoever holds an invitation accepts it after the object's address was edited to that of somebody who is a member.
#[test]
fn an_address_that_is_edited_while_its_invitation_is_open_takes_nobody_over() {
    let mut taken = Vec::new();
    for (at_home, accepted) in [(true, false), (false, false), (true, true), (false, true)] {
        let key = if at_home { member("jo") } else { away(&member("jo")) };
        let spec_of = |name: &str| with(spec(name), json!({"adopt": {"policy": "Never"}}));
        let (mut house, server, invitation) = invited(&key, &spec_of("jo"));
        let boss = Member { email: "boss@example.com".into(), role: "owner".into(), suspended: false };
        server.borrow_mut().members.insert("m-900".into(), boss.clone());
        house.apply(&key, &spec_of("boss"));
        house.run(mins(10));
        if accepted {
            server.borrow_mut().accept(&invitation);
        }
        house.run(mins(30));
        let (id, as_it_was) = (house.id(&key), server.borrow().members.get("m-900") == Some(&boss));
        house.delete(&key);
        house.run(mins(30));
        let there = server.borrow().members.contains_key("m-900");
        if !as_it_was || !there || id.as_deref() == Some("m-900") {
            taken.push(format!(
                "home {at_home}, accepted {accepted}: stood for {id:?}, as it was {as_it_was}, there {there}"
            ));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}

/// Ours was taken back, which was told; then somebody else makes the same person a member.
#[test]
fn who_is_made_a_member_by_another_after_our_invitation_was_taken_back_is_not_deleted_with_our_object() {
    for provisional in [false, true] {
        let (mut house, server, mut id) = invited(&member("jo"), &spec("jo"));
        if provisional {
            server.borrow_mut().invitations.remove(&id);
        } else {
            id = server.borrow_mut().accept(&id);
            house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
            house.run(mins(10));
            server.borrow_mut().members.remove(&id);
        }
        house.until(mins(20), "missed", |house| house.stalled(&member("jo"), "ExternallyDeleted"));
        house.run(mins(60));
        let theirs = joins(&server, "jo");
        house.run(mins(30));
        let case = format!("{provisional}: {}", house.status(&member("jo")));
        house.delete(&member("jo"));
        house.until(mins(20), "gone", |house| !house.exists(&member("jo")));
        assert!(server.borrow().members.contains_key(&theirs), "{case}");
    }
}

/// Our own deletion was carried out; before the object is gone somebody else makes the same person a member.
#[test]
fn who_is_made_a_member_by_another_after_our_deletion_is_not_deleted() {
    let mut deleted = Vec::new();
    for (provisional, how) in
        [(false, "lost"), (false, "dies"), (false, "held"), (true, "held"), (true, "lost"), (true, "dies")]
    {
        let (mut house, server, mut id) = invited(&member("jo"), &spec("jo"));
        if !provisional {
            id = server.borrow_mut().accept(&id);
            house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
        }
        house.run(mins(10));
        if how == "lost" {
            server.borrow_mut().losing.push_back(Lost::After);
        }
        house.delete(&member("jo"));
        house.until(mins(20), "deleted", |_| server.borrow().emails().is_empty());
        match how {
            "dies" => house.kill(),
            "held" => (0..12).for_each(|_| house.way.patch_faults.add(0, PatchFault::Before)),
            _ => {}
        }
        let theirs = joins(&server, "jo");
        let there = house.exists(&member("jo"));
        if how == "dies" {
            house.start();
        }
        house.until(mins(30), "gone", |house| !house.exists(&member("jo")));
        house.way.patch_faults.clear();
        if !server.borrow().members.contains_key(&theirs) {
            deleted.push(format!("provisional {provisional}, {how}, object there {there}"));
        }
    }
    assert!(deleted.is_empty(), "another's member was deleted: {deleted:#?}");
}

/// Somebody of another namespace names ids that are not there yet.
#[test]
fn who_names_the_next_ids_does_not_get_the_member_that_we_invited() {
    for names in [false, true] {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        let thief = away(&member("thief"));
        let id = if names { "m-002" } else { "m-700" };
        let adopts = json!({"adopt": {"policy": "Required", "id": id}, "role": "owner"});
        house.apply(&thief, &with(spec("thief"), adopts));
        house.until(mins(5), "told", |house| house.stalled(&thief, "AdoptionTargetNotFound"));
        house.run(mins(10));
        assert_eq!(server.borrow_mut().accept(&invitation), "m-002");
        house.run(mins(30));
        let case = format!("{names}: {} {}", house.status(&member("jo")), house.status(&thief));
        assert_eq!(house.id(&thief), None, "{case}");
        assert_eq!(house.id(&member("jo")).as_deref(), Some("m-002"), "{case}");
        assert_eq!(server.borrow().members["m-002"].role, "reader", "{case}");
    }
}

/// The manifest that had somebody invited cannot be read for a while, and they accept meanwhile.
#[test]
fn who_accepts_while_the_manifest_cannot_be_read_is_no_other_object_s() {
    for (restarts, accepted) in [(false, false), (true, false), (false, true), (true, true)] {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        house.apply(&member("jo"), &broken(&spec("jo")));
        house.run(mins(2));
        if restarts {
            house.restart();
            house.run(mins(2));
        }
        house.apply(&member("twin"), &spec("jo"));
        house.until(mins(5), "told", |house| house.stalled(&member("twin"), "ManagementConflict"));
        if accepted {
            server.borrow_mut().accept(&invitation);
        }
        house.run(mins(10));
        house.annotate(&member("twin"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        house.run(mins(20));
        let case = format!("restarts {restarts}, accepted {accepted}: {}", house.status(&member("twin")));
        assert_eq!(house.id(&member("twin")), None, "{case}");
        house.apply(&member("jo"), &spec("jo"));
        house.until(mins(20), &case, |house| house.ready(&member("jo")));
    }
}

/// The same of many, which is no reason to stop everybody's creates and deletions.
#[test]
fn many_who_accept_while_their_manifests_cannot_be_read_are_no_loss_that_is_hard_to_believe() {
    for unread in [false, true] {
        let (mut house, server) = both();
        let names: Vec<String> = (0..12).map(|number| format!("g{number}")).collect();
        for name in &names {
            house.apply(&member(name), &spec(name));
        }
        house.start();
        house.until(mins(5), "invited", |house| names.iter().all(|name| house.ready(&member(name))));
        house.run(mins(10));
        if unread {
            for name in &names {
                house.apply(&member(name), &broken(&spec(name)));
            }
            house.run(mins(2));
            house.restart();
        }
        house.run(mins(10));
        let invitations: Vec<String> = server.borrow().invitations.keys().cloned().collect();
        for invitation in &invitations {
            server.borrow_mut().accept(invitation);
        }
        house.run(mins(20));
        let said = house.message(&tenant("acme"), "InventoryShrank");
        house.apply(&member("new"), &spec("new"));
        house.run(mins(10));
        assert!(house.ready(&member("new")), "{unread}: {said:?} {}", house.status(&member("new")));
        assert!(said.is_empty(), "{unread}: {said}");
    }
}

/// What a person is told to answer has to do something.
#[test]
fn under_observe_nothing_is_promised_for_an_answer_that_does_nothing() {
    for observe in [false, true] {
        let (mut house, server, _) = invited(&member("jo"), &spec("jo"));
        if observe {
            house.apply(&member("jo"), &with(spec("jo"), json!({"managementPolicy": "Observe"})));
        }
        house.run(INVITED);
        house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
        let said = house.message(&member("jo"), "Ready");
        if said.contains("orgkeeper.dev/confirm") {
            let answer = house.digest(&member("jo"), "Ready");
            house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
            house.run(mins(30));
            assert_eq!(server.borrow().mails.len(), 2, "observe {observe}: answered as {said:?} asks");
        }
    }
}

/// What has to wait until somebody accepts, and is written then, is no reason to delete anything.
#[test]
fn a_role_that_waits_for_an_acceptance_is_not_said_to_need_another_object() {
    let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
    house.apply(&member("jo"), &with(spec("jo"), json!({"role": "owner"})));
    house.run(mins(10));
    let said = house.message(&member("jo"), "Ready");
    let id = server.borrow_mut().accept(&invitation);
    house.until(mins(20), "written", |_| server.borrow().members[&id].role == "owner");
    assert!(
        !said.contains("delete this object"),
        "it was written once that was accepted, and was told: {said}"
    );
}

/// What stays when the object is let go of is named as it is called at the vendor now, as far as that is known.
#[test]
fn what_is_let_go_of_after_it_was_accepted_is_named_by_the_id_that_it_has() {
    for accepted in [false, true] {
        let orphan = with(spec("jo"), json!({"deletionPolicy": "Orphan"}));
        let (mut house, server, invitation) = invited(&member("jo"), &orphan);
        house.run(mins(1));
        house.kill();
        let id = if accepted { server.borrow_mut().accept(&invitation) } else { invitation };
        house.delete(&member("jo"));
        house.start();
        house.until(mins(10), "gone", |house| !house.exists(&member("jo")));
        let notes: Vec<String> = house.events(&member("jo")).into_iter().map(|event| event.note).collect();
        let names = |note: &str| note.contains(&id) || note.contains("or what took its place");
        let stays = |note: &String| note.contains("stays at the vendor") && names(note);
        assert!(notes.iter().any(stays), "{accepted}: {id} stays, and that was told: {notes:?}");
    }
}

/// Whoever accepts just as a person has an expired one sent again is not mailed over, deleted, or lost.
#[test]
fn who_accepts_an_expired_invitation_as_it_is_sent_again_is_one_member() {
    for tenths in 0..30_u64 {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        house.run(INVITED);
        house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
        let answer = house.digest(&member("jo"), "Ready");
        house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
        house.run(secs(tenths) / 10);
        let accepted = server.borrow().invitations.contains_key(&invitation);
        if accepted {
            server.borrow_mut().accept(&invitation);
        }
        house.run(mins(30));
        assert!(house.ready(&member("jo")), "{tenths}: {}", house.describe());
        let (mails, emails) = (server.borrow().mails.len(), server.borrow().emails());
        assert_eq!((mails, emails.len()), (if accepted { 1 } else { 2 }, 1), "{tenths}");
    }
}

/// The deletion of an expired invitation that a person had sent again is not answered; somebody else makes the same
/// person a member.
#[test]
fn who_is_made_a_member_by_another_as_an_expired_invitation_goes_is_not_deleted_with_our_object() {
    for by in ["nobody", "another"] {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        house.run(INVITED);
        house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
        let answer = house.digest(&member("jo"), "Ready");
        server.borrow_mut().losing.push_back(Lost::After);
        house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
        house.until(mins(10), "deleted", |_| !server.borrow().invitations.contains_key(&invitation));
        let theirs = (by == "another").then(|| joins(&server, "jo"));
        house.run(mins(30));
        let case = format!("{by}: {}", house.status(&member("jo")));
        assert!(house.ready(&member("jo")), "{case}");
        house.delete(&member("jo"));
        house.until(mins(20), "gone", |house| !house.exists(&member("jo")));
        if let Some(theirs) = theirs {
            assert!(server.borrow().members.contains_key(&theirs), "{case}");
        }
    }
}

/// A twin, a suspension or Observe at the moment of acceptance loses nobody and writes nothing.
#[test]
fn whoever_accepts_under_a_suspension_observe_or_beside_a_twin_is_followed_and_nothing_is_written() {
    for case in ["suspended", "observed", "twin"] {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        match case {
            "suspended" => house.apply(&member("jo"), &with(spec("jo"), json!({"suspend": true}))),
            "observed" => {
                house.apply(&member("jo"), &with(spec("jo"), json!({"managementPolicy": "Observe"})));
            }
            _ => house.apply(&member("a-twin"), &spec("jo")),
        }
        house.run(mins(5));
        let id = server.borrow_mut().accept(&invitation);
        house.run(mins(30));
        if case == "suspended" {
            house.apply(&member("jo"), &spec("jo"));
        }
        house.until(mins(10), case, |house| house.id(&member("jo")).as_ref() == Some(&id));
        house.run(mins(30));
        assert_eq!(house.id(&member("a-twin")), None, "{case}");
        let writes = |method: &str| server.borrow().calls_of(method);
        assert_eq!((writes("POST"), writes("PATCH"), writes("DELETE")), (1, 0, 0), "{case}");
    }
}

/// Somebody edits the status while no process runs.
#[test]
fn whoever_takes_provisional_out_of_a_status_has_nobody_mailed_twice() {
    let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
    house.run(mins(1));
    house.kill();
    house.way.cluster.edit(&member("jo"), |object| {
        object["status"].as_object_mut().unwrap().remove("provisional");
    });
    let id = server.borrow_mut().accept(&invitation);
    house.start();
    house.run(mins(60));
    if house.stalled(&member("jo"), "ExternallyDeleted") {
        let answer = house.digest(&member("jo"), "Ready");
        house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
    }
    house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
    assert_eq!(server.borrow().mails.len(), 1);
}

/// An invitation that a person sent is taken over by its id, as another namespace has to.
#[test]
fn an_invitation_that_was_taken_over_by_its_id_is_kept_once_it_is_accepted() {
    for named in [false, true] {
        let (mut house, server) = open();
        let invitation = server.borrow_mut().invited_by_hand("jo@example.com");
        let adopt = json!({"adopt": {"policy": "Required", "id": invitation}});
        let spec = if named { with(spec("jo"), adopt) } else { spec("jo") };
        house.apply(&member("jo"), &spec);
        house.start();
        house.until(mins(5), "taken over", |house| house.id(&member("jo")).as_ref() == Some(&invitation));
        house.run(mins(5));
        let id = server.borrow_mut().accept(&invitation);
        house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
        house.run(mins(20));
        assert!(house.ready(&member("jo")), "{named}: {}", house.status(&member("jo")));
        house.apply(&member("jo"), &with(spec, json!({"role": "owner"})));
        house.run(mins(10));
        let role = server.borrow().members[&id].role.clone();
        assert_eq!(role, "owner", "{named}: {}", house.status(&member("jo")));
    }
}

/// A vendor whose lists of people show nobody for a while, which are no errors.
struct Blank {
    server: Rc<RefCell<AtollServer>>,
    blank: bool,
}

impl Server for Blank {
    fn handle(&mut self, now: jiff::Timestamp, request: &HttpRequest) -> Answer {
        let lists = ["/members", "/invitations"].contains(&request.url.path());
        if self.blank && lists && request.method == Method::GET {
            return Answer::json(http::StatusCode::OK, &json!({"items": []}));
        }
        self.server.borrow_mut().handle(now, request)
    }
}

/// Lists lack everybody. Of members that is not believed, and what is to be deleted is deleted once they show it again.
#[test]
fn of_many_who_are_invited_none_is_taken_for_gone_as_one_list_shows_nobody() {
    for provisional in [false, true] {
        let (mut house, server) = both();
        let vendor = Rc::new(RefCell::new(Blank { server: Rc::clone(&server), blank: false }));
        house.way.vendors.servers.borrow_mut().insert(HOST.to_owned(), Rc::clone(&vendor) as _);
        let names: Vec<String> = (0..12).map(|number| format!("g{number}")).collect();
        for name in &names {
            house.apply(&member(name), &spec(name));
        }
        house.start();
        house.until(mins(5), "invited", |house| names.iter().all(|name| house.ready(&member(name))));
        if !provisional {
            let invitations: Vec<String> = server.borrow().invitations.keys().cloned().collect();
            for invitation in &invitations {
                server.borrow_mut().accept(invitation);
            }
            house.until(mins(20), "followed", |house| {
                names.iter().all(|name| house.id(&member(name)).is_some_and(|id| id.starts_with("m-")))
            });
        }
        house.run(mins(20));
        vendor.borrow_mut().blank = true;
        house.run(mins(20));
        let said = house.message(&tenant("acme"), "InventoryShrank");
        house.delete(&member("g0"));
        house.run(mins(20));
        vendor.borrow_mut().blank = false;
        house.until(mins(120), "gone", |house| !house.exists(&member("g0")));
        let notes: Vec<String> = house.events(&member("g0")).into_iter().map(|event| event.note).collect();
        let left = server.borrow().emails().contains(&"g0@example.com".to_owned());
        assert!(!left, "{provisional}: still there, and told {notes:?}; of the organization {said:?}");
    }
}

/// A look that is asked for fails once, and a list from before it is at hand.
#[test]
fn a_look_that_failed_is_made_before_it_is_noted_as_handled() {
    for (failing, times) in [(Failing::Answer(502, "{}"), 0), (Failing::Answer(502, "{}"), 1)] {
        let (mut house, server, invitation) = invited(&member("jo"), &spec("jo"));
        let id = server.borrow_mut().accept(&invitation);
        house.until(mins(20), "followed", |house| house.id(&member("jo")).as_ref() == Some(&id));
        house.run(mins(10));
        let asks = |house: &House, value: &str| {
            house.annotate(&member("jo"), &json!({"orgkeeper.dev/reconcile-requested-at": value}));
        };
        let handled = |house: &House, value: &str| {
            house.status(&member("jo"))["lastHandledReconcileAt"] == value && house.ready(&member("jo"))
        };
        asks(&house, "one");
        house.until(mins(5), "handled", |house| handled(house, "one"));
        house.run(secs(1));
        server.borrow_mut().members.get_mut(&id).unwrap().role = "writer".to_owned();
        let fails = Scripted { method: Method::GET, path: "/members".into(), failing, times };
        house.way.vendors.scripted.borrow_mut().push(fails);
        asks(&house, "two");
        house.until(mins(10), "handled", |house| handled(house, "two"));
        let role = server.borrow().members[&id].role.clone();
        assert_eq!(role, "reader", "{times}: it is said to be handled, and {}", house.status(&member("jo")));
    }
}
