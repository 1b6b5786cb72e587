//! Accounts (spot-wire §2.2).

use super::rows;
use crate::sandbox::spot::account::state::ACCOUNT;
use crate::sandbox::spot::call::Call;
use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::Success;
use crate::sandbox::spot::input::Object;
use crate::sandbox::spot::refusal::Refusal;
use crate::sandbox::spot::{AccountDetails, AccountKept};

const KIND: &str = "spotinst:setup:account";
const WRAPPER: &str = "account";
const CHANNELS: &str = "slackNotificationChannels";

/// Not idempotent: the same name again makes another account.
pub(super) fn create(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let object = Object::wrapped(call.contract, call.body, WRAPPER, &["name"])?;
    let name = object.required_name()?;
    let id = call.world.create_account(call.now, call.lag, call.organization, &name);
    let created = call.world.account(&id).map(|(account, details)| rows::created(account, details));
    let items = created.into_iter().collect();
    call.subjects.push(id);
    Ok(Success::items(KIND, items))
}

/// The cloud account that a list asks for. Without one it needs an organization administrator.
pub(super) fn cloud_account<'a>(call: &'a Call<'_>) -> Option<&'a str> {
    call.query("cloudAccountId").or_else(|| call.query("awsAccountId"))
}

/// All of the organization's accounts, or those linked to one cloud account.
pub(super) fn list(call: &Call<'_>) -> Success {
    let cloud_account = cloud_account(call);
    let items = call
        .world
        .accounts
        .seen_of(call.list_sight(), call.organization)
        .into_iter()
        .filter(|(_, details)| {
            cloud_account.is_none() || details.provider_external_id.as_deref() == cloud_account
        })
        .map(|(account, details)| rows::listed(call.contract, account, details))
        .collect();
    Success::items(KIND, items)
}

/// Its reply is not documented: it has a list's row.
pub(super) fn get(call: &Call<'_>) -> Result<Success, Refusal> {
    let id = call.parameter("accountId");
    let (account, details) = call
        .world
        .accounts
        .seen(call.read_sight(), id)
        .filter(|(account, _)| account.organization == call.organization)
        .ok_or_else(|| Refusal::missing(ACCOUNT, id))?;
    let row = rows::listed(call.contract, account, details);
    Ok(Success::items(KIND, vec![row]))
}

/// Merges the members that are sent. The Slack channels are Production's alone.
pub(super) fn update(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.account(call.parameter("accountId"))?.id.clone();
    let object = Object::wrapped(call.contract, call.body, WRAPPER, &["name", CHANNELS])?;
    let name = object.name()?;
    let channels = match call.contract {
        Contract::Production => object.addresses(CHANNELS)?,
        Contract::Published => None,
    };
    let change = |details: &mut AccountDetails| {
        if let Some(name) = name {
            details.name = name;
        }
        if let Some(channels) = channels {
            details.slack_notification_channels = channels;
        }
    };
    call.world.change_account(call.now, call.lag, &id, change);
    Ok(call.done_to(id))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Success, Refusal> {
    let id = call.account(call.parameter("accountId"))?.id.clone();
    match call.world.delete_account(call.now, call.lag, &id) {
        Ok(()) => Ok(call.done_to(id)),
        Err(AccountKept::Missing) => Err(Refusal::missing(ACCOUNT, id)),
        Err(AccountKept::Default) => {
            let message =
                format!("Account: '{id}' is the default account and cannot be deleted. Contact Support");
            Err(Refusal::conflict("CANT_DELETE_ACCOUNT", message))
        }
    }
}
