//! Makes, changes and deletes accounts.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::accounts::{Account, AccountDetails, AccountKept};

impl World {
    /// Every account, also those that are deleted and still listed.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.records()
    }

    /// One account that lives, whatever lists show.
    pub fn account(&self, id: &str) -> Option<(&Account, &AccountDetails)> {
        self.accounts.current(id)
    }

    /// One account as a read by id shows it.
    pub fn read_account(&self, now: Timestamp, lag: Lag, id: &str) -> Option<(&Account, &AccountDetails)> {
        self.accounts.seen(Sight::read(now, lag), id)
    }

    /// An organization's accounts as a list shows them, oldest first.
    pub fn listed_accounts(
        &self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
    ) -> Vec<(&Account, &AccountDetails)> {
        self.accounts.seen_of(Sight::list(now, lag), organization)
    }

    /// The oldest account that lives: what an account-scoped call without `accountId` means.
    pub fn oldest_account(&self, organization: OrganizationId) -> Option<&Account> {
        self.accounts
            .living()
            .map(|(account, _)| account)
            .filter(|account| account.organization == organization)
            .min_by_key(|account| account.serial)
    }

    /// Makes an account. Names are not unique, so this always makes a new one.
    pub fn create_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        name: &str,
    ) -> String {
        let id = self.unused_id("act-");
        let details = AccountDetails { name: name.to_owned(), ..AccountDetails::default() };
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.accounts.insert(record);
        id
    }

    /// Changes an account. False: there is none. A change that changes nothing is no effect.
    pub fn change_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut AccountDetails),
    ) -> bool {
        let outcome = self.accounts.change(now, lag, id, change);
        self.changed(outcome)
    }

    /// Deletes an account, unless it is its organization's default account. Roles in it,
    /// mappings to it and all that is in it go with it.
    pub fn delete_account(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), AccountKept> {
        let (account, _) = self.account(id).ok_or(AccountKept::Missing)?;
        let is_default = self
            .organizations
            .get(&account.organization)
            .is_some_and(|organization| organization.default_account == id);
        if is_default {
            return Err(AccountKept::Default);
        }
        self.accounts.remove(now, lag, id);
        self.users.change_all(now, lag, |user| {
            user.account_roles.remove(id);
            user.grants.forget_account(id);
        });
        self.groups.change_all(now, lag, |group| group.grants.forget_account(id));
        self.subscriptions.remove_all(now, lag, |details| details.account == id);
        self.health_checks.remove_all(now, lag, |details| details.account == id);
        self.resources.retain(|_, resource| resource.account_id != id);
        self.revision += 1;
        Ok(())
    }
}
