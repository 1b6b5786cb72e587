//! Every fault, as the caller sees it and as the state tells it.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::SignedDuration;
use orgkeeper::sandbox::spot::{Contract, FaultPlan, Start};
use orgkeeper::sandbox::{Delivery, Fault, FaultKind, ListFault, Reply, TextForm};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, account};

const ACCOUNTS: &str = "/setup/account";

/// Creates an account while the fault strikes: the reply, and whether the account is there.
fn create_under(contract: Contract, fault: FaultKind) -> (Reply, bool) {
    let mut bench = Bench::new(contract);
    bench.sandbox.add_fault(Fault::always(fault));
    let reply = bench.send("POST", ACCOUNTS, &account("wanted"));
    bench.sandbox.clear_faults();
    let there = bench.names().contains(&"wanted".to_owned());
    assert_eq!(there, reply.effect, "the reply tells the truth");
    (reply, there)
}

fn whole(fault: FaultKind) -> (orgkeeper::sandbox::Answer, bool) {
    let (reply, there) = create_under(Contract::Production, fault);
    (reply.answer().expect("a whole answer").clone(), there)
}

#[test]
fn a_delay_is_late_and_otherwise_good() {
    let duration = SignedDuration::from_secs(7);
    let (reply, there) = create_under(Contract::Production, FaultKind::Delay { duration });
    assert_eq!(reply.delay, Duration::from_secs(7));
    assert_eq!(reply.answer().unwrap().status, StatusCode::OK);
    assert!(there);
}

#[test]
fn a_connection_breaks_before_or_after_the_effect() {
    for (fault, effect) in [(FaultKind::ResetBeforeEffect, false), (FaultKind::ResetAfterEffect, true)] {
        let (reply, there) = create_under(Contract::Production, fault);
        assert!(matches!(reply.delivery, Delivery::Reset));
        assert_eq!(there, effect);
    }
}

#[test]
fn a_connection_breaks_within_the_body() {
    let (reply, there) = create_under(Contract::Production, FaultKind::CutBody);
    let Delivery::Cut(answer, sent) = reply.delivery else {
        panic!("{:?}", reply.delivery);
    };
    assert!(sent > 0 && sent < answer.body.len());
    assert!(there);
}

#[test]
fn a_hanging_request_is_carried_out_or_not() {
    for effect in [false, true] {
        let (reply, there) = create_under(Contract::Production, FaultKind::Hang { effect });
        assert!(matches!(reply.delivery, Delivery::Hang));
        assert_eq!(there, effect);
    }
}

#[test]
fn a_late_effect_comes_after_the_connection_broke() {
    let mut bench = Bench::production();
    let after = SignedDuration::from_secs(30);
    bench.sandbox.add_fault(Fault::once(&Method::POST, ACCOUNTS, FaultKind::LateEffect { after }));
    let reply = bench.send("POST", ACCOUNTS, &account("late"));
    assert!(matches!(reply.delivery, Delivery::Reset) && !reply.effect);
    assert_eq!(bench.sandbox.next_late(), Some(bench.now + after));
    bench.pass(29);
    assert_eq!(bench.names(), ["Sandbox"]);
    bench.pass(5);
    assert_eq!(bench.names(), ["Sandbox", "late"]);
    assert_eq!(bench.sandbox.next_late(), None);
    assert_eq!(bench.items(ACCOUNTS)[1]["createdAt"], "2026-11-22T10:00:30.000Z", "its own time");
    let first = bench.sandbox.requests().entries().next().unwrap();
    assert!(first.effect, "the log knows by now");
    assert_eq!(bench.sandbox.requests().counter("POST", ACCOUNTS).effects, 1);
}

#[test]
fn a_server_error_has_the_contracts_form() {
    for effect in [false, true] {
        let fault = FaultKind::ServerError { status: 503, effect };
        let (reply, there) = create_under(Contract::Production, fault.clone());
        let answer = reply.answer().unwrap();
        assert_eq!(answer.status.as_u16(), 503);
        assert_eq!(answer.value()["response"]["status"]["code"], 503);
        assert!(answer.headers.contains_key("x-ratelimit-limit"));
        assert_eq!(there, effect);

        let (reply, there) = create_under(Contract::Published, fault);
        let value = reply.answer().unwrap().value();
        assert!(value["error"].is_string() && value.get("response").is_none());
        assert_eq!(there, effect);
    }
}

