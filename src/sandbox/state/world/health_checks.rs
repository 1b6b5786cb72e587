//! Makes, changes and deletes health checks.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::health_checks::{HealthCheck, HealthCheckDetails};

impl World {
    /// Every health check that lives, whatever lists show.
    pub(in crate::sandbox) fn health_checks(
        &self,
    ) -> impl Iterator<Item = (&HealthCheck, &HealthCheckDetails)> {
        self.health_checks.living()
    }

    /// One health check that lives.
    pub(in crate::sandbox) fn health_check(&self, id: &str) -> Option<(&HealthCheck, &HealthCheckDetails)> {
        self.health_checks.current(id)
    }

    /// One health check as a read shows it.
    pub(in crate::sandbox) fn seen_health_check(
        &self,
        sight: Sight,
        id: &str,
    ) -> Option<(&HealthCheck, &HealthCheckDetails)> {
        self.health_checks.seen(sight, id)
    }

    /// An account's health checks as a list shows them, oldest first.
    pub(in crate::sandbox) fn seen_health_checks(
        &self,
        sight: Sight,
        organization: OrganizationId,
        account: &str,
    ) -> Vec<(&HealthCheck, &HealthCheckDetails)> {
        let mut seen = self.health_checks.seen_of(sight, organization);
        seen.retain(|(_, details)| details.account == account);
        seen
    }

    pub(in crate::sandbox) fn create_health_check(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: HealthCheckDetails,
    ) -> String {
        let id = self.unused_id("hcs-");
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.health_checks.insert(record);
        id
    }

    pub(in crate::sandbox) fn change_health_check(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut HealthCheckDetails),
    ) -> bool {
        let outcome = self.health_checks.change(now, lag, id, change);
        self.changed(outcome)
    }

    pub(in crate::sandbox) fn delete_health_check(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        let deleted = self.health_checks.remove(now, lag, id);
        self.revision += u64::from(deleted);
        deleted
    }
}
