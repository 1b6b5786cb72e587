//! What takes something away from somebody, or may cut orgkeeper off: members, and a tenant's own fields.

use super::api::MEMBER;
use super::policy::NO_CLIENTS;
use super::server::{AtollServer, Member, SECRET};
use super::{assert_tenant, both, policy, policy_spec, tenant, tenant_spec};
use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, with};
use crate::support::network::{Failing, Scripted};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

const ID: &str = "t-1";

fn one() -> ObjectRef {
    tenant("acme")
}

fn member(name: &str) -> ObjectRef {
    ObjectRef { kind: MEMBER, ..policy(name) }
}

/// Somebody is a member; the id.
fn joins(server: &RefCell<AtollServer>, name: &str, role: &str, suspended: bool) -> String {
    let (id, email) = (format!("m-{name}"), format!("{name}@example.com"));
    server.borrow_mut().members.insert(id.clone(), Member { email, role: role.into(), suspended });
    id
}

/// The manifest of an owner who is a member already.
fn owner(name: &str) -> Value {
    let adopt = json!({"policy": "Required", "id": format!("m-{name}")});
    json!({
        "organizationRef": {"name": "acme"},
        "email": format!("{name}@example.com"),
        "role": "owner",
        "adopt": adopt,
        "deletionPolicy": "Delete",
    })
}

/// A house in which these own the tenant, and are declared.
fn owned_by(names: &[&str]) -> (House, Rc<RefCell<AtollServer>>) {
    let (mut house, server) = both();
    for name in names {
        joins(&server, name, "owner", false);
        house.apply(&member(name), &owner(name));
    }
    house.start();
    house.until(mins(5), "ready", |house| names.iter().all(|name| house.ready(&member(name))));
    house.run(mins(10));
    (house, server)
}

/// How an owner becomes none.
const ACTS: [fn(&House, &str); 3] = [
    |house, name| house.delete(&member(name)),
    |house, name| house.apply(&member(name), &with(owner(name), json!({"role": "reader"}))),
    |house, name| house.apply(&member(name), &with(owner(name), json!({"suspended": true}))),
];

fn owns(server: &RefCell<AtollServer>, name: &str) -> bool {
    let server = server.borrow();
    server.members.get(&format!("m-{name}")).is_some_and(|member| member.role == "owner" && !member.suspended)
}

fn asks(house: &House, key: &ObjectRef) -> bool {
    house.stalled(key, "WouldLockOut")
}

fn confirm(house: &House, key: &ObjectRef, kind: &str) {
    let answer = house.digest(key, kind);
    house.annotate(key, &json!({"orgkeeper.dev/confirm": answer}));
}

#[test]
fn the_last_owner_is_neither_removed_nor_demoted_nor_suspended_unasked() {
    for act in ACTS {
        let (mut house, server) = owned_by(&["jo"]);
        // None of these can act as an owner.
        joins(&server, "kim", "owner", true);
        joins(&server, "lee", "reader", false);
        let pat = server.borrow_mut().invited_by_hand("pat@example.com");
        server.borrow_mut().invitations.get_mut(&pat).unwrap().member.role = "owner".into();
        act(&house, "jo");
        house.until(mins(15), "asks", |house| asks(house, &member("jo")));
        house.run(mins(30));
        house.restart();
        house.run(mins(30));
        assert!(owns(&server, "jo") && asks(&house, &member("jo")), "{}", house.describe());
        let said = house.message(&member("jo"), "Stalled");
        assert!(said.contains("member m-jo is the last owner of the organization."), "{said}");
        assert!(said.contains("Make somebody else an owner first"), "{said}");
        confirm(&house, &member("jo"), "Stalled");
        house.until(mins(5), "confirmed", |_| !owns(&server, "jo"));
    }
}

#[test]
fn who_accepts_to_be_an_owner_lets_the_other_go() {
    let (mut house, server) = owned_by(&["jo"]);
    let pat = server.borrow_mut().invited_by_hand("pat@example.com");
    server.borrow_mut().invitations.get_mut(&pat).unwrap().member.role = "owner".into();
    house.delete(&member("jo"));
    house.until(mins(15), "asks", |house| asks(house, &member("jo")));
    house.run(mins(20));
    assert!(owns(&server, "jo"));
    server.borrow_mut().accept(&pat);
    house.until(mins(60), "goes by itself", |house| !house.exists(&member("jo")));
    assert!(!owns(&server, "jo"));
}

