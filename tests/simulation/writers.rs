//! One writer (rule 13).

use crate::support::house::{mins, secs};
use crate::support::leaders::{holder, two_processes};
use crate::support::look::home;
use crate::support::manifests::account;
use crate::support::process::LEASE;
use jiff::SignedDuration;
use orgkeeper::engine::run::End;
use orgkeeper::sandbox::{Fault, FaultKind};

#[test]
pub fn of_two_processes_one_works() {
    let mut house = two_processes();
    house.apply(&home("a"), &account("prod"));
    house.run(mins(30));
    assert!(house.ready(&home("a")));
    assert_eq!(holder(&house), "process-1");
    assert_eq!(house.processes[1].counts.reconciles.get(), 0, "the second only watches");
    assert_eq!((house.named("prod").len(), house.writes(&home("a"))), (1, 3));
}

#[test]
fn when_the_leader_ends_it_gives_the_lease_back_and_the_other_goes_on_at_once() {
    let mut house = two_processes();
    house.run(secs(5));
    house.processes[0].stop();
    house.apply(&home("a"), &account("prod"));
    house.until(secs(30), "ready", |house| house.ready(&home("a")));
    assert_eq!(house.processes[0].end.get(), Some(End::Stopped));
    assert_eq!(holder(&house), "process-2");
}

#[test]
pub fn when_the_leader_dies_the_other_waits_for_the_end_of_the_lease_and_for_settle() {
    let mut house = two_processes();
    house.run(secs(5));
    house.processes.remove(0);
    let died = house.now();
    house.apply(&home("a"), &account("prod"));
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    let took = house.now().since(died);
    assert!(took + secs(11) >= house.way.settle + LEASE, "{took:?}");
    assert!(took <= house.way.settle + LEASE + secs(25), "{took:?}");
    assert!(house.writes(&home("a")) <= 5, "waiting is written once: {}", house.describe());
    assert_eq!(house.named("prod").len(), 1);
}

#[test]
fn a_leader_that_stood_still_writes_nothing_after_the_other_took_over() {
    // It stands still at this many milliseconds after a person's wish.
    for moment in [0, 10, 13, 15, 17, 19, 21, 25, 30, 40, 60] {
        let mut house = two_processes();
        house.run(secs(30));
        house.apply(&home("a"), &account("prod"));
        house.run(std::time::Duration::from_millis(moment));
        house.processes[0].paused = true;
        house.run(mins(5));
        assert_eq!(holder(&house), "process-2");
        house.apply(&home("b"), &account("second"));
        house.run(mins(5));
        let calls = house.vendor_writes();
        house.processes[0].paused = false;
        house.run(secs(20));
        assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost), "{moment}");
        assert_eq!(house.vendor_writes(), calls, "{moment}\n{}", house.describe());
        house.run(mins(10));
        assert!(house.ready(&home("a")) && house.ready(&home("b")), "{moment}\n{}", house.describe());
        assert_eq!((house.named("prod").len(), house.named("second").len()), (1, 1), "{moment}");
    }
}

#[test]
fn a_request_of_the_dead_that_takes_effect_late_is_found_by_the_successor() {
    for after in [5, 25, 55] {
        let mut house = two_processes();
        house.run(secs(5));
        house.vendor().add_fault(Fault {
            method: Some("POST".into()),
            times: Some(1),
            ..Fault::always(FaultKind::LateEffect { after: SignedDuration::from_secs(after) })
        });
        house.apply(&home("a"), &account("prod"));
        house.until(secs(5), "sent", |house| house.calls("POST") == 1);
        house.processes.remove(0);
        house.until(mins(20), "ready", |house| house.ready(&home("a")));
        assert_eq!(house.named("prod").len(), 1, "{after}");
    }
}

#[test]
pub fn without_an_api_server_the_leader_ends_when_its_term_does() {
    let mut house = two_processes();
    house.run(secs(5));
    house.way.cluster.break_down(true);
    house.apply(&home("a"), &account("prod"));
    house.run(mins(3));
    assert_eq!(house.processes[0].end.get(), Some(End::LeaseLost));
    assert_eq!(house.vendor_writes(), 0, "no intent could be stored");
    house.way.cluster.break_down(false);
    house.until(mins(10), "ready", |house| house.ready(&home("a")));
    assert_eq!(house.named("prod").len(), 1);
}
