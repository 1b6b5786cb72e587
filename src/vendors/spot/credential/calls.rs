//! Cloud credentials (spot-wire §2.6, spot-published). Each call names its account, and no call takes
//! credentials away. In Published, ask first whether somebody has vouched that the server heeds the
//! account (spot-published note 2).
//!
//! A read is `None` where the vendor says that there are none. That there is no such account is an
//! error with the code `Account_DOESNT_EXIST`. Reads, validations and external ids are
//! `NotSupported`, without being sent, where the contract lacks them.

use secrecy::SecretString;
use serde_json::Value;

use super::model::{
    AwsCredentials, AzureCredentials, ExternalId, GcpKey, GcpServiceAccount, NewAzureCredentials,
};
use super::{decode, requests};
use crate::engine::base::error::{Failure, VendorError};
use crate::vendors::spot::client::SpotClient;
use crate::vendors::spot::client::failure::unreadable;
use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::request::Request;

/// The calls about cloud credentials.
#[derive(Clone, Copy, Debug)]
pub struct CredentialCalls<'a>(pub &'a SpotClient);

impl CredentialCalls<'_> {
    /// The role by which the vendor comes into an AWS account.
    pub async fn get_aws(self, account: &str) -> Result<Option<AwsCredentials>, VendorError> {
        let request = self.0.contract().credential_reads()?.aws(account)?;
        self.credentials(account, &request, decode::aws_credentials).await
    }

    /// Sets it, in place of the one there.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been set all the same. A role that was made a moment ago
    /// may be refused (spot-wire §1, consistency delay).
    pub async fn set_aws(self, account: &str, iam_role: &str) -> Result<(), VendorError> {
        self.0.write(&requests::set_aws(account, iam_role)?, &[]).await.map(drop)
    }

    /// Has an external id made, for the trust policy of the role that is to be set.
    pub async fn request_external_id(self, account: &str) -> Result<ExternalId, VendorError> {
        let request = self.0.contract().external_ids()?.request(account)?;
        let reply = self.0.write(&request, &[]).await?;
        let found = match reply.items() {
            Some([item]) => decode::external_id(item),
            _ => Err("not exactly one external id".to_owned()),
        };
        let found = found.and_then(|found| found.ok_or_else(|| "no external id".to_owned()));
        found.map_err(|why| unreadable(&request, &why))
    }

    /// The external id that there is. Only one of the vendor's clients has this call: an error need
    /// not mean that there is none.
    pub async fn external_id(self, account: &str) -> Result<Option<ExternalId>, VendorError> {
        self.credentials(account, &self.0.contract().external_ids()?.get(account)?, decode::external_id).await
    }

    /// The application by which the vendor comes into an Azure subscription, without its secret.
    pub async fn get_azure(self, account: &str) -> Result<Option<AzureCredentials>, VendorError> {
        let request = self.0.contract().credential_reads()?.azure(account)?;
        self.credentials(account, &request, decode::azure_credentials).await
    }

    /// Sets it, in place of the one there.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been set all the same. `NotSupported`, without being
    /// sent, for an expiration without
    /// [`Capability::AzureExpiration`](crate::vendors::spot::contract::Capability::AzureExpiration).
    pub async fn set_azure(self, account: &str, azure: &NewAzureCredentials) -> Result<(), VendorError> {
        self.0.write(&self.0.contract().set_azure(account, azure)?, &[&azure.client_secret]).await.map(drop)
    }

    /// Has the vendor try it, without setting it.
    ///
    /// # Errors
    /// Always `without_effect`: nothing was set. `Refused` where it does not let the vendor in.
    pub async fn validate_azure(self, account: &str, azure: &NewAzureCredentials) -> Result<(), VendorError> {
        let request = self.0.contract().credential_validation()?.azure(account, azure)?;
        self.try_out(&request, &[&azure.client_secret]).await
    }

    /// The service account by which the vendor comes into a GCP project, without its key.
    pub async fn get_gcp(self, account: &str) -> Result<Option<GcpServiceAccount>, VendorError> {
        let request = self.0.contract().credential_reads()?.gcp(account)?;
        self.credentials(account, &request, decode::gcp_credentials).await
    }

    /// Sets it, in place of the one there.
    ///
    /// # Errors
    /// Unless `without_effect`, it may have been set all the same.
    pub async fn set_gcp(self, account: &str, key: &GcpKey) -> Result<(), VendorError> {
        let secrets = key.secrets();
        let secrets: Vec<&SecretString> = secrets.iter().collect();
        self.0.write(&self.0.contract().set_gcp(account, key)?, &secrets).await.map(drop)
    }

    /// Has the vendor try it, without setting it.
    ///
    /// # Errors
    /// Always `without_effect`: nothing was set. `Refused` where it does not let the vendor in.
    pub async fn validate_gcp(self, account: &str, key: &GcpKey) -> Result<(), VendorError> {
        let secrets = key.secrets();
        let secrets: Vec<&SecretString> = secrets.iter().collect();
        self.try_out(&self.0.contract().credential_validation()?.gcp(account, key)?, &secrets).await
    }

    async fn credentials<T>(
        self,
        account: &str,
        request: &Request,
        read: impl Fn(&Value) -> Result<Option<T>, Unreadable>,
    ) -> Result<Option<T>, VendorError> {
        let read = |item: &Value| Ok((decode::credentials_account(item), read(item)?));
        let is_asked_for = |(of, _): &(Option<String>, _)| of.as_deref().is_none_or(|of| of == account);
        match self.0.one(request, "account", read, is_asked_for).await {
            Ok((_, found)) => Ok(found),
            Err(error) if error.failure == Failure::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A call that sets nothing, whatever becomes of it.
    async fn try_out(self, request: &Request, sent: &[&SecretString]) -> Result<(), VendorError> {
        let result = self.0.write(request, sent).await.map(drop);
        result.map_err(|error| VendorError { without_effect: true, ..error })
    }
}
