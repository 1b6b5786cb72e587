//! The status that every kind has.

use crate::api::conditions::MAX_MESSAGE;
use crate::api::id::MAX_ID;
use crate::api::policy::DeletionPolicy;
use crate::api::state::{MAX_WHY, State};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The generation that says that none was observed yet.
pub const NEVER_OBSERVED: i64 = -1;
/// The most drift entries that a status holds.
pub const MAX_DRIFT: usize = 32;
/// The most bytes of one value in a drift entry.
pub const MAX_DRIFT_VALUE: usize = 256;
/// The most fingerprints of what was written: one for each field, and one for each grant.
pub const MAX_APPLIED: usize = 1024;
/// The most changes that a status holds.
pub const MAX_CHANGES: usize = 16;
/// The most bytes of what one of them says.
pub const MAX_CHANGE: usize = 512;
/// The most bytes of the value of an annotation that status repeats: one that is longer is cut where it is read.
pub const MAX_REQUEST: usize = 256;
/// The most questions that an object asks at once.
pub const MAX_ASKED: usize = 8;
/// The most ids that a pending create remembers.
pub const MAX_SEEN: usize = 1024;
/// The most leftovers that an object remembers.
pub const MAX_LEFTOVERS: usize = 8;
/// The most references of which it is remembered what they led to.
pub const MAX_RESOLVED: usize = 1024;

/// Where the vendor's object came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Origin {
    /// orgkeeper created it.
    Created,
    /// It existed before, and was taken over.
    Adopted,
}

/// A create that was decided and whose outcome is not stored yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingCreate {
    /// When it was decided.
    pub since: Time,
    /// A keyed hash of the natural key (a name, mostly) that is being created.
    #[schemars(length(max = 128))]
    pub key: String,
    /// The vendor's ids that had this key before: none of them is ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_SEEN), inner(length(max = MAX_ID)))]
    pub seen: Vec<String>,
    /// What the vendor answered.
    #[serde(flatten)]
    pub answer: UnnamedAnswer,
}

/// What is known of a create whose answer, if there was one, does not name what was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnnamedAnswer {
    /// Whether the vendor answered that it was carried out, and named no id.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub accepted: bool,
    /// The id that the vendor's answer named, where that was there before or is another object's: what was made, if
    /// anything, is another one. It is empty outside the organization's own namespace, where nobody learns ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub misnamed: Option<String>,
    /// Whether a person was told that what was made is not known, as several could be it, or none was there. What lists
    /// show from then on may be anybody's.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub undecided: bool,
}

/// A question that only a person can answer, by the annotation `orgkeeper.dev/confirm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// The digest of what would be done.
    #[schemars(length(max = 32))]
    pub of: String,
    /// Since when it is asked. The answer names both: asked anew later, it is another question.
    pub since: Time,
}

/// One field in which the vendor's state differs from the spec.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftEntry {
    /// The field, as in spec.
    #[schemars(length(max = 256))]
    pub path: String,
    /// The value that the spec asks for. Never there for a sensitive field, nor where it is not known: an entry of the
    /// list leads nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_DRIFT_VALUE))]
    pub desired: Option<String>,
    /// The value at the vendor. Never there for a sensitive field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_DRIFT_VALUE))]
    pub actual: Option<String>,
    /// Whether the values are secret.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub sensitive: bool,
    /// When the difference was first seen.
    pub since: Time,
    /// Who made the change, where the vendor's audit log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub actor: Option<String>,
}

/// Something that was done or seen at the vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastChange {
    /// When it was written, or seen.
    pub at: Time,
    /// What it was, in a word.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// What it was, in full; it takes several entries of one digest where it is long.
    #[schemars(length(max = MAX_CHANGE))]
    pub what: String,
    /// Who changed it, where the vendor's audit log tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub who: Option<String>,
    /// A digest of reason and text, which the line in the operator's log has too.
    #[schemars(length(max = 32))]
    pub digest: String,
}

/// A reference in a list of grants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct GrantRef {
    /// The list that it stands in, as in spec.
    #[schemars(length(max = 32))]
    pub list: String,
    /// The kind of what it names.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// The namespace of the object that it names. Without it, what it names is no object: a policy, by what the vendor calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
    /// The name of that.
    #[schemars(length(max = 255))]
    pub name: String,
}

/// What a reference in a list of grants led to, when the list was carried out last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Resolved {
    /// The reference.
    #[serde(flatten)]
    pub reference: GrantRef,
    /// The vendor's id of what it led to.
    #[schemars(length(max = MAX_ID))]
    pub id: String,
    /// The role that goes with it, by the kind's name for it, where the list gives roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(max = 63))]
    pub role: Option<String>,
}

/// What is known of the deletion of an organization that was sent to the vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionStatus {
    /// A keyed hash of the token that it was sent with, unless the vendor said that it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub token: Option<String>,
    /// Whether the vendor said that it was carried out.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub done: bool,
}

