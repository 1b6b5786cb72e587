//! Policies that are given by their objects.

use super::*;
use crate::support::fragile::BEYOND;
use crate::support::house::secs;
use crate::support::look::{acme, home};
use crate::support::manifests::{AWAY, HOME, account, group, group_key, organization, person, user_key};
use crate::support::people::{group_away, role, user_away};

const MAP: &str = "PUT /setup/user/{userId}/policyMapping";
const NOT_FOUND: &str = "ReferenceNotFoundOrNotAllowed";

fn payments() -> Value {
    json!({"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}})
}

fn open(name: &str) -> Value {
    with(access_policy(name), json!({"allowed": [{"namespaces": payments()}]}))
}

/// Given by the object of that name in the organization's namespace.
fn by(name: &str) -> Value {
    json!({"policies": [{"policyRef": {"name": name, "namespace": HOME}, "allAccounts": true}]})
}

#[test]
fn users_and_groups_are_given_a_policy_by_its_object_as_soon_as_it_has_an_id() {
    let mut house = furnished(Contract::Production, &[]);
    house.forget_requests();
    house.apply(&user_key("jo"), &with(person("jo"), by("reader")));
    house.apply(&group_key("ops"), &with(group("ops"), by("reader")));
    house.until(mins(1), "both wait", |house| {
        house.waits(&user_key("jo"), NOT_FOUND) && house.waits(&group_key("ops"), NOT_FOUND)
    });
    house.apply(&reader(), &with(access_policy("reader"), json!({"suspend": true})));
    house.until(mins(1), "no id yet", |house| house.waits(&user_key("jo"), "DependencyNotReady"));
    house.run(mins(20));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&reader(), &access_policy("reader"));
    house.until(secs(10), "at once", |house| house.ready(&user_key("jo")) && house.ready(&group_key("ops")));
    let id = house.id(&reader()).unwrap();
    assert!(house.user_of(&user_key("jo")).grants.0.contains_key(&id));
    house.stays(&user_key("jo"));
    house.stays(&group_key("ops"));
    // The object knows the id, whatever the policy is called.
    house.forget_requests();
    house.ready_with(&reader(), &access_policy("renamed"));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [PUT]);
}

#[test]
fn a_list_of_policies_with_a_gap_is_not_written() {
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&reader(), &access_policy("reader"));
    house.ready_with(&user_key("jo"), &with(person("jo"), by("reader")));
    house.run(mins(8));
    house.forget_requests();
    // Another in its place: a replaced list would take the first away.
    house.apply(&user_key("jo"), &with(person("jo"), by("later")));
    house.until(mins(1), "waits", |house| house.waits(&user_key("jo"), NOT_FOUND));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&policy_key("later"), &access_policy("later"));
    house.until(secs(10), "at once", |house| house.ready(&user_key("jo")));
    assert_eq!(house.written(), [POST, MAP]);
}

#[test]
fn an_id_that_no_list_shows_yet_is_given() {
    let mut house = furnished(Contract::Production, &[]);
    house.vendor().set_lag(orgkeeper::sandbox::Lag::of_lists(jiff::SignedDuration::from_secs(45)));
    house.apply(&user_key("jo"), &with(person("jo"), by("reader")));
    house.apply(&reader(), &access_policy("reader"));
    house.until(secs(20), "before lists show it", |house| house.ready(&user_key("jo")));
    let id = house.id(&reader()).unwrap();
    assert!(house.user_of(&user_key("jo")).grants.0.contains_key(&id));
}

