//! People and machine users.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::grants::{ALL_ACCOUNTS, Grants};
use super::policies::{ACCOUNT_EDITOR, ACCOUNT_VIEWER};
use super::record::Record;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Sight};

/// A user of one organization.
pub type User = Record<UserDetails>;

/// Whether a user is a person or a machine. The names are the vendor's (spot-wire §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// A person, who signs in with an address.
    Personal,
    /// A machine user, which has a token and nothing else.
    Programmatic,
}

/// A person's role in the organization, as it is asked for at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// In Production the same (spot-wire §2.3, the SCIM note).
    Editor,
    /// Looks at the default account.
    Viewer,
}

/// A role in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountRole {
    /// May change things.
    Editor,
    /// May look.
    Viewer,
}

impl AccountRole {
    /// The built-in policy that grants the same.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Editor => ACCOUNT_EDITOR,
            Self::Viewer => ACCOUNT_VIEWER,
        }
    }
}

/// What can change in a user. The API itself changes few of these; a person in the console may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetails {
    /// A person or a machine.
    pub kind: UserKind,
    /// The name that the vendor lists: a person's address, a machine user's name.
    pub username: String,
    /// The address a person signs in with; a machine user has none.
    pub email: String,
    /// A person's first name.
    pub first_name: String,
    /// A person's last name.
    pub last_name: String,
    /// A machine user's description.
    pub description: String,
    /// Whether it has a second factor.
    pub mfa: bool,
    /// The role in the organization that was asked for. No call returns it.
    pub role: Option<Role>,
    /// A person's roles in accounts, apart from policies. A machine user's are policies.
    pub account_roles: BTreeMap<String, AccountRole>,
    /// The policies it is mapped to, as they were written.
    pub grants: Grants,
    /// The groups it is in.
    pub groups: BTreeSet<String>,
}

impl UserDetails {
    /// A person who may do nothing yet.
    pub fn person(email: &str) -> Self {
        Self { email: email.to_owned(), ..Self::named(UserKind::Personal, email) }
    }

    /// A machine user that may do nothing yet.
    pub fn machine(name: &str) -> Self {
        Self::named(UserKind::Programmatic, name)
    }

    fn named(kind: UserKind, username: &str) -> Self {
        Self {
            kind,
            username: username.to_owned(),
            email: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            description: String::new(),
            mfa: false,
            role: None,
            account_roles: BTreeMap::new(),
            grants: Grants::default(),
            groups: BTreeSet::new(),
        }
    }

    /// What the audit log calls it: a person's address, a machine user's name.
    pub fn signature(&self) -> &str {
        if self.email.is_empty() { &self.username } else { &self.email }
    }

    /// Whether a role or a policy names this account.
    pub fn is_attached(&self, account: &str) -> bool {
        self.account_roles.contains_key(account)
            || self.grants.0.values().any(|accounts| accounts.contains(account))
    }

    /// Sets the role in an account; None takes it away. A machine user's role is a policy.
    pub fn set_account_role(&mut self, account: &str, role: Option<AccountRole>) {
        match (self.kind, role) {
            (UserKind::Personal, Some(role)) => {
                self.account_roles.insert(account.to_owned(), role);
            }
            (UserKind::Personal, None) => {
                self.account_roles.remove(account);
            }
            (UserKind::Programmatic, role) => {
                for other in [AccountRole::Editor, AccountRole::Viewer] {
                    self.grants.remove(other.policy(), account);
                }
                if let Some(role) = role {
                    self.grants.add(role.policy(), [account]);
                }
            }
        }
    }

    /// Sets the policies in one account, in the place of the role and the policies there.
    pub fn set_account_policies(&mut self, account: &str, policies: impl IntoIterator<Item = String>) {
        self.detach(account);
        for policy in policies {
            if !self.grants.0.get(&policy).is_some_and(|accounts| accounts.contains(ALL_ACCOUNTS)) {
                self.grants.add(&policy, [account]);
            }
        }
    }

    /// Takes away the role and the policies in one account. Policies on all accounts stay.
    pub fn detach(&mut self, account: &str) {
        self.account_roles.remove(account);
        self.grants.forget_account(account);
    }

    /// What the vendor shows as a person's name.
    pub fn display_name(&self) -> String {
        let whole = format!("{} {}", self.first_name, self.last_name);
        let whole = whole.trim();
        if whole.is_empty() { self.username.clone() } else { whole.to_owned() }
    }
}

/// Why a user is not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKept {
    /// There is no such user.
    Missing,
    /// It is its organization's only administrator.
    OnlyAdministrator,
}

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
