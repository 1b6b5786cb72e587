//! Makes, changes and deletes policies, and shows the built-in ones among them.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::built_in::{all_built_in, built_in};
use crate::sandbox::state::policies::{Policy, PolicyDetails, PolicyKept};

impl World {
    /// Every policy that lives, whatever lists show, without the built-in ones.
    pub fn policies(&self) -> impl Iterator<Item = (&Policy, &PolicyDetails)> {
        self.policies.living()
    }

    /// One policy that an organization has: its own, or a built-in one.
    pub fn policy(&self, organization: OrganizationId, id: &str) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id)
            .or_else(|| self.policies.current(id).filter(|(policy, _)| policy.organization == organization))
    }

    /// The organization that made a policy; None for a built-in one.
    pub(in crate::sandbox) fn policy_owner(&self, id: &str) -> Option<OrganizationId> {
        self.policies.current(id).map(|(policy, _)| policy.organization)
    }

    /// The oldest policy of this name, built-in ones last.
    pub fn policy_named(&self, name: &str) -> Option<(&Policy, &PolicyDetails)> {
        let own = self.policies.living().filter(|(_, details)| details.name == name);
        own.min_by_key(|(policy, _)| policy.serial)
            .or_else(|| all_built_in().find(|(_, details)| details.name == name))
    }

    /// One policy that an organization has, as a list or a read shows it.
    pub(in crate::sandbox) fn seen_policy(
        &self,
        sight: Sight,
        organization: OrganizationId,
        id: &str,
    ) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id).or_else(|| {
            self.policies.seen(sight, id).filter(|(policy, _)| policy.organization == organization)
        })
    }

    /// An organization's policies as a list shows them: the built-in ones, then its own, oldest
    /// first.
    pub(in crate::sandbox) fn seen_policies(
        &self,
        sight: Sight,
        organization: OrganizationId,
    ) -> Vec<(&Policy, &PolicyDetails)> {
        all_built_in().chain(self.policies.seen_of(sight, organization)).collect()
    }

    /// Makes a policy. Names are not unique, so this always makes a new one.
    pub fn create_policy(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: PolicyDetails,
    ) -> String {
        let id = self.unused_id("pol-");
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.policies.insert(record);
        id
    }

    /// Changes a policy. A change that changes nothing is no effect, and no update.
    pub fn change_policy(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut PolicyDetails),
    ) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        let outcome = self.policies.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.updated_at = now;
            }
        });
        if self.changed(outcome) { Ok(()) } else { Err(PolicyKept::Missing) }
    }

    /// Deletes a policy; mappings to it go with it.
    pub fn delete_policy(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        if !self.policies.remove(now, lag, id) {
            return Err(PolicyKept::Missing);
        }
        self.users.change_all(now, lag, |user| {
            user.grants.0.remove(id);
        });
        self.groups.change_all(now, lag, |group| {
            group.grants.0.remove(id);
        });
        self.revision += 1;
        Ok(())
    }
}
