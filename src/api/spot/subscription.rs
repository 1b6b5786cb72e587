//! `EventSubscription`: who is told when something happens to a resource of an account.

use super::access::AccountRef;
use crate::api::column::Column;
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
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// The words for events that the vendor's documentation and tools know (spot-wire §6), sorted.
pub const KNOWN_EVENT_TYPES: [&str; 24] = [
    "AWS_EC2_CANT_SPIN_OD",
    "AWS_EC2_INSTANCE_LAUNCH",
    "AWS_EC2_INSTANCE_READY_SIGNAL_TIMEOUT",
    "AWS_EC2_INSTANCE_TERMINATE",
    "AWS_EC2_INSTANCE_TERMINATED",
    "AWS_EC2_INSTANCE_UNHEALTHY_IN_ELB",
    "AWS_EC2_MANAGED_INSTANCE_DELETING",
    "AWS_EC2_MANAGED_INSTANCE_PAUSING",
    "AWS_EC2_MANAGED_INSTANCE_RECYCLING",
    "AWS_EC2_MANAGED_INSTANCE_RESUMING",
    "AWS_EMR_PROVISION_TIMEOUT",
    "AZURE_VM_TERMINATE",
    "AZURE_VM_TERMINATED",
    "CANT_SCALE_UP_GROUP_MAX_CAPACITY",
    "CLUSTER_ROLL_FAILED",
    "CLUSTER_ROLL_FINISHED",
    "GROUP_BEANSTALK_INIT_READY",
    "GROUP_ROLL_FAILED",
    "GROUP_ROLL_FINISHED",
    "GROUP_UPDATED",
    "OCEAN_CANT_SCALE_UP_MAX_RESOURCES",
    "OCEAN_K8S_NODE_REMOVED",
    "OCEAN_LAUNCH_SPEC_CANT_SCALE_UP_MAX_INSTANCES",
    "SIGNAL_TIMEOUT_SHUTDOWN_SCRIPT",
];

/// Whether the vendor is known for this word. One that it is not known for may be new, or mistyped.
pub fn is_known_event_type(word: &str) -> bool {
    KNOWN_EVENT_TYPES.contains(&word)
}

/// A subscription to events of a Spot account.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "spot.orgkeeper.dev",
    version = "v1alpha1",
    kind = "EventSubscription",
    plural = "eventsubscriptions",
    singular = "eventsubscription",
    namespaced,
    category = "spot",
    shortname = "spsub",
    status = "CommonStatus",
    derive = "PartialEq",
    doc = "A subscription to events of a Spot account: who is told when something happens to a resource.",
    selectable = ".status.organizationId",
    selectable = ".status.id"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = account_stays("a subscription", "EventSubscription"))]
#[x_kube(validation = account_organization_stays("EventSubscription"))]
#[x_kube(validation = account_id_needs_organization())]
#[x_kube(validation = account_name_needs_no_organization())]
#[x_kube(validation = Rule::new("has(self.endpoint) != has(self.endpointSecretRef)")
    .message("who is told is given by exactly one of endpoint and endpointSecretRef: remove one of them, or add the one that is missing"))]
// Here, not on the endpoint: a rule on a string repeats the string in its refusal, and this one may be secret.
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || !(self.protocol in ['http', 'https', 'web']) || (isURL(self.endpoint) && self.endpoint.matches('^https?://[^/?#\\s]+([/?#]\\S*)?$'))")
    .field_path(".endpoint")
    .message("endpoint must be the whole address that events are posted to, such as https://example.com/spot, with this protocol"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.protocol != 'http' || !self.endpoint.startsWith('https:')")
    .field_path(".endpoint")
    .message("endpoint begins with https, and protocol is http: set protocol to https, or web"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.protocol != 'https' || !self.endpoint.startsWith('http:')")
    .field_path(".endpoint")
    .message("endpoint begins with http, and protocol is https: give an address that begins with https, or set protocol to http"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || !(self.protocol in ['email', 'email-json']) || self.endpoint.matches('^[^@\\s]+@[^@\\s]+[.][^@\\s.]+$')")
    .field_path(".endpoint")
    .message("endpoint must be an e-mail address, such as jo@example.com, with this protocol"))]
#[x_kube(validation = Rule::new(r"!has(self.endpoint) || self.protocol != 'aws-sns' || self.endpoint.matches('^arn:aws[-a-z]*:sns:[-a-z0-9]+:[0-9]{12}:[-_a-zA-Z0-9]+([.]fifo)?$')")
    .field_path(".endpoint")
    .message("endpoint must be the ARN of a topic, such as arn:aws:sns:us-east-1:123456789012:spot, with this protocol"))]
