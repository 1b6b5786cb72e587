//! Event subscriptions.

mod calls;
mod control;
mod rows;
pub(super) mod state;

use http::Method;

use super::SubscriptionDetails;
use super::control::Control;
use super::kind::Kind;
use super::need::Given::Allowed;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::{Route, route};

const ALL: &str = "/events/subscription";
const ONE: &str = "/events/subscription/{subscriptionId}";
const SEE: Need = Need::in_account("elastigroup:describeNotificationSubscription", Allowed);
const MAKE: Need = Need::in_account("elastigroup:createNotification", Allowed);
const EDIT: Need = Need::in_account("elastigroup:updateNotificationSubscription", Allowed);
const END: Need = Need::in_account("elastigroup:deleteNotificationSubscription", Allowed);

static CREATE: Operation = Operation::change("createSubscription", "subscription", MAKE, calls::create);
static LIST: Operation = Operation::list("listSubscriptions", SEE, calls::list);
static GET: Operation = Operation::get("getSubscription", SEE, calls::get);
static UPDATE: Operation = Operation::change("updateSubscription", "subscription", EDIT, calls::update);
static DELETE: Operation = Operation::change("deleteSubscription", "subscription", END, calls::delete);

/// Alike in both contracts.
const ROUTES: &[Route<&Operation>] = &[
    route(Method::POST, ALL, &CREATE),
    route(Method::GET, ALL, &LIST),
    route(Method::GET, ONE, &GET),
    route(Method::PUT, ONE, &UPDATE),
    route(Method::DELETE, ONE, &DELETE),
];

pub(super) static KIND: Kind = Kind {
    production: ROUTES,
    published: ROUTES,
    controls: &[
        Control::to_none(Method::POST, "subscriptions", control::create),
        Control::to_one(Method::PATCH, "subscriptions/{id}", control::change),
        Control::to_one(Method::DELETE, "subscriptions/{id}", control::delete),
    ],
    state: &[("subscriptions", |world| {
        let all = world.in_accounts::<SubscriptionDetails>().living();
        all.map(|(subscription, details)| control::row(subscription, details)).collect()
    })],
};
