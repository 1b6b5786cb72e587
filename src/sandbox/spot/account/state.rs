//! Accounts.

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::credential::state::{AzureCredential, CloudCredential, ExternalId};
use crate::sandbox::spot::world::record::Record;

/// The vendor's name of an account where there is none.
pub const ACCOUNT: &str = "Account";

/// An account.
pub type Account = Record<AccountDetails>;

/// What can change in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    /// Its name, which need not be unique.
    pub name: String,
    /// Written, and never returned by the vendor.
    pub slack_notification_channels: Vec<String>,
    /// The cloud it is linked to: `AWS`, `AZURE`, `GCP`.
    pub cloud_provider: Option<String>,
    /// The id of the linked account at that cloud.
    pub provider_external_id: Option<String>,
    /// What it is linked with. A person can link one by hand, without.
    pub credential: Option<CloudCredential>,
    /// What was last asked for a role in AWS.
    pub external_id: Option<ExternalId>,
    /// A whole tenant's credentials, which link nothing.
    pub tenant_credential: Option<AzureCredential>,
}

impl AccountDetails {
    /// Links the account to a cloud, in the place of what there was.
    pub fn link(&mut self, credential: CloudCredential) {
        self.cloud_provider = Some(credential.cloud().to_owned());
        self.provider_external_id = credential.provider_external_id().map(ToOwned::to_owned);
        if let Some(external_id) = &mut self.external_id {
            external_id.used |= matches!(credential, CloudCredential::Aws { .. });
        }
        self.credential = Some(credential);
    }
}

/// Why an account is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKept {
    /// There is no such account.
    Missing,
    /// It is its organization's default account.
    Default,
}
