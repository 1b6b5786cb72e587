//! The public document's contract, route by route.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Bench, account, is_id, text};

#[test]
fn an_answer_has_the_documents_envelope_and_no_more() {
    let mut bench = Bench::published();
    let answer = bench.call("GET", "/setup/account", &Value::Null);
    let body = answer.value();
    let members: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["request", "response"]);
    assert!(body["request"].is_object());
    let members: Vec<_> = body["response"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["items"], "no status, kind or count");
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("x-ratelimit")));
}

#[test]
fn an_account_has_one_shape_everywhere() {
    let mut bench = Bench::published();
    let created = bench.good("POST", "/setup/account", &account("payments"));
    let created = created["response"]["items"][0].clone();
    let id = text(&created["id"]);
    assert!(is_id("act-", &id));
    let organization = bench.organization().to_string();
    assert_eq!(created, json!({"id": id, "name": "payments", "organizationId": organization}));
    assert_eq!(bench.items("/setup/account")[1], created);
}

#[test]
fn an_untyped_answer_is_an_empty_envelope() {
    let mut bench = Bench::published();
    let id = bench.create("before");
    let path = format!("/setup/account/{id}");
    for (method, body) in [("PUT", account("after")), ("DELETE", Value::Null)] {
        let body = bench.good(method, &path, &body);
        assert_eq!(body["response"], json!({"items": []}), "{method}");
    }
    assert_eq!(bench.get("/healthCheck")["response"], json!({"items": []}));
}

#[test]
fn what_the_document_does_not_know_is_let_pass() {
    let mut bench = Bench::published();
    let id = bench.create("before");
    let path = format!("/setup/account/{id}?accountId=act-1&x=y");
    let body = json!({
        "account": {"name": "after", "slackNotificationChannels": ["https://hooks.example.com/x"], "more": 1},
        "extra": true,
    });
    bench.good("PUT", &path, &body);
    let (_, details) = bench.sandbox.world().account(&id).unwrap();
    assert_eq!(details.name, "after");
    assert!(details.slack_notification_channels.is_empty(), "ignored, not kept");
    bench.good("PUT", &path, &json!({"account": {}}));
    bench.good("PUT", &path, &json!({}));
    assert_eq!(bench.names(), ["Sandbox", "after"]);
    bench.create("42");
}

#[test]
fn an_error_is_plain_json() {
    let mut bench = Bench::published();
    let default = bench.default_account();
    let organization = bench.organization();
    let cases = [
        ("POST", "/setup/account".to_owned(), Value::Null, 400),
        ("POST", "/setup/account".to_owned(), json!({"account": {"name": ""}}), 400),
        ("POST", "/setup/account".to_owned(), json!({"account": {"name": 3}}), 400),
        ("POST", "/setup/account".to_owned(), json!({"account": []}), 400),
        ("PUT", "/setup/account/act-00000000".to_owned(), account("x"), 404),
        ("DELETE", "/setup/account/act-00000000".to_owned(), Value::Null, 404),
        ("DELETE", format!("/setup/account/{default}"), Value::Null, 409),
        ("GET", "/setup/organization/606079812345/user".to_owned(), Value::Null, 403),
        ("GET", "/setup/user/u-00000000".to_owned(), Value::Null, 404),
        // Production's own, or nobody's.
        ("GET", format!("/setup/account/{default}"), Value::Null, 404),
        ("GET", "/setup/organization/user".to_owned(), Value::Null, 404),
        ("DELETE", format!("/setup/organization/{organization}"), Value::Null, 404),
        ("GET", "/setup/organization/policy".to_owned(), Value::Null, 404),
        ("PATCH", "/setup/account".to_owned(), Value::Null, 404),
    ];
    for (method, target, body, status) in cases {
        let answer = bench.call(method, &target, &body);
        assert_eq!(answer.status.as_u16(), status, "{method} {target} {body}");
        let value = answer.value();
        assert!(value["error"].is_string() && value["message"].is_string(), "{value}");
        assert!(value.get("response").is_none(), "{value}");
    }
    bench.token = Some("wrong".to_owned());
    let answer = bench.call("GET", "/healthCheck", &Value::Null);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.value().get("response").is_none());
}

#[test]
fn an_organization_is_made_with_the_name_or_without_a_body() {
    let mut bench = Bench::published();
    for (body, name) in [
        (json!({"organization": {"name": "Acme"}}), "Acme"),
        (Value::Null, "Organization"),
        (json!({}), "Organization"),
    ] {
        let answer = bench.good("POST", "/setup/organization", &body);
        let item = &answer["response"]["items"][0];
        assert_eq!(item["name"], name);
        assert_eq!(text(&item["id"]).len(), 12, "a string here");
    }
}

#[test]
fn deleting_an_organization_names_none() {
    let mut bench = Bench::published();
    let done = bench.good("DELETE", "/setup/organization", &Value::Null);
    assert_eq!(done["response"], json!({"items": []}));
    let answer = bench.call("GET", "/setup/account", &Value::Null);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.sandbox.world().organizations().count(), 0);
}

#[test]
fn a_user_tells_the_organization() {
    let mut bench = Bench::published();
    let organization = bench.organization().to_string();
    let users = bench.items(&format!("/setup/organization/{organization}/user"));
    let id = text(&users[0]["userId"]);
    assert!(is_id("u-", &id));
    assert_eq!(users[0]["organizationId"], organization);
    assert_eq!(users[0].as_object().unwrap().len(), 5);
    assert_eq!(bench.items(&format!("/setup/user/{id}")), users);
}
