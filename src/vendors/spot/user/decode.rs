//! Users.

use secrecy::SecretString;
use serde_json::Value;

use super::model::{GroupOf, TokenInfo, UserDetail, UserKind, UserRow};
use crate::engine::provider::vendor::Created;
use crate::vendors::spot::access::decode::policy_mapping;
use crate::vendors::spot::client::field::{Unreadable, first_text, id, many, names, text};
use crate::vendors::spot::client::reply::Reply;

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
fn kind(item: &Value, id: &str) -> Option<UserKind> {
    match text(item, "type").map(|kind| kind.to_ascii_lowercase()).as_deref() {
        Some("programmatic") => Some(UserKind::Machine),
        Some("personal") => Some(UserKind::Person),
        None if id.starts_with("pu-") => Some(UserKind::Machine),
        None if id.starts_with("u-") => Some(UserKind::Person),
        Some(_) | None => None,
    }
}

/// One of the vendor's samples writes `userName` (spot-wire §2.3).
fn username(item: &Value) -> Option<String> {
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
    TokenInfo { last_digits: id(item, &["tokenLastDigits"]) }
}

/// The answer to a user's create. A numeric `id` is deprecated and no user's id (spot-wire §2.3).
/// A token that is in the answer is told here and never again, so it is looked for wherever an
/// untyped answer may have it.
pub fn created_user(reply: &Reply) -> Created {
    let Some(item) = one_user(reply) else { return Created::default() };
    let by_id = || id(item, &["id"]).filter(|_| item["id"].is_string());
    Created {
        id: id(item, &["userId"]).or_else(by_id),
        token: first_text(item, &TOKEN).map(SecretString::from),
    }
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
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;
    use crate::vendors::spot::access::model::{AccountScope, PolicyMapping};
    use crate::vendors::spot::client::reply::reply;

    fn row(id: &str, kind: Option<UserKind>, username: &str) -> UserRow {
        UserRow {
            id: id.into(),
            kind,
            username: username.into(),
            email: None,
            organization_id: None,
            group_names: Vec::new(),
        }
    }

    #[test]
    fn rows_are_read_in_every_form() {
        let (person, machine) = (Some(UserKind::Person), Some(UserKind::Machine));
        let full = UserRow {
            email: Some("jo@example.com".into()),
            group_names: vec!["a".into(), "b".into()],
            ..row("u-1", person, "jo")
        };
        let published = UserRow {
            email: Some("jo@example.com".into()),
            organization_id: Some("606".into()),
            ..row("u-1", person, "jo")
        };
        let table = [
            (
                json!({"userId": "u-1", "username": "jo", "type": "personal", "email": "jo@example.com", "mfa": true, "groupNames": ["a", "b"]}),
                full.clone(),
            ),
            (
                json!({"userId": "u-1", "userName": "jo", "type": "PERSONAL", "email": "jo@example.com", "mfa": "True", "groupNames": ["a", "b"]}),
                full,
            ),
            (
                json!({"userId": "u-1", "id": 5, "username": "jo", "email": "jo@example.com", "organizationId": 606}),
                published,
            ),
            (
                json!({"id": "pu-1", "name": "ci", "groupNames": null, "email": ""}),
                row("pu-1", machine, "ci"),
            ),
            (json!({"userId": "17", "username": "ci", "type": "programmatic"}), row("17", machine, "ci")),
            (json!({"userId": "pu-1", "username": "x", "type": "service"}), row("pu-1", None, "x")),
            (json!({"userId": 17, "username": "x"}), row("17", None, "x")),
            (json!({"userId": "u-1"}), row("u-1", person, "")),
        ];
        for (item, expected) in table {
            assert_eq!(user_row(&item), Ok(expected), "{item}");
        }
    }

    #[test]
    fn a_row_that_could_hide_somebody_is_no_row() {
        for item in [
            json!({"username": "jo"}),
            json!({"userId": "pu-1"}),
            json!({"userId": "17"}),
            json!({"userId": "17", "type": "programmatic", "username": ""}),
            json!({"userId": "u-1", "username": "jo", "groupNames": "a"}),
            json!({"userId": "u-1", "username": "jo", "groupNames": [1]}),
            json!(null),
            json!("u-1"),
        ] {
            assert!(user_row(&item).is_err(), "{item}");
        }
    }

    #[test]
    fn details_show_access_and_tokens() {
        let item = json!({
            "userId": "pu-1", "username": "ci", "type": "programmatic", "description": "builds", "mfa": false,
            "groups": [{"id": "ugr-1", "name": "a", "policyNames": ["p"]}, {"id": "ugr-2"}],
            "policies": [
                {"policyId": "3", "policyName": "Account Viewer", "policyType": "ACCOUNT", "accountIds": ["act-1"]},
                {"policyId": 2, "accountIds": ["*"]},
            ],
            "tokens": [
                {"name": "t", "createdAt": "2020-11-04T11:29:10.000+0000", "tokenId": 81, "tokenLastDigits": "0a1b"},
                {},
            ],
        });
        let detail = user_detail(&item).expect("a user");
        assert_eq!((detail.id.as_str(), detail.kind), ("pu-1", Some(UserKind::Machine)));
        assert_eq!((detail.username.as_str(), detail.description.as_deref()), ("ci", Some("builds")));
        let group = |id: &str, name: Option<&str>, policies: &[&str]| GroupOf {
            id: id.into(),
            name: name.map(str::to_owned),
            policy_names: policies.iter().copied().map(str::to_owned).collect(),
        };
        assert_eq!(detail.groups, [group("ugr-1", Some("a"), &["p"]), group("ugr-2", None, &[])]);
        let viewer = PolicyMapping::new("3", AccountScope::Some(["act-1".to_owned()].into()));
        assert_eq!(detail.policies, [viewer, PolicyMapping::new("2", AccountScope::All)]);
        let token = TokenInfo { last_digits: Some("0a1b".into()) };
        let nothing = TokenInfo { last_digits: None };
        assert_eq!(detail.tokens, [token, nothing]);
    }

    #[test]
    fn a_detail_with_a_hole_is_no_detail() {
        for (member, damaged) in [
            ("policies", json!([{"policyId": "3"}, {}])),
            ("policies", json!([{"policyId": "3", "accountIds": "act-1"}])),
            ("policies", json!([{"policyId": "3", "accountIds": ["act-1", null]}])),
            ("policies", json!({})),
            ("groups", json!([{"name": "a"}])),
            ("groups", json!("ugr-1")),
            ("tokens", json!(1)),
        ] {
            let whole = json!({"userId": "u-1", member: []});
            assert!(user_detail(&whole).is_ok(), "{whole}");
            let item = json!({"userId": "u-1", member: damaged});
            assert!(user_detail(&item).is_err(), "{item}");
        }
    }

    #[test]
    fn users_and_their_tokens_are_found() {
        let one = |item: Value| json!({"response": {"items": [item]}}).to_string();
        let machine = json!({"id": "pu-1", "name": "ci", "token": "secret"});
        let table = [
            (one(machine.clone()), (Some("pu-1"), Some("secret"))),
            (
                one(json!({"userId": "u-1", "id": 5, "personalAccessToken": "secret"})),
                (Some("u-1"), Some("secret")),
            ),
            (one(json!({"id": 5, "email": "jo@example.com"})), (None, None)),
            (one(json!({"id": "pu-1", "name": "ci", "token": null})), (Some("pu-1"), None)),
            (one(json!({"id": "pu-1", "token": ""})), (Some("pu-1"), None)),
            (one(json!({"token": "secret"})), (None, Some("secret"))),
            (one(json!({})), (None, None)),
            (json!({"response": {"items": [machine, machine]}}).to_string(), (None, None)),
            (json!({"response": {"items": []}}).to_string(), (None, None)),
            (machine.to_string(), (Some("pu-1"), Some("secret"))),
            (json!({ "response": machine }).to_string(), (Some("pu-1"), Some("secret"))),
            (json!({"id": "request-1", "name": "createProgrammaticUser"}).to_string(), (None, None)),
            (json!({"userId": "pu-1"}).to_string(), (Some("pu-1"), None)),
            ("created".into(), (None, None)),
            (String::new(), (None, None)),
        ];
        for (body, (id, token)) in table {
            let created = created_user(&reply(&body));
            let found = created.token.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!((created.id.as_deref(), found), (id, token), "{body}");
            assert!(!format!("{created:?} {:?}", reply(&body)).contains("secret"), "{body}");
        }
    }
}
