//! `CloudCredential`: how an account reaches the cloud that it is for.

use super::access::AccountRef;
use crate::api::column::Column;
use crate::api::external_id::ExternalId;
use crate::api::grant::Power;
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::CommonSpec;
use crate::api::reference::{Container, OrganizationRef, Pointer, SecretKeyRef};
use crate::api::spot::kinds;
use crate::api::spot::rules::{
    account_id_needs_organization, account_name_needs_no_organization, account_organization_stays,
    account_stays, adopted_id_stays,
};
use crate::api::status::CommonStatus;
use jiff::Timestamp;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The cloud credential of a Spot account: there is one for each.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "CloudCredential",
    plural = "cloudcredentials",
    singular = "cloudcredential",
    namespaced,
    category = "spot",
    shortname = "spcred",
    status = "CloudCredentialStatus",
    derive = "PartialEq",
    doc = "The cloud credential of a Spot account: there is one for each.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = account_stays("a credential", "CloudCredential"))]
#[x_kube(validation = account_organization_stays("CloudCredential"))]
#[x_kube(validation = account_id_needs_organization())]
#[x_kube(validation = account_name_needs_no_organization())]
#[x_kube(validation = Rule::new("[has(self.aws), has(self.azure), has(self.gcp)].exists_one(given, given)")
    .message("a credential is for exactly one of aws, azure and gcp: remove the others, or add the one that is missing"))]
#[x_kube(validation = Rule::new("has(self.aws) == has(oldSelf.aws) && has(self.azure) == has(oldSelf.azure) && has(self.gcp) == has(oldSelf.gcp)")
    .message("the cloud cannot be changed, as the vendor cannot unlink an account from one: put the former member (aws, azure or gcp) back, and make another account for the other cloud"))]
#[x_kube(validation = Rule::new("!has(self.deletionPolicy) || self.deletionPolicy == 'Orphan'")
    .field_path(".deletionPolicy")
    .message("deletionPolicy can only be Orphan, as the vendor cannot unlink an account from its cloud: leave it out; deleting the account is what ends its access"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^act-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of the credential's account: act- and letters or digits, such as act-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("CloudCredential"))]
pub struct CloudCredentialSpec {
    /// The organization of an account that is given by its id, in the same namespace as this object. Not with the name of a `SpotAccount`. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_ref: Option<OrganizationRef>,
    /// The account. Cannot be changed.
    pub account_ref: AccountRef,
    /// Amazon Web Services. Exactly one of aws, azure and gcp; which one cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsCredential>,
    /// Microsoft Azure. Exactly one of aws, azure and gcp; which one cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<AzureCredential>,
    /// Google Cloud. Exactly one of aws, azure and gcp; which one cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcp: Option<GcpCredential>,
    /// How the credential is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// A role that the vendor takes on (spot-wire §2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsCredential {
    /// The role. Without it, the external id that the role's trust must name is requested and shown in status.externalId.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    #[x_kube(validation = Rule::new("self.matches('^arn:aws[-a-z]*:iam::[0-9]{12}:role/[-+=,.@_/a-zA-Z0-9]+$')")
        .message("iamRole must be the ARN of a role, such as arn:aws:iam::123456789012:role/spot"))]
    pub iam_role: Option<String>,
}

/// An application of a tenant (spot-wire §2.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureCredential {
    /// The application.
    #[schemars(length(max = 36))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')")
        .message("clientId must be a UUID, such as 1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f"))]
    pub client_id: String,
    /// The tenant.
    #[schemars(length(max = 36))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')")
        .message("tenantId must be a UUID, such as 1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f"))]
    pub tenant_id: String,
    /// The subscription.
    #[schemars(length(max = 36))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')")
        .message("subscriptionId must be a UUID, such as 1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f"))]
    pub subscription_id: String,
    /// The key of a Secret, in the credential's namespace, that holds the application's secret.
    pub client_secret_ref: SecretKeyRef,
    /// When that secret expires: a date such as 2027-01-31, which ends as it begins in UTC, or a time such as 2027-01-31T12:00:00Z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 40))]
    #[x_kube(validation = Rule::new(r"self.matches('^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[-+]([01][0-9]|2[0-3]):[0-5][0-9]))?$') && !format.date().validate(self.substring(0, 10)).hasValue()")
        .message("expirationDate must be a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z"))]
    pub expiration_date: Option<String>,
}

impl AzureCredential {
    /// When the secret expires, where the manifest tells. Of a date without a time, that is its first moment in UTC:
    /// better told too early than too late.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let text = self.expiration_date.as_deref()?;
        let whole = if text.contains('T') { Cow::Borrowed(text) } else { format!("{text}T00:00:00Z").into() };
        whole.parse().ok()
    }
}

/// A service account of a project (spot-wire §2.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GcpCredential {
    /// The key of a Secret, in the credential's namespace, that holds the key file of the service account, as Google gives it out.
    pub service_account_key_ref: SecretKeyRef,
}

/// What is known of a credential.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CloudCredentialStatus {
    /// What every kind has.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// The external id that the trust of the role in AWS must name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
}

/// The cloud that a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud<'a> {
    /// Amazon Web Services.
    Aws(&'a AwsCredential),
    /// Microsoft Azure.
    Azure(&'a AzureCredential),
    /// Google Cloud.
    Gcp(&'a GcpCredential),
}

impl CloudCredentialSpec {
    /// The cloud that it is for; `None` only for an object that the schema would refuse.
    pub fn cloud(&self) -> Option<Cloud<'_>> {
        match (&self.aws, &self.azure, &self.gcp) {
            (Some(aws), None, None) => Some(Cloud::Aws(aws)),
            (None, Some(azure), None) => Some(Cloud::Azure(azure)),
            (None, None, Some(gcp)) => Some(Cloud::Gcp(gcp)),
            _ => None,
        }
    }
}

impl Managed for CloudCredential {
    const KIND: KindRef = kinds::CREDENTIAL;
    const REFERENCES: &'static [(&'static str, KindRef)] = &[("accountRef", kinds::ACCOUNT)];
    const WITHIN: Option<&'static str> = Some("accountRef");
    const OWN_ID: bool = false;
    const COLUMNS: &'static [Column] = &[
        Column::text(
            "As",
            ".spec['aws.iamRole','azure.clientId','gcp.serviceAccountKeyRef.name']",
            "What Spot acts as: the role at AWS, the application at Azure, the Secret with the key of a service account \
             at Google",
        ),
        Column::text(
            "Expires",
            ".spec.azure.expirationDate",
            "When its secret expires, as far as that is declared",
        ),
        Column::text("Account", ".spec.accountRef['name','id']", "The account").wide(),
    ];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Borrowed(&self.spec.common)
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().map_or(&UNOBSERVED, |status| &status.common)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        self.spec.organization_ref.as_ref()
    }

    fn container(&self) -> Option<Container<'_>> {
        self.spec.account_ref.container()
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        let azure = self.spec.azure.iter().map(|azure| &azure.client_secret_ref);
        let gcp = self.spec.gcp.iter().map(|gcp| &gcp.service_account_key_ref);
        azure.chain(gcp).collect()
    }

    fn pointers(&self) -> Vec<Pointer<'_>> {
        self.spec.account_ref.pointer(Power::None).into_iter().collect()
    }

    fn names_by_id(&self) -> bool {
        self.spec.account_ref.id.is_some()
    }

    fn external_id(&self) -> Option<&ExternalId> {
        self.status.as_ref().and_then(|status| status.external_id.as_ref())
    }
}
