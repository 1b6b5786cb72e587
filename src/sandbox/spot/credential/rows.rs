//! Rows of cloud credentials, secrets masked (spot-wire §2.6).

use serde_json::{Value, json};

use crate::sandbox::spot::envelope::timestamp;
use crate::sandbox::spot::{AzureCredential, ExternalId, GcpCredential};

pub(super) fn aws_credential(account: &str, iam_role: &str) -> Value {
    json!({"iamRole": iam_role, "accountId": account})
}

pub(super) fn external_id(external_id: &ExternalId) -> Value {
    json!({"externalId": external_id.id, "maxValidUntil": timestamp(external_id.valid_until)})
}

/// With the secret masked.
pub(super) fn azure_credential(azure: &AzureCredential) -> Value {
    json!({
        "clientId": azure.client_id,
        "clientSecret": azure.client_secret.shown,
        "tenantId": azure.tenant_id,
        "subscriptionId": azure.subscription_id,
        "expirationDate": azure.expiration_date,
    })
}

/// With the key masked.
pub(super) fn gcp_credential(gcp: &GcpCredential) -> Value {
    let mut file = json!(gcp.members);
    file["private_key"] = json!(gcp.private_key.shown);
    json!({"serviceAccount": file})
}
