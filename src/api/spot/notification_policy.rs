//! `NotificationPolicy`: who is told of which events of an account's resources, by the vendor's Notification Center.

use super::access::AccountRef;
use super::subscription::EventEndpoint;
use crate::api::column::Column;
use crate::api::grant::Power;
use crate::api::kind::KindRef;
use crate::api::managed::{Managed, UNOBSERVED};
use crate::api::policy::{CommonSpec, is_false};
use crate::api::reference::{Container, NamedRef, OrganizationRef, Pointer, SecretKeyRef};
use crate::api::spot::kinds;
use crate::api::spot::rules::{
    account_id_needs_organization, account_name_needs_no_organization, account_organization_stays,
    account_stays, adopted_id_stays,
};
use crate::api::status::CommonStatus;
use crate::api::text::is_name;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A notification policy of a Spot account.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "NotificationPolicy",
    plural = "notificationpolicies",
    singular = "notificationpolicy",
    namespaced,
    category = "spot",
    shortname = "spnoti",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A notification policy of a Spot account: who is told of which events of its resources.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = account_stays("a notification policy", "NotificationPolicy"))]
#[x_kube(validation = account_organization_stays("NotificationPolicy"))]
#[x_kube(validation = account_id_needs_organization())]
#[x_kube(validation = account_name_needs_no_organization())]
#[x_kube(validation = Rule::new("!has(oldSelf.privacyLevel) || (has(self.privacyLevel) && self.privacyLevel == oldSelf.privacyLevel)")
    .field_path(".privacyLevel")
    .message("privacyLevel cannot be changed, as the vendor takes it only when a policy is created: create another NotificationPolicy with the other privacyLevel"))]
#[x_kube(validation = Rule::new("!has(self.subscriptions) || size(self.subscriptions) == 0 || !has(self.privacyLevel) || self.privacyLevel == 'public'")
    .field_path(".subscriptions")
    .message("only a public policy has subscriptions: remove them and name people in registeredUsers, or create a NotificationPolicy whose privacyLevel is public"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^snp-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a notification policy: snp- and letters or digits, such as snp-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("NotificationPolicy"))]
pub struct NotificationPolicySpec {
    /// The organization of an account that is given by its id, in the same namespace as this object. Not with the name of a `SpotAccount`. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_ref: Option<OrganizationRef>,
    /// The account. Cannot be changed.
    pub account_ref: AccountRef,
    /// The policy's name at the vendor. Changing it renames the policy.
    #[schemars(length(min = 1, max = 255))]
    #[x_kube(validation = is_name("name"))]
    pub name: String,
    /// What the policy is for. Without it, it is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub description: Option<String>,
    /// Whether others than its owner, whose token it was created with, see the policy. Cannot be changed.
    pub privacy_level: PrivacyLevel,
    /// Whether anybody is told at all. Without it, it is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// Where the events of a public policy are told. Without it they are left as they are; an empty list means nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub subscriptions: Option<Vec<NotificationSubscription>>,
    /// The users of the organization who are told, all of them. Without it they are left as they are; an empty list means nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub registered_users: Option<Vec<RegisteredUser>>,
    /// The events that are told, and the resources that they are about.
    pub compute_policy_config: ComputePolicyConfig,
    /// How the policy is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// Who sees a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyLevel {
    /// The organization.
    Public,
    /// Its owner alone.
    Private,
}

impl PrivacyLevel {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// A place where events are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.endpoint) != has(self.endpointSecretRef)")
    .message("where events are told is given by exactly one of endpoint and endpointSecretRef: remove one of them, or add the one that is missing"))]
// Here, not on the endpoint: a rule on a string repeats the string in its refusal, and this one may be secret.
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.type != 'webhook' || (isURL(self.endpoint) && self.endpoint.matches('^https?://[^/?#\\s]+([/?#]\\S*)?$'))")
    .field_path(".endpoint")
    .message("endpoint must be the whole address that events are posted to, such as https://example.com/spot, with this type"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.type != 'slack' || self.endpoint.matches('^\\S+$')")
    .field_path(".endpoint")
    .message("endpoint must be the address of a Slack webhook, without white space, with this type"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.type != 'email' || self.endpoint.matches('^[^@\\s]+@[^@\\s]+[.][^@\\s.]+$')")
    .field_path(".endpoint")
    .message("endpoint must be an e-mail address, such as jo@example.com, with this type"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.type != 'sns' || self.endpoint.matches('^arn:aws[-a-z]*:sns:[-a-z0-9]+:[0-9]{12}:[-_a-zA-Z0-9]+([.]fifo)?$')")
    .field_path(".endpoint")
    .message("endpoint must be the ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:spot, with this type"))]
pub struct NotificationSubscription {
    /// How the events are told.
    #[serde(rename = "type")]
    pub channel: NotificationChannel,
    /// Where: an address for email, a URL for webhook and slack, the ARN of a topic for sns. Whoever has the URL of a webhook can post to it: prefer endpointSecretRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub endpoint: Option<EventEndpoint>,
    /// The key of a Secret, in the policy's namespace, that holds the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_secret_ref: Option<SecretKeyRef>,
}

/// How events are told to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationChannel {
    /// By a mail.
    Email,
    /// By a POST.
    Webhook,
    /// By a message in Slack.
    Slack,
    /// By a topic in AWS.
    Sns,
}

