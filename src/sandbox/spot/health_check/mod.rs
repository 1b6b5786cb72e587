//! Health checks.

mod calls;
pub(super) mod state;

use http::Method;

use super::HealthCheckDetails;
use super::kind::Kind;
use super::need::Given::{Allowed, Everybody};
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/healthCheck";
const ONE: &str = "/healthCheck/{healthCheckId}";
const SEE: Need = Need::in_account("elastigroup:describeHealthCheck", Everybody);
const MAKE: Need = Need::in_account("elastigroup:createHealthCheck", Allowed);
const EDIT: Need = Need::in_account("elastigroup:updateHealthCheck", Allowed);
const END: Need = Need::in_account("elastigroup:deleteHealthCheck", Allowed);

/// A sign of life in the document, a list in the live service.
static CHECK: Operation = Operation::list("healthCheck", SEE, calls::check);
static CREATE: Operation = Operation::change("createHealthCheck", "healthCheck", MAKE, calls::create);
static GET: Operation = Operation::get("getHealthCheck", SEE, calls::get);
static UPDATE: Operation = Operation::change("updateHealthCheck", "healthCheck", EDIT, calls::update);
static DELETE: Operation = Operation::change("deleteHealthCheck", "healthCheck", END, calls::delete);

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::GET, ALL, &CHECK).named("listHealthChecks"),
        route(Method::POST, ALL, &CREATE),
        route(Method::GET, ONE, &GET),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
    ],
    published: &[route(Method::GET, ALL, &CHECK)],
    state: &[("healthChecks", |world| {
        let all = world.in_accounts::<HealthCheckDetails>().living();
        all.map(|(check, details)| calls::shown(check, details)).collect()
    })],
    ..Kind::NONE
};
