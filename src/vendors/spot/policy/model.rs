//! Access policies.

use std::collections::BTreeSet;

use serde_json::Value;

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
    pub content: Option<PolicyContent>,
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
    /// Under which condition only it holds: whatever the vendor's language allows there.
    pub condition: Option<Value>,
}

/// What a policy says, in the form of the contract by which it is read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyContent {
    /// Production's form.
    Statements(Vec<Statement>),
    /// Published's form.
    Permissions(Vec<Permission>),
}

/// What may be done in one of the vendor's services (spot-published).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The service.
    pub service_id: String,
    /// What may be done there.
    pub actions: Vec<String>,
}

/// Where a policy to be made can hold. It cannot be changed afterwards (spot-wire §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    /// In accounts.
    Account,
    /// In the organization.
    Organization,
}

/// A policy to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// Its name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Where it can hold; with
    /// [`Capability::PolicyStatements`](crate::vendors::spot::contract::Capability::PolicyStatements) only.
    pub policy_type: Option<PolicyType>,
    /// What it says.
    pub content: PolicyContent,
}

/// A change of a policy. A contract sends what is new of it, or all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyUpdate {
    /// Its name, new or not.
    pub name: String,
    /// For people, new or not. A new one that is not there is an empty one.
    pub description: Option<String>,
    /// What it says, new or not.
    pub content: PolicyContent,
    /// What of it is new. Nothing is sent where this is empty.
    pub changed: BTreeSet<PolicyMember>,
}

/// What can be changed of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMember {
    /// Its name.
    Name,
    /// For people.
    Description,
    /// What it says, as a whole.
    Content,
}

/// Something that a statement can allow (spot-wire §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyAction {
    /// `service:action`.
    pub name: String,
    /// The service.
    pub service: Option<String>,
    /// How the resources are written for which it can be allowed.
    pub resource_pattern: Option<String>,
    /// Whether it is about accounts or about the organization, in the vendor's word.
    pub scope: Option<String>,
    /// What sort of action it is.
    pub category: Option<String>,
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

    /// Whether the vendor brought it along.
    pub fn is_built_in(self) -> bool {
        matches!(self, Self::BuiltInAccount | Self::BuiltInOrganization)
    }
}

impl PolicyType {
    /// The vendor's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Organization => "ORGANIZATION",
        }
    }
}

impl From<PolicyType> for PolicyKind {
    fn from(made: PolicyType) -> Self {
        match made {
            PolicyType::Account => Self::Account,
            PolicyType::Organization => Self::Organization,
        }
    }
}

impl Policy {
    /// Its statements; none where it is not made of statements, or they are not known.
    pub fn statements(&self) -> &[Statement] {
        match &self.content {
            Some(PolicyContent::Statements(statements)) => statements,
            Some(PolicyContent::Permissions(_)) | None => &[],
        }
    }

    /// Whether it may hold in the organization and deny there what administrators do.
    pub fn may_deny_administration(&self) -> bool {
        let may_hold_there = self.kind.is_of_the_organization() || !self.kind.is_known();
        let touches = |action: &String| {
            let service = action.split(':').next().unwrap_or_default();
            service == "setup" || service.contains('*')
        };
        let denies = |statement: &Statement| {
            statement.effect == PolicyEffect::Deny && statement.actions.iter().any(touches)
        };
        may_hold_there && self.statements().iter().any(denies)
    }

    /// Whether who has it can do everything in the organization, without any doubt: the last who
    /// has such a policy must not lose it (rule 12).
    pub fn grants_everything_in_the_organization(&self) -> bool {
        if self.kind == PolicyKind::BuiltInOrganization && self.name == ADMIN {
            return true;
        }
        let statements = self.statements();
        self.kind.is_of_the_organization()
            && statements.iter().all(|statement| statement.effect == PolicyEffect::Allow)
            && statements.iter().any(Statement::covers_everything)
    }
}

