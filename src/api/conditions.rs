//! The condition types, and reading and writing a list of conditions.

use crate::api::text::cut;
use jiff::{Timestamp, Unit};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use std::fmt;

/// The most bytes of a message.
pub const MAX_MESSAGE: usize = 32_768;

/// What a condition is about. All but [`ConditionType::Ready`] stand in status only while they are True.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The vendor's state is what the spec asks for.
    Ready,
    /// Work is under way, or waits for something that will come by itself.
    Reconciling,
    /// Nothing will happen until a person changes something.
    Stalled,
    /// A person asked to leave the object alone.
    Suspended,
    /// The vendor's state differs from the spec, and policy leaves it so.
    Drifted,
    /// The vendor's contract cannot express a part of the spec.
    NotSupported,
    /// Something holds up the deletion.
    DeletionBlocked,
    /// The vendor's limits, or ours, pause the requests of an organization.
    Throttled,
    /// The vendor does not answer.
    Unreachable,
    /// Fields that cannot be read back are assumed, not known, to be as the spec says.
    Unverified,
    /// More of an inventory vanished at once than is believable.
    InventoryShrank,
    /// A new token takes the place of the old one.
    Rotating,
    /// The audit log cannot be read. No reason not to be Ready.
    AuditUnavailable,
    /// Destructive writes below an organization wait for a person.
    ConfirmationRequired,
    /// The vendor has deprecated what this stands for. No reason not to be Ready.
    Deprecated,
    /// A word in the spec is none that the vendor is known for. No reason not to be Ready.
    Unrecognized,
    /// A credential expires soon, or has.
    CredentialExpires,
}

impl ConditionType {
    /// Every type.
    pub const ALL: [Self; 17] = [
        Self::Ready,
        Self::Reconciling,
        Self::Stalled,
        Self::Suspended,
        Self::Drifted,
        Self::NotSupported,
        Self::DeletionBlocked,
        Self::Throttled,
        Self::Unreachable,
        Self::Unverified,
        Self::InventoryShrank,
        Self::Rotating,
        Self::AuditUnavailable,
        Self::ConfirmationRequired,
        Self::Deprecated,
        Self::Unrecognized,
        Self::CredentialExpires,
    ];

    /// The name in status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Suspended => "Suspended",
            Self::Drifted => "Drifted",
            Self::NotSupported => "NotSupported",
            Self::DeletionBlocked => "DeletionBlocked",
            Self::Throttled => "Throttled",
            Self::Unreachable => "Unreachable",
            Self::Unverified => "Unverified",
            Self::InventoryShrank => "InventoryShrank",
            Self::Rotating => "Rotating",
            Self::AuditUnavailable => "AuditUnavailable",
            Self::ConfirmationRequired => "ConfirmationRequired",
            Self::Deprecated => "Deprecated",
            Self::Unrecognized => "Unrecognized",
            Self::CredentialExpires => "CredentialExpires",
        }
    }
}

impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// That cannot be said.
    Unknown,
}

impl ConditionStatus {
    /// The word in status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition of this type, if the list has one.
pub fn find(conditions: &[Condition], kind: ConditionType) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.type_ == kind.as_str())
}

/// Whether the condition is there and True.
pub fn is_true(conditions: &[Condition], kind: ConditionType) -> bool {
    find(conditions, kind).is_some_and(|condition| condition.status == ConditionStatus::True.as_str())
}

/// What is to be said of one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The condition.
    pub kind: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one word of the runbook.
    pub reason: &'static str,
    /// Why, in a sentence.
    pub message: String,
}

/// Puts a finding into the list, and says whether that changed anything.
///
/// `lastTransitionTime` moves only when the status flips; the place in the list stays.
pub fn set(conditions: &mut Vec<Condition>, finding: &Finding, generation: i64, now: Timestamp) -> bool {
    let mut wanted = Condition {
        type_: finding.kind.as_str().to_owned(),
        status: finding.status.as_str().to_owned(),
        reason: finding.reason.to_owned(),
        message: cut(&finding.message, MAX_MESSAGE).to_owned(),
        observed_generation: Some(generation),
        last_transition_time: Time(whole_seconds(now)),
    };
    let Some(current) = conditions.iter_mut().find(|condition| condition.type_ == wanted.type_) else {
        conditions.push(wanted);
        return true;
    };
    if current.status == wanted.status {
        wanted.last_transition_time = current.last_transition_time.clone();
    }
    let changed = *current != wanted;
    *current = wanted;
    changed
}

/// Takes a condition out of the list, and says whether it was there.
pub fn clear(conditions: &mut Vec<Condition>, kind: ConditionType) -> bool {
    let before = conditions.len();
    conditions.retain(|condition| condition.type_ != kind.as_str());
    conditions.len() != before
}

/// Kubernetes stores whole seconds. To hold more would make an unchanged status look changed.
fn whole_seconds(at: Timestamp) -> Timestamp {
    at.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Trunc)).unwrap_or(at)
}
