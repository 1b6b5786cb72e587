//! All that the vendor knows: its parts, what needs several of them, and what counts as a change.

mod accounts;
mod groups;
mod in_accounts;
mod organizations;
pub(super) mod parts;
mod policies;
pub(super) mod record;
pub(super) mod register;
mod rejections;
mod resources;
mod rights;
mod tokens;
mod users;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::accounts::Accounts;
use self::groups::Groups;
use self::in_accounts::{InAccounts, Part};
use self::organizations::Organizations;
use self::parts::{Holds, Parts};
use self::policies::Policies;
use self::record::InAccount;
use self::register::Register;
use self::rejections::Rejections;
use self::resources::Resources;
use self::rights::Rights;
use self::tokens::Tokens;
use self::users::Users;
use crate::sandbox::core::{Lag, State};
use crate::sandbox::spot::access::grants;
use crate::sandbox::spot::access::roles::AccountRole;
use crate::sandbox::spot::account::state::{Account, AccountDetails, AccountKept};
use crate::sandbox::spot::audit::state::{AuditEvent, AuditLog};
use crate::sandbox::spot::credential::state::ExternalId;
use crate::sandbox::spot::group::state::{GroupDetails, UserGroup};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::organization::state::Organization;
use crate::sandbox::spot::policy::state::{Policy, PolicyDetails, PolicyKept};
use crate::sandbox::spot::resource::state::Resource;
use crate::sandbox::spot::token::state::{IssuedToken, Token};
use crate::sandbox::spot::user::state::{User, UserDetails, UserKept};

/// How long an external id can be used: the sandbox's own choice.
const EXTERNAL_ID_LIVES: SignedDuration = SignedDuration::from_hours(1);

/// Everything that survives a restart. Its form in JSON is that of its parts, one beside the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    #[serde(flatten)]
    pub(in crate::sandbox::spot) register: Register,
    pub(in crate::sandbox::spot) organizations: Organizations,
    pub(in crate::sandbox::spot) accounts: Accounts,
    pub(in crate::sandbox::spot) users: Users,
    pub(in crate::sandbox::spot) groups: Groups,
    pub(in crate::sandbox::spot) policies: Policies,
    #[serde(flatten)]
    parts: Parts,
    pub(in crate::sandbox::spot) resources: Resources,
    #[serde(rename = "rejected_credentials")]
    pub(in crate::sandbox::spot) rejections: Rejections,
    pub(in crate::sandbox::spot) tokens: Tokens,
    audit: AuditLog,
}

