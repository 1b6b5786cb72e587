//! Event subscriptions, and the resources whose events they are about (spot-wire §2.7).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::record::Record;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};

/// An event subscription.
pub type Subscription = Record<SubscriptionDetails>;

/// How events are delivered. The names are the vendor's (spot-wire §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// A webhook, by the older name.
    Http,
    /// A webhook, by the older name.
    Https,
    /// A mail in words.
    Email,
    /// A mail in JSON.
    EmailJson,
    /// A topic in AWS.
    AwsSns,
    /// A webhook.
    Web,
}

/// What can change in a subscription. Its account cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionDetails {
    /// The account it belongs to.
    pub account: String,
    /// The resource whose events it is about.
    pub resource_id: String,
    /// How events are delivered.
    pub protocol: Protocol,
    /// Where to.
    pub endpoint: String,
    /// Which events.
    pub event_type: String,
    /// What is delivered, in the subscriber's own words.
    pub event_format: Option<Value>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Something whose events can be subscribed to: a group (`sig-…`), a cluster (`o-…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Where it belongs.
    pub organization_id: OrganizationId,
    /// The account it is in.
    pub account_id: String,
    /// Its name.
    pub name: String,
}

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
