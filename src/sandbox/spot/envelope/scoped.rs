//! Rows of what belongs to one account: credentials, subscriptions, health checks (spot-wire
//! §2.6–§2.8).

use serde_json::{Value, json};

use super::time::timestamp;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::state::{
    AzureCredential, ExternalId, GcpCredential, HealthCheck, HealthCheckDetails, Subscription,
    SubscriptionDetails, World,
};

pub(in crate::sandbox::spot) fn aws_credential(account: &str, iam_role: &str) -> Value {
    json!({"iamRole": iam_role, "accountId": account})
}

pub(in crate::sandbox::spot) fn external_id(external_id: &ExternalId) -> Value {
    json!({"externalId": external_id.id, "maxValidUntil": timestamp(external_id.valid_until)})
}

/// With the secret masked.
pub(in crate::sandbox::spot) fn azure_credential(azure: &AzureCredential) -> Value {
    json!({
        "clientId": azure.client_id,
        "clientSecret": azure.client_secret.shown,
        "tenantId": azure.tenant_id,
        "subscriptionId": azure.subscription_id,
        "expirationDate": azure.expiration_date,
    })
}

/// With the key masked.
pub(in crate::sandbox::spot) fn gcp_credential(gcp: &GcpCredential) -> Value {
    let mut file = json!(gcp.members);
    file["private_key"] = json!(gcp.private_key.shown);
    json!({"serviceAccount": file})
}

/// In the document's words only what the document has.
pub(in crate::sandbox::spot) fn subscription(
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

pub(in crate::sandbox::spot) fn health_check(check: &HealthCheck, details: &HealthCheckDetails) -> Value {
    json!({
        "id": check.id,
        "resourceId": details.resource_id,
        "name": details.name,
        "proxyAddress": details.proxy_address,
        "proxyPort": details.proxy_port,
        "check": details.check,
    })
}
