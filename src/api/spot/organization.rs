//! `SpotOrganization`: an organization and how to talk to it.

use super::access::Role;
use super::counts::Counts;
use crate::api::budget::BudgetStatus;
use crate::api::column::Column;
use crate::api::duration::GoDuration;
use crate::api::grant::{self, Admission, Asker, Namespaces, Power};
use crate::api::guard::{GuardStatus, MAX_DESTRUCTIVE};
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::{CommonSpec, DeletionPolicy, ManagementPolicy, is_false};
use crate::api::reference::{OrganizationRef, SecretKeyRef};
use crate::api::referrer::{Referred, Referrer};
use crate::api::spot::kinds;
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// A Spot organization and how to talk to it.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "SpotOrganization",
    plural = "spotorganizations",
    singular = "spotorganization",
    namespaced,
    category = "spot",
    shortname = "sporg",
    status = "SpotOrganizationStatus",
    derive = "PartialEq",
    doc = "A Spot organization and how to talk to it.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.organizationId) || has(self.create)")
    .message("one of organizationId and create is needed: write organizationId for an organization that exists, or create to have one created"))]
#[x_kube(validation = Rule::new("!has(oldSelf.organizationId) || (has(self.organizationId) && self.organizationId == oldSelf.organizationId)")
    .field_path(".organizationId")
    .message("organizationId cannot be changed or removed once it is set, as everything below the organization belongs to it: create another SpotOrganization for the other one"))]
#[x_kube(validation = Rule::new("has(self.create) == has(oldSelf.create) && (!has(self.create) || self.create == oldSelf.create)")
    .field_path(".create")
    .message("create cannot be changed, added or removed later, as an organization is created once: create another SpotOrganization, or write organizationId here"))]
#[x_kube(validation = Rule::new("!has(self.create) || self.create.tokenSecretRef.name != self.connection.tokenSecretRef.name || self.create.tokenSecretRef.key != self.connection.tokenSecretRef.key")
    .field_path(".create")
    .message("create.tokenSecretRef holds the token that creates the organization, and connection.tokenSecretRef one of the new organization: name two different Secrets or keys"))]
pub struct SpotOrganizationSpec {
    /// The vendor's id of an organization that exists. Once set it cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9]+$')")
        .message("organizationId must be the organization's number in quotes, such as \"606079812345\""))]
    pub organization_id: Option<String>,
    /// Have an organization created, once. Without effect where organizationId is set. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NewOrganization")]
    pub create: Option<NewOrganization>,
    /// How to talk to it.
    pub connection: Connection,
    /// Which namespaces may refer to it. Without it, its own namespace may; where it is given, only what it lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub allowed: Option<Vec<Grant>>,
    /// How often the vendor's state is read again when nothing else asks for it: such as 5m, 90s or 1h30m; at least 10s.
    #[serde(default = "five_minutes")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]{1,6}([.][0-9]{1,6})?(ms|s|m|h))+$')")
        .message("resyncInterval must be a duration of hours, minutes and seconds, such as 5m, 90s or 1h30m"))]
    #[x_kube(validation = Rule::new("!self.matches('^([0-9]{1,6}([.][0-9]{1,6})?(ms|s|m|h))+$') || duration(self) >= duration('10s')")
        .message("resyncInterval must be at least 10s: what people change in manifests does not wait for it"))]
    pub resync_interval: GoDuration,
    /// What needs a person's confirmation.
    #[serde(default)]
    pub guard: Guard,
    /// Manage keeps the vendor's state as declared; Observe only shows differences, for everything below the organization too.
    #[serde(default)]
    pub management_policy: ManagementPolicy,
    /// What happens at the vendor when this object is deleted: Orphan unless it says Delete. The effective value is in status.deletionPolicy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeletionPolicy")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// Leave the organization and everything below it alone until it is false again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub suspend: bool,
}

/// An organization that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewOrganization {
    /// Its name. The vendor lets many have the same one.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    #[x_kube(validation = Rule::new("self.matches('[a-zA-Z]')")
        .message("the name of an organization must contain a letter (a-z or A-Z)"))]
    pub name: String,
    /// The key of a Secret, in the object's namespace, that holds a token which may create organizations.
    pub token_secret_ref: SecretKeyRef,
}

/// How to talk to an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
// Here, not on the endpoint: a rule on a string repeats the string in its refusal, and credentials may stand in it.
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || (isURL(self.endpoint) && self.endpoint.matches('^https?://[^/?#@\\s]+(/[^?#@\\s]*)?$'))")
    .field_path(".endpoint")
    .message("endpoint must be an absolute http or https URL without credentials, query or fragment, such as https://api.spotinst.io"))]
pub struct Connection {
    /// The key of a Secret, in the organization's namespace, that holds a token of the organization.
    pub token_secret_ref: SecretKeyRef,
    /// The root of the vendor's API.
    #[serde(default = "public_endpoint")]
    #[schemars(length(max = 512))]
    pub endpoint: String,
    /// Which of the vendor's two contracts the endpoint keeps: Production is the live service, Published the public API document, Auto finds out.
    #[serde(default)]
    pub contract: ContractChoice,
    /// Of the Published contract only: Query asserts that the server honours ?accountId= on credentials and subscriptions. Unverified makes none of those calls, as a server that ignores it would use another account.
    #[serde(default)]
    pub account_scope: AccountScope,
    /// The id of the user whose token it is (u-… or pu-…), so that this user is never deleted or reduced unasked. The vendor cannot be asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^p?u-[0-9a-zA-Z]+$"))]
    pub token_user: Option<String>,
    /// The most requests a minute; the vendor's own limits are learned, and hold besides. One in eight, and one at least,
    /// is kept for writes, so that reads cannot put them off for ever.
    #[serde(default = "requests_per_minute")]
    #[schemars(range(min = 5, max = 10_000))]
    pub requests_per_minute: i32,
    /// Certificates, in PEM, of the authorities to trust for the endpoint besides the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 65_536))]
    #[x_kube(validation = Rule::new("self.contains('-----BEGIN CERTIFICATE-----') && self.contains('-----END CERTIFICATE-----')")
        .message("caBundle must hold certificates in PEM, each between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----"))]
    pub ca_bundle: Option<String>,
}

