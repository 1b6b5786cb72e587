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
