//! What must never happen (rules 2, 3 and 4) to what is invited, and to a tenant whose create nobody heard the end of.
//! Each has a twin without what sets it off, which is played first.

use super::api::MEMBER;
use super::server::{AtollServer, INVITED, Lost, Member, SECRET};
use super::{HOST, both, policy, policy_spec, tenant, tenant_spec};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, with};
use crate::support::network::{Failing, Scripted, Server};
use http::Method;
use jiff::Timestamp;
use orgkeeper::engine::base::ports::{HttpRequest, ObjectRef};
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::Answer;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

fn member(name: &str) -> ObjectRef {
    ObjectRef { kind: MEMBER, ..policy(name) }
}

fn spec(name: &str) -> Value {
    json!({"organizationRef": {"name": "acme"}, "email": format!("{name}@example.com"), "role": "reader"})
}

/// A house in which the object's manifest had somebody invited.
fn invited(spec: &Value) -> (House, Rc<RefCell<AtollServer>>, String) {
    let (mut house, server) = both();
    house.apply(&member("jo"), spec);
    house.start();
    house.until(mins(3), "invited", |house| house.ready(&member("jo")));
    let id = house.id(&member("jo")).unwrap();
    (house, server, id)
}

/// A person makes somebody a member in the console, and they accept.
fn joins(server: &Rc<RefCell<AtollServer>>, name: &str) -> String {
    let invitation = server.borrow_mut().invited_by_hand(&format!("{name}@example.com"));
    server.borrow_mut().accept(&invitation)
}

