//! What people write of Atoll.

use super::api::{HOOK, MEMBER, POLICY, QUOTA, TENANT};
use crate::support::manifests::{HOME, with};
use orgkeeper::api::kind::KindRef;
use orgkeeper::engine::base::ports::ObjectRef;
use serde_json::{Value, json};

fn key(kind: KindRef, name: &str) -> ObjectRef {
    ObjectRef { kind, namespace: HOME.into(), name: name.into() }
}

pub fn tenant(name: &str) -> ObjectRef {
    key(TENANT, name)
}

pub fn policy(name: &str) -> ObjectRef {
    key(POLICY, name)
}

pub fn member(name: &str) -> ObjectRef {
    key(MEMBER, name)
}

pub fn quota(name: &str) -> ObjectRef {
    key(QUOTA, name)
}

pub fn hook(name: &str) -> ObjectRef {
    key(HOOK, name)
}

/// A tenant that exists.
pub fn tenant_spec(id: &str) -> Value {
    let secret = json!({"name": "atoll", "key": "secret"});
    let connection =
        json!({"endpoint": "https://atoll.example", "clientId": "orgkeeper", "secretRef": secret});
    json!({"organizationId": id, "connection": connection})
}

/// One that is to be made.
pub fn to_make(name: &str) -> Value {
    with(tenant_spec(""), json!({"organizationId": null, "create": {"name": name}}))
}

pub fn policy_spec(rules: &[&str]) -> Value {
    json!({"organizationRef": {"name": "acme"}, "name": "readers", "rules": rules})
}

/// Whoever has this name at example.com.
pub fn member_spec(name: &str) -> Value {
    let email = format!("{name}@example.com");
    json!({"organizationRef": {"name": "acme"}, "email": email, "role": "reader"})
}

/// One that is made, whatever there is of the name.
pub fn hook_spec(name: &str, url: &str) -> Value {
    let adopt = json!({"policy": "Never"});
    json!({"organizationRef": {"name": "acme"}, "name": name, "url": url, "adopt": adopt, "deletionPolicy": "Delete"})
}

pub fn quota_spec(name: &str, limit: u32) -> Value {
    json!({"organizationRef": {"name": "acme"}, "name": name, "limit": limit})
}
