//! Organizations: made with a default account and an administrator.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::spot::ids::OrganizationId;

/// The vendor's name of an organization where there is none.
pub const ORGANIZATION: &str = "Organization";

/// An organization. It is made with one default account and one administrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, which no call of the vendor returns after creation.
    pub name: String,
    /// The account that was made with it and cannot be deleted.
    pub default_account: String,
    /// The user that was made with it.
    pub administrator: String,
    /// The organization whose token created it; None for one that a person made.
    pub creator: Option<OrganizationId>,
    /// When it was made.
    pub created_at: Timestamp,
}
