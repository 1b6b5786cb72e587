//! Resources, whose events are told.

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::ids::OrganizationId;

/// Something whose events can be subscribed to: a group (`sig-…`), a cluster (`o-…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Where it belongs.
    pub organization_id: OrganizationId,
    /// The account it is in.
    pub account_id: String,
    /// Its name.
    pub name: String,
}
