//! People and machine users.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::access::grants::{ALL_ACCOUNTS, Grants};
use crate::sandbox::spot::access::roles::{AccountRole, Role};
use crate::sandbox::spot::world::record::Record;

/// The vendor's name of a user where there is none.
pub const USER: &str = "User";

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

/// What can change in a user. The API itself changes few of these; a person in the console may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetails {
    /// A person or a machine.
    pub kind: UserKind,
    /// A machine user's name; a person's address, by which it is known here. What the vendor lists
    /// is [`UserDetails::display_name`].
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

    /// What the vendor shows as `username` and `displayName`: a person's first and last name, and a
    /// machine user's name.
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
