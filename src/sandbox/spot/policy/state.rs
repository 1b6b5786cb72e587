//! Access policies, and those that the vendor brings along.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wildcard;
use crate::sandbox::spot::world::record::Record;

/// The vendor's name of a policy where there is none.
pub const POLICY: &str = "Policy";

/// The built-in policy that makes an organization's administrator.
pub const ADMIN: &str = "1";
/// The built-in policy to change things in an account (spot-wire §1, "ID formats").
pub const ACCOUNT_EDITOR: &str = "2";
/// The built-in policy to look at an account (spot-wire §1, "ID formats").
pub const ACCOUNT_VIEWER: &str = "3";

/// An access policy.
pub type Policy = Record<PolicyDetails>;

/// What a policy is about, and whose it is. The names are the vendor's (spot-wire §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyKind {
    /// Mapped on accounts.
    Account,
    /// Mapped without accounts.
    Organization,
    /// Built in, mapped on accounts.
    SpotManagedAccount,
    /// Built in, mapped without accounts.
    SpotManagedOrganization,
}

impl PolicyKind {
    /// Whether a mapping of it names accounts.
    pub fn is_of_accounts(self) -> bool {
        matches!(self, Self::Account | Self::SpotManagedAccount)
    }

    /// Whether the vendor brought it along.
    pub fn is_built_in(self) -> bool {
        matches!(self, Self::SpotManagedAccount | Self::SpotManagedOrganization)
    }
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Effect {
    /// Allows.
    Allow,
    /// Denies.
    Deny,
}

/// A statement of the live service's policies (spot-wire §2.5, §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// Whether it allows or denies.
    pub effect: Effect,
    /// `service:action`, with wildcards.
    pub actions: Vec<String>,
    /// What it applies to, with wildcards.
    pub resources: Vec<String>,
    /// When it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Value>,
}

impl Statement {
    /// One that allows these actions everywhere.
    pub fn allow(actions: &[&str]) -> Self {
        Self {
            effect: Effect::Allow,
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            resources: vec!["*".to_owned()],
            condition: None,
        }
    }
}

impl Statement {
    /// Whether it is about this action on this object; None: on what is still to be made. A
    /// condition is not judged: what is allowed under one is not allowed, and what is denied is.
    fn is_about(&self, action: &str, object: Option<&str>) -> bool {
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        let covers = |resource: &String| {
            let (of_service, id) = resource.split_once(':').unwrap_or(("*", resource));
            wildcard::fits(of_service, service)
                && object.map_or(id == "*", |object| wildcard::fits(id, object))
        };
        (self.effect == Effect::Deny || self.condition.is_none())
            && self.actions.iter().any(|pattern| wildcard::fits(pattern, action))
            && self.resources.iter().any(covers)
    }
}

/// A permission of the public document's policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permission {
    /// The service.
    pub service_id: String,
    /// What may be done with it.
    pub actions: Vec<String>,
}

impl Permission {
    fn statement(&self) -> Statement {
        let actions = self.actions.iter().map(|action| format!("{}:{action}", self.service_id)).collect();
        Statement { effect: Effect::Allow, actions, resources: vec!["*".to_owned()], condition: None }
    }
}

/// What a policy says, in the form of the contract that it was written in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyContent {
    /// The live service's form.
    Statements(Vec<Statement>),
    /// The public document's form.
    Permissions(Vec<Permission>),
}

/// What can change in a policy. Its kind cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDetails {
    /// Its name, which need not be unique.
    pub name: String,
    /// Its description.
    pub description: String,
    /// What it is about.
    pub kind: PolicyKind,
    /// What it says.
    pub content: PolicyContent,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl PolicyDetails {
    /// Whether nothing in the organization is out of reach of those who have it.
    pub fn allows_everything_in_the_organization(&self) -> bool {
        let PolicyContent::Statements(statements) = &self.content else { return false };
        let has = |words: &[String], all: &[&str]| words.iter().any(|word| all.contains(&word.as_str()));
        let all = |one: &Statement| {
            has(&one.actions, &["*", "*:*"]) && has(&one.resources, &["*"]) && one.condition.is_none()
        };
        !self.kind.is_of_accounts()
            && statements.iter().all(|one| one.effect == Effect::Allow)
            && statements.iter().any(all)
    }
}

impl PolicyContent {
    /// In the live service's form: a permission allows its actions everywhere.
    pub(in crate::sandbox::spot) fn statements(&self) -> Vec<Statement> {
        match self {
            Self::Statements(statements) => statements.clone(),
            Self::Permissions(permissions) => permissions.iter().map(Permission::statement).collect(),
        }
    }

    /// What it says of an action on an object: that it is denied, if any statement does.
    pub(in crate::sandbox::spot) fn says(&self, action: &str, object: Option<&str>) -> Option<Effect> {
        let statements = self.statements();
        let about: Vec<Effect> = statements
            .iter()
            .filter(|statement| statement.is_about(action, object))
            .map(|statement| statement.effect)
            .collect();
        about.iter().copied().find(|effect| *effect == Effect::Deny).or(about.first().copied())
    }
}

/// Why a policy is neither changed nor deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKept {
    /// There is no such policy.
    Missing,
    /// The vendor brought it along.
    BuiltIn,
}
