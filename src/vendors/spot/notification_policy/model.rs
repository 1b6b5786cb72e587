//! Notification policies, as the vendor keeps them.

use std::collections::{BTreeMap, BTreeSet};

use crate::vendors::spot::subscription::model::Endpoint;

/// A policy of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// `snp-…`.
    pub id: String,
    /// The account that it is about; `None` where it is not about the resources of an account.
    pub account: Option<String>,
    /// Its name; empty where it has none.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Whether anybody is told.
    pub is_active: Option<bool>,
    /// How many users are registered.
    pub registered_users: Option<u64>,
    /// How events are told.
    pub methods: Vec<String>,
}

/// A policy, read by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDetail {
    /// `snp-…`.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Who sees it, where that is told.
    pub privacy_level: Option<String>,
    /// Whether anybody is told, where that is told.
    pub is_active: Option<bool>,
    /// Where events are told.
    pub subscriptions: Vec<ShownSubscription>,
    /// The users who are told.
    pub registered_users: RegisteredUsers,
    /// What is told of each account.
    pub configs: Vec<AccountConfig>,
}

/// A place where events are told, as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSubscription {
    /// How they are told.
    pub channel: String,
    /// Where; `None` where that is masked, or left out.
    pub endpoint: Option<Endpoint>,
}

/// A place where events are to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// How they are told.
    pub channel: &'static str,
    /// Where.
    pub endpoint: Endpoint,
}

/// Users who are told, by their addresses in lower case: of an address either case is the same.
pub type RegisteredUsers = BTreeMap<String, RegisteredUser>;

/// A user who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredUser {
    /// The address, as it is spelled.
    pub email: String,
    /// How the user is told.
    pub subscription_types: BTreeSet<String>,
}

/// What is told of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountConfig {
    /// The account, where that is told.
    pub account: Option<String>,
    /// What is told.
    pub config: ComputeConfig,
}

/// Which events are told, of which resources. What the vendor shows may hold several ways to pick resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComputeConfig {
    /// The events, with how serious each is.
    pub events: BTreeSet<(String, String)>,
    /// Whether every resource is meant.
    pub all_resources: bool,
    /// The resources that are named.
    pub resource_ids: BTreeSet<String>,
    /// The rules that pick resources, each by its conditions.
    pub rules: BTreeSet<BTreeSet<Condition>>,
}

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// What of the resource is compared.
    pub identifier: String,
    /// How.
    pub operator: String,
    /// With what.
    pub expression: String,
}

/// What is written of a policy: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyMembers {
    /// Its name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether anybody is told.
    pub is_active: Option<bool>,
    /// Where events are told, all of it.
    pub subscriptions: Option<Vec<Subscription>>,
    /// The users who are told, all of them.
    pub registered_users: Option<RegisteredUsers>,
    /// What is told, all of it.
    pub config: Option<ComputeConfig>,
}

impl PolicyMembers {
    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
