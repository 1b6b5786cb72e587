//! All that the vendor knows, and what counts as a change of it.

mod accounts;
mod credentials;
mod groups;
mod health_checks;
mod organizations;
mod policies;
mod rights;
mod subscriptions;
mod tokens;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::ids::{Generator, OrganizationId};
use crate::sandbox::lagged::{Lag, Lagged};
use crate::sandbox::state::accounts::AccountDetails;
use crate::sandbox::state::audit::{AuditEvent, AuditLog};
use crate::sandbox::state::groups::GroupDetails;
use crate::sandbox::state::health_checks::HealthCheckDetails;
use crate::sandbox::state::organizations::Organization;
use crate::sandbox::state::policies::PolicyDetails;
use crate::sandbox::state::record::{Collection, Record};
use crate::sandbox::state::subscriptions::{Resource, SubscriptionDetails};
use crate::sandbox::state::tokens::Token;
use crate::sandbox::state::users::UserDetails;

/// Everything that survives a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    generator: Generator,
    serial: u64,
    organizations: BTreeMap<OrganizationId, Organization>,
    accounts: Collection<AccountDetails>,
    users: Collection<UserDetails>,
    groups: Collection<GroupDetails>,
    policies: Collection<PolicyDetails>,
    subscriptions: Collection<SubscriptionDetails>,
    health_checks: Collection<HealthCheckDetails>,
    /// By id.
    resources: BTreeMap<String, Resource>,
    /// Roles, applications and service accounts that their cloud turns away.
    rejected_credentials: BTreeSet<String>,
    /// By digest.
    tokens: BTreeMap<String, Token>,
    audit: AuditLog,
    /// Counts the changes since the start: tells whether a request had an effect.
    #[serde(skip)]
    revision: u64,
}

impl World {
    /// An empty world that takes its ids from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            generator: Generator::new(seed),
            serial: 0,
            organizations: BTreeMap::new(),
            accounts: Collection::default(),
            users: Collection::default(),
            groups: Collection::default(),
            policies: Collection::default(),
            subscriptions: Collection::default(),
            health_checks: Collection::default(),
            resources: BTreeMap::new(),
            rejected_credentials: BTreeSet::new(),
            tokens: BTreeMap::new(),
            audit: AuditLog::default(),
            revision: 0,
        }
    }

    /// Moves with every change. The audit log alone does not move it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// An id that nothing has: the prefix and eight hexadecimal digits.
    fn unused_id(&mut self, prefix: &str) -> String {
        loop {
            let id = format!("{prefix}{}", self.generator.hex(8));
            let taken = self.accounts.contains(&id)
                || self.users.contains(&id)
                || self.groups.contains(&id)
                || self.policies.contains(&id)
                || self.subscriptions.contains(&id)
                || self.health_checks.contains(&id)
                || self.resources.contains_key(&id);
            if !taken {
                return id;
            }
        }
    }

    /// A new object, which counts as a change.
    fn record_of<D>(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: String,
        organization: OrganizationId,
        details: D,
    ) -> Record<D> {
        self.revision += 1;
        Record {
            id,
            organization,
            serial: self.next_serial(),
            created_at: now,
            details: Lagged::new(now, lag, details),
        }
    }

    /// Counts a change that moved something, and tells whether there was anything to change.
    fn changed(&mut self, outcome: Option<bool>) -> bool {
        self.revision += u64::from(outcome == Some(true));
        outcome.is_some()
    }

    /// The latest events of the audit log, oldest first.
    pub fn audit_events(&self) -> impl Iterator<Item = &AuditEvent> {
        self.audit.events()
    }

    /// How many events there ever were.
    pub(in crate::sandbox) fn audited(&self) -> u64 {
        self.audit.total()
    }

    /// Adds an event to the audit log. What happened in an organization that is gone is forgotten.
    pub fn record(&mut self, event: AuditEvent) {
        if self.organizations.contains_key(&event.organization_id) {
            self.audit.add(event);
        }
    }
}
