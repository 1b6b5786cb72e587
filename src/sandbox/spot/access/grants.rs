//! Which policies a user or a group is mapped to, and on which accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::access::roles::AccountRole;
use crate::sandbox::spot::policy::state::ADMIN;

/// All accounts, those to come included (spot-wire §5).
pub const ALL_ACCOUNTS: &str = "*";

/// Policies by id, each with the accounts it is mapped on. An organization policy has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(pub BTreeMap<String, BTreeSet<String>>);

impl Grants {
    /// One policy on these accounts; none for an organization policy.
    pub fn of(policy: &str, accounts: &[&str]) -> Self {
        let mut grants = Self::default();
        grants.add(policy, accounts.iter().copied());
        grants
    }

    /// Roles in accounts, as a machine user has them: the built-in policies of the same names.
    pub fn of_roles(roles: &[(String, AccountRole)]) -> Self {
        let mut grants = Self::default();
        for (account, role) in roles {
            grants.add(role.policy(), [account.as_str()]);
        }
        grants
    }

    /// Adds a policy, or accounts to one that is there.
    pub fn add(&mut self, policy: &str, accounts: impl IntoIterator<Item = impl Into<String>>) {
        let all = self.0.entry(policy.to_owned()).or_default();
        all.extend(accounts.into_iter().map(Into::into));
    }

    /// Whether the policy is among them.
    pub fn contains(&self, policy: &str) -> bool {
        self.0.contains_key(policy)
    }

    /// Takes an account out of one policy's mapping. A mapping that named no other goes.
    pub fn remove(&mut self, policy: &str, account: &str) {
        if let Some(accounts) = self.0.get_mut(policy)
            && accounts.remove(account)
            && accounts.is_empty()
        {
            self.0.remove(policy);
        }
    }

    /// Takes an account out of every mapping that names it. A mapping that named no other goes.
    pub(in crate::sandbox::spot) fn forget_account(&mut self, account: &str) {
        self.0.retain(|_, accounts| !accounts.remove(account) || !accounts.is_empty());
    }
}

/// What makes an administrator.
pub(in crate::sandbox::spot) fn administration() -> Grants {
    Grants::of(ADMIN, &[])
}
