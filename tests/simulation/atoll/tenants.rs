//! Tenants: fields of their own, how they are made and found again, and where nobody makes or ends one.

use super::manifests::{self, policy, policy_spec, tenant, tenant_spec};
use super::server::{AtollServer, Lost};
use super::tenant as abilities;
use super::{assert_tenant, both};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

const ID: &str = "t-1";

fn one() -> ObjectRef {
    tenant("acme")
}

/// A tenant that exists, with these besides.
fn of(more: Value) -> Value {
    with(tenant_spec(ID), more)
}

fn declared() -> Value {
    of(json!({"displayName": "Acme", "sessionMinutes": 30, "connection": {"log": true}}))
}

/// One that is to be made.
fn to_make() -> Value {
    with(manifests::to_make("acme"), json!({"displayName": "Acme"}))
}

/// How the tenant that exists is: its display name, and how long sessions are.
fn is(server: &RefCell<AtollServer>) -> (String, u32) {
    let server = server.borrow();
    (server.tenants[ID].display_name.clone(), server.tenants[ID].session_minutes)
}

/// The ids of the tenants with the name.
fn named(server: &RefCell<AtollServer>) -> Vec<String> {
    let server = server.borrow();
    let all = server.tenants.iter().filter(|(_, tenant)| tenant.name == "acme");
    all.map(|(id, _)| id.clone()).collect()
}

fn patches(server: &RefCell<AtollServer>) -> usize {
    server.borrow().calls_of("PATCH /tenants")
}

fn in_line(house: &mut House, server: &RefCell<AtollServer>) {
    house.until(mins(5), "in line", |house| house.ready(&one()) && is(server) == ("Acme".into(), 30));
}

/// Someone else changes how long sessions are.
fn strays(house: &House, server: &RefCell<AtollServer>, minutes: u32) {
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| tenant.session_minutes = minutes);
}

/// What was changed last, as the status tells.
fn changes(house: &House, reason: &str) -> Vec<Value> {
    let all = house.status(&one())["lastChanges"].clone();
    all.as_array().into_iter().flatten().filter(|change| change["reason"] == reason).cloned().collect()
}

