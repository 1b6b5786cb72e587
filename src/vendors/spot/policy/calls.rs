//! Access policies (spot-wire §2.5, spot-published).

use super::model::{NewPolicy, Policy, PolicyAction, PolicyUpdate};
use super::{decode, requests};
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;
use crate::vendors::spot::client::failure::unreadable;
use crate::vendors::spot::client::list::whole_list;

/// The calls about policies.
#[derive(Clone, Copy, Debug)]
pub struct PolicyCalls<'a>(pub &'a SpotClient);

impl PolicyCalls<'_> {
    /// All policies of the organization, the vendor's own included.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list(self) -> Result<Vec<Policy>, VendorError> {
        self.0.list(&self.0.contract().list_policies(), decode::policy, |policy| &policy.id).await
    }

    /// Makes a policy. Not idempotent.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4). `NotSupported`, without
    /// being sent, for a content in the other contract's form, and for a type without
    /// [`Capability::PolicyStatements`](crate::vendors::spot::contract::Capability::PolicyStatements).
    pub async fn create(self, policy: &NewPolicy) -> Result<Created, VendorError> {
        let reply = self.0.write(&self.0.contract().create_policy(policy)?, &[]).await?;
        Ok(created(&reply, &["id", "policyId"]))
    }

    /// Changes a policy; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none; `NotSupported`, without being sent, for a
    /// content in the other contract's form that would have to be sent.
    pub async fn update(self, id: &str, update: &PolicyUpdate) -> Result<(), VendorError> {
        let request = self.0.contract().update_policy(id, update)?;
        if update.changed.is_empty() {
            return Ok(());
        }
        self.0.write(&request, &[]).await.map(drop)
    }

    /// Deletes a policy. What becomes of its mappings is not known (spot-wire §10): unmap it first.
    pub async fn delete(self, id: &str) -> Result<(), VendorError> {
        self.0.write(&requests::delete(id)?, &[]).await.map(drop)
    }

    /// What statements can allow. One action may be there for several patterns of resources.
    ///
    /// # Errors
    /// `NotSupported`, without being sent, without
    /// [`Capability::PolicyActions`](crate::vendors::spot::contract::Capability::PolicyActions).
    pub async fn list_actions(self) -> Result<Vec<PolicyAction>, VendorError> {
        let request = self.0.contract().list_policy_actions()?;
        let reply = self.0.read(&request).await?;
        whole_list(&reply, self.0.contract().count())
            .and_then(|items| items.iter().map(decode::policy_action).collect())
            .map_err(|why| unreadable(&request, &why))
    }
}
