//! The audit log: who did what, through the API or in the console.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::spot::ids::OrganizationId;

/// How many events are kept.
const CAPACITY: usize = 10_000;

/// Where an action came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Source {
    /// A call with a token.
    Api,
    /// A person in the console.
    Ui,
}

/// One thing that was done, or tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// Where.
    pub organization_id: OrganizationId,
    /// The account that it is about, if it is about one.
    pub account_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who: a person's address or a machine user's name.
    pub user: String,
    /// What: `createUser`.
    pub action_type: String,
    /// The kind of the object: `user`.
    pub resource_type: String,
    /// The object.
    pub resource_id: String,
    /// What was sent, without its secrets.
    pub context: Value,
    /// Where it came from.
    pub source: Source,
    /// The client.
    pub agent: String,
    /// Whether it was done; else it was refused.
    pub success: bool,
}

/// The events, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::sandbox::spot) struct AuditLog {
    /// Counts them all.
    total: u64,
    events: VecDeque<AuditEvent>,
}

impl AuditLog {
    /// The latest events, oldest first.
    pub(in crate::sandbox::spot) fn events(&self) -> impl Iterator<Item = &AuditEvent> {
        self.events.iter()
    }

    /// How many events there ever were.
    pub(in crate::sandbox::spot) fn total(&self) -> u64 {
        self.total
    }

    pub(in crate::sandbox::spot) fn add(&mut self, event: AuditEvent) {
        self.total += 1;
        self.events.push_back(event);
        if self.events.len() > CAPACITY {
            self.events.pop_front();
        }
    }

    /// Forgets what happened in an organization.
    pub(in crate::sandbox::spot) fn forget(&mut self, organization: OrganizationId) {
        self.events.retain(|event| event.organization_id != organization);
    }
}
