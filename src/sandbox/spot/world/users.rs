//! The users that there are, and who of them is in which group.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sandbox::core::{Lag, Sight};
use crate::sandbox::spot::access::grants::Grants;
use crate::sandbox::spot::access::roles::AccountRole;
use crate::sandbox::spot::group::state::Members;
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::user::state::{User, UserDetails, UserKind};
use crate::sandbox::spot::world::record::Collection;
use crate::sandbox::spot::world::register::Register;

/// All users.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Users(Collection<UserDetails>);

impl Users {
    /// Moves with every change.
    pub(super) fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Every user that lives, whatever lists show.
    pub fn living(&self) -> impl Iterator<Item = (&User, &UserDetails)> {
        self.0.living()
    }

    /// One user that lives, whatever lists show.
    pub fn get(&self, id: &str) -> Option<(&User, &UserDetails)> {
        self.0.current(id)
    }

    /// The oldest user of this name: a person's address or a machine user's name.
    pub fn named(&self, username: &str) -> Option<(&User, &UserDetails)> {
        self.living().filter(|(_, details)| details.username == username).min_by_key(|(user, _)| user.serial)
    }

    /// The person of an organization who has this address. Its letters' case does not matter.
    pub fn person(&self, organization: OrganizationId, email: &str) -> Option<(&User, &UserDetails)> {
        self.living().find(|(user, details)| {
            user.organization == organization
                && details.kind == UserKind::Personal
                && details.email.eq_ignore_ascii_case(email)
        })
    }

    /// One user as a list or a read shows it.
    pub fn seen(&self, sight: Sight, id: &str) -> Option<(&User, &UserDetails)> {
        self.0.seen(sight, id)
    }

    /// An organization's users as a list shows them, oldest first.
    pub fn seen_of(&self, sight: Sight, organization: OrganizationId) -> Vec<(&User, &UserDetails)> {
        self.0.seen_of(sight, organization)
    }

    /// The ids of a group's members, whatever lists show.
    pub fn members(&self, group: &str) -> BTreeSet<String> {
        self.living()
            .filter(|(_, details)| details.groups.contains(group))
            .map(|(user, _)| user.id.clone())
            .collect()
    }

    /// Who is in which group, as a list or a read shows it.
    pub fn seen_members(&self, sight: Sight, organization: OrganizationId) -> Members<'_> {
        let mut members = Members::new();
        for (user, details) in self.seen_of(sight, organization) {
            for group in &details.groups {
                members.entry(group.as_str()).or_default().push((user, details));
            }
        }
        members
    }

    /// Makes a user: a person (`u-…`) or a machine user (`pu-…`), as the details say.
    pub fn create(
        &mut self,
        register: &mut Register,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: UserDetails,
    ) -> String {
        let prefix = match details.kind {
            UserKind::Personal => "u-",
            UserKind::Programmatic => "pu-",
        };
        self.0.create(register, now, lag, prefix, organization, details)
    }

    /// Changes a user. False: there is none. A change that changes nothing is no effect.
    pub fn change(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut UserDetails),
    ) -> bool {
        self.0.change(now, lag, id, change)
    }

    /// Replaces the policies of a user. False: there is none.
    pub fn set_policies(&mut self, now: Timestamp, lag: Lag, id: &str, grants: Grants) -> bool {
        self.change(now, lag, id, |user| user.grants = grants)
    }

    /// Gives a user a role in an account, or takes it away with None. False: no such user.
    pub fn set_account_role(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        account: &str,
        role: Option<AccountRole>,
    ) -> bool {
        self.change(now, lag, id, |user| user.set_account_role(account, role))
    }

    /// Replaces the groups of a user. False: there is none.
    pub fn set_groups(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        groups: impl IntoIterator<Item = String>,
    ) -> bool {
        let groups = groups.into_iter().collect();
        self.change(now, lag, id, |user| user.groups = groups)
    }

    /// Replaces the members of a group.
    pub(super) fn set_members(&mut self, now: Timestamp, lag: Lag, group: &str, members: &BTreeSet<String>) {
        let before = self.members(group);
        for user in before.symmetric_difference(members) {
            self.change(now, lag, user, |details| {
                if !details.groups.remove(group) {
                    details.groups.insert(group.to_owned());
                }
            });
        }
    }

    /// Changes every user that lives: something that users refer to goes.
    pub(super) fn change_all(&mut self, now: Timestamp, lag: Lag, change: impl FnMut(&mut UserDetails)) {
        self.0.change_all(now, lag, change);
    }

    pub(super) fn remove(&mut self, now: Timestamp, lag: Lag, id: &str) {
        self.0.remove(now, lag, id);
    }

    pub(super) fn forget(&mut self, organization: OrganizationId) {
        self.0.forget(organization);
    }
}
