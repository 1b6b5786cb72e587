//! Event subscriptions (spot-wire §2.7).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::spot::world::record::{InAccount, Record};

/// The vendor's name of a subscription where there is none.
pub const SUBSCRIPTION: &str = "Subscription";

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

impl InAccount for SubscriptionDetails {
    const NAME: &'static str = "subscription";
    const PREFIX: &'static str = "sis-";

    fn account(&self) -> &str {
        &self.account
    }

    fn changed(&mut self, now: Timestamp) {
        self.updated_at = now;
    }
}
