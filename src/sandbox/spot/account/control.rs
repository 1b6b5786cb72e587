//! Accounts in the console.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::core::Request;
use crate::sandbox::core::control::{Outcome, conflict, found, missing};
use crate::sandbox::spot::control::{Action, Nothing, meant, read_action};
use crate::sandbox::spot::ids::OrganizationId;
use crate::sandbox::spot::target::Sandbox;
use crate::sandbox::spot::{Account, AccountDetails, AccountKept};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewAccount {
    name: String,
    organization_id: Option<OrganizationId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    cloud_provider: Option<String>,
    provider_external_id: Option<String>,
}

pub(super) fn create(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let action: Action<NewAccount> = read_action(request)?;
    let organization = meant(sandbox, action.what.organization_id)?.id;
    let (mut console, NewAccount { name, .. }) = action.begin(sandbox, now);
    let id = console.create_account(organization, &name);
    Ok(json!({"accountId": id, "name": name, "organizationId": organization}))
}

pub(super) fn change(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, change) = read_action::<AccountChange>(request)?.begin(sandbox, now);
    let changed = console.change_account(id, |details| {
        if let Some(name) = change.name {
            details.name = name;
        }
        if change.cloud_provider.is_some() {
            details.cloud_provider = change.cloud_provider;
        }
        if change.provider_external_id.is_some() {
            details.provider_external_id = change.provider_external_id;
        }
    });
    found(changed, "account")
}

pub(super) fn delete(sandbox: &mut Sandbox, now: Timestamp, id: &str, request: &Request) -> Outcome {
    let (mut console, Nothing {}) = read_action(request)?.begin(sandbox, now);
    match console.delete_account(id) {
        Ok(()) => Ok(json!({})),
        Err(AccountKept::Missing) => Err(missing("account")),
        Err(AccountKept::Default) => Err(conflict("the default account cannot be deleted")),
    }
}

/// What there is, whatever lists show.
pub(super) fn row(account: &Account, details: &AccountDetails) -> Value {
    json!({
        "accountId": account.id,
        "organizationId": account.organization,
        "name": details.name,
        "slackNotificationChannels": details.slack_notification_channels,
        "cloudProvider": details.cloud_provider,
        "providerExternalId": details.provider_external_id,
        "createdAt": account.created_at,
    })
}
