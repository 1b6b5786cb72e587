//! What is known of a one-time token that was written to a Secret (rule 5).

use crate::api::id::MAX_ID;
use crate::api::status::{MAX_REQUEST, MAX_SEEN, UnnamedAnswer};
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
/// Annotation of a Secret with a token: a keyed hash of the create that the vendor answered with this id and this
/// token. It tells what was answered to us from what somebody put there.
pub const ANSWER: &str = "orgkeeper.dev/answer";

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
    /// The user whose token was lost before it was stored, as earlier versions wrote it down to delete it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub lost: Option<String>,
    /// The generation for which another user was made because the token was lost: once each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_again_for: Option<i64>,
    /// Another user that is being made, as the token of the one that was found is nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Rotation>,
    /// The user in spec.adopt.id, if a rotation put another one in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub replaced: Option<String>,
    /// The value of the annotation orgkeeper.dev/rotate-requested-at that was handled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_REQUEST))]
    pub last_handled_rotate_at: Option<String>,
    /// Why that rotation came to nothing, if it did. The token from before it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub rotation_failure: Option<String>,
    /// A rotation under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<Rotation>,
}

/// A new user that is to take the place of another, for its token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The value of the annotation orgkeeper.dev/rotate-requested-at that asked for it; empty where the token was lost.
    #[schemars(length(max = MAX_REQUEST))]
    pub requested: String,
    /// When the new user was decided.
    pub since: Time,
    /// A keyed hash of the name of the new user.
    #[schemars(length(max = 128))]
    pub key: String,
    /// The vendor's ids that had the name before: none of them is the new user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SEEN), inner(length(max = MAX_ID)))]
    pub seen: Vec<String>,
    /// Whether a new user was made before whose token was lost: this is the last try.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub again: bool,
    /// The new user, as the vendor's answer named it, until it takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub new_id: Option<String>,
    /// What the vendor answered.
    #[serde(flatten)]
    pub answer: UnnamedAnswer,
    /// The old user, once the Secret holds the new one's token. It is deleted after the overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
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
