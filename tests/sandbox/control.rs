//! The control surface: JSON over the same door, without a token.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, account, text};

fn bench() -> Bench {
    let mut bench = Bench::production();
    bench.token = None;
    bench
}

fn as_vendor(bench: &mut Bench, token: &str) -> Vec<Value> {
    bench.token = Some(token.to_owned());
    let items = bench.items("/setup/account");
    bench.token = None;
    items
}

#[test]
fn a_person_acts_in_the_console() {
    let mut bench = bench();
    let made = bench.good("POST", "/_sandbox/accounts", &json!({"name": "by hand"}));
    let path = format!("/_sandbox/accounts/{}", text(&made["accountId"]));
    assert_eq!(made["organizationId"], bench.organization());
    let change = json!({"name": "renamed", "cloudProvider": "GCP", "providerExternalId": "p-1"});
    bench.good("PATCH", &path, &change);
    let listed = as_vendor(&mut bench, TOKEN);
    assert_eq!(listed[1]["name"], "renamed");
    assert_eq!(listed[1]["cloudProvider"], "GCP");
    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(as_vendor(&mut bench, TOKEN).len(), 1);
    assert_eq!(bench.call("DELETE", &path, &Value::Null).status, StatusCode::NOT_FOUND);
    let default = format!("/_sandbox/accounts/{}", bench.default_account());
    assert_eq!(bench.call("DELETE", &default, &Value::Null).status, StatusCode::CONFLICT);
}

