//! How an object is kept: the part of `spec` that the kinds have in common.

use crate::api::id::MAX_ID;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether orgkeeper may write to the vendor for this object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ManagementPolicy {
    /// Make the vendor's state what the spec says.
    #[default]
    Manage,
    /// Read only: differences are shown in status, nothing is written.
    Observe,
}

/// What happens when the vendor's state was changed by someone else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DriftPolicy {
    /// Put it back.
    #[default]
    Correct,
    /// Show it in status, and leave it until the spec changes.
    Report,
}

/// What happens at the vendor when the Kubernetes object is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// The vendor's object stays as it is.
    Orphan,
    /// The vendor's object is deleted too.
    Delete,
}

/// Whether something that the vendor already has may be taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AdoptPolicy {
    /// Take over what matches; create it where nothing does.
    #[default]
    IfExists,
    /// Always create; something that matches is a conflict.
    Never,
    /// Only take over; never create.
    Required,
}

/// How an object finds what it stands for at the vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.id) || !has(self.policy) || self.policy != 'Never'")
    .field_path(".id")
    .message("adopt.id names something that exists, and adopt.policy Never refuses it: remove adopt.id, or set adopt.policy to IfExists or Required"))]
pub struct Adopt {
    /// Whether what exists at the vendor is taken over, and whether what does not is created.
    #[serde(default)]
    pub policy: AdoptPolicy,
    /// The vendor's id of the object to take over, where its name is not enough. Can be set later, but not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_ID))]
    pub id: Option<String>,
    /// Write the fields that the vendor does not show (a webhook's address, for one) when taking over, or later.
    /// Without it they are assumed to be as the spec says, and the condition Unverified names them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub apply_unreadable: bool,
}

impl Adopt {
    /// Whether nothing was said about adoption.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The part of `spec` that the kinds have in common, flattened into it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommonSpec {
    /// Manage keeps the vendor's state as declared here; Observe only shows the differences.
    #[serde(default)]
    pub management_policy: ManagementPolicy,
    /// Correct puts back what others changed at the vendor; Report shows it in status.drift.
    #[serde(default)]
    pub drift_policy: DriftPolicy,
    /// What happens at the vendor when this object is deleted. The effective value is in status.deletionPolicy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeletionPolicy")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Leave this object alone until it is false again: nothing is read or written at the vendor.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspend: bool,
    /// Whether and how something that exists at the vendor is taken over.
    #[serde(default, skip_serializing_if = "Adopt::is_default")]
    pub adopt: Adopt,
}

/// Absent says the same as false, so false is not written out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
