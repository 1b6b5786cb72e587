//! The accounts that there are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::account::state::{Account, AccountDetails};
use crate::sandbox::spot::credential::state::CloudCredential;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::world::record::Collection;
use crate::sandbox::spot::world::register::Register;

/// All accounts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Accounts(Collection<AccountDetails>);

impl Accounts {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every account, also those that are deleted and still listed.
    pub fn records(&self) -> impl Iterator<Item = &Account> {
        self.0.records()
    }

    /// One account that lives, whatever lists show.
    pub fn get(&self, id: &str) -> Option<(&Account, &AccountDetails)> {
        self.0.current(id)
    }

    /// One account as a list or a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&Account, &AccountDetails)> {
        self.0.seen(sight, id)
    }

    /// An organization's accounts as a list shows them, oldest first.
    pub fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&Account, &AccountDetails)> {
        self.0.seen_of(sight, organization)
    }

    /// An organization's accounts that live.
    pub fn of(&self, organization: OrganizationId) -> impl Iterator<Item = &Account> {
        self.0
            .living()
            .map(|(account, _)| account)
            .filter(move |account| account.organization == organization)
    }

    /// The oldest account that lives: what an account-scoped call without `accountId` means.
    pub fn oldest(&self, organization: OrganizationId) -> Option<&Account> {
        self.of(organization).min_by_key(|account| account.serial)
    }

    /// Makes an account. Names are not unique, so this always makes a new one.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        name: &str,
    ) -> String {
        let details = AccountDetails { name: name.to_owned(), ..AccountDetails::default() };
        self.0.create(register, now, lag, "act-", organization, details)
    }

    /// Changes an account. False: there is none. A change that changes nothing is no effect.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut AccountDetails),
    ) -> bool {
        self.0.change(now, lag, id, change)
    }

    /// Links an account to a cloud (spot-wire §2.6). False: there is no such account.
    pub fn link(&mut self, now: Timestamp, lag: Lag, id: &str, credential: CloudCredential) -> bool {
        self.change(now, lag, id, |details| details.link(credential))
    }

    pub(super) fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) {
        self.0.remove(now, lag, id);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
