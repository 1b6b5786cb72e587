//! The Lease, whoever deletes it and whatever is waited for (rule 13).

use crate::support::cluster::PatchFault;
use crate::support::house::{House, mins, secs};
use crate::support::leaders::{holder, lease, two_processes};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization};
use crate::support::process::LEASE;
use futures::FutureExt;
use orgkeeper::engine::base::ports::{Cluster as _, LeaseRecord};
use orgkeeper::engine::run::{End, FINGERPRINT_SECRET};
use orgkeeper::sandbox::spot::Contract;
use std::time::Duration;

const SYSTEM: &str = "orgkeeper-system";

fn two_that_have_settled() -> House {
    let mut house = two_processes();
    house.run(secs(30));
    house
}

/// Runs on, and looks ten times a second who may write, and who says that it leads: nobody who does not hold
/// the Lease, and never two.
#[track_caller]
fn watch(house: &mut House, span: Duration) {
    let end = house.now() + span;
    while house.now() < end {
        house.run(Duration::from_millis(100));
        let now = house.now();
        let writes =
            |process: &&crate::support::process::Process| process.fence.may_send(now, house.way.call_timeout);
        let writers = house.processes.iter().filter(writes).count();
        assert!(writers <= 1, "{writers} may write");
        for process in house.processes.iter().filter(|process| !process.paused) {
            assert!(!process.leading.get() || process.fence.is_held(now), "it leads by its word alone");
        }
    }
}

#[test]
fn a_lease_that_somebody_deletes_stays_with_whoever_had_it() {
    for moment in 0..20 {
        let mut house = two_that_have_settled();
        house.run(Duration::from_millis(550 * moment));
        house.way.cluster.delete_lease();
        house.apply(&home("a"), &account("prod"));
        watch(&mut house, mins(4));
        assert_eq!(holder(&house), "process-1");
        assert!(house.ready(&home("a")) && house.processes[0].end.get().is_none(), "{}", house.describe());
    }
}

#[test]
fn whoever_sleeps_while_its_lease_is_deleted_is_waited_for_and_does_not_come_back_too_late() {
    for (asleep, key) in
        [5, 15, 45, 58, 62, 75, 100, 150, 300].into_iter().flat_map(|s| [(s, true), (s, false)])
    {
        let mut house = two_that_have_settled();
        house.processes[0].paused = true;
        house.way.cluster.delete_lease();
        if !key {
            // And what else would tell that this is no first start.
            house.way.cluster.delete_secret(SYSTEM, FINGERPRINT_SECRET.0);
        }
        house.apply(&home("a"), &account("prod"));
        watch(&mut house, secs(asleep));
        house.processes[0].paused = false;
        watch(&mut house, mins(5));
        let woke_in_time = secs(asleep) + secs(10) < LEASE;
        if woke_in_time {
            assert_eq!(
                (holder(&house).as_str(), house.processes[0].end.get()),
                ("process-1", None),
                "{asleep}"
            );
        } else if secs(asleep) > LEASE {
            assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost), "{asleep}");
        }
        house.until(mins(5), "ready", |house| house.ready(&home("a")));
        assert_eq!(house.named("prod").len(), 1, "{asleep}");
    }
}

#[test]
pub fn without_its_lease_an_installation_waits_for_the_term_and_for_settle_and_a_first_start_does_not() {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.start();
    house.until(secs(5), "ready at once", |house| house.ready(&acme()));
    house.kill();
    house.way.cluster.delete_lease();
    house.apply(&home("a"), &account("prod"));
    let began = house.now();
    house.start();
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    let took = house.now().since(began);
    assert!(took >= house.way.settle + LEASE, "{took:?}");
    assert!(took <= house.way.settle + LEASE + secs(25), "{took:?}");
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn the_lease_is_kept_while_the_key_of_fingerprints_cannot_be_had() {
    // A Secret without the key, and one that may not be read.
    for readable in [true, false] {
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &organization());
        let (name, key) = FINGERPRINT_SECRET;
        if readable {
            house.way.cluster.put_secret(SYSTEM, name, "other", "value");
        }
        let free = LeaseRecord::default();
        house.way.cluster.put_lease(free).now_or_never().unwrap().unwrap();
        house.way.cluster.refuse_secret_reads(!readable);
        house.start();
        house.run(secs(1));
        house.start();
        for _ in 0..20 {
            watch(&mut house, secs(30));
            assert_eq!(holder(&house), "process-1");
            let says: Vec<bool> = house.processes.iter().map(|process| process.leading.get()).collect();
            assert_eq!(says, [true, false]);
        }
        assert_eq!(house.processes[0].counts.reconciles.get(), 0, "nothing is looked at before");
        if readable {
            house.way.cluster.put_secret(SYSTEM, name, key, "0123456789abcdef");
        } else {
            house.way.cluster.refuse_secret_reads(false);
        }
        house.until(secs(10), "ready", |house| house.ready(&acme()));
        assert_eq!(house.processes[0].end.get(), None);
    }
}

#[test]
fn a_lease_that_is_lost_before_the_first_object_was_looked_at_ends_the_process() {
    let mut house = House::new(Contract::Production);
    house.way.cluster.put_secret(SYSTEM, FINGERPRINT_SECRET.0, "other", "value");
    house.way.cluster.put_lease(LeaseRecord::default()).now_or_never().unwrap().unwrap();
    house.start();
    house.run(secs(5));
    assert!(house.processes[0].leading.get());
    let taken = LeaseRecord { holder: "somebody".into(), duration: mins(60), ..lease(&house).unwrap() };
    house.way.cluster.put_lease(taken).now_or_never().unwrap().unwrap();
    house.run(secs(11));
    assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost));
    assert!(!house.processes[0].leading.get());
}

#[test]
pub fn a_first_start_looks_at_nothing_before_its_lease_is_known_to_have_outlived_its_key() {
    // Somebody deletes the Lease of a first start, and another process takes it before there is a key.
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &organization());
    house.way.cluster.refuse_secrets(true);
    house.start();
    house.run(secs(5));
    house.way.cluster.delete_lease();
    house.start();
    house.run(Duration::from_millis(100));
    assert_eq!(holder(&house), "process-2", "nothing said that there was one before");
    house.way.cluster.refuse_secrets(false);
    house.run(mins(5));
    assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost));
    assert_eq!(house.processes[0].counts.reconciles.get(), 0);
    assert!(house.ready(&acme()), "{}", house.describe());
}

#[test]
fn the_lease_is_kept_while_work_under_way_is_waited_for_at_the_end() {
    let mut house = House::new(Contract::Production);
    house.way.lease = (secs(12), secs(3));
    house.way.call_timeout = secs(4);
    house.apply(&acme(), &organization());
    house.start();
    house.until(secs(30), "ready", |house| house.ready(&acme()));
    house.apply(&home("a"), &account("prod"));
    house.until(secs(10), "created", |house| house.named("prod").len() == 1);
    for _ in 0..1_000 {
        house.way.patch_faults.add(0, PatchFault::Before);
    }
    house.processes[0].stop();
    for _ in 0..18 {
        watch(&mut house, secs(1));
        assert!(house.processes[0].leading.get() && house.processes[0].end.get().is_none());
        assert_eq!(holder(&house), "process-1");
    }
    house.until(secs(10), "ended", |house| house.processes[0].end.get() == Some(End::Stopped));
    assert_eq!(holder(&house), "", "and is given back");
    assert!(!house.processes[0].leading.get());
}
