//! Event subscriptions.

use serde_json::Value;

use super::model::{Endpoint, Subscription};
use crate::vendors::spot::client::field::{Unreadable, id, present, text};

/// A subscription. By its resource, protocol, endpoint and event a create is found again, so one
/// that lacks any of them cannot show that such a one is absent.
pub fn subscription(item: &Value) -> Result<Subscription, Unreadable> {
    let need = |key: &str| text(item, key).ok_or_else(|| format!("a subscription without {key}"));
    Ok(Subscription {
        id: id(item, &["id", "subscriptionId"]).ok_or("a subscription without an id")?,
        resource_id: id(item, &["resourceId"]).ok_or("a subscription without resourceId")?,
        protocol: need("protocol")?,
        endpoint: Endpoint::from(need("endpoint")?),
        event_type: need("eventType")?,
        event_format: present(item, "eventFormat").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item() -> Value {
        json!({
            "id": "sis-1", "resourceId": "sig-1", "resourceName": "a", "protocol": "web",
            "endpoint": "https://hooks.example/canary", "eventType": "GROUP_UPDATED",
            "eventFormat": {"key": "%instance-id%"},
            "createdAt": "2017-06-04T16:32:58.000Z", "updatedAt": "2017-06-04T16:32:58.000+0000",
        })
    }

    #[test]
    fn subscriptions_are_read() {
        let full = Subscription {
            id: "sis-1".into(),
            resource_id: "sig-1".into(),
            protocol: "web".into(),
            endpoint: Endpoint::from("https://hooks.example/canary".to_owned()),
            event_type: "GROUP_UPDATED".into(),
            event_format: Some(json!({"key": "%instance-id%"})),
        };
        assert_eq!(subscription(&item()), Ok(full.clone()));
        assert!(!format!("{full:?}").contains("canary"), "an endpoint is not shown");
        let other = Subscription { endpoint: Endpoint::from("https://hooks.example/2".to_owned()), ..full };
        assert_ne!(subscription(&item()), Ok(other), "but compared");
        let mut bare = item();
        bare["eventFormat"] = json!(null);
        assert_eq!(subscription(&bare).expect("a subscription").event_format, None);
    }

    #[test]
    fn a_subscription_that_could_be_another_is_none() {
        for key in ["id", "resourceId", "protocol", "endpoint", "eventType"] {
            for value in [json!(null), json!(""), json!({})] {
                let mut item = item();
                item[key] = value;
                let why = subscription(&item).expect_err("a hole");
                assert!(!why.contains("canary"), "{why}");
            }
        }
    }
}
