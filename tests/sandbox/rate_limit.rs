//! The rate limit: a sliding window per organization, route and method.

use http::StatusCode;
use orgkeeper::sandbox::spot::{Contract, Start};
use orgkeeper::sandbox::{Answer, Limits, RouteLimit};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, account};

fn bench(contract: Contract, per_minute: u32) -> Bench {
    let mut start = Start::new(contract, TOKEN);
    start.limits.per_minute = per_minute;
    Bench::start(start)
}

fn header(answer: &Answer, name: &str) -> u64 {
    answer.headers[name].to_str().unwrap().parse().unwrap()
}

fn list(bench: &mut Bench) -> Answer {
    bench.call("GET", "/setup/account", &Value::Null)
}

#[test]
fn every_reply_tells_where_the_caller_stands() {
    let mut bench = bench(Contract::Production, 3);
    for (target, status) in [("/setup/account", 200), ("/no/such", 404), ("/setup/account/act-0", 400)] {
        let answer = bench.call("GET", target, &Value::Null);
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(header(&answer, "x-ratelimit-limit"), 3);
        assert_eq!(header(&answer, "x-ratelimit-remaining"), 2);
        assert_eq!(header(&answer, "x-ratelimit-reset"), 60);
    }
    bench.token = None;
    let answer = list(&mut bench);
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(header(&answer, "x-ratelimit-limit"), 3);
}

#[test]
fn the_window_slides() {
    let mut bench = bench(Contract::Production, 2);
    list(&mut bench);
    bench.pass(40);
    assert_eq!(header(&list(&mut bench), "x-ratelimit-remaining"), 0);
    bench.pass(20);
    let answer = list(&mut bench);
    assert_eq!(answer.status, StatusCode::OK, "the first one has left the window");
    assert_eq!(header(&answer, "x-ratelimit-reset"), 40, "until the second one leaves");
    bench.pass(39);
    assert_eq!(list(&mut bench).status, StatusCode::TOO_MANY_REQUESTS);
}

#[test]
fn one_too_many_has_the_vendors_body_and_no_effect() {
    let mut bench = bench(Contract::Production, 1);
    bench.create("first");
    let reply = bench.send("POST", "/setup/account", &account("second"));
    assert!(!reply.effect);
    let answer = reply.answer().unwrap();
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        answer.value()["response"],
        json!({
            "status": {"code": 429, "message": "Too Many Requests"},
            "data": "Rate limit exceeded",
        })
    );
    assert!(answer.headers.get("retry-after").is_none());
    assert_eq!(header(answer, "x-ratelimit-remaining"), 0);
    assert_eq!(header(answer, "x-ratelimit-reset"), 60);
}

#[test]
fn trying_again_while_blocked_pushes_the_reset_out() {
    let mut bench = bench(Contract::Production, 1);
    list(&mut bench);
    for _ in 0..5 {
        bench.pass(50);
        let blocked = list(&mut bench);
        assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(header(&blocked, "x-ratelimit-reset"), 60);
    }
    bench.pass(59);
    assert_eq!(list(&mut bench).status, StatusCode::TOO_MANY_REQUESTS);
    bench.pass(60);
    assert_eq!(list(&mut bench).status, StatusCode::OK, "the time it gave was right");
}

#[test]
fn a_window_belongs_to_organization_route_and_method() {
    let mut bench = bench(Contract::Production, 1);
    let first = bench.create("first");
    let (now, id) = (bench.now, bench.default_account());
    let world = bench.sandbox.world_mut();
    let other = world.create_organization(now, None, "Other", None);
    let other_token = world.issue_token(other, None).unwrap().value;
    let same = bench.organization();
    let second_token = bench
        .sandbox
        .world_mut()
        .issue_token(orgkeeper::sandbox::spot::OrganizationId(same), None)
        .unwrap()
        .value;

    assert_eq!(list(&mut bench).status, StatusCode::OK, "another method");
    bench.good("GET", &format!("/setup/account/{id}"), &Value::Null);
    let answer = bench.call("GET", &format!("/setup/account/{first}"), &Value::Null);
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the template counts, not the path");
    bench.token = Some(second_token);
    assert_eq!(list(&mut bench).status, StatusCode::TOO_MANY_REQUESTS, "tokens share");
    bench.token = Some(other_token);
    assert_eq!(list(&mut bench).status, StatusCode::OK, "organizations do not");
}

#[test]
fn a_route_can_have_its_own_limit() {
    let mut bench = bench(Contract::Production, 100);
    bench.sandbox.set_limits(Limits {
        per_minute: 100,
        routes: vec![RouteLimit {
            method: Some("post".to_owned()),
            route: "/setup/account".to_owned(),
            per_minute: 1,
        }],
    });
    bench.create("first");
    let answer = bench.call("POST", "/setup/account", &account("second"));
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&list(&mut bench), "x-ratelimit-limit"), 100);
}

#[test]
fn published_says_when_to_come_back_and_nothing_before() {
    let mut bench = bench(Contract::Published, 1);
    let good = list(&mut bench);
    assert!(good.headers.get("retry-after").is_none());
    bench.pass(10);
    let answer = list(&mut bench);
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(&answer, "retry-after"), 60, "the attempt itself pushed it out");
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("x-ratelimit")));
    assert!(answer.value().get("response").is_none());
}
