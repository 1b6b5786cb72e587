//! Users: people and machine users, and the roles of people in accounts.

mod account_roles;
mod calls;
mod control;
mod machines;
mod rows;
pub(super) mod state;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use super::need::Given::{Administrators, Allowed};
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/setup/user";
const ONE: &str = "/setup/user/{userId}";
const MACHINES: &str = "/setup/user/programmatic";
const MAPPINGS: &str = "/setup/accountUserMapping";
const IN_ACCOUNT: &str = "/setup/account/{accountId}/user";

const SEE: Need = Need::in_organization("setup:describeOrganizationUsers", Allowed);
const SEE_MAPPED: Need = Need::in_organization("setup:describeAllUsers", Allowed);
const SEE_MAPPED_TO_ONE: Need = Need::in_account("setup:describeAccountUsers", Allowed);
const SEE_ROLES: Need = Need::in_organization("setup:describeUserPermissions", Allowed);
const SEE_PERMISSIONS: Need = Need::in_account("setup:describeUserPermissions", Allowed);
const MAKE: Need = Need::in_organization("setup:createUser", Allowed);
/// An administrator's alone, whatever policies say (spot-wire §2.4).
const MAKE_MACHINE: Need = Need::in_organization("setup:createProgrammaticUser", Administrators);
const END: Need = Need::in_organization("setup:deleteUser", Allowed);
const EDIT: Need = Need::in_organization("setup:updateUser", Allowed);
const MAP: Need = Need::in_organization("setup:updateUserPoliciesMapping", Allowed);
const GROUP: Need = Need::in_organization("setup:updateUserGroupMapping", Allowed);
const ATTACH_EACH: Need = Need::in_each(account_roles::ATTACH);
const ATTACH_ONE: Need = Need::in_account(account_roles::ATTACH, Allowed);
const CHANGE_ATTACHED: Need = Need::in_account("setup:updateUserMapping", Allowed);
const DETACH_ONE: Need = Need::in_account("setup:deleteUserMapping", Allowed);

static LIST: Operation = Operation::list("listUsers", SEE, |call| calls::list(call));
static CREATE: Operation = Operation::change("createUser", "user", MAKE, calls::create);
static LIST_MAPPED: Operation =
    Operation::list("listMappedUsers", SEE_MAPPED, |call| calls::list_mapped(call))
        .or_where(|call| call.query("accountId").is_some(), SEE_MAPPED_TO_ONE);
static GET: Operation = Operation::get("getUser", SEE, |call| calls::get(call));
static DELETE: Operation = Operation::change("deleteUser", "user", END, calls::delete);
static SET_POLICIES: Operation = Operation::change("setUserPolicies", "user", MAP, calls::set_policies)
    .audited_as("updateUserPolicyMapping");
static SET_GROUPS: Operation = Operation::change("setUserGroups", "user", GROUP, calls::set_groups)
    .audited_as("updateUserUserGroupMapping");
/// Published's form: role and accounts in one.
static UPDATE_PERMISSIONS: Operation =
    Operation::change("updateUserPermissions", "user", EDIT, calls::update_permissions);
static CREATE_MACHINE: Operation =
    Operation::change("createProgrammaticUser", "user", MAKE_MACHINE, machines::create);
static LIST_MACHINES: Operation =
    Operation::list("listProgrammaticUsers", SEE, |call| Ok(machines::list(call)));
static GET_MACHINE: Operation = Operation::get("getProgrammaticUser", SEE, |call| machines::get(call));
static LIST_ROLES: Operation =
    Operation::list("listAccountRoles", SEE_ROLES, |call| account_roles::list(call));
static LIST_PERMISSIONS: Operation =
    Operation::list("listPermissions", SEE_PERMISSIONS, |call| account_roles::list_permissions(call));
static ATTACH_MANY: Operation =
    Operation::change("attachUsers", "user", ATTACH_EACH, account_roles::attach_many)
        .audited_as("attachUserToAccount");
static ATTACH: Operation = Operation::change("attachUser", "user", ATTACH_ONE, account_roles::attach)
    .audited_as("attachUserToAccount");
static CHANGE_ROLE: Operation =
    Operation::change("changeAttachedUser", "user", CHANGE_ATTACHED, account_roles::change)
        .audited_as("updateUserPermissions");
static DETACH: Operation = Operation::change("detachUser", "user", DETACH_ONE, account_roles::detach)
    .audited_as("detachUserFromAccount");

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::GET, "/setup/organization/user", &LIST),
        route(Method::POST, ALL, &CREATE).with_query(&["generateToken"]),
        route(Method::GET, ALL, &LIST_MAPPED),
        route(Method::POST, MACHINES, &CREATE_MACHINE),
        // Before `/setup/user/{userId}`, which these would match as well.
        route(Method::GET, MACHINES, &LIST_MACHINES),
        route(Method::GET, "/setup/user/programmatic/{userId}", &GET_MACHINE),
        route(Method::GET, "/setup/user/permission", &LIST_PERMISSIONS),
        route(Method::GET, ONE, &GET),
        route(Method::DELETE, ONE, &DELETE),
        route(Method::PUT, "/setup/user/{userId}/policyMapping", &SET_POLICIES),
        route(Method::PUT, "/setup/user/{userId}/userGroupMapping", &SET_GROUPS),
        route(Method::GET, MAPPINGS, &LIST_ROLES).with_query(&["userEmail"]),
        route(Method::POST, MAPPINGS, &ATTACH_MANY),
        route(Method::POST, IN_ACCOUNT, &ATTACH),
        route(Method::PUT, IN_ACCOUNT, &CHANGE_ROLE),
        route(Method::DELETE, IN_ACCOUNT, &DETACH),
    ],
    published: &[
        route(Method::GET, "/setup/organization/{organizationId}/user", &LIST).named("listOrganizationUsers"),
        route(Method::POST, ALL, &CREATE),
        route(Method::POST, MACHINES, &CREATE_MACHINE),
        route(Method::GET, ONE, &GET),
        route(Method::PUT, ONE, &UPDATE_PERMISSIONS),
        route(Method::DELETE, ONE, &DELETE),
    ],
    controls: &[
        Control::to_none(Method::POST, "users", control::create),
        Control::to_one(Method::PATCH, "users/{id}", control::change),
        Control::to_one(Method::DELETE, "users/{id}", control::delete),
    ],
    state: &[("users", |world| {
        world.users().map(|(user, details)| control::row(world, user, details)).collect()
    })],
};
