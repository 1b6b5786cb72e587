//! The calls about accounts.

use secrecy::SecretString;

use super::model::{Account, AccountUpdate};
use super::{decode, requests};
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;

/// The calls about accounts.
#[derive(Clone, Copy, Debug)]
pub struct AccountCalls<'a>(pub &'a SpotClient);

impl AccountCalls<'_> {
    /// All accounts of the token's organization.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2): never an empty list in its place.
    pub async fn list(self) -> Result<Vec<Account>, VendorError> {
        self.0.list(&requests::list(), decode::account, |account| &account.id).await
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none; `NotSupported` without
    /// [`Capability::GetAccount`](crate::vendors::spot::contract::Capability::GetAccount).
    pub async fn get(self, id: &str) -> Result<Account, VendorError> {
        let request = self.0.contract().get_account(id)?;
        self.0.one(&request, "account", decode::account, |account| account.id == id).await
    }

    /// Makes an account. Not idempotent: names are not unique.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4).
    pub async fn create(self, name: &str) -> Result<Created, VendorError> {
        let reply = self.0.write(&requests::create(name), &[]).await?;
        Ok(created(&reply, &["accountId", "id"]))
    }

    /// Changes an account; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// `NotSupported` for Slack channels without
    /// [`Capability::AccountSlackChannels`](crate::vendors::spot::contract::Capability::AccountSlackChannels).
    pub async fn update(self, id: &str, update: &AccountUpdate) -> Result<(), VendorError> {
        if update.is_empty() {
            return Ok(());
        }
        let request = self.0.contract().update_account(id, update)?;
        let secrets: Vec<&SecretString> = update.slack_channels.iter().flatten().collect();
        self.0.write(&request, &secrets).await.map(drop)
    }

    /// Deletes an account, for good.
    pub async fn delete(self, id: &str) -> Result<(), VendorError> {
        self.0.write(&requests::delete(id)?, &[]).await.map(drop)
    }
}
