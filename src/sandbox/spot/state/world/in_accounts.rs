//! What there is in accounts: subscriptions, notification policies, health checks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::record::{Collection, InAccount, Record};
use crate::sandbox::spot::state::register::Register;

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
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

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

    /// Changes every one that lives: something that they refer to goes.
    pub(super) fn change_all(&mut self, now: Timestamp, lag: Lag, change: impl FnMut(&mut D)) {
        self.0.change_all(now, lag, change);
    }

    /// Deletes one. False: there is none.
    pub fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }

    /// Deletes all that an account has.
    pub(super) fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str) {
        self.0.remove_all(now, lag, |details| details.account() == account);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
