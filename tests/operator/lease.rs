//! Several processes and one Lease: one of them writes (rule 13).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use orgkeeper::sandbox::spot::Contract;
use rustix::process::Signal;
use serde_json::json;

use crate::support::{
    house::{ACME, House, LONG},
    operator::{Operator, Run},
    sandbox::Sandbox,
    wait::wait_until,
};

async fn house() -> House {
    House::build("lease", Sandbox::start(Contract::Production).await).await
}

/// Waits until the process says that it leads.
async fn leads(operator: &Operator) {
    wait_until(LONG, "it leads", async || operator.leads().await.then_some(())).await;
}

/// Waits until the process has listed all it watches.
async fn is_ready(operator: &Operator) {
    wait_until(LONG, "it is ready", async || (operator.page("/readyz").await.0 == 200).then_some(())).await;
}

/// How often each method wrote to the vendor.
async fn writes(house: &House) -> (usize, usize) {
    let writes = house.sandbox.writes().await;
    let count = |method: &str| writes.iter().filter(|request| request.method == method).count();
    assert_eq!(count("POST") + count("PUT"), writes.len());
    (count("POST"), count("PUT"))
}

/// Applies an account and waits until it is as declared.
async fn declare(house: &House, object: &str, name: &str) {
    let mut manifest = house.account(object);
    manifest["spec"]["name"] = json!(name);
    house.apply(&[manifest]).await;
    house.the_account(object).ready().await;
    house.sandbox.one(name).await;
}

#[tokio::test]
async fn one_of_two_writes_and_the_other_takes_over_when_it_is_killed() {
    let house = house().await;
    let first = house.start().await;
    leads(&first).await;
    let second = house.start().await;
    is_ready(&second).await;
    house.apply_organization().await;
    declare(&house, "payments", "payments").await;
    assert_eq!(writes(&house).await, (1, 0));
    assert!(first.leads().await && !second.leads().await);
    assert_eq!(second.reconciles("").await, 0, "who waits for the Lease looks at nothing");
    let (_, page) = second.page("/metrics").await;
    assert!(!page.contains("orgkeeper_vendor_requests_total{"), "nor asks the vendor: {page}");

    first.kill9().await;
    leads(&second).await;
    declare(&house, "payments", "renamed").await;
    declare(&house, "billing", "billing").await;
    assert_eq!(writes(&house).await, (2, 1), "each change once");

    // One that is asked to end gives the Lease back.
    let third = house.start().await;
    is_ready(&third).await;
    second.stop().await;
    leads(&third).await;
    declare(&house, "billing", "settled").await;
    assert_eq!(writes(&house).await, (2, 2));
    house.close(third).await;
}

#[tokio::test]
async fn one_that_slept_through_its_lease_writes_nothing_when_it_wakes() {
    let house = house().await;
    let sleeper = house.start().await;
    leads(&sleeper).await;
    house.apply_organization().await;
    declare(&house, "payments", "payments").await;
    let second = house.start().await;
    is_ready(&second).await;

    sleeper.signal(Signal::STOP);
    leads(&second).await;
    // The vendor does as before for whoever asks: the change is one that the sleeper would make too.
    declare(&house, "payments", "renamed").await;
    declare(&house, "billing", "billing").await;
    let id = house.sandbox.one("billing").await.id;
    let done = writes(&house).await;
    assert_eq!(done, (2, 1));
    let asleep = sleeper.log().len();
    sleeper.signal(Signal::CONT);
    let log = sleeper.log_file();
    let status = sleeper.wait_exit().await;
    assert!(!status.success(), "it ends, and whoever runs it starts it anew: {status}");
    let woken = std::fs::read_to_string(log).unwrap().split_off(asleep);
    assert!(woken.contains("the Lease is lost"), "{woken}");
    assert_eq!(writes(&house).await, done, "and it wrote nothing");

    // Who has the Lease goes on.
    house.sandbox.rename(&id, "by hand").await;
    house.the_organization(ACME).look_again("now").await;
    wait_until(LONG, "the name is put back", async || {
        (house.sandbox.named("billing").await.len() == 1).then_some(())
    })
    .await;
    assert_eq!(writes(&house).await, (2, 2));
    house.close(second).await;
}

/// How one process makes way for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is killed.
    Killed,
    /// It is stopped, and goes on once another has the Lease.
    Slept,
    /// It is asked to end, and gives the Lease back.
    Asked,
}

#[tokio::test]
async fn through_twenty_take_overs_each_change_is_made_once() {
    let quick = Run::with(&["--lease-duration", "3s", "--lease-renew", "500ms"]);
    let house = house().await;
    let mut leader = house.start_with(&quick).await;
    leads(&leader).await;
    let mut standby = house.start_with(&quick).await;
    house.apply_organization().await;
    house.the_organization(ACME).ready().await;
    let (mut created, mut renamed) = (0, 0);
    for round in 0..20 {
        let named = |object: String, name: String| {
            let mut manifest = house.account(&object);
            manifest["spec"]["name"] = json!(name);
            manifest
        };
        // Two come, and the two of the round before are called otherwise.
        let mut change: Vec<_> =
            ["a", "b"].map(|one| named(format!("{one}-{round}"), format!("{one} {round}"))).into();
        created += change.len();
        if let Some(before) = i32::checked_sub(round, 1).filter(|before| *before >= 0) {
            change.extend(
                ["a", "b"].map(|one| named(format!("{one}-{before}"), format!("{one} was {before}"))),
            );
            renamed += 2;
        }
        let done = house.sandbox.writes().await.len();
        house.apply(&change).await;
        // In the middle of them, each time at another place.
        let so_far = done + usize::try_from(round).unwrap() % (change.len() + 1);
        wait_until(LONG, "so many writes have come", async || {
            (house.sandbox.writes().await.len() >= so_far).then_some(())
        })
        .await;
        let way = [Way::Killed, Way::Slept, Way::Asked][usize::try_from(round).unwrap() % 3];
        let asleep = match way {
            Way::Killed => {
                leader.kill9().await;
                None
            }
            Way::Asked => {
                leader.stop().await;
                None
            }
            Way::Slept => {
                leader.signal(Signal::STOP);
                Some(leader)
            }
        };
        leads(&standby).await;
        let next = house.start_with(&quick).await;
        for manifest in &change {
            let object = house.the_account(manifest["metadata"]["name"].as_str().unwrap());
            object.ready().await;
            house.sandbox.one(manifest["spec"]["name"].as_str().unwrap()).await;
        }
        if let Some(sleeper) = asleep {
            let done = house.sandbox.writes().await.len();
            sleeper.signal(Signal::CONT);
            assert!(!sleeper.wait_exit().await.success(), "round {round}: who slept ends");
            assert_eq!(house.sandbox.writes().await.len(), done, "round {round}: and writes nothing");
        }
        (leader, standby) = (standby, next);
        is_ready(&standby).await;
    }
    let effects: Vec<_> = house.sandbox.writes().await.into_iter().filter(|write| write.effect).collect();
    let count = |method: &str| effects.iter().filter(|write| write.method == method).count();
    assert_eq!((count("POST"), count("PUT"), effects.len()), (created, renamed, created + renamed));
    standby.stop().await;
    house.close(leader).await;
}
