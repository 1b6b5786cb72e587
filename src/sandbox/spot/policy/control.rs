//! Policies in the console.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Complaint, Outcome, conflict, missing, wrong};
use crate::sandbox::spot::control::{Action, Nothing, meant, read_action};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{
    Permission, Policy, PolicyContent, PolicyDetails, PolicyKept, PolicyKind, Statement,
};

/// Statements or permissions, in whatever contract.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPolicy {
    organization_id: Option<OrganizationId>,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "type")]
    kind: Option<PolicyKind>,
    statements: Option<Vec<Statement>>,
    permissions: Option<Vec<Permission>>,
}

/// What is left out stays as it is; the content is replaced whole.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicyChange {
    name: Option<String>,
    description: Option<String>,
    statements: Option<Vec<Statement>>,
    permissions: Option<Vec<Permission>>,
}

fn content(
    statements: Option<Vec<Statement>>,
    permissions: Option<Vec<Permission>>,
) -> Result<Option<PolicyContent>, Complaint> {
    match (statements, permissions) {
        (None, None) => Ok(None),
        (Some(statements), None) => Ok(Some(PolicyContent::Statements(statements))),
        (None, Some(permissions)) => Ok(Some(PolicyContent::Permissions(permissions))),
        (Some(_), Some(_)) => Err(wrong("statements or permissions: give one of them")),
    }
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewPolicy> = read_action(request)?;
    let organization = meant(sandbox, action.what.organization_id)?.id;
    let (mut console, new) = action.begin(sandbox, now);
    let content = content(new.statements, new.permissions)?;
    let details = PolicyDetails {
        name: new.name,
        description: new.description,
        kind: new.kind.unwrap_or(PolicyKind::Account),
        content: content.unwrap_or_else(|| PolicyContent::Statements(Vec::new())),
        updated_at: now,
    };
    let id = console.create_policy(organization, details);
    Ok(json!({"policyId": id, "organizationId": organization}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<PolicyChange>(request)?.begin(sandbox, now);
    let content = content(change.statements, change.permissions)?;
    let changed = console.change_policy(id, |details| {
        if let Some(name) = change.name {
            details.name = name;
        }
        if let Some(description) = change.description {
            details.description = description;
        }
        if let Some(content) = content {
            details.content = content;
        }
    });
    changed.map(|()| json!({})).map_err(kept)
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    console.delete_policy(id).map(|()| json!({})).map_err(kept)
}

fn kept(why: PolicyKept) -> Complaint {
    match why {
        PolicyKept::Missing => missing("policy"),
        PolicyKept::BuiltIn => conflict("a built-in policy stays as it is"),
    }
}

/// What there is, whatever lists show.
pub(super) fn row(policy: &Policy, details: &PolicyDetails) -> Value {
    let mut row = json!({
        "policyId": policy.id,
        "organizationId": policy.organization,
        "name": details.name,
        "description": details.description,
        "type": details.kind,
        "createdAt": policy.created_at,
        "updatedAt": details.updated_at,
    });
    match &details.content {
        PolicyContent::Statements(statements) => row["statements"] = json!(statements),
        PolicyContent::Permissions(permissions) => row["permissions"] = json!(permissions),
    }
    row
}
