//! Users and groups as the engine sees them: what they point to, what they ask for, and who may name them.

use orgkeeper::api::GROUP;
use orgkeeper::api::grant::{Asker, Power};
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::policy::CommonSpec;
use orgkeeper::api::reference::Pointer;
use orgkeeper::api::spot::{
    AccessPolicy, AccountRole, GrantsPolicy, Role, Scope, SpotAccount, SpotOrganization, SpotUser,
    SpotUserGroup, Subject,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An object of namespace `payments` whose organization is in namespace `platform`, unless `spec` says otherwise.
fn object<K: Managed + DeserializeOwned>(spec: &Value) -> K {
    let mut whole = json!({"organizationRef": {"name": "acme", "namespace": "platform"}});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": K::KIND.name(),
        "metadata": {"name": "object", "namespace": "payments"},
        "spec": whole,
    }))
    .unwrap()
}

fn person(extra: &Value) -> SpotUser {
    let mut spec = json!({"human": {"email": "jo@example.com"}});
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    object(&spec)
}

fn machine(extra: &Value) -> SpotUser {
    let target = json!({"name": "ci-token", "key": "token"});
    let mut spec = json!({"programmatic": {"name": "ci", "writeTokenTo": target}});
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    object(&spec)
}

fn group(extra: &Value) -> SpotUserGroup {
    let mut spec = json!({"name": "developers"});
    spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    object(&spec)
}

fn shown(pointers: &[Pointer<'_>]) -> Vec<String> {
    let shown = |pointer: &Pointer<'_>| {
        let namespace = pointer.namespace.unwrap_or("-");
        let power = match pointer.power {
            Power::None => "none",
            Power::Role(role) => role.name,
            Power::Unbounded => "unbounded",
        };
        format!("{} {namespace}/{} {power}", pointer.kind, pointer.name)
    };
    pointers.iter().map(shown).collect()
}

#[test]
fn a_person_and_a_machine_user_say_who_they_are() {
    let jo = person(&json!({}));
    assert!(matches!(jo.spec.subject(), Some(Subject::Human(human)) if human.email == "jo@example.com"));
    assert_eq!(*jo.common_spec(), CommonSpec::default());
    assert_eq!(jo.spec.grants, GrantsPolicy::Exclusive);
    assert_eq!(jo.organization_ref().unwrap().namespace.as_deref(), Some("platform"));
    assert_eq!((jo.secret_refs().len(), jo.token_target(), jo.token_status()), (0, None, None));

    let ci = machine(&json!({}));
    assert!(matches!(ci.spec.subject(), Some(Subject::Programmatic(machine)) if machine.name == "ci"));
    let target = ci.token_target().unwrap();
    assert_eq!((target.name.as_str(), target.key.as_str()), ("ci-token", "token"));
    assert_eq!(ci.secret_refs().len(), 0, "the Secret of the token is written, not read");

    let nobody: SpotUser = object(&json!({}));
    assert_eq!(nobody.spec.subject(), None);
}

#[test]
fn policies_are_told_in_a_line_each_once_and_counted_where_there_is_no_room() {
    let by_name = |name: &str| json!({"policyName": name, "allAccounts": true});
    let line = |policies: Value| {
        let (user, group) =
            (person(&json!({"policies": policies.clone()})), group(&json!({"policies": policies})));
        assert_eq!(user.policies(), group.policies());
        user.policies()
    };
    assert_eq!((line(Value::Null), line(json!([]))), (None, None));
    let by_id = json!({"policyId": "3"});
    let several = json!([by_name("Account Viewer"), {"policyRef": {"name": "auditor"}}, by_id, by_id]);
    assert_eq!(line(several).as_deref(), Some("Account Viewer, auditor, 3"));
    let long = "x".repeat(60);
    let many = json!([by_name(&long), by_name("a"), by_name("b"), by_name("c")]);
    assert_eq!(line(many), Some(format!("{long}, a and 2 more")));
    let longer = "\u{fc}".repeat(255);
    let cut = line(json!([by_name(&longer), by_name("a")])).unwrap();
    assert!(cut.ends_with("\u{fc} and 1 more") && cut.len() < 128, "{cut}");
}

