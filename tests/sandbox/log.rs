//! The request log: everything that came, and no secret.

use orgkeeper::sandbox::{Fault, FaultKind, digest};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, account};

#[test]
fn a_request_is_told_whole() {
    let mut bench = Bench::production();
    let id = bench.default_account();
    bench.good("PUT", &format!("/setup/account/{id}?accountId={id}"), &account("new"));
    let entry = bench.sandbox.requests().entries().next().unwrap();
    assert_eq!(entry.number, 1);
    assert_eq!(entry.at, bench.now);
    assert_eq!(entry.method, "PUT");
    assert_eq!(entry.route, "/setup/account/{accountId}");
    assert_eq!(entry.path, format!("/setup/account/{id}"));
    assert_eq!(entry.query["accountId"], id);
    assert_eq!(entry.body, account("new"));
    assert_eq!(entry.token, Some(digest(TOKEN)));
    assert_eq!(entry.organization_id.unwrap().0, bench.organization());
    assert_eq!(entry.status, Some(200));
    assert!(entry.effect);
    assert_eq!(entry.fault, None);
}

#[test]
fn requests_are_counted_by_route() {
    let mut bench = Bench::production();
    let id = bench.create("one");
    let path = format!("/setup/account/{id}");
    bench.good("PUT", &path, &account("two"));
    bench.good("PUT", &path, &account("two"));
    bench.call("PUT", &path, &json!({}));
    bench.call("GET", "/nowhere", &Value::Null);
    bench.sandbox.add_fault(Fault::always(FaultKind::ResetAfterEffect));
    bench.send("DELETE", &path, &Value::Null);
    let log = bench.sandbox.requests();
    let counted = |method, route| {
        let counter = log.counter(method, route);
        (counter.requests, counter.effects, counter.refused)
    };
    let template = "/setup/account/{accountId}";
    assert_eq!(counted("POST", "/setup/account"), (1, 1, 0));
    assert_eq!(counted("PUT", template), (3, 1, 1), "writing what is there is no effect");
    assert_eq!(counted("DELETE", template), (1, 1, 0));
    assert_eq!(counted("GET", "(none)"), (1, 0, 1));
    assert_eq!(log.total(), 6);
    let last = log.entries().last().unwrap();
    assert_eq!((last.status, last.effect, last.fault), (None, true, Some("resetAfterEffect")));
    bench.sandbox.clear_requests();
    assert_eq!(bench.sandbox.requests().total(), 0);
}

#[test]
fn no_secret_is_in_it() {
    let mut bench = Bench::production();
    let id = bench.default_account();
    let body = json!({
        "account": {"slackNotificationChannels": ["https://hooks.example.com/s3cret"]},
        "token": "s3cret",
        "nested": [{"password": "s3cret", "clientSecret": "s3cret", "private_key": "s3cret"}],
    });
    bench.call("PUT", &format!("/setup/account/{id}?token=s3cret"), &body);
    let mut request = bench.request("POST", "/setup/account", &Value::Null);
    request.body = "password=s3cret".into();
    bench.handle(&request);
    let told = bench
        .sandbox
        .requests()
        .entries()
        .map(|entry| serde_json::to_string(entry).unwrap())
        .collect::<String>();
    assert!(!told.contains("s3cret") && !told.contains(TOKEN), "{told}");
    assert!(told.contains(&digest(TOKEN)));
    assert!(told.contains("sha256:"), "equal secrets can be told to be equal");
}

#[test]
fn the_log_is_bounded_and_the_counters_are_not() {
    let mut bench = Bench::production();
    bench.token = None;
    for _ in 0..10_050 {
        bench.call("GET", "/healthCheck", &Value::Null);
    }
    let log = bench.sandbox.requests();
    assert_eq!(log.entries().count(), 10_000);
    assert_eq!(log.entries().next().unwrap().number, 51);
    assert_eq!(log.counter("GET", "/healthCheck").requests, 10_050);
}
