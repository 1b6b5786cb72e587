//! `SpotUser`: a person or a machine user of an organization, and what it may do.

use super::access::{
    AccountAccess, AccountRef, GIVEN, GrantsPolicy, PolicyGrant, Role, Scope, in_a_line, policy_accounts,
    policy_pointers,
};
use crate::api::column::Column;
use crate::api::grant::{self, Asker, MembershipGrant, Power};
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{NamedRef, OrganizationRef, Pointer, SecretKeyRef};
use crate::api::spot::kinds;
use crate::api::spot::rules::{adopted_id_stays, organization_stays, without_marks};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use crate::api::token::TokenStatus;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A person or a machine user of a Spot organization.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "SpotUser",
    plural = "spotusers",
    singular = "spotuser",
    namespaced,
    category = "spot",
    shortname = "spusr",
    status = "SpotUserStatus",
    derive = "PartialEq",
    doc = "A person or a machine user of a Spot organization, and what it may do.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = organization_stays("a user", "SpotUser"))]
#[x_kube(validation = Rule::new("has(self.human) != has(self.programmatic)")
    .message("a SpotUser is exactly one of human and programmatic: remove one of them, or add the one that is missing"))]
#[x_kube(validation = Rule::new("has(self.human) == has(oldSelf.human)")
    .message("a person cannot become a machine user, nor the other way round: put the former member (human or programmatic) back, or create another SpotUser"))]
#[x_kube(validation = Rule::new("!has(self.programmatic) || !has(oldSelf.programmatic) || !has(oldSelf.programmatic.writeTokenTo) || (has(self.programmatic.writeTokenTo) && self.programmatic.writeTokenTo == oldSelf.programmatic.writeTokenTo)")
    .field_path(".programmatic.writeTokenTo")
    .message("writeTokenTo cannot be changed, as the vendor shows a token only once and it cannot move to another Secret: put the former value back, or create another SpotUser"))]
#[x_kube(validation = Rule::new("!has(self.accounts) || !has(self.policies)")
    .field_path(".accounts")
    .message("accounts or policies, not both: remove one of them"))]
#[x_kube(validation = Rule::new("!has(self.human) || !has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^u-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a person: u- and letters or digits, such as u-1a2b3c4d"))]
#[x_kube(validation = Rule::new("!has(self.programmatic) || !has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^pu-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a machine user: pu- and letters or digits, such as pu-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("SpotUser"))]
pub struct SpotUserSpec {
    /// The organization that the user belongs to. Cannot be changed.
    pub organization_ref: OrganizationRef,
    /// A person, who logs in by e-mail address. Exactly one of human and programmatic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human: Option<Human>,
    /// A machine user, which has a token and nothing else. Exactly one of human and programmatic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programmatic: Option<Programmatic>,
    /// Roles on accounts. Without it they are left as they are; an empty list means none. Not with policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub accounts: Option<Vec<AccountAccess>>,
    /// Policies. Without it they are left as they are; an empty list means none. Not with accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub policies: Option<Vec<PolicyGrant>>,
    /// Groups that the user is a member of. Without it they are left as they are; an empty list means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub user_groups: Option<Vec<GroupMembership>>,
    /// Exclusive takes away what somebody granted besides, in the lists that are given here; Additive leaves it.
    #[serde(default)]
    pub grants: GrantsPolicy,
    /// Which namespaces may name this user as a member of a group, or as somebody who is told of events. Without it, its own namespace may; where it is given, only what it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed: Option<Vec<MembershipGrant>>,
    /// How the user is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// A person. The address is enough to take over one who is there; the rest is needed, or used, to create one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Human {
    /// The address by which the person logs in, and by which the person is found.
    #[schemars(length(max = 254))]
    #[x_kube(validation = is_name("email"))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^@\\s]+@[^@\\s]+[.][^@\\s.]+$')")
        .message("email must be an e-mail address, such as jo@example.com"))]
    pub email: String,
    /// The first name. Needed to create a person; the vendor never shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("firstName"))]
    #[x_kube(validation = without_marks("firstName"))]
    pub first_name: Option<String>,
    /// The last name. Needed to create a person; the vendor never shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("lastName"))]
    #[x_kube(validation = without_marks("lastName"))]
    pub last_name: Option<String>,
    /// The role in the organization. The live service takes it only when it creates a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Role")]
    pub role: Option<Role>,
    /// The key of a Secret, in the user's namespace, that holds the first password. Used only to create a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret_ref: Option<SecretKeyRef>,
}

/// A machine user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Programmatic {
    /// The name at the vendor, by which the user is found.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    #[x_kube(validation = without_marks("name"))]
    pub name: String,
    /// What it is for. Taken only when the user is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// The Secret, in the user's namespace, that orgkeeper makes for the token, and the key in it. Cannot be changed.
    pub write_token_to: SecretKeyRef,
}

/// A group that a user is a member of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.groupRef) != has(self.userGroupId)")
    .message("a group is given by exactly one of groupRef and userGroupId: remove one of them, or add the one that is missing"))]
