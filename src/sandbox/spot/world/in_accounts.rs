//! All of a kind that is in accounts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{Collection, InAccount, Record};
use super::register::Register;
use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;

/// All of a kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InAccounts<D>(Collection<D>);

impl<D> Default for InAccounts<D> {
    fn default() -> Self {
        Self(Collection::default())
    }
}

impl<D: InAccount> InAccounts<D> {
    /// Each that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&Record<D>, &D)> {
        self.0.living()
    }

    /// One that lives, whatever lists show.
    pub fn get(&self, id: &str) -> Option<(&Record<D>, &D)> {
        self.0.current(id)
    }

    /// One as a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&Record<D>, &D)> {
        self.0.seen(sight, id)
    }

    /// An organization's as a list shows them, oldest first.
    pub fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&Record<D>, &D)> {
        self.0.seen_of(sight, organization)
    }

    /// An account's as a list shows them, oldest first.
    pub fn seen_in(
        &self,
        sight: Sight,
        organization: OrganizationId,
        account: &str,
    ) -> Vec<(&Record<D>, &D)> {
        let mut seen = self.seen_of(sight, organization);
        seen.retain(|(_, details)| details.account() == account);
        seen
    }

    /// Makes one; the same again makes another.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: D,
    ) -> String {
        self.0.create(register, now, lag, D::PREFIX, organization, details)
    }

    /// Changes one. False: there is none. A change that changes nothing is no effect, and no update.
    pub fn change(&mut self, now: Timestamp, lag: Lag, id: &str, change: impl FnOnce(&mut D)) -> bool {
        self.0.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.changed(now);
            }
        })
    }

    /// Deletes one. False: there is none.
    pub fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }
}

/// What is done to all of a kind, whatever it is.
pub(super) trait Part {
    /// Moves with every change.
    fn changes(&self) -> u64;

    /// Deletes all that an account has.
    fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str);

    /// The user with this address is gone.
    fn forget_user(&mut self, now: Timestamp, lag: Lag, email: &str);

    /// Forgets all that an organization has.
    fn forget(&mut self, organization: OrganizationId);
}

impl<D: InAccount> Part for InAccounts<D> {
    fn changes(&self) -> u64 {
        self.0.changes()
    }

    fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str) {
        self.0.remove_all(now, lag, |details| details.account() == account);
    }

    fn forget_user(&mut self, now: Timestamp, lag: Lag, email: &str) {
        self.0.change_all(now, lag, |details| details.forget_user(email));
    }

    fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