/// Ours was taken back, which was told; then something else is said of the object for a while, and somebody else makes the
/// same person a member.
#[test]
fn what_was_told_gone_gives_way_to_nobody_whatever_is_said_meanwhile() {
    let mut deleted = Vec::new();
    for meanwhile in ["nothing", "restart", "outage", "no token", "restart and outage"] {
        let (mut house, server, invitation) = invited(&spec("jo"));
        server.borrow_mut().invitations.remove(&invitation);
        house.until(mins(20), "missed", |house| house.stalled(&member("jo"), "ExternallyDeleted"));
        house.run(mins(60));
        if meanwhile.starts_with("restart") {
            house.restart();
        }
        if meanwhile.ends_with("outage") {
            house.way.vendors.down.set(true);
        }
        if meanwhile == "no token" {
            house.way.cluster.delete_secret(HOME, "atoll");
        }
        house.annotate(&member("jo"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        house.run(mins(10));
        let said = house.condition(&member("jo"), "Ready");
        let theirs = joins(&server, "jo");
        house.way.vendors.down.set(false);
        house.way.cluster.put_secret(HOME, "atoll", "secret", SECRET);
        house.run(mins(60));
        let stands_for = house.id(&member("jo"));
        house.delete(&member("jo"));
        house.until(mins(30), "gone", |house| !house.exists(&member("jo")));
        if !server.borrow().members.contains_key(&theirs) {
            deleted.push(format!("{meanwhile}: was {said:?}, then stood for {stands_for:?}"));
        }
    }
    assert!(deleted.is_empty(), "another's member was deleted: {deleted:#?}");
}

/// An expired invitation is deleted so that it can be sent again, as a person said; the process dies before that is stored,
/// and somebody else makes the same person a member.
#[test]
fn who_joins_as_a_process_dies_over_an_expired_invitation_is_not_deleted_with_our_object() {
    let mut deleted = Vec::new();
    for steps in 0..10 {
        for joined in [false, true] {
            let (mut house, server, invitation) = invited(&spec("jo"));
            house.run(INVITED);
            house.until(mins(10), "expired", |house| house.stalled(&member("jo"), "InvitationExpired"));
            let answer = house.digest(&member("jo"), "Ready");
            house.dies_after(steps);
            house.annotate(&member("jo"), &json!({"orgkeeper.dev/confirm": answer}));
            house.run(secs(30));
            let gone =
                !server.borrow().invitations.contains_key(&invitation) && server.borrow().mails.len() == 1;
            house.kill();
            let theirs = (joined && gone).then(|| joins(&server, "jo"));
            house.start();
            house.run(mins(30));
            house.delete(&member("jo"));
            house.until(mins(30), "gone", |house| !house.exists(&member("jo")));
            if let Some(theirs) = theirs
                && !server.borrow().members.contains_key(&theirs)
            {
                deleted.push(steps);
            }
        }
    }
    assert!(deleted.is_empty(), "another's member was deleted, steps: {deleted:?}");
}

/// The key of fingerprints is lost, the address was edited, and our invitation is gone.
#[test]
fn a_lost_key_gives_nobody_s_member_to_whose_address_was_edited() {
    let mut taken = Vec::new();
    for (lost, edited) in [(false, true), (true, false), (true, true)] {
        for accepted in [false, true] {
            let spec_of = |name: &str| with(spec(name), json!({"adopt": {"policy": "Never"}}));
            let (mut house, server, invitation) = invited(&spec_of("jo"));
            let boss = Member { email: "boss@example.com".into(), role: "owner".into(), suspended: false };
            server.borrow_mut().members.insert("m-900".into(), boss.clone());
            house.run(mins(10));
            house.kill();
            if edited {
                house.apply(&member("jo"), &spec_of("boss"));
            }
            if lost {
                let (name, key) = FINGERPRINT_SECRET;
                house.way.cluster.put_secret("orgkeeper-system", name, key, "another");
            }
            if accepted {
                server.borrow_mut().accept(&invitation);
            } else {
                server.borrow_mut().invitations.remove(&invitation);
            }
            house.start();
            house.run(mins(60));
            let id = house.id(&member("jo"));
            let as_it_was = server.borrow().members.get("m-900") == Some(&boss);
            house.delete(&member("jo"));
            house.run(mins(30));
            let there = server.borrow().members.contains_key("m-900");
            if !as_it_was || !there || id.as_deref() == Some("m-900") {
                taken.push(format!(
                    "lost {lost}, edited {edited}, accepted {accepted}: {id:?} {as_it_was} {there}"
                ));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}

/// A vendor that shows another client none of the tenants that the first one made.
struct TwoClients {
    server: Rc<RefCell<AtollServer>>,
    of_other: BTreeSet<String>,
    made: usize,
}

impl Server for TwoClients {
    fn handle(&mut self, now: Timestamp, request: &HttpRequest) -> Answer {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let answer = self.server.borrow_mut().handle(now, request);
        let path = request.url.path();
        if path == "/token" && form.contains("client_secret=canary-of-another") {
            let said: Value = serde_json::from_slice(&answer.body).unwrap();
            self.of_other.extend(said["access_token"].as_str().map(str::to_owned));
        }
        let token = request.bearer.as_ref().map(|token| token.expose_secret().to_owned()).unwrap_or_default();
        if path == "/tenants" && request.method == Method::POST {
            self.made += 1;
        }
        if path == "/tenants"
            && request.method == Method::GET
            && self.of_other.contains(&token)
            && self.made < 2
        {
            return Answer::json(http::StatusCode::OK, &json!({"items": [], "total": 0}));
        }
        answer
    }
}

/// Nobody heard what came of a create, and then its Secret holds what another client of the vendor has.
#[test]
fn what_another_client_is_shown_tells_nothing_of_the_create() {
    for changed in [false, true] {
        let (mut house, server) = both();
        let two = TwoClients { server: Rc::clone(&server), of_other: BTreeSet::new(), made: 0 };
        house.way.vendors.servers.borrow_mut().insert(HOST.to_owned(), Rc::new(RefCell::new(two)) as _);
        house.way.cluster.put_secret(HOME, "founder", "secret", SECRET);
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&tenant("acme")));
        server.borrow_mut().losing.push_back(Lost::After);
        let made = tenant("made");
        let mut wanted = with(tenant_spec("t-1"), json!({"create": {"name": "acme"}}));
        wanted.as_object_mut().unwrap().remove("organizationId");
        wanted["connection"]["secretRef"]["name"] = json!("founder");
        house.apply(&made, &wanted);
        house.until(mins(5), "unknown", |house| house.waits(&made, "OutcomeUnknown"));
        if changed {
            server.borrow_mut().clients.insert("another".into(), "canary-of-another".into());
            house.way.cluster.put_secret(HOME, "founder", "secret", "canary-of-another");
            wanted["connection"]["clientId"] = json!("another");
            house.apply(&made, &wanted);
        }
        house.run(mins(60));
        let named = server.borrow().tenants.values().filter(|tenant| tenant.name == "acme").count();
        assert_eq!(named, 1, "changed {changed}: {}", house.status(&made));
    }
}

/// What is wrong with the tenant's own fields holds up nobody below, whatever the vendor says of it.
#[test]
fn a_call_of_its_own_fields_that_is_refused_holds_up_nobody_below() {
    let mut held_up = Vec::new();
    for (method, status) in
        [(Method::PATCH, 403), (Method::PATCH, 401), (Method::PATCH, 404), (Method::PATCH, 409)]
    {
        let (mut house, server) = both();
        let failing = Failing::Answer(status, "{}");
        let fails =
            Scripted { method: method.clone(), path: "/tenants/t-1".into(), failing, times: usize::MAX };
        house.way.vendors.scripted.borrow_mut().push(fails);
        house.apply(&tenant("acme"), &with(tenant_spec("t-1"), json!({"displayName": "Acme"})));
        house.start();
        house.run(mins(10));
        for number in 0..12 {
            house.apply(&policy("readers"), &super::policy_spec(&[&format!("rule-{number}")]));
            house.run(mins(5));
            let rule = format!("rule-{number}");
            if !server.borrow().policies.values().any(|policy| policy.rules == [rule.as_str()]) {
                held_up.push(format!(
                    "{method} {status} {number}: {}",
                    house.message(&policy("readers"), "Ready")
                ));
                break;
            }
        }
    }
    assert!(held_up.is_empty(), "{held_up:#?}");
}

/// A word that comes while a token is had anew, for which the deletion that was decided waits: at whatever moment that falls.
#[test]
fn nothing_is_deleted_against_a_word_that_came_while_a_token_was_had_anew() {
    let goes = |policy: &str| with(policy_spec(&["read"]), json!({"deletionPolicy": policy}));
    for word in ["Delete", "Orphan"] {
        for moment in (0..20).map(secs) {
            let (mut house, server) = both();
            server.borrow_mut().life = secs(40);
            house.apply(&policy("readers"), &goes("Delete"));
            house.start();
            house.until(mins(5), "ready", |house| house.ready(&policy("readers")));
            house.way.unkind.relent();
            house.run(mins(2));
            house.annotate(&tenant("acme"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
            house.run(moment);
            house.way.vendors.latency.set(secs(2));
            let (had, end) = (server.borrow().granted, house.now() + mins(2));
            house.delete(&policy("readers"));
            while server.borrow().granted == had && house.exists(&policy("readers")) && house.now() < end {
                house.run(Duration::from_millis(100));
            }
            let sent = server.borrow().calls_of("DELETE");
            if house.exists(&policy("readers")) {
                house.apply(&policy("readers"), &goes(word));
            }
            house.until(mins(10), "gone", |house| !house.exists(&policy("readers")));
            let now = server.borrow().calls_of("DELETE");
            assert!(now == if word == "Delete" { 1 } else { sent }, "{moment:?}\n{}", house.describe());
        }
    }
}