#[test]
fn a_password_is_read_from_a_secret() {
    let secret = json!({"name": "jo", "key": "password"});
    let jo = person(&json!({"human": {"email": "jo@example.com", "passwordSecretRef": secret}}));
    let secrets: Vec<_> = jo.secret_refs().iter().map(|one| (one.name.as_str(), one.key.as_str())).collect();
    assert_eq!(secrets, [("jo", "password")]);
}

#[test]
fn absent_and_empty_are_two_things() {
    for list in ["accounts", "policies", "userGroups", "allowed"] {
        let written = |user: SpotUser| serde_json::to_value(user).unwrap()["spec"].get(list).cloned();
        assert_eq!(written(person(&json!({}))), None, "{list}");
        assert_eq!(written(person(&json!({list: []}))), Some(json!([])), "{list}");
    }
    for list in ["members", "policies", "allowed"] {
        let written = |group: SpotUserGroup| serde_json::to_value(group).unwrap()["spec"].get(list).cloned();
        assert_eq!(written(group(&json!({}))), None, "{list}");
        assert_eq!(written(group(&json!({list: []}))), Some(json!([])), "{list}");
    }
}

#[test]
fn a_user_points_to_its_accounts_and_groups() {
    let jo = person(&json!({
        "accounts": [
            {"accountRef": {"name": "a"}, "role": "Viewer"},
            {"accountRef": {"name": "b", "namespace": "platform"}, "role": "Editor"},
            {"accountRef": {"id": "act-1a2b3c4d"}, "role": "Editor"},
        ],
        "userGroups": [{"groupRef": {"name": "g", "namespace": "platform"}}, {"userGroupId": "ugr-1a2b3c4d"}],
    }));
    assert_eq!(
        shown(&jo.pointers()),
        ["SpotAccount -/a Viewer", "SpotAccount platform/b Editor", "SpotUserGroup platform/g none"]
    );
    let ci = machine(&json!({"policies": [
        {"policyId": "3", "accounts": [{"name": "a"}, {"id": "act-1a2b3c4d"}]},
        {"policyName": "Account Editor", "allAccounts": true},
        {"policyId": "2", "accounts": [{"name": "b", "namespace": "platform"}]},
        {"policyRef": {"name": "p"}, "accounts": [{"name": "c"}]},
        {"policyRef": {"name": "q", "namespace": "platform"}},
    ]}));
    assert_eq!(
        shown(&ci.pointers()),
        [
            "AccessPolicy -/p none",
            "AccessPolicy platform/q none",
            "SpotAccount -/a unbounded",
            "SpotAccount platform/b unbounded",
            "SpotAccount -/c unbounded",
        ]
    );
    assert_eq!(person(&json!({})).pointers(), []);
}

#[test]
fn a_group_points_to_its_members_and_accounts() {
    let developers = group(&json!({
        "members": [{"userRef": {"name": "jo"}}, {"userRef": {"name": "ci", "namespace": "platform"}}, {"userId": "u-1a2b3c4d"}],
        "policies": [{"policyId": "3", "accounts": [{"name": "a"}]}, {"policyId": "4"}, {"policyRef": {"name": "p"}}],
    }));
    assert_eq!(
        shown(&developers.pointers()),
        [
            "SpotUser -/jo none",
            "SpotUser platform/ci none",
            "AccessPolicy -/p none",
            "SpotAccount -/a unbounded"
        ]
    );
}

#[test]
fn a_group_decides_its_members_only_where_it_lists_them() {
    let listing = group(&json!({"members": []}));
    assert!(listing.decides(SpotUser::KIND) && !listing.decides(AccessPolicy::KIND));
    assert!(!group(&json!({})).decides(SpotUser::KIND));
    assert!(!person(&json!({"userGroups": []})).decides(SpotUser::KIND));
}

#[test]
fn the_roles_are_in_order() {
    let powers =
        [Power::None, Role::Viewer.power(), Role::Editor.power(), Role::Admin.power(), Power::Unbounded];
    assert!(powers.is_sorted_by(|one, next| one < next), "{powers:?}");
    assert_eq!(AccountRole::Viewer.power(), Role::Viewer.power());
    assert_eq!(AccountRole::Editor.power(), Role::Editor.power());
}