#[test]
fn a_bad_gateway_speaks_html() {
    for effect in [false, true] {
        let (answer, there) = whole(FaultKind::BadGateway { effect });
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert_eq!(answer.headers["content-type"], "text/html");
        assert!(!answer.headers.contains_key("x-ratelimit-limit"));
        assert_eq!(there, effect);
    }
}

#[test]
fn garbage_is_a_200_that_is_no_json() {
    for effect in [false, true] {
        let (answer, there) = whole(FaultKind::Garbage { effect });
        assert_eq!(answer.status, StatusCode::OK);
        assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
        assert_eq!(there, effect);
    }
}

#[test]
fn a_429_out_of_the_blue_has_the_contracts_form() {
    let fault = FaultKind::TooManyRequests { reset_seconds: 17 };
    let (answer, there) = whole(fault.clone());
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["x-ratelimit-reset"], "17");
    assert_eq!(answer.headers["x-ratelimit-limit"], "6000", "the true limit");
    assert_eq!(answer.value()["response"]["data"], "Rate limit exceeded");
    assert!(!there);
    let (reply, _) = create_under(Contract::Published, fault);
    assert_eq!(reply.answer().unwrap().headers["retry-after"], "17");
}

#[test]
fn a_bare_404_is_not_the_vendors() {
    for (form, kind) in [(TextForm::Html, "text/html"), (TextForm::Text, "text/plain")] {
        let (answer, there) = whole(FaultKind::NotFound { form });
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.headers["content-type"], kind);
        assert!(!there);
    }
}

#[test]
fn a_token_can_be_refused() {
    for (fault, status) in [(FaultKind::Unauthorized, 401), (FaultKind::Forbidden, 403)] {
        let (answer, there) = whole(fault);
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.value()["response"]["status"]["code"], status);
        assert!(answer.headers.contains_key("x-ratelimit-limit"));
        assert!(!there);
    }
}

#[test]
fn a_redirection_leads_away() {
    let location = "https://elsewhere.example.com/".to_owned();
    let (answer, there) = whole(FaultKind::Redirect { status: 307, location: location.clone() });
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.headers["location"], location.as_str());
    assert!(!there);
}

#[test]
fn a_body_can_be_absurd() {
    let (answer, there) = whole(FaultKind::Enormous { bytes: 1 << 20 });
    assert!(answer.body.len() == 1 << 20 && answer.value().is_object() && there);
    let (answer, there) = whole(FaultKind::Nested { depth: 5000 });
    assert_eq!(answer.body.len(), 10_000);
    assert!(answer.body.starts_with(b"[[[[") && there);
}

#[test]
fn a_list_is_not_whole_in_four_ways() {
    for (contract, counted) in [(Contract::Production, true), (Contract::Published, false)] {
        for (manner, items, count) in [
            (ListFault::Fewer, Some(4), 5),
            (ListFault::ItemsMissing, None, 5),
            (ListFault::Empty, Some(0), 0),
            (ListFault::Half, Some(2), 2),
        ] {
            let mut start = Start::new(contract, TOKEN);
            start.accounts = 4;
            let mut bench = Bench::start(start);
            bench.sandbox.add_fault(Fault::always(FaultKind::List { manner }));
            let response = bench.get(ACCOUNTS)["response"].clone();
            let found = response.get("items").map(|items| items.as_array().unwrap().len());
            assert_eq!(found, items, "{manner:?}");
            let expected = if counted { json!(count) } else { Value::Null };
            assert_eq!(response.get("count").cloned().unwrap_or_default(), expected, "{manner:?}");
            bench.create("a write is no list");
        }
    }
}

#[test]
fn a_script_strikes_in_order_and_is_used_up() {
    let mut bench = Bench::production();
    let post = |fault| Fault::once(&Method::POST, ACCOUNTS, fault);
    bench.sandbox.add_fault(Fault { skip: 1, times: Some(2), ..post(FaultKind::Unauthorized) });
    bench.sandbox.add_fault(post(FaultKind::Forbidden));
    let mut seen = Vec::new();
    for _ in 0..5 {
        bench.get(ACCOUNTS);
        seen.push(bench.call("POST", ACCOUNTS, &account("x")).status.as_u16());
    }
    assert_eq!(seen, [403, 401, 401, 200, 200], "the one that skips lets the next one strike");
    assert!(bench.sandbox.faults().is_empty());
}