#[test]
fn of_two_owners_who_go_at_once_one_stays() {
    for one in ACTS {
        for other in ACTS {
            let (mut house, server) = owned_by(&["jo", "kim"]);
            one(&house, "jo");
            other(&house, "kim");
            house.run(mins(60));
            let stay = ["jo", "kim"].into_iter().filter(|name| owns(&server, name)).collect::<Vec<_>>();
            assert_eq!(stay.len(), 1, "{stay:?} {}", house.describe());
            assert!(asks(&house, &member(stay[0])), "{}", house.describe());
        }
    }
}

#[test]
fn who_came_to_own_it_a_moment_ago_is_not_taken_for_none() {
    let (mut house, server) = owned_by(&[]);
    joins(&server, "jo", "owner", false);
    joins(&server, "kim", "reader", false);
    house.apply(&member("kim"), &with(owner("kim"), json!({"role": "reader"})));
    house.until(mins(5), "ready", |house| house.ready(&member("kim")));
    // No list has shown that yet.
    server.borrow_mut().members.get_mut("m-kim").unwrap().role = "owner".into();
    server.borrow_mut().members.get_mut("m-jo").unwrap().role = "reader".into();
    house.delete(&member("kim"));
    house.run(mins(2));
    assert!(owns(&server, "kim"), "{}", house.describe());
}

#[test]
fn an_invitation_makes_no_owner_and_is_taken_back_unasked() {
    let (mut house, server) = both();
    let invited = with(owner("jo"), json!({"adopt": null}));
    house.apply(&member("jo"), &invited);
    house.start();
    house.until(mins(5), "invited", |house| house.ready(&member("jo")));
    house.delete(&member("jo"));
    house.until(mins(5), "gone", |house| !house.exists(&member("jo")));
    assert!(server.borrow().emails().is_empty());
}

#[test]
fn whose_token_it_is_where_nothing_tells_may_be_anybody_s() {
    let (mut house, server) = both();
    assert_tenant(&mut house, &server, "asserted", "t-3");
    for name in ["jo", "kim"] {
        joins(&server, name, "owner", false);
    }
    house.apply(&member("jo"), &with(owner("jo"), json!({"organizationRef": {"name": "asserted"}})));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&member("jo")));
    house.delete(&member("jo"));
    house.until(mins(15), "asks", |house| asks(house, &member("jo")));
    let said = house.message(&member("jo"), "Stalled");
    assert!(said.contains("member m-jo is, or may be, the one whose token orgkeeper uses."), "{said}");
    assert!(owns(&server, "jo"));
}

/// A tenant with these besides.
fn of(more: Value) -> Value {
    with(tenant_spec(ID), more)
}

fn addresses(server: &RefCell<AtollServer>) -> Vec<String> {
    server.borrow().tenants[ID].allowed_addresses.clone()
}

fn allow(house: &House, addresses: &[&str]) {
    house.apply(&one(), &of(json!({"allowedAddresses": addresses})));
}

