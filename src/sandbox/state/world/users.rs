//! Makes, changes and deletes users.

use jiff::Timestamp;

use super::World;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};
use crate::sandbox::state::grants::Grants;
use crate::sandbox::state::roles::AccountRole;
use crate::sandbox::state::users::{User, UserDetails, UserKept, UserKind};

impl World {
    /// Every user that lives, whatever lists show.
    pub fn users(&self) -> impl Iterator<Item = (&User, &UserDetails)> {
        self.users.living()
    }

    /// One user that lives, whatever lists show.
    pub fn user(&self, id: &str) -> Option<(&User, &UserDetails)> {
        self.users.current(id)
    }

    /// The oldest user of this name: a person's address or a machine user's name.
    pub fn user_named(&self, username: &str) -> Option<(&User, &UserDetails)> {
        self.users
            .living()
            .filter(|(_, details)| details.username == username)
            .min_by_key(|(user, _)| user.serial)
    }

    /// The person of an organization who has this address. Its letters' case does not matter.
    pub fn person(&self, organization: OrganizationId, email: &str) -> Option<(&User, &UserDetails)> {
        self.users.living().find(|(user, details)| {
            user.organization == organization
                && details.kind == UserKind::Personal
                && details.email.eq_ignore_ascii_case(email)
        })
    }

    /// One user as a list or a read shows it.
    pub(in crate::sandbox) fn seen_user(&self, sight: Sight, id: &str) -> Option<(&User, &UserDetails)> {
        self.users.seen(sight, id)
    }

    /// An organization's users as a list shows them, oldest first.
    pub(in crate::sandbox) fn seen_users(
        &self,
        sight: Sight,
        organization: OrganizationId,
    ) -> Vec<(&User, &UserDetails)> {
        self.users.seen_of(sight, organization)
    }

    /// The administrators of an organization, oldest first.
    pub fn administrators(&self, organization: OrganizationId) -> Vec<(&User, &UserDetails)> {
        let mut administrators: Vec<_> = self
            .users
            .living()
            .filter(|(user, _)| user.organization == organization)
            .filter(|(_, details)| self.is_administrator(details))
            .collect();
        administrators.sort_by_key(|(user, _)| user.serial);
        administrators
    }

    /// Makes a user: a person (`u-…`) or a machine user (`pu-…`), as the details say.
    pub fn create_user(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: UserDetails,
    ) -> String {
        let id = self.unused_id(match details.kind {
            UserKind::Personal => "u-",
            UserKind::Programmatic => "pu-",
        });
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.users.insert(record);
        id
    }

    /// Changes a user. False: there is none. A change that changes nothing is no effect.
    pub fn change_user(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut UserDetails),
    ) -> bool {
        let outcome = self.users.change(now, lag, id, change);
        self.changed(outcome)
    }

    /// Replaces the policies of a user. False: there is none.
    pub fn set_policies(&mut self, now: Timestamp, lag: Lag, id: &str, grants: Grants) -> bool {
        self.change_user(now, lag, id, |user| user.grants = grants)
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
        self.change_user(now, lag, id, |user| user.set_account_role(account, role))
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
        self.change_user(now, lag, id, |user| user.groups = groups)
    }

    /// Deletes a user and its tokens, unless nobody else could administer the organization.
    pub fn delete_user(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), UserKept> {
        let (user, _) = self.user(id).ok_or(UserKept::Missing)?;
        let administrators = self.administrators(user.organization);
        if administrators.len() == 1 && administrators[0].0.id == id {
            return Err(UserKept::OnlyAdministrator);
        }
        self.users.remove(now, lag, id);
        self.tokens.retain(|_, token| token.user != id);
        self.revision += 1;
        Ok(())
    }
}
