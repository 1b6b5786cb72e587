//! Whoever sleeps through its Lease and wakes does nothing any more, also while it has not found out yet that the
//! Lease is lost: the API server takes its time to show it (rule 13).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, ci_spec};
use crate::support::manifests::{account, organization, with};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

/// How long the API server takes to show the Lease.
const LEASE_TAKES: u64 = 5;

/// A house with an organization and an account.
fn house() -> House {
    let mut house = House::new(Contract::Production);
    house.way.lease_takes = secs(LEASE_TAKES);
    house.apply(&acme(), &organization());
    house.apply(&home("prod"), &account("prod"));
    house.start();
    house.until(mins(2), "ready", |house| house.ready(&home("prod")));
    house.run(mins(2));
    house
}

/// Whether the process has heard of the object as it is.
fn is_told(house: &House, key: &ObjectRef) -> bool {
    let version = house.object(key)["metadata"]["resourceVersion"].clone();
    house.processes[0].known().get(key).is_some_and(|known| version == known.as_str())
}

/// The process falls asleep while the vendor answers its next read; nobody takes over.
fn asleep_while_it_reads(house: &mut House, name: &str, spec: &Value) {
    house.way.vendors.latency.set(secs(5));
    let reads = house.calls("GET");
    house.apply(&home(name), spec);
    house.until(mins(1), "it reads", |house| is_told(house, &home(name)) && house.calls("GET") > reads);
    house.processes[0].paused = true;
    house.run(mins(3));
}

/// The process falls asleep while the vendor answers a create, and another one takes over.
fn asleep_while_it_creates(house: &mut House, made: impl Fn(&House) -> bool) {
    house.start();
    house.run(secs(20));
    house.way.vendors.latency.set(secs(5));
    house.apply(&home("a"), &account("one"));
    house.apply(&ci(), &ci_spec());
    house.until(secs(30), "made", made);
    house.processes[0].paused = true;
    house.way.vendors.latency.set(secs(0));
    house.until(mins(30), "another goes on", |house| house.ready(&home("a")) && house.ready(&ci()));
    house.run(mins(15));
}

/// It wakes, and leaves no trace before it knows that the Lease is lost.
#[track_caller]
fn assert_wakes_in_vain(house: &mut House) {
    let traces =
        |house: &House| (house.all_writes(), house.way.cluster.secret_writes(), house.vendor_writes());
    let before = traces(house);
    house.processes[0].paused = false;
    house.run(secs(LEASE_TAKES - 1));
    assert_eq!(traces(house), before, "{}", house.describe());
}

#[test]
pub fn who_wakes_too_late_stores_nothing_that_the_vendor_answered() {
    let mut house = house();
    asleep_while_it_creates(&mut house, |house| house.named("one").len() == 1);
    assert_wakes_in_vain(&mut house);
}

#[test]
pub fn who_wakes_too_late_stores_no_token() {
    let mut house = house();
    asleep_while_it_creates(&mut house, |house| house.users("ci").len() == 1);
    assert_wakes_in_vain(&mut house);
}

#[test]
pub fn who_wakes_too_late_sets_no_finalizer() {
    let mut house = house();
    asleep_while_it_reads(&mut house, "a", &account("one"));
    assert_wakes_in_vain(&mut house);
}

#[test]
pub fn who_wakes_too_late_stores_no_status() {
    let mut house = house();
    let observed = with(account("one"), json!({"managementPolicy": "Observe"}));
    asleep_while_it_reads(&mut house, "a", &observed);
    assert_wakes_in_vain(&mut house);
}

#[test]
pub fn who_wakes_too_late_sends_nothing_to_the_vendor() {
    let mut house = house();
    asleep_while_it_reads(&mut house, "prod", &account("renamed"));
    assert_wakes_in_vain(&mut house);
}
