//! `SpotUserGroup`: a group of users, and what its members may do.

use super::access::{GIVEN, PolicyGrant, in_a_line, policy_accounts, policy_pointers};
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
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A group of users of a Spot organization.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "SpotUserGroup",
    plural = "spotusergroups",
    singular = "spotusergroup",
    namespaced,
    category = "spot",
    shortname = "spgrp",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A group of users of a Spot organization, and what its members may do.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = organization_stays("a group", "SpotUserGroup"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^ugr-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a Spot user group: ugr- and letters or digits, such as ugr-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("SpotUserGroup"))]
pub struct SpotUserGroupSpec {
    /// The organization that the group belongs to. Cannot be changed.
    pub organization_ref: OrganizationRef,
    /// The group's name at the vendor. Changing it renames the group.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    #[x_kube(validation = without_marks("name"))]
    pub name: String,
    /// What the group is for. Without it, it is left as it is; the vendor cannot empty it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub description: Option<String>,
    /// The members, all of them: no user's manifest may name this group then. Without it, the users' manifests decide; an empty list means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub members: Option<Vec<Member>>,
    /// The members' policies. Without it they are left as they are; an empty list means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub policies: Option<Vec<PolicyGrant>>,
    /// From which namespaces a user's manifest may name this group. Without it, from its own; where it is given, only from what it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed: Option<Vec<MembershipGrant>>,
    /// How the group is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.userRef) != has(self.userId)")
    .message("a member is given by exactly one of userRef and userId: remove one of them, or add the one that is missing"))]
pub struct Member {
    /// The `SpotUser` that stands for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ref: Option<NamedRef>,
    /// The vendor's id of a user that no manifest declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^p?u-[0-9a-zA-Z]+$"))]
    pub user_id: Option<String>,
}

impl Managed for SpotUserGroup {
    const KIND: KindRef = kinds::USER_GROUP;
    const REFERENCES: &'static [(&'static str, KindRef)] =
        &[("userRef", kinds::USER), ("policyRef", kinds::POLICY), ("accounts", kinds::ACCOUNT)];
    const COLUMNS: &'static [Column] = &[Column::CALLED, GIVEN];

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

    fn pointers(&self) -> Vec<Pointer<'_>> {
        let members = self.spec.members.iter().flatten().filter_map(|member| member.user_ref.as_ref());
        let members = members.map(|user| user.pointer(kinds::USER));
        members.chain(policy_pointers(self.spec.policies.as_deref())).collect()
    }

    /// No role bounds what a policy lets do, given here or to a group that exists.
    fn power(&self) -> Power {
        if self.takes_over() || self.spec.policies.is_some() { Power::Unbounded } else { Power::None }
    }

    fn names_by_id(&self) -> bool {
        let mut members = self.spec.members.iter().flatten();
        policy_accounts(self.spec.policies.as_deref()).any(|account| account.id.is_some())
            || members.any(|member| member.user_id.is_some())
    }

    fn policies(&self) -> Option<String> {
        in_a_line(self.spec.policies.as_deref()?)
    }

    fn decides(&self, of: KindRef) -> bool {
        of == kinds::USER && self.spec.members.is_some()
    }

    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let own = self.metadata.namespace.as_deref().unwrap_or_default();
        grant::most(self.spec.allowed.as_deref(), own, asker).filter(|_| asker.kind == kinds::USER)
    }
}
