//! Organizations.

mod calls;
mod control;
pub(super) mod state;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use super::need::{Given::Administrators, Given::Allowed, Need};
use super::operation::Operation;
use crate::sandbox::core::route;

const PATH: &str = "/setup/organization";
const MAKE: Need = Need::in_organization("setup:createOrganization", Allowed);
const END: Need = Need::in_organization("setup:deleteOrganization", Administrators);

static CREATE: Operation = Operation::change("createOrganization", "organization", MAKE, calls::create);
static DELETE: Operation = Operation::change("deleteOrganization", "organization", END, calls::delete);
/// Published's form without an id: the token's own.
static DELETE_OWN: Operation =
    Operation::change("deleteOwnOrganization", "organization", END, |call| Ok(calls::delete_own(call)))
        .audited_as("deleteOrganization");

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::POST, PATH, &CREATE),
        route(Method::DELETE, "/setup/organization/{organizationId}", &DELETE),
    ],
    published: &[
        route(Method::POST, PATH, &CREATE),
        route(Method::DELETE, PATH, &DELETE_OWN).named("deleteOrganization"),
    ],
    controls: &[
        Control::to_none(Method::POST, "organizations", control::create),
        Control::to_one(Method::PATCH, "organizations/{id}", control::rename),
        Control::to_one(Method::DELETE, "organizations/{id}", |sandbox, _, id, _| {
            control::delete(sandbox, id)
        }),
    ],
    state: &[("organizations", |world| world.organizations().map(control::row).collect())],
};
