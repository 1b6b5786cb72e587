//! Accounts.

use serde_json::Value;

use super::model::{Account, CloudProvider};
use crate::vendors::spot::client::field::{Unreadable, id, moment, text};

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vendors::spot::client::field::MAX_ID;

    fn plain(id: &str, name: &str) -> Account {
        Account {
            id: id.into(),
            name: name.into(),
            organization_id: None,
            created_at: None,
            provider: None,
            provider_external_id: None,
        }
    }

    #[test]
    fn accounts_are_read_in_every_form() {
        let moment = Some("2017-06-04T16:32:58Z".parse().expect("a timestamp"));
        let full = Account { organization_id: Some("606".into()), created_at: moment, ..plain("act-1", "a") };
        let table = [
            (json!({"accountId": "act-1", "name": "a"}), plain("act-1", "a")),
            (json!({"id": "act-1", "name": "a"}), plain("act-1", "a")),
            (json!({"id": 17, "name": "a"}), plain("17", "a")),
            (json!({"id": "act-9", "accountId": "act-1", "name": "a"}), plain("act-1", "a")),
            (json!({"id": "act-1", "accountId": null, "name": "a"}), plain("act-1", "a")),
            (json!({"id": "act-1", "name": "a", "organizationId": null}), plain("act-1", "a")),
            (json!({"id": "act-1", "name": "a", "createdAt": "yesterday"}), plain("act-1", "a")),
            (
                json!({"id": "act-1", "name": "a", "organizationId": 606, "createdAt": "2017-06-04T16:32:58.000Z"}),
                full.clone(),
            ),
            (
                json!({"id": "act-1", "name": "a", "organizationId": "606", "createdAt": "2017-06-04T18:32:58.000+0200"}),
                full,
            ),
        ];
        for (item, expected) in table {
            assert_eq!(account(&item), Ok(expected), "{item}");
        }
        let clouds = [
            (json!("AWS"), Some(CloudProvider::Aws)),
            (json!("azure"), Some(CloudProvider::Azure)),
            (json!("GCP"), Some(CloudProvider::Gcp)),
            (json!("Other"), Some(CloudProvider::Other("Other".into()))),
            (json!(null), None),
        ];
        for (word, provider) in clouds {
            let item = json!({"id": "act-1", "name": "a", "cloudProvider": word, "providerExternalId": 123_456_789_012_u64});
            let linked = Account {
                provider,
                provider_external_id: Some("123456789012".into()),
                ..plain("act-1", "a")
            };
            assert_eq!(account(&item), Ok(linked), "{item}");
        }
        let unlinked = json!({"id": "act-1", "name": "a", "providerExternalId": null});
        assert_eq!(account(&unlinked), Ok(plain("act-1", "a")));
    }

    #[test]
    fn what_has_no_id_is_no_account() {
        let long = "a".repeat(MAX_ID + 1);
        for id in [
            json!(null),
            json!(""),
            json!(" "),
            json!(-1),
            json!(1.5),
            json!(true),
            json!("a b"),
            json!(long),
        ] {
            let item = json!({"id": id, "name": "a"});
            assert!(account(&item).is_err(), "{item}");
        }
        for item in [
            json!({}),
            json!(null),
            json!("act-1"),
            json!({"id": "act-1"}),
            json!({"id": "act-1", "name": null}),
        ] {
            assert!(account(&item).is_err(), "{item}");
        }
    }
}
