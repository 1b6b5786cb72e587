//! Notification policies, as the live service's Notification Center keeps them (spot-notifications).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::world::record::{InAccount, Record};

/// The vendor's name of a notification policy where there is none.
pub const NOTIFICATION_POLICY: &str = "NotificationPolicy";

/// A notification policy.
pub type NotificationPolicy = Record<NotificationPolicyDetails>;

/// What can change in a notification policy. Its account, its owner and who sees it cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationPolicyDetails {
    /// The account whose resources it is about.
    pub account: String,
    /// The id of the user who made it.
    pub owner: String,
    /// Whether others than its owner see it.
    pub is_public: bool,
    /// Its name, which need not be unique, and need not be there.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether anybody is told.
    pub is_active: bool,
    /// Where events are told.
    pub subscriptions: Vec<NotificationSubscription>,
    /// The users who are told.
    pub registered_users: Vec<RegisteredUser>,
    /// Which events are told, of which resources.
    pub config: ComputePolicyConfig,
}

impl InAccount for NotificationPolicyDetails {
    const NAME: &'static str = "notificationPolicy";
    const PREFIX: &'static str = "snp-";

    fn account(&self) -> &str {
        &self.account
    }

    /// Nobody of this address is told any more.
    fn forget_user(&mut self, email: &str) {
        self.registered_users.retain(|user| !user.user_email.eq_ignore_ascii_case(email));
    }
}

impl NotificationPolicyDetails {
    /// Whether the user with this address is told.
    pub fn tells(&self, email: &str) -> bool {
        self.registered_users.iter().any(|user| user.user_email.eq_ignore_ascii_case(email))
    }
}

/// A place where events are told. The names are the vendor's, as those below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSubscription {
    /// How: `email`, `webhook`, `slack`, `sns`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where.
    pub endpoint: String,
}

/// A user who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredUser {
    /// The user's address.
    pub user_email: String,
    /// How: `email`, `console`.
    pub subscription_types: BTreeSet<String>,
}

/// Which events are told, of which resources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputePolicyConfig {
    /// The events.
    pub events: Vec<NotificationEvent>,
    /// Whether every resource is meant.
    pub should_include_all_resources: bool,
    /// The resources that are named.
    pub resource_ids: Vec<String>,
    /// The rules that pick resources.
    pub dynamic_rules: Vec<DynamicRule>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationEvent {
    /// Its name.
    pub event: String,
    /// How serious it is: `INFO`, `WARN`, `ERROR`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A rule that picks resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DynamicRule {
    /// What a resource has to fit.
    pub filter_conditions: Vec<FilterCondition>,
}

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterCondition {
    /// What of the resource is compared.
    pub identifier: String,
    /// How.
    pub operator: String,
    /// With what.
    pub expression: String,
}
