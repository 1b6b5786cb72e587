//! Notification policies in the console.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, found, missing};
use crate::sandbox::spot::control::{Action, Nothing, meant, read_action};
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{
    ComputePolicyConfig, NotificationPolicy, NotificationPolicyDetails, NotificationSubscription,
    RegisteredUser,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewNotificationPolicy {
    account_id: Option<String>,
    /// The id of its owner; else the organization's administrator has it.
    owner: Option<String>,
    name: String,
    #[serde(default)]
    is_public: bool,
    description: Option<String>,
    #[serde(default)]
    subscriptions: Vec<NotificationSubscription>,
    #[serde(default)]
    registered_users: Vec<RegisteredUser>,
    config: ComputePolicyConfig,
}

/// What is left out stays as it is; lists are replaced.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NotificationPolicyChange {
    owner: Option<String>,
    name: Option<String>,
    is_public: Option<bool>,
    description: Option<String>,
    is_active: Option<bool>,
    subscriptions: Option<Vec<NotificationSubscription>>,
    registered_users: Option<Vec<RegisteredUser>>,
    config: Option<ComputePolicyConfig>,
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewNotificationPolicy> = read_action(request)?;
    let organization = meant(sandbox, None)?;
    let (default_account, administrator) =
        (organization.default_account.clone(), organization.administrator.clone());
    let (mut console, new) = action.begin(sandbox, now);
    let account = new.account_id.unwrap_or(default_account);
    let id = console.create_in_account(NotificationPolicyDetails {
        account: account.clone(),
        owner: new.owner.unwrap_or(administrator),
        is_public: new.is_public,
        name: Some(new.name),
        description: new.description,
        is_active: true,
        subscriptions: new.subscriptions,
        registered_users: new.registered_users,
        config: new.config,
    });
    let id = id.ok_or_else(|| missing("account"))?;
    Ok(json!({"notificationPolicyId": id, "accountId": account}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<NotificationPolicyChange>(request)?.begin(sandbox, now);
    let changed = console.change_in_account(id, |details: &mut NotificationPolicyDetails| {
        details.owner = change.owner.unwrap_or(std::mem::take(&mut details.owner));
        details.name = change.name.or(details.name.take());
        details.is_public = change.is_public.unwrap_or(details.is_public);
        details.description = change.description.or(details.description.take());
        details.is_active = change.is_active.unwrap_or(details.is_active);
        if let Some(subscriptions) = change.subscriptions {
            details.subscriptions = subscriptions;
        }
        if let Some(registered_users) = change.registered_users {
            details.registered_users = registered_users;
        }
        if let Some(config) = change.config {
            details.config = config;
        }
    });
    found(changed, "notification policy")
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    found(console.delete_in_account::<NotificationPolicyDetails>(id), "notification policy")
}

pub(super) fn row(policy: &NotificationPolicy, details: &NotificationPolicyDetails) -> Value {
    let mut row = json!(details);
    row["notificationPolicyId"] = json!(policy.id);
    row["organizationId"] = json!(policy.organization);
    row["createdAt"] = json!(policy.created_at);
    row
}
