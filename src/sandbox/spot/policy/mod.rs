//! Access policies, and the actions that they can name.

mod actions;
pub(super) mod built_in;
mod calls;
mod control;
mod rows;
pub(super) mod state;
mod wildcard;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use super::need::Given::Allowed;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/setup/access/policy";
const ONE: &str = "/setup/access/policy/{policyId}";
const SEE: Need = Need::in_organization("setup:describePolicy", Allowed);
const SEE_IN_ACCOUNT: Need = Need::in_account("setup:describePolicy", Allowed);
const MAKE: Need = Need::in_organization("setup:createPolicy", Allowed);
const EDIT: Need = Need::in_organization("setup:updatePolicy", Allowed);
const END: Need = Need::in_organization("setup:deletePolicy", Allowed);
const SEE_ACTIONS: Need = Need::in_organization("setup:describePolicyActions", Allowed);

static LIST: Operation = Operation::list("listPolicies", SEE, |call| Ok(calls::list(call)));
static LIST_OF_ACCOUNT: Operation =
    Operation::list("listAccountPolicies", SEE_IN_ACCOUNT, |call| calls::list_of_account(call));
static CREATE: Operation = Operation::change("createPolicy", "policy", MAKE, calls::create);
static UPDATE: Operation = Operation::change("updatePolicy", "policy", EDIT, calls::update);
static DELETE: Operation = Operation::change("deletePolicy", "policy", END, calls::delete);
static LIST_ACTIONS: Operation =
    Operation::list("listPolicyActions", SEE_ACTIONS, |call| Ok(actions::list(call)));

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::GET, "/setup/organization/policy", &LIST),
        route(Method::GET, ALL, &LIST_OF_ACCOUNT),
        route(Method::POST, ALL, &CREATE),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
        route(Method::GET, "/setup/access/policyAction", &LIST_ACTIONS).with_query(&[
            "name",
            "service",
            "resourcePattern",
            "scope",
            "category",
        ]),
    ],
    published: &[
        route(Method::GET, ALL, &LIST).named("listAccessPolicies"),
        route(Method::POST, ALL, &CREATE).named("createAccessPolicy"),
        route(Method::PUT, ONE, &UPDATE).named("updateAccessPolicy"),
        route(Method::DELETE, ONE, &DELETE).named("deleteAccessPolicy"),
    ],
    controls: &[
        Control::to_none(Method::POST, "policies", control::create),
        Control::to_one(Method::PATCH, "policies/{id}", control::change),
        Control::to_one(Method::DELETE, "policies/{id}", control::delete),
    ],
    state: &[("policies", |world| {
        world.policies().map(|(policy, details)| control::row(policy, details)).collect()
    })],
};
