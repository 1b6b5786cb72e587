//! Nobody is locked out: neither the operator itself nor the last administrator (rule 12).

pub mod hostile_age;
mod hostile_third;
mod late;
pub mod policies;
mod published;
pub mod replay;
mod search;
mod ways;
mod words;

use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::manifests::{AWAY, HOME, group, group_key, organization, user_key, with};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::spot::{
    ACCOUNT_VIEWER, ADMIN, Contract, Grants, GroupDetails, OrganizationId, PolicyContent, PolicyDetails,
    PolicyKind, Statement, UserDetails,
};
use orgkeeper::sandbox::{Fault, FaultKind, Lag};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The machine user that the operator may be.
const MACHINE: &str = "orgkeeper";

/// The organization, and the user whose token the operator has.
fn own(house: &House) -> (OrganizationId, String) {
    let vendor = house.vendor();
    let organization = vendor.world().oldest_organization().unwrap();
    let machine = vendor.world().user_named(MACHINE).map(|(machine, _)| machine.id.clone());
    (organization.id, machine.unwrap_or_else(|| organization.administrator.clone()))
}

/// The operator works as a machine user, and the person who was there first administers nothing.
fn as_machine(house: &House) {
    const TOKEN: &str = "token-of-a-machine";
    let (organization, person) = own(house);
    let id = in_console(house, |console| {
        let details = UserDetails { grants: admin(), ..UserDetails::machine(MACHINE) };
        let id = console.create_user(organization, details);
        console.set_policies(&person, Grants::default());
        id
    });
    let now = house.wall();
    house.vendor().world_mut().issue_user_token(now, &id, "of the operator", Some(TOKEN.into())).unwrap();
    house.way.cluster.put_secret(HOME, "spot-token", "token", TOKEN);
}

/// What a person does in the console.
fn in_console<T>(house: &House, act: impl FnOnce(&mut orgkeeper::sandbox::spot::Console<'_>) -> T) -> T {
    let now = house.wall();
    act(&mut house.vendor().console(now))
}

/// Who administers the organization, the operator itself apart.
fn administrators(house: &House) -> Vec<String> {
    let (organization, own) = own(house);
    let vendor = house.vendor();
    let found = vendor.world().administrators(organization).into_iter();
    found.filter(|(user, _)| user.id != own).map(|(_, user)| user.username.clone()).collect()
}

/// Whether the operator itself may do everything.
fn own_administers(house: &House) -> bool {
    let (_, own) = own(house);
    let vendor = house.vendor();
    vendor.world().user(&own).is_some_and(|(_, user)| vendor.world().is_administrator(user))
}

/// Adds a person at the vendor.
fn there(house: &House, name: &str, grants: Grants) -> String {
    let (organization, _) = own(house);
    let details = UserDetails { grants, ..UserDetails::person(&format!("{name}@example.com")) };
    in_console(house, |console| console.create_user(organization, details))
}

fn admin() -> Grants {
    Grants::of(ADMIN, &[])
}

/// A manifest for a person who is there already.
fn adopted(name: &str, changes: Value) -> Value {
    let spec = json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "human": {"email": format!("{name}@example.com")},
        "deletionPolicy": "Delete",
    });
    with(spec, changes)
}

fn of_admin() -> Value {
    json!([{"policyName": "Admin"}])
}

fn jo() -> ObjectRef {
    user_key("jo")
}

fn kim() -> ObjectRef {
    user_key("kim")
}

fn admins() -> ObjectRef {
    group_key("admins")
}

fn start(house: &mut House, objects: &[ObjectRef]) {
    house.start();
    house.until(mins(5), "ready", |house| house.ready(&acme()) && objects.iter().all(|key| house.ready(key)));
    house.run(mins(10));
}

/// How it comes that an administrator would go.
struct Way {
    name: &'static str,
    /// What is there, and what is declared of it.
    begin: fn(&House) -> Vec<ObjectRef>,
    /// What somebody does.
    act: fn(&mut House),
    /// Whose condition asks.
    asks: fn() -> ObjectRef,
    /// What has come to pass once it is confirmed.
    done: fn(&House) -> bool,
}

/// Jo administers by her own policies, and nobody else does.
fn jo_alone(house: &House) -> Vec<ObjectRef> {
    as_machine(house);
    there(house, "jo", admin());
    house.apply(&jo(), &adopted("jo", json!({"policies": of_admin()})));
    vec![jo()]
}

