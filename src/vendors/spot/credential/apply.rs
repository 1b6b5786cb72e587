//! External ids, and setting a credential: always as a whole, and tried first where the vendor does that.

use super::calls::CredentialCalls;
use super::live::{self, Observed};
use super::model::{self, AzureCredentials, NewAzureCredentials};
use super::wish::{Desired, Wish};
use crate::api::external_id::ExternalId;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::report::whole_seconds;
use crate::engine::provider::ability::Prepared;
use crate::engine::provider::inputs::Wait;
use crate::vendors::spot::contract::Capability;
use crate::vendors::spot::reasons;
use crate::vendors::spot::session::SpotSession;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use secrecy::{ExposeSecret as _, SecretString};

/// What comes before a credential is set for the first time: the role that it needs, or a trial.
pub(super) async fn prepare(
    session: &SpotSession,
    desired: &Desired,
    known: Option<&ExternalId>,
    now: Timestamp,
) -> Result<Prepared, VendorError> {
    not_overtaken(session, desired).await?;
    if !desired.awaits_role() {
        validate(session, desired).await?;
        return Ok(Prepared::Ready);
    }
    let valid = known.filter(|known| known.expires_at.as_ref().is_none_or(|at| at.0 > now));
    let external_id = match valid {
        Some(valid) => valid.clone(),
        None => external_id(session, desired.account(), now).await?,
    };
    let message = "The vendor takes on a role in AWS only if the role trusts the external id in status.externalId. Make \
                   the role, then set aws.iamRole to its ARN before the id expires.";
    let wait = Wait { reason: reasons::WAITING_FOR_ROLE, message: message.into(), stalled: false };
    Ok(Prepared::Awaited(external_id, wait))
}

/// Lists lag: somebody may have linked the account a moment ago. What another cloud, or nobody allowed, is in its
/// place is left alone, until a list shows it and it can be judged like any other.
async fn not_overtaken(session: &SpotSession, desired: &Desired) -> Result<(), VendorError> {
    if !session.supports(Capability::CredentialReads) {
        return Ok(());
    }
    let account = desired.account();
    let live =
        live::read(session, Observed::unlisted(account), Tick::default(), Some(desired.cloud())).await?;
    match live.cloud() {
        Some(cloud) if cloud != desired.cloud() || !desired.takes_over() => {
            let text = format!("account {account} has a credential for {cloud} that no list shows yet");
            Err(VendorError::without_effect(Failure::Unreadable, text))
        }
        Some(_) | None => Ok(()),
    }
}

/// The external id that there is; else a new one. Somebody may be making a role that trusts the former, and
/// another one would take its place.
async fn external_id(
    session: &SpotSession,
    account: &str,
    now: Timestamp,
) -> Result<ExternalId, VendorError> {
    let there_is = match CredentialCalls(&session.client).external_id(account).await {
        Ok(found) => found.filter(|found| found.expires.is_none_or(|at| at > now)),
        // Only one of the vendor's clients has this call: it may be refused though there is one.
        Err(error) if matches!(error.failure, Failure::Refused | Failure::NotFound | Failure::Unreadable) => {
            None
        }
        Err(error) => return Err(error),
    };
    let model::ExternalId { value, expires } = match there_is {
        Some(found) => found,
        None => CredentialCalls(&session.client).request_external_id(account).await?,
    };
    Ok(ExternalId { value, expires_at: expires.map(|at| Time(whole_seconds(at))) })
}

/// Has the vendor try the credential, where it does that: one that does not work must not take the place of
/// one that does. Where a limit came before it was set, it is not tried anew.
pub(super) async fn validate(session: &SpotSession, desired: &Desired) -> Result<(), VendorError> {
    if !session.supports(Capability::CredentialValidation) {
        return Ok(());
    }
    let account = desired.account();
    let trial = async {
        match desired.wish() {
            Wish::Aws(_) => Ok(()),
            Wish::Azure(azure) => CredentialCalls(&session.client).validate_azure(account, azure).await,
            Wish::Gcp(key) => CredentialCalls(&session.client).validate_gcp(account, key).await,
        }
    };
    session.tried.read(&called(desired), (Tick::default(), session.now()), trial).await
}

/// Sets the whole credential, in place of what is there.
pub(super) async fn set(session: &SpotSession, desired: &Desired) -> Result<(), VendorError> {
    let account = desired.account();
    let outcome = match desired.wish() {
        // Nothing is asked for.
        Wish::Aws(None) => Ok(()),
        Wish::Aws(Some(role)) => CredentialCalls(&session.client).set_aws(account, role).await,
        Wish::Azure(azure) if session.supports(Capability::AzureExpiration) => {
            CredentialCalls(&session.client).set_azure(account, azure).await
        }
        Wish::Azure(azure) => {
            let public = AzureCredentials { expiration: None, ..azure.public.clone() };
            let undated = NewAzureCredentials { public, client_secret: azure.client_secret.clone() };
            CredentialCalls(&session.client).set_azure(account, &undated).await
        }
        Wish::Gcp(key) => CredentialCalls(&session.client).set_gcp(account, key).await,
    };
    session.tried.ended(&called(desired), &outcome);
    outcome
}

/// What tells one credential from another.
fn called(desired: &Desired) -> String {
    let (public, secrets) = match desired.wish() {
        Wish::Aws(role) => (format!("{role:?}"), Vec::new()),
        Wish::Azure(azure) => (format!("{:?}", azure.public), vec![azure.client_secret.clone()]),
        Wish::Gcp(key) => (format!("{key:?}"), key.secrets()),
    };
    let secrets = secrets.iter().map(SecretString::expose_secret);
    digest([desired.account(), &*public].into_iter().chain(secrets))
}