impl NotificationChannel {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Sns => "sns",
        }
    }
}

/// A user of the organization who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.userRef) != has(self.email)")
    .message("a registered user is given by exactly one of userRef and email: remove one of them, or add the one that is missing"))]
pub struct RegisteredUser {
    /// The `SpotUser` of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ref: Option<NamedRef>,
    /// The address of a person whom no manifest declares. Only in the namespace of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 254), regex(pattern = r"^[^@\s]+@[^@\s]+[.][^@\s.]+$"))]
    pub email: Option<String>,
    /// How the person is told.
    #[schemars(length(min = 1, max = 2))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub subscription_types: Vec<SubscriptionType>,
}

/// How a registered user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionType {
    /// By a mail.
    Email,
    /// In the vendor's console.
    Console,
}

impl SubscriptionType {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Console => "console",
        }
    }
}

/// Which events are told, of which resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("[has(self.includeAllResources), has(self.resourceIds), has(self.dynamicRules)].exists_one(given, given)")
    .message("the resources are given by exactly one of includeAllResources, resourceIds and dynamicRules: remove the others, or add the one that is missing"))]
pub struct ComputePolicyConfig {
    /// The events.
    #[schemars(length(min = 1, max = 256))]
    pub events: Vec<NotificationEvent>,
    /// Every resource of the account, those to come included. Only true: leave it out otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    #[x_kube(validation = Rule::new("self")
        .message("includeAllResources can only be true: leave it out, and give resourceIds or dynamicRules"))]
    pub include_all_resources: bool,
    /// The vendor's ids of resources of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 256),
        inner(length(min = 1, max = 64), regex(pattern = r"^[a-z]+-[0-9a-zA-Z]+$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub resource_ids: Option<Vec<String>>,
    /// Rules that pick resources, those to come included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32))]
    pub dynamic_rules: Option<Vec<DynamicRule>>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationEvent {
    /// The vendor's name of the event.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^\S(.*\S)?$"))]
    pub event: String,
    /// How serious it is.
    #[serde(rename = "type")]
    pub severity: EventSeverity,
}

/// How serious an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum EventSeverity {
    /// Nothing to do.
    Info,
    /// Something to look at.
    Warn,
    /// Something is wrong.
    Error,
}

impl EventSeverity {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// A rule that picks resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynamicRule {
    /// What a resource has to fit.
    #[schemars(length(min = 1, max = 32))]
    pub filter_conditions: Vec<FilterCondition>,
}

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterCondition {
    /// What of the resource is compared.
    pub identifier: FilterIdentifier,
    /// How it is compared.
    pub operator: FilterOperator,
    /// With what.
    #[schemars(length(min = 1, max = 255))]
    pub expression: String,
}

/// What of a resource is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterIdentifier {
    /// Its name.
    ResourceName,
    /// Its id.
    ResourceId,
    /// Its region.
    Region,
    /// Its image.
    Image,
    /// A tag.
    Tag,
    /// Its load balancer.
    LoadBalancer,
    /// Its availability zones.
    AvailabilityZones,
    /// Its security groups.
    SecurityGroups,
}

impl FilterIdentifier {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResourceName => "resource_name",
            Self::ResourceId => "resource_id",
            Self::Region => "region",
            Self::Image => "image",
            Self::Tag => "tag",
            Self::LoadBalancer => "load_balancer",
            Self::AvailabilityZones => "availability_zones",
            Self::SecurityGroups => "security_groups",
        }
    }
}

/// How a resource is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOperator {
    /// It is that.
    Equals,
    /// It is not that.
    NotEquals,
    /// It has that in it.
    Contains,
    /// It has not that in it.
    NotContains,
    /// It begins so.
    StartWith,
    /// It ends so.
    EndWith,
}

impl FilterOperator {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartWith => "start_with",
            Self::EndWith => "end_with",
        }
    }
}

impl Managed for NotificationPolicy {
    const KIND: KindRef = kinds::NOTIFICATION_POLICY;
    const REFERENCES: &'static [(&'static str, KindRef)] =
        &[("accountRef", kinds::ACCOUNT), ("userRef", kinds::USER)];
    const WITHIN: Option<&'static str> = Some("accountRef");
    const COLUMNS: &'static [Column] =
        &[Column::CALLED, Column::text("Privacy", ".spec.privacyLevel", "Who sees the policy").wide()];

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

    fn secret_refs(&self) -> Vec<&SecretKeyRef> {
        let subscriptions = self.spec.subscriptions.iter().flatten();
        subscriptions.filter_map(|one| one.endpoint_secret_ref.as_ref()).collect()
    }

    fn pointers(&self) -> Vec<Pointer<'_>> {
        let users = self.spec.registered_users.iter().flatten().filter_map(|one| one.user_ref.as_ref());
        let users = users.map(|user| user.pointer(kinds::USER));
        self.spec.account_ref.pointer(Power::None).into_iter().chain(users).collect()
    }

    /// An address stands for a user whose object would be asked about a reference.
    fn names_by_id(&self) -> bool {
        let mut users = self.spec.registered_users.iter().flatten();
        self.spec.account_ref.id.is_some() || users.any(|user| user.email.is_some())
    }
}
