//! The vendor's audit log: who did what.

pub mod calls;
pub(super) mod decode;
pub mod model;

use model::AuditEvent;
use serde_json::Value;
use std::collections::BTreeSet;

/// What was done, in the vendor's words.
pub fn action(event: &AuditEvent) -> String {
    let words = [&event.namespace, &event.resource_type, &event.action];
    words.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The ids that an event names: of its resource, and in its context, where a mapping's user stands.
pub fn named(event: &AuditEvent) -> BTreeSet<String> {
    fn strings(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if is_id(text) => {
                found.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
            Value::Object(members) => members.values().for_each(|member| strings(member, found)),
            _ => {}
        }
    }
    let mut ids: BTreeSet<String> = event.resource_id.iter().cloned().collect();
    let context = event.context.as_ref().and_then(|context| serde_json::from_str(context.expose()).ok());
    if let Some(context) = context {
        strings(&context, &mut ids);
    }
    ids
}

/// The ids of users, groups, accounts, policies and subscriptions have these forms (spot-wire §1).
fn is_id(text: &str) -> bool {
    let rest =
        ["u-", "pu-", "ugr-", "act-", "pol-", "sis-"].iter().find_map(|prefix| text.strip_prefix(prefix));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}
