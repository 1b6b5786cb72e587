//! Every form of answer, whole, damaged and cut off.

use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::json;

use http::StatusCode;
use serde_json::Value;

use super::created::created;
use super::field::Unreadable;
use super::list::{Count, each, whole_list};
use super::reply::Reply;
use crate::engine::base::ports::HttpResponse;
use crate::vendors::spot::access::decode::{account_role, policy_mapping};
use crate::vendors::spot::account::decode::account;
use crate::vendors::spot::account::model::Account;
use crate::vendors::spot::audit::decode::audit_event;
use crate::vendors::spot::group::decode::{group_detail, group_row};
use crate::vendors::spot::policy::decode::policy;
use crate::vendors::spot::user::decode::{user_detail, user_row};

fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    let status = StatusCode::from_u16(status).expect("a status");
    Reply::read(&HttpResponse { status, headers: HeaderMap::new(), body: body.into() })
}

fn accounts(body: &str, count: Count) -> Result<Vec<Account>, Unreadable> {
    let reply = reply(200, body.to_owned());
    each(whole_list(&reply, count)?, account, |account| &account.id)
}

#[test]
fn a_list_counts_only_if_it_is_whole() {
    let one = r#"{"accountId": "act-1", "name": "a"}"#;
    // Body, whether it counts with a count required, and with the count optional.
    let table = [
        (format!(r#"{{"response": {{"items": [{one}], "count": 1}}}}"#), true, true),
        (format!(r#"{{"response": {{"items": [{one}], "count": "1"}}}}"#), true, true),
        (format!(r#"{{"request": "a string", "response": {{"items": [{one}], "count": 1}}}}"#), true, true),
        (r#"{"response": {"items": [], "count": 0}}"#.into(), true, true),
        (r#"{"response": {"status": {"code": 200}, "items": [], "count": 0}}"#.into(), true, true),
        (format!(r#"{{"response": {{"items": [{one}]}}}}"#), false, true),
        (format!(r#"{{"response": {{"items": [{one}], "count": null}}}}"#), false, true),
        (r#"{"response": {"items": []}}"#.into(), false, true),
        (format!(r#"{{"response": {{"items": [{one}], "count": 2}}}}"#), false, false),
        (format!(r#"{{"response": {{"items": [{one}], "count": 0}}}}"#), false, false),
        (format!(r#"{{"response": {{"items": [{one}], "count": -1}}}}"#), false, false),
        (format!(r#"{{"response": {{"items": [{one}], "count": "many"}}}}"#), false, false),
        (format!(r#"{{"response": {{"items": [{one}, {one}], "count": 2}}}}"#), false, false),
        (format!(r#"{{"response": {{"items": [{one}, {{}}], "count": 2}}}}"#), false, false),
        (r#"{"response": {"items": [{}]}}"#.into(), false, false),
        (r#"{"response": {"items": [null], "count": 1}}"#.into(), false, false),
        (r#"{"response": {"items": {}, "count": 0}}"#.into(), false, false),
        (r#"{"response": {"items": null, "count": 0}}"#.into(), false, false),
        (r#"{"response": {"count": 0}}"#.into(), false, false),
        (r#"{"response": {"status": {"code": 500}, "items": [], "count": 0}}"#.into(), false, false),
        (r#"{"response": {"errors": [{"code": "A"}], "items": [], "count": 0}}"#.into(), false, false),
        (r#"{"items": [], "count": 0}"#.into(), false, false),
        ("[]".into(), false, false),
        ("{}".into(), false, false),
        ("null".into(), false, false),
        (String::new(), false, false),
        ("<html></html>".into(), false, false),
        (r#"{"response": {"items": [], "count": 0}} and more"#.into(), false, false),
    ];
    for (body, required, optional) in table {
        assert_eq!(accounts(&body, Count::Required).is_ok(), required, "required: {body}");
        assert_eq!(accounts(&body, Count::Optional).is_ok(), optional, "optional: {body}");
    }
}

#[test]
fn only_a_200_is_a_list() {
    let body = r#"{"response": {"items": [], "count": 0}}"#;
    for status in [201, 202, 203, 204, 206, 302, 400, 404, 500] {
        assert!(whole_list(&reply(status, body), Count::Optional).is_err(), "{status}");
    }
}

/// The members that any decoder looks at.
const MEMBERS: [&str; 19] = [
    "userId",
    "id",
    "username",
    "type",
    "email",
    "groupNames",
    "groups",
    "policies",
    "tokens",
    "users",
    "usersCount",
    "policyNames",
    "policyContent",
    "policyId",
    "accountIds",
    "accountId",
    "role",
    "createdAt",
    "context",
];

/// An item that all decoders of inner lists accept.
fn item() -> Value {
    json!({"userId": "u-1", "id": "x-1", "name": "a", "policyId": "3", "accountId": "act-1",
        "createdAt": "2020-09-01T00:00:00Z"})
}

fn damage() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("id|statements|effect|userId|policyId|accountIds", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_break_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let reply = reply(200, bytes);
        prop_assert!(whole_list(&reply, Count::Required).is_err());
        let _ = (created(&reply, &["accountId", "id"]), reply.errors(), reply.code());
    }

    /// Whatever a damaged item says, it is read as a whole or not at all.
    #[test]
    fn no_damaged_item_breaks_a_decoder(member in 0..MEMBERS.len(), damage in damage()) {
        let mut item = item();
        item[MEMBERS[member]] = damage;
        let _ = (user_row(&item), user_detail(&item), group_row(&item), group_detail(&item), policy(&item));
        let _ = (policy_mapping(&item), account_role(&item), audit_event(&item));
    }

    /// Nearly right answers are the dangerous ones.
    #[test]
    fn no_damaged_answer_breaks_the_decoder(at in 0..120_usize, byte in any::<u8>()) {
        let mut bytes = br#"{"request": {"id": "r"}, "response": {"status": {"code": 200}, "items": [{"id": 1, "name": "a"}], "count": 1}}"#.to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let reply = reply(200, bytes);
        if let Ok(items) = whole_list(&reply, Count::Required) {
            prop_assert_eq!(items.len(), 1);
        }
        let _ = (created(&reply, &["accountId", "id"]), reply.errors(), reply.request_id());
    }

    #[test]
    fn no_truncated_list_is_a_shorter_list(ids in proptest::collection::btree_set(0..10_000_u32, 0..20), cut in any::<prop::sample::Index>(), count in any::<bool>()) {
        let items: Vec<Value> = ids.iter().map(|id| json!({"id": format!("act-{id}"), "name": "a"})).collect();
        let mut response = json!({"items": items});
        if count {
            response["count"] = json!(items.len());
        }
        let whole = json!({"request": {}, "response": response}).to_string();
        prop_assert_eq!(accounts(&whole, Count::Optional).map(|accounts| accounts.len()), Ok(ids.len()));
        let cut = cut.index(whole.len());
        prop_assert!(accounts(&whole[..cut], Count::Optional).is_err(), "{}", &whole[..cut]);
    }

    #[test]
    fn a_list_with_lost_items_is_no_list(total in 1..20_usize, lost in any::<prop::sample::Index>()) {
        let mut items: Vec<Value> = (0..total).map(|id| json!({"id": format!("act-{id}"), "name": "a"})).collect();
        items.remove(lost.index(total));
        let body = json!({"response": {"items": items, "count": total}}).to_string();
        prop_assert!(accounts(&body, Count::Optional).is_err());
    }
}
