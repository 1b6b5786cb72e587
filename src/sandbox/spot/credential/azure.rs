//! An application in Azure, for one subscription or for a whole tenant.

use serde_json::Value;

use super::calls::{account, members, must_be_let_in, put, read};
use super::rows;
use crate::sandbox::core::Hidden;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::credential::state::CREDENTIALS;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{AzureCredential, CloudCredential};

const MEMBERS: &[&str] = &["clientId", "clientSecret", "tenantId", "subscriptionId", "expirationDate"];
const MEMBERS_OF_TENANT: &[&str] = &["clientId", "clientSecret", "tenantId", "expirationDate"];

pub(super) fn set(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    let credential = read_one(call)?;
    put(call, account, CloudCredential::Azure(credential))
}

/// The secret is masked (spot-wire §2.6).
pub(super) fn get(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    match &read(call, &account)?.credential {
        Some(CloudCredential::Azure(azure)) => {
            Ok(Success::items("spotinst:azure:credentials", vec![rows::azure_credential(azure)]))
        }
        _ => Err(Refusal::missing(CREDENTIALS, account)),
    }
}

/// Tries credentials and keeps nothing.
pub(super) fn validate(call: &mut Call<'_>) -> Result<Success, Refusal> {
    account(call)?;
    let credential = read_one(call)?;
    must_be_let_in(call, &credential.client_id)?;
    Ok(Success::Done)
}

/// A tenant's credentials are kept beside the account's own: they link no subscription, and no
/// call reads them.
pub(super) fn set_of_tenant(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    let credential = read_of_tenant(call)?;
    must_be_let_in(call, &credential.client_id)?;
    call.world.change_account(call.now, call.lag, &account, |details| {
        details.tenant_credential = Some(credential);
    });
    Ok(call.done_to(account))
}

/// Tries a tenant's credentials and keeps nothing.
pub(super) fn validate_of_tenant(call: &mut Call<'_>) -> Result<Success, Refusal> {
    account(call)?;
    let credential = read_of_tenant(call)?;
    must_be_let_in(call, &credential.client_id)?;
    Ok(Success::Done)
}

fn read_one(call: &Call<'_>) -> Result<AzureCredential, Refusal> {
    let object = members(call, MEMBERS)?;
    let subscription_id = object.required_text("subscriptionId")?;
    Ok(AzureCredential { subscription_id: Some(subscription_id), ..read_application(&object)? })
}

fn read_of_tenant(call: &Call<'_>) -> Result<AzureCredential, Refusal> {
    read_application(&members(call, MEMBERS_OF_TENANT)?)
}

/// The vendor's page asks for `expirationDate`, its clients leave it out (spot-wire §11).
fn read_application(object: &Object) -> Result<AzureCredential, Refusal> {
    Ok(AzureCredential {
        client_id: object.required_text("clientId")?,
        client_secret: Hidden::of(&object.required_text("clientSecret")?),
        tenant_id: object.required_text("tenantId")?,
        subscription_id: None,
        expiration_date: object.date_time("expirationDate")?.map(Value::from),
    })
}
