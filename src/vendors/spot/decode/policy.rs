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
