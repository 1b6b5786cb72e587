//! What the parts of a user are called in manifests.

pub(super) use crate::vendors::spot::access::asked::{ACCOUNTS, account_path};
pub(super) use crate::vendors::spot::access::grants::POLICIES;

pub(super) const ROLE: &str = "human.role";
pub(super) const USER_GROUPS: &str = "userGroups";

pub(super) fn group_path(id: &str) -> String {
    format!("{USER_GROUPS}[{id}]")
}
