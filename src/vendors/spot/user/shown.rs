//! The kind, and a user of it as the vendor shows it.

use super::model::{UserDetail, UserKind, UserRow};
use crate::vendors::spot::access::model::AccountRole;
use std::collections::BTreeMap;

/// The kind `SpotUser`.
#[derive(Clone, Copy, Debug)]
pub struct Users;

/// A user as the vendor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub(super) row: UserRow,
    pub(super) key: String,
    /// What only reads of this user show; `None` before, and where the contract has no such reads.
    pub(super) detail: Option<Detail>,
}

/// What only reads of one user show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    pub(super) user: UserDetail,
    /// A person's roles on accounts.
    pub(super) roles: BTreeMap<String, AccountRole>,
}

impl Observed {
    pub(super) fn new(row: UserRow) -> Self {
        let key = match (row.kind, &row.email) {
            (Some(UserKind::Machine), _) | (_, None) => row.username.clone(),
            // Whoever logs in does not mind the case.
            (_, Some(email)) => email.to_lowercase(),
        };
        Self { row, key, detail: None }
    }
}
