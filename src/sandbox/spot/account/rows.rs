//! Rows of accounts, in both contracts (spot-wire §2.2).

use serde_json::{Value, json};

use crate::sandbox::spot::contract::Contract;
use crate::sandbox::spot::envelope::timestamp;
use crate::sandbox::spot::{Account, AccountDetails};

/// An account in the reply to its creation: `id` here, `accountId` in the live service's lists; the organization's id is
/// a string in both.
pub(super) fn created(account: &Account, details: &AccountDetails) -> Value {
    json!({
        "id": account.id,
        "name": details.name,
        "organizationId": account.organization.to_string(),
    })
}

/// An account in a list.
pub(super) fn listed(contract: Contract, account: &Account, details: &AccountDetails) -> Value {
    match contract {
        Contract::Production => json!({
            "accountId": account.id,
            "name": details.name,
            "organizationId": account.organization.to_string(),
            "cloudProvider": details.cloud_provider,
            "providerExternalId": details.provider_external_id,
            "createdAt": timestamp(account.created_at),
        }),
        Contract::Published => created(account, details),
    }
}