#[x_kube(validation = Rule::new("!has(self.adopt) || !has(self.adopt.id) || self.adopt.id.matches('^sis-[0-9a-zA-Z]+$')")
    .field_path(".adopt.id")
    .message("adopt.id must be the id of a subscription: sis- and letters or digits, such as sis-1a2b3c4d"))]
#[x_kube(validation = adopted_id_stays("EventSubscription"))]
pub struct EventSubscriptionSpec {
    /// The organization of an account that is given by its id, in the same namespace as this object. Not with the name of a `SpotAccount`. Cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_ref: Option<OrganizationRef>,
    /// The account. Cannot be changed.
    pub account_ref: AccountRef,
    /// The vendor's id of the resource whose events are told: a group or cluster of the account, such as sig-1a2b3c4d.
    #[schemars(length(max = 64), regex(pattern = r"^[a-z]+-[0-9a-zA-Z]+$"))]
    pub resource_id: String,
    /// How the events are told.
    pub protocol: Protocol,
    /// Who is told: a URL for http, https and web, an address for email and email-json, the ARN of a topic for aws-sns. Whoever has the URL of a webhook can post to it: prefer endpointSecretRef.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub endpoint: Option<EventEndpoint>,
    /// The key of a Secret, in the subscription's namespace, that holds the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_secret_ref: Option<SecretKeyRef>,
    /// The vendor's word for the event, such as `GROUP_UPDATED`. One that is not known here is sent all the same.
    #[schemars(length(max = 128), regex(pattern = r"^[A-Z][A-Z0-9_]*$"))]
    pub event_type: String,
    /// What is told of an event: keys of one's own, and values in which words such as %instance-id% are replaced. Without it, it is left as it is. Only the live service knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "event_format")]
    pub event_format: Option<Map<String, Value>>,
    /// How the subscription is kept.
    #[serde(flatten)]
    pub common: CommonSpec,
}

/// How events are told (spot-wire §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// By a POST in clear. The vendor has deprecated it for `web`.
    Http,
    /// By a POST. The vendor has deprecated it for `web`.
    Https,
    /// By a mail for people.
    Email,
    /// By a mail for machines.
    EmailJson,
    /// By a topic in AWS.
    AwsSns,
    /// By a webhook.
    Web,
}

impl Protocol {
    /// The vendor's word, and that of manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Email => "email",
            Self::EmailJson => "email-json",
            Self::AwsSns => "aws-sns",
            Self::Web => "web",
        }
    }
}

/// Where events are told. A webhook's address lets whoever knows it post there, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct EventEndpoint(String);

impl EventEndpoint {
    /// The endpoint itself, to be sent to the vendor and shown nowhere.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for EventEndpoint {
    fn from(endpoint: String) -> Self {
        Self(endpoint)
    }
}

impl fmt::Debug for EventEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventEndpoint(***)")
    }
}

/// The keys are the user's own, and the vendor says nothing of the values' types.
fn event_format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "maxProperties": 64})
}

impl Managed for EventSubscription {
    const KIND: KindRef = kinds::SUBSCRIPTION;
    const REFERENCES: &'static [(&'static str, KindRef)] = &[("accountRef", kinds::ACCOUNT)];
    const WITHIN: Option<&'static str> = Some("accountRef");
    const COLUMNS: &'static [Column] = &[
        Column::text("Event", ".spec.eventType", "The event that is told"),
        Column::text("To", ".spec.protocol", "How it is told").wide(),
        Column::text("Resource", ".spec.resourceId", "What the event is about").wide(),
    ];

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
        self.spec.endpoint_secret_ref.iter().collect()
    }

    fn pointers(&self) -> Vec<Pointer<'_>> {
        self.spec.account_ref.pointer(Power::None).into_iter().collect()
    }

    fn names_by_id(&self) -> bool {
        self.spec.account_ref.id.is_some()
    }
}