impl World {
    /// An empty world that takes its ids from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            register: Register::new(seed),
            organizations: Organizations::default(),
            accounts: Accounts::default(),
            users: Users::default(),
            groups: Groups::default(),
            policies: Policies::default(),
            parts: Parts::default(),
            resources: Resources::default(),
            rejections: Rejections::default(),
            tokens: Tokens::default(),
            audit: AuditLog::default(),
        }
    }

    /// What users may do.
    pub(in crate::sandbox::spot) fn rights(&self) -> Rights<'_> {
        Rights { accounts: &self.accounts, groups: &self.groups, policies: &self.policies }
    }

    /// The organizations, by id.
    pub fn organizations(&self) -> impl Iterator<Item = &Organization> {
        self.organizations.all()
    }

    /// One organization.
    pub fn organization(&self, id: OrganizationId) -> Option<&Organization> {
        self.organizations.get(id)
    }

    /// The organization that was there first.
    pub fn oldest_organization(&self) -> Option<&Organization> {
        // The default account lives as long as its organization.
        let serial = |organization: &&Organization| {
            self.accounts.get(&organization.default_account).map(|(account, _)| account.serial)
        };
        self.organizations.all().min_by_key(serial)
    }

    /// Makes an organization with its default account and its administrator.
    pub fn create_organization(
        &mut self,
        now: Timestamp,
        id: Option<OrganizationId>,
        name: &str,
        creator: Option<OrganizationId>,
    ) -> OrganizationId {
        let id = id
            .filter(|id| !self.organizations.contains(*id))
            .unwrap_or_else(|| self.register.unused_organization_id(|id| self.organizations.contains(id)));
        // A list has to show the default account from the first moment: without it nothing proves
        // where a token belongs.
        let at_once = Lag::default();
        let administrator = UserDetails {
            grants: grants::administration(),
            ..UserDetails::person(&format!("admin@{id}.example.com"))
        };
        let administrator = self.create_user(now, at_once, id, administrator);
        let default_account = self.create_account(now, at_once, id, name);
        self.organizations.insert(Organization {
            id,
            name: name.to_owned(),
            default_account,
            administrator,
            creator,
            created_at: now,
        });
        id
    }

    /// Removes an organization with all that is in it. False: there is none.
    pub fn delete_organization(&mut self, id: OrganizationId) -> bool {
        if !self.organizations.remove(id) {
            return false;
        }
        self.accounts.forget(id);
        self.users.forget(id);
        self.groups.forget(id);
        self.policies.forget(id);
        self.parts.each_mut().into_iter().for_each(|part| part.forget(id));
        self.resources.forget(id);
        self.tokens.forget(id);
        self.audit.forget(id);
        true
    }

    /// Every account, also those that are deleted and still listed.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.records()
    }

    /// One account that lives, whatever lists show.
    pub fn account(&self, id: &str) -> Option<(&Account, &AccountDetails)> {
        self.accounts.get(id)
    }

    /// The oldest account that lives: what an account-scoped call without `accountId` means.
    pub fn oldest_account(&self, organization: OrganizationId) -> Option<&Account> {
        self.accounts.oldest(organization)
    }

    /// Makes an account. Names are not unique, so this always makes a new one.
    pub fn create_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        name: &str,
    ) -> String {
        self.accounts.create(&mut self.register, now, lag, organization, name)
    }

    /// Changes an account. False: there is none. A change that changes nothing is no effect.
    pub fn change_account(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut AccountDetails),
    ) -> bool {
        self.accounts.change(now, lag, id, change)
    }

    /// Deletes an account, unless it is its organization's default account. Roles in it,
    /// mappings to it and all that is in it go with it.
    pub fn delete_account(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), AccountKept> {
        let (account, _) = self.account(id).ok_or(AccountKept::Missing)?;
        let is_default = self
            .organization(account.organization)
            .is_some_and(|organization| organization.default_account == id);
        if is_default {
            return Err(AccountKept::Default);
        }
        self.accounts.remove(now, lag, id);
        self.users.change_all(now, lag, |user| {
            user.account_roles.remove(id);
            user.grants.forget_account(id);
        });
        self.groups.change_all(now, lag, |group| group.grants.forget_account(id));
        self.parts.each_mut().into_iter().for_each(|part| part.remove_in(now, lag, id));
        self.resources.forget_account(id);
        Ok(())
    }

    /// Makes an account's external id anew. None: there is no such account.
    pub fn request_external_id(&mut self, now: Timestamp, lag: Lag, account: &str) -> Option<ExternalId> {
        let id = self.register.external_id();
        let made = ExternalId { id, valid_until: now + EXTERNAL_ID_LIVES, used: false };
        self.change_account(now, lag, account, |details| details.external_id = Some(made.clone()))
            .then_some(made)
    }

    /// From now on the cloud turns this role, application (`clientId`) or service account
    /// (`client_email`) away. False: it did already.
    pub fn reject_credentials(&mut self, identity: &str) -> bool {
        self.rejections.reject(identity)
    }

    /// From now on the cloud lets it in again. False: it did already.
    pub fn accept_credentials(&mut self, identity: &str) -> bool {
        self.rejections.accept(identity)
    }

    /// Every user that lives, whatever lists show.
    pub fn users(&self) -> impl Iterator<Item = (&User, &UserDetails)> {
        self.users.living()
    }

    /// One user that lives, whatever lists show.
    pub fn user(&self, id: &str) -> Option<(&User, &UserDetails)> {
        self.users.get(id)
    }

    /// The oldest user of this name: a person's address or a machine user's name.
    pub fn user_named(&self, username: &str) -> Option<(&User, &UserDetails)> {
        self.users.named(username)
    }

    /// Whether a user is mapped to the built-in Admin, itself or through a group.
    pub fn is_administrator(&self, user: &UserDetails) -> bool {
        self.rights().is_administrator(user)
    }

    /// The administrators of an organization, oldest first.
    pub fn administrators(&self, organization: OrganizationId) -> Vec<(&User, &UserDetails)> {
        let mut administrators: Vec<_> = self
            .users()
            .filter(|(user, _)| user.organization == organization)
            .filter(|(_, details)| self.is_administrator(details))
            .collect();
        administrators.sort_by_key(|(user, _)| user.serial);
        administrators
    }

    /// Makes a user: a person (`u-…`) or a machine user (`pu-…`), as the details say.
    pub fn create_user(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: UserDetails,
    ) -> String {
        self.users.create(&mut self.register, now, lag, organization, details)
    }

    /// Gives a user a role in an account, or takes it away with None. False: no such user.
    pub fn set_account_role(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        account: &str,
        role: Option<AccountRole>,
    ) -> bool {
        self.users.set_account_role(now, lag, id, account, role)
    }

    /// Deletes a user and its tokens, unless nobody else could administer the organization.
    pub fn delete_user(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), UserKept> {
        let (user, details) = self.user(id).ok_or(UserKept::Missing)?;
        let email = details.email.clone();
        let administrators = self.administrators(user.organization);
        if administrators.len() == 1 && administrators[0].0.id == id {
            return Err(UserKept::OnlyAdministrator);
        }
        self.users.remove(now, lag, id);
        self.tokens.forget_user(id);
        self.parts.each_mut().into_iter().for_each(|part| part.forget_user(now, lag, &email));
        Ok(())
    }

    /// Every group that lives, whatever lists show.
    pub fn groups(&self) -> impl Iterator<Item = (&UserGroup, &GroupDetails)> {
        self.groups.living()
    }

    /// One group that lives, whatever lists show.
    pub fn group(&self, id: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.groups.get(id)
    }

    /// The oldest group of this name.
    pub fn group_named(&self, name: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.groups.named(name)
    }

    /// The ids of a group's members, whatever lists show.
    pub fn members(&self, group: &str) -> BTreeSet<String> {
        self.users.members(group)
    }

    /// Replaces the members of a group. False: there is none.
    pub fn set_members(&mut self, now: Timestamp, lag: Lag, id: &str, members: &BTreeSet<String>) -> bool {
        let there = self.group(id).is_some();
        if there {
            self.users.set_members(now, lag, id, members);
        }
        there
    }

    /// Deletes a group; its members leave it. False: there is none.
    pub fn delete_group(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        let deleted = self.groups.remove(now, lag, id);
        if deleted {
            self.users.change_all(now, lag, |user| {
                user.groups.remove(id);
            });
        }
        deleted
    }

    /// Every policy that lives, whatever lists show, without the built-in ones.
    pub fn policies(&self) -> impl Iterator<Item = (&Policy, &PolicyDetails)> {
        self.policies.living()
    }

    /// One policy that an organization has: its own, or a built-in one.
    pub fn policy(&self, organization: OrganizationId, id: &str) -> Option<(&Policy, &PolicyDetails)> {
        self.policies.get(organization, id)
    }

    /// The oldest policy of this name, built-in ones last.
    pub fn policy_named(&self, name: &str) -> Option<(&Policy, &PolicyDetails)> {
        self.policies.named(name)
    }

    /// Deletes a policy; mappings to it go with it.
    pub fn delete_policy(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), PolicyKept> {
        self.policies.remove(now, lag, id)?;
        self.users.change_all(now, lag, |user| {
            user.grants.0.remove(id);
        });
        self.groups.change_all(now, lag, |group| {
            group.grants.0.remove(id);
        });
        Ok(())
    }

    /// All of a kind that is in accounts.
    pub fn in_accounts<D>(&self) -> &InAccounts<D>
    where
        Parts: Holds<D>,
    {
        self.parts.all()
    }

    /// The same, to be changed.
    pub(in crate::sandbox::spot) fn in_accounts_mut<D>(&mut self) -> &mut InAccounts<D>
    where
        Parts: Holds<D>,
    {
        self.parts.all_mut()
    }

    /// Makes something in an account; the same again makes another. None: there is no such account.
    pub fn create_in_account<D: InAccount>(&mut self, now: Timestamp, lag: Lag, details: D) -> Option<String>
    where
        Parts: Holds<D>,
    {
        let organization = self.account(details.account())?.0.organization;
        Some(self.parts.all_mut().create(&mut self.register, now, lag, organization, details))
    }

    /// One resource.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// Puts a resource into an account: with this id, or with a group's new one (`sig-…`). One
    /// that is there moves. None: there is no such account.
    pub fn add_resource(&mut self, account: &str, id: Option<&str>, name: &str) -> Option<String> {
        let organization_id = self.account(account)?.0.organization;
        let resource = Resource { organization_id, account_id: account.to_owned(), name: name.to_owned() };
        Some(self.resources.put(&mut self.register, id, resource))
    }

    /// The tokens by digest.
    pub fn tokens(&self) -> impl Iterator<Item = (&String, &Token)> {
        self.tokens.all()
    }

    /// The user whose token it is; None once it is revoked, or its user deleted.
    pub fn working_token(&self, value: &str) -> Option<(&User, &UserDetails)> {
        self.user(&self.tokens.of_value(value)?.user)
    }

    /// The tokens of one user, oldest first.
    pub fn tokens_of(&self, user: &str) -> Vec<&Token> {
        self.tokens.of_user(user)
    }

    /// Gives an organization's oldest administrator a token: the given value, or a new one.
    /// None: there is no such organization, or nobody to administer it.
    pub fn issue_token(
        &mut self,
        organization: OrganizationId,
        value: Option<String>,
    ) -> Option<IssuedToken> {
        let since = self.organization(organization)?.created_at;
        let user = self.administrators(organization).first()?.0.id.clone();
        self.issue_user_token(since, &user, "issued", value)
    }

    /// Gives a user a token: the given value, or a new one. None: there is no such user.
    pub fn issue_user_token(
        &mut self,
        now: Timestamp,
        user: &str,
        name: &str,
        value: Option<String>,
    ) -> Option<IssuedToken> {
        let (user, _) = self.users.get(user)?;
        Some(self.tokens.issue(&mut self.register, now, user, name, value))
    }

    /// Revokes a token by its digest. False: there is none.
    pub fn revoke_token(&mut self, digest: &str) -> bool {
        self.tokens.revoke(digest)
    }

    /// The latest events of the audit log, oldest first.
    pub fn audit_events(&self) -> impl Iterator<Item = &AuditEvent> {
        self.audit.events()
    }

    /// Adds an event to the audit log. What happened in an organization that is gone is forgotten.
    pub fn record(&mut self, event: AuditEvent) {
        if self.organizations.contains(event.organization_id) {
            self.audit.add(event);
        }
    }
}

impl State for World {
    const FORM: u32 = 3;

    /// The audit log alone does not move it.
    fn revision(&self) -> u64 {
        self.organizations.changes()
            + self.accounts.changes()
            + self.users.changes()
            + self.groups.changes()
            + self.policies.changes()
            + self.parts.each().into_iter().map(Part::changes).sum::<u64>()
            + self.resources.changes()
            + self.rejections.changes()
            + self.tokens.changes()
    }

    /// Every event in the audit log.
    fn noted(&self) -> u64 {
        self.audit.total()
    }
}