#[test]
fn other_namespaces_give_what_the_policy_s_object_admits() {
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&policy_key("open"), &open("open"));
    house.ready_with(&policy_key("closed"), &access_policy("closed"));
    house.forget_requests();
    let told = |house: &mut House, name: &str| {
        house.apply(&user_away("jo"), &with(person("jo"), by(name)));
        house.run(secs(5));
        house.until(mins(1), name, |house| house.waits(&user_away("jo"), NOT_FOUND));
        house.message(&user_away("jo"), "Ready").replace(name, "it")
    };
    assert_eq!(told(&mut house, "closed"), told(&mut house, "missing"), "nothing is learnt of it");
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&user_away("jo"), &with(person("jo"), by("open")));
    house.ready_with(&group_away("ops"), &with(group("ops"), by("open")));
    house.run(mins(8));
    house.forget_requests();
    house.apply(&policy_key("open"), &access_policy("open"));
    house.until(mins(4), "withdrawn", |house| {
        house.stalled(&user_away("jo"), "NotAllowed") && house.stalled(&group_away("ops"), "NotAllowed")
    });
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "nothing is taken away");
    house.apply(&policy_key("open"), &open("open"));
    house.until(mins(4), "given again", |house| {
        house.ready(&user_away("jo")) && house.ready(&group_away("ops"))
    });
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn under_max_role_only_policies_of_the_organization_s_namespace_are_given_and_only_in_accounts() {
    let kinds = json!(["SpotAccount", "SpotUser", "SpotUserGroup", "AccessPolicy"]);
    let bounded = json!([
        {"namespaces": {"from": "Same"}, "kinds": kinds},
        {"namespaces": payments(), "kinds": kinds, "maxRole": "Viewer"},
    ]);
    let mut house = furnished(Contract::Production, &[]);
    house.apply(&acme(), &with(organization(), json!({"allowed": bounded})));
    house.ready_with(&crate::support::look::away("own"), &account("own"));
    house.ready_with(&policy_key("open"), &open("open"));
    let own = ObjectRef { namespace: AWAY.into(), ..policy_key("own") };
    house.ready_with(&own, &access_policy("own"));
    house.forget_requests();
    let given =
        |reference: Value, scope: Value| json!({"policies": [with(json!({"policyRef": reference}), scope)]});
    let at_home = || json!({"name": "open", "namespace": HOME});
    let in_own = || json!({"accounts": [{"name": "own"}]});
    let refused = [
        given(json!({"name": "own"}), in_own()),
        given(at_home(), json!({"allAccounts": true})),
        given(at_home(), json!({})),
    ];
    for (index, asked) in refused.iter().enumerate() {
        let key = user_away(&format!("jo{index}"));
        house.apply(&key, &with(person(&key.name), asked.clone()));
        house.run(mins(2));
        assert!(house.waits(&key, NOT_FOUND), "{asked}\n{}", house.describe());
    }
    // Nor is one taken over that is there: nobody can say who has it.
    let there = house.policy("theirs");
    let taken = ObjectRef { namespace: AWAY.into(), ..policy_key("theirs") };
    let adopt = json!({"adopt": {"policy": "Required", "id": there}});
    house.apply(&taken, &with(access_policy("theirs"), adopt));
    house.run(mins(12));
    assert!(house.waits(&taken, NOT_FOUND), "{}", house.describe());
    assert_eq!(house.written(), [""; 0]);
    let spec = with(json!({"human": {"role": "Viewer"}}), given(at_home(), in_own()));
    house.ready_with(&user_away("jo"), &with(person("jo"), spec));
    let id = house.id(&policy_key("open")).unwrap();
    assert!(house.user_of(&user_away("jo")).grants.0.contains_key(&id));
}

#[test]
fn a_reference_to_what_the_contract_cannot_express_is_a_part_that_is_not_supported() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.forget_requests();
    house.apply(&home("other"), &account(BEYOND));
    house.until(mins(1), "beyond", |house| house.waits(&home("other"), "NotTranslatable"));
    let accounts = json!({"accounts": [role("prod", "Editor"), role("other", "Editor")]});
    house.ready_with(&user_key("jo"), &with(person("jo"), accounts));
    let (status, reason) = house.condition(&user_key("jo"), "NotSupported").expect("it is told");
    assert_eq!((status.as_str(), reason.as_str()), ("True", "NotSupportedByContract"));
    assert!(house.message(&user_key("jo"), "NotSupported").contains("accounts[other]"));
    house.stays(&user_key("jo"));
    house.apply(&home("other"), &account("other"));
    house.until(secs(10), "at once", |house| {
        house.ready(&user_key("jo")) && house.condition(&user_key("jo"), "NotSupported").is_none()
    });
    let roles = house.user_of(&user_key("jo")).account_roles;
    assert!(roles.contains_key(&house.id(&home("other")).unwrap()), "{roles:?}");
}
