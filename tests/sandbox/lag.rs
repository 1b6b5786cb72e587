//! Lists that run behind.

use jiff::SignedDuration;
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, Start};
use serde_json::Value;

use crate::harness::{Bench, TOKEN, account};

fn bench(seconds: i64, reads: bool) -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.lag = Lag { lists: SignedDuration::from_secs(seconds), reads };
    Bench::start(start)
}

#[test]
fn a_change_reaches_the_lists_after_the_lag() {
    let mut bench = bench(10, false);
    assert_eq!(bench.names(), ["Sandbox"], "what was there at the start is seen at once");
    let id = bench.create("one");
    let path = format!("/setup/account/{id}");
    bench.pass(9);
    assert_eq!(bench.names(), ["Sandbox"]);
    bench.pass(1);
    assert_eq!(bench.names(), ["Sandbox", "one"]);

    bench.good("PUT", &path, &account("two"));
    assert_eq!(bench.names(), ["Sandbox", "one"]);
    bench.pass(5);
    bench.good("PUT", &path, &account("three"));
    bench.pass(5);
    assert_eq!(bench.names(), ["Sandbox", "two"], "each change has its own time");
    bench.pass(5);
    assert_eq!(bench.names(), ["Sandbox", "three"]);

    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(bench.names(), ["Sandbox", "three"], "still there");
    bench.pass(10);
    assert_eq!(bench.names(), ["Sandbox"]);
}

#[test]
fn a_read_by_id_is_immediate_unless_told_otherwise() {
    for reads in [false, true] {
        let mut bench = bench(10, reads);
        let id = bench.create("one");
        let path = format!("/setup/account/{id}");
        let expected = if reads { 400 } else { 200 };
        assert_eq!(bench.call("GET", &path, &Value::Null).status.as_u16(), expected);
        bench.pass(10);
        assert_eq!(bench.items(&path)[0]["name"], "one");
        bench.good("DELETE", &path, &Value::Null);
        let expected = if reads { 200 } else { 400 };
        assert_eq!(bench.call("GET", &path, &Value::Null).status.as_u16(), expected);
    }
}

#[test]
fn writes_never_run_behind() {
    let mut bench = bench(3600, true);
    let id = bench.create("one");
    let path = format!("/setup/account/{id}");
    bench.good("PUT", &path, &account("two"));
    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(bench.call("DELETE", &path, &Value::Null).status, 400);
}

#[test]
fn a_lag_that_changes_neither_hides_nor_keeps() {
    let mut bench = bench(0, false);
    bench.create("seen");
    bench.sandbox.set_lag(Lag::of_lists(SignedDuration::from_hours(1)));
    assert_eq!(bench.names(), ["Sandbox", "seen"], "what was seen stays");
    bench.create("waiting");
    assert_eq!(bench.names(), ["Sandbox", "seen"]);
    bench.sandbox.set_lag(Lag::default());
    assert_eq!(bench.names(), ["Sandbox", "seen", "waiting"], "what waited is let go");
}

#[test]
fn what_no_list_shows_is_forgotten() {
    let mut bench = bench(10, false);
    let first = bench.create("first");
    bench.good("DELETE", &format!("/setup/account/{first}"), &Value::Null);
    assert_eq!(bench.sandbox.world().accounts().count(), 2, "a list could still show it");
    bench.pass(10);
    let second = bench.create("second");
    bench.good("DELETE", &format!("/setup/account/{second}"), &Value::Null);
    assert!(bench.sandbox.world().accounts().all(|account| account.id != first));
}
