//! The groups that there are. Who is in them is kept with the users.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::group::state::{GroupDetails, UserGroup};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::world::record::Collection;
use crate::sandbox::spot::world::register::Register;

/// All user groups.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(Collection<GroupDetails>);

impl Groups {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every group that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&UserGroup, &GroupDetails)> {
        self.0.living()
    }

    /// One group that lives, whatever lists show.
    pub fn get(&self, id: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.0.current(id)
    }

    /// The oldest group of this name.
    pub fn named(&self, name: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.living().filter(|(_, details)| details.name == name).min_by_key(|(group, _)| group.serial)
    }

    /// One group as a list or a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.0.seen(sight, id)
    }

    /// An organization's groups as a list shows them, oldest first.
    pub fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&UserGroup, &GroupDetails)> {
        self.0.seen_of(sight, organization)
    }

    /// Makes a group. Names are not unique, so this always makes a new one.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: GroupDetails,
    ) -> String {
        self.0.create(register, now, lag, "ugr-", organization, details)
    }

    /// Changes a group. False: there is none. A change that changes nothing is no effect.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut GroupDetails),
    ) -> bool {
        self.0.change(now, lag, id, change)
    }

    /// Changes every group that lives: something that groups refer to goes.
    pub(super) fn change_all(&mut self, now: Timestamp, lag: Lag, change: impl FnMut(&mut GroupDetails)) {
        self.0.change_all(now, lag, change);
    }

    /// False: there is none.
    pub(super) fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        self.0.remove(now, lag, id)
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
