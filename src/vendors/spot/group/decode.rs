//! Groups of users.

use serde_json::Value;

use super::model::{GroupDetail, GroupRow};
use crate::vendors::spot::access::decode::policy_mapping;
use crate::vendors::spot::client::field::Unreadable;
use crate::vendors::spot::client::field::{id, many, names, text};
use crate::vendors::spot::client::reply::whole_number;

/// A group of a list. Its name is the key by which a create is found again.
pub fn group_row(item: &Value) -> Result<GroupRow, Unreadable> {
    Ok(GroupRow {
        id: id(item, &["id", "userGroupId"]).ok_or("a group without an id")?,
        name: text(item, "name").ok_or("a group without a name")?,
        description: text(item, "description"),
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

fn group_user(item: &Value) -> Result<String, Unreadable> {
    Ok(id(item, &["userId", "id"]).ok_or("a group's user without an id")?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vendors::spot::access::model::{AccountScope, PolicyMapping};

    #[test]
    fn groups_are_read() {
        let item = json!({
            "id": "ugr-1", "name": "a", "description": "all", "createdAt": "2020-11-04T11:29:10.000+0000",
            "policyNames": ["p"], "usersCount": 2,
            "users": [{"userId": "u-1", "type": "PERSONAL", "userName": "jo"}, {"userId": "pu-1"}],
            "policies": [{"policyId": "pol-1", "policyName": null, "accountIds": ["act-1"]}],
        });
        let row = GroupRow {
            id: "ugr-1".into(),
            name: "a".into(),
            description: Some("all".into()),
            policy_names: vec!["p".into()],
            users_count: Some(2),
        };
        assert_eq!(group_row(&item), Ok(row.clone()));
        let detail = GroupDetail {
            row,
            users: vec!["u-1".into(), "pu-1".into()],
            policies: vec![PolicyMapping::new("pol-1", AccountScope::Some(["act-1".to_owned()].into()))],
        };
        assert_eq!(group_detail(&item), Ok(detail));
    }

    #[test]
    fn a_group_that_hides_something_is_no_group() {
        let table = [
            (json!({"id": "ugr-1", "name": "a"}), true),
            (json!({"id": "ugr-1", "name": "a", "usersCount": 0, "policyNames": [], "users": null}), true),
            (json!({"id": "ugr-1", "name": "a", "usersCount": "1", "users": [{"userId": "u-1"}]}), true),
            (json!({"id": "ugr-1"}), false),
            (json!({"name": "a"}), false),
            (json!({"id": "ugr-1", "name": "a", "usersCount": 1}), false),
            (json!({"id": "ugr-1", "name": "a", "usersCount": 1, "users": []}), false),
            (json!({"id": "ugr-1", "name": "a", "policyNames": ["p"], "policies": []}), false),
            (json!({"id": "ugr-1", "name": "a", "users": [{}]}), false),
            (json!({"id": "ugr-1", "name": "a", "users": ["u-1"]}), false),
            (json!({"id": "ugr-1", "name": "a", "policies": [{"accountIds": ["act-1"]}]}), false),
        ];
        for (item, whole) in table {
            assert_eq!(group_detail(&item).is_ok(), whole, "{item}");
        }
    }
}
