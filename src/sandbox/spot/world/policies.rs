//! The policies that there are, the built-in ones among them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::policy::built_in::{all_built_in, built_in};
use crate::sandbox::spot::policy::state::{Policy, PolicyDetails, PolicyKept};
use crate::sandbox::spot::world::record::Collection;
use crate::sandbox::spot::world::register::Register;

/// All policies. Those that the vendor brings along are not kept, and found here all the same.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policies(Collection<PolicyDetails>);

impl Policies {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every policy that lives, whatever lists show, without the built-in ones.
    pub fn living(&self) -> impl Iterator<Item = (&Policy, &PolicyDetails)> {
        self.0.living()
    }

    /// One policy that an organization has: its own, or a built-in one.
    pub fn get(&self, organization: OrganizationId, id: &str) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id).or_else(|| self.made(id).filter(|(policy, _)| policy.organization == organization))
    }

    /// One policy that some organization made.
    pub(super) fn made(&self, id: &str) -> Option<(&Policy, &PolicyDetails)> {
        self.0.current(id)
    }

    /// The organization that made a policy; None for a built-in one.
    pub fn owner(&self, id: &str) -> Option<OrganizationId> {
        self.made(id).map(|(policy, _)| policy.organization)
    }

    /// The oldest policy of this name, built-in ones last.
    pub fn named(&self, name: &str) -> Option<(&Policy, &PolicyDetails)> {
        let own = self.living().filter(|(_, details)| details.name == name);
        own.min_by_key(|(policy, _)| policy.serial)
            .or_else(|| all_built_in().find(|(_, details)| details.name == name))
    }

    /// One policy that an organization has, as a list or a read shows it.
    pub fn seen(
        &self,
        sight: Sight,
        organization: OrganizationId,
        id: &str,
    ) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id)
            .or_else(|| self.0.seen(sight, id).filter(|(policy, _)| policy.organization == organization))
    }

    /// An organization's policies as a list shows them: the built-in ones, then its own, oldest
    /// first.
    pub fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&Policy, &PolicyDetails)> {
        all_built_in().chain(self.0.seen_of(sight, organization)).collect()
    }

    /// Makes a policy. Names are not unique, so this always makes a new one.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: PolicyDetails,
    ) -> String {
        self.0.create(register, now, lag, "pol-", organization, details)
    }

    /// Changes a policy. A change that changes nothing is no effect, and no update.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut PolicyDetails),
    ) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        let there = self.0.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.updated_at = now;
            }
        });
        if there { Ok(()) } else { Err(PolicyKept::Missing) }
    }

    pub(super) fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        if self.0.remove(now, lag, id) { Ok(()) } else { Err(PolicyKept::Missing) }
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