#[test]
fn the_power_of_a_user_is_the_highest_that_it_asks_for() {
    let at_home = |scope: &Value| {
        let mut grant = scope.clone();
        grant["policyRef"] = json!({"name": "p", "namespace": "platform"});
        json!({"policies": [grant]})
    };
    let role = |role: &str| json!({"email": "jo@example.com", "role": role});
    let account = |role: &str| json!({"accountRef": {"name": "a"}, "role": role});
    let table = [
        (json!({}), Power::None),
        (json!({"accounts": [], "policies": null, "userGroups": []}), Power::None),
        (json!({"human": role("Viewer")}), Role::Viewer.power()),
        (json!({"human": role("Admin")}), Role::Admin.power()),
        (json!({"accounts": [account("Viewer")]}), Role::Viewer.power()),
        (
            json!({"accounts": [account("Viewer"), account("Editor"), account("Viewer")]}),
            Role::Editor.power(),
        ),
        (json!({"human": role("Viewer"), "accounts": [account("Editor")]}), Role::Editor.power()),
        (json!({"human": role("Admin"), "accounts": [account("Viewer")]}), Role::Admin.power()),
        // What no role bounds.
        (json!({"policies": [{"policyId": "3", "accounts": [{"name": "a"}]}]}), Power::Unbounded),
        (json!({"policies": [{"policyName": "Account Viewer", "allAccounts": true}]}), Power::Unbounded),
        (json!({"policies": [{"policyId": "pol-1a2b3c4d"}]}), Power::Unbounded),
        // A policy that the organization's keeper wrote, for accounts that are asked themselves.
        (at_home(&json!({"accounts": [{"name": "a"}]})), Power::None),
        (
            json!({
                "organizationRef": {"name": "acme"},
                "policies": [{"policyRef": {"name": "p"}, "accounts": [{"name": "a"}]}],
                "human": role("Viewer"),
            }),
            Role::Viewer.power(),
        ),
        (at_home(&json!({"allAccounts": true})), Power::Unbounded),
        (at_home(&json!({})), Power::Unbounded),
        (json!({"policies": [{"policyRef": {"name": "p"}, "accounts": [{"name": "a"}]}]}), Power::Unbounded),
        (
            json!({"policies": [
                {"policyRef": {"name": "p", "namespace": "platform"}, "accounts": [{"name": "a"}]},
                {"policyId": "3", "accounts": [{"name": "a"}]},
            ]}),
            Power::Unbounded,
        ),
        // What somebody who exists may do, nobody can say.
        (json!({"adopt": {"policy": "Required", "id": "u-1a2b3c4d"}}), Power::Unbounded),
        (json!({"policies": []}), Power::None),
        (json!({"userGroups": [{"userGroupId": "ugr-1a2b3c4d"}]}), Power::Unbounded),
        // A group counts where the organization is, and nowhere else.
        (json!({"userGroups": [{"groupRef": {"name": "g", "namespace": "platform"}}]}), Power::None),
        (json!({"userGroups": [{"groupRef": {"name": "g"}}]}), Power::Unbounded),
        (
            json!({"userGroups": [{"groupRef": {"name": "g", "namespace": "platform"}}, {"groupRef": {"name": "g"}}]}),
            Power::Unbounded,
        ),
        (
            json!({"organizationRef": {"name": "acme"}, "userGroups": [{"groupRef": {"name": "g"}}]}),
            Power::None,
        ),
        (
            json!({"organizationRef": {"name": "acme"}, "userGroups": [{"groupRef": {"name": "g", "namespace": "platform"}}]}),
            Power::Unbounded,
        ),
    ];
    for (spec, power) in table {
        assert_eq!(person(&spec).power(), power, "{spec}");
    }
}

