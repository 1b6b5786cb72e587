//! User groups. Who is in one is kept with the users, so that there is one truth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::access::grants::Grants;
use crate::sandbox::spot::user::state::{User, UserDetails};
use crate::sandbox::spot::world::record::Record;

/// The vendor's name of a user group where there is none.
pub const USER_GROUP: &str = "UserGroup";

/// A user group.
pub type UserGroup = Record<GroupDetails>;

/// What can change in a group, besides its members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDetails {
    /// Its name, which need not be unique.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The policies it is mapped to, as they were written.
    pub grants: Grants,
}

/// The members of groups, by the group's id.
pub(in crate::sandbox::spot) type Members<'a> = BTreeMap<&'a str, Vec<(&'a User, &'a UserDetails)>>;