impl Statement {
    fn covers_everything(&self) -> bool {
        self.condition.is_none()
            && self.actions.iter().any(|action| matches!(action.as_str(), "*" | "*:*"))
            && self.resources.iter().any(|resource| resource == "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(effect: PolicyEffect, action: &str, resource: &str) -> Statement {
        Statement { effect, actions: vec![action.into()], resources: vec![resource.into()], condition: None }
    }

    fn policy(name: &str, kind: PolicyKind, statements: Option<Vec<Statement>>) -> Policy {
        let description = None;
        let content = statements.map(PolicyContent::Statements);
        Policy { id: "pol-1".into(), name: name.into(), description, kind, content }
    }

    #[test]
    fn only_what_is_beyond_doubt_grants_everything() {
        use PolicyEffect::{Allow, Deny};
        use PolicyKind::{Account, BuiltInAccount, BuiltInOrganization, Organization, Unknown};
        let all = || statement(Allow, "*", "*");
        let under_condition = Statement { condition: Some(serde_json::json!({})), ..all() };
        let among_others = Statement {
            actions: vec!["ocean:*".into(), "*:*".into()],
            resources: vec!["o-1".into(), "*".into()],
            ..all()
        };
        let permissions = PolicyContent::Permissions(vec![Permission {
            service_id: "*".into(),
            actions: vec!["*".into()],
        }]);
        let table = [
            (policy("Admin", BuiltInOrganization, None), true),
            (policy("a", Organization, Some(vec![all()])), true),
            (policy("a", Organization, Some(vec![statement(Allow, "*:*", "*")])), true),
            (policy("a", Organization, Some(vec![among_others])), true),
            (policy("a", Organization, Some(vec![statement(Allow, "ocean:*", "o-1"), all()])), true),
            (policy("a", BuiltInOrganization, Some(vec![all()])), true),
            (policy("Admin", Organization, None), false),
            (policy("Admin", BuiltInAccount, None), false),
            (policy("Admin", Unknown, None), false),
            (policy("Viewer", BuiltInOrganization, None), false),
            (policy("a", Account, Some(vec![all()])), false),
            (policy("a", Unknown, Some(vec![all()])), false),
            (policy("a", Organization, None), false),
            (policy("a", Organization, Some(Vec::new())), false),
            (policy("a", Organization, Some(vec![under_condition])), false),
            (policy("a", Organization, Some(vec![statement(Allow, "setup:*", "*")])), false),
            (policy("a", Organization, Some(vec![statement(Allow, "*", "sig-*")])), false),
            (policy("a", Organization, Some(vec![statement(Deny, "*", "*")])), false),
            (policy("a", Organization, Some(vec![all(), statement(Deny, "setup:a", "x")])), false),
            (Policy { content: Some(permissions), ..policy("a", Organization, None) }, false),
        ];
        for (policy, expected) in table {
            assert_eq!(policy.grants_everything_in_the_organization(), expected, "{policy:?}");
        }
    }

    #[test]
    fn what_may_deny_what_administrators_do() {
        use PolicyEffect::{Allow, Deny};
        use PolicyKind::{Account, BuiltInAccount, BuiltInOrganization, Organization, Unknown};
        let denies = |action: &str| vec![statement(Allow, "*", "*"), statement(Deny, action, "o-1")];
        let in_part = |action: &str| {
            vec![Statement { actions: vec!["ocean:a".into(), action.into()], ..statement(Deny, "", "*") }]
        };
        let table = [
            (policy("a", Organization, Some(denies("*"))), true),
            (policy("a", Organization, Some(denies("*:*"))), true),
            (policy("a", Organization, Some(denies("setup:*"))), true),
            (policy("a", Organization, Some(denies("setup:createUser"))), true),
            (policy("a", Organization, Some(denies("se*:createUser"))), true),
            (policy("a", Organization, Some(in_part("setup:a"))), true),
            (policy("a", BuiltInOrganization, Some(denies("*"))), true),
            (policy("a", Unknown, Some(denies("*"))), true),
            (policy("a", Organization, Some(denies("ocean:*"))), false),
            (policy("a", Organization, Some(vec![statement(Allow, "*", "*")])), false),
            (policy("a", Organization, None), false),
            (policy("a", Account, Some(denies("*"))), false),
            (policy("a", BuiltInAccount, Some(denies("*"))), false),
        ];
        for (policy, expected) in table {
            assert_eq!(policy.may_deny_administration(), expected, "{policy:?}");
        }
    }
}
