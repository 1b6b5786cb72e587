//! `PlainKind`: a plain kind of an organization.

use crate::api::column::Column;
use crate::api::grant::Power;
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{OrganizationRef, SecretKeyRef};
use crate::api::spot::kinds;
use crate::api::spot::rules::{adopted_id_stays, organization_stays};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A plain kind of a Spot organization.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "PlainKind",
    plural = "plainkinds",
    singular = "plainkind",
    namespaced,
    category = "spot",
    shortname = "spshort",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A plain kind of a Spot organization.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = organization_stays("a plain kind", "PlainKind"))]
#[x_kube(validation = adopted_id_stays("PlainKind"))]
pub struct PlainKindSpec {
    /// The organization that it belongs to. Cannot be changed.
    pub organization_ref: OrganizationRef,
    /// Its name at the vendor. Changing it renames it.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    pub name: String,
    /// How it is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

impl Managed for PlainKind {
    const KIND: KindRef = kinds::PLAIN_KIND;
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

    /// Nobody has said yet how much it can give to whom, so it may ask for no less than all.
    fn power(&self) -> Power {
        Power::Unbounded
    }
}
