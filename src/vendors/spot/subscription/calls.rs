//! Event subscriptions (spot-wire §2.7, spot-published). Each call names its account: without, the
//! vendor would take the oldest account. In Published, ask first whether somebody has vouched that
//! the server heeds that (spot-published note 2).

use super::model::{NewSubscription, Subscription, SubscriptionUpdate};
use super::{decode, requests};
use crate::engine::base::error::VendorError;
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::created::created;

/// The calls about subscriptions.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionCalls<'a>(pub &'a SpotClient);

impl SubscriptionCalls<'_> {
    /// All subscriptions of an account.
    ///
    /// # Errors
    /// Also where the list is not whole (rule 2).
    pub async fn list(self, account: &str) -> Result<Vec<Subscription>, VendorError> {
        let request = requests::list(account)?;
        self.0.list(&request, decode::subscription, |subscription| &subscription.id).await
    }

    /// One subscription.
    ///
    /// # Errors
    /// `NotFound` where the vendor says that there is none.
    pub async fn get(self, account: &str, id: &str) -> Result<Subscription, VendorError> {
        let request = requests::get(account, id)?;
        self.0.one(&request, "subscription", decode::subscription, |found| found.id == id).await
    }

    /// Makes a subscription. Not idempotent.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been made all the same (rule 4). Whether a refusal is
    /// about the resource, [`resource_is_missing`](crate::vendors::spot::client::failure::resource_is_missing)
    /// tells. `NotSupported`, without being sent, for an event format without
    /// [`Capability::EventFormat`](crate::vendors::spot::contract::Capability::EventFormat).
    pub async fn create(self, account: &str, subscription: &NewSubscription) -> Result<Created, VendorError> {
        let request = self.0.contract().create_subscription(account, subscription)?;
        let reply = self.0.write(&request, &[subscription.endpoint.secret()]).await?;
        Ok(created(&reply, &["id", "subscriptionId"]))
    }

    /// Changes a subscription; sends nothing where there is nothing to change.
    ///
    /// # Errors
    /// As [`create`](Self::create); `NotFound` where the vendor says that
    /// there is none.
    pub async fn update(
        self,
        account: &str,
        id: &str,
        update: &SubscriptionUpdate,
    ) -> Result<(), VendorError> {
        let request = self.0.contract().update_subscription(account, id, update)?;
        if update.changed.is_empty() {
            return Ok(());
        }
        self.0.write(&request, &[update.whole.endpoint.secret()]).await.map(drop)
    }

    /// Deletes a subscription.
    pub async fn delete(self, account: &str, id: &str) -> Result<(), VendorError> {
        self.0.write(&requests::delete(account, id)?, &[]).await.map(drop)
    }
}
