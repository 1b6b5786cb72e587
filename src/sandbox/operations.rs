//! Carries an operation out: one call, with all that it may look at.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::envelope::Success;
use super::ids::OrganizationId;
use super::lagged::Lag;
use super::refusal::{Entity, Refusal};
use super::routes::{Contract, Operation};
use super::state::{Account, World};
use super::{accounts, health, organizations, users};

/// One authenticated call.
pub(super) struct Call<'a> {
    pub(super) contract: Contract,
    pub(super) world: &'a mut World,
    pub(super) now: Timestamp,
    pub(super) lag: Lag,
    /// The organization that the token belongs to.
    pub(super) organization: OrganizationId,
    pub(super) parameters: &'a BTreeMap<&'static str, String>,
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    /// What the path says in the place of `{name}`.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A query parameter. An empty one counts as left out.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The account of an account-scoped call: the one that `accountId` names, else, silently, the
    /// oldest (spot-wire §1, "Account scope").
    pub(super) fn scoped_account(&self) -> Result<&Account, Refusal> {
        match self.query("accountId") {
            Some(id) => self
                .world
                .account(id)
                .map(|(account, _)| account)
                .filter(|account| account.organization == self.organization)
                .ok_or_else(|| Refusal::missing(Entity::Account, id)),
            None => self
                .world
                .oldest_account(self.organization)
                .ok_or_else(|| Refusal::missing(Entity::Account, "default")),
        }
    }
}

pub(super) fn carry_out(operation: Operation, call: &mut Call<'_>) -> Result<Success, Refusal> {
    match operation {
        Operation::CreateOrganization => organizations::create(call),
        Operation::DeleteOrganization => organizations::delete(call),
        Operation::DeleteOwnOrganization => Ok(organizations::delete_own(call)),
        Operation::CreateAccount => accounts::create(call),
        Operation::ListAccounts => Ok(accounts::list(call)),
        Operation::GetAccount => accounts::get(call),
        Operation::UpdateAccount => accounts::update(call),
        Operation::DeleteAccount => accounts::delete(call),
        Operation::ListUsers => users::list(call),
        Operation::GetUser => users::get(call),
        Operation::HealthCheck => health::check(call),
    }
}
