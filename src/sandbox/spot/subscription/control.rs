//! Event subscriptions in the console.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, found, missing};
use crate::sandbox::spot::control::{Action, Nothing, account, read_action};
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{Protocol, Subscription, SubscriptionDetails};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewSubscription {
    account_id: Option<String>,
    resource_id: String,
    protocol: Protocol,
    endpoint: String,
    event_type: String,
    event_format: Option<Value>,
}

/// What is left out stays as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SubscriptionChange {
    resource_id: Option<String>,
    protocol: Option<Protocol>,
    endpoint: Option<String>,
    event_type: Option<String>,
    event_format: Option<Value>,
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewSubscription> = read_action(request)?;
    let account = account(sandbox, action.what.account_id.clone())?;
    let (mut console, new) = action.begin(sandbox, now);
    let id = console.create_in_account(SubscriptionDetails {
        account: account.clone(),
        resource_id: new.resource_id,
        protocol: new.protocol,
        endpoint: new.endpoint,
        event_type: new.event_type,
        event_format: new.event_format,
        updated_at: now,
    });
    let id = id.ok_or_else(|| missing("account"))?;
    Ok(json!({"subscriptionId": id, "accountId": account}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<SubscriptionChange>(request)?.begin(sandbox, now);
    let changed = console.change_in_account(id, |details: &mut SubscriptionDetails| {
        let texts = [
            (change.resource_id, &mut details.resource_id),
            (change.endpoint, &mut details.endpoint),
            (change.event_type, &mut details.event_type),
        ];
        for (new, old) in texts {
            if let Some(new) = new {
                *old = new;
            }
        }
        if let Some(protocol) = change.protocol {
            details.protocol = protocol;
        }
        if change.event_format.is_some() {
            details.event_format = change.event_format;
        }
    });
    found(changed, "subscription")
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    found(console.delete_in_account::<SubscriptionDetails>(id), "subscription")
}

pub(super) fn row(subscription: &Subscription, details: &SubscriptionDetails) -> Value {
    json!({
        "subscriptionId": subscription.id,
        "organizationId": subscription.organization,
        "accountId": details.account,
        "resourceId": details.resource_id,
        "protocol": details.protocol,
        "endpoint": details.endpoint,
        "eventType": details.event_type,
        "eventFormat": details.event_format,
        "createdAt": subscription.created_at,
        "updatedAt": details.updated_at,
    })
}
