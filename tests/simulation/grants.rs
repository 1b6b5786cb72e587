//! Grants: what is given, what is left to others, and by how many calls.

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{group, group_key, machine, person, user_key, with};
use crate::support::people::{furnished, organization_id, role};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{ADMIN, AccountRole, Contract, Grants, GroupDetails, UserDetails};
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ATTACH: &str = "POST /setup/account/{accountId}/user";
const CHANGE: &str = "PUT /setup/account/{accountId}/user";
const DETACH: &str = "DELETE /setup/account/{accountId}/user";
const POLICIES: &str = "PUT /setup/user/{userId}/policyMapping";
const GROUPS: &str = "PUT /setup/user/{userId}/userGroupMapping";
const GROUP_POLICIES: &str = "PUT /setup/access/userGroup/{userGroupId}/policyMapping";

/// A group that no manifest declares.
fn theirs(house: &House, name: &str) -> String {
    let details = GroupDetails { name: name.to_owned(), ..GroupDetails::default() };
    house.by_hand(|console| console.create_group(organization_id(), details))
}

/// Somebody who is there, with a role, a policy and a group.
fn jo(house: &House) -> (String, String) {
    let group = theirs(house, "theirs");
    let dev = house.id(&home("dev")).unwrap();
    let mut details = UserDetails::person("jo@example.com");
    details.account_roles.insert(dev.clone(), AccountRole::Editor);
    // Not on the same account: who is detached from one loses the policies there, too.
    let prod = house.id(&home("prod")).unwrap();
    details.grants = Grants::of("5", &[&prod]);
    details.grants.add("3", [&prod]);
    details.groups.insert(group.clone());
    (house.by_hand(|console| console.create_user(organization_id(), details)), group)
}

/// Only the address, and what is given besides.
fn only_email(lists: Value) -> Value {
    let organization = person("jo")["organizationRef"].clone();
    with(json!({"organizationRef": organization, "human": {"email": "jo@example.com"}}), lists)
}

/// A policy on an account.
fn on(policy: &str, account: &str) -> Value {
    json!({"policyName": policy, "accounts": [{"name": account}]})
}

/// Writes the edit and tells which calls it took; then nothing more is written.
#[track_caller]
fn edit(house: &mut House, key: &ObjectRef, spec: &Value) -> Vec<String> {
    house.forget_requests();
    house.apply(key, spec);
    house.run(secs(2));
    house.until(mins(3), "ready", |house| house.ready(key));
    house.stays(key);
    house.written()
}

#[test]
fn an_absent_list_is_left_alone_and_an_empty_one_means_none() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    jo(&house);
    let before = {
        let written = edit(&mut house, &user_key("jo"), &only_email(json!({})));
        assert_eq!(written, [""; 0]);
        house.user_of(&user_key("jo"))
    };
    assert!(!before.account_roles.is_empty() && !before.grants.0.is_empty() && !before.groups.is_empty());
    for (list, call) in [("accounts", DETACH), ("userGroups", GROUPS)] {
        assert_eq!(edit(&mut house, &user_key("jo"), &only_email(json!({list: []}))), [call], "{list}");
    }
    let left = house.user_of(&user_key("jo"));
    assert_eq!(left.grants, before.grants);
    assert_eq!(edit(&mut house, &user_key("jo"), &only_email(json!({"policies": []}))), [POLICIES]);
    let left = house.user_of(&user_key("jo"));
    assert!(left.account_roles.is_empty() && left.grants.0.is_empty() && left.groups.is_empty(), "{left:?}");
}

#[test]
fn a_list_that_is_declared_later_is_an_edit_also_of_somebody_who_was_taken_over() {
    for policy in ["Correct", "Report"] {
        let mut house = furnished(Contract::Production, &["prod", "dev"]);
        let (id, _) = jo(&house);
        let spec = |lists: Value| only_email(with(lists, json!({"driftPolicy": policy})));
        edit(&mut house, &user_key("jo"), &spec(json!({})));
        let lists = spec(json!({"accounts": [role("prod", "Viewer")]}));
        let mut written = edit(&mut house, &user_key("jo"), &lists);
        written.sort();
        assert_eq!(written, [DETACH, ATTACH], "{policy}\n{}", house.describe());
        assert_eq!(house.reasons(&user_key("jo")), ["Adopted", "Updated"], "{policy}\n{}", house.describe());
        // From now on it is somebody else's doing.
        let dev = house.id(&home("dev")).unwrap();
        house.by_hand(|console| {
            console.change_user(&id, |details| {
                details.account_roles.insert(dev.clone(), AccountRole::Editor);
            })
        });
        house.annotate(&user_key("jo"), &json!({"orgkeeper.dev/reconcile-requested-at": "now"}));
        let told = if policy == "Report" { "Drifted" } else { "DriftCorrected" };
        house.until(mins(5), told, |house| house.reasons(&user_key("jo")).contains(&told));
    }
}

