//! Access policies.

use serde_json::Value;

use super::field::{id, moment, names, text};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{Policy, PolicyEffect, PolicyKind, Statement};

/// A policy of a list. Its name is the key by which a create is found again.
pub fn policy(item: &Value) -> Result<Policy, Unreadable> {
    Ok(Policy {
        id: id(item, &["id", "policyId"]).ok_or("a policy without an id")?,
        name: text(item, "name").ok_or("a policy without a name")?,
        description: text(item, "description"),
        kind: text(item, "type").map_or(PolicyKind::Unknown, |word| PolicyKind::read(&word)),
        statements: statements(item),
        created_at: moment(item, "createdAt"),
        updated_at: moment(item, "updatedAt"),
    })
}

/// All statements, or nothing: a part of them would mean something else. The content is an object;
/// the vendor's document once calls it a list (spot-wire §2.5).
fn statements(item: &Value) -> Option<Vec<Statement>> {
    let content = item.get("policyContent")?;
    let statements = content.get("statements").unwrap_or(content).as_array()?;
    statements.iter().map(statement).collect()
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
        has_condition: item.get("condition").is_some_and(|condition| !condition.is_null()),
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
        let statement = |effect, actions: &[&str], resources: &[&str], has_condition| Statement {
            effect,
            actions: actions.iter().copied().map(str::to_owned).collect(),
            resources: resources.iter().copied().map(str::to_owned).collect(),
            has_condition,
        };
        let expected = Policy {
            id: "pol-1".into(),
            name: "a".into(),
            description: Some("all".into()),
            kind: PolicyKind::Organization,
            statements: Some(vec![
                statement(PolicyEffect::Allow, &["ocean:*"], &["*"], false),
                statement(PolicyEffect::Deny, &["*"], &["o-1"], true),
                statement(PolicyEffect::Allow, &[], &[], false),
            ]),
            created_at: Some("2020-11-04T11:29:10Z".parse().expect("a timestamp")),
            updated_at: None,
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
            assert_eq!(policy(&item).expect("a policy").statements, None, "{item}");
        }
    }
}
