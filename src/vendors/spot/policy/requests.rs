//! Access policies, as they are sent (spot-wire §2.5, spot-published).

use http::Method;
use serde_json::{Map, Value, json};

use super::model::{Permission, PolicyEffect, Statement};
use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::request::{Request, Subject, segment};

/// The policy whose id is in the path.
pub const SUBJECT: Subject = Subject::called(&["POLICY", "ACCESSPOLICY", "ORGANIZATIONPOLICY"]);

/// The route of new policies.
pub const POLICIES: &str = "/setup/access/policy";
const POLICY: &str = "/setup/access/policy/{policyId}";

/// A new policy.
pub fn create(policy: &Map<String, Value>) -> Request {
    Request::write(Method::POST, POLICIES, POLICIES.to_owned(), Subject::NOTHING)
        .with_body(json!({ "policy": policy }))
}

/// A change of a policy.
pub fn update(id: &str, policy: &Map<String, Value>) -> Result<Request, VendorError> {
    Ok(Request::write(Method::PUT, POLICY, path(id)?, SUBJECT).with_body(json!({ "policy": policy })))
}

/// The end of a policy.
pub fn delete(id: &str) -> Result<Request, VendorError> {
    Ok(Request::write(Method::DELETE, POLICY, path(id)?, SUBJECT))
}

/// Name and description. A description that is not there is not sent.
pub fn heading(name: Option<&str>, description: Option<&str>) -> Map<String, Value> {
    let members = [("name", name), ("description", description)];
    members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect()
}

/// Production's form of what a policy says.
pub fn statements(statements: &[Statement]) -> Value {
    let sent: Vec<Value> = statements.iter().map(statement).collect();
    json!({ "statements": sent })
}

fn statement(statement: &Statement) -> Value {
    let effect = match statement.effect {
        PolicyEffect::Allow => "ALLOW",
        PolicyEffect::Deny => "DENY",
    };
    let mut sent = json!({"effect": effect, "actions": statement.actions, "resources": statement.resources});
    if let Some(condition) = &statement.condition {
        sent["condition"] = condition.clone();
    }
    sent
}

/// Published's form of what a policy says.
pub fn permissions(permissions: &[Permission]) -> Value {
    permissions.iter().map(|one| json!({"serviceId": one.service_id, "actions": one.actions})).collect()
}

fn path(id: &str) -> Result<String, VendorError> {
    Ok(format!("{POLICIES}/{}", segment(id)?))
}