#[test]
fn additive_leaves_what_somebody_granted_besides_and_takes_back_its_own() {
    let mut house = furnished(Contract::Production, &["prod", "dev", "test"]);
    let (_, group) = jo(&house);
    let ours = theirs(&house, "ours");
    let before = only_email(json!({}));
    edit(&mut house, &user_key("jo"), &before);
    let by_hand = house.user_of(&user_key("jo"));
    let lists = [
        (json!({"accounts": [role("test", "Viewer")]}), json!({"accounts": []}), ATTACH, DETACH),
        (json!({"policies": [on("Ocean Full Access", "dev")]}), json!({"policies": []}), POLICIES, POLICIES),
        (json!({"userGroups": [{"userGroupId": ours}]}), json!({"userGroups": []}), GROUPS, GROUPS),
    ];
    for (given, none, give, take) in lists {
        let additive = |list: Value| only_email(with(list, json!({"grants": "Additive"})));
        assert_eq!(edit(&mut house, &user_key("jo"), &additive(given.clone())), [give], "{given}");
        let now = house.user_of(&user_key("jo"));
        assert_ne!(now, by_hand, "{given}");
        assert!(now.groups.contains(&group));
        assert_eq!(edit(&mut house, &user_key("jo"), &additive(none)), [take], "{given}");
        assert_eq!(house.user_of(&user_key("jo")), by_hand, "{given}");
    }
}

#[test]
fn each_edit_of_one_grant_is_one_call() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    for name in ["a", "b"] {
        house.ready_with(&group_key(name), &group(name));
    }
    let jo = |accounts: Value, group: &str| {
        with(person("jo"), json!({"accounts": accounts, "userGroups": [{"groupRef": {"name": group}}]}))
    };
    let (prod, dev) = (role("prod", "Viewer"), role("dev", "Editor"));
    house.ready_with(&user_key("jo"), &jo(json!([prod, dev]), "a"));
    let steps: [(Value, &[&str]); 5] = [
        (jo(json!([prod, dev]), "b"), &[GROUPS]),
        (jo(json!([role("prod", "Editor"), dev]), "b"), &[CHANGE]),
        (jo(json!([role("prod", "Editor")]), "b"), &[DETACH]),
        (jo(json!([role("prod", "Editor"), dev]), "b"), &[ATTACH]),
        (jo(json!([dev, role("prod", "Editor")]), "b"), &[]),
    ];
    for (spec, calls) in steps {
        assert_eq!(edit(&mut house, &user_key("jo"), &spec), calls, "{spec}");
    }
    let b = house.id(&group_key("b")).unwrap();
    assert_eq!(Vec::from_iter(house.user_of(&user_key("jo")).groups), [b]);
}

#[test]
fn policies_are_given_by_id_and_name_for_accounts_for_all_and_for_the_organization() {
    let mut house = furnished(Contract::Production, &["prod", "dev"]);
    let (deployer, auditor) = (house.policy("Deployer"), house.policy("Auditor"));
    let (prod, dev) = (house.id(&home("prod")).unwrap(), house.id(&home("dev")).unwrap());
    let policies = json!([
        {"policyName": "Deployer", "accounts": [{"name": "prod"}, {"id": dev}]},
        {"policyId": auditor, "allAccounts": true},
        {"policyId": "6"},
    ]);
    let expected: [(&str, Vec<&str>); 3] =
        [(&deployer, vec![&prod, &dev]), (&auditor, vec!["*"]), ("6", vec![])];
    let expected: Vec<(String, Vec<String>)> = expected
        .into_iter()
        .map(|(id, accounts)| {
            let mut accounts: Vec<String> = accounts.into_iter().map(str::to_owned).collect();
            accounts.sort();
            (id.to_owned(), accounts)
        })
        .collect();
    let given = |grants: &Grants| {
        for (policy, accounts) in &expected {
            assert_eq!(Vec::from_iter(grants.0[policy].clone()), *accounts, "{grants:?}");
        }
        // Besides, the Account Viewer that goes with them.
        assert!(
            grants.0.keys().all(|id| id == "3" || expected.iter().any(|(one, _)| one == id)),
            "{grants:?}"
        );
    };
    let lists = json!({"policies": policies, "accounts": null});
    let users =
        [("jo", with(person("jo"), lists.clone())), ("ci", with(machine("ci", "prod"), lists.clone()))];
    for (name, spec) in users {
        house.ready_with(&user_key(name), &spec);
        given(&house.user_of(&user_key(name)).grants);
        house.stays(&user_key(name));
    }
    house.ready_with(&group_key("ops"), &with(group("ops"), json!({"policies": policies})));
    let id = house.id(&group_key("ops")).unwrap();
    given(&house.vendor().world().group(&id).unwrap().1.grants);
    house.stays(&group_key("ops"));
}