/// What is taken over already asks for no more than its manifest does: a bound that was lifted for it can be set again.
#[test]
fn what_an_object_stands_for_already_asks_for_no_power() {
    let adopts = json!({"adopt": {"policy": "Required", "id": "u-1a2b3c4d"}, "human": {
        "email": "jo@example.com", "role": "Viewer",
    }});
    let mut user = person(&adopts);
    assert_eq!(user.power(), Power::Unbounded);
    for (id, power) in [("u-1a2b3c4d", Role::Viewer.power()), ("u-5e6f7a8b", Power::Unbounded)] {
        user.status = serde_json::from_value(json!({"id": id})).unwrap();
        assert_eq!(user.power(), power, "{id}");
    }
}

#[test]
fn the_power_of_a_group_has_no_bound_once_it_has_policies() {
    assert_eq!(group(&json!({"members": [{"userId": "u-1a2b3c4d"}]})).power(), Power::None);
    assert_eq!(group(&json!({"policies": []})).power(), Power::Unbounded);
    let adopts = json!({"adopt": {"policy": "Required", "id": "ugr-1a2b3c4d"}});
    assert_eq!(group(&adopts).power(), Power::Unbounded, "who is in it gets what it has");
    assert_eq!(group(&json!({"policies": [{"policyId": "3"}]})).power(), Power::Unbounded);
    let at_home = json!({"policyRef": {"name": "p", "namespace": "platform"}, "accounts": [{"name": "a"}]});
    assert_eq!(group(&json!({"policies": [at_home]})).power(), Power::Unbounded);
}

#[test]
fn an_account_by_its_id_is_told_from_one_by_its_name() {
    let role = |account: Value| json!({"accounts": [{"accountRef": account, "role": "Viewer"}]});
    let policy =
        |account: Value| json!({"policies": [{"policyId": "3", "accounts": [{"name": "a"}, account]}]});
    let (name, id) = (json!({"name": "a"}), json!({"id": "act-1a2b3c4d"}));
    assert!(!person(&role(name.clone())).names_by_id() && !person(&policy(name.clone())).names_by_id());
    assert!(person(&role(id.clone())).names_by_id() && person(&policy(id.clone())).names_by_id());
    assert!(!group(&policy(name)).names_by_id() && group(&policy(id)).names_by_id());
    let membership = json!({"userGroups": [{"userGroupId": "ugr-1a2b3c4d"}]});
    let member = json!({"members": [{"userId": "u-1a2b3c4d"}]});
    assert!(person(&membership).names_by_id() && group(&member).names_by_id());
}

#[test]
fn a_policy_is_given_for_accounts_for_all_of_them_or_for_the_organization() {
    let ci = machine(&json!({"policies": [
        {"policyId": "3", "accounts": [{"name": "a"}]},
        {"policyId": "3", "allAccounts": true},
        {"policyId": "3"},
    ]}));
    let policies = ci.spec.policies.unwrap();
    let scopes: Vec<Scope<'_>> = policies.iter().map(orgkeeper::api::spot::PolicyGrant::scope).collect();
    assert!(
        matches!(scopes[..], [Scope::Accounts([_]), Scope::AllAccounts, Scope::Organization]),
        "{scopes:?}"
    );
}

fn admits<R: Managed>(target: &R, kind: &'static str, namespace: &str, power: Power) -> bool {
    target.admits(&Asker { kind: KindRef::bare(GROUP, kind), namespace, labels: &BTreeMap::new(), power })
}

#[test]
fn a_grant_admits_up_to_its_highest_role() {
    let connection = json!({"tokenSecretRef": {"name": "spot-token", "key": "token"}});
    let organization = |allowed: Value| -> SpotOrganization {
        object(&json!({"organizationId": "1", "connection": connection, "allowed": allowed}))
    };
    let account = |allowed: Value| -> SpotAccount { object(&json!({"name": "a", "allowed": allowed})) };
    let up_to = |role: &str| json!([{"kinds": ["SpotUser"], "maxRole": role, "namespaces": {"from": "All"}}]);
    let powers =
        [Power::None, Role::Viewer.power(), Role::Editor.power(), Role::Admin.power(), Power::Unbounded];
    for (role, admitted) in [("Viewer", 2), ("Editor", 3), ("Admin", 4)] {
        let target = organization(up_to(role));
        for (index, power) in powers.into_iter().enumerate() {
            assert_eq!(admits(&target, "SpotUser", "search", power), index < admitted, "{role} {power:?}");
            assert!(!admits(&target, "SpotUserGroup", "search", power), "{role} {power:?}");
        }
    }
    for (role, admitted) in [("Viewer", 2), ("Editor", 3)] {
        let target = account(up_to(role));
        for (index, power) in powers.into_iter().enumerate() {
            assert_eq!(admits(&target, "SpotUser", "search", power), index < admitted, "{role} {power:?}");
            assert!(!admits(&target, "SpotUserGroup", "search", power), "{role} {power:?}");
        }
    }
    let open = json!([{"kinds": ["SpotUser", "SpotUserGroup"], "namespaces": {"from": "All"}}]);
    for kind in ["SpotUser", "SpotUserGroup"] {
        assert!(admits(&organization(open.clone()), kind, "search", Power::Unbounded));
        assert!(admits(&account(open.clone()), kind, "search", Power::Unbounded));
    }
}

