//! `AccessPolicy`: a policy of an organization, which users and groups are given.

use crate::api::column::Column;
use crate::api::grant::{self, Asker, MembershipGrant, Power};
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{OrganizationRef, SecretKeyRef};
use crate::api::spot::kinds;
use crate::api::spot::rules::{adopted_id_stays, organization_stays, without_marks};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A policy of a Spot organization.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "AccessPolicy",
    plural = "accesspolicies",
    singular = "accesspolicy",
    namespaced,
    category = "spot",
    shortname = "sppol",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A policy of a Spot organization: what those may do to whom it is given.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = organization_stays("a policy", "AccessPolicy"))]
#[x_kube(validation = Rule::new("!has(oldSelf.type) || (has(self.type) && self.type == oldSelf.type)")
    .field_path(".type")
    .message("type cannot be changed or removed once it is set, as the vendor cannot change it: put the former value back, or create another AccessPolicy"))]
#[x_kube(validation = Rule::new("has(self.statements) != has(self.permissions)")
    .message("a policy says what it allows by exactly one of statements (the live service's form) and permissions (that of the public API document): remove one of them, or add the one that is missing"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^pol-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a policy that people made: pol- and letters or digits, such as pol-1a2b3c4d. Spot's built-in policies, whose ids are numbers, can be referred to, never managed"))]
#[x_kube(validation = adopted_id_stays("AccessPolicy"))]
pub struct AccessPolicySpec {
    /// The organization that the policy belongs to. Cannot be changed.
    pub organization_ref: OrganizationRef,
    /// The policy's name at the vendor. Changing it renames the policy.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    #[x_kube(validation = without_marks("name"))]
    pub name: String,
    /// What the policy is for. Without it, it is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// Where it can be given: for accounts, or for the organization. Without it, the vendor decides. Cannot be changed. Only the live service knows it.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PolicyType")]
    pub policy_type: Option<PolicyType>,
    /// What it allows and denies, in the live service's form. Exactly one of statements and permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub statements: Option<Vec<Statement>>,
    /// What it allows, in the form of the public API document. Exactly one of statements and permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub permissions: Option<Vec<Permission>>,
    /// From which namespaces a user's or group's manifest may give this policy. Without it, from its own; where it is given, only from what it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed: Option<Vec<MembershipGrant>>,
    /// How the policy is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// Where a policy can be given (spot-wire §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PolicyType {
    /// For accounts.
    Account,
    /// For the organization.
    Organization,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever another statement allows.
    Deny,
}

/// What may be done, or may not, to which resources (spot-wire §5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// Allow, or Deny: a denial wins over whatever allows.
    pub effect: Effect,
    /// The actions: service:action, with the wildcard * in either part, or * alone.
    #[schemars(length(min = 1, max = 64), inner(length(max = 128)))]
    #[x_kube(validation = Rule::new("self.all(action, action.matches('^([*]|[-_a-zA-Z0-9*]+:[-_a-zA-Z0-9*]+)$'))")
        .message("an action is a service and what is done, such as ocean:describe* or ocean:*, or * alone: correct those that are not"))]
    pub actions: Vec<String>,
    /// The resources: *, an id such as sig-1a2b3c4d or the beginning of one (sig-1a*), or either after service:.
    #[schemars(length(min = 1, max = 64), inner(length(max = 256)))]
    #[x_kube(validation = Rule::new("self.all(resource, resource.matches('^[^\\\\s]+$'))")
        .message("a resource is *, or an id, or the beginning of one, such as elastigroup:sig-1a2b3c4d or sig-1a*, without spaces: correct those that are not"))]
    pub resources: Vec<String>,
    /// When the statement holds, in the vendor's language of conditions. It is sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "condition")]
    pub condition: Option<Map<String, Value>>,
}

/// What may be done with a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// The service, such as ocean.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[-_a-zA-Z0-9*]+$"))]
    pub service_id: String,
    /// What may be done with it, such as describe.
    #[schemars(length(min = 1, max = 64), inner(length(max = 128)))]
    #[x_kube(validation = Rule::new("self.all(action, action.matches('^[-_a-zA-Z0-9*]+$'))")
        .message("an action of a permission is a word such as describe, without the service: correct those that are not"))]
    pub actions: Vec<String>,
}

/// The vendor's language may grow: what is not known here is kept.
fn condition(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "maxProperties": 32})
}

/// What a policy says, in the form in which it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyContent<'a> {
    /// The live service's.
    Statements(&'a [Statement]),
    /// That of the public API document.
    Permissions(&'a [Permission]),
}

impl AccessPolicySpec {
    /// What the policy says; `None` only for an object that the schema would refuse.
    pub fn content(&self) -> Option<PolicyContent<'_>> {
        match (&self.statements, &self.permissions) {
            (Some(statements), None) => Some(PolicyContent::Statements(statements)),
            (None, Some(permissions)) => Some(PolicyContent::Permissions(permissions)),
            _ => None,
        }
    }
}

impl Managed for AccessPolicy {
    const KIND: KindRef = kinds::POLICY;
    const COLUMNS: &'static [Column] = &[Column::CALLED];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().unwrap_or(&UNOBSERVED)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        Some(&self.spec.organization_ref)
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        Vec::new()
    }

    /// A policy lets nobody do anything until it is given. Nobody can say who has one that exists.
    fn power(&self) -> Power {
        if self.takes_over() { Power::Unbounded } else { Power::None }
    }

    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let own = self.metadata.namespace.as_deref().unwrap_or_default();
        let most = grant::most(self.spec.allowed.as_deref(), own, asker);
        most.filter(|_| matches!(asker.kind, kinds::USER | kinds::USER_GROUP))
    }
}
