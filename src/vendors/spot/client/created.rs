//! What a create answers. An untyped answer, or more than one item, names no id.

use crate::engine::provider::vendor::Created;
use crate::vendors::spot::client::field::id;
use crate::vendors::spot::client::reply::Reply;

/// The answer to a create that succeeded, its id under the first of `keys` that has one. An answer may lack it: then
/// it is to be found as after an unknown outcome (rule 4).
pub fn created(reply: &Reply, keys: &[&str]) -> Created {
    let id = match reply.items() {
        Some([item]) => id(item, keys),
        _ => None,
    };
    Created { id, token: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vendors::spot::client::reply::reply;

    #[test]
    fn the_id_is_under_the_first_key_that_has_one() {
        let keys = ["organizationId", "id"];
        let table = [
            (json!([{"organizationId": 606_079_812_345_u64, "id": "act-1"}]), Some("606079812345")),
            (json!([{"organizationId": null, "id": "act-1"}]), Some("act-1")),
            (json!([{"id": 17, "name": "a"}]), Some("17")),
            (json!([{"accountId": "act-1"}]), None),
            (json!([{}]), None),
            (json!([]), None),
            (json!([{"id": "act-1"}, {"id": "act-2"}]), None),
            (json!([{}, {"id": "act-1"}]), None),
            (json!({"id": "act-1"}), None),
        ];
        for (items, id) in table {
            let body = json!({"response": {"items": items}}).to_string();
            assert_eq!(created(&reply(&body), &keys).id.as_deref(), id, "{body}");
        }
        for body in ["", "{}", "created", r#"{"id": "act-1"}"#] {
            assert_eq!(created(&reply(body), &keys).id, None, "{body}");
        }
    }
}