pub struct GroupMembership {
    /// The `SpotUserGroup` that stands for the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_ref: Option<NamedRef>,
    /// The vendor's id of a group that no manifest declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^ugr-[0-9a-zA-Z]+$"))]
    pub user_group_id: Option<String>,
}

/// What is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpotUserStatus {
    /// What every kind has.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// The token of a machine user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenStatus>,
}

/// Who a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A person.
    Human(&'a Human),
    /// A machine user.
    Programmatic(&'a Programmatic),
}

impl SpotUserSpec {
    /// Who the user is; `None` only for an object that the schema would refuse.
    pub fn subject(&self) -> Option<Subject<'_>> {
        match (&self.human, &self.programmatic) {
            (Some(human), None) => Some(Subject::Human(human)),
            (None, Some(machine)) => Some(Subject::Programmatic(machine)),
            _ => None,
        }
    }
}

impl SpotUser {
    fn own_namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// Whether who keeps the organization keeps the object too: both are in one namespace.
    fn is_at_home(&self, reference: &NamedRef) -> bool {
        let own = self.own_namespace();
        let home = self.spec.organization_ref.namespace.as_deref().unwrap_or(own);
        reference.namespace.as_deref().unwrap_or(own) == home
    }

    /// Whether no role bounds what the policy lets do: it is not one that the organization's keeper wrote, or it is
    /// given for more than accounts, each of which is asked.
    fn is_boundless(&self, grant: &PolicyGrant) -> bool {
        let is_at_home = grant.policy_ref.as_ref().is_some_and(|policy| self.is_at_home(policy));
        !is_at_home || !matches!(grant.scope(), Scope::Accounts(_))
    }
}

impl Managed for SpotUser {
    const KIND: KindRef = kinds::USER;
    const REFERENCES: &'static [(&'static str, KindRef)] = &[
        ("accountRef", kinds::ACCOUNT),
        ("groupRef", kinds::USER_GROUP),
        ("policyRef", kinds::POLICY),
        ("accounts", kinds::ACCOUNT),
    ];
    const COLUMNS: &'static [Column] = &[
        Column::text(
            "Who",
            ".spec['human.email','programmatic.name']",
            "The e-mail address of a person, the name of a machine user",
        ),
        Column::text("Role", ".spec.human.role", "The role of a person in the organization"),
        GIVEN,
    ];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().map_or(&UNOBSERVED, |status| &status.common)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        Some(&self.spec.organization_ref)
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        // Only a create uses it: who is there needs it no more.
        let human = self.spec.human.iter().filter(|_| self.common_status().id.is_none());
        human.filter_map(|human| human.password_secret_ref.as_ref()).collect()
    }

    fn pointers(&self) -> Vec<Pointer<'_>> {
        let accounts = self.spec.accounts.iter().flatten();
        let accounts = accounts.filter_map(|access| access.account_ref.pointer(access.role.power()));
        let groups = self.spec.user_groups.iter().flatten().filter_map(|one| one.group_ref.as_ref());
        let groups = groups.map(|group| group.pointer(kinds::USER_GROUP));
        accounts.chain(policy_pointers(self.spec.policies.as_deref())).chain(groups).collect()
    }

    /// The highest role asked for; no role bounds a policy or a group that is not the object of one in the
    /// organization's namespace, a policy for more than accounts, or what a user who exists may do already.
    fn power(&self) -> Power {
        let mut policies = self.spec.policies.iter().flatten();
        let mut memberships = self.spec.user_groups.iter().flatten();
        let is_beyond = |one: &GroupMembership| !one.group_ref.as_ref().is_some_and(|it| self.is_at_home(it));
        if self.takes_over() || policies.any(|grant| self.is_boundless(grant)) || memberships.any(is_beyond) {
            return Power::Unbounded;
        }
        let role = self.spec.human.as_ref().and_then(|human| human.role).map(Role::power);
        let roles = self.spec.accounts.iter().flatten().map(|access| access.role.power());
        roles.chain(role).max().unwrap_or(Power::None)
    }

    fn names_by_id(&self) -> bool {
        let roles = self.spec.accounts.iter().flatten().map(|access| &access.account_ref);
        let by_id = |account: &AccountRef| account.id.is_some();
        let mut memberships = self.spec.user_groups.iter().flatten();
        roles.chain(policy_accounts(self.spec.policies.as_deref())).any(by_id)
            || memberships.any(|one| one.user_group_id.is_some())
    }

    fn policies(&self) -> Option<String> {
        in_a_line(self.spec.policies.as_deref()?)
    }

    fn token_target(&self) -> Option<&SecretKeyRef> {
        self.spec.programmatic.as_ref().map(|machine| &machine.write_token_to)
    }

    fn token_status(&self) -> Option<&TokenStatus> {
        self.status.as_ref().and_then(|status| status.token.as_ref())
    }

    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let most = grant::most(self.spec.allowed.as_deref(), self.own_namespace(), asker);
        most.filter(|_| kinds::NAMING_USERS.contains(&asker.kind))
    }
}
