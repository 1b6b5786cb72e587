//! What users may do, by their grants and those of their groups.

use std::collections::BTreeSet;

use super::accounts::Accounts;
use super::groups::Groups;
use super::policies::Policies;
use crate::sandbox::core::Sight;
use crate::sandbox::spot::access::grants::{ALL_ACCOUNTS, Grants};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::policy::state::{ACCOUNT_VIEWER, ADMIN, Effect};
use crate::sandbox::spot::user::state::UserDetails;

/// What users may do.
#[derive(Clone, Copy)]
pub struct Rights<'a> {
    pub(super) accounts: &'a Accounts,
    pub(super) groups: &'a Groups,
    pub(super) policies: &'a Policies,
}

impl Rights<'_> {
    /// What is read back of grants: whoever has an account policy on an account reads back the
    /// built-in Account Viewer on it as well (spot-wire §2.3, "Server-side default grant").
    pub fn read_back(self, sight: Sight, organization: OrganizationId, grants: &Grants) -> Grants {
        let mut shown = grants.clone();
        for (policy, accounts) in &grants.0 {
            let of_accounts = self
                .policies
                .seen(sight, organization, policy)
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
    pub fn is_administrator(self, user: &UserDetails) -> bool {
        let through = |group: &String| {
            self.groups.get(group).is_some_and(|(_, details)| self.administer(&details.grants))
        };
        self.administer(&user.grants) || user.groups.iter().any(through)
    }

    /// By the built-in policy, or one of the organization's own that allows everything.
    fn administer(self, grants: &Grants) -> bool {
        let all = |id: &String| {
            self.policies.made(id).is_some_and(|(_, details)| details.allows_everything_in_the_organization())
        };
        grants.contains(ADMIN) || grants.0.keys().any(all)
    }

    /// What a user's policies, groups and roles say of an action: that it is denied, if any does.
    /// None: nothing. A policy of accounts holds in those that it is mapped on, and nowhere else; one
    /// of the organization holds in every account too.
    pub fn verdict(
        self,
        organization: OrganizationId,
        user: &UserDetails,
        action: &str,
        account: Option<&str>,
        object: Option<&str>,
    ) -> Option<Effect> {
        let roles = user.account_roles.iter().map(|(account, role)| (account.clone(), *role));
        let roles = Grants::of_roles(&roles.collect::<Vec<_>>());
        let groups = user.groups.iter().filter_map(|group| self.groups.get(group));
        let of_groups = groups.map(|(_, details)| &details.grants);
        let mut allowed = None;
        for (policy, on) in of_groups.chain([&user.grants, &roles]).flat_map(|grants| &grants.0) {
            let Some((_, policy)) = self.policies.get(organization, policy) else {
                continue;
            };
            let holds = !policy.kind.is_of_accounts()
                || account.is_some_and(|account| on.contains(ALL_ACCOUNTS) || on.contains(account));
            match policy.content.says(action, object).filter(|_| holds) {
                Some(Effect::Deny) => return Some(Effect::Deny),
                Some(Effect::Allow) => allowed = Some(Effect::Allow),
                None => {}
            }
        }
        allowed
    }

    /// The accounts in which a user may do something: by role, by policy, or through a group.
    pub fn mapped_accounts(self, organization: OrganizationId, user: &UserDetails) -> BTreeSet<String> {
        let through = user.groups.iter().filter_map(|group| self.groups.get(group));
        let mut accounts: BTreeSet<String> = through
            .map(|(_, details)| &details.grants)
            .chain([&user.grants])
            .flat_map(|grants| grants.0.values().flatten())
            .chain(user.account_roles.keys())
            .cloned()
            .collect();
        if accounts.remove(ALL_ACCOUNTS) {
            accounts.extend(self.accounts.of(organization).map(|account| account.id.clone()));
        }
        accounts
    }
}
