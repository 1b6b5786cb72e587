//! Notification policies (spot-notifications). Only the live service has them.

use secrecy::SecretString;

use super::model::{PolicyDetail, PolicyMembers, PolicyRow};
use super::{decode, requests};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;
use crate::vendors::spot::contract::ContractName;

/// The calls about notification policies. Each fails as `NotSupported`, without being sent, where the contract has
/// none.
#[derive(Clone, Copy, Debug)]
pub struct NotificationPolicyCalls<'a>(pub &'a SpotClient);

impl NotificationPolicyCalls<'_> {
    /// All policies that the token's user may see, of whatever account. One that is not among them may be there all
    /// the same.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list(self) -> Result<Vec<PolicyRow>, VendorError> {
        supported(self.0)?.list(&requests::list(), decode::policy_row, |policy| &policy.id).await
    }

    /// One policy.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get(self, account: &str, id: &str) -> Result<PolicyDetail, VendorError> {
        let request = requests::get(account, id)?;
        supported(self.0)?
            .one(&request, "notification policy", decode::policy_detail, |found| found.id == id)
            .await
    }

    /// The events that there are for the account's provider.
    ///
    /// # Errors
    /// Where an entry names none.
    pub async fn list_events(self, account: &str) -> Result<Vec<String>, VendorError> {
        let request = requests::list_events(account)?;
        supported(self.0)?.list(&request, decode::event_name, |name| name).await
    }

    /// Makes a policy. Not idempotent.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4).
    pub async fn create(
        self,
        account: &str,
        privacy_level: &str,
        policy: &PolicyMembers,
    ) -> Result<Created, VendorError> {
        let request = requests::create(account, privacy_level, policy)?;
        let reply = supported(self.0)?.write(&request, &secrets(policy)).await?;
        Ok(created(&reply, &decode::ID))
    }

    /// Changes a policy; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// As [`create`](Self::create); `NotFound` where the vendor says that there is none.
    pub async fn update(self, account: &str, id: &str, policy: &PolicyMembers) -> Result<(), VendorError> {
        if policy.is_empty() {
            return Ok(());
        }
        let request = requests::update(account, id, policy)?;
        supported(self.0)?.write(&request, &secrets(policy)).await.map(drop)
    }

    /// Deletes a policy.
    pub async fn delete(self, account: &str, id: &str) -> Result<(), VendorError> {
        supported(self.0)?.write(&requests::delete(account, id)?, &[]).await.map(drop)
    }
}

/// Whether the contract has notification policies.
pub(super) fn are_there(client: &SpotClient) -> bool {
    client.contract().name() == ContractName::Production
}

fn supported(client: &SpotClient) -> Result<&SpotClient, VendorError> {
    if are_there(client) {
        return Ok(client);
    }
    let contract = client.contract().name();
    let text = format!("the {contract:?} contract has no notification policies");
    Err(VendorError::without_effect(Failure::NotSupported, text))
}

fn secrets(policy: &PolicyMembers) -> Vec<&SecretString> {
    policy.subscriptions.iter().flatten().map(|one| one.endpoint.secret()).collect()
}
