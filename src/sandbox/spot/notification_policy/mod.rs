//! Notification policies: Production alone has them (spot-notifications).

mod calls;
mod control;
mod rows;
pub(super) mod state;

use http::Method;

use super::NotificationPolicyDetails;
use super::control::Control;
use super::kind::Kind;
use super::need::Given::{Allowed, Everybody};
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/notificationCenter/policy";
const ONE: &str = "/notificationCenter/policy/{notificationPolicyId}";
/// Which of them, the operation asks.
const SEE_OWN: Need = Need::in_account("elastigroup:describeNotificationPolicy", Everybody);
const SEE: Need = Need::in_account("elastigroup:describeNotificationPolicy", Allowed);
const MAKE: Need = Need::in_account("elastigroup:createNotificationPolicy", Allowed);
const EDIT: Need = Need::in_account("elastigroup:updateNotificationPolicy", Allowed);
const END: Need = Need::in_account("elastigroup:deleteNotificationPolicy", Allowed);

static CREATE: Operation =
    Operation::change("createNotificationPolicy", "notificationPolicy", MAKE, calls::create);
static LIST: Operation = Operation::list("listNotificationPolicies", SEE_OWN, |call| Ok(calls::list(call)));
static GET: Operation = Operation::get("getNotificationPolicy", SEE_OWN, |call| calls::get(call));
static UPDATE: Operation =
    Operation::change("updateNotificationPolicy", "notificationPolicy", EDIT, calls::update);
static DELETE: Operation =
    Operation::change("deleteNotificationPolicy", "notificationPolicy", END, calls::delete);
static LIST_EVENTS: Operation = Operation::list("listNotificationEvents", SEE, calls::list_events);
static LIST_RESOURCES: Operation = Operation::list("listNotificationResources", SEE, calls::list_resources);

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::POST, ALL, &CREATE),
        route(Method::GET, ALL, &LIST),
        route(Method::GET, ONE, &GET),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
        route(Method::GET, "/notificationCenter/compute/event", &LIST_EVENTS),
        route(Method::GET, "/notificationCenter/compute/resource", &LIST_RESOURCES),
    ],
    controls: &[
        Control::to_none(Method::POST, "notification-policies", control::create),
        Control::to_one(Method::PATCH, "notification-policies/{id}", control::change),
        Control::to_one(Method::DELETE, "notification-policies/{id}", control::delete),
    ],
    state: &[("notificationPolicies", |world| {
        let all = world.in_accounts::<NotificationPolicyDetails>().living();
        all.map(|(policy, details)| control::row(policy, details)).collect()
    })],
    ..Kind::NONE
};
