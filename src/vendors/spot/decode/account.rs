//! Accounts.

use serde_json::Value;

use super::field::{id, moment, text};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{Account, CloudProvider};

/// An account of a list. Its name is the key by which a create is found again, so a list with a
/// nameless account cannot show that one of a given name is absent.
pub fn account(item: &Value) -> Result<Account, Unreadable> {
    Ok(Account {
        id: id(item, &["accountId", "id"]).ok_or("an account without an id")?,
        name: text(item, "name").ok_or("an account without a name")?,
        organization_id: id(item, &["organizationId"]),
        created_at: moment(item, "createdAt"),
        provider: text(item, "cloudProvider").map(|word| CloudProvider::read(&word)),
        provider_external_id: id(item, &["providerExternalId"]),
    })
}
