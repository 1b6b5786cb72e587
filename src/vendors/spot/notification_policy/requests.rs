//! Notification policies, as they are asked for and sent (spot-notifications).

use std::collections::BTreeSet;

use http::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};

use super::model::{ComputeConfig, Condition, PolicyMembers, RegisteredUsers, Subscription};
use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::request::{Request, Subject, of_account, segment};

/// The notification policy whose id is in the path.
pub const SUBJECT: Subject = Subject::called(&["NOTIFICATIONPOLICY", "USERNOTIFICATIONPOLICY", "POLICY"]);

const POLICIES: &str = "/notificationCenter/policy";
const EVENTS: &str = "/notificationCenter/compute/event";
const POLICY: &str = "/notificationCenter/policy/{notificationPolicyId}";

/// The policies of the token's user, whatever account they are about: it is the one call that names none.
pub fn list() -> Request {
    Request::read(POLICIES, POLICIES.to_owned(), Subject::NOTHING)
}

/// One policy.
pub fn get(account: &str, id: &str) -> Result<Request, VendorError> {
    Ok(Request::read(POLICY, path(account, id)?, SUBJECT))
}

/// The events that a policy about the account can name.
pub fn list_events(account: &str) -> Result<Request, VendorError> {
    Ok(Request::read(EVENTS, of_account(EVENTS, account)?, Subject::NOTHING))
}

/// A new policy.
pub fn create(account: &str, privacy_level: &str, policy: &PolicyMembers) -> Result<Request, VendorError> {
    let mut body = members(policy);
    body.insert("privacyLevel".to_owned(), json!(privacy_level));
    let path = of_account(POLICIES, account)?;
    Ok(Request::write(Method::POST, POLICIES, path, Subject::NOTHING).with_body(Value::Object(body)))
}

/// A change of a policy: only what is new of it. One of the vendor's clients sends it flat, another wraps it in
/// `policy`; flat is what the vendor's document has.
pub fn update(account: &str, id: &str, policy: &PolicyMembers) -> Result<Request, VendorError> {
    let body = Value::Object(members(policy));
    Ok(Request::write(Method::PUT, POLICY, path(account, id)?, SUBJECT).with_body(body))
}

/// The end of a policy.
pub fn delete(account: &str, id: &str) -> Result<Request, VendorError> {
    Ok(Request::write(Method::DELETE, POLICY, path(account, id)?, SUBJECT))
}

fn path(account: &str, id: &str) -> Result<String, VendorError> {
    of_account(&format!("{POLICIES}/{}", segment(id)?), account)
}

fn members(policy: &PolicyMembers) -> Map<String, Value> {
    let members = [
        ("name", policy.name.as_ref().map(|name| json!(name))),
        ("description", policy.description.as_ref().map(|description| json!(description))),
        ("isActive", policy.is_active.map(|active| json!(active))),
        ("subscriptions", policy.subscriptions.as_deref().map(subscriptions)),
        ("registeredUsers", policy.registered_users.as_ref().map(registered_users)),
        ("computePolicyConfig", policy.config.as_ref().map(config)),
    ];
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn subscriptions(all: &[Subscription]) -> Value {
    let one =
        |one: &Subscription| json!({"type": one.channel, "endpoint": one.endpoint.secret().expose_secret()});
    all.iter().map(one).collect()
}

fn registered_users(users: &RegisteredUsers) -> Value {
    users
        .values()
        .map(|user| json!({"userEmail": user.email, "subscriptionTypes": user.subscription_types}))
        .collect()
}

/// The vendor takes one way to pick resources.
fn config(config: &ComputeConfig) -> Value {
    let events: Value =
        config.events.iter().map(|(event, kind)| json!({"event": event, "type": kind})).collect();
    if config.all_resources {
        json!({"events": events, "shouldIncludeAllResources": true})
    } else if config.rules.is_empty() {
        json!({"events": events, "resourceIds": config.resource_ids})
    } else {
        let rules: Value = config.rules.iter().map(rule).collect();
        json!({"events": events, "dynamicRules": rules})
    }
}

fn rule(conditions: &BTreeSet<Condition>) -> Value {
    let condition = |one: &Condition| {
        let Condition { identifier, operator, expression } = one;
        json!({"identifier": identifier, "operator": operator, "expression": expression})
    };
    json!({"filterConditions": conditions.iter().map(condition).collect::<Value>()})
}
