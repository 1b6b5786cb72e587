//! A role in AWS, and the external id that it asks for.

use super::calls::{account, put, read};
use super::rows;
use crate::sandbox::spot::CloudCredential;
use crate::sandbox::spot::account::state::ACCOUNT;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::credential::state::CREDENTIALS;
use crate::sandbox::spot::credential::state::EXTERNAL_ID;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;

const EXTERNAL_ID_KIND: &str = "spotinst:setup:aws:externalId";

pub(super) fn set(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    let object = Object::wrapped(call.contract, call.body, "credentials", &["iamRole", "externalId"])?;
    let iam_role = object.required_text("iamRole")?;
    if !is_role(&iam_role) {
        return Err(object.invalid("iamRole", "must be the ARN of a role"));
    }
    let given = match call.contract {
        Contract::Production => object.some_text("externalId")?,
        Contract::Published => None,
    };
    let requested = call.world.account(&account).and_then(|(_, details)| details.external_id.as_ref());
    if let Some(external_id) = requested {
        if given.is_some_and(|given| given != external_id.id) {
            return Err(object.invalid("externalId", "is not the one that was requested"));
        }
        if !external_id.used && !external_id.is_valid(call.now) {
            let message = format!("Account: the external id of '{account}' has expired");
            return Err(Refusal::conflict("CANT_SET_CREDENTIALS", message));
        }
    }
    put(call, account, CloudCredential::Aws { iam_role })
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    match &read(call, &account)?.credential {
        Some(CloudCredential::Aws { iam_role }) => {
            let row = rows::aws_credential(&account, iam_role);
            Ok(Success::items("spotinst:setup:aws:credentials", vec![row]))
        }
        _ => Err(Refusal::missing(CREDENTIALS, account)),
    }
}

/// A POST without a body. Each makes a new one, and the one before is good for nothing.
pub(super) fn request_external_id(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let account = account(call)?;
    let made = call.world.request_external_id(call.now, call.lag, &account);
    let made = made.ok_or_else(|| Refusal::missing(ACCOUNT, account.as_str()))?;
    call.subjects.push(account);
    Ok(Success::items(EXTERNAL_ID_KIND, vec![rows::external_id(&made)]))
}

pub(super) fn get_external_id(call: &Call<'_>) -> Result<Success, Refusal> {
    let account = call.account(call.parameter("accountId"))?.id.clone();
    let valid = read(call, &account)?.external_id.as_ref().filter(|id| id.is_valid(call.now));
    let external_id = valid.ok_or_else(|| Refusal::missing(EXTERNAL_ID, account))?;
    Ok(Success::items(EXTERNAL_ID_KIND, vec![rows::external_id(external_id)]))
}

/// `arn:aws:iam::123456789012:role/spot`, in any of the cloud's partitions.
fn is_role(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.chars().all(|char| char.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
}
