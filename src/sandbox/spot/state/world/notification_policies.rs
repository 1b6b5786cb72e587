//! The notification policies that there are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::state::notification_policies::{NotificationPolicy, NotificationPolicyDetails};
use crate::sandbox::spot::state::record::Collection;
use crate::sandbox::spot::state::register::Register;

/// All notification policies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotificationPolicies(Collection<NotificationPolicyDetails>);

impl NotificationPolicies {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every notification policy that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&NotificationPolicy, &NotificationPolicyDetails)> {
        self.0.living()
    }

    /// One notification policy that lives.
    pub fn get(&self, id: &str) -> Option<(&NotificationPolicy, &NotificationPolicyDetails)> {
        self.0.current(id)
    }

    /// One notification policy as a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&NotificationPolicy, &NotificationPolicyDetails)> {
        self.0.seen(sight, id)
    }

    /// An organization's notification policies as a list shows them, oldest first.
    pub fn seen_of(
        &self,
        sight: Sight,
        organization: OrganizationId,
    ) -> Vec<(&NotificationPolicy, &NotificationPolicyDetails)> {
        self.0.seen_of(sight, organization)
    }

    /// Makes a notification policy; the same again makes another.
    pub(super) fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: NotificationPolicyDetails,
    ) -> String {
        self.0.create(register, now, lag, "snp-", organization, details)
    }

    /// Changes a notification policy. False: there is none.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut NotificationPolicyDetails),
    ) -> bool {
        self.0.change(now, lag, id, change)
    }

    /// Deletes a notification policy. False: there is none.
    pub fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }

    /// Nobody of this address is told any more.
    pub(super) fn unregister(&mut self, now: Timestamp, lag: Lag, email: &str) {
        self.0.change_all(now, lag, |details| {
            details.registered_users.retain(|user| !user.user_email.eq_ignore_ascii_case(email));
        });
    }

    /// Deletes all that an account has.
    pub(super) fn remove_in(&mut self, now: Timestamp, lag: Lag, account: &str) {
        self.0.remove_all(now, lag, |details| details.account == account);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
