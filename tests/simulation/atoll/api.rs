//! The manifests of Atoll.

use kube::CustomResource;
use orgkeeper::api::grant::{Asker, Power};
use orgkeeper::api::guard::GuardStatus;
use orgkeeper::api::kind::KindRef;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::policy::CommonSpec;
use orgkeeper::api::reference::{OrganizationRef, SecretKeyRef};
use orgkeeper::api::status::CommonStatus;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Its group: another vendor has kinds of the same names.
pub const GROUP: &str = "atoll.example";
pub const TENANT: KindRef = KindRef::new(GROUP, "AtollTenant");
pub const POLICY: KindRef = KindRef::new(GROUP, "AccessPolicy");
pub const MEMBER: KindRef = KindRef::new(GROUP, "AtollMember");
pub const QUOTA: KindRef = KindRef::new(GROUP, "AtollQuota");
pub const HOOK: KindRef = KindRef::new(GROUP, "AtollHook");

static UNOBSERVED: CommonStatus = CommonStatus::unobserved();

/// What holds a connection, with fields of its own.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize)]
#[kube(group = "atoll.example", version = "v1alpha1", kind = "AtollTenant", namespaced)]
#[kube(status = "TenantStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct TenantSpec {
    /// The tenant that exists.
    #[serde(default)]
    pub organization_id: Option<String>,
    /// The one that is to be made.
    #[serde(default)]
    pub create: Option<NewTenant>,
    pub connection: Connection,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub session_minutes: Option<u32>,
    /// From where it is called; from everywhere while none is named.
    #[serde(default)]
    pub allowed_addresses: Option<Vec<String>>,
    /// Whether guests are let in.
    #[serde(default)]
    pub guests: Option<bool>,
    /// How many destructive writes an hour need no person.
    #[serde(default = "twenty")]
    pub max_destructive_per_hour: u32,
    /// Whether it admits every namespace, and not its own only.
    #[serde(default)]
    pub everywhere: bool,
    /// A key that no read shows.
    #[serde(default)]
    pub support_key_ref: Option<SecretKeyRef>,
    #[serde(flatten)]
    pub common: CommonSpec,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewTenant {
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub endpoint: String,
    /// The client for which the Secret holds a secret; without one, what it holds is the token itself, and a person
    /// says whose.
    #[serde(default)]
    pub client_id: Option<String>,
    pub secret_ref: SecretKeyRef,
    #[serde(default = "many")]
    pub requests_per_minute: u32,
    /// Whether its log is followed.
    #[serde(default)]
    pub log: bool,
}

const fn many() -> u32 {
    600
}

const fn twenty() -> u32 {
    20
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantStatus {
    #[serde(flatten)]
    pub common: CommonStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardStatus>,
}

impl Managed for AtollTenant {
    const KIND: KindRef = TENANT;

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().map_or(&UNOBSERVED, |status| &status.common)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        None
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        self.spec.support_key_ref.iter().chain([&self.spec.connection.secret_ref]).collect()
    }

    fn guard_status(&self) -> Option<&GuardStatus> {
        self.status.as_ref().and_then(|status| status.guard.as_ref())
    }

    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let own = self.metadata.namespace.as_deref() == Some(asker.namespace);
        (own || self.spec.everywhere).then_some(Power::Unbounded)
    }
}

/// A policy: a name and rules, which are replaced whole.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize)]
#[kube(group = "atoll.example", version = "v1alpha1", kind = "AccessPolicy", namespaced)]
#[kube(status = "CommonStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct PolicySpec {
    pub organization_ref: OrganizationRef,
    pub name: String,
    #[serde(default)]
    pub rules: Vec<String>,
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// A person, who is mailed when it is made.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize)]
#[kube(group = "atoll.example", version = "v1alpha1", kind = "AtollMember", namespaced)]
#[kube(status = "CommonStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct MemberSpec {
    pub organization_ref: OrganizationRef,
    pub email: String,
    pub role: String,
    #[serde(default)]
    pub suspended: bool,
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// A limit, of which there are those that the vendor has.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize)]
#[kube(group = "atoll.example", version = "v1alpha1", kind = "AtollQuota", namespaced)]
#[kube(status = "CommonStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct QuotaSpec {
    pub organization_ref: OrganizationRef,
    pub name: String,
    pub limit: u32,
    /// Whom to tell that it is used up.
    #[serde(default)]
    pub alerts: Option<Vec<String>>,
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// Whom it calls when something happens, of which there is no list.
#[derive(CustomResource, Clone, Debug, Serialize, Deserialize)]
#[kube(group = "atoll.example", version = "v1alpha1", kind = "AtollHook", namespaced)]
#[kube(status = "CommonStatus", schema = "disabled")]
#[serde(rename_all = "camelCase")]
pub struct HookSpec {
    pub organization_ref: OrganizationRef,
    pub name: String,
    pub url: String,
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// What all below a tenant have.
macro_rules! managed {
    ($($resource:ident: $kind:ident),+) => {$(
        impl Managed for $resource {
            const KIND: KindRef = $kind;

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
        }
    )+};
}

managed!(AccessPolicy: POLICY, AtollMember: MEMBER, AtollQuota: QUOTA, AtollHook: HOOK);