#[test]
fn what_may_cut_it_off_from_a_tenant_is_asked_about_and_holds_up_nobody_below() {
    let (mut house, server) = both();
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&one()));
    allow(&house, &["10.0.0.1", "10.0.0.2"]);
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.until(mins(5), "asks", |house| asks(house, &one()));
    house.until(mins(5), "made", |house| house.ready(&policy("readers")));
    let said = house.message(&one(), "Stalled");
    assert!(said.starts_with("This may cut orgkeeper off: only the addresses"), "{said}");
    assert!(said.contains("or take back what the manifest says of it"), "{said}");
    assert_eq!(house.status(&one())["state"], "Asks");
    house.annotate(&one(), &json!({"orgkeeper.dev/confirm": "000000000000"}));
    house.run(mins(30));
    house.restart();
    house.run(mins(30));
    assert!(addresses(&server).is_empty() && asks(&house, &one()), "{}", house.describe());
    confirm(&house, &one(), "Stalled");
    house.until(mins(5), "confirmed", |house| addresses(&server).len() == 2 && house.ready(&one()));
    // More may call.
    allow(&house, &["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    house.until(mins(5), "unasked", |house| addresses(&server).len() == 3 && house.ready(&one()));
    // The answer of before lets nothing else through, and what is taken back is asked about no more.
    allow(&house, &["10.0.0.1"]);
    house.until(mins(5), "asks again", |house| asks(house, &one()));
    house.run(mins(20));
    assert_eq!(addresses(&server).len(), 3);
    allow(&house, &["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    house.until(mins(5), "taken back", |house| house.ready(&one()));
    assert_eq!(addresses(&server).len(), 3);
}

#[test]
fn somebody_else_s_change_that_would_be_put_back_asks_too() {
    let (mut house, server) = both();
    server.borrow_mut().tenants.get_mut(ID).unwrap().allowed_addresses = vec!["10.0.0.1".into()];
    allow(&house, &["10.0.0.1"]);
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&one()));
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| {
        tenant.allowed_addresses = vec!["10.0.0.1".into(), "10.0.0.9".into()];
    });
    house.until(mins(15), "asks", |house| asks(house, &one()));
    house.run(mins(20));
    assert_eq!(addresses(&server).len(), 2);
    assert_eq!(house.status(&one())["drift"][0]["path"], "allowedAddresses");
}

#[test]
fn what_was_confirmed_and_written_is_asked_anew_when_somebody_undoes_it() {
    let (mut house, server) = both();
    allow(&house, &["10.0.0.1"]);
    house.start();
    house.until(mins(5), "asks", |house| asks(house, &one()));
    confirm(&house, &one(), "Stalled");
    house.until(mins(5), "written", |house| addresses(&server).len() == 1 && house.ready(&one()));
    house.run(mins(10));
    server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| tenant.allowed_addresses.clear());
    house.until(mins(15), "asks anew", |house| asks(house, &one()));
    house.run(mins(20));
    assert!(addresses(&server).is_empty() && asks(&house, &one()), "{}", house.describe());
}

#[test]
fn what_any_kind_writes_that_may_cut_it_off_is_asked_about() {
    let (mut house, server) = both();
    house.apply(&policy("readers"), &policy_spec(&["read"]));
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&policy("readers")));
    house.apply(&policy("readers"), &policy_spec(&["read", NO_CLIENTS]));
    house.until(mins(5), "asks", |house| asks(house, &policy("readers")));
    house.run(mins(20));
    let said = house.message(&policy("readers"), "Stalled");
    assert!(said.starts_with("This may cut orgkeeper off: no client may call the tenant then."), "{said}");
    let closed = || server.borrow().policies.values().any(|policy| policy.rules.len() > 1);
    assert!(!closed());
    confirm(&house, &policy("readers"), "Stalled");
    house.until(mins(5), "confirmed", |house| closed() && house.ready(&policy("readers")));
}

/// A tenant that lets guests in, of which one write an hour may take something away.
fn with_guests() -> (House, Rc<RefCell<AtollServer>>) {
    let (mut house, server) = both();
    server.borrow_mut().tenants.get_mut(ID).unwrap().guests = true;
    house.apply(&one(), &guests(true));
    let mine = with(policy_spec(&["read"]), json!({"deletionPolicy": "Delete"}));
    house.apply(&policy("readers"), &mine);
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&one()) && house.ready(&policy("readers")));
    house.run(mins(5));
    (house, server)
}

fn guests(guests: bool) -> Value {
    of(json!({"guests": guests, "maxDestructivePerHour": 1}))
}

fn has_guests(server: &RefCell<AtollServer>) -> bool {
    server.borrow().tenants[ID].guests
}

fn delete_policy(house: &mut House) {
    house.delete(&policy("readers"));
    house.until(mins(5), "deleted", |house| !house.exists(&policy("readers")));
}

