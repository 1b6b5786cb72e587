//! Which policies a user or a group is mapped to, and on which accounts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::World;
use super::policies::{ACCOUNT_VIEWER, ADMIN};
use super::users::{AccountRole, UserDetails};
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::Sight;

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
    pub(super) fn forget_account(&mut self, account: &str) {
        self.0.retain(|_, accounts| !accounts.remove(account) || !accounts.is_empty());
    }
}

/// What makes an administrator.
pub(super) fn administration() -> Grants {
    Grants::of(ADMIN, &[])
}

impl World {
    /// What is read back of grants: whoever has an account policy on an account reads back the
    /// built-in Account Viewer on it as well (spot-wire §2.3, "Server-side default grant").
    pub(in crate::sandbox) fn grants_read_back(
        &self,
        sight: Sight,
        organization: OrganizationId,
        grants: &Grants,
    ) -> Grants {
        let mut shown = grants.clone();
        for (policy, accounts) in &grants.0 {
            let of_accounts = self
                .seen_policy(sight, organization, policy)
                .is_some_and(|(_, details)| details.kind.is_of_accounts());
            if of_accounts {
                shown.add(ACCOUNT_VIEWER, accounts.iter().cloned());
            }
        }
        if let Some(viewed) = shown.0.get_mut(ACCOUNT_VIEWER)
            && viewed.contains(ALL_ACCOUNTS)
        {
            *viewed = BTreeSet::from([ALL_ACCOUNTS.to_owned()]);
        }
        shown
    }

    /// Whether a user is mapped to the built-in Admin, itself or through a group.
    pub fn is_administrator(&self, user: &UserDetails) -> bool {
        let through = |group: &String| {
            self.groups.current(group).is_some_and(|(_, details)| self.administer(&details.grants))
        };
        self.administer(&user.grants) || user.groups.iter().any(through)
    }

    /// By the built-in policy, or one of the organization's own that allows everything.
    fn administer(&self, grants: &Grants) -> bool {
        let all = |id: &String| {
            self.policies
                .current(id)
                .is_some_and(|(_, details)| details.allows_everything_in_the_organization())
        };
        grants.contains(ADMIN) || grants.0.keys().any(all)
    }

    /// The accounts in which a user may do something: by role, by policy, or through a group.
    pub fn mapped_accounts(&self, organization: OrganizationId, user: &UserDetails) -> BTreeSet<String> {
        let through = user.groups.iter().filter_map(|group| self.groups.current(group));
        let mut accounts: BTreeSet<String> = through
            .map(|(_, details)| &details.grants)
            .chain([&user.grants])
            .flat_map(|grants| grants.0.values().flatten())
            .chain(user.account_roles.keys())
            .cloned()
            .collect();
        if accounts.remove(ALL_ACCOUNTS) {
            let own = self.accounts.living().filter(|(account, _)| account.organization == organization);
            accounts.extend(own.map(|(account, _)| account.id.clone()));
        }
        accounts
    }
}
