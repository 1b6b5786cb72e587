//! A wall clock that somebody sets decides nothing: waits are counted on the clock that never goes back, from
//! when a process first saw what it waits for (rules 4, 5 and 12).

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::machines::{ci, with_ci};
use crate::support::makings;
use crate::support::manifests::{account, organization, with};
use http::Method;
use jiff::SignedDuration;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::json;

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];
/// How far the clock is set.
const STEPS: [i64; 4] = [10, -10, 120, -120];

/// Who goes on after the clock was set.
#[derive(Clone, Copy, Debug)]
enum Goes {
    /// The same process.
    On,
    /// One that starts then.
    Anew,
    /// One that watched.
    Over,
}

const WAYS: [Goes; 3] = [Goes::On, Goes::Anew, Goes::Over];

fn step(house: &House, minutes: i64) {
    house.way.clock.step_wall(SignedDuration::from_mins(minutes));
}

fn go(house: &mut House, way: Goes) {
    match way {
        Goes::On => {}
        Goes::Anew => house.restart_at_once(),
        Goes::Over => drop(house.processes.remove(0)),
    }
}

/// The vendor breaks the connection of the next such create, and carries it out later than it may seem to
/// whose clock is set meanwhile.
fn late_create(house: &House, route: &str) {
    let late = FaultKind::LateEffect { after: SignedDuration::from_secs(80) };
    house.vendor().add_fault(Fault::once(&Method::POST, route, late));
}

#[test]
fn a_step_of_the_wall_clock_during_an_unknown_create_makes_no_second_one() {
    for contract in BOTH {
        for way in WAYS {
            for minutes in STEPS {
                let mut house = House::new(contract);
                house.apply(&acme(), &organization());
                house.start();
                house.until(mins(2), "ready", |house| house.ready(&acme()));
                house.start();
                late_create(&house, "/setup/account");
                house.apply(&home("a"), &account("prod"));
                house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
                step(&house, minutes);
                go(&mut house, way);
                // Two time-outs, `settle`, and the wait for a Lease that was not given back.
                house.until(mins(6), "ready", |house| house.ready(&home("a")));
                house.run(mins(5));
                assert_eq!(
                    house.named("prod").len(),
                    1,
                    "{contract:?} {way:?} {minutes}\n{}",
                    house.describe()
                );
                assert_eq!(house.calls("POST"), 1, "{contract:?} {way:?} {minutes}");
            }
        }
    }
}

#[test]
fn the_outcome_of_a_create_is_decided_within_two_time_outs_and_settle_wherever_the_clock_was_set() {
    for way in WAYS {
        for minutes in STEPS {
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &organization());
            house.start();
            house.until(mins(2), "ready", |house| house.ready(&acme()));
            house.start();
            let lost = FaultKind::ResetBeforeEffect;
            house.vendor().add_fault(Fault::once(&Method::POST, "/setup/account", lost));
            house.apply(&home("a"), &account("prod"));
            house.until(secs(5), "unknown", |house| house.waits(&home("a"), "OutcomeUnknown"));
            step(&house, minutes);
            let began = house.now();
            go(&mut house, way);
            house.until(mins(6), "ready", |house| house.ready(&home("a")));
            let took = house.now().since(began);
            // Two lists, `settle` apart; a take-over waits for the term and for `settle` before.
            let lists = 2 * house.way.settle + secs(30);
            let over = if matches!(way, Goes::Over) { mins(2) + secs(15) } else { secs(0) };
            assert!(took <= 2 * house.way.call_timeout + lists + over, "{way:?} {minutes}: {took:?}");
            assert_eq!(house.named("prod").len(), 1);
        }
    }
}

fn ask(house: &House, value: &str) {
    house.annotate(&ci(), &json!({"orgkeeper.dev/rotate-requested-at": value}));
}

#[test]
fn nor_does_one_during_the_unknown_create_of_a_rotation() {
    for contract in BOTH {
        for way in WAYS {
            for minutes in STEPS {
                let mut house = with_ci(contract);
                house.start();
                let old = house.id(&ci()).unwrap();
                late_create(&house, "/setup/user/programmatic");
                ask(&house, "one");
                house.run(secs(3));
                assert!(house.status(&ci())["token"]["rotation"].is_object(), "{}", house.describe());
                step(&house, minutes);
                go(&mut house, way);
                for _ in 0..60 {
                    house.run(secs(10));
                    // Beside the one whose maker nobody knows, which a person is asked about.
                    assert!(
                        house.users("ci").len() - house.leftovers().len() <= 2,
                        "{contract:?} {way:?} {minutes}\n{}",
                        house.describe()
                    );
                }
                assert_ne!(
                    house.id(&ci()),
                    Some(old),
                    "{contract:?} {way:?} {minutes}\n{}",
                    house.describe()
                );
            }
        }
    }
}

