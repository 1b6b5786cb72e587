//! Event subscriptions in the console, and the resources that they are about.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::action::{Action, Nothing, read_action};
use super::input::meant;
use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Complaint, Outcome, found, missing, read};
use crate::sandbox::spot::state::{
    HealthCheck, HealthCheckDetails, Protocol, Resource, Subscription, SubscriptionDetails,
};
use crate::sandbox::spot::vendor::Sandbox;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewResource {
    account_id: Option<String>,
    id: Option<String>,
    name: Option<String>,
}

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

/// The account that is named, else the oldest organization's default one.
fn account(sandbox: &Sandbox, named: Option<String>) -> Result<String, Complaint> {
    match named {
        Some(id) => Ok(id),
        None => Ok(meant(sandbox, None)?.default_account.clone()),
    }
}

pub(super) fn add_resource(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let NewResource { account_id, id, name } = read(request)?;
    let account = account(sandbox, account_id)?;
    let name = name.or_else(|| id.clone()).unwrap_or_else(|| "group".to_owned());
    let added = sandbox.world_mut().add_resource(&account, id.as_deref(), &name);
    let id = added.ok_or_else(|| missing("account"))?;
    Ok(json!({"resourceId": id, "accountId": account, "name": name}))
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewSubscription> = read_action(request)?;
    let account = account(sandbox, action.what.account_id.clone())?;
    let (mut console, new) = action.begin(sandbox, now);
    let id = console.create_subscription(SubscriptionDetails {
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
    let changed = console.change_subscription(id, |details| {
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
    found(console.delete_subscription(id), "subscription")
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

pub(super) fn resource_row(id: &str, resource: &Resource) -> Value {
    json!({
        "resourceId": id,
        "organizationId": resource.organization_id,
        "accountId": resource.account_id,
        "name": resource.name,
    })
}

pub(super) fn health_check_row(check: &HealthCheck, details: &HealthCheckDetails) -> Value {
    json!({
        "healthCheckId": check.id,
        "organizationId": check.organization,
        "accountId": details.account,
        "resourceId": details.resource_id,
        "name": details.name,
        "proxyAddress": details.proxy_address,
        "proxyPort": details.proxy_port,
        "check": details.check,
    })
}
