//! One authenticated call, with all that an operation may look at.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::contract::Contract;
use super::envelope::Success;
use super::ids::OrganizationId;
use super::need::{Given, Need, Place};
use super::refusal::Refusal;
use super::world::parts::{Holds, Parts};
use super::world::record::InAccount;
use super::{Account, Effect, GroupDetails, Policy, PolicyDetails, User, UserDetails, UserGroup, World};
use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::account::state::ACCOUNT;
use crate::sandbox::spot::group::state::USER_GROUP;
use crate::sandbox::spot::policy::state::POLICY;
use crate::sandbox::spot::user::state::USER;

/// One authenticated call.
pub(super) struct Call<'a> {
    pub(super) contract: Contract,
    pub(super) world: &'a mut World,
    pub(super) now: Timestamp,
    pub(super) lag: Lag,
    /// The organization that the token belongs to.
    pub(super) organization: OrganizationId,
    /// The user that the token belongs to.
    pub(super) user: &'a str,
    pub(super) parameters: &'a BTreeMap<&'static str, String>,
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a [u8],
    /// `?accountId=` counts for nothing, as on a server built from the document alone.
    pub(super) ignores_account_scope: bool,
    /// Every resource of a valid id can be subscribed to.
    pub(super) any_resource: bool,
    /// The account that it is about, once that is known: for the audit log.
    pub(super) scope: Option<String>,
    /// The objects that it changes, where the path does not name them: for the audit log.
    pub(super) subjects: Vec<String>,
    /// All that calls may ask of their callers' policies.
    pub(super) needs: fn() -> Vec<Need>,
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

    /// A query parameter that has to be there.
    pub(super) fn required_query(&self, name: &str) -> Result<&str, Refusal> {
        self.query(name)
            .ok_or_else(|| Refusal::invalid(format!("query.{name}"), format!("\"{name}\" is required")))
    }

    /// As lists show things now.
    pub(super) fn list_sight(&self) -> Sight {
        Sight::list(self.now, self.lag)
    }

    /// As reads of one object show things now.
    pub(super) fn read_sight(&self) -> Sight {
        Sight::read(self.now, self.lag)
    }

    /// Whether the caller administers its organization.
    fn is_administrator(&self) -> bool {
        self.world.user(self.user).is_some_and(|(_, details)| self.world.is_administrator(details))
    }

    /// What the caller's policies say of an action on an object, in an account or outside of all.
    fn verdict(&self, action: &str, account: Option<&str>, object: Option<&str>) -> Option<Effect> {
        let (_, details) = self.world.user(self.user)?;
        self.world.rights().verdict(self.organization, details, action, account, object)
    }

    /// Refuses a caller who may not do something in an account.
    pub(super) fn must_be_allowed(&self, action: &str, account: &str) -> Result<(), Refusal> {
        self.judge(action, Given::Allowed, Some(account), Some(account))
    }

    /// Refuses a caller who may not do what it asks for.
    pub(super) fn must_be_given(&self, need: Need) -> Result<(), Refusal> {
        let account = match need.place {
            Place::Each => return Ok(()),
            Place::Organization => None,
            // One that is not there is told by who looks for it.
            Place::Account => match self.parameters.get("accountId") {
                Some(id) => self.account(id).ok(),
                None => self.scoped_account().ok(),
            },
        };
        let account = account.map(|account| account.id.as_str());
        let object = self.parameters.values().next().map(String::as_str).or(account);
        self.judge(need.action, need.given, account, object)
    }

    /// A denial holds for everybody, administrators included.
    fn judge(
        &self,
        action: &str,
        given: Given,
        account: Option<&str>,
        object: Option<&str>,
    ) -> Result<(), Refusal> {
        let verdict = self.verdict(action, account, object);
        let why = match (verdict, given) {
            (Some(Effect::Deny), _) => format!("a policy of the token's user denies {action}"),
            (_, Given::Everybody) | (Some(Effect::Allow), Given::Allowed) => return Ok(()),
            _ if self.is_administrator() => return Ok(()),
            (_, Given::Allowed) => {
                format!("this needs {action}, which no policy of the token's user allows here")
            }
            (_, Given::Administrators) => "this needs an organization administrator".to_owned(),
        };
        Err(Refusal::forbidden(why))
    }

    /// Makes something in an account.
    pub(super) fn create_in_account<D: InAccount>(&mut self, details: D) -> Result<String, Refusal>
    where
        Parts: Holds<D>,
    {
        let account = details.account().to_owned();
        let made = self.world.create_in_account(self.now, self.lag, details);
        let id = made.ok_or_else(|| Refusal::missing(ACCOUNT, account))?;
        self.subjects.push(id.clone());
        Ok(id)
    }

    /// Done to this object, with nothing to show.
    pub(super) fn done_to(&mut self, id: impl Into<String>) -> Success {
        self.subjects.push(id.into());
        Success::Done
    }

    /// The account of an account-scoped call: the one that `accountId` names, else, silently, the
    /// oldest (spot-wire §1, "Account scope").
    fn scoped_account(&self) -> Result<&Account, Refusal> {
        match self.query("accountId").filter(|_| !self.ignores_account_scope) {
            Some(id) => self.account(id),
            None => self
                .world
                .oldest_account(self.organization)
                .ok_or_else(|| Refusal::missing(ACCOUNT, "default")),
        }
    }

    /// The id of that account, which the audit log tells as well.
    pub(super) fn scope(&mut self) -> Result<String, Refusal> {
        let id = self.scoped_account()?.id.clone();
        self.scope = Some(id.clone());
        Ok(id)
    }

    /// An account of the caller's organization. One of another is as good as missing.
    pub(super) fn account(&self, id: &str) -> Result<&Account, Refusal> {
        self.world
            .account(id)
            .map(|(account, _)| account)
            .filter(|account| account.organization == self.organization)
            .ok_or_else(|| Refusal::missing(ACCOUNT, id))
    }

    /// A user of the caller's organization.
    pub(super) fn user(&self, id: &str) -> Result<(&User, &UserDetails), Refusal> {
        self.world
            .user(id)
            .filter(|(user, _)| user.organization == self.organization)
            .ok_or_else(|| Refusal::missing(USER, id))
    }

    /// A group of the caller's organization.
    pub(super) fn group(&self, id: &str) -> Result<(&UserGroup, &GroupDetails), Refusal> {
        self.world
            .group(id)
            .filter(|(group, _)| group.organization == self.organization)
            .ok_or_else(|| Refusal::missing(USER_GROUP, id))
    }

    /// A policy that the caller's organization has.
    pub(super) fn policy(&self, id: &str) -> Result<(&Policy, &PolicyDetails), Refusal> {
        self.world.policy(self.organization, id).ok_or_else(|| Refusal::missing(POLICY, id))
    }
}
