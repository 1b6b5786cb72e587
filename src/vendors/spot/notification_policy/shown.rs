//! A policy as the vendor shows it.

use super::content;
use super::model::{PolicyDetail, PolicyRow};

/// A policy as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub(super) row: PolicyRow,
    /// The natural key.
    pub(super) key: String,
    /// What only a read of this policy shows; `None` before.
    pub(super) detail: Option<PolicyDetail>,
}

impl Observed {
    pub(super) fn new(row: PolicyRow, detail: Option<PolicyDetail>) -> Self {
        let key = row.account.as_deref().map(|account| natural_key(account, &row.name));
        Self { key: key.unwrap_or_default(), row, detail }
    }

    /// What a read by id shows, where no list shows the policy.
    pub(super) fn read(account: &str, detail: PolicyDetail) -> Self {
        let is_its = content::config_of(&detail, account).is_some() || detail.configs.is_empty();
        let other = || detail.configs.iter().find_map(|one| one.account.clone());
        let row = PolicyRow {
            id: detail.id.clone(),
            account: if is_its { Some(account.to_owned()) } else { other() },
            name: detail.name.clone(),
            description: detail.description.clone(),
            is_active: detail.is_active,
            registered_users: u64::try_from(detail.registered_users.len()).ok(),
            methods: Vec::new(),
        };
        Self::new(row, Some(detail))
    }
}

/// A name has no line break, and no account's id.
pub(super) fn natural_key(account: &str, name: &str) -> String {
    format!("{account}\n{name}")
}
