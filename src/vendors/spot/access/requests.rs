//! Who may do what, as it is sent.

use serde_json::{Value, json};

use super::model::{AccountRole, AccountScope, PolicyMapping};

/// Roles in accounts.
pub fn accounts(roles: &[(String, AccountRole)]) -> Value {
    roles.iter().map(|(id, role)| json!({"id": id, "role": role.as_str()})).collect()
}

/// Policies, each with where it holds. Without accounts it would hold in the organization, so a
/// mapping to no account, which grants nothing, is left out.
pub fn policies(mappings: &[PolicyMapping]) -> Value {
    let sent = mappings.iter().filter_map(|mapping| match &mapping.accounts {
        AccountScope::All => Some(json!({"policyId": mapping.policy_id, "accountIds": ["*"]})),
        AccountScope::Some(accounts) if accounts.is_empty() => None,
        AccountScope::Some(accounts) => Some(json!({"policyId": mapping.policy_id, "accountIds": accounts})),
        AccountScope::Organization => Some(json!({"policyId": mapping.policy_id})),
    });
    sent.collect()
}
