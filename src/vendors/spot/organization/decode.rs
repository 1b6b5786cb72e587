//! Organizations.

use crate::vendors::spot::client::created::Created;
use crate::vendors::spot::client::field::{first_text, id};
use crate::vendors::spot::client::reply::Reply;

/// The answer to an organization's create: `organizationId` and `organizationName` in reality, `id`
/// and `name` in the document (spot-wire §2.1).
pub fn created_organization(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    let id = id(item, &["organizationId", "id"]);
    let name = first_text(item, &["organizationName", "name"]);
    Created { id: id.clone(), name, organization_id: id, token: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vendors::spot::client::reply::reply;

    #[test]
    fn organizations_are_found_in_both_forms() {
        let table = [
            (
                json!({"organizationId": 606_079_812_345_u64, "organizationName": "Acme"}),
                Some("606079812345"),
            ),
            (json!({"organizationId": "606079812345", "name": "Acme"}), Some("606079812345")),
            (json!({"id": 606_079_812_345_u64, "name": "Acme"}), Some("606079812345")),
            (json!({"id": "606079812345", "organizationName": "Acme"}), Some("606079812345")),
            (json!({"name": "Acme"}), None),
        ];
        for (item, id) in table {
            let created = created_organization(&reply(&json!({"response": {"items": [item]}}).to_string()));
            assert_eq!((created.id.as_deref(), created.name.as_deref()), (id, Some("Acme")), "{item}");
            assert_eq!(created.organization_id.as_deref(), id, "{item}");
        }
        for body in ["", "{}", "created", r#"{"response": {"items": [{}, {"id": 6}]}}"#] {
            assert_eq!(created_organization(&reply(body)).id, None, "{body}");
        }
    }
}
