//! Production's health checks, a collection like others (spot-wire §2.8).

use serde_json::{Value, json};

use crate::harness::{Bench, is_id, text};

const ALL: &str = "/healthCheck";

fn check() -> Value {
    json!({"healthCheck": {
        "name": "web", "resourceId": "sig-1a2b3c4d", "proxyAddress": "10.0.0.1", "proxyPort": 8080,
        "check": {"protocol": "http", "port": 80},
    }})
}

#[test]
fn a_health_check_is_made_read_changed_and_deleted() {
    let mut bench = Bench::production();
    let made = bench.made(ALL, &check());
    let id = text(&made["id"]);
    assert!(is_id("hcs-", &id));
    let path = format!("{ALL}/{id}");
    assert_eq!(bench.items(ALL), std::slice::from_ref(&made));
    assert_eq!(bench.one(&path), made);
    bench.good("PUT", &path, &json!({"healthCheck": {"name": "other"}}));
    let read = bench.one(&path);
    assert_eq!((&read["name"], &read["check"]), (&json!("other"), &made["check"]));
    let other = bench.create("other");
    assert!(bench.items(&format!("{ALL}?accountId={other}")).is_empty());
    let elsewhere = format!("{path}?accountId={other}");
    assert_eq!(bench.refused("GET", &elsewhere, &Value::Null).0, "HEALTH_CHECK_DOESNT_EXIST");
    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(bench.refused("DELETE", &path, &Value::Null).0, "HEALTH_CHECK_DOESNT_EXIST");
}

#[test]
fn what_is_not_documented_is_refused() {
    let mut bench = Bench::production();
    let with = |member: &str, value: Value| {
        let mut body = check();
        body["healthCheck"][member] = value;
        body
    };
    let cases = [
        (Value::Null, "body:healthCheck"),
        (with("name", Value::Null), "body:healthCheck.name"),
        (with("resourceId", json!("")), "body:healthCheck.resourceId"),
        (with("check", Value::Null), "body:healthCheck.check"),
        (with("check", json!("http")), "body:healthCheck.check"),
        (with("proxyPort", json!(0)), "body:healthCheck.proxyPort"),
        (with("proxyPort", json!("80")), "body:healthCheck.proxyPort"),
        (with("more", json!(1)), "body:healthCheck.more"),
    ];
    bench.all_refused("POST", ALL, "ValidationError", &cases);
}
