//! User groups.

mod calls;
mod control;
mod rows;
pub(super) mod state;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use super::need::Given::Allowed;
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/setup/access/userGroup";
const ONE: &str = "/setup/access/userGroup/{userGroupId}";
const SEE: Need = Need::in_organization("setup:describeUserGroup", Allowed);
const MAKE: Need = Need::in_organization("setup:createUserGroup", Allowed);
const EDIT: Need = Need::in_organization("setup:updateUserGroup", Allowed);
const END: Need = Need::in_organization("setup:deleteUserGroup", Allowed);
const MAP: Need = Need::in_organization("setup:updateUserGroupMapping", Allowed);

static LIST: Operation = Operation::list("listGroups", SEE, |call| Ok(calls::list(call)));
static CREATE: Operation =
    Operation::change("createGroup", "userGroup", MAKE, calls::create).audited_as("createUserGroup");
static GET: Operation = Operation::get("getGroup", SEE, |call| calls::get(call));
static UPDATE: Operation =
    Operation::change("updateGroup", "userGroup", EDIT, calls::update).audited_as("updateUserGroup");
static DELETE: Operation =
    Operation::change("deleteGroup", "userGroup", END, calls::delete).audited_as("deleteUserGroup");
static SET_USERS: Operation = Operation::change("setGroupUsers", "userGroup", MAP, calls::set_users)
    .audited_as("updateUserGroupUserMapping");
static SET_POLICIES: Operation = Operation::change("setGroupPolicies", "userGroup", MAP, calls::set_policies)
    .audited_as("updateUserGroupPolicyMapping");

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::GET, ALL, &LIST),
        route(Method::POST, ALL, &CREATE),
        route(Method::GET, ONE, &GET),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
        route(Method::PUT, "/setup/access/userGroup/{userGroupId}/userMapping", &SET_USERS),
        route(Method::PUT, "/setup/access/userGroup/{userGroupId}/policyMapping", &SET_POLICIES),
    ],
    controls: &[
        Control::to_none(Method::POST, "groups", control::create),
        Control::to_one(Method::PATCH, "groups/{id}", control::change),
        Control::to_one(Method::DELETE, "groups/{id}", control::delete),
    ],
    state: &[("groups", |world| {
        world.groups().map(|(group, details)| control::row(world, group, details)).collect()
    })],
    ..Kind::NONE
};
