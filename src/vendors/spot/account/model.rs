//! Accounts.

use jiff::Timestamp;
use secrecy::SecretString;
use std::fmt;

/// An account (spot-wire §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `act-…`.
    pub id: String,
    /// Not unique at the vendor.
    pub name: String,
    /// Whose it is: this proves where a token belongs.
    pub organization_id: Option<String>,
    /// When it was made. Only Production tells.
    pub created_at: Option<Timestamp>,
    /// Which cloud it is linked to, if to any. Only Production tells.
    pub provider: Option<CloudProvider>,
    /// The cloud's own id of what it is linked to, if to anything. Only Production tells.
    pub provider_external_id: Option<String>,
}

/// A cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudProvider {
    /// Amazon's.
    Aws,
    /// Microsoft's.
    Azure,
    /// Google's.
    Gcp,
    /// As the vendor says.
    Other(String),
}

impl fmt::Display for CloudProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => "AWS",
            Self::Azure => "Azure",
            Self::Gcp => "Google Cloud",
            Self::Other(word) => word,
        })
    }
}

impl CloudProvider {
    /// Reads the vendor's word.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "AWS" => Self::Aws,
            "AZURE" => Self::Azure,
            "GCP" => Self::Gcp,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// What to change in an account; `None` is left as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountUpdate {
    /// A new name.
    pub name: Option<String>,
    /// All channels, in place of those there. Webhook addresses are secrets. Production only.
    pub slack_channels: Option<Vec<SecretString>>,
}

impl AccountUpdate {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.slack_channels.is_none()
    }
}