/// Jo administers by a group, and nobody else does.
fn jo_by_group(house: &House, members: &Value, groups: &Value) -> Vec<ObjectRef> {
    as_machine(house);
    there(house, "jo", Grants::default());
    let (organization, _) = own(house);
    let user = house.vendor().world().user_named("jo@example.com").unwrap().0.id.clone();
    in_console(house, |console| {
        let details = GroupDetails { name: "admins".into(), description: String::new(), grants: admin() };
        let id = console.create_group(organization, details);
        console.set_members(&id, &BTreeSet::from([user]));
    });
    let spec = json!({"deletionPolicy": "Delete", "policies": of_admin(), "members": members});
    house.apply(&admins(), &with(group("admins"), spec));
    house.apply(&jo(), &adopted("jo", json!({"userGroups": groups})));
    vec![jo(), admins()]
}

fn owned_by_group(house: &House) -> Vec<ObjectRef> {
    jo_by_group(house, &json!([{"userRef": {"name": "jo"}}]), &Value::Null)
}

fn change(house: &House, key: &ObjectRef, changes: Value) {
    let spec = house.object(key)["spec"].clone();
    house.apply(key, &with(spec, changes));
}

const NOBODY: fn(&House) -> bool = |house| administrators(house).is_empty();
const DELETED: fn(&House) -> bool = |house| house.calls("DELETE") > 0;

fn robot() -> ObjectRef {
    user_key("robot")
}

/// A manifest for the user whose token the operator has.
fn own_is_declared(house: &House) {
    let (_, own) = own(house);
    let email = house.vendor().world().user(&own).unwrap().1.email.clone();
    let spec = json!({"human": {"email": email}, "policies": of_admin()});
    house.apply(&robot(), &adopted("robot", spec));
}

/// Nothing is written for long, another word changes nothing, and the right one lets it through.
fn asks_and_goes_on(house: &mut House, way: &Way) {
    let (name, key) = (way.name, (way.asks)());
    house.vendor().clear_requests();
    (way.act)(house);
    house.until(mins(15), name, |house| house.stalled(&key, "WouldLockOut"));
    let deleting = !house.object(&key)["metadata"]["deletionTimestamp"].is_null();
    let blocked = house.condition(&key, "DeletionBlocked").map(|(_, reason)| reason);
    assert_eq!(blocked.as_deref(), deleting.then_some("WouldLockOut"), "{name}");
    house.run(mins(30));
    let digest = house.digest(&key, "Stalled");
    for word in ["000000000000", "yes", &digest[1..]] {
        house.annotate(&key, &json!({"orgkeeper.dev/confirm": word}));
        house.run(mins(3));
    }
    house.restart();
    house.run(mins(10));
    assert_eq!(house.vendor_writes(), 0, "{name}\n{}", house.describe());
    assert!(!(way.done)(house), "{name}");
    assert!(house.stalled(&key, "WouldLockOut"), "{name}\n{}", house.describe());
    assert_eq!(house.status(&key)["state"], "Asks", "{name}");
    assert_eq!(house.digest(&key, "Stalled"), digest, "{name}: it stands still");
    house.annotate(&key, &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(5), name, way.done);
}

#[test]
pub fn whoever_would_be_locked_out_stays_until_a_person_says_otherwise() {
    for way in ways::WAYS {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let objects = (way.begin)(&house);
        start(&mut house, &objects);
        asks_and_goes_on(&mut house, way);
    }
}

/// A group that makes jo an administrator, which nobody else is, and a policy that does; jo's id, and the own one.
fn administering(house: &House, kind: KindRef) -> (String, String) {
    as_machine(house);
    let jo = there(house, "jo", Grants::default());
    let (organization, _) = own(house);
    let now = house.wall();
    let id = in_console(house, |console| {
        if kind == kinds::USER_GROUP {
            let details =
                GroupDetails { name: "everything".into(), description: String::new(), grants: admin() };
            let id = console.create_group(organization, details);
            console.set_members(&id, &BTreeSet::from([jo.clone()]));
            return id;
        }
        let details = PolicyDetails {
            name: "everything".into(),
            description: String::new(),
            kind: PolicyKind::Organization,
            content: PolicyContent::Statements(vec![Statement::allow(&["*"])]),
            updated_at: now,
        };
        let id = console.create_policy(organization, details);
        console.set_policies(&jo, Grants::of(&id, &[]));
        id
    });
    (jo, id)
}

