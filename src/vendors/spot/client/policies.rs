//! Access policies (spot-wire §2.5, spot-published).

use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::decode;
use crate::vendors::spot::failure::unreadable;
use crate::vendors::spot::model::{Created, NewPolicy, Policy, PolicyAction, PolicyUpdate};

impl SpotClient {
    /// All policies of the organization, the vendor's own included.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list_policies(&self) -> Result<Vec<Policy>, VendorError> {
        self.list(&self.contract.list_policies(), decode::policy, |policy| &policy.id).await
    }

    /// Makes a policy. Not idempotent.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4). `NotSupported`, without
    /// being sent, for a content in the other contract's form, and for a type without
    /// [`Capability::PolicyStatements`](crate::vendors::spot::contract::Capability::PolicyStatements).
    pub async fn create_policy(&self, policy: &NewPolicy) -> Result<Created, VendorError> {
        let reply = self.write(&self.contract.create_policy(policy)?, &[]).await?;
        Ok(decode::created_policy(&reply))
    }

    /// Changes a policy; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none; `NotSupported`, without being sent, for a
    /// content in the other contract's form that would have to be sent.
    pub async fn update_policy(&self, id: &str, update: &PolicyUpdate) -> Result<(), VendorError> {
        let request = self.contract.update_policy(id, update)?;
        if update.changed.is_empty() {
            return Ok(());
        }
        self.write(&request, &[]).await.map(drop)
    }

    /// Deletes a policy. What becomes of its mappings is not known (spot-wire §10): unmap it first.
    pub async fn delete_policy(&self, id: &str) -> Result<(), VendorError> {
        self.write(&self.contract.delete_policy(id)?, &[]).await.map(drop)
    }

    /// What statements can allow. One action may be there for several patterns of resources.
    ///
    /// # Errors
    /// `NotSupported`, without being sent, without
    /// [`Capability::PolicyActions`](crate::vendors::spot::contract::Capability::PolicyActions).
    pub async fn list_policy_actions(&self) -> Result<Vec<PolicyAction>, VendorError> {
        let request = self.contract.list_policy_actions()?;
        let reply = self.read(&request).await?;
        decode::whole_list(&reply, self.contract.count())
            .and_then(|items| items.iter().map(decode::policy_action).collect())
            .map_err(|why| unreadable(&request, &why))
    }
}
