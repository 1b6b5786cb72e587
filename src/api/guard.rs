//! What an organization remembers of destructive writes (rule 12).

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most destructive writes an hour that a manifest can allow.
pub const MAX_DESTRUCTIVE: usize = 1000;
/// The most writes that are remembered as confirmed.
pub const MAX_RELEASED: usize = 4096;

/// The destructive writes of the last hour, and those that a person let through.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GuardStatus {
    /// When the destructive writes of the last hour were begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_DESTRUCTIVE))]
    pub recent: Vec<Time>,
    /// Digests of the writes that a person confirmed and that may not be done yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_RELEASED), inner(length(max = 32)))]
    pub released: Vec<String>,
}