#[test]
fn the_implied_viewer_is_no_drift_and_goes_with_the_last_grant_in_one_call() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = house.id(&home("prod")).unwrap();
    let grant = json!({"policies": [on("Ocean Full Access", "prod")], "accounts": null});
    let none = json!({"policies": [], "accounts": null});
    let both = BTreeMap::from(["3", "5"].map(|policy| (policy.to_owned(), [prod.clone()].into())));
    let subjects = [
        (user_key("jo"), person("jo"), POLICIES),
        (user_key("ci"), machine("ci", "prod"), POLICIES),
        (group_key("ops"), group("ops"), GROUP_POLICIES),
    ];
    for (key, spec, call) in subjects {
        let grants = |house: &House| {
            let id = house.id(&key).unwrap();
            let vendor = house.vendor();
            let world = vendor.world();
            let group = world.group(&id).map(|(_, details)| details.grants.clone());
            group.unwrap_or_else(|| world.user(&id).unwrap().1.grants.clone())
        };
        house.ready_with(&key, &with(spec.clone(), grant.clone()));
        house.stays(&key);
        assert_eq!(grants(&house).0, both, "{key}");
        assert_eq!(edit(&mut house, &key, &with(spec, none.clone())), [call], "{key}");
        assert_eq!(grants(&house).0, BTreeMap::new(), "{key}");
    }
    // A machine user's last role is such a grant, too.
    house.ready_with(&user_key("bot"), &machine("bot", "prod"));
    house.stays(&user_key("bot"));
    let no_roles = with(machine("bot", "prod"), json!({"accounts": []}));
    assert_eq!(edit(&mut house, &user_key("bot"), &no_roles), [POLICIES]);
    assert_eq!(house.user_of(&user_key("bot")).grants, Grants::default());
}

#[test]
fn what_comes_with_a_role_in_the_organization_is_no_difference() {
    for role in ["Viewer", "Editor", "Admin"] {
        for list in ["accounts", "policies"] {
            let mut house = furnished(Contract::Production, &["prod"]);
            house.forget_requests();
            let spec = with(person("jo"), json!({"human": {"role": role}, list: []}));
            house.ready_with(&user_key("jo"), &spec);
            let created = house.user_of(&user_key("jo"));
            house.stays(&user_key("jo"));
            assert_eq!(house.written(), ["POST /setup/user"], "{role} {list}\n{}", house.describe());
            assert_eq!(house.user_of(&user_key("jo")), created);
            assert!(!created.account_roles.is_empty() || !created.grants.0.is_empty());
        }
    }
    // What does not come with the role is one.
    let mut house = furnished(Contract::Production, &["prod"]);
    house.administrator();
    house.ready_with(&user_key("jo"), &with(person("jo"), json!({"policies": []})));
    house.run(mins(8));
    let id = house.id(&user_key("jo")).unwrap();
    house.by_hand(|console| {
        // Somebody who administers besides the operator, so that jo is not the last one.
        let grants = Grants::of(ADMIN, &[]);
        let boss = UserDetails { grants, ..UserDetails::person("boss@example.com") };
        console.create_user(organization_id(), boss);
        console.change_user(&id, |user| user.grants.add("1", [""; 0]))
    });
    house.until(mins(12), "taken away", |house| house.user_of(&user_key("jo")).grants.0.is_empty());
}

#[test]
fn a_role_on_the_oldest_account_is_kept_as_declared() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let oldest = house.vendor().world().oldest_account(organization_id()).unwrap().id.clone();
    let with_role =
        |role: &str| with(person("jo"), json!({"accounts": [{"accountRef": {"id": oldest}, "role": role}]}));
    house.ready_with(&user_key("jo"), &with_role("Editor"));
    house.stays(&user_key("jo"));
    assert_eq!(house.user_of(&user_key("jo")).account_roles[&oldest], AccountRole::Editor);
    assert_eq!(edit(&mut house, &user_key("jo"), &with_role("Viewer")), [CHANGE]);
    // The link that the creation made is nobody's business.
    assert_eq!(edit(&mut house, &user_key("jo"), &with(person("jo"), json!({"accounts": []}))), [""; 0]);
}

#[test]
fn when_one_of_several_calls_fails_only_the_others_are_made_again() {
    let accounts = ["a", "b", "c"];
    let mut house = furnished(Contract::Production, &accounts);
    house.ready_with(&user_key("jo"), &person("jo"));
    house.run(mins(8));
    house.forget_requests();
    house.vendor().add_fault(Fault {
        skip: 1,
        ..Fault::once(
            &"POST".parse().unwrap(),
            "/setup/account/{accountId}/user",
            FaultKind::TooManyRequests { reset_seconds: 3 },
        )
    });
    let roles: Vec<Value> = accounts.iter().map(|account| role(account, "Editor")).collect();
    house.apply(&user_key("jo"), &with(person("jo"), json!({"accounts": roles})));
    house.run(mins(5));
    assert!(house.ready(&user_key("jo")), "{}", house.describe());
    // The one that had an effect, the one that was refused, and the two that were missing.
    assert_eq!(house.written(), [ATTACH; 4], "{}", house.describe());
}
