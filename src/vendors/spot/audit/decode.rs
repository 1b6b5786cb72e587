//! The audit log.

use serde_json::Value;

use super::model::{AuditContext, AuditEvent};
use crate::vendors::spot::client::field::{Unreadable, id, moment, text};
use crate::vendors::spot::client::reply::Reply;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_read_in_every_form() {
        let full = AuditEvent {
            created_at: "2020-09-01T00:00:00Z".parse().expect("a timestamp"),
            user: Some("jo@example.com".into()),
            action: Some("updateAccount".into()),
            namespace: Some("setup".into()),
            resource_type: Some("account".into()),
            resource_id: Some("act-1".into()),
            context: Some(AuditContext::from(r#"{"a":1}"#.to_owned())),
        };
        for (moment, context) in [
            (json!("2020-09-01T00:00:00.000Z"), json!(r#"{"a":1}"#)),
            (json!("2020-09-01T00:00:00.000+0000"), json!({"a": 1})),
            (json!(1_598_918_400_000_u64), json!({"a": 1})),
        ] {
            let item = json!({"createdAt": moment, "user": "jo@example.com", "actionType": "updateAccount",
                "namespace": "setup", "resourceType": "account", "resourceId": "act-1", "source": "console",
                "agent": "browser", "responseStatus": 200, "context": context});
            assert_eq!(audit_event(&item), Ok(full.clone()), "{item}");
        }
        let bare =
            audit_event(&json!({"createdAt": "2020-09-01T00:00:00Z", "resourceId": 7})).expect("an event");
        assert_eq!((bare.resource_id.as_deref(), bare.context), (Some("7"), None));
        assert!(!format!("{full:?}").contains("\"a\""), "a context is not shown");
        for item in [json!({}), json!({"createdAt": "today"}), json!("event"), json!(null)] {
            assert!(audit_event(&item).is_err(), "{item}");
        }
    }
}
