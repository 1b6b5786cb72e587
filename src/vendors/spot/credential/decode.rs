//! Cloud credentials (spot-wire §2.6). `None` is the vendor's own word that there are none: a member
//! that is null. A member that is missing says nothing.

use serde_json::Value;

use super::model::{AwsCredentials, AzureCredentials, ExternalId, GcpServiceAccount};
use crate::vendors::spot::client::field::{Unreadable, id, moment, text};

/// Of which account credentials are, where they tell.
pub fn credentials_account(item: &Value) -> Option<String> {
    id(item, &["accountId"])
}

/// The role of an AWS account.
pub fn aws_credentials(item: &Value) -> Result<Option<AwsCredentials>, Unreadable> {
    if is_null(item, "iamRole") {
        return Ok(None);
    }
    let iam_role = text(item, "iamRole").ok_or("credentials without iamRole")?;
    Ok(Some(AwsCredentials { iam_role }))
}

/// An external id.
pub fn external_id(item: &Value) -> Result<Option<ExternalId>, Unreadable> {
    if is_null(item, "externalId") {
        return Ok(None);
    }
    let value = text(item, "externalId").ok_or("no externalId")?;
    Ok(Some(ExternalId { value, expires: moment(item, "maxValidUntil") }))
}

/// The application of an Azure subscription. The secret is masked, and not read.
pub fn azure_credentials(item: &Value) -> Result<Option<AzureCredentials>, Unreadable> {
    if ["clientId", "tenantId", "subscriptionId"].iter().all(|key| is_null(item, key)) {
        return Ok(None);
    }
    let need = |key: &str| text(item, key).ok_or_else(|| format!("credentials without {key}"));
    Ok(Some(AzureCredentials {
        client_id: need("clientId")?,
        tenant_id: need("tenantId")?,
        subscription_id: need("subscriptionId")?,
        expiration: moment(item, "expirationDate"),
    }))
}

/// The service account of a GCP project. Its key is not read.
pub fn gcp_credentials(item: &Value) -> Result<Option<GcpServiceAccount>, Unreadable> {
    if is_null(item, "serviceAccount") {
        return Ok(None);
    }
    let account = item.get("serviceAccount").map(GcpServiceAccount::read).unwrap_or_default();
    account.member("client_email").ok_or("credentials without client_email")?;
    Ok(Some(account))
}

fn is_null(item: &Value, key: &str) -> bool {
    item.get(key).is_some_and(Value::is_null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aws_is_read() {
        let role = |role: &str| Ok(Some(AwsCredentials { iam_role: role.into() }));
        let table = [
            (
                json!({"iamRole": "arn:aws:iam::1:role/spot", "accountId": "act-1"}),
                role("arn:aws:iam::1:role/spot"),
            ),
            (json!({"iamRole": null}), Ok(None)),
        ];
        for (item, expected) in table {
            assert_eq!(aws_credentials(&item), expected, "{item}");
        }
        for item in [json!({}), json!({"iamRole": ""}), json!({"iamRole": 1}), json!(null)] {
            assert!(aws_credentials(&item).is_err(), "{item}");
        }
    }

    #[test]
    fn external_ids_are_read() {
        let expires = Some("2026-11-22T10:00:00Z".parse().expect("a timestamp"));
        let value = || "spotinst:aws:extid:1".to_owned();
        let table = [
            (
                json!({"externalId": value(), "maxValidUntil": "2026-11-22T10:00:00.000Z"}),
                Ok(Some(ExternalId { value: value(), expires })),
            ),
            (json!({"externalId": value()}), Ok(Some(ExternalId { value: value(), expires: None }))),
            (json!({"externalId": null}), Ok(None)),
        ];
        for (item, expected) in table {
            assert_eq!(external_id(&item), expected, "{item}");
        }
        assert!(external_id(&json!({})).is_err());
    }

    #[test]
    fn azure_is_read_without_its_secret() {
        let full = json!({"clientId": "c", "tenantId": "t", "subscriptionId": "s", "clientSecret": "abc****",
            "expirationDate": "2026-12-31T23:59:00.000Z"});
        let expected = AzureCredentials {
            client_id: "c".into(),
            tenant_id: "t".into(),
            subscription_id: "s".into(),
            expiration: Some("2026-12-31T23:59:00Z".parse().expect("a timestamp")),
        };
        assert_eq!(azure_credentials(&full), Ok(Some(expected)));
        let nothing = json!({"clientId": null, "tenantId": null, "subscriptionId": null});
        assert_eq!(azure_credentials(&nothing), Ok(None));
        for key in ["clientId", "tenantId", "subscriptionId"] {
            let mut item = full.clone();
            item[key] = json!(null);
            assert!(azure_credentials(&item).is_err(), "{item}");
        }
        assert!(azure_credentials(&json!({})).is_err());
    }

    #[test]
    fn gcp_is_read_without_its_key() {
        let account =
            json!({"type": "service_account", "client_email": "e", "private_key": "canary", "other": "o"});
        let read =
            gcp_credentials(&json!({ "serviceAccount": account })).expect("readable").expect("credentials");
        assert_eq!(read.members().collect::<Vec<_>>(), [("client_email", "e"), ("type", "service_account")]);
        assert_eq!(gcp_credentials(&json!({"serviceAccount": null})), Ok(None));
        for item in [json!({}), json!({"serviceAccount": {}}), json!({"serviceAccount": "e"}), account] {
            assert!(gcp_credentials(&item).is_err(), "{item}");
        }
    }
}
