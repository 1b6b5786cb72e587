//! What people write.

use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{AccessPolicy, SpotAccount, SpotOrganization, SpotUser, SpotUserGroup};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::operator::vendors;
use serde_json::{Map, Value, json};

pub const ORGANIZATION: &str = "606079812345";
pub const TOKEN: &str = "token-of-acme";
pub const HOST: &str = "api.spotinst.io";
/// The namespace of the organization.
pub const HOME: &str = "platform";
/// Another one, whose labels the grant asks for.
pub const AWAY: &str = "payments";

pub fn organization_key(name: &str) -> ObjectRef {
    ObjectRef { kind: SpotOrganization::KIND, namespace: HOME.into(), name: name.into() }
}

pub fn account_key(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: SpotAccount::KIND, namespace: namespace.into(), name: name.into() }
}

pub fn user_key(name: &str) -> ObjectRef {
    ObjectRef { kind: SpotUser::KIND, namespace: HOME.into(), name: name.into() }
}

pub fn group_key(name: &str) -> ObjectRef {
    ObjectRef { kind: SpotUserGroup::KIND, namespace: HOME.into(), name: name.into() }
}

pub fn policy_key(name: &str) -> ObjectRef {
    ObjectRef { kind: AccessPolicy::KIND, namespace: HOME.into(), name: name.into() }
}

/// The kinds that refer to an organization.
fn referrers() -> Vec<&'static str> {
    let below = vendors::kinds().into_iter().filter(|kind| !kind.is_organization);
    below.map(|kind| kind.kind.name()).collect()
}

/// The organization `acme`, which admits the namespace [`AWAY`] besides its own.
pub fn organization() -> Value {
    let everywhere = json!([
        {"namespaces": {"from": "Same"}, "kinds": referrers()},
        {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}}, "kinds": referrers()},
    ]);
    json!({
        "organizationId": ORGANIZATION,
        "connection": {
            "tokenSecretRef": {"name": "spot-token", "key": "token"},
            "endpoint": format!("https://{HOST}"),
            "contract": "Auto",
            "requestsPerMinute": 300,
        },
        "allowed": everywhere,
        "resyncInterval": "5m",
        "managementPolicy": "Manage",
    })
}

/// An account of `acme`.
pub fn account(name: &str) -> Value {
    json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "name": name,
        "managementPolicy": "Manage",
        "driftPolicy": "Correct",
    })
}

/// A person of `acme`, with all that a create needs.
pub fn person(name: &str) -> Value {
    json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "human": {"email": format!("{name}@example.com"), "firstName": name, "lastName": "Doe", "role": "Viewer"},
    })
}

/// A machine user of `acme`, who may edit the account `account`, with its token in the Secret
/// `<name>-token`.
pub fn machine(name: &str, account: &str) -> Value {
    json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "programmatic": {"name": name, "writeTokenTo": {"name": format!("{name}-token"), "key": "token"}},
        "accounts": [{"accountRef": {"name": account}, "role": "Editor"}],
    })
}

/// A group of `acme`.
pub fn group(name: &str) -> Value {
    json!({"organizationRef": {"name": "acme", "namespace": HOME}, "name": name})
}

/// A policy of `acme` on accounts, which both contracts can say.
pub fn access_policy(name: &str) -> Value {
    json!({
        "organizationRef": {"name": "acme", "namespace": HOME},
        "name": name,
        "permissions": [{"serviceId": "ocean", "actions": ["describe", "create*"]}],
    })
}

/// `spec` with members replaced; a null takes one away.
pub fn with(mut spec: Value, changes: Value) -> Value {
    merge(&mut spec, changes);
    spec
}

fn merge(target: &mut Value, changes: Value) {
    match changes {
        Value::Object(changes) => {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            for (key, value) in changes {
                if value.is_null() {
                    target.as_object_mut().map(|object| object.remove(&key));
                } else {
                    merge(&mut target[key], value);
                }
            }
        }
        other => *target = other,
    }
}
