//! Who may do what, and where.

use std::collections::BTreeSet;

use serde_json::Value;

use super::field::{id, ids, text};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{AccountRole, AccountScope, PolicyKind, PolicyMapping};

/// A policy of a user or of a group. The accounts are `accountIds`; the vendor's document once says
/// `accounts` (spot-wire §3).
pub fn policy_mapping(item: &Value) -> Result<PolicyMapping, Unreadable> {
    let policy_type = text(item, "policyType").map(|word| PolicyKind::read(&word));
    let key = if item.get("accountIds").is_some() { "accountIds" } else { "accounts" };
    let accounts: BTreeSet<String> = ids(item, key)?.into_iter().collect();
    let accounts = if accounts.contains("*") {
        AccountScope::All
    } else if !accounts.is_empty()
        || matches!(policy_type, Some(PolicyKind::Account | PolicyKind::BuiltInAccount))
    {
        AccountScope::Some(accounts)
    } else {
        AccountScope::Organization
    };
    Ok(PolicyMapping {
        policy_id: id(item, &["policyId", "id"]).ok_or("a policy without an id")?,
        policy_name: text(item, "policyName"),
        policy_type,
        accounts,
    })
}

/// An account's id, and what a user may do there (spot-wire §3).
pub fn account_role(item: &Value) -> Result<(String, AccountRole), Unreadable> {
    let account = id(item, &["accountId", "id"]).ok_or("a role in an account without an id")?;
    Ok((account, AccountRole::read(&text(item, "role").unwrap_or_default())))
}
