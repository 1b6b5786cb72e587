//! Accounts.

use jiff::Timestamp;
use secrecy::SecretString;

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
