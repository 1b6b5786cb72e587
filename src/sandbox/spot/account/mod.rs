//! Accounts.

mod calls;
mod control;
mod rows;
pub(super) mod state;

use http::Method;

use super::control::Control;
use super::kind::Kind;
use super::need::Given::{Administrators, Allowed, Everybody};
use super::need::Need;
use super::operation::Operation;
use crate::sandbox::core::route;

const ALL: &str = "/setup/account";
const ONE: &str = "/setup/account/{accountId}";
const MAKE: Need = Need::in_organization("setup:createAccount", Allowed);
const SEE_ALL: Need = Need::in_organization("setup:describeAllAccounts", Allowed);
const SEE_OF_A_CLOUD: Need = Need::in_organization("setup:describeAccount", Everybody);
const SEE: Need = Need::in_account("setup:describeAccount", Everybody);
const EDIT: Need = Need::in_account("setup:updateAccount", Allowed);
/// An administrator's alone, whatever policies say (spot-wire §2.2).
const END: Need = Need::in_account("setup:deleteAccount", Administrators);

static CREATE: Operation = Operation::change("createAccount", "account", MAKE, calls::create);
static LIST: Operation = Operation::list("listAccounts", SEE_ALL, |call| Ok(calls::list(call)))
    .or_where(|call| calls::cloud_account(call).is_some(), SEE_OF_A_CLOUD);
static GET: Operation = Operation::get("getAccount", SEE, |call| calls::get(call));
static UPDATE: Operation = Operation::change("updateAccount", "account", EDIT, calls::update);
static DELETE: Operation = Operation::change("deleteAccount", "account", END, calls::delete);

pub(super) static KIND: Kind = Kind {
    production: &[
        route(Method::POST, ALL, &CREATE),
        // `awsAccountId` is the older name of `cloudAccountId` (spot-wire §2.2).
        route(Method::GET, ALL, &LIST).with_query(&["cloudAccountId", "awsAccountId"]),
        route(Method::GET, ONE, &GET),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
    ],
    published: &[
        route(Method::POST, ALL, &CREATE),
        route(Method::GET, ALL, &LIST).with_query(&["cloudAccountId"]),
        route(Method::PUT, ONE, &UPDATE),
        route(Method::DELETE, ONE, &DELETE),
    ],
    controls: &[
        Control::to_none(Method::POST, "accounts", control::create),
        Control::to_one(Method::PATCH, "accounts/{id}", control::change),
        Control::to_one(Method::DELETE, "accounts/{id}", control::delete),
    ],
    state: &[("accounts", |world| {
        let living = world.accounts().filter_map(|account| Some((account, account.details.current()?)));
        living.map(|(account, details)| control::row(account, details)).collect()
    })],
};
