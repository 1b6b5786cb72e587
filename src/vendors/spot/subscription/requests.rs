//! Event subscriptions, as they are asked for (spot-wire §2.7, spot-published). Each call names its
//! account.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::model::{NewSubscription, SubscriptionMember, SubscriptionUpdate};
use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::request::{Request, Subject, of_account, segment};

/// The subscription whose id is in the path.
pub const SUBJECT: Subject =
    Subject::called(&["SUBSCRIPTION", "EVENTSUBSCRIPTION", "NOTIFICATIONSUBSCRIPTION"]);

const SUBSCRIPTIONS: &str = "/events/subscription";
const SUBSCRIPTION: &str = "/events/subscription/{subscriptionId}";

/// All subscriptions of an account.
pub fn list(account: &str) -> Result<Request, VendorError> {
    Ok(Request::read(SUBSCRIPTIONS, of_account(SUBSCRIPTIONS, account)?, Subject::NOTHING))
}

/// One subscription.
pub fn get(account: &str, id: &str) -> Result<Request, VendorError> {
    Ok(Request::read(SUBSCRIPTION, path(account, id)?, SUBJECT))
}

/// A new subscription.
pub fn create(account: &str, subscription: &Map<String, Value>) -> Result<Request, VendorError> {
    let path = of_account(SUBSCRIPTIONS, account)?;
    Ok(Request::write(Method::POST, SUBSCRIPTIONS, path, Subject::NOTHING)
        .with_body(json!({ "subscription": subscription })))
}

/// A change of a subscription.
pub fn update(account: &str, id: &str, subscription: &Map<String, Value>) -> Result<Request, VendorError> {
    Ok(Request::write(Method::PUT, SUBSCRIPTION, path(account, id)?, SUBJECT)
        .with_body(json!({ "subscription": subscription })))
}

/// The end of a subscription.
pub fn delete(account: &str, id: &str) -> Result<Request, VendorError> {
    Ok(Request::write(Method::DELETE, SUBSCRIPTION, path(account, id)?, SUBJECT))
}

/// What a subscription has in both contracts.
pub fn whole(subscription: &NewSubscription) -> Map<String, Value> {
    let members = [
        ("resourceId", json!(subscription.resource_id)),
        ("protocol", json!(subscription.protocol)),
        ("endpoint", json!(subscription.endpoint.secret().expose_secret())),
        ("eventType", json!(subscription.event_type)),
    ];
    members.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

/// What is new of a subscription.
pub fn changed(update: &SubscriptionUpdate) -> Map<String, Value> {
    let new = &update.whole;
    let member = |member: &SubscriptionMember| match member {
        SubscriptionMember::Resource => ("resourceId", json!(new.resource_id)),
        SubscriptionMember::Protocol => ("protocol", json!(new.protocol)),
        SubscriptionMember::Endpoint => ("endpoint", json!(new.endpoint.secret().expose_secret())),
        SubscriptionMember::EventType => ("eventType", json!(new.event_type)),
        SubscriptionMember::EventFormat => ("eventFormat", json!(new.event_format)),
    };
    update.changed.iter().map(member).map(|(key, value)| (key.to_owned(), value)).collect()
}

fn path(account: &str, id: &str) -> Result<String, VendorError> {
    of_account(&format!("{SUBSCRIPTIONS}/{}", segment(id)?), account)
}
