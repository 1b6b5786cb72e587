//! Permanent tokens. Their values are not kept, only their digests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::spot::ids::OrganizationId;

/// A permanent token of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Its number at the vendor.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub user: String,
    /// Where that user belongs.
    pub organization: OrganizationId,
    /// The last digits of its value.
    pub last_digits: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A token as it is handed out, once.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The value to send as bearer.
    pub value: String,
    /// What the request log and the state show in its place.
    pub digest: String,
    /// Whose it is.
    pub user: String,
    /// Where it belongs.
    pub organization: OrganizationId,
}
