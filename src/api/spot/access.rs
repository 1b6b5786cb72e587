//! What users and groups are given: roles on accounts, and policies.

use crate::api::column::Column;
use crate::api::grant::{Power, RankedRole};
use crate::api::policy::is_false;
use crate::api::reference::{Container, NAME, NAMESPACE, NamedRef, Pointer};
use crate::api::spot::kinds;
use crate::api::text::{cut, is_name};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The column of [`in_a_line`].
pub(super) const GIVEN: Column =
    Column::text("Policies", ".status.policies", "The policies that the manifest gives").wide();

/// The most bytes of the names of policies in a line.
const MAX_NAMES: usize = 64;

/// A person's role in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Role {
    /// May look.
    Viewer,
    /// May change what is in accounts.
    Editor,
    /// May change the organization itself.
    Admin,
}

impl Role {
    /// Its name, as manifests have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Editor => "Editor",
            Self::Admin => "Admin",
        }
    }

    /// How much power it is.
    pub const fn power(self) -> Power {
        let rank = match self {
            Self::Viewer => 1,
            Self::Editor => 2,
            Self::Admin => 3,
        };
        Power::Role(RankedRole { rank, name: self.name() })
    }
}

/// A role on one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
// In the order of power.
pub enum AccountRole {
    /// May look.
    Viewer,
    /// May change what is in the account.
    Editor,
}

impl AccountRole {
    /// Its name, as manifests have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Editor => "Editor",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor].into_iter().find(|role| role.name() == name)
    }

    /// How much power it is.
    pub const fn power(self) -> Power {
        match self {
            Self::Viewer => Role::Viewer.power(),
            Self::Editor => Role::Editor.power(),
        }
    }
}

/// Whether grants that no manifest names are taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GrantsPolicy {
    /// They are: of a list that is managed, what is declared is all there is.
    #[default]
    Exclusive,
    /// They stay: only what is declared, or was, is looked at.
    Additive,
}

/// An account: the `SpotAccount` that stands for it, or its id where no manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[x_kube(validation = Rule::new("has(self.name) != has(self.id)")
    .message("an account is given by exactly one of name (of a SpotAccount) and id (act-…, where no manifest declares it): remove one of them, or add the one that is missing"))]
#[x_kube(validation = Rule::new("!has(self.namespace) || has(self.name)")
    .message("namespace goes with the name of a SpotAccount: add name, or remove namespace"))]
pub struct AccountRef {
    /// The name of the account's object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: Option<String>,
    /// Its namespace; without it, the namespace of the object that refers. The account's spec.allowed must admit a reference from another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = NAMESPACE))]
    pub namespace: Option<String>,
    /// The vendor's id of an account that no manifest declares. Only in the namespace of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^act-[0-9a-zA-Z]+$"))]
    pub id: Option<String>,
}

impl AccountRef {
    /// The pointer to the `SpotAccount`, where one is named.
    pub fn pointer(&self, power: Power) -> Option<Pointer<'_>> {
        let (name, namespace) = (self.name.as_deref()?, self.namespace.as_deref());
        Some(Pointer { kind: kinds::ACCOUNT, namespace, name, power })
    }

    /// The account as what an object is in; `None` only for one that the schema would refuse.
    pub fn container(&self) -> Option<Container<'_>> {
        let by_name = self.pointer(Power::None).map(Container::Object);
        by_name.or_else(|| self.id.as_deref().map(Container::Id))
    }
}

/// A role on one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountAccess {
    /// The account.
    pub account_ref: AccountRef,
    /// The role on it.
    pub role: AccountRole,
}

/// A policy, and what it is given for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("[has(self.policyRef), has(self.policyId), has(self.policyName)].exists_one(given, given)")
    .message("a policy is given by exactly one of policyRef, policyId and policyName: remove the others, or add the one that is missing"))]
#[x_kube(validation = Rule::new("!has(self.accounts) || !has(self.allAccounts)")
    .message("accounts or allAccounts, not both: remove one of them; without either, the policy is given for the organization"))]
pub struct PolicyGrant {
    /// The `AccessPolicy` that stands for the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_ref: Option<NamedRef>,
    /// The vendor's id of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^(pol-[0-9a-zA-Z]+|[0-9]+)$"))]
    pub policy_id: Option<String>,
    /// The name of the policy at the vendor, such as Account Viewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("policyName"))]
    pub policy_name: Option<String>,
    /// The accounts that it is given for. Without it, and without allAccounts, it is given for the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub accounts: Option<Vec<AccountRef>>,
    /// Given for every account, those to come included. Only true: leave it out otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    #[x_kube(validation = Rule::new("self")
        .message("allAccounts can only be true: leave it out, and name the accounts in accounts; without either, the policy is given for the organization"))]
    pub all_accounts: bool,
}

/// The policies in a line, each once; those that have no room there are counted.
pub(super) fn in_a_line(grants: &[PolicyGrant]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for grant in grants.iter().map(PolicyGrant::called) {
        if !names.contains(&grant) {
            names.push(grant);
        }
    }
    let (first, others) = names.split_first()?;
    let mut line = cut(first, MAX_NAMES).to_owned();
    for (shown, name) in others.iter().enumerate() {
        if line.len() + ", ".len() + name.len() > MAX_NAMES {
            return Some(format!("{line} and {} more", others.len() - shown));
        }
        line = format!("{line}, {name}");
    }
    Some(line)
}

/// What a policy is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// These accounts.
    Accounts(&'a [AccountRef]),
    /// Every account, those to come included.
    AllAccounts,
    /// The organization.
    Organization,
}

impl PolicyGrant {
    /// The policy, as the manifest calls it.
    pub fn called(&self) -> &str {
        let object = self.policy_ref.as_ref().map(|reference| reference.name.as_str());
        object.or(self.policy_id.as_deref()).or(self.policy_name.as_deref()).unwrap_or_default()
    }

    /// What the policy is given for.
    pub fn scope(&self) -> Scope<'_> {
        match &self.accounts {
            Some(accounts) => Scope::Accounts(accounts),
            None if self.all_accounts => Scope::AllAccounts,
            None => Scope::Organization,
        }
    }
}

/// The accounts of these grants.
pub(super) fn policy_accounts(grants: Option<&[PolicyGrant]>) -> impl Iterator<Item = &AccountRef> {
    grants.into_iter().flatten().filter_map(|grant| grant.accounts.as_deref()).flatten()
}

/// The pointers to their objects, and to the policies' own. Nobody can say how much a policy lets do in an account.
pub(super) fn policy_pointers(grants: Option<&[PolicyGrant]>) -> impl Iterator<Item = Pointer<'_>> {
    let policies = grants.into_iter().flatten().filter_map(|grant| grant.policy_ref.as_ref());
    let accounts = policy_accounts(grants).filter_map(|account| account.pointer(Power::Unbounded));
    policies.map(|policy| policy.pointer(kinds::POLICY)).chain(accounts)
}
