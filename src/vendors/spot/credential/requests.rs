//! Cloud credentials, as they are asked for and set (spot-wire §2.6, spot-published). Each call names
//! its account.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::model::{GcpKey, NewAzureCredentials};
use crate::engine::base::error::VendorError;
use crate::vendors::spot::client::request::{Request, Subject, date_time, of_account, segment};

/// The credentials of the account in the query. That there is no such account is another matter. The name of GCP's is
/// known (spot-wire §2.6).
pub const SUBJECT: Subject = Subject::called(&[
    "SERVICEACCOUNT",
    "CREDENTIALS",
    "AWSCREDENTIALS",
    "AZURECREDENTIALS",
    "GCPCREDENTIALS",
]);
/// The external id of the account in the path. That there is no such account is another matter.
pub const EXTERNAL_ID_SUBJECT: Subject = Subject::called(&["EXTERNALID", "AWSEXTERNALID"]);

/// The route of AWS, in both contracts.
const AWS: &str = "/setup/credentials/aws";
const EXTERNAL_ID: &str = "/setup/credentials/aws/externalId";
/// The routes of the live service.
const AZURE: &str = "/azure/setup/credentials";
const GCP: &str = "/gcp/setup/credentials";

/// Lets the vendor into an AWS account.
pub fn set_aws(account: &str, iam_role: &str) -> Result<Request, VendorError> {
    set(AWS, account, json!({"credentials": {"iamRole": iam_role}}))
}

/// Lets the vendor into an Azure subscription, as the live service has it: without a wrapper.
pub fn set_azure(account: &str, azure: &NewAzureCredentials) -> Result<Request, VendorError> {
    set(AZURE, account, dated(azure))
}

/// Lets the vendor into a GCP project, as the live service has it.
pub fn set_gcp(account: &str, key: &GcpKey) -> Result<Request, VendorError> {
    set(GCP, account, json!({ "serviceAccount": service_account(key) }))
}

/// Sets something for an account. "Does not exist" could be about many things here.
pub fn set(route: &'static str, account: &str, body: Value) -> Result<Request, VendorError> {
    let path = of_account(route, account)?;
    Ok(Request::write(Method::POST, route, path, Subject::NOTHING).with_body(body))
}

/// What both contracts have of Azure.
pub fn azure(azure: &NewAzureCredentials) -> Map<String, Value> {
    let public = &azure.public;
    let members = [
        ("clientId", json!(public.client_id)),
        ("clientSecret", json!(azure.client_secret.expose_secret())),
        ("tenantId", json!(public.tenant_id)),
        ("subscriptionId", json!(public.subscription_id)),
    ];
    members.map(|(key, value)| (key.to_owned(), value)).into_iter().collect()
}

fn dated(credentials: &NewAzureCredentials) -> Value {
    let mut body = azure(credentials);
    if let Some(expiration) = credentials.public.expiration {
        body.insert("expirationDate".to_owned(), json!(date_time(expiration)));
    }
    Value::Object(body)
}

/// The documented members of a key file: the vendor refuses others (spot-wire §1).
pub fn service_account(key: &GcpKey) -> Value {
    let public = key.account().members().map(|(name, value)| (name.to_owned(), json!(value)));
    let secret = ("private_key".to_owned(), json!(key.private_key().expose_secret()));
    Value::Object(public.chain([secret]).collect())
}

/// What can be read of credentials. Production only.
#[derive(Clone, Copy, Debug)]
pub struct CredentialReads;

impl CredentialReads {
    /// Those of AWS.
    pub fn aws(self, account: &str) -> Result<Request, VendorError> {
        read(AWS, account)
    }

    /// Those of Azure.
    pub fn azure(self, account: &str) -> Result<Request, VendorError> {
        read(AZURE, account)
    }

    /// Those of GCP.
    pub fn gcp(self, account: &str) -> Result<Request, VendorError> {
        read(GCP, account)
    }
}

fn read(route: &'static str, account: &str) -> Result<Request, VendorError> {
    Ok(Request::read(route, of_account(route, account)?, SUBJECT))
}

/// Credentials that are tried and not set. Production only.
#[derive(Clone, Copy, Debug)]
pub struct CredentialValidation;

impl CredentialValidation {
    /// Those of Azure.
    pub fn azure(self, account: &str, azure: &NewAzureCredentials) -> Result<Request, VendorError> {
        validate("/azure/setup/credentials/validation", account, dated(azure))
    }

    /// Those of GCP.
    pub fn gcp(self, account: &str, key: &GcpKey) -> Result<Request, VendorError> {
        let body = json!({ "serviceAccount": service_account(key) });
        validate("/gcp/setup/credentials/validation", account, body)
    }
}

fn validate(route: &'static str, account: &str, body: Value) -> Result<Request, VendorError> {
    let path = of_account(route, account)?;
    Ok(Request::try_out(route, path, Subject::NOTHING).with_body(body))
}

/// What the role of an AWS account must ask for. Production only.
#[derive(Clone, Copy, Debug)]
pub struct ExternalIds;

impl ExternalIds {
    /// A new one.
    pub fn request(self, account: &str) -> Result<Request, VendorError> {
        let path = of_account(EXTERNAL_ID, account)?;
        Ok(Request::write(Method::POST, EXTERNAL_ID, path, Subject::NOTHING))
    }

    /// The one there is. Only one of the vendor's clients has this call.
    pub fn get(self, account: &str) -> Result<Request, VendorError> {
        let path = format!("{EXTERNAL_ID}/{}", segment(account)?);
        Ok(Request::read("/setup/credentials/aws/externalId/{accountId}", path, EXTERNAL_ID_SUBJECT))
    }
}
