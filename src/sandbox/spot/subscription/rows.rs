//! Rows of event subscriptions, in both contracts (spot-wire §2.7).

use serde_json::{Value, json};

use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::timestamp;
use crate::sandbox::spot::{Subscription, SubscriptionDetails, World};

/// In the document's words only what the document has.
pub(super) fn subscription(
    contract: Contract,
    world: &World,
    subscription: &Subscription,
    details: &SubscriptionDetails,
) -> Value {
    let mut row = json!({
        "id": subscription.id,
        "resourceId": details.resource_id,
        "protocol": details.protocol,
        "endpoint": details.endpoint,
        "eventType": details.event_type,
    });
    if contract == Contract::Production {
        let resource = world.resource(&details.resource_id);
        row["resourceName"] = json!(resource.map_or(&details.resource_id, |resource| &resource.name));
        row["eventFormat"] = json!(details.event_format);
        row["createdAt"] = json!(timestamp(subscription.created_at));
        row["updatedAt"] = json!(timestamp(details.updated_at));
    }
    row
}
