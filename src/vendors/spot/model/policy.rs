//! Access policies.

use jiff::Timestamp;

/// The vendor's own policy for those who administer an organization (spot-wire §5).
const ADMIN: &str = "Admin";

/// An access policy (spot-wire §2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `pol-…`, or a small number for what the vendor made.
    pub id: String,
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Where it can hold, and who made it.
    pub kind: PolicyKind,
    /// What it says; `None` where the vendor does not tell, or not in a form that is understood.
    pub statements: Option<Vec<Statement>>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Where a policy can hold, and who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Made by people, holds in accounts.
    Account,
    /// Made by people, holds in the organization.
    Organization,
    /// The vendor's, holds in accounts.
    BuiltInAccount,
    /// The vendor's, holds in the organization.
    BuiltInOrganization,
    /// Not told, or unknown.
    Unknown,
}

/// One statement of a policy (spot-wire §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Whether it allows or denies.
    pub effect: PolicyEffect,
    /// `service:action`, with wildcards.
    pub actions: Vec<String>,
    /// `service:resource`, with wildcards.
    pub resources: Vec<String>,
    /// Whether it holds under a condition only.
    pub has_condition: bool,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyEffect {
    /// It allows.
    Allow,
    /// It denies, whatever another allows.
    Deny,
}

impl PolicyKind {
    /// Reads the vendor's word.
    pub fn read(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "ACCOUNT" => Self::Account,
            "ORGANIZATION" => Self::Organization,
            "SPOT_MANAGED_ACCOUNT" => Self::BuiltInAccount,
            "SPOT_MANAGED_ORGANIZATION" => Self::BuiltInOrganization,
            _ => Self::Unknown,
        }
    }

    /// Whether the vendor told.
    pub fn is_known(self) -> bool {
        self != Self::Unknown
    }

    /// Whether it holds in the organization itself.
    pub fn is_of_the_organization(self) -> bool {
        matches!(self, Self::Organization | Self::BuiltInOrganization)
    }
}

impl Policy {
    /// Whether who has it can do everything in the organization, without any doubt: the last who
    /// has such a policy must not lose it (rule 12).
    pub fn grants_everything_in_the_organization(&self) -> bool {
        if self.kind == PolicyKind::BuiltInOrganization && self.name == ADMIN {
            return true;
        }
        let statements = self.statements.as_deref().unwrap_or_default();
        self.kind.is_of_the_organization()
            && statements.iter().all(|statement| statement.effect == PolicyEffect::Allow)
            && statements.iter().any(Statement::covers_everything)
    }
}

impl Statement {
    fn covers_everything(&self) -> bool {
        !self.has_condition
            && self.actions.iter().any(|action| matches!(action.as_str(), "*" | "*:*"))
            && self.resources.iter().any(|resource| resource == "*")
    }
}
