//! How an object is found to be: a row of the health table, and what stands beside it (rule 10).

use crate::api::conditions::ConditionType;
use crate::engine::base::reason::Reason;

/// A row of the health table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// In sync, or left as it is by policy.
    Ready(Reason, String),
    /// It waits for what comes by itself, or works.
    Waiting(Reason, String),
    /// Only a person, or a change elsewhere, gets it further.
    Stalled(Reason, String),
    /// The contract cannot express any of it.
    Unsupported(Reason, String),
    /// As it was: nothing was looked at (suspended, or nothing to do during an outage).
    Kept,
}

impl Health {
    /// The reason and the text.
    pub fn told(&self) -> Option<(Reason, &str)> {
        match self {
            Self::Ready(reason, text)
            | Self::Waiting(reason, text)
            | Self::Stalled(reason, text)
            | Self::Unsupported(reason, text) => Some((*reason, text)),
            Self::Kept => None,
        }
    }

    /// Another reason and text: whether it goes on by itself stays.
    #[must_use]
    pub fn instead(&self, reason: Reason, text: String) -> Self {
        match self {
            Self::Ready(..) => Self::Ready(reason, text),
            Self::Waiting(..) => Self::Waiting(reason, text),
            Self::Stalled(..) => Self::Stalled(reason, text),
            Self::Unsupported(..) => Self::Unsupported(reason, text),
            Self::Kept => Self::Kept,
        }
    }
}

/// What a reconcile found, for status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The row.
    pub health: Health,
    /// Conditions that exist only while True, besides Reconciling and Stalled. What is not named is
    /// cleared, unless health is [`Health::Kept`].
    pub extra: Vec<(ConditionType, Reason, String)>,
    /// Whether what holds up the end of the object passes by itself; `None` where nothing was found that does.
    pub passes: Option<bool>,
}

impl Findings {
    /// Only the row.
    pub fn of(health: Health) -> Self {
        Self { health, extra: Vec::new(), passes: None }
    }

    /// With what holds up the end of the object: that passes by itself where it only waits.
    #[must_use]
    pub fn held_up(mut self, by: &Health) -> Self {
        if let Some((reason, text)) = by.told() {
            self.passes = Some(matches!(by, Health::Waiting(..)));
            self.extra.push((ConditionType::DeletionBlocked, reason, text.to_owned()));
        }
        self
    }

    /// Waiting.
    pub fn waiting(reason: Reason, message: impl Into<String>) -> Self {
        Self::of(Health::Waiting(reason, message.into()))
    }

    /// Stalled.
    pub fn stalled(reason: Reason, message: impl Into<String>) -> Self {
        Self::of(Health::Stalled(reason, message.into()))
    }

    /// Whether this settles that nothing but what was asked now waits for a person. What only passes settles
    /// nothing: what a person is asked must stand still.
    pub fn settles(&self) -> bool {
        let suspended = self.extra.iter().any(|(kind, ..)| *kind == ConditionType::Suspended);
        suspended || !matches!(self.health, Health::Waiting(..) | Health::Kept)
    }

    /// With one more condition.
    #[must_use]
    pub fn with(mut self, kind: ConditionType, reason: Reason, message: impl Into<String>) -> Self {
        self.extra.push((kind, reason, message.into()));
        self
    }
}
