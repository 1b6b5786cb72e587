//! Who may do what, and where.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::vendors::spot::access::model::{AccountRole, AccountScope, PolicyMapping};
use crate::vendors::spot::client::field::{Unreadable, id, ids, text};
use crate::vendors::spot::policy::model::PolicyKind;

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
    Ok(PolicyMapping { policy_id: id(item, &["policyId", "id"]).ok_or("a policy without an id")?, accounts })
}

/// An account's id, and what a user may do there (spot-wire §3).
pub fn account_role(item: &Value) -> Result<(String, AccountRole), Unreadable> {
    let account = id(item, &["accountId", "id"]).ok_or("a role in an account without an id")?;
    Ok((account, AccountRole::read(&text(item, "role").unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn where_a_policy_holds() {
        let some = |ids: &[&str]| AccountScope::Some(ids.iter().copied().map(str::to_owned).collect());
        let table = [
            (json!({"policyType": "ACCOUNT", "accountIds": ["act-2", "act-1"]}), some(&["act-1", "act-2"])),
            (json!({"policyType": "ACCOUNT", "accounts": ["act-1"]}), some(&["act-1"])),
            (json!({"policyType": "ACCOUNT", "accountIds": ["*"]}), AccountScope::All),
            (json!({"accountIds": ["act-1", "*"]}), AccountScope::All),
            (json!({"policyType": "ACCOUNT", "accountIds": []}), some(&[])),
            (json!({"policyType": "SPOT_MANAGED_ACCOUNT"}), some(&[])),
            (json!({"policyType": "ORGANIZATION", "accountIds": []}), AccountScope::Organization),
            (json!({"policyType": "organization", "accountIds": null}), AccountScope::Organization),
            (json!({"policyType": "ORGANIZATION"}), AccountScope::Organization),
            (json!({}), AccountScope::Organization),
        ];
        for (mut item, expected) in table {
            item["policyId"] = json!("pol-1");
            assert_eq!(policy_mapping(&item).map(|mapping| mapping.accounts), Ok(expected), "{item}");
        }
    }

    #[test]
    fn roles_are_words() {
        let table = [
            (json!({"accountId": "act-1", "role": "viewer"}), AccountRole::Viewer),
            (json!({"accountId": "act-1", "role": "Editor"}), AccountRole::Editor),
            (json!({"accountId": "act-1", "role": "Owner"}), AccountRole::Other("Owner".into())),
            (json!({"accountId": "act-1", "role": null}), AccountRole::Other(String::new())),
        ];
        for (item, role) in table {
            assert_eq!(account_role(&item), Ok(("act-1".to_owned(), role)), "{item}");
        }
        assert!(account_role(&json!({"role": "viewer"})).is_err());
    }
}
