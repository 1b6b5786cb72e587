//! The health checks that there are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::health_checks::{HealthCheck, HealthCheckDetails};
use crate::sandbox::spot::state::record::Collection;
use crate::sandbox::spot::state::register::Register;

/// All health checks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HealthChecks(Collection<HealthCheckDetails>);

impl HealthChecks {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every health check that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&HealthCheck, &HealthCheckDetails)> {
        self.0.living()
    }

    /// One health check that lives.
    pub fn get(&self, id: &str) -> Option<(&HealthCheck, &HealthCheckDetails)> {
        self.0.current(id)
    }

    /// One health check as a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&HealthCheck, &HealthCheckDetails)> {
        self.0.seen(sight, id)
    }

    /// An account's health checks as a list shows them, oldest first.
    pub fn seen_in(
        &self,
        sight: Sight,
        organization: OrganizationId,
        account: &str,
    ) -> Vec<(&HealthCheck, &HealthCheckDetails)> {
        let mut seen = self.0.seen_of(sight, organization);
        seen.retain(|(_, details)| details.account == account);
        seen
    }

    /// Makes a health check.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: HealthCheckDetails,
    ) -> String {
        self.0.create(register, now, lag, "hcs-", organization, details)
    }

    /// Changes a health check. False: there is none.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut HealthCheckDetails),
    ) -> bool {
        self.0.change(now, lag, id, change)
    }

    /// Deletes a health check. False: there is none.
    pub fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }

    /// Deletes all that an account has.
    pub(super) fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str) {
        self.0.remove_all(now, lag, |details| details.account == account);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
