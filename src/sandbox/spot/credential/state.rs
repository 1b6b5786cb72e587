//! The credentials with which the vendor enters an account's cloud (spot-wire §2.6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::core::Hidden;

/// The vendor's name of a service account where there is none.
pub const SERVICE_ACCOUNT: &str = "ServiceAccount";

/// The vendor's name of an external id where there is none.
pub const EXTERNAL_ID: &str = "ExternalId";

/// The vendor's name of credentials where there is none.
pub const CREDENTIALS: &str = "Credentials";

/// An application's credentials in Azure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AzureCredential {
    /// The application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Hidden,
    /// The directory.
    pub tenant_id: String,
    /// The subscription; a tenant's credentials name none.
    pub subscription_id: Option<String>,
    /// When the secret expires, as it was written.
    pub expiration_date: Option<Value>,
}

/// A service account's key in Google's cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcpCredential {
    /// The key file, without the key.
    pub members: BTreeMap<String, String>,
    /// The key.
    pub private_key: Hidden,
}

/// What links an account to a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CloudCredential {
    /// A role that the vendor takes.
    Aws {
        /// The role's ARN.
        iam_role: String,
    },
    /// An application.
    Azure(AzureCredential),
    /// A service account.
    Gcp(GcpCredential),
}

impl CloudCredential {
    /// The cloud, as account lists name it.
    pub fn cloud(&self) -> &'static str {
        match self {
            Self::Aws { .. } => "AWS",
            Self::Azure(_) => "AZURE",
            Self::Gcp(_) => "GCP",
        }
    }

    /// The id of the linked account at its cloud: the number in the role's ARN, the subscription,
    /// the project.
    pub fn provider_external_id(&self) -> Option<&str> {
        match self {
            Self::Aws { iam_role } => iam_role.split(':').nth(4),
            Self::Azure(azure) => azure.subscription_id.as_deref(),
            Self::Gcp(gcp) => gcp.members.get("project_id").map(String::as_str),
        }
    }

    /// Who enters the cloud: the role, the application, the service account's address.
    pub fn identity(&self) -> &str {
        match self {
            Self::Aws { iam_role } => iam_role,
            Self::Azure(azure) => &azure.client_id,
            Self::Gcp(gcp) => gcp.members.get("client_email").map_or("", String::as_str),
        }
    }
}

/// What a role in AWS must ask for, so that only the vendor takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalId {
    /// The id.
    pub id: String,
    /// It can be used until then.
    pub valid_until: Timestamp,
    /// Credentials were set with it: then its end no longer matters to them.
    pub used: bool,
}

impl ExternalId {
    /// Whether it can still be used.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.valid_until
    }
}
