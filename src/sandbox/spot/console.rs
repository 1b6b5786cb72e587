//! A person in the console, whose actions the audit log tells of.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::ids::OrganizationId;
use super::world::World;
use super::world::parts::{Holds, Parts};
use super::world::record::InAccount;
use super::{
    AccountDetails, AccountKept, AccountRole, AuditEvent, CloudCredential, Grants, GroupDetails,
    PolicyDetails, PolicyKept, Source, UserDetails, UserKept,
};
use crate::sandbox::core::Lag;

/// A person in the console. Nothing is refused but what the vendor could not do for anybody.
#[derive(Debug)]
pub struct Console<'a> {
    world: &'a mut World,
    now: Timestamp,
    lag: Lag,
    actor: Option<String>,
    audited: bool,
}

impl<'a> Console<'a> {
    pub(super) fn new(world: &'a mut World, now: Timestamp, lag: Lag) -> Self {
        Self { world, now, lag, actor: None, audited: true }
    }

    /// The same by a person of this address; else the organization's oldest administrator acts.
    #[must_use]
    pub fn by(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// The same, and the audit log says nothing of it.
    #[must_use]
    pub fn unaudited(mut self) -> Self {
        self.audited = false;
        self
    }

    /// Writes into the audit log what was done.
    pub(super) fn note(
        &mut self,
        organization: OrganizationId,
        action: &str,
        resource: &str,
        id: &str,
        context: Value,
    ) {
        let account = (resource == "account").then_some(id);
        self.note_in(organization, account, (action, resource, id), context);
    }

    /// The same of something in an account.
    fn note_in(
        &mut self,
        organization: OrganizationId,
        account: Option<&str>,
        (action, resource, id): (&str, &str, &str),
        context: Value,
    ) {
        if !self.audited {
            return;
        }
        let user = self.actor.clone().unwrap_or_else(|| {
            let administrators = self.world.administrators(organization);
            administrators.first().map_or_else(String::new, |(_, details)| details.signature().to_owned())
        });
        self.world.record(AuditEvent {
            organization_id: organization,
            account_id: account.map(ToOwned::to_owned),
            at: self.now,
            user,
            action_type: action.to_owned(),
            resource_type: resource.to_owned(),
            resource_id: id.to_owned(),
            context,
            source: Source::Ui,
            agent: "console".to_owned(),
            success: true,
        });
    }

    fn note_user(&mut self, done: bool, action: &str, id: &str) -> bool {
        if let Some(organization) = self.world.user(id).map(|(user, _)| user.organization) {
            self.note(organization, action, "user", id, json!({}));
        }
        done
    }

    /// Makes an account.
    pub fn create_account(&mut self, organization: OrganizationId, name: &str) -> String {
        let id = self.world.create_account(self.now, self.lag, organization, name);
        self.note(organization, "createAccount", "account", &id, json!({"name": name}));
        id
    }

    /// Changes an account. False: there is none.
    pub fn change_account(&mut self, id: &str, change: impl FnOnce(&mut AccountDetails)) -> bool {
        let Some(organization) = self.world.account(id).map(|(account, _)| account.organization) else {
            return false;
        };
        self.world.change_account(self.now, self.lag, id, change);
        self.note(organization, "updateAccount", "account", id, json!({}));
        true
    }

    /// Deletes an account, unless it is the default one.
    pub fn delete_account(&mut self, id: &str) -> Result<(), AccountKept> {
        let organization = self.world.account(id).ok_or(AccountKept::Missing)?.0.organization;
        self.world.delete_account(self.now, self.lag, id)?;
        self.note(organization, "deleteAccount", "account", id, json!({}));
        Ok(())
    }

    /// Links an account to a cloud; another cloud than before is no obstacle. False: there is no
    /// such account.
    pub fn set_credential(&mut self, account: &str, credential: CloudCredential) -> bool {
        let Some(organization) = self.world.account(account).map(|(account, _)| account.organization) else {
            return false;
        };
        let context = json!({"cloudProvider": credential.cloud()});
        self.world.accounts.link(self.now, self.lag, account, credential);
        self.note_in(organization, Some(account), ("setCredentials", "credentials", account), context);
        true
    }

    /// Makes something in an account. None: there is no such account.
    pub fn create_in_account<D: InAccount>(&mut self, details: D) -> Option<String>
    where
        Parts: Holds<D>,
    {
        let id = self.world.create_in_account(self.now, self.lag, details)?;
        self.note_in_account::<D>("create", &id);
        Some(id)
    }

    /// Changes anything of it. False: there is none.
    pub fn change_in_account<D: InAccount>(&mut self, id: &str, change: impl FnOnce(&mut D)) -> bool
    where
        Parts: Holds<D>,
    {
        let changed = self.world.in_accounts_mut().change(self.now, self.lag, id, change);
        self.note_in_account::<D>("update", id);
        changed
    }

    /// Deletes it. False: there is none.
    pub fn delete_in_account<D: InAccount>(&mut self, id: &str) -> bool
    where
        Parts: Holds<D>,
    {
        // While it is still known whose it is.
        self.note_in_account::<D>("delete", id);
        self.world.in_accounts_mut::<D>().remove(self.now, self.lag, id)
    }

    fn note_in_account<D: InAccount>(&mut self, verb: &str, id: &str)
    where
        Parts: Holds<D>,
    {
        let found = self.world.in_accounts::<D>().get(id);
        if let Some((organization, account)) =
            found.map(|(record, details)| (record.organization, details.account().to_owned()))
        {
            let (first, rest) = D::NAME.split_at(1);
            let action = format!("{verb}{}{rest}", first.to_uppercase());
            self.note_in(organization, Some(&account), (&action, D::NAME, id), json!({}));
        }
    }

    /// Makes a person or a machine user, as the details say.
    pub fn create_user(&mut self, organization: OrganizationId, details: UserDetails) -> String {
        let context = json!({"username": details.username});
        let id = self.world.create_user(self.now, self.lag, organization, details);
        self.note(organization, "createUser", "user", &id, context);
        id
    }

    /// Changes anything of a user. False: there is none.
    pub fn change_user(&mut self, id: &str, change: impl FnOnce(&mut UserDetails)) -> bool {
        let done = self.world.users.change(self.now, self.lag, id, change);
        self.note_user(done, "updateUser", id)
    }

    /// Replaces the policies of a user. False: there is none.
    pub fn set_policies(&mut self, id: &str, grants: Grants) -> bool {
        let done = self.world.users.set_policies(self.now, self.lag, id, grants);
        self.note_user(done, "updateUserPolicyMapping", id)
    }

    /// Gives a person a role in an account, or takes it away. False: there is no such user.
    pub fn set_account_role(&mut self, id: &str, account: &str, role: Option<AccountRole>) -> bool {
        let done = self.world.set_account_role(self.now, self.lag, id, account, role);
        self.note_user(done, "updateUserPermissions", id)
    }

    /// Replaces the groups of a user. False: there is none.
    pub fn set_groups(&mut self, id: &str, groups: impl IntoIterator<Item = String>) -> bool {
        let done = self.world.users.set_groups(self.now, self.lag, id, groups);
        self.note_user(done, "updateUserUserGroupMapping", id)
    }

    /// Deletes a user, unless it is the only administrator.
    pub fn delete_user(&mut self, id: &str) -> Result<(), UserKept> {
        let organization = self.world.user(id).ok_or(UserKept::Missing)?.0.organization;
        self.world.delete_user(self.now, self.lag, id)?;
        self.note(organization, "deleteUser", "user", id, json!({}));
        Ok(())
    }

    /// Makes a group.
    pub fn create_group(&mut self, organization: OrganizationId, details: GroupDetails) -> String {
        let context = json!({"name": details.name});
        let id =
            self.world.groups.create(&mut self.world.register, self.now, self.lag, organization, details);
        self.note(organization, "createUserGroup", "userGroup", &id, context);
        id
    }

    /// Changes anything of a group but its members. False: there is none.
    pub fn change_group(&mut self, id: &str, change: impl FnOnce(&mut GroupDetails)) -> bool {
        let Some(organization) = self.world.group(id).map(|(group, _)| group.organization) else {
            return false;
        };
        self.world.groups.change(self.now, self.lag, id, change);
        self.note(organization, "updateUserGroup", "userGroup", id, json!({}));
        true
    }

    /// Replaces the members of a group. False: there is none.
    pub fn set_members(&mut self, id: &str, members: &BTreeSet<String>) -> bool {
        let Some(organization) = self.world.group(id).map(|(group, _)| group.organization) else {
            return false;
        };
        self.world.set_members(self.now, self.lag, id, members);
        self.note(organization, "updateUserGroupUserMapping", "userGroup", id, json!({"userIds": members}));
        true
    }

    /// Deletes a group. False: there is none.
    pub fn delete_group(&mut self, id: &str) -> bool {
        let Some(organization) = self.world.group(id).map(|(group, _)| group.organization) else {
            return false;
        };
        self.world.delete_group(self.now, self.lag, id);
        self.note(organization, "deleteUserGroup", "userGroup", id, json!({}));
        true
    }

    /// Makes a policy.
    pub fn create_policy(&mut self, organization: OrganizationId, details: PolicyDetails) -> String {
        let context = json!({"name": details.name});
        let id =
            self.world.policies.create(&mut self.world.register, self.now, self.lag, organization, details);
        self.note(organization, "createPolicy", "policy", &id, context);
        id
    }

    /// Changes a policy, unless it is built in.
    pub fn change_policy(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut PolicyDetails),
    ) -> Result<(), PolicyKept> {
        self.world.policies.change(self.now, self.lag, id, change)?;
        if let Some(organization) = self.world.policies.owner(id) {
            self.note(organization, "updatePolicy", "policy", id, json!({}));
        }
        Ok(())
    }

    /// Deletes a policy, unless it is built in.
    pub fn delete_policy(&mut self, id: &str) -> Result<(), PolicyKept> {
        let organization = self.world.policies.owner(id);
        self.world.delete_policy(self.now, self.lag, id)?;
        if let Some(organization) = organization {
            self.note(organization, "deletePolicy", "policy", id, json!({}));
        }
        Ok(())
    }
}