/// It is counted before it is written, and that takes its time.
#[test]
fn no_field_of_a_tenant_s_own_is_written_against_a_word_that_came_meanwhile() {
    for word in [json!({}), json!({"suspend": true}), json!({"managementPolicy": "Observe"})] {
        let (mut house, server) = with_guests();
        house.way.unkind.relent();
        house.hold_patches();
        house.apply(&one(), &guests(false));
        house.until_stored(|house| house.status(&one())["guard"]["recent"].is_array());
        assert!(has_guests(&server), "{}", house.describe());
        house.apply(&one(), &with(guests(false), word.clone()));
        house.way.patch_faults.clear();
        house.run(mins(10));
        assert_eq!(has_guests(&server), word != json!({}), "{word}\n{}", house.describe());
    }
}

/// A look for something else may go by what was read before; a write is judged by what is there.
#[test]
fn a_tenant_s_own_fields_are_judged_by_what_is_there_and_not_by_what_was_read_before() {
    for strays in [false, true] {
        let (mut house, server) = with_guests();
        let addresses = |server: &RefCell<AtollServer>| server.borrow().tenants[ID].allowed_addresses.clone();
        let (ours, theirs) = (["192.0.2.1", "192.0.2.2"], "203.0.113.9");
        server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| {
            tenant.allowed_addresses = vec![ours[0].to_owned()];
        });
        let refused = Scripted {
            method: Method::PATCH,
            path: "/tenants".to_owned(),
            failing: Failing::Answer(409, ""),
            times: 1_000,
        };
        house.way.vendors.scripted.borrow_mut().push(refused);
        let more = json!({"name": "more", "deletionPolicy": "Delete"});
        house.apply(&policy("more"), &with(policy_spec(&["read"]), more));
        house.until(mins(5), "made", |house| house.ready(&policy("more")));
        house.apply(&one(), &with(guests(true), json!({"allowedAddresses": ours})));
        house.until(mins(5), "refused", |house| house.stalled(&one(), "RefusedByVendor"));
        if strays {
            server.borrow_mut().edit_tenant(house.wall(), "eve", ID, |tenant| {
                tenant.allowed_addresses = vec![ours[0].to_owned(), theirs.to_owned()];
            });
        }
        house.run(secs(30));
        house.way.vendors.scripted.borrow_mut().clear();
        // There is no room for the second: the tenant is told, and looked at again.
        house.delete(&policy("readers"));
        house.delete(&policy("more"));
        let held = |house: &House| asks(house, &one()) || house.waits(&one(), "TooDestructive");
        house.until(mins(20), "written or held up", |house| held(house) || addresses(&server) == ours);
        assert_eq!(held(&house), strays, "{}", house.describe());
        assert_eq!(addresses(&server).contains(&theirs.to_owned()), strays, "{}", house.describe());
    }
}

#[test]
fn what_a_tenant_s_own_fields_take_away_waits_where_the_hour_has_no_room() {
    let (mut house, server) = with_guests();
    delete_policy(&mut house);
    house.apply(&one(), &guests(false));
    house.until(mins(5), "waits", |house| house.waits(&one(), "TooDestructive"));
    house.until(mins(5), "asks", |house| house.condition(&one(), "ConfirmationRequired").is_some());
    let said = house.message(&one(), "ConfirmationRequired");
    assert!(said.contains(&format!("change guests of {} (t-1)", one())), "{said}");
    // Others go on.
    house.apply(&policy("more"), &with(policy_spec(&["read"]), json!({"name": "more"})));
    house.until(mins(5), "made", |house| house.ready(&policy("more")));
    house.run(mins(15));
    house.restart();
    house.run(mins(15));
    assert!(has_guests(&server) && house.waits(&one(), "TooDestructive"), "{}", house.describe());
    confirm(&house, &one(), "ConfirmationRequired");
    house.until(mins(5), "confirmed", |house| !has_guests(&server) && house.ready(&one()));
    house.until(mins(5), "asks no more", |house| house.condition(&one(), "ConfirmationRequired").is_none());
}