#[test]
fn fields_of_its_own_are_written_and_put_back_and_it_is_told_who_changed_them() {
    let (mut house, server) = both();
    house.apply(&one(), &declared());
    house.start();
    in_line(&mut house, &server);
    assert_eq!(patches(&server), 1, "both in one call");
    house.run(mins(12));
    assert!(house.message(&one(), "Ready").contains("It is as declared."), "{}", house.describe());
    house.apply(&one(), &with(declared(), json!({"displayName": "Acme Inc"})));
    house.until(mins(2), "edited", |_| is(&server) == ("Acme Inc".into(), 30));
    house.until(mins(2), "told", |house| !changes(house, "Updated").is_empty());
    assert_eq!(changes(&house, "Updated")[0]["what"], r#"displayName: "Acme" → "Acme Inc""#);
    house.run(mins(12));
    strays(&house, &server, 600);
    house.until(mins(10), "put back", |_| is(&server).1 == 30);
    house.until(mins(10), "told", |house| {
        changes(house, "DriftCorrected").iter().any(|change| change["who"] == "eve")
    });
    let told = changes(&house, "DriftCorrected").remove(0);
    assert_eq!(told["what"], r#"sessionMinutes: "600" → "30" (changed by eve)"#, "{}", house.describe());
    // Of a change that the log does not tell of, nobody is named who made another one.
    house.run(mins(12));
    server.borrow_mut().tenants.get_mut(ID).unwrap().session_minutes = 700;
    house.until(mins(10), "put back", |_| is(&server).1 == 30);
    house.until(mins(10), "told", |house| changes(house, "DriftCorrected").len() > 2);
    let told = changes(&house, "DriftCorrected").remove(0);
    assert_eq!((&told["what"], &told["who"]), (&json!(r#"sessionMinutes: "700" → "30""#), &Value::Null));
    let reasons = house.reasons(&one());
    assert!(reasons.contains(&"Updated") && reasons.contains(&"DriftCorrected"), "{reasons:?}");
    house.until(mins(10), "no drift any more", |house| house.status(&one())["drift"].is_null());
    let applied = house.status(&one())["lastApplied"].clone();
    assert!(applied["displayName"].is_string() && applied["sessionMinutes"].is_string(), "{applied}");
    // Whoever comes after has nothing to write.
    let before = patches(&server);
    house.restart();
    house.run(mins(30));
    assert_eq!((patches(&server), house.ready(&one())), (before, true));
}

#[test]
fn what_is_not_managed_is_not_read_and_one_without_fields_is_as_before() {
    let (mut house, server) = both();
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&one()));
    house.run(mins(30));
    strays(&house, &server, 600);
    house.run(mins(30));
    assert_eq!((patches(&server), is(&server).1), (0, 600));
    let status = house.status(&one());
    assert!(status["lastApplied"].is_null() && status["drift"].is_null(), "{status}");
}

#[test]
fn where_nothing_is_put_back_it_is_told_and_left() {
    for policy in [json!({"driftPolicy": "Report"}), json!({"managementPolicy": "Observe"})] {
        let (mut house, server) = both();
        house.apply(&one(), &declared());
        house.start();
        in_line(&mut house, &server);
        house.apply(&one(), &with(declared(), policy.clone()));
        house.run(mins(12));
        let before = patches(&server);
        strays(&house, &server, 600);
        house.until(mins(12), "told", |house| house.condition(&one(), "Drifted").is_some());
        house.run(mins(30));
        assert_eq!((patches(&server), is(&server).1), (before, 600), "{policy}");
        let drift = house.status(&one())["drift"][0].clone();
        let seen = ["path", "desired", "actual", "actor"].map(|member| drift[member].clone());
        assert_eq!(seen, ["sessionMinutes", "30", "600", "eve"].map(Value::from), "{policy}");
        assert!(house.ready(&one()), "{}", house.describe());
    }
}

#[test]
fn who_only_reads_shows_what_would_be_written() {
    let (mut house, server) = both();
    house.way.read_only = true;
    house.apply(&one(), &declared());
    house.start();
    house.until(mins(10), "told", |house| house.condition(&one(), "Drifted").is_some());
    house.run(mins(30));
    assert_eq!(patches(&server), 0);
}

#[test]
fn what_no_read_shows_is_written_once_and_again_when_its_secret_changes() {
    let (mut house, server) = both();
    house.way.cluster.put_secret(HOME, "support", "key", "canary-one");
    let key = json!({"supportKeyRef": {"name": "support", "key": "key"}});
    house.apply(&one(), &of(key.clone()));
    house.start();
    house.until(mins(5), "assumed", |house| house.condition(&one(), "Unverified").is_some());
    assert_eq!(patches(&server), 0, "what was there is taken over as it is");
    house.way.cluster.put_secret(HOME, "support", "key", "canary-two");
    let has = |server: &RefCell<AtollServer>| server.borrow().tenants[ID].support_key.clone();
    house.until(mins(5), "written", |_| has(&server).as_deref() == Some("canary-two"));
    house.until(mins(5), "known", |house| house.condition(&one(), "Unverified").is_none());
    house.run(mins(20));
    house.restart();
    house.run(mins(30));
    assert_eq!(patches(&server), 1, "{}", house.describe());
    let status = house.status(&one());
    assert!(!status["id"].is_null() && !status.to_string().contains("canary"), "{status}");
    house.way.cluster.delete_secret(HOME, "support");
    house.until(mins(15), "missed", |house| house.waits(&one(), "SecretNotFound"));
    // Nobody else waits for it.
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.until(mins(5), "made", |house| house.ready(&policy("readers")));
}

#[test]
fn a_write_that_the_vendor_refuses_is_said_and_holds_up_nobody_below() {
    for (failing, reason) in [(403, "Forbidden"), (422, "RefusedByVendor")] {
        let (mut house, server) = both();
        let path = "/tenants".to_owned();
        let fails = |times| Scripted {
            method: Method::PATCH,
            path: path.clone(),
            failing: Failing::Answer(failing, "{}"),
            times,
        };
        house.way.vendors.scripted.borrow_mut().push(fails(usize::MAX));
        house.apply(&one(), &declared());
        house.apply(&policy("readers"), &policy_spec(&["read"]));
        house.start();
        house.until(mins(5), "said", |house| house.stalled(&one(), reason));
        house.until(mins(5), "made", |house| house.ready(&policy("readers")));
        house.apply(&policy("readers"), &policy_spec(&["write"]));
        let wrote = |_: &House| server.borrow().policies.values().all(|policy| policy.rules == ["write"]);
        house.until(mins(5), "edited", wrote);
        house.way.vendors.scripted.borrow_mut().clear();
        house.annotate(&one(), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        in_line(&mut house, &server);
    }
}

#[test]
fn a_write_of_which_nobody_heard_is_told_and_made_again() {
    for lost in [Lost::Before, Lost::After] {
        let (mut house, server) = both();
        house.start();
        house.until(mins(5), "ready", |house| house.ready(&one()));
        server.borrow_mut().losing.push_back(lost);
        house.apply(&one(), &declared());
        in_line(&mut house, &server);
        house.until(mins(5), "told", |house| !changes(house, "OutcomeUnknown").is_empty());
        house.run(mins(30));
        assert!(patches(&server) <= 2 && house.ready(&one()), "{}", house.describe());
        assert!(changes(&house, "DriftCorrected").is_empty(), "nobody else changed it");
    }
}

#[test]
fn a_fight_about_a_field_ends_and_those_below_go_on() {
    let (mut house, server) = both();
    house.apply(&one(), &declared());
    house.start();
    in_line(&mut house, &server);
    let mut rounds = 0;
    while !house.stalled(&one(), "DriftContested") {
        rounds += 1;
        assert!(rounds < 8, "{}", house.describe());
        strays(&house, &server, 600 + rounds);
        house.run(mins(8));
    }
    let before = patches(&server);
    house.run(mins(60));
    assert_eq!(patches(&server), before);
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.until(mins(5), "made", |house| house.ready(&policy("readers")));
    house.annotate(&one(), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
    in_line(&mut house, &server);
}

#[test]
fn what_is_being_deleted_is_not_brought_in_line() {
    let (mut house, server) = both();
    house.apply(&one(), &declared());
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.start();
    in_line(&mut house, &server);
    house.until(mins(5), "below it", |house| house.ready(&policy("readers")));
    house.delete(&one());
    house.until(mins(5), "held up", |house| house.condition(&one(), "DeletionBlocked").is_some());
    let before = patches(&server);
    strays(&house, &server, 600);
    house.run(mins(30));
    assert_eq!((patches(&server), is(&server).1), (before, 600));
    house.delete(&policy("readers"));
    house.until(mins(10), "gone", |house| !house.exists(&one()));
    assert!(server.borrow().tenants.contains_key(ID), "it was not made here");
}

#[test]
fn one_is_made_and_what_it_is_to_have_is_written_after() {
    let (mut house, server) = both();
    let made = tenant("made");
    house.apply(&made, &with(to_make(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(5), "made", |house| house.ready(&made));
    let ids = named(&server);
    assert_eq!(ids.len(), 1);
    assert_eq!(
        (house.id(&made), house.status(&made)["origin"].clone()),
        (Some(ids[0].clone()), json!("Created"))
    );
    house.until(mins(5), "named", |_| server.borrow().tenants[&ids[0]].display_name == "Acme");
    house.restart();
    house.run(mins(20));
    assert_eq!(server.borrow().calls_of("POST /tenants"), 1);
    house.delete(&made);
    house.until(mins(10), "gone", |house| !house.exists(&made));
    assert!(named(&server).is_empty() && server.borrow().tenants.contains_key(ID));
}

/// Somebody has one made whose answer is lost.
fn lost(lag: Duration, lost: Lost) -> (House, Rc<RefCell<AtollServer>>, ObjectRef) {
    let (mut house, server) = both();
    server.borrow_mut().lag = lag;
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&one()));
    server.borrow_mut().losing.push_back(lost);
    let made = tenant("made");
    house.apply(&made, &with(to_make(), json!({"deletionPolicy": "Delete"})));
    house.until(mins(5), "unknown", |house| house.waits(&made, "OutcomeUnknown"));
    (house, server, made)
}

#[test]
fn of_a_create_that_nobody_heard_of_looks_decide() {
    let (mut house, server, made) = lost(Duration::ZERO, Lost::After);
    house.until(mins(10), "found", |house| house.ready(&made));
    assert_eq!((named(&server).len(), server.borrow().calls_of("POST /tenants")), (1, 1));
    let status = house.status(&made);
    assert_eq!(
        (&status["origin"], &status["found"][0]),
        (&json!("Adopted"), &status["id"]),
        "nobody knows who made it"
    );
    let (mut house, server, made) = lost(Duration::ZERO, Lost::Before);
    house.until(mins(10), "made after all", |house| house.ready(&made));
    house.run(mins(30));
    assert_eq!((named(&server).len(), server.borrow().calls_of("POST /tenants")), (1, 2));
    assert_eq!(house.status(&made)["origin"], "Created");
}

#[test]
pub fn two_looks_count_only_a_settle_apart() {
    // Two time-outs and a settle after the intent it is looked for, and a little later it is shown.
    let (mut house, server, made) = lost(secs(160), Lost::After);
    for number in 0..12 {
        house.annotate(&made, &json!({"orgkeeper.dev/reconcile-requested-at": number.to_string()}));
        house.run(secs(15));
    }
    house.until(mins(10), "found", |house| house.ready(&made));
    house.run(mins(20));
    assert_eq!((named(&server).len(), server.borrow().calls_of("POST /tenants")), (1, 1));
}

#[test]
fn of_several_a_person_says_which() {
    let (mut house, server, made) = lost(secs(30), Lost::After);
    let other = super::server::Tenant { name: "acme".into(), ..super::server::Tenant::default() };
    server.borrow_mut().tenants.insert("t-9".into(), other);
    house.until(mins(10), "asked", |house| house.stalled(&made, "OutcomeUnknown"));
    let said = house.message(&made, "Ready");
    assert!(named(&server).iter().all(|id| said.contains(id)), "{said}");
    house.run(mins(60));
    assert_eq!(server.borrow().calls_of("POST /tenants"), 1);
    // Another one is made on a person's word alone.
    let answer = house.digest(&made, "Ready");
    house.annotate(&made, &json!({"orgkeeper.dev/confirm": answer}));
    house.until(mins(5), "made", |house| house.ready(&made));
    assert_eq!((named(&server).len(), server.borrow().calls_of("POST /tenants")), (3, 2));
    assert_eq!(house.status(&made)["origin"], "Created");
}

#[test]
pub fn where_there_is_one_of_the_name_none_is_made() {
    let (mut house, server) = both();
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| tenant.name = "acme".into());
    let made = tenant("made");
    house.apply(&made, &to_make());
    house.start();
    house.until(mins(5), "said", |house| house.stalled(&made, "OrganizationExists"));
    assert!(house.message(&made, "Ready").contains(ID), "{}", house.describe());
    house.run(mins(30));
    assert_eq!(server.borrow().calls_of("POST /tenants"), 0);
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| tenant.name = "other".into());
    house.until(mins(15), "made", |house| house.ready(&made));
    assert_eq!(named(&server).len(), 1);
}

#[test]
fn what_another_object_names_is_not_taken_for_what_was_made() {
    let (mut house, server, made) = lost(Duration::ZERO, Lost::Before);
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| tenant.name = "acme".into());
    house.until(mins(15), "told apart", |house| house.stalled(&made, "OrganizationExists"));
    assert_eq!((house.id(&made), server.borrow().calls_of("POST /tenants")), (None, 1));
}

/// Anybody may write any id into a manifest: only who shows a token of it keeps another from it.
#[test]
fn the_word_of_who_shows_no_token_keeps_nobody_from_what_was_made() {
    let eves: [fn(&mut House, &RefCell<AtollServer>); 3] = [
        |house, _| {
            let none = json!({"connection": {"secretRef": {"name": "none"}}});
            house.apply(&tenant("eve"), &with(tenant_spec("t-001"), none));
        },
        |house, _| house.apply(&tenant("eve"), &with(tenant_spec("t-001"), json!({"suspend": true}))),
        |house, server| assert_tenant(house, server, "eve", "t-001"),
    ];
    for (number, eve) in eves.into_iter().enumerate() {
        for how in [None, Some(Lost::After)] {
            let (mut house, server) = both();
            eve(&mut house, &server);
            house.start();
            house.until(mins(5), "ready", |house| house.ready(&one()));
            house.run(mins(2));
            server.borrow_mut().losing.extend(how);
            let made = tenant("made");
            house.apply(&made, &to_make());
            house.until(mins(15), &format!("made beside {number}, {how:?}"), |house| house.ready(&made));
            let origin = if how.is_none() { "Created" } else { "Adopted" };
            assert_eq!((house.id(&made).as_deref(), named(&server).len()), (Some("t-001"), 1));
            assert_eq!(house.status(&made)["origin"], origin, "{number}\n{}", house.describe());
        }
    }
}

#[test]
fn a_name_that_was_edited_meanwhile_tells_nothing_of_the_create() {
    let (mut house, server, made) = lost(Duration::ZERO, Lost::After);
    house.apply(&made, &with(to_make(), json!({"create": {"name": "other"}})));
    house.until(mins(15), "asked", |house| house.stalled(&made, "OutcomeUnknown"));
    house.run(mins(60));
    assert_eq!(server.borrow().calls_of("POST /tenants"), 1);
}

#[test]
fn what_the_vendor_says_that_it_made_is_ours_though_a_look_names_it() {
    let (mut house, server) = both();
    server.borrow_mut().names = false;
    let made = tenant("made");
    house.apply(&made, &to_make());
    house.start();
    house.until(mins(10), "named", |house| house.ready(&made));
    assert_eq!(house.status(&made)["origin"], "Created");
    assert_eq!((named(&server).len(), server.borrow().calls_of("POST /tenants")), (1, 1));
}

#[test]
fn what_is_deleted_meanwhile_waits_for_what_looks_tell() {
    for (how, left) in [(Lost::After, "Delete"), (Lost::After, "Orphan"), (Lost::Before, "Delete")] {
        let (mut house, server, made) = lost(Duration::ZERO, how);
        house.apply(&made, &with(to_make(), json!({"deletionPolicy": left})));
        house.delete(&made);
        house.run(secs(30));
        assert!(house.exists(&made), "nobody knows yet");
        house.until(mins(20), "gone", |house| !house.exists(&made));
        let stays = usize::from(how == Lost::After && left == "Orphan");
        assert_eq!(named(&server).len(), stays, "{how:?} {left}");
        assert_eq!(server.borrow().calls_of("POST /tenants"), 1);
    }
}

#[test]
fn where_nobody_makes_or_ends_one_both_are_said_at_once() {
    let (mut house, server) = both();
    house.way.atoll = Some(abilities::given);
    let made = tenant("made");
    house.apply(&made, &to_make());
    house.apply(&one(), &with(declared(), json!({"deletionPolicy": "Delete"})));
    house.start();
    house.until(mins(2), "none is named", |house| house.stalled(&made, "NotFound"));
    let said = house.message(&made, "Ready");
    assert!(
        said.contains("no call of the vendor creates one") && said.contains("spec.organizationId"),
        "{said}"
    );
    house.until(mins(2), "none is deleted", |house| house.condition(&one(), "NotSupported").is_some());
    in_line(&mut house, &server);
    let said = house.message(&one(), "NotSupported");
    assert!(said.contains("Set deletionPolicy: Orphan"), "{said}");
    assert_eq!(house.status(&one())["deletionPolicy"], "Orphan");
    house.run(mins(20));
    assert!(house.condition(&one(), "NotSupported").is_some() && house.ready(&one()));
    house.apply(&one(), &with(declared(), json!({"deletionPolicy": "Orphan"})));
    house.until(mins(2), "said no more", |house| house.condition(&one(), "NotSupported").is_none());
    house.apply(&one(), &with(declared(), json!({"deletionPolicy": "Delete"})));
    house.delete(&one());
    house.until(mins(5), "let go", |house| !house.exists(&one()));
    assert!(house.reasons(&one()).contains(&"Orphaned"));
    let server = server.borrow();
    assert!(server.tenants.contains_key(ID) && server.calls_of("DELETE") + server.calls_of("POST") == 0);
}
