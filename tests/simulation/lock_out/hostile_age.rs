//! A hostile reading: how old may be what the guard goes by?

use super::*;

/// One becomes an administrator in the console, and the other is none any more; no audit log tells.
fn takes_over(house: &House, one: &str, other: &str) {
    let now = house.wall();
    let mut vendor = house.vendor();
    let mut console = vendor.console(now).unaudited();
    console.set_policies(one, admin());
    console.set_policies(other, Grants::default());
}

/// At `rate` calls a minute: a person who administers nothing is read, then takes over from the only administrator in
/// the console, and is deleted here so long after the read.
fn whoever_took_over(rate: u32, after: u64) -> Vec<String> {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": rate}})));
    as_machine(&house);
    let to_be = there(&house, "jo", Grants::default());
    let was = there(&house, "kim", admin());
    house.apply(&jo(), &adopted("jo", json!({})));
    house.start();
    house.until(mins(30), "ready", |house| house.ready(&jo()));
    house.run(mins(20));
    house.annotate(&jo(), &json!({"orgkeeper.dev/reconcile-requested-at": "1"}));
    house.until(mins(10), "looked at", |house| house.status(&jo())["lastHandledReconcileAt"] == "1");
    takes_over(&house, &to_be, &was);
    house.run(secs(after));
    assert_eq!(administrators(&house), ["jo@example.com"]);
    house.delete(&jo());
    house.run(mins(20));
    administrators(&house)
}

#[test]
fn twin_whoever_took_over_long_ago_stays() {
    assert_eq!(whoever_took_over(300, 30), ["jo@example.com"]);
}

#[test]
fn whoever_took_over_a_moment_ago_stays_at_the_default_rate() {
    assert_eq!(whoever_took_over(300, 4), ["jo@example.com"]);
}

#[test]
fn whoever_took_over_minutes_ago_stays_where_few_calls_are_allowed() {
    assert_eq!(whoever_took_over(5, 150), ["jo@example.com"]);
}

#[test]
fn whoever_took_over_half_a_minute_ago_stays_where_thirty_calls_are_allowed() {
    assert_eq!(whoever_took_over(30, 30), ["jo@example.com"]);
}

/// Lee goes, as Kim remains; then Jo takes over from Kim, and goes too.
fn who_remains(rate: u32, after: u64) -> Vec<String> {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": rate}})));
    as_machine(&house);
    let to_be = there(&house, "jo", Grants::default());
    there(&house, "lee", admin());
    let kim = there(&house, "kim", admin());
    house.apply(&jo(), &adopted("jo", json!({})));
    house.apply(&user_key("lee"), &adopted("lee", json!({"policies": of_admin()})));
    house.start();
    house.until(mins(30), "ready", |house| house.ready(&jo()) && house.ready(&user_key("lee")));
    house.run(mins(21));
    house.delete(&user_key("lee"));
    house.until(mins(10), "gone", |house| !house.exists(&user_key("lee")));
    takes_over(&house, &to_be, &kim);
    house.run(secs(after));
    // Jo is read anew.
    house.annotate(&jo(), &json!({"orgkeeper.dev/reconcile-requested-at": "1"}));
    house.until(mins(10), "looked at", |house| house.status(&jo())["lastHandledReconcileAt"] == "1");
    house.delete(&jo());
    house.run(mins(20));
    administrators(&house)
}

#[test]
fn twin_who_remains_is_read_anew() {
    assert_eq!(who_remains(300, 15), ["jo@example.com"]);
}

#[test]
fn who_remains_is_read_anew_where_few_calls_are_allowed() {
    assert_eq!(who_remains(5, 30), ["jo@example.com"]);
}

#[test]
pub fn whoever_took_over_half_a_minute_ago_stays_where_few_calls_are_allowed() {
    assert_eq!(whoever_took_over(5, 30), ["jo@example.com"]);
}

#[test]
fn whoever_took_over_ten_seconds_ago_stays_where_thirty_calls_are_allowed() {
    assert_eq!(whoever_took_over(30, 12), ["jo@example.com"]);
}

#[test]
fn who_remains_is_read_anew_where_sixty_calls_are_allowed() {
    assert_eq!(who_remains(60, 12), ["jo@example.com"]);
}

#[test]
fn who_remains_is_read_anew_where_twenty_calls_are_allowed() {
    assert_eq!(who_remains(20, 15), ["jo@example.com"]);
}