/// What is known of an object: the same for every kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommonStatus {
    /// The generation of the spec that this status speaks of; -1 before the first.
    #[serde(default = "never_observed")]
    #[schemars(range(min = -1))]
    pub observed_generation: i64,
    /// How the object stands, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "State")]
    pub state: Option<State>,
    /// Why it stands so, in one word of the runbook: the reason of the condition that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// Why it stands so, and what comes next: the message of the condition that decides, cut where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_WHY))]
    pub message: Option<String>,
    /// The vendor's id of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub id: Option<String>,
    /// A keyed hash of the natural key of what has that id, where another id takes its place, as a member's does of the
    /// invitation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub provisional: Option<String>,
    /// The vendor's id of the organization that the object proved to belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub organization_id: Option<String>,
    /// The vendor's id of what the object is in, where that is not the organization itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub container_id: Option<String>,
    /// Whether orgkeeper created the vendor's object or took it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Origin")]
    pub origin: Option<Origin>,
    /// Which of the ids here a list showed after a create whose answer nobody heard, or did not name them. Who made them
    /// is not known, so nothing but the manifest or a person has them deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2), inner(length(max = MAX_ID)))]
    pub found: Vec<String>,
    /// What creates of unknown outcome may have left at the vendor besides. A person is asked what becomes of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LEFTOVERS), inner(length(max = MAX_ID)))]
    pub leftovers: Vec<String>,
    /// What will happen at the vendor when this object is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeletionPolicy")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// A create whose outcome is not stored yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_create: Option<PendingCreate>,
    /// The vendor's id of what this object stood for before; it is deleted once its successor is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub superseded: Option<String>,
    /// The id in spec.adopt.id, if something new took its place since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_ID))]
    pub replaced: Option<String>,
    /// When the deletion of an organization was sent to the vendor. Its token goes with it, so nothing else
    /// could tell a deletion that was carried out from a token that was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_sent_at: Option<Time>,
    /// What is known of that deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<DeletionStatus>,
    /// Fingerprints of the values written last, by field, for what cannot be read back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "fingerprints")]
    pub last_applied: BTreeMap<String, String>,
    /// What the references in lists of grants led to when the lists were carried out last. An entry whose reference leads nowhere keeps what it has by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_RESOLVED))]
    pub resolved: Vec<Resolved>,
    /// The policies that the manifest gives, in a line, for lists of objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub policies: Option<String>,
    /// Where the vendor's state differs from the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_DRIFT))]
    pub drift: Vec<DriftEntry>,
    /// Whether there is more drift than is listed.
    #[serde(default, skip_serializing_if = "crate::api::policy::is_false")]
    pub drift_truncated: bool,
    /// What was done or seen at the vendor last, the latest first: an event is gone after an hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_CHANGES))]
    pub last_changes: Vec<LastChange>,
    /// What a person is asked to confirm, as long as it is asked and not confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_ASKED))]
    pub asked: Vec<Asked>,
    /// The value of the annotation orgkeeper.dev/reconcile-requested-at that was handled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MAX_REQUEST))]
    pub last_handled_reconcile_at: Option<String>,
    /// The conditions. All but Ready are there only while they are True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "condition_list")]
    pub conditions: Vec<Condition>,
}

impl CommonStatus {
    /// The members' names, by which they are told from those that only one kind has.
    pub const MEMBERS: [&'static str; 26] = [
        "observedGeneration",
        "state",
        "reason",
        "message",
        "id",
        "provisional",
        "organizationId",
        "containerId",
        "origin",
        "found",
        "leftovers",
        "deletionPolicy",
        "pendingCreate",
        "superseded",
        "replaced",
        "deletionSentAt",
        "deletion",
        "lastApplied",
        "resolved",
        "policies",
        "drift",
        "driftTruncated",
        "lastChanges",
        "asked",
        "lastHandledReconcileAt",
        "conditions",
    ];

    /// The status of an object that nobody looked at yet.
    pub const fn unobserved() -> Self {
        Self {
            observed_generation: NEVER_OBSERVED,
            state: None,
            reason: None,
            message: None,
            id: None,
            provisional: None,
            organization_id: None,
            container_id: None,
            origin: None,
            found: Vec::new(),
            leftovers: Vec::new(),
            deletion_policy: None,
            pending_create: None,
            superseded: None,
            replaced: None,
            deletion_sent_at: None,
            deletion: None,
            last_applied: BTreeMap::new(),
            resolved: Vec::new(),
            policies: None,
            drift: Vec::new(),
            drift_truncated: false,
            last_changes: Vec::new(),
            asked: Vec::new(),
            last_handled_reconcile_at: None,
            conditions: Vec::new(),
        }
    }
}

impl Default for CommonStatus {
    fn default() -> Self {
        Self::unobserved()
    }
}

const fn never_observed() -> i64 {
    NEVER_OBSERVED
}

fn fingerprints(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": MAX_APPLIED,
        "additionalProperties": {"type": "string", "maxLength": 128},
    })
}

/// The schema of the conditions with the bounds of the Kubernetes API conventions, which the generated one lacks.
fn condition_list(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "maxItems": 32,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": {
                    "type": "string",
                    "description": "What the condition is about.",
                    "minLength": 1,
                    "maxLength": 316,
                },
                "status": {
                    "type": "string",
                    "description": "Whether it holds.",
                    "enum": ["True", "False", "Unknown"],
                },
                "observedGeneration": {
                    "type": "integer",
                    "format": "int64",
                    "description": "The generation of the spec that the condition speaks of.",
                    "minimum": 0,
                },
                "lastTransitionTime": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When the status of the condition last changed.",
                },
                "reason": {
                    "type": "string",
                    "description": "Why, in one word; the runbook has an entry for each.",
                    "minLength": 1,
                    "maxLength": 1024,
                    "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
                },
                "message": {
                    "type": "string",
                    "description": "Why, in a sentence.",
                    "maxLength": MAX_MESSAGE,
                },
            },
        },
    })
}
