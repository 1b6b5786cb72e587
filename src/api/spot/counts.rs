//! How much an organization has at the vendor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an organization has at the vendor. A member is absent where the contract has no such list, or the
/// token may not read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Its accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub accounts: Option<Count>,
    /// Its users, people and machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub users: Option<Count>,
    /// Its user groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub groups: Option<Count>,
    /// Its access policies. The vendor's own, which nobody can manage, are in neither number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Count")]
    pub policies: Option<Count>,
}

/// How many there are of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Count {
    /// How many the vendor lists.
    #[schemars(range(min = 0))]
    pub total: i64,
    /// How many of them no manifest stands for.
    #[schemars(range(min = 0))]
    pub unmanaged: i64,
}