#[test]
fn a_delay_adds_to_what_strikes_besides() {
    let mut bench = Bench::production();
    let delay = |seconds| Fault::always(FaultKind::Delay { duration: SignedDuration::from_secs(seconds) });
    bench.sandbox.add_fault(delay(1));
    bench.sandbox.add_fault(Fault::always(FaultKind::Forbidden));
    bench.sandbox.add_fault(delay(2));
    let reply = bench.send("GET", ACCOUNTS, &Value::Null);
    assert_eq!(reply.delay, Duration::from_secs(3));
    assert_eq!(reply.answer().unwrap().status, StatusCode::FORBIDDEN);
}

#[test]
fn a_fault_finds_its_route() {
    for (method, route, strikes) in [
        (None, None, true),
        (Some("get"), Some("/SETUP/account/{accountId}"), true),
        (Some("GET"), Some("/setup/*"), true),
        (Some("PUT"), None, false),
        (None, Some("/setup/account"), false),
        (None, Some("/events/*"), false),
    ] {
        let mut bench = Bench::production();
        bench.sandbox.add_fault(Fault {
            method: method.map(ToOwned::to_owned),
            route: route.map(ToOwned::to_owned),
            ..Fault::always(FaultKind::Forbidden)
        });
        let path = format!("/setup/account/{}", bench.default_account());
        let answer = bench.call("GET", &path, &Value::Null);
        assert_eq!(answer.status == StatusCode::FORBIDDEN, strikes, "{method:?} {route:?}");
    }
}

#[test]
fn a_rate_is_a_share_and_the_same_again() {
    let run = |seed, rate| {
        let mut start = Start::new(Contract::Production, TOKEN);
        let fault = Fault { rate: Some(rate), ..Fault::always(FaultKind::Forbidden) };
        start.faults = FaultPlan::new(seed, vec![fault]);
        let mut bench = Bench::start(start);
        (0..1000)
            .map(|_| bench.call("GET", ACCOUNTS, &Value::Null).status == StatusCode::FORBIDDEN)
            .collect::<Vec<_>>()
    };
    let struck = |run: &[bool]| run.iter().filter(|struck| **struck).count();
    let one = run(1, 0.2);
    assert!((120..280).contains(&struck(&one)), "{}", struck(&one));
    assert_eq!(one, run(1, 0.2));
    assert_ne!(one, run(2, 0.2));
    assert_eq!(struck(&run(1, 0.0)), 0);
    assert_eq!(struck(&run(1, 1.0)), 1000);
}

#[test]
fn a_file_of_faults_reads_as_yaml_and_json() {
    let yaml = "
seed: 7
faults:
- method: POST
  route: /setup/account
  times: 2
  fault: {kind: resetAfterEffect}
- rate: 0.1
  fault: {kind: delay, duration: 1500ms}
- fault:
    kind: list
    manner: half
- fault: {kind: serverError}
";
    let plan: FaultPlan = serde_saphyr::from_str(yaml).unwrap();
    assert_eq!(plan.seed, 7);
    assert_eq!(
        plan.faults[0],
        Fault { times: Some(2), ..Fault::once(&Method::POST, ACCOUNTS, FaultKind::ResetAfterEffect) }
    );
    assert_eq!(plan.faults[1].fault, FaultKind::Delay { duration: SignedDuration::from_millis(1500) });
    assert_eq!(plan.faults[3].fault, FaultKind::ServerError { status: 500, effect: false });
    let json = serde_json::to_string(&plan).unwrap();
    let again: FaultPlan = serde_json::from_str(&json).unwrap();
    assert_eq!(again.faults, plan.faults);
    for wrong in [
        "faults: [{fault: {kind: explode}}]",
        "faults: [{fault: {kind: hang, efect: true}}]",
        "faults: [{routes: /x, fault: {kind: hang}}]",
    ] {
        assert!(serde_saphyr::from_str::<FaultPlan>(wrong).is_err(), "{wrong}");
    }
}
