//! From the vendor's JSON to the model: lenient about forms, strict about lists (rule 2).

mod access;
mod account;
mod audit;
mod created;
mod field;
mod group;
mod list;
mod policy;
#[cfg(test)]
mod tests;
mod user;

pub use access::{account_role, policy_mapping};
pub use account::account;
pub use audit::{audit_event, audit_items};
pub use created::{created_account, created_group, created_organization, created_policy, created_user};
pub use group::{group_detail, group_row};
pub use list::{Count, each, whole_list};
pub use policy::{policy, policy_action};
pub use user::{user_detail, user_row};

/// Why something does not count, for people.
pub type Unreadable = String;
