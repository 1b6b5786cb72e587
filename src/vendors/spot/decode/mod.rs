//! From the vendor's JSON to the model: lenient about forms, strict about lists (rule 2).

mod access;
mod account;
mod audit;
mod created;
mod credentials;
mod field;
mod group;
mod list;
mod policy;
mod subscription;
#[cfg(test)]
mod tests;
mod user;

pub use access::{account_role, policy_mapping};
pub use account::account;
pub use audit::{audit_event, audit_items};
pub use created::{
    created_account, created_group, created_organization, created_policy, created_subscription, created_user,
};
pub use credentials::{
    aws_credentials, azure_credentials, credentials_account, external_id, gcp_credentials,
};
pub use group::{group_detail, group_row};
pub use list::{Count, each, whole_list};
pub use policy::{policy, policy_action};
pub use subscription::subscription;
pub use user::{user_detail, user_row};

/// Why something does not count, for people.
pub type Unreadable = String;
