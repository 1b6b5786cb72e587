//! What creates answer. An untyped answer, or more than one item, names no id.

use secrecy::SecretString;
use serde_json::Value;

use super::field::{first_text, id, text};
use super::user::username;
use crate::vendors::spot::model::Created;
use crate::vendors::spot::reply::Reply;

/// The answer to an account's create.
pub fn created_account(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    Created {
        id: id(item, &["accountId", "id"]),
        name: text(item, "name"),
        organization_id: id(item, &["organizationId"]),
        token: None,
    }
}

/// The answer to an organization's create: `organizationId` and `organizationName` in reality, `id`
/// and `name` in the document (spot-wire §2.1).
pub fn created_organization(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    let id = id(item, &["organizationId", "id"]);
    let name = first_text(item, &["organizationName", "name"]);
    Created { id: id.clone(), name, organization_id: id, token: None }
}

/// The answer to a user's create. A numeric `id` is deprecated and no user's id (spot-wire §2.3).
/// A token that is in the answer is told here and never again, so it is looked for wherever an
/// untyped answer may have it.
pub fn created_user(reply: &Reply) -> Created {
    let Some(item) = one_user(reply) else { return Created::default() };
    let by_id = || id(item, &["id"]).filter(|_| item["id"].is_string());
    Created {
        id: id(item, &["userId"]).or_else(by_id),
        name: username(item),
        organization_id: id(item, &["organizationId"]),
        token: first_text(item, &TOKEN).map(SecretString::from),
    }
}

/// The answer to a group's create.
pub fn created_group(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    Created { id: id(item, &["id", "userGroupId"]), name: text(item, "name"), ..Created::default() }
}

/// The answer to a policy's create. In Published it is untyped.
pub fn created_policy(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    Created { id: id(item, &["id", "policyId"]), name: text(item, "name"), ..Created::default() }
}

/// The answer to a subscription's create. In Published it is untyped.
pub fn created_subscription(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    Created { id: id(item, &["id", "subscriptionId"]), ..Created::default() }
}

/// The second is that of people, which is not asked for.
const TOKEN: [&str; 2] = ["token", "personalAccessToken"];

/// The only item; without a list of items, the envelope's half or the whole body, if that is
/// clearly a user: any object may have an `id` and a `name`.
fn one_user(reply: &Reply) -> Option<&Value> {
    match reply.items() {
        Some([item]) => Some(item),
        Some(_) => None,
        None => {
            let body = reply.json().ok()?;
            let is_user =
                |item: &&Value| first_text(item, &TOKEN).is_some() || text(item, "userId").is_some();
            body.get("response").filter(is_user).or(Some(body)).filter(is_user)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::engine::base::ports::HttpResponse;

    fn reply(body: &str) -> Reply {
        let body = Bytes::copy_from_slice(body.as_bytes());
        Reply::read(&HttpResponse { status: StatusCode::OK, headers: HeaderMap::new(), body })
    }

    #[test]
    fn users_and_their_tokens_are_found() {
        let one = |item: Value| json!({"response": {"items": [item]}}).to_string();
        let machine = json!({"id": "pu-1", "name": "ci", "token": "secret"});
        let table = [
            (one(machine.clone()), (Some("pu-1"), Some("ci"), Some("secret"))),
            (
                one(json!({"userId": "u-1", "id": 5, "personalAccessToken": "secret"})),
                (Some("u-1"), None, Some("secret")),
            ),
            (one(json!({"id": 5, "email": "jo@example.com"})), (None, None, None)),
            (one(json!({"id": "pu-1", "name": "ci", "token": null})), (Some("pu-1"), Some("ci"), None)),
            (one(json!({"id": "pu-1", "token": ""})), (Some("pu-1"), None, None)),
            (one(json!({"token": "secret"})), (None, None, Some("secret"))),
            (one(json!({})), (None, None, None)),
            (json!({"response": {"items": [machine, machine]}}).to_string(), (None, None, None)),
            (json!({"response": {"items": []}}).to_string(), (None, None, None)),
            (machine.to_string(), (Some("pu-1"), Some("ci"), Some("secret"))),
            (json!({ "response": machine }).to_string(), (Some("pu-1"), Some("ci"), Some("secret"))),
            (json!({"id": "request-1", "name": "createProgrammaticUser"}).to_string(), (None, None, None)),
            (json!({"userId": "pu-1"}).to_string(), (Some("pu-1"), None, None)),
            ("created".into(), (None, None, None)),
            (String::new(), (None, None, None)),
        ];
        for (body, (id, name, token)) in table {
            let created = created_user(&reply(&body));
            let found = created.token.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!((created.id.as_deref(), created.name.as_deref(), found), (id, name, token), "{body}");
            assert!(!format!("{created:?} {:?}", reply(&body)).contains("secret"), "{body}");
        }
    }

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

    #[test]
    fn groups_and_policies_are_found() {
        let created = created_group(&reply(r#"{"response": {"items": [{"id": "ugr-1", "name": "a"}]}}"#));
        assert_eq!((created.id.as_deref(), created.name.as_deref()), (Some("ugr-1"), Some("a")));
        assert_eq!(created_group(&reply(r#"{"response": {"items": [{}, {}]}}"#)).id, None);
        let created = created_policy(&reply(r#"{"response": {"items": [{"id": "pol-1", "name": "a"}]}}"#));
        assert_eq!((created.id.as_deref(), created.name.as_deref()), (Some("pol-1"), Some("a")));
        for body in ["", "{}", "created", r#"{"response": {"items": [{}, {}]}}"#] {
            assert_eq!(created_policy(&reply(body)).id, None, "{body}");
        }
    }
}
