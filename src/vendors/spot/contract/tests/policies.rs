//! Access policies.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::*;
use super::sent;
use crate::engine::base::error::Failure;
use crate::vendors::spot::client::request::Subject;
use crate::vendors::spot::policy::decode::policy;
use crate::vendors::spot::policy::model::{
    NewPolicy, Permission, PolicyContent, PolicyEffect, PolicyMember, PolicyType, PolicyUpdate, Statement,
};
use crate::vendors::spot::policy::requests;

const ALL: &str = "/setup/access/policy";
const ONE: &str = "/setup/access/policy/{policyId}";

fn statements() -> PolicyContent {
    let deny = Statement {
        effect: PolicyEffect::Deny,
        actions: vec!["ocean:delete*".into()],
        resources: vec!["o-1".into()],
        condition: Some(json!({"StringEquals": {"spot:ocean:name": ["a", "b"]}})),
    };
    let allow = Statement {
        effect: PolicyEffect::Allow,
        actions: vec!["ocean:*".into(), "elastigroup:describe*".into()],
        resources: vec!["*".into()],
        condition: None,
    };
    PolicyContent::Statements(vec![allow, deny])
}

fn permissions() -> PolicyContent {
    let ocean = Permission { service_id: "ocean".into(), actions: vec!["describe".into()] };
    PolicyContent::Permissions(vec![ocean])
}

fn new(description: Option<&str>, policy_type: Option<PolicyType>, content: PolicyContent) -> NewPolicy {
    NewPolicy { name: "a".into(), description: description.map(str::to_owned), policy_type, content }
}

fn update(content: PolicyContent, changed: &[PolicyMember]) -> PolicyUpdate {
    let changed: BTreeSet<_> = changed.iter().copied().collect();
    PolicyUpdate { name: "b".into(), description: Some("all".into()), content, changed }
}

#[test]
fn policies_are_sent_as_each_contract_has_them() {
    use PolicyMember::{Content, Description, Name};
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let content = json!({"statements": [
        {"effect": "ALLOW", "actions": ["ocean:*", "elastigroup:describe*"], "resources": ["*"]},
        {"effect": "DENY", "actions": ["ocean:delete*"], "resources": ["o-1"],
            "condition": {"StringEquals": {"spot:ocean:name": ["a", "b"]}}},
    ]});
    let allowed = json!([{"serviceId": "ocean", "actions": ["describe"]}]);
    let (create, change) = ("POST /setup/access/policy", "PUT /setup/access/policy/pol-1");
    let without = |content, changed: &[_]| PolicyUpdate { description: None, ..update(content, changed) };
    let empty = without(statements(), &[Description]);
    let table = [
        (
            production.create_policy(&new(Some("all"), Some(PolicyType::Organization), statements())),
            create,
            json!({"name": "a", "description": "all", "type": "ORGANIZATION", "policyContent": content}),
        ),
        (
            production.create_policy(&new(None, Some(PolicyType::Account), statements())),
            create,
            json!({"name": "a", "type": "ACCOUNT", "policyContent": content}),
        ),
        (
            production.create_policy(&new(None, None, statements())),
            create,
            json!({"name": "a", "policyContent": content}),
        ),
        (
            published.create_policy(&new(Some("all"), None, permissions())),
            create,
            json!({"name": "a", "description": "all", "permissions": allowed}),
        ),
        (
            published.create_policy(&new(None, None, permissions())),
            create,
            json!({"name": "a", "permissions": allowed}),
        ),
        // Production takes what is new, in whatever form the rest is.
        (production.update_policy("pol-1", &update(permissions(), &[Name])), change, json!({"name": "b"})),
        (
            production.update_policy("pol-1", &update(statements(), &[Description])),
            change,
            json!({"description": "all"}),
        ),
        (production.update_policy("pol-1", &empty), change, json!({"description": ""})),
        (
            production.update_policy("pol-1", &update(statements(), &[Content])),
            change,
            json!({"policyContent": content}),
        ),
        (
            production.update_policy("pol-1", &update(statements(), &[Name, Description, Content])),
            change,
            json!({"name": "b", "description": "all", "policyContent": content}),
        ),
        // Published replaces all.
        (
            published.update_policy("pol-1", &update(permissions(), &[Name])),
            change,
            json!({"name": "b", "description": "all", "permissions": allowed}),
        ),
        (
            published.update_policy("pol-1", &without(permissions(), &[Description])),
            change,
            json!({"name": "b", "description": "", "permissions": allowed}),
        ),
        (
            published.update_policy("pol-1", &without(permissions(), &[Name])),
            change,
            json!({"name": "b", "permissions": allowed}),
        ),
    ];
    for (request, line, body) in table {
        let (route, subject) =
            if line == create { (ALL, Subject::NOTHING) } else { (ONE, requests::SUBJECT) };
        assert_eq!(sent(request), (line.to_owned(), route, Some(json!({ "policy": body })), subject));
    }
    let line = "DELETE /setup/access/policy/pol-1".to_owned();
    assert_eq!(sent(requests::delete("pol-1")), (line, ONE, None, requests::SUBJECT));
    let actions = "/setup/access/policyAction";
    let line = format!("GET {actions}");
    assert_eq!(sent(production.list_policy_actions()), (line, actions, None, Subject::NOTHING));
}

#[test]
fn what_a_contract_cannot_say_is_not_said() {
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let content = &[PolicyMember::Content];
    let refused = [
        production.create_policy(&new(None, None, permissions())),
        production.update_policy("pol-1", &update(permissions(), content)),
        published.create_policy(&new(None, None, statements())),
        published.create_policy(&new(None, Some(PolicyType::Account), permissions())),
        published.update_policy("pol-1", &update(statements(), content)),
        published.update_policy("pol-1", &update(statements(), &[PolicyMember::Name])),
        published.list_policy_actions(),
    ];
    for (call, request) in refused.into_iter().enumerate() {
        let error = request.expect_err("not supported");
        assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true), "{call}");
    }
    for contract in [production, published] {
        let said = if contract.supports(Capability::PolicyStatements) { statements() } else { permissions() };
        assert!(contract.create_policy(&new(None, None, said.clone())).is_ok());
        assert_eq!(
            contract.supports(Capability::PolicyActions),
            contract.list_policy_actions().is_ok(),
            "{contract:?}"
        );
        for id in ["", ".", ".."] {
            for request in [contract.update_policy(id, &update(said.clone(), content)), requests::delete(id)]
            {
                assert_eq!(request.expect_err("no id").failure, Failure::Refused, "{id:?}");
            }
        }
    }
}

#[test]
fn what_is_sent_is_what_is_read() {
    let cases = [(ContractName::Production, statements()), (ContractName::Published, permissions())];
    for (name, content) in cases {
        let request = named(name).create_policy(&new(None, None, content.clone())).expect("a request");
        let mut item = request.call.body.expect("a body")["policy"].take();
        item["id"] = json!("pol-1");
        assert_eq!(policy(&item).expect("a policy").content, Some(content), "{item}");
    }
}
