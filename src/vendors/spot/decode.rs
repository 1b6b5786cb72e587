//! From the vendor's JSON to the model: lenient about forms, strict about lists (rule 2).

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use crate::vendors::spot::model::{Account, Created, User};
use crate::vendors::spot::reply::{Reply, whole_number};

/// Ids longer than this are no ids: they go into paths, names and status.
const MAX_ID: usize = 128;

/// Why a list does not count, for people.
pub type Unreadable = String;

/// Whether a list must say how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// A list without `count` does not count.
    Required,
    /// It is compared where it is present.
    Optional,
}

/// The items of a list, if it is whole: 200, parsed, not contradicted by its own envelope, as long
/// as it says. Anything else is an error, and never an empty list.
pub fn whole_list(reply: &Reply, count: Count) -> Result<&[Value], Unreadable> {
    if reply.status != StatusCode::OK {
        return Err(format!("a list with HTTP {}", reply.status.as_u16()));
    }
    reply.json().map_err(|why| why.describe().to_owned())?;
    if reply.is_vendor_error() || reply.code().is_some_and(|code| code != 200) {
        return Err("HTTP 200 with an error in its envelope".to_owned());
    }
    let items = reply.items().ok_or("no list of items")?;
    let stated = reply.response().and_then(|response| response.get("count"));
    match stated.filter(|count| !count.is_null()).map(whole_number) {
        None if count == Count::Required => Err("the list does not say how long it is".to_owned()),
        Some(None) => Err("the list's count is not a number".to_owned()),
        Some(Some(stated)) if usize::try_from(stated) != Ok(items.len()) => {
            Err(format!("the list has {} items and says {stated}", items.len()))
        }
        None | Some(Some(_)) => Ok(items),
    }
}

/// Reads every item, or none: each must be readable, and no id may come twice.
pub fn each<T>(
    items: &[Value],
    read: impl Fn(&Value) -> Result<T, Unreadable>,
    id: impl Fn(&T) -> &str,
) -> Result<Vec<T>, Unreadable> {
    let read = items.iter().map(read).collect::<Result<Vec<T>, _>>()?;
    let mut ids = BTreeSet::new();
    match read.iter().map(id).find(|id| !ids.insert(*id)) {
        Some(twice) => Err(format!("the list has {twice} twice")),
        None => Ok(read),
    }
}

/// An account of a list. Its name is the key by which a create is found again, so a list with a
/// nameless account cannot show that one of a given name is absent.
pub fn account(item: &Value) -> Result<Account, Unreadable> {
    Ok(Account {
        id: id(item, &["accountId", "id"]).ok_or("an account without an id")?,
        name: text(item, "name").ok_or("an account without a name")?,
        organization_id: id(item, &["organizationId"]),
        created_at: text(item, "createdAt").and_then(|text| timestamp(&text)),
    })
}

/// A user of a list. `userId` first: beside it the live service may send a deprecated numeric `id`.
pub fn user(item: &Value) -> Result<User, Unreadable> {
    Ok(User {
        id: id(item, &["userId", "id"]).ok_or("a user without an id")?,
        organization_id: id(item, &["organizationId"]),
    })
}

/// The answer to an account's create. An untyped answer, or more than one item, names no id.
pub fn created_account(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    Created {
        id: id(item, &["accountId", "id"]),
        name: text(item, "name"),
        organization_id: id(item, &["organizationId"]),
    }
}

/// The answer to an organization's create: `organizationId` and `organizationName` in reality, `id`
/// and `name` in the document (spot-wire §2.1).
pub fn created_organization(reply: &Reply) -> Created {
    let Some([item]) = reply.items() else { return Created::default() };
    let id = id(item, &["organizationId", "id"]);
    let name = text(item, "organizationName").or_else(|| text(item, "name"));
    Created { id: id.clone(), name, organization_id: id }
}

/// The first of `keys` that holds an id: a string or a whole number.
fn id(item: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match item.get(key)? {
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        Value::String(text) => Some(text.trim()).filter(|text| is_id(text)).map(str::to_owned),
        _ => None,
    })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn text(item: &Value, key: &str) -> Option<String> {
    item.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Both of the vendor's forms: RFC 3339, and an offset without a colon (spot-wire §1).
fn timestamp(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()?.to_timestamp().ok())
}
