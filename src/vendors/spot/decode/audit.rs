//! The audit log.

use serde_json::Value;

use super::field::{id, moment, text};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{AuditContext, AuditEvent};
use crate::vendors::spot::reply::Reply;

/// An event. Without its time it can be put in no order, and tells nothing.
pub fn audit_event(item: &Value) -> Result<AuditEvent, Unreadable> {
    let context = item.get("context").filter(|context| !context.is_null());
    Ok(AuditEvent {
        created_at: moment(item, "createdAt").ok_or("an event without a time")?,
        user: text(item, "user"),
        action: text(item, "actionType"),
        namespace: text(item, "namespace"),
        resource_type: text(item, "resourceType"),
        resource_id: id(item, &["resourceId"]),
        source: text(item, "source"),
        agent: text(item, "agent"),
        // JSON in a string; an object is as good.
        context: context
            .map(|context| context.as_str().map_or_else(|| context.to_string(), str::to_owned))
            .map(AuditContext::from),
    })
}

/// The events of an answer that has no declared form: the envelope's items, or a bare list.
pub fn audit_items(reply: &Reply) -> Option<&[Value]> {
    let bare = || {
        let body = reply.json().ok()?;
        body.get("items").unwrap_or(body).as_array().map(Vec::as_slice)
    };
    reply.items().or_else(bare)
}
