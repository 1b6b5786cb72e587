//! Roles: in an organization, and in one account.

use serde::{Deserialize, Serialize};

use crate::sandbox::spot::policy::state::{ACCOUNT_EDITOR, ACCOUNT_VIEWER};

/// A person's role in the organization, as it is asked for at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// In Production the same (spot-wire §2.3, the SCIM note).
    Editor,
    /// Looks at the default account.
    Viewer,
}

/// A role in one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountRole {
    /// May change things.
    Editor,
    /// May look.
    Viewer,
}

impl AccountRole {
    /// The built-in policy that grants the same.
    pub fn policy(self) -> &'static str {
        match self {
            Self::Editor => ACCOUNT_EDITOR,
            Self::Viewer => ACCOUNT_VIEWER,
        }
    }
}
