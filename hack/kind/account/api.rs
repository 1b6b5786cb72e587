//! `ScopedKind`: a scoped kind of an account.

use crate::api::column::Column;
use crate::api::grant::Power;
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{Container, OrganizationRef, Pointer, SecretKeyRef};
use crate::api::spot::AccountRef;
use crate::api::spot::kinds;
use crate::api::spot::rules::{
    account_id_needs_organization, account_name_needs_no_organization, account_organization_stays,
    account_stays, adopted_id_stays,
};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A scoped kind of a Spot account.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "ScopedKind",
    plural = "scopedkinds",
    singular = "scopedkind",
    namespaced,
    category = "spot",
    shortname = "spshort",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A scoped kind of a Spot account.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = account_stays("a scoped kind", "ScopedKind"))]
#[x_kube(validation = account_organization_stays("ScopedKind"))]
#[x_kube(validation = account_id_needs_organization())]
#[x_kube(validation = account_name_needs_no_organization())]
#[x_kube(validation = adopted_id_stays("ScopedKind"))]
pub struct ScopedKindSpec {
    /// The organization of an account that is given by its id, in the same namespace as this object. Not with the name of a `SpotAccount`. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_ref: Option<OrganizationRef>,
    /// The account. Cannot be changed.
    pub account_ref: AccountRef,
    /// Its name at the vendor. Changing it renames it.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    pub name: String,
    /// How it is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

impl Managed for ScopedKind {
    const KIND: KindRef = kinds::SCOPED_KIND;
    const REFERENCES: &'static [(&'static str, KindRef)] = &[("accountRef", kinds::ACCOUNT)];
    const WITHIN: Option<&'static str> = Some("accountRef");
    const COLUMNS: &'static [Column] = &[Column::CALLED];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().unwrap_or(&UNOBSERVED)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        self.spec.organization_ref.as_ref()
    }

    fn container(&self) -> Option<Container<'_>> {
        self.spec.account_ref.container()
    }

    fn pointers(&self) -> Vec<Pointer<'_>> {
        self.spec.account_ref.pointer(Power::None).into_iter().collect()
    }

    fn names_by_id(&self) -> bool {
        self.spec.account_ref.id.is_some()
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        Vec::new()
    }

    /// Nobody has said yet how much it can give to whom, so it may ask for no less than all.
    fn power(&self) -> Power {
        Power::Unbounded
    }
}