#[test]
fn who_else_administers_is_told_to_no_other_namespace_than_the_organization_s_own() {
    for kind in [kinds::USER_GROUP, kinds::POLICY] {
        for namespace in [HOME, AWAY] {
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &organization());
            let (jo, id) = administering(&house, kind);
            let key = ObjectRef { kind, namespace: namespace.into(), name: "everything".into() };
            let said = match kind {
                kinds::POLICY => json!([{"effect": "Allow", "actions": ["*"], "resources": ["*"]}]),
                _ => Value::Null,
            };
            let adopt = json!({"policy": "Required", "id": id});
            let spec = json!({"adopt": adopt, "deletionPolicy": "Delete", "statements": said});
            house.apply(&key, &with(group("everything"), spec));
            start(&mut house, std::slice::from_ref(&key));
            house.delete(&key);
            house.until(mins(15), "asks", |house| house.stalled(&key, "WouldLockOut"));
            let told = house.message(&key, "Stalled");
            assert!(told.contains("last administrators of the organization") && told.contains(&id), "{told}");
            let events = house.events(&key).into_iter().map(|event| event.note);
            let all: Vec<String> = events.chain([told, house.message(&key, "DeletionBlocked")]).collect();
            assert_eq!(all.iter().any(|text| text.contains(&jo)), namespace == HOME, "{all:?}");
        }
    }
}

#[test]
fn a_word_for_one_plan_is_none_for_another() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let objects = jo_alone(&house);
    start(&mut house, &objects);
    change(&house, &jo(), json!({"policies": []}));
    house.until(mins(5), "asks", |house| house.stalled(&jo(), "WouldLockOut"));
    let digest = house.digest(&jo(), "Stalled");
    house.vendor().clear_requests();
    // The merge that confirms goes further than what was asked.
    let spec = with(
        house.object(&jo())["spec"].clone(),
        json!({"policies": [{"policyName": "Credit Card Editor"}]}),
    );
    house.apply_with(&jo(), &spec, &json!({"orgkeeper.dev/confirm": digest}));
    house.run(mins(15));
    assert!(house.stalled(&jo(), "WouldLockOut"), "{}", house.describe());
    assert_ne!(house.digest(&jo(), "Stalled"), digest);
    house.delete(&jo());
    house.run(mins(15));
    assert_eq!(house.vendor_writes(), 0, "{}", house.describe());
    assert_eq!(administrators(&house), ["jo@example.com"]);
}

/// Jo and Kim, who both administer, by themselves. What is written shows late, in every read.
fn two(contract: Contract, lag: u64) -> House {
    let mut house = House::new(contract);
    house.vendor().set_lag(Lag { lists: secs(lag).try_into().unwrap(), reads: true });
    house.apply(&acme(), &organization());
    if contract == Contract::Production {
        as_machine(&house);
    }
    for name in ["jo", "kim"] {
        there(&house, name, admin());
        house.apply(&user_key(name), &adopted(name, json!({"policies": of_admin()})));
    }
    house.run(secs(lag));
    start(&mut house, &[jo(), kim()]);
    house
}

fn asking(house: &House) -> usize {
    [jo(), kim()].iter().filter(|key| house.stalled(key, "WouldLockOut")).count()
}

#[test]
pub fn of_two_who_go_at_once_one_remains() {
    for lag in [0, 20] {
        let goes: fn(&House, &ObjectRef) = |house, who| house.delete(who);
        let stays: fn(&House, &ObjectRef) = |house, who| change(house, who, json!({"policies": []}));
        for (one, other) in [(goes, goes), (stays, stays), (goes, stays)] {
            let mut house = two(Contract::Production, lag);
            // Each is judged while the other one's reads are under way.
            house.way.vendors.latency.set(secs(2));
            one(&house, &jo());
            house.run(secs(1));
            other(&house, &kim());
            house.until(mins(15), "one goes, the other asks", |house| {
                administrators(house).len() == 1 && asking(house) == 1
            });
            house.run(mins(60));
            assert_eq!(administrators(&house).len(), 1, "{}", house.describe());
        }
    }
}

#[test]
fn whoever_lost_something_a_moment_ago_is_not_even_asked_about() {
    let mut house = two(Contract::Production, 20);
    let id = house.id(&jo()).unwrap();
    house.vendor().clear_requests();
    change(&house, &jo(), json!({"policies": []}));
    house.until(mins(1), "taken away", |house| house.vendor_writes() == 1);
    house.run(secs(2));
    house.vendor().clear_requests();
    change(&house, &kim(), json!({"policies": []}));
    house.until(secs(15), "kim asks", |house| house.stalled(&kim(), "WouldLockOut"));
    let vendor = house.vendor();
    let paths: Vec<&str> = vendor.requests().entries().map(|entry| entry.path.as_str()).collect();
    assert!(paths.iter().any(|path| path.starts_with("/setup/user/")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.starts_with(&format!("/setup/user/{id}"))), "{paths:?}");
}

