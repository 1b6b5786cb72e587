//! The subscriptions that there are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::record::Collection;
use crate::sandbox::spot::state::register::Register;
use crate::sandbox::spot::state::subscriptions::{Subscription, SubscriptionDetails};

/// All event subscriptions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subscriptions(Collection<SubscriptionDetails>);

impl Subscriptions {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every subscription that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&Subscription, &SubscriptionDetails)> {
        self.0.living()
    }

    /// One subscription that lives, whatever lists show.
    pub fn get(&self, id: &str) -> Option<(&Subscription, &SubscriptionDetails)> {
        self.0.current(id)
    }

    /// One subscription as a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&Subscription, &SubscriptionDetails)> {
        self.0.seen(sight, id)
    }

    /// An account's subscriptions as a list shows them, oldest first.
    pub fn seen_in(
        &self,
        sight: Sight,
        organization: OrganizationId,
        account: &str,
    ) -> Vec<(&Subscription, &SubscriptionDetails)> {
        let mut seen = self.0.seen_of(sight, organization);
        seen.retain(|(_, details)| details.account == account);
        seen
    }

    /// Makes a subscription; the same again makes another.
    pub(super) fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: SubscriptionDetails,
    ) -> String {
        self.0.create(register, now, lag, "sis-", organization, details)
    }

    /// Changes a subscription. False: there is none. A change that changes nothing is no effect,
    /// and no update.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut SubscriptionDetails),
    ) -> bool {
        self.0.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.updated_at = now;
            }
        })
    }

    /// Deletes a subscription. False: there is none.
    pub fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }

    /// Deletes all that an account has.
    pub(super) fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str) {
        self.0.remove_all(now, lag, |details| details.account == account);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
