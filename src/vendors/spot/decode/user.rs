//! Users.

use serde_json::Value;

use super::access::policy_mapping;
use super::field::{first_text, flag, id, many, moment, names, text};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{GroupOf, TokenInfo, UserDetail, UserKind, UserRow};

/// `userId` first: beside it the live service may send a deprecated numeric `id`.
const ID: [&str; 2] = ["userId", "id"];

/// A user of a list. A machine's name is the key by which a create is found again, so a list with
/// a nameless one cannot show that one of a given name is absent. People have their email for that.
pub fn user_row(item: &Value) -> Result<UserRow, Unreadable> {
    let id = id(item, &ID).ok_or("a user without an id")?;
    let kind = kind(item, &id);
    let username = match (username(item), kind) {
        (Some(name), _) => name,
        (None, Some(UserKind::Person)) => String::new(),
        (None, _) => return Err("a user without a name".into()),
    };
    Ok(UserRow {
        id,
        kind,
        username,
        email: text(item, "email"),
        organization_id: organization(item),
        group_names: names(item, "groupNames")?,
        mfa: flag(item, "mfa"),
    })
}

/// A user, read by its id.
pub fn user_detail(item: &Value) -> Result<UserDetail, Unreadable> {
    let id = id(item, &ID).ok_or("a user without an id")?;
    Ok(UserDetail {
        kind: kind(item, &id),
        id,
        username: username(item).unwrap_or_default(),
        email: text(item, "email"),
        organization_id: organization(item),
        description: text(item, "description"),
        groups: many(item, "groups", group_of)?,
        policies: many(item, "policies", policy_mapping)?,
        tokens: many(item, "tokens", |token| Ok(token_info(token)))?,
    })
}

/// Whom a user stands for: as `type` says, else as its id is made (spot-wire §1).
pub(super) fn kind(item: &Value, id: &str) -> Option<UserKind> {
    match text(item, "type").map(|kind| kind.to_ascii_lowercase()).as_deref() {
        Some("programmatic") => Some(UserKind::Machine),
        Some("personal") => Some(UserKind::Person),
        None if id.starts_with("pu-") => Some(UserKind::Machine),
        None if id.starts_with("u-") => Some(UserKind::Person),
        Some(_) | None => None,
    }
}

/// One of the vendor's samples writes `userName` (spot-wire §2.3).
pub(super) fn username(item: &Value) -> Option<String> {
    first_text(item, &["username", "userName", "name"])
}

fn organization(item: &Value) -> Option<String> {
    id(item, &["organizationId"])
}

fn group_of(item: &Value) -> Result<GroupOf, Unreadable> {
    Ok(GroupOf {
        id: id(item, &["id", "userGroupId"]).ok_or("a user's group without an id")?,
        name: text(item, "name"),
        policy_names: names(item, "policyNames")?,
    })
}

fn token_info(item: &Value) -> TokenInfo {
    TokenInfo {
        name: text(item, "name"),
        created_at: moment(item, "createdAt"),
        token_id: id(item, &["tokenId"]),
        last_digits: id(item, &["tokenLastDigits"]),
    }
}