#[test]
fn an_organization_comes_and_goes_with_its_tokens() {
    let mut bench = bench();
    let made = bench.good("POST", "/_sandbox/organizations", &json!({"name": "Acme"}));
    let id = made["organizationId"].as_u64().unwrap();
    let path = format!("/_sandbox/organizations/{id}");
    bench.good("PATCH", &path, &json!({"name": "Acme Ltd"}));
    let issued = bench.good("POST", "/_sandbox/tokens", &json!({"organizationId": id}));
    assert_eq!(issued["userId"], made["administratorId"]);
    let accounts = as_vendor(&mut bench, &text(&issued["token"]));
    assert_eq!(accounts[0]["accountId"], made["defaultAccountId"]);

    bench.good("DELETE", &path, &Value::Null);
    bench.token = Some(text(&issued["token"]));
    assert_eq!(bench.call("GET", "/setup/account", &Value::Null).status, 401);
    assert_eq!(bench.call("DELETE", &path, &Value::Null).status, StatusCode::NOT_FOUND);
    let answer = bench.call("POST", "/_sandbox/tokens", &json!({"organizationId": id}));
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_token_is_issued_as_wished_and_revoked_by_digest() {
    let mut bench = bench();
    let issued = bench.good("POST", "/_sandbox/tokens", &json!({"token": "as-wished"}));
    assert_eq!(issued["token"], "as-wished");
    assert_eq!(as_vendor(&mut bench, "as-wished").len(), 1);
    let path = format!("/_sandbox/tokens/{}", text(&issued["digest"]));
    bench.good("DELETE", &path, &Value::Null);
    bench.token = Some("as-wished".to_owned());
    assert_eq!(bench.call("GET", "/setup/account", &Value::Null).status, 401);
    assert_eq!(bench.call("DELETE", &path, &Value::Null).status, 404);
}

#[test]
fn the_state_is_the_truth_without_tokens() {
    let mut bench = bench();
    bench.good("PUT", "/_sandbox/lag", &json!({"lists": "1h"}));
    bench.good("POST", "/_sandbox/accounts", &json!({"name": "not listed yet"}));
    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    assert_eq!(state["contract"], "production");
    assert_eq!(state["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(state["organizations"][0]["defaultAccountId"], bench.default_account());
    assert_eq!(state["users"][0]["userId"], bench.administrator());
    assert_eq!(state["tokens"][0]["lastDigits"], "1234");
    assert!(!state.to_string().contains(TOKEN));
    assert_eq!(as_vendor(&mut bench, TOKEN).len(), 1);
}

#[test]
fn faults_are_added_shown_and_cleared() {
    let mut bench = bench();
    let one = json!({"route": "/setup/account", "fault": {"kind": "forbidden"}});
    let two = json!([{"times": 3, "fault": {"kind": "delay", "duration": "2s"}}, one]);
    assert_eq!(bench.good("POST", "/_sandbox/faults", &one)["ids"], json!([1]));
    assert_eq!(bench.good("POST", "/_sandbox/faults", &two)["ids"], json!([2, 3]));
    bench.token = Some(TOKEN.to_owned());
    assert_eq!(bench.call("GET", "/setup/account", &Value::Null).status, 403);
    let shown = bench.good("GET", "/_sandbox/faults", &Value::Null);
    assert_eq!(shown["faults"][0]["struck"], 1);
    assert_eq!(shown["faults"][1]["times"], 2);
    assert_eq!(shown["faults"][1]["fault"], json!({"kind": "delay", "duration": "PT2S"}));
    bench.good("DELETE", "/_sandbox/faults/1", &Value::Null);
    assert_eq!(bench.call("DELETE", "/_sandbox/faults/1", &Value::Null).status, 404);
    bench.good("DELETE", "/_sandbox/faults", &Value::Null);
    assert!(bench.sandbox.faults().is_empty());
    let wrong = bench.call("POST", "/_sandbox/faults", &json!({"fault": {"kind": "nope"}}));
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.value()["error"].is_string());
}

#[test]
fn the_control_surface_suffers_no_faults_limits_or_log() {
    let mut bench = bench();
    bench.good("POST", "/_sandbox/faults", &json!({"fault": {"kind": "hang"}}));
    bench.good("PUT", "/_sandbox/limits", &json!({"perMinute": 0}));
    assert_eq!(bench.good("GET", "/_sandbox/limits", &Value::Null), json!({"perMinute": 0, "routes": []}));
    assert_eq!(bench.good("GET", "/_sandbox/health", &Value::Null)["contract"], "production");
    let requests = bench.good("GET", "/_sandbox/requests", &Value::Null);
    assert_eq!(requests, json!({"total": 0, "requests": [], "counters": []}));
}

#[test]
fn requests_are_told_and_forgotten() {
    let mut bench = bench();
    as_vendor(&mut bench, TOKEN);
    let told = bench.good("GET", "/_sandbox/requests", &Value::Null);
    assert_eq!(told["requests"][0]["route"], "/setup/account");
    assert_eq!(told["requests"][0]["organizationId"], bench.organization());
    assert_eq!(
        told["counters"],
        json!([{"method": "GET", "route": "/setup/account", "requests": 1, "effects": 0, "refused": 0}])
    );
    bench.good("DELETE", "/_sandbox/requests", &Value::Null);
    assert_eq!(bench.good("GET", "/_sandbox/requests", &Value::Null)["total"], 0);
}

#[test]
fn a_reset_brings_the_start_back() {
    let mut bench = bench();
    let (organization, default) = (bench.organization(), bench.default_account());
    bench.good("PUT", "/_sandbox/lag", &json!({"lists": "5s", "reads": true}));
    bench.good("PUT", "/_sandbox/limits", &json!({"perMinute": 1}));
    bench.good("POST", "/_sandbox/faults", &json!({"fault": {"kind": "hang"}}));
    bench.good("POST", "/_sandbox/accounts", &json!({"name": "gone soon"}));
    let before = bench.sandbox.revision();
    bench.good("POST", "/_sandbox/reset", &Value::Null);
    assert!(bench.sandbox.revision() > before, "a saved copy is out of date");
    assert_eq!((bench.organization(), bench.default_account()), (organization, default));
    assert_eq!(as_vendor(&mut bench, TOKEN).len(), 1);
    assert_eq!(bench.good("GET", "/_sandbox/lag", &Value::Null), json!({"lists": "PT0S", "reads": false}));
}

#[test]
fn what_is_no_control_is_a_404_and_a_bad_body_a_400() {
    let mut bench = bench();
    for (method, target, body, status) in [
        ("GET", "/_sandbox/", Value::Null, 404),
        ("GET", "/_sandbox/nothing", Value::Null, 404),
        ("PUT", "/_sandbox/state", Value::Null, 404),
        ("POST", "/_sandbox/accounts", json!({}), 400),
        ("POST", "/_sandbox/accounts", json!({"name": "x", "more": 1}), 400),
        ("POST", "/_sandbox/accounts", json!({"name": "x", "organizationId": 1}), 404),
        ("PATCH", "/_sandbox/accounts/act-00000000", json!({"name": "x"}), 404),
        ("PATCH", "/_sandbox/organizations/acme", json!({"name": "x"}), 404),
        ("PUT", "/_sandbox/lag", json!({"lists": "soon"}), 400),
        ("PUT", "/_sandbox/limits", account("x"), 400),
        ("DELETE", "/_sandbox/faults/x", Value::Null, 404),
    ] {
        let answer = bench.call(method, target, &body);
        assert_eq!(answer.status.as_u16(), status, "{method} {target} {body}");
    }
}
