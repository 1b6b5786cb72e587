//! Groups of users. Production only.

use crate::vendors::spot::access::model::PolicyMapping;

/// A group of a list (spot-wire §11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// `ugr-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The names of its policies.
    pub policy_names: Vec<String>,
    /// How many belong to it.
    pub users_count: Option<u64>,
}

/// A group, read by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDetail {
    /// What a list shows too.
    pub row: GroupRow,
    /// The ids of all who belong to it.
    pub users: Vec<String>,
    /// What they may do by it.
    pub policies: Vec<PolicyMapping>,
}

/// A group to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Who belongs to it.
    pub user_ids: Vec<String>,
    /// What they may do by it.
    pub policies: Vec<PolicyMapping>,
}
