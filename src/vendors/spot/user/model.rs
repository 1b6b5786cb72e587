//! Users: people and machines.

use secrecy::SecretString;

use crate::vendors::spot::access::model::{AccountRole, PolicyMapping};

/// Whom a user stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserKind {
    /// Somebody who logs in (`personal`, `u-…`).
    Person,
    /// Something that has a token (`programmatic`, `pu-…`).
    Machine,
}

/// A user of a list (spot-wire §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// `u-…` or `pu-…`.
    pub id: String,
    /// Whom it stands for, where the list or the id tells.
    pub kind: Option<UserKind>,
    /// A machine's name; a person's may be empty. Not unique at the vendor.
    pub username: String,
    /// A person's, unique at the vendor.
    pub email: Option<String>,
    /// Whose it is. Only Published tells in a list.
    pub organization_id: Option<String>,
    /// The groups to which it belongs. Only Production tells.
    pub group_names: Vec<String>,
}

/// A user, read by its id. Groups, policies and tokens are there with
/// [`Capability::UserDetails`](crate::vendors::spot::contract::Capability::UserDetails) only:
/// without it, empty means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDetail {
    /// `u-…` or `pu-…`.
    pub id: String,
    /// Whom it stands for, where the answer or the id tells.
    pub kind: Option<UserKind>,
    /// A machine's name; a person's may be empty.
    pub username: String,
    /// A person's.
    pub email: Option<String>,
    /// Whose it is. Only Published tells.
    pub organization_id: Option<String>,
    /// A machine's; the vendor may leave it out (spot-wire §11).
    pub description: Option<String>,
    /// The groups to which it belongs.
    pub groups: Vec<GroupOf>,
    /// Its own policies, without those of its groups.
    pub policies: Vec<PolicyMapping>,
    /// Its permanent tokens.
    pub tokens: Vec<TokenInfo>,
}

/// A group, as its member shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOf {
    /// `ugr-…`.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The names of its policies.
    pub policy_names: Vec<String>,
}

/// What the vendor tells of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// How it ends: enough to recognize one's own.
    pub last_digits: Option<String>,
}

/// What a person may do in the organization, said once, at the creation (spot-wire §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonRole {
    /// Reads; also linked to the organization's default account.
    Viewer,
    /// Writes.
    Editor,
    /// Administers. Only the public document names it.
    Admin,
}

impl PersonRole {
    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

/// A person to be made. Nothing of this can be changed later in Production.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Identifies the person.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What the person may do.
    pub role: PersonRole,
    /// A first password. Production only.
    pub password: Option<SecretString>,
}

/// A machine user to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMachine {
    /// Its name, not unique at the vendor.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it may do.
    pub grants: MachineGrants,
}

/// What a machine user may do from the start: one of the two, and in Production not empty
/// (spot-wire §2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineGrants {
    /// Roles in accounts, by the account's id.
    Accounts(Vec<(String, AccountRole)>),
    /// Policies. Production only.
    Policies(Vec<PolicyMapping>),
}
