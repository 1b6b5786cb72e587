//! Cloud credentials in the console, and the clouds that turn some away.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::control::{Outcome, found, read, wrong};
use crate::sandbox::core::{Hidden, Request};
use crate::sandbox::spot::control::read_action;
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{AccountDetails, AzureCredential, CloudCredential, GcpCredential};

/// Exactly one cloud.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum NewCredential {
    Aws(Aws),
    Azure(Azure),
    Gcp(Gcp),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Aws {
    iam_role: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Azure {
    client_id: String,
    client_secret: String,
    tenant_id: String,
    subscription_id: String,
    expiration_date: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Gcp {
    service_account: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    identity: String,
}

impl From<NewCredential> for CloudCredential {
    fn from(new: NewCredential) -> Self {
        match new {
            NewCredential::Aws(Aws { iam_role }) => Self::Aws { iam_role },
            NewCredential::Azure(azure) => Self::Azure(AzureCredential {
                client_id: azure.client_id,
                client_secret: Hidden::of(&azure.client_secret),
                tenant_id: azure.tenant_id,
                subscription_id: Some(azure.subscription_id),
                expiration_date: azure.expiration_date,
            }),
            NewCredential::Gcp(Gcp { service_account: mut members }) => {
                let private_key = Hidden::of(&members.remove("private_key").unwrap_or_default());
                Self::Gcp(GcpCredential { members, private_key })
            }
        }
    }
}

/// Another cloud than before is no obstacle to a person.
pub(super) fn set(sandbox: &mut Sandbox, now: Timestamp, account: &str, request: &Request) -> Outcome {
    let (mut console, new) = read_action::<NewCredential>(request)?.begin(sandbox, now);
    found(console.set_credential(account, new.into()), "account")
}

/// From now on a cloud turns somebody away.
pub(super) fn reject(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let Identity { identity } = read(request)?;
    if identity.is_empty() {
        return Err(wrong("identity must not be empty"));
    }
    sandbox.world_mut().reject_credentials(&identity);
    Ok(json!({}))
}

/// From now on it lets them in again.
pub(super) fn accept(sandbox: &mut Sandbox, request: &Request) -> Outcome {
    let Identity { identity } = read(request)?;
    found(sandbox.world_mut().accept_credentials(&identity), "rejected identity")
}

pub(super) fn rejected(sandbox: &Sandbox) -> Value {
    json!({"rejected": sandbox.world().rejections.all().collect::<Vec<_>>()})
}

fn azure_row(azure: &AzureCredential) -> Value {
    json!({
        "clientId": azure.client_id,
        "clientSecret": format!("sha256:{}", azure.client_secret.digest),
        "tenantId": azure.tenant_id,
        "subscriptionId": azure.subscription_id,
        "expirationDate": azure.expiration_date,
    })
}

/// Of secrets only the digests.
pub(super) fn row(account: &str, details: &AccountDetails) -> Option<Value> {
    let (external_id, tenant) = (&details.external_id, &details.tenant_credential);
    if details.credential.is_none() && external_id.is_none() && tenant.is_none() {
        return None;
    }
    let mut row = json!({"accountId": account});
    match &details.credential {
        None => {}
        Some(CloudCredential::Aws { iam_role }) => row["aws"] = json!({"iamRole": iam_role}),
        Some(CloudCredential::Azure(azure)) => row["azure"] = azure_row(azure),
        Some(CloudCredential::Gcp(gcp)) => {
            let mut file = json!(gcp.members);
            file["private_key"] = json!(format!("sha256:{}", gcp.private_key.digest));
            row["gcp"] = json!({"serviceAccount": file});
        }
    }
    if let Some(external_id) = external_id {
        row["externalId"] = json!({
            "externalId": external_id.id,
            "validUntil": external_id.valid_until,
            "used": external_id.used,
        });
    }
    if let Some(azure) = tenant {
        row["azureTenant"] = azure_row(azure);
    }
    Some(row)
}