#[test]
fn what_waits_for_room_is_asked_about_no_more_once_it_is_taken_back_and_goes_on_by_itself_else() {
    for back in [true, false] {
        let (mut house, server) = with_guests();
        delete_policy(&mut house);
        house.apply(&one(), &guests(false));
        house.until(mins(5), "asks", |house| house.condition(&one(), "ConfirmationRequired").is_some());
        if back {
            house.apply(&one(), &guests(true));
            house.until(mins(5), "taken back", |house| {
                house.ready(&one()) && house.condition(&one(), "ConfirmationRequired").is_none()
            });
        }
        house.run(mins(30));
        assert!(has_guests(&server));
        house.run(mins(40));
        assert_eq!(has_guests(&server), back, "{}", house.describe());
    }
}

#[test]
fn a_tenant_s_own_fields_are_counted_wherever_it_dies() {
    for step in 0.. {
        let (mut house, server) = with_guests();
        house.dies_after(step);
        house.apply(&one(), &guests(false));
        house.run(mins(3));
        let died = house.is_dead();
        house.restart();
        // Of what was counted and not carried out nobody knows that.
        house.until(mins(70), "shut out", |house| !has_guests(&server) && house.ready(&one()));
        house.delete(&policy("readers"));
        house.run(mins(20));
        assert!(house.exists(&policy("readers")), "{step}: {}", house.describe());
        if !died {
            return;
        }
    }
}

#[test]
fn what_waits_of_a_tenant_that_is_being_deleted_is_asked_about_no_more() {
    let (mut house, server) = with_guests();
    house.apply(&policy("more"), &with(policy_spec(&["read"]), json!({"name": "more"})));
    house.until(mins(5), "below it", |house| house.ready(&policy("more")));
    delete_policy(&mut house);
    house.apply(&one(), &guests(false));
    house.until(mins(5), "asks", |house| house.condition(&one(), "ConfirmationRequired").is_some());
    house.delete(&one());
    house.until(mins(5), "held up", |house| house.condition(&one(), "DeletionBlocked").is_some());
    house.until(mins(2), "asks no more", |house| house.condition(&one(), "ConfirmationRequired").is_none());
    house.run(mins(90));
    assert!(has_guests(&server));
}

#[test]
fn what_waits_of_one_object_is_not_asked_of_another_that_stands_for_the_tenant_after_it() {
    let (mut house, _) = with_guests();
    delete_policy(&mut house);
    house.apply(&one(), &guests(false));
    house.until(mins(5), "asks", |house| house.condition(&one(), "ConfirmationRequired").is_some());
    house.apply(&tenant("other"), &of(json!({"maxDestructivePerHour": 1})));
    // Somebody takes its finalizer away.
    house.force_delete(&one());
    house.until(mins(10), "stands", |house| !house.exists(&one()) && house.ready(&tenant("other")));
    house.run(mins(10));
    let asked = house.message(&tenant("other"), "ConfirmationRequired");
    assert!(asked.is_empty(), "{asked}");
}

#[test]
fn what_waits_of_one_that_gives_way_is_not_asked_of_whoever_proves_the_tenant() {
    let (mut house, server) = both();
    server.borrow_mut().tenants.get_mut(ID).unwrap().guests = true;
    house.way.cluster.delete_secret(HOME, "atoll");
    assert_tenant(&mut house, &server, "other", ID);
    let other = tenant("other");
    let declared = house.object(&other)["spec"].clone();
    let guests = |guests: bool| with(declared.clone(), json!({"guests": guests, "maxDestructivePerHour": 1}));
    house.apply(&other, &guests(true));
    let below = json!({"organizationRef": {"name": "other"}, "deletionPolicy": "Delete"});
    house.apply(&policy("readers"), &with(policy_spec(&["read"]), below));
    house.start();
    house.until(mins(5), "stands", |house| house.ready(&other) && house.ready(&policy("readers")));
    delete_policy(&mut house);
    house.apply(&other, &guests(false));
    house.until(mins(5), "asks", |house| house.condition(&other, "ConfirmationRequired").is_some());
    house.way.cluster.put_secret(HOME, "atoll", "secret", SECRET);
    house.until(mins(30), "the right one stands", |house| house.ready(&one()));
    house.run(mins(10));
    let asked = house.message(&one(), "ConfirmationRequired");
    assert!(asked.is_empty(), "{asked}");
}
