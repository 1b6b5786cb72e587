//! Makes, changes and deletes subscriptions, and the resources that they are about.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::subscriptions::{Resource, Subscription, SubscriptionDetails};

impl World {
    /// Every subscription that lives, whatever lists show.
    pub fn subscriptions(&self) -> impl Iterator<Item = (&Subscription, &SubscriptionDetails)> {
        self.subscriptions.living()
    }

    /// One subscription that lives, whatever lists show.
    pub fn subscription(&self, id: &str) -> Option<(&Subscription, &SubscriptionDetails)> {
        self.subscriptions.current(id)
    }

    /// One subscription as a read shows it.
    pub(in crate::sandbox) fn seen_subscription(
        &self,
        sight: Sight,
        id: &str,
    ) -> Option<(&Subscription, &SubscriptionDetails)> {
        self.subscriptions.seen(sight, id)
    }

    /// An account's subscriptions as a list shows them, oldest first.
    pub(in crate::sandbox) fn seen_subscriptions(
        &self,
        sight: Sight,
        organization: OrganizationId,
        account: &str,
    ) -> Vec<(&Subscription, &SubscriptionDetails)> {
        let mut seen = self.subscriptions.seen_of(sight, organization);
        seen.retain(|(_, details)| details.account == account);
        seen
    }

    /// Makes a subscription; the same again makes another. None: there is no such account.
    pub fn create_subscription(
        &mut self,
        now: Timestamp,
        lag: Lag,
        details: SubscriptionDetails,
    ) -> Option<String> {
        let organization = self.account(&details.account)?.0.organization;
        let id = self.unused_id("sis-");
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.subscriptions.insert(record);
        Some(id)
    }

    /// Changes a subscription. False: there is none. A change that changes nothing is no effect,
    /// and no update.
    pub fn change_subscription(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut SubscriptionDetails),
    ) -> bool {
        let outcome = self.subscriptions.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.updated_at = now;
            }
        });
        self.changed(outcome)
    }

    /// Deletes a subscription. False: there is none.
    pub fn delete_subscription(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        let deleted = self.subscriptions.remove(now, lag, id);
        self.revision += u64::from(deleted);
        deleted
    }

    /// The resources, by id.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.resources.iter()
    }

    /// One resource.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// Puts a resource into an account: with this id, or with a group's new one (`sig-…`). One
    /// that is there moves. None: there is no such account.
    pub fn add_resource(&mut self, account: &str, id: Option<&str>, name: &str) -> Option<String> {
        let organization_id = self.account(account)?.0.organization;
        let id = id.map_or_else(|| self.unused_id("sig-"), ToOwned::to_owned);
        let resource = Resource { organization_id, account_id: account.to_owned(), name: name.to_owned() };
        self.resources.insert(id.clone(), resource);
        self.revision += 1;
        Some(id)
    }

    /// Takes a resource away; subscriptions to it stay. False: there is none.
    pub fn remove_resource(&mut self, id: &str) -> bool {
        let removed = self.resources.remove(id).is_some();
        self.revision += u64::from(removed);
        removed
    }
}
