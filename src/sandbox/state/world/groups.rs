//! Makes, changes and deletes groups, and tells who is in them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::groups::{GroupDetails, Members, UserGroup};

impl World {
    /// Every group that lives, whatever lists show.
    pub fn groups(&self) -> impl Iterator<Item = (&UserGroup, &GroupDetails)> {
        self.groups.living()
    }

    /// One group that lives, whatever lists show.
    pub fn group(&self, id: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.groups.current(id)
    }

    /// The oldest group of this name.
    pub fn group_named(&self, name: &str) -> Option<(&UserGroup, &GroupDetails)> {
        self.groups.living().filter(|(_, details)| details.name == name).min_by_key(|(group, _)| group.serial)
    }

    /// The ids of a group's members, whatever lists show.
    pub fn members(&self, group: &str) -> BTreeSet<String> {
        self.users
            .living()
            .filter(|(_, details)| details.groups.contains(group))
            .map(|(user, _)| user.id.clone())
            .collect()
    }

    /// One group as a list or a read shows it.
    pub(in crate::sandbox) fn seen_group(
        &self,
        sight: Sight,
        id: &str,
    ) -> Option<(&UserGroup, &GroupDetails)> {
        self.groups.seen(sight, id)
    }

    /// An organization's groups as a list shows them, oldest first.
    pub(in crate::sandbox) fn seen_groups(
        &self,
        sight: Sight,
        organization: OrganizationId,
    ) -> Vec<(&UserGroup, &GroupDetails)> {
        self.groups.seen_of(sight, organization)
    }

    /// Who is in which group, as a list or a read shows it.
    pub(in crate::sandbox) fn seen_members(&self, sight: Sight, organization: OrganizationId) -> Members<'_> {
        let mut members = Members::new();
        for (user, details) in self.users.seen_of(sight, organization) {
            for group in &details.groups {
                members.entry(group.as_str()).or_default().push((user, details));
            }
        }
        members
    }

    /// Makes a group. Names are not unique, so this always makes a new one.
    pub fn create_group(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: GroupDetails,
    ) -> String {
        let id = self.unused_id("ugr-");
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.groups.insert(record);
        id
    }

    /// Changes a group. False: there is none. A change that changes nothing is no effect.
    pub fn change_group(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut GroupDetails),
    ) -> bool {
        let outcome = self.groups.change(now, lag, id, change);
        self.changed(outcome)
    }

    /// Replaces the members of a group. False: there is none.
    pub fn set_members(&mut self, now: Timestamp, lag: Lag, id: &str, members: &BTreeSet<String>) -> bool {
        if self.group(id).is_none() {
            return false;
        }
        let before = self.members(id);
        for user in before.symmetric_difference(members) {
            self.change_user(now, lag, user, |details| {
                if !details.groups.remove(id) {
                    details.groups.insert(id.to_owned());
                }
            });
        }
        true
    }

    /// Deletes a group; its members leave it. False: there is none.
    pub fn delete_group(&mut self, now: Timestamp, lag: Lag, id: &str) -> bool {
        let deleted = self.groups.remove(now, lag, id);
        if deleted {
            self.users.change_all(now, lag, |user| {
                user.groups.remove(id);
            });
            self.revision += 1;
        }
        deleted
    }
}