/// The own namespace is bound by a grant that names it as any other is.
#[test]
fn the_highest_role_of_one_entry_is_not_that_of_another() {
    let account: SpotAccount = object(&json!({"name": "a", "allowed": [
        {"kinds": ["SpotUser"], "maxRole": "Viewer", "namespaces": {"from": "All"}},
        {"kinds": ["SpotUser"], "maxRole": "Editor", "namespaces": {"from": "Same"}},
    ]}));
    assert!(admits(&account, "SpotUser", "payments", Role::Editor.power()));
    assert!(!admits(&account, "SpotUser", "search", Role::Editor.power()));
    assert!(admits(&account, "SpotUser", "search", Role::Viewer.power()));
    assert!(!admits(&account, "SpotUser", "payments", Power::Unbounded));
    let closed: SpotAccount = object(&json!({"name": "a"}));
    assert!(admits(&closed, "SpotUser", "payments", Power::Unbounded));
    assert!(!admits(&closed, "SpotUser", "search", Power::None));
}

#[test]
fn users_and_groups_admit_each_other() {
    let everywhere = json!({"allowed": [{"namespaces": {"from": "All"}}]});
    let (jo, developers) = (person(&json!({})), group(&json!({})));
    let (open_jo, open_developers) = (person(&everywhere), group(&everywhere));
    for (namespace, open) in [("payments", true), ("search", false)] {
        assert_eq!(admits(&jo, "SpotUserGroup", namespace, Power::None), open);
        assert_eq!(admits(&developers, "SpotUser", namespace, Power::None), open);
        assert!(admits(&open_jo, "SpotUserGroup", namespace, Power::None));
        assert!(admits(&open_developers, "SpotUser", namespace, Power::None));
        // Nobody else refers to them.
        assert!(!admits(&open_jo, "SpotUser", namespace, Power::None));
        assert!(!admits(&open_developers, "SpotAccount", namespace, Power::None));
    }
    let nobody = json!({"allowed": []});
    assert!(!admits(&person(&nobody), "SpotUserGroup", "payments", Power::None));
    assert!(!admits(&group(&nobody), "SpotUser", "payments", Power::None));
}

#[test]
fn the_status_of_a_user_is_flat() {
    let status = json!({
        "observedGeneration": 2,
        "id": "pu-1a2b3c4d",
        "origin": "Created",
        "conditions": [],
        "token": {
            "secret": "ci-token",
            "fingerprint": "abc",
            "notReturned": true,
            "madeAgainFor": 2,
            "lastHandledRotateAt": "monday",
            "rotation": {"requested": "tuesday", "since": "2026-01-02T03:04:05Z", "key": "abc", "seen": ["pu-1a2b3c4d"],
                "oldId": "pu-1a2b3c4d", "switchedAt": "2026-01-02T03:04:06Z"},
        },
    });
    let mut ci = machine(&json!({}));
    ci.status = Some(serde_json::from_value(status.clone()).unwrap());
    assert_eq!(ci.common_status().id.as_deref(), Some("pu-1a2b3c4d"));
    assert_eq!(ci.token_status().unwrap().made_again_for, Some(2));
    let mut written = serde_json::to_value(ci.status.unwrap()).unwrap();
    written["conditions"] = json!([]);
    assert_eq!(written, status);
}
