//! Users, people and machines, and who of them may do what.

use std::collections::BTreeMap;

use super::model::{NewMachine, NewPerson, PersonRole, UserDetail, UserRow};
use super::{decode, requests};
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::decode::account_role;
use crate::vendors::spot::access::model::{AccountRole, PolicyMapping};
use crate::vendors::spot::client::SpotClient;

/// The calls about users.
#[derive(Clone, Copy, Debug)]
pub struct UserCalls<'a>(pub &'a SpotClient);

impl UserCalls<'_> {
    /// All users of the organization.
    pub async fn list(self, organization: &str) -> Result<Vec<UserRow>, VendorError> {
        self.0.list(&self.0.contract().list_users(organization)?, decode::user_row, |user| &user.id).await
    }

    /// One user.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get(self, id: &str) -> Result<UserDetail, VendorError> {
        self.0.one(&requests::get(id)?, "user", decode::user_detail, |user| user.id == id).await
    }

    /// Makes a person, without a token.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4). `NotSupported` for a
    /// password without [`Capability::PersonPassword`](crate::vendors::spot::contract::Capability::PersonPassword).
    pub async fn create_person(self, person: &NewPerson) -> Result<Created, VendorError> {
        let secrets: Vec<_> = person.password.iter().collect();
        let reply = self.0.write(&self.0.contract().create_person(person)?, &secrets).await?;
        Ok(decode::created_user(&reply))
    }

    /// Makes a machine user. Not idempotent. The answer has the token, which no other call tells; an
    /// answer may lack it.
    ///
    /// # Errors
    /// As [`create_person`](Self::create_person); `NotSupported` for policies without
    /// [`Capability::UserMappings`](crate::vendors::spot::contract::Capability::UserMappings).
    pub async fn create_machine(self, machine: &NewMachine) -> Result<Created, VendorError> {
        let reply = self.0.write(&self.0.contract().create_machine(machine)?, &[]).await?;
        Ok(decode::created_user(&reply))
    }

    /// Deletes a user, with its tokens.
    pub async fn delete(self, id: &str) -> Result<(), VendorError> {
        self.0.write(&requests::delete(id)?, &[]).await.map(drop)
    }

    /// Sets all policies of a user, in place of those there. A mapping to no account is left out.
    pub async fn set_policies(self, id: &str, mappings: &[PolicyMapping]) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().user_mappings()?.set_policies(id, mappings)?, &[]).await.map(drop)
    }

    /// Sets all groups of a user, in place of those there.
    pub async fn set_groups(self, id: &str, groups: &[String]) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().user_mappings()?.set_groups(id, groups)?, &[]).await.map(drop)
    }

    /// Sets a user's role and roles in accounts, which no call reads back. Published only. Sends
    /// nothing where there is nothing to set.
    pub async fn set_published_permissions(
        self,
        id: &str,
        role: Option<PersonRole>,
        accounts: Option<&[(String, AccountRole)]>,
    ) -> Result<(), VendorError> {
        let request = self.0.contract().user_permissions()?.set(id, role, accounts)?;
        if role.is_none() && accounts.is_none() {
            return Ok(());
        }
        self.0.write(&request, &[]).await.map(drop)
    }

    /// A person's roles, by the account's id.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn account_roles(self, email: &str) -> Result<BTreeMap<String, AccountRole>, VendorError> {
        let request = self.0.contract().account_roles()?.list(email)?;
        Ok(self.0.list(&request, account_role, |(account, _)| account).await?.into_iter().collect())
    }

    /// Gives a person a first role in an account.
    pub async fn attach_account_role(
        self,
        account: &str,
        email: &str,
        role: &AccountRole,
    ) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().account_roles()?.attach(account, email, role)?, &[]).await.map(drop)
    }

    /// Gives a person another role in an account.
    pub async fn change_account_role(
        self,
        account: &str,
        email: &str,
        role: &AccountRole,
    ) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().account_roles()?.change(account, email, role)?, &[]).await.map(drop)
    }

    /// Takes a person's role in an account away.
    pub async fn detach_account_role(self, account: &str, email: &str) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().account_roles()?.detach(account, email)?, &[]).await.map(drop)
    }
}
