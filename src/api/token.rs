//! What is known of a one-time token that was written to a Secret (rule 5).

use crate::api::status::MAX_SEEN;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The token of a machine user: where it is, and what was done for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenStatus {
    /// The Secret that holds the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub secret: Option<String>,
    /// A keyed hash of the token, by which a change of the Secret by hand is noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub fingerprint: Option<String>,
    /// Whether the vendor answered the create without a token.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub not_returned: bool,
    /// The generation for which the user was made again because its token was lost: once each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_again_for: Option<i64>,
    /// The value of the annotation orgkeeper.dev/rotate-requested-at that was handled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_handled_rotate_at: Option<String>,
    /// A rotation under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// A rotation under way: a new user takes the place of the old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The value of the annotation orgkeeper.dev/rotate-requested-at that asked for it.
    #[schemars(length(max = 256))]
    pub requested: String,
    /// When the new user was decided.
    pub since: Time,
    /// The vendor's ids that had the name before: none of them is the new user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SEEN), inner(length(max = 64)))]
    pub seen: Vec<String>,
    /// The old user, once the Secret holds the new one's token. It is deleted after the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub old_id: Option<String>,
    /// When the Secret was switched to the new token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switched_at: Option<Time>,
}
