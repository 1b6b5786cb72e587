//! Event subscriptions: who is told of what.

use std::collections::BTreeSet;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Where events go: an address, an email, a topic. A webhook's address lets whoever knows it write
/// there, so all of them are secrets. `Debug` hides it.
#[derive(Clone)]
pub struct Endpoint(SecretString);

impl Endpoint {
    /// The text itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// As a secret.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl From<String> for Endpoint {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<SecretString> for Endpoint {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl PartialEq for Endpoint {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Endpoint {}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint(***)")
    }
}

/// A subscription (spot-wire §2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// `sis-…`.
    pub id: String,
    /// Whose events.
    pub resource_id: String,
    /// How they are told (spot-wire §6).
    pub protocol: String,
    /// Where they go.
    pub endpoint: Endpoint,
    /// Which events (spot-wire §6).
    pub event_type: String,
    /// What is told of them. Only Production tells.
    pub event_format: Option<Value>,
}

/// A subscription to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
    /// Whose events.
    pub resource_id: String,
    /// How they are told.
    pub protocol: String,
    /// Where they go.
    pub endpoint: Endpoint,
    /// Which events.
    pub event_type: String,
    /// What is told of them; with
    /// [`Capability::EventFormat`](crate::vendors::spot::contract::Capability::EventFormat) only.
    pub event_format: Option<Value>,
}

/// A change of a subscription. A contract sends what is new of it, or all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionUpdate {
    /// All of it, new or not.
    pub whole: NewSubscription,
    /// What of it is new. Nothing is sent where this is empty.
    pub changed: BTreeSet<SubscriptionMember>,
}

/// What can be changed of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubscriptionMember {
    /// Whose events: in the public document only.
    Resource,
    /// How events are told.
    Protocol,
    /// Where they go.
    Endpoint,
    /// Which events.
    EventType,
    /// What is told of them. A new one that is not there takes the old one away.
    EventFormat,
}