/// What needs a person's confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    /// The most writes an hour that delete something or take a grant away, for everything below the organization. What is above it waits until the hour has passed, or a person confirms it.
    #[serde(default = "destructive_per_hour")]
    #[schemars(range(min = 1, max = MAX_DESTRUCTIVE))]
    pub max_destructive_per_hour: i32,
}

impl Default for Guard {
    fn default() -> Self {
        Self { max_destructive_per_hour: destructive_per_hour() }
    }
}

/// The contract that a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ContractChoice {
    /// Find out from what the endpoint answers.
    #[default]
    Auto,
    /// What the live service does.
    Production,
    /// What the public API document says.
    Published,
}

/// Whether a server built from the public API document is known to honour the account that a call names
/// (spot-published, note 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AccountScope {
    /// Nobody has said so.
    #[default]
    Unverified,
    /// It honours the parameter accountId.
    Query,
}

/// The contract that an endpoint keeps. Spot's live service and its public API document contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Contract {
    /// What the live service does.
    Production,
    /// What the public API document says.
    Published,
}

/// What [`ReferrerKind`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToOrganizations;

impl Referred for ToOrganizations {
    const DESCRIPTION: &'static str = "A kind that may refer to an organization.";

    fn by() -> Vec<KindRef> {
        [kinds::IN_ORGANIZATIONS, kinds::IN_ACCOUNTS].concat()
    }
}

/// A kind that may refer to an organization.
pub type ReferrerKind = Referrer<ToOrganizations>;

/// What may refer to an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The namespaces from which it may be referred to.
    pub namespaces: Namespaces,
    /// The kinds that may refer to it.
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub kinds: Vec<ReferrerKind>,
    /// The highest role that they may give. Without it, any. With it, no ways around a role either: of policies, only those that an `AccessPolicy` of this namespace stands for, and only for accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Role")]
    pub max_role: Option<Role>,
}

impl Admission for Grant {
    fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    fn most(&self, kind: KindRef) -> Option<Power> {
        let most = self.max_role.map_or(Power::Unbounded, Role::power);
        self.kinds.iter().any(|admitted| admitted.kind() == kind).then_some(most)
    }
}

/// What is known of an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpotOrganizationStatus {
    /// What every kind has.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// The contract that was found or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractStatus>,
    /// What is remembered of destructive writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardStatus>,
    /// How long a change can stay unseen that no list shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepStatus>,
    /// What the organization has at the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Counts")]
    pub counts: Option<Counts>,
    /// How many calls may be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "BudgetStatus")]
    pub budget: Option<BudgetStatus>,
}

/// What no list shows of the objects below an organization is read object by object, a few a resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepStatus {
    /// How many objects have parts that only a read of each shows.
    #[schemars(range(min = 0))]
    pub objects: i64,
    /// The longest time after which each of them is read again, such as 45m.
    #[schemars(length(max = 16))]
    pub within: GoDuration,
}

/// Which contract an endpoint keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContractStatus {
    /// The contract.
    pub decided: Contract,
    /// What spec.connection.contract said then: only what Auto found out is believed later.
    #[serde(default)]
    pub asked: ContractChoice,
    /// The endpoint that this was decided for.
    #[schemars(length(max = 512))]
    pub endpoint: String,
}

fn five_minutes() -> GoDuration {
    GoDuration::from(Duration::from_mins(5))
}

fn public_endpoint() -> String {
    "https://api.spotinst.io".to_owned()
}

const fn destructive_per_hour() -> i32 {
    20
}

const fn requests_per_minute() -> i32 {
    300
}

impl Managed for SpotOrganization {
    const KIND: KindRef = kinds::ORGANIZATION;
    const COLUMNS: &'static [Column] = &[
        Column::number("Accounts", ".status.counts.accounts.total", "How many accounts it has at the vendor"),
        Column::number("Users", ".status.counts.users.total", "How many users it has at the vendor"),
    ];

    fn common_spec(&self) -> Cow<'_, CommonSpec> {
        Cow::Owned(CommonSpec {
            management_policy: self.spec.management_policy,
            deletion_policy: self.spec.deletion_policy,
            suspend: self.spec.suspend,
            ..CommonSpec::default()
        })
    }

    fn common_status(&self) -> &CommonStatus {
        self.status.as_ref().map_or(&UNOBSERVED, |status| &status.common)
    }

    fn organization_ref(&self) -> Option<&OrganizationRef> {
        None
    }

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        let parent = self.spec.create.as_ref().map(|new| &new.token_secret_ref);
        std::iter::once(&self.spec.connection.token_secret_ref).chain(parent).collect()
    }

    fn guard_status(&self) -> Option<&GuardStatus> {
        self.status.as_ref().and_then(|status| status.guard.as_ref())
    }

    fn most(&self, asker: &Asker<'_>) -> Option<Power> {
        let own = self.metadata.namespace.as_deref().unwrap_or_default();
        grant::most(self.spec.allowed.as_deref(), own, asker)
    }
}
