//! Who may do what, and where.

use std::collections::BTreeSet;
use std::fmt;

/// A policy that a user or a group has, and where it holds (spot-wire §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMapping {
    /// `pol-…`, or a small number for what the vendor made.
    pub policy_id: String,
    /// Where it holds.
    pub accounts: AccountScope,
}

impl PolicyMapping {
    /// A mapping of this policy.
    pub fn new(policy_id: impl Into<String>, accounts: AccountScope) -> Self {
        Self { policy_id: policy_id.into(), accounts }
    }
}

/// Where a policy holds (spot-wire §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountScope {
    /// In every account, those to come included (`["*"]`).
    All,
    /// In these accounts. In none of them, the mapping grants nothing.
    Some(BTreeSet<String>),
    /// In the organization itself: the only scope of an organization's policy.
    Organization,
}

/// What a user may do in an account, where that goes by roles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountRole {
    /// Reads.
    Viewer,
    /// Writes.
    Editor,
    /// As the vendor says. Empty where it says nothing, as of a user whose access goes by policies.
    Other(String),
}

impl AccountRole {
    /// Reads the vendor's word.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "viewer" => Self::Viewer,
            "editor" => Self::Editor,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The vendor's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