#[test]
pub fn a_death_between_two_who_go_leaves_one() {
    for step in 0.. {
        let mut house = two(Contract::Production, 40);
        house.dies_after(step);
        change(&house, &jo(), json!({"policies": []}));
        house.delete(&kim());
        house.run(secs(2));
        let died = house.is_dead();
        house.restart_at_once();
        house.run(mins(30));
        assert_eq!(administrators(&house).len(), 1, "step {step}\n{}", house.describe());
        if !died {
            return;
        }
    }
}

#[test]
fn a_merge_that_swaps_two_ends_as_declared_and_is_never_without_an_administrator() {
    let viewer = json!([{"policyName": "Account Viewer", "allAccounts": true}]);
    for names in [["jo", "kim"], ["kim", "jo"]] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        as_machine(&house);
        there(&house, names[0], admin());
        there(&house, names[1], Grants::of(ACCOUNT_VIEWER, &["*"]));
        house.apply(&user_key(names[0]), &adopted(names[0], json!({"policies": of_admin()})));
        house.apply(&user_key(names[1]), &adopted(names[1], json!({"policies": viewer})));
        start(&mut house, &[jo(), kim()]);
        change(&house, &user_key(names[0]), json!({"policies": viewer}));
        change(&house, &user_key(names[1]), json!({"policies": of_admin()}));
        let end = house.now() + mins(30);
        while house.now() < end {
            house.run(secs(1));
            assert!(!administrators(&house).is_empty(), "{}", house.describe());
        }
        assert_eq!(administrators(&house), [format!("{}@example.com", names[1])]);
        assert!(house.ready(&jo()) && house.ready(&kim()), "{}", house.describe());
    }
}

#[test]
fn what_cannot_be_read_is_not_written() {
    let mut house = two(Contract::Production, 0);
    let reads = Fault {
        method: Some("GET".into()),
        route: Some("/setup/user/{userId}".into()),
        ..Fault::always(FaultKind::ServerError { status: 500, effect: false })
    };
    house.vendor().add_fault(reads);
    house.vendor().clear_requests();
    change(&house, &jo(), json!({"policies": []}));
    house.delete(&kim());
    house.run(mins(30));
    assert_eq!(house.vendor_writes(), 0, "{}", house.describe());
    house.vendor().clear_faults();
    house.until(mins(15), "one goes, the other asks", |house| {
        administrators(house).len() == 1 && asking(house) == 1
    });
}

#[test]
fn a_person_whose_token_the_operator_uses_is_an_administrator_who_remains() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    there(&house, "jo", admin());
    house.apply(&jo(), &adopted("jo", json!({"policies": of_admin()})));
    start(&mut house, &[jo()]);
    house.delete(&jo());
    house.until(mins(1), "gone", |house| !house.exists(&jo()));
    assert!(own_administers(&house));
}

#[test]
fn who_is_no_administrator_goes_unasked() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    there(&house, "kim", admin());
    there(&house, "jo", Grants::of(ACCOUNT_VIEWER, &["*"]));
    house.apply(&jo(), &adopted("jo", json!({})));
    start(&mut house, &[jo()]);
    house.delete(&jo());
    house.until(mins(1), "gone", |house| !house.exists(&jo()));
    assert_eq!(administrators(&house), ["kim@example.com"]);
}

#[test]
fn whoever_stays_in_the_group_is_an_administrator_who_remains() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    let mut objects = owned_by_group(&house);
    there(&house, "kim", Grants::default());
    house.apply(&kim(), &adopted("kim", json!({})));
    objects.push(kim());
    let both = json!([{"userRef": {"name": "jo"}}, {"userRef": {"name": "kim"}}]);
    change(&house, &admins(), json!({"members": both}));
    start(&mut house, &objects);
    assert_eq!(administrators(&house).len(), 2);
    change(&house, &admins(), json!({"members": [{"userRef": {"name": "kim"}}]}));
    house.until(mins(5), "jo is out, unasked", |house| administrators(house) == ["kim@example.com"]);
    house.run(mins(10));
    assert!(house.ready(&admins()), "{}", house.describe());
}
