//! Bad states that only time can show. Each ends in its row of the health table, with a reason and a
//! message that tell the next step, without a write to the vendor where none is right, and without a
//! hot loop; and each ends when its cause does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod absence;
mod claims;
mod connection;
mod grants;
mod names;
mod token;

use std::time::{Duration, Instant};

use orgkeeper::sandbox::Fault;
use orgkeeper::sandbox::spot::{Contract, Spot};
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, LONG},
    object::Object,
    operator::{Operator, Run},
    sandbox::Sandbox,
    wait::wait_until,
};

/// When the operator looks again at what only a person can resolve.
const SLOWLY: Duration = Duration::from_millis(500);
/// How many reconciles are watched. The first two may follow each other at once: our own writes come
/// back by the watch.
const WATCHED: u64 = 5;
/// How many calls one reconcile may make: which contract it is takes two, a list one.
const CALLS: u64 = 3;

/// What holds under either contract.
const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A house whose organization is not there yet, and its operator.
async fn house(name: &str) -> (House, Operator) {
    house_with(Contract::Production, name, 1, &[]).await
}

async fn house_with(
    contract: Contract,
    name: &str,
    namespaces: usize,
    sandbox: &[&str],
) -> (House, Operator) {
    let sandbox = Sandbox::start_with(contract, sandbox).await;
    let house = House::with_namespaces(name, namespaces, sandbox).await;
    let operator = start(&house, SLOWLY).await;
    (house, operator)
}

/// An operator that looks so slowly at what only a person can resolve.
async fn start(house: &House, slowly: Duration) -> Operator {
    let slowly = format!("{}ms", slowly.as_millis());
    house.start_with(&Run::with(&["--slow-retry", &slowly])).await
}

/// A house with its organization, which is ready.
async fn ready_house(contract: Contract, name: &str, sandbox: &[&str]) -> (House, Operator) {
    let (house, operator) = house_with(contract, name, 1, sandbox).await;
    house.apply_organization().await;
    house.the_organization(ACME).ready().await;
    (house, operator)
}

fn fault(fault: Value) -> Fault {
    Fault::read::<Spot>("", fault).unwrap()
}

/// What befalls the list of accounts.
fn of_lists(kind: &Value) -> Fault {
    fault(json!({"method": "GET", "route": "/setup/account", "fault": kind}))
}

/// Asserts that the message tells all of this.
fn tells(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

/// Watches a bad state last: objects of the kind are looked at slowly, with few calls, nothing is
/// written to the vendor, and `unchanged` is not written either.
async fn lasts_calmly(house: &House, operator: &Operator, kind: &str, unchanged: &[&Object<'_>]) {
    // What led to the state may still be on its way.
    let settled = operator.reconciles(kind).await + 2;
    wait_until(LONG, "it has settled", async || (operator.reconciles(kind).await >= settled).then_some(()))
        .await;
    let mut versions = Vec::new();
    for object in unchanged {
        versions.push(object.resource_version().await);
    }
    let count = async || {
        let counters = house.sandbox.counters().await;
        counters.iter().map(|counter| counter.requests).sum::<u64>()
    };
    let (calls, writes) = (count().await, house.sandbox.writes().await.len());
    let (of_kind, all, began) =
        (operator.reconciles(kind).await, operator.reconciles("").await, Instant::now());
    wait_until(LONG, &format!("{WATCHED} reconciles of {kind}"), async || {
        (operator.reconciles(kind).await >= of_kind + WATCHED).then_some(())
    })
    .await;
    let took = began.elapsed();
    assert!(took > SLOWLY * 3 / 2, "{WATCHED} reconciles of {kind} within {took:?}");
    let reconciles = operator.reconciles("").await - all;
    let made = count().await - calls;
    // One may be under way at either end.
    assert!(made <= CALLS * (reconciles + 2), "{made} calls in {reconciles} reconciles");
    assert_eq!(house.sandbox.writes().await.len(), writes, "a write to the vendor");
    for (object, version) in unchanged.iter().zip(versions) {
        assert_eq!(object.resource_version().await, version, "a write to Kubernetes");
    }
}
