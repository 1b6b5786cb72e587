//! The definitions before the judge: what a real API server accepts, refuses, and says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod admitted_before;
mod bad_in_accounts;
mod bad_manifests;
mod bad_names;
mod bad_notifications;
mod bad_policies;
mod bad_users;
mod good_manifests;

use crate::support::cluster::Cluster;
use orgkeeper::api::GROUP;
use serde_json::{Value, json};

/// A kind, and the least that a manifest of it says.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    plural: &'static str,
    spec: fn() -> Value,
}

const ACCOUNT: Kind = Kind { name: "SpotAccount", plural: "spotaccounts", spec: account_spec };
const ORGANIZATION: Kind =
    Kind { name: "SpotOrganization", plural: "spotorganizations", spec: organization_spec };
/// A person.
const USER: Kind = Kind { name: "SpotUser", plural: "spotusers", spec: person_spec };
/// A machine user.
const MACHINE: Kind = Kind { name: "SpotUser", plural: "spotusers", spec: machine_spec };
const GROUP_OF_USERS: Kind = Kind { name: "SpotUserGroup", plural: "spotusergroups", spec: group_spec };

/// A policy in the live service's form.
const POLICY: Kind = Kind { name: "AccessPolicy", plural: "accesspolicies", spec: policy_spec };
/// A policy in the form of the public API document.
const PUBLISHED_POLICY: Kind =
    Kind { name: "AccessPolicy", plural: "accesspolicies", spec: published_policy_spec };
const AWS: Kind = Kind { name: "CloudCredential", plural: "cloudcredentials", spec: aws_spec };
const AZURE: Kind = Kind { name: "CloudCredential", plural: "cloudcredentials", spec: azure_spec };
const GCP: Kind = Kind { name: "CloudCredential", plural: "cloudcredentials", spec: gcp_spec };
const SUBSCRIPTION: Kind =
    Kind { name: "EventSubscription", plural: "eventsubscriptions", spec: subscription_spec };
const NOTIFICATION: Kind =
    Kind { name: "NotificationPolicy", plural: "notificationpolicies", spec: notification_spec };

const ALL: [Kind; 12] = [
    ACCOUNT,
    ORGANIZATION,
    USER,
    MACHINE,
    GROUP_OF_USERS,
    POLICY,
    PUBLISHED_POLICY,
    AWS,
    AZURE,
    GCP,
    SUBSCRIPTION,
    NOTIFICATION,
];

fn account_spec() -> Value {
    json!({"organizationRef": {"name": "acme"}, "name": "payments-prod"})
}

fn organization_spec() -> Value {
    json!({
        "organizationId": "606079812345",
        "connection": {"tokenSecretRef": {"name": "spot-token", "key": "token"}},
    })
}

fn person_spec() -> Value {
    json!({"organizationRef": {"name": "acme"}, "human": {"email": "jo@example.com"}})
}

fn machine_spec() -> Value {
    json!({
        "organizationRef": {"name": "acme"},
        "programmatic": {"name": "ci", "writeTokenTo": {"name": "ci-token", "key": "token"}},
    })
}

fn group_spec() -> Value {
    json!({"organizationRef": {"name": "acme"}, "name": "developers"})
}

fn policy_spec() -> Value {
    json!({
        "organizationRef": {"name": "acme"},
        "name": "read-only",
        "statements": [{"effect": "Allow", "actions": ["ocean:describe*"], "resources": ["*"]}],
    })
}

fn published_policy_spec() -> Value {
    json!({
        "organizationRef": {"name": "acme"},
        "name": "read-only",
        "permissions": [{"serviceId": "ocean", "actions": ["describe"]}],
    })
}

fn aws_spec() -> Value {
    json!({"accountRef": {"name": "payments-prod"}, "aws": {}})
}

fn azure_spec() -> Value {
    json!({
        "accountRef": {"name": "payments-prod"},
        "azure": {
            "clientId": "1a2b3c4d-0000-4000-8000-1a2b3c4d5e6f",
            "tenantId": "1A2B3C4D-0000-4000-8000-1A2B3C4D5E6F",
            "subscriptionId": "00000000-0000-4000-8000-000000000000",
            "clientSecretRef": {"name": "azure", "key": "secret"},
        },
    })
}

fn gcp_spec() -> Value {
    json!({
        "accountRef": {"name": "payments-prod"},
        "gcp": {"serviceAccountKeyRef": {"name": "gcp", "key": "key.json"}},
    })
}

fn subscription_spec() -> Value {
    json!({
        "accountRef": {"name": "payments-prod"},
        "resourceId": "sig-1a2b3c4d",
        "protocol": "web",
        "endpoint": "https://example.com/spot",
        "eventType": "GROUP_UPDATED",
    })
}

fn notification_spec() -> Value {
    json!({
        "accountRef": {"name": "payments-prod"},
        "name": "incidents",
        "privacyLevel": "public",
        "computePolicyConfig": {
            "events": [{"event": "Scale up failed", "type": "ERROR"}], "includeAllResources": true,
        },
    })
}

fn manifest(kind: Kind, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/v1alpha1"),
        "kind": kind.name,
        "metadata": {"name": name},
        "spec": spec,
    })
}

/// The base with the changes of a JSON merge patch (RFC 7396), written as YAML.
fn changed(base: Value, changes: &str) -> Value {
    let changes: Value = serde_saphyr::from_str(changes).unwrap_or_else(|error| panic!("{changes}: {error}"));
    merged(base, &changes)
}

fn merged(base: Value, changes: &Value) -> Value {
    let Value::Object(changes) = changes else { return changes.clone() };
    let mut base = match base {
        Value::Object(base) => base,
        _ => serde_json::Map::new(),
    };
    for (name, change) in changes {
        let member = base.remove(name).unwrap_or_default();
        if !change.is_null() {
            base.insert(name.clone(), merged(member, change));
        }
    }
    Value::Object(base)
}

/// Asks as `kubectl create` and `kubectl replace` do: with unknown members refused. An answer in the negative is the
/// API server's message.
async fn ask(cluster: &Cluster, verb: &str, path: &str, object: &Value) -> Result<Value, String> {
    let request = http::Request::builder()
        .method(verb)
        .uri(format!("/apis/{path}?fieldValidation=Strict&fieldManager=orgkeeper-test"))
        .header(
            "Content-Type",
            if verb == "PATCH" { "application/merge-patch+json" } else { "application/json" },
        )
        .body(object.to_string().into_bytes())
        .unwrap();
    match cluster.client().request::<Value>(request).await {
        Ok(answer) => Ok(answer),
        Err(kube::Error::Api(status)) => Err(status.message),
        Err(error) => panic!("{error}, asking {verb} {path}"),
    }
}

fn path(namespace: &str, Kind { plural, .. }: Kind) -> String {
    format!("{GROUP}/v1alpha1/namespaces/{namespace}/{plural}")
}

async fn create(
    cluster: &Cluster,
    namespace: &str,
    kind: Kind,
    name: &str,
    spec: &Value,
) -> Result<Value, String> {
    ask(cluster, "POST", &path(namespace, kind), &manifest(kind, name, spec)).await
}

async fn change(
    cluster: &Cluster,
    namespace: &str,
    kind: Kind,
    name: &str,
    changes: &Value,
) -> Result<Value, String> {
    ask(cluster, "PATCH", &format!("{}/{name}", path(namespace, kind)), changes).await
}
