//! Who may do what: policies, groups and roles of users.
//!
//! Each call fails with `NotSupported`, without being sent, where the contract lacks it.

use std::collections::BTreeMap;

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::decode;
use crate::vendors::spot::model::{AccountRole, PersonRole, PolicyMapping};

impl SpotClient {
    /// Sets all policies of a user, in place of those there. A mapping to no account is left out.
    pub async fn set_user_policies(&self, id: &str, mappings: &[PolicyMapping]) -> Result<(), VendorError> {
        self.write(&self.contract.user_mappings()?.set_policies(id, mappings)?, &[]).await.map(drop)
    }

    /// Sets all groups of a user, in place of those there.
    pub async fn set_user_groups(&self, id: &str, groups: &[String]) -> Result<(), VendorError> {
        self.write(&self.contract.user_mappings()?.set_groups(id, groups)?, &[]).await.map(drop)
    }

    /// Sets a user's role and roles in accounts, which no call reads back. Published only. Sends
    /// nothing where there is nothing to set.
    pub async fn set_published_permissions(
        &self,
        id: &str,
        role: Option<PersonRole>,
        accounts: Option<&[(String, AccountRole)]>,
    ) -> Result<(), VendorError> {
        let request = self.contract.user_permissions()?.set(id, role, accounts)?;
        if role.is_none() && accounts.is_none() {
            return Ok(());
        }
        self.write(&request, &[]).await.map(drop)
    }

    /// A person's roles, by the account's id.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn account_roles(&self, email: &str) -> Result<BTreeMap<String, AccountRole>, VendorError> {
        let request = self.contract.account_roles()?.list(email)?;
        Ok(self.list(&request, decode::account_role, |(account, _)| account).await?.into_iter().collect())
    }

    /// Gives a person a first role in an account.
    pub async fn attach_account_role(
        &self,
        account: &str,
        email: &str,
        role: &AccountRole,
    ) -> Result<(), VendorError> {
        self.write(&self.contract.account_roles()?.attach(account, email, role)?, &[]).await.map(drop)
    }

    /// Gives a person another role in an account.
    pub async fn change_account_role(
        &self,
        account: &str,
        email: &str,
        role: &AccountRole,
    ) -> Result<(), VendorError> {
        self.write(&self.contract.account_roles()?.change(account, email, role)?, &[]).await.map(drop)
    }

    /// Takes a person's role in an account away.
    pub async fn detach_account_role(&self, account: &str, email: &str) -> Result<(), VendorError> {
        self.write(&self.contract.account_roles()?.detach(account, email)?, &[]).await.map(drop)
    }
}
