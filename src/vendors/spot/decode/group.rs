//! Groups of users.

use serde_json::Value;

use super::access::policy_mapping;
use super::field::{id, many, moment, names, text};
use super::user::{kind, username};
use crate::vendors::spot::decode::Unreadable;
use crate::vendors::spot::model::{GroupDetail, GroupRow, GroupUser};
use crate::vendors::spot::reply::whole_number;

/// A group of a list. Its name is the key by which a create is found again.
pub fn group_row(item: &Value) -> Result<GroupRow, Unreadable> {
    Ok(GroupRow {
        id: id(item, &["id", "userGroupId"]).ok_or("a group without an id")?,
        name: text(item, "name").ok_or("a group without a name")?,
        description: text(item, "description"),
        created_at: moment(item, "createdAt"),
        policy_names: names(item, "policyNames")?,
        users_count: item.get("usersCount").and_then(whole_number),
    })
}

/// A group, read by its id. Lists are replaced whole, so one that is left out must not look empty
/// where the same answer says that it is not.
pub fn group_detail(item: &Value) -> Result<GroupDetail, Unreadable> {
    let row = group_row(item)?;
    let users = many(item, "users", group_user)?;
    let policies = many(item, "policies", policy_mapping)?;
    if users.is_empty() && row.users_count.is_some_and(|count| count > 0) {
        return Err("a group with users, and without a list of them".into());
    }
    if policies.is_empty() && !row.policy_names.is_empty() {
        return Err("a group with policies, and without a list of them".into());
    }
    Ok(GroupDetail { row, users, policies })
}

fn group_user(item: &Value) -> Result<GroupUser, Unreadable> {
    let id = id(item, &["userId", "id"]).ok_or("a group's user without an id")?;
    Ok(GroupUser { kind: kind(item, &id), id, name: username(item) })
}
