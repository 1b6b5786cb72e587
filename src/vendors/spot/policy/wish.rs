//! The kind, and what a manifest asks of a policy.

use super::model::{PolicyContent, PolicyType};

pub(super) const NAME: &str = "name";
pub(super) const DESCRIPTION: &str = "description";
pub(super) const TYPE: &str = "type";
pub(super) const STATEMENTS: &str = "statements";
pub(super) const PERMISSIONS: &str = "permissions";

/// The kind `AccessPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct AccessPolicies;

/// What a manifest asks of a policy.
#[derive(Debug)]
pub struct Desired {
    pub(super) name: String,
    /// Absent: not managed.
    pub(super) description: Option<String>,
    /// Absent: the vendor decides.
    pub(super) made_for: Option<PolicyType>,
    /// The field in which the manifest says what the policy says.
    pub(super) path: &'static str,
    /// What it says, in the contract's form; or why that form cannot say it.
    pub(super) content: Result<PolicyContent, String>,
}
