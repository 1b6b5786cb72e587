//! What the parts of a user are called in manifests.

pub(super) use crate::vendors::spot::access::asked::ACCOUNTS;
pub(super) use crate::vendors::spot::access::grants::POLICIES;

pub(super) const ROLE: &str = "human.role";
pub(super) const USER_GROUPS: &str = "userGroups";
