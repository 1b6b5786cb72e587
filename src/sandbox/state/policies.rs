//! Access policies, and those that the vendor brings along.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::World;
use super::record::Record;
use crate::sandbox::ids::OrganizationId;
use crate::sandbox::lagged::{Lag, Lagged, Sight};

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

/// A permission of the public document's policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Permission {
    /// The service.
    pub service_id: String,
    /// What may be done with it.
    pub actions: Vec<String>,
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

/// Why a policy is neither changed nor deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKept {
    /// There is no such policy.
    Missing,
    /// The vendor brought it along.
    BuiltIn,
}

/// spot-wire §5 names them; the ids besides 2 and 3, and what they say, are the sandbox's own.
static BUILT_IN: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    use PolicyKind::{SpotManagedAccount, SpotManagedOrganization};
    [
        (ADMIN, "Admin", SpotManagedOrganization, "*"),
        (ACCOUNT_EDITOR, "Account Editor", SpotManagedAccount, "*"),
        (ACCOUNT_VIEWER, "Account Viewer", SpotManagedAccount, "*:describe*"),
        ("4", "Elastigroup Full Access", SpotManagedAccount, "elastigroup:*"),
        ("5", "Ocean Full Access", SpotManagedAccount, "ocean:*"),
        ("6", "Credit Card Editor", SpotManagedOrganization, "billing:*"),
        ("7", "Cloud Analyzer Editor", SpotManagedAccount, "cloudAnalyzer:*"),
    ]
    .into_iter()
    .map(|(id, name, kind, actions)| {
        let at = Timestamp::UNIX_EPOCH;
        let details = PolicyDetails {
            name: name.to_owned(),
            description: format!("{name}, managed by Spot"),
            kind,
            content: PolicyContent::Statements(vec![Statement::allow(&[actions])]),
            updated_at: at,
        };
        Policy {
            id: id.to_owned(),
            organization: OrganizationId(0),
            serial: 0,
            created_at: at,
            details: Lagged::new(at, Lag::default(), details),
        }
    })
    .collect()
});

fn built_in(id: &str) -> Option<(&'static Policy, &'static PolicyDetails)> {
    let policy = BUILT_IN.iter().find(|policy| policy.id == id)?;
    Some((policy, policy.details.current()?))
}

impl World {
    /// Every policy that lives, whatever lists show, without the built-in ones.
    pub fn policies(&self) -> impl Iterator<Item = (&Policy, &PolicyDetails)> {
        self.policies.living()
    }

    /// One policy that an organization has: its own, or a built-in one.
    pub fn policy(&self, organization: OrganizationId, id: &str) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id)
            .or_else(|| self.policies.current(id).filter(|(policy, _)| policy.organization == organization))
    }

    /// The organization that made a policy; None for a built-in one.
    pub(in crate::sandbox) fn policy_owner(&self, id: &str) -> Option<OrganizationId> {
        self.policies.current(id).map(|(policy, _)| policy.organization)
    }

    /// The oldest policy of this name, built-in ones last.
    pub fn policy_named(&self, name: &str) -> Option<(&Policy, &PolicyDetails)> {
        let own = self.policies.living().filter(|(_, details)| details.name == name);
        own.min_by_key(|(policy, _)| policy.serial).or_else(|| {
            let mut built_in = BUILT_IN.iter().filter_map(|policy| built_in(&policy.id));
            built_in.find(|(_, details)| details.name == name)
        })
    }

    /// One policy that an organization has, as a list or a read shows it.
    pub(in crate::sandbox) fn seen_policy(
        &self,
        sight: Sight,
        organization: OrganizationId,
        id: &str,
    ) -> Option<(&Policy, &PolicyDetails)> {
        built_in(id).or_else(|| {
            self.policies.seen(sight, id).filter(|(policy, _)| policy.organization == organization)
        })
    }

    /// An organization's policies as a list shows them: the built-in ones, then its own, oldest
    /// first.
    pub(in crate::sandbox) fn seen_policies(
        &self,
        sight: Sight,
        organization: OrganizationId,
    ) -> Vec<(&Policy, &PolicyDetails)> {
        let built_in = BUILT_IN.iter().filter_map(|policy| built_in(&policy.id));
        built_in.chain(self.policies.seen_of(sight, organization)).collect()
    }

    /// Makes a policy. Names are not unique, so this always makes a new one.
    pub fn create_policy(
        &mut self,
        now: Timestamp,
        lag: Lag,
        organization: OrganizationId,
        details: PolicyDetails,
    ) -> String {
        let id = self.unused_id("pol-");
        let record = self.record_of(now, lag, id.clone(), organization, details);
        self.policies.insert(record);
        id
    }

    /// Changes a policy. A change that changes nothing is no effect, and no update.
    pub fn change_policy(
        &mut self,
        now: Timestamp,
        lag: Lag,
        id: &str,
        change: impl FnOnce(&mut PolicyDetails),
    ) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        let outcome = self.policies.change(now, lag, id, |details| {
            let before = details.clone();
            change(details);
            if *details != before {
                details.updated_at = now;
            }
        });
        if self.changed(outcome) { Ok(()) } else { Err(PolicyKept::Missing) }
    }

    /// Deletes a policy; mappings to it go with it.
    pub fn delete_policy(&mut self, now: Timestamp, lag: Lag, id: &str) -> Result<(), PolicyKept> {
        if built_in(id).is_some() {
            return Err(PolicyKept::BuiltIn);
        }
        if !self.policies.remove(now, lag, id) {
            return Err(PolicyKept::Missing);
        }
        self.users.change_all(now, lag, |user| {
            user.grants.0.remove(id);
        });
        self.groups.change_all(now, lag, |group| {
            group.grants.0.remove(id);
        });
        self.revision += 1;
        Ok(())
    }
}
