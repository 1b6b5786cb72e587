//! What the parts of a user are called in manifests.

pub(super) const ROLE: &str = "human.role";
pub(super) const ACCOUNTS: &str = "accounts";
pub(super) const POLICIES: &str = "policies";
pub(super) const USER_GROUPS: &str = "userGroups";

pub(super) fn account_path(id: &str) -> String {
    format!("{ACCOUNTS}[{id}]")
}

pub(super) fn group_path(id: &str) -> String {
    format!("{USER_GROUPS}[{id}]")
}