#[test]
fn nor_does_one_during_whatever_unknown_create() {
    for making in makings::all() {
        for (way, minutes) in [(Goes::On, 10), (Goes::On, -120), (Goes::Anew, 10), (Goes::Over, 120)] {
            let mut house = making.house();
            late_create(&house, making.route);
            (making.asks)(&mut house);
            house.start();
            house.until(mins(20), making.what, |house| making.sent(house) == 1);
            house.run(secs(3));
            step(&house, minutes);
            go(&mut house, way);
            house.run(mins(180));
            making.assert_one(&house);
            // Of the one whose maker nobody knows there is no token, and once another is made.
            let (sent, left) = (making.sent(&house), making.leftovers(&house).len());
            assert!(sent <= 1 + left, "{} {way:?} {minutes}\n{}", making.what, house.describe());
        }
    }
}

#[test]
fn a_step_neither_ends_an_overlap_nor_prolongs_it() {
    for way in [Goes::On, Goes::Over] {
        for minutes in STEPS {
            let mut house = with_ci(Contract::Production);
            house.start();
            let token = house.token().unwrap();
            ask(&house, "one");
            let switched = |house: &House| !house.status(&ci())["token"]["rotation"]["oldId"].is_null();
            house.until(mins(5), "switched", switched);
            house.run(secs(5));
            step(&house, minutes);
            go(&mut house, way);
            house.run(mins(55));
            assert!(house.whose(&token).is_some(), "{way:?} {minutes}: it works for as long as was said");
            house.until(mins(10), "over", |house| house.whose(&token).is_none());
        }
    }
}

#[test]
fn an_overlap_goes_on_where_it_was_after_a_restart_and_never_begins_anew() {
    let mut house = with_ci(Contract::Production);
    let token = house.token().unwrap();
    ask(&house, "one");
    let switched = |house: &House| !house.status(&ci())["token"]["rotation"]["oldId"].is_null();
    house.until(mins(5), "switched", switched);
    for _ in 0..5 {
        house.run(mins(11));
        assert!(house.whose(&token).is_some());
        house.restart_at_once();
    }
    house.until(mins(10), "over", |house| house.whose(&token).is_none());
}

fn key(number: usize) -> ObjectRef {
    home(&format!("a{number}"))
}

#[test]
fn a_step_neither_empties_the_hour_of_the_guard_nor_makes_it_longer() {
    const ALL: usize = 9;
    for way in WAYS {
        for minutes in STEPS {
            // Who starts after a step forward knows no better than the wall clock.
            if matches!(way, Goes::Anew) && minutes > 0 {
                continue;
            }
            let mut house = House::new(Contract::Production);
            house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 3}})));
            for number in 0..ALL {
                let spec = with(account(&format!("name-{number}")), json!({"deletionPolicy": "Delete"}));
                house.apply(&key(number), &spec);
            }
            house.start();
            house.until(mins(10), "ready", |house| (0..ALL).all(|number| house.ready(&key(number))));
            house.run(mins(10));
            house.start();
            for number in 0..6 {
                house.delete(&key(number));
            }
            house.until(mins(5), "stopped", |house| house.calls("DELETE") == 3);
            house.run(secs(5));
            step(&house, minutes);
            go(&mut house, way);
            house.run(mins(50));
            assert_eq!(house.calls("DELETE"), 3, "{way:?} {minutes}\n{}", house.describe());
            house.until(mins(20), "they go on", |house| house.calls("DELETE") == 6);
            // What was counted after the step counts for an hour too.
            for number in 6..ALL {
                house.delete(&key(number));
            }
            house.run(mins(50));
            assert_eq!(house.calls("DELETE"), 6, "{way:?} {minutes}");
            house.until(mins(20), "all are gone", |house| house.calls("DELETE") == ALL);
        }
    }
}
