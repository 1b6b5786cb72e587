//! What is known of a one-time token that was written to a Secret (rule 5).

use crate::api::status::MAX_SEEN;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The label of the Secrets that orgkeeper makes, and its value.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "orgkeeper");
/// Annotation of a Secret with a token: the vendor's endpoint.
pub const ENDPOINT: &str = "orgkeeper.dev/endpoint";
/// Annotation of a Secret with a token: the vendor's id of the organization.
pub const ORGANIZATION: &str = "orgkeeper.dev/organization";
/// Annotation of a Secret with a token: the kind of the object that it is for.
pub const KIND: &str = "orgkeeper.dev/kind";
/// Annotation of a Secret with a token: the namespace and name of that object.
pub const OBJECT: &str = "orgkeeper.dev/object";
/// Annotation of a Secret with a token: the vendor's id of the user that the token is of.
pub const ID: &str = "orgkeeper.dev/id";

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
    /// The user whose token was lost before it was stored. It is deleted, and made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub lost: Option<String>,
    /// The generation for which the user was made again because its token was lost: once each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_again_for: Option<i64>,
    /// The user in spec.adopt.id, if a rotation put another one in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub replaced: Option<String>,
    /// The value of the annotation orgkeeper.dev/rotate-requested-at that was handled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_handled_rotate_at: Option<String>,
    /// Why that rotation came to nothing, if it did. The token from before it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub rotation_failure: Option<String>,
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
    /// A keyed hash of the name of the new user.
    #[schemars(length(max = 128))]
    pub key: String,
    /// The vendor's ids that had the name before: none of them is the new user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SEEN), inner(length(max = 64)))]
    pub seen: Vec<String>,
    /// Whether the token of a new user was lost before it was stored: that user was deleted, and this is the last try.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub again: bool,
    /// The old user, once the Secret holds the new one's token. It is deleted after the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub old_id: Option<String>,
    /// When the Secret was switched to the new token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switched_at: Option<Time>,
}

impl Rotation {
    /// When the overlap began.
    pub fn switched(&self) -> jiff::Timestamp {
        self.switched_at.as_ref().map_or(self.since.0, |time| time.0)
    }
}
