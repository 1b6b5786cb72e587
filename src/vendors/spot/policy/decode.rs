//! Access policies.

use serde_json::Value;

use super::model::{Permission, Policy, PolicyAction, PolicyContent, PolicyEffect, PolicyKind, Statement};
use crate::vendors::spot::client::field::{Unreadable, id, names, present, text};

/// A policy of a list. Its name is the key by which a create is found again.
pub fn policy(item: &Value) -> Result<Policy, Unreadable> {
    Ok(Policy {
        id: id(item, &["id", "policyId"]).ok_or("a policy without an id")?,
        name: text(item, "name").ok_or("a policy without a name")?,
        description: text(item, "description"),
        kind: text(item, "type").map_or(PolicyKind::Unknown, |word| PolicyKind::read(&word)),
        content: content(item),
    })
}

/// All of what it says, or nothing: a part of it would mean something else.
fn content(item: &Value) -> Option<PolicyContent> {
    match present(item, "policyContent") {
        // An object; the vendor's document once calls it a list (spot-wire §2.5).
        Some(content) => {
            let statements = content.get("statements").unwrap_or(content).as_array()?;
            statements.iter().map(statement).collect::<Option<_>>().map(PolicyContent::Statements)
        }
        // The public document has no form for the list; this is the form of what it sends.
        None => {
            let permissions = item.get("permissions")?.as_array()?;
            permissions.iter().map(permission).collect::<Option<_>>().map(PolicyContent::Permissions)
        }
    }
}

fn statement(item: &Value) -> Option<Statement> {
    let effect = match text(item, "effect")?.to_ascii_uppercase().as_str() {
        "ALLOW" => PolicyEffect::Allow,
        "DENY" => PolicyEffect::Deny,
        _ => return None,
    };
    Some(Statement {
        effect,
        actions: names(item, "actions").ok()?,
        resources: names(item, "resources").ok()?,
        condition: present(item, "condition").cloned(),
    })
}

fn permission(item: &Value) -> Option<Permission> {
    Some(Permission { service_id: id(item, &["serviceId"])?, actions: names(item, "actions").ok()? })
}

/// An action of the catalogue (spot-wire §3).
pub fn policy_action(item: &Value) -> Result<PolicyAction, Unreadable> {
    Ok(PolicyAction {
        name: text(item, "name").ok_or("an action without a name")?,
        service: text(item, "service"),
        resource_pattern: text(item, "resourcePattern"),
        scope: text(item, "scope"),
        category: text(item, "category"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_are_read() {
        let content = json!({"statements": [
            {"effect": "ALLOW", "actions": ["ocean:*"], "resources": ["*"]},
            {"effect": "deny", "actions": ["*"], "resources": ["o-1"], "condition": {"StringEquals": {}}},
            {"effect": "ALLOW", "actions": [], "resources": [], "condition": null},
        ]});
        let statement = |effect, actions: &[&str], resources: &[&str], condition: Option<Value>| Statement {
            effect,
            actions: actions.iter().copied().map(str::to_owned).collect(),
            resources: resources.iter().copied().map(str::to_owned).collect(),
            condition,
        };
        let expected = Policy {
            id: "pol-1".into(),
            name: "a".into(),
            description: Some("all".into()),
            kind: PolicyKind::Organization,
            content: Some(PolicyContent::Statements(vec![
                statement(PolicyEffect::Allow, &["ocean:*"], &["*"], None),
                statement(PolicyEffect::Deny, &["*"], &["o-1"], Some(json!({"StringEquals": {}}))),
                statement(PolicyEffect::Allow, &[], &[], None),
            ])),
        };
        for content in [content.clone(), content["statements"].clone()] {
            let item = json!({"id": "pol-1", "name": "a", "description": "all", "type": "ORGANIZATION",
                "createdAt": "2020-11-04T11:29:10.000+0000", "policyContent": content});
            assert_eq!(policy(&item), Ok(expected.clone()), "{item}");
        }
    }

    #[test]
    fn kinds_are_words() {
        let table = [
            (json!("ACCOUNT"), PolicyKind::Account),
            (json!("organization"), PolicyKind::Organization),
            (json!("SPOT_MANAGED_ACCOUNT"), PolicyKind::BuiltInAccount),
            (json!("SPOT_MANAGED_ORGANIZATION"), PolicyKind::BuiltInOrganization),
            (json!("SOMETHING"), PolicyKind::Unknown),
            (json!(null), PolicyKind::Unknown),
        ];
        for (word, kind) in table {
            let policy = policy(&json!({"id": 3, "name": "a", "type": word})).expect("a policy");
            assert_eq!((policy.id.as_str(), policy.kind), ("3", kind), "{word}");
        }
        assert!(policy(&json!({"id": 3})).is_err());
        assert!(policy(&json!({"name": "a"})).is_err());
    }

    #[test]
    fn content_that_is_not_understood_is_not_known() {
        let good = json!({"effect": "ALLOW", "actions": ["*"], "resources": ["*"]});
        for content in [
            json!(null),
            json!({}),
            json!("{}"),
            json!({"statements": {}}),
            json!({"statements": [good, {}]}),
            json!({"statements": [good, {"effect": "PERHAPS", "actions": ["*"], "resources": ["*"]}]}),
            json!({"statements": [good, {"effect": "DENY", "actions": "*", "resources": ["*"]}]}),
            json!({"statements": [good, {"effect": "DENY", "actions": ["*"], "resources": [1]}]}),
        ] {
            let item = json!({"id": "pol-1", "name": "a", "policyContent": content});
            assert_eq!(policy(&item).expect("a policy").content, None, "{item}");
        }
    }

    #[test]
    fn permissions_are_read() {
        let ocean = json!({"serviceId": "ocean", "actions": ["describe", "create"]});
        let read = |service: &str, actions: &[&str]| Permission {
            service_id: service.into(),
            actions: actions.iter().copied().map(str::to_owned).collect(),
        };
        let known = |permissions| Some(PolicyContent::Permissions(permissions));
        let table = [
            (json!([ocean]), known(vec![read("ocean", &["describe", "create"])])),
            (json!([{"serviceId": 7}]), known(vec![read("7", &[])])),
            (json!([]), known(Vec::new())),
            (json!([ocean, {}]), None),
            (json!([ocean, {"serviceId": "ocean", "actions": "describe"}]), None),
            (json!({}), None),
            (json!(null), None),
        ];
        for (permissions, content) in table {
            let item = json!({"id": "pol-1", "name": "a", "permissions": permissions});
            assert_eq!(policy(&item).expect("a policy").content, content, "{item}");
        }
        let both =
            json!({"id": "pol-1", "name": "a", "policyContent": {"statements": []}, "permissions": []});
        let content = policy(&both).expect("a policy").content;
        assert_eq!(content, Some(PolicyContent::Statements(Vec::new())), "the live service's form");
    }

    #[test]
    fn actions_are_read() {
        let item = json!({"name": "ocean:describe", "service": "ocean", "resourcePattern": "ocean:*",
            "scope": "ACCOUNT", "category": "read"});
        let full = PolicyAction {
            name: "ocean:describe".into(),
            service: Some("ocean".into()),
            resource_pattern: Some("ocean:*".into()),
            scope: Some("ACCOUNT".into()),
            category: Some("read".into()),
        };
        assert_eq!(policy_action(&item), Ok(full));
        assert!(policy_action(&json!({"service": "ocean"})).is_err());
    }
}
