//! What Spot keeps, as far as orgkeeper uses it, whichever contract it was read by.

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

/// A user, a person or a machine (spot-wire §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `u-…` or `pu-…`.
    pub id: String,
    /// Whose it is. Only Published tells in a list.
    pub organization_id: Option<String>,
}

/// The answer to a create that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// The new id. An answer may lack it: then it is to be found as after an unknown outcome (rule 4).
    pub id: Option<String>,
    /// The name, as the vendor took it.
    pub name: Option<String>,
    /// The organization in which it was made.
    pub organization_id: Option<String>,
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
