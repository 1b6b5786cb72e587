//! Rows of policies, in both contracts (spot-wire §2.5, §3).

use serde_json::{Value, json};

use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::offset_timestamp;
use crate::sandbox::spot::{Permission, Policy, PolicyContent, PolicyDetails};

/// A policy in the reply to its creation and in an account's list.
pub(super) fn row(contract: Contract, policy: &Policy, details: &PolicyDetails) -> Value {
    let mut row = json!({
        "id": policy.id,
        "name": details.name,
        "description": details.description,
    });
    match contract {
        Contract::Production => row["policyContent"] = json!({"statements": details.content.statements()}),
        Contract::Published => row["permissions"] = json!(permissions(&details.content)),
    }
    row
}

/// A policy in the organization's list.
pub(super) fn listed(policy: &Policy, details: &PolicyDetails) -> Value {
    let mut row = row(Contract::Production, policy, details);
    row["type"] = json!(details.kind);
    row["createdAt"] = json!(offset_timestamp(policy.created_at));
    row["updatedAt"] = json!(offset_timestamp(details.updated_at));
    row
}

/// What was written under the other contract is told in this one's words, as far as it has any.
fn permissions(content: &PolicyContent) -> &[Permission] {
    match content {
        PolicyContent::Permissions(permissions) => permissions,
        PolicyContent::Statements(_) => &[],
    }
}
