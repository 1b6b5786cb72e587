//! The unkind world itself: each source of trouble does what it says, and minds its own stream.

use crate::storms::plan::{Storm, Vendors};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{account, organization};
use crate::support::unkind::calls::Answer;
use crate::support::unkind::wall::{MachineClock, Wall};
use crate::support::unkind::{Source, Unkind};
use jiff::SignedDuration;
use orgkeeper::engine::base::ports::Clock as _;
use orgkeeper::engine::base::simulation::SimClock;
use orgkeeper::sandbox::spot::Contract;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

fn only(source: Source) -> Unkind {
    let unkind = Unkind::default();
    unkind.on(source, 1);
    unkind
}

#[test]
fn of_a_hundred_calls_one_takes_long_and_some_outlive_the_lease() {
    let unkind = only(Source::SlowCalls);
    let took: Vec<Duration> =
        (0..30_000).map(|_| unkind.call()).map(|trouble| trouble.before + trouble.after).collect();
    let longer = |than: Duration| took.iter().filter(|span| **span >= than).count();
    assert!(
        (150..=450).contains(&longer(Duration::from_millis(50))),
        "{}",
        longer(Duration::from_millis(50))
    );
    assert!(longer(secs(60)) > 0, "none outlives the Lease");
}

#[test]
fn calls_are_refused_lost_and_given_up_on() {
    let drawn = |source: Source| -> BTreeSet<&str> {
        let unkind = only(source);
        let calls = (0..5_000).map(|_| unkind.call().answer);
        calls
            .map(|answer| match answer {
                Answer::True => "true",
                Answer::Refused(_) => "refused",
                Answer::Lost(_) => "lost",
                Answer::GivenUp(_) => "given up",
            })
            .collect()
    };
    assert_eq!(drawn(Source::Errors), BTreeSet::from(["true", "refused", "lost"]));
    assert_eq!(drawn(Source::GivenUpCalls), BTreeSet::from(["true", "given up"]));
    assert_eq!(drawn(Source::LateWatches), BTreeSet::from(["true"]), "calls are not its matter");
}

#[test]
fn what_a_source_draws_does_not_depend_on_the_others() {
    let alone = only(Source::Errors);
    let among = Unkind::from_seed(1);
    for _ in 0..1_000 {
        // A call that is given up on fails in no other way.
        match among.call().answer {
            Answer::GivenUp(_) => {}
            answer => assert_eq!(alone.call().answer, answer),
        }
    }
}

#[test]
fn a_storm_without_one_source_is_the_same_otherwise() {
    for seed in 0..20 {
        let storm = |sources| Storm::with(seed, sources).over(Vendors::All);
        let all = storm(Source::ALL.into_iter().collect());
        for source in Source::ALL {
            let others = Source::ALL.into_iter().filter(|other| *other != source).collect();
            assert_eq!(all.without(source).steps, storm(others).steps, "seed {seed}, {source:?}");
        }
    }
}

#[test]
fn a_wall_clock_steps_and_drifts_and_the_tick_does_not() {
    let (clock, wall) = (SimClock::new(), Rc::new(Wall::default()));
    let machine = MachineClock { clock: Rc::clone(&clock), wall: Rc::clone(&wall) };
    let off = || machine.wall().duration_since(clock.wall());
    assert_eq!(off(), SignedDuration::ZERO);
    wall.step(SignedDuration::from_mins(-10));
    assert_eq!(off(), SignedDuration::from_mins(-10));
    wall.drift(clock.tick(), 1_000);
    clock.advance(secs(1_000));
    assert_eq!(off(), SignedDuration::from_mins(-10) + SignedDuration::from_secs(1));
    wall.drift(clock.tick(), -2_000);
    clock.advance(secs(1_000));
    assert_eq!(off(), SignedDuration::from_mins(-10) - SignedDuration::from_secs(1));
    assert_eq!(machine.tick(), clock.tick());
    wall.right(clock.tick());
    assert_eq!(off(), SignedDuration::ZERO);
}

#[test]
fn watches_that_break_and_lag_have_told_everything_in_the_end() {
    for source in [Source::DroppedWatches, Source::LateWatches] {
        let mut house = House::new(Contract::Production);
        house.way.unkind.on(source, 3);
        house.apply(&acme(), &organization());
        house.start();
        for round in 0..60 {
            house.apply(&home(&format!("a{}", round % 6)), &account(&format!("n{round}")));
            if round % 7 == 0 {
                house.delete(&home(&format!("a{}", (round + 3) % 6)));
            }
            house.run(secs(5));
        }
        house.way.unkind.relent();
        house.run(mins(5));
        let version = |object: &serde_json::Value| {
            let (meta, text) =
                (&object["metadata"], |value: &serde_json::Value| value.as_str().unwrap().to_owned());
            (text(&meta["name"]), text(&meta["resourceVersion"]))
        };
        let there: BTreeMap<String, String> = house.way.cluster.all().iter().map(version).collect();
        let known: BTreeMap<String, String> =
            house.processes[0].known().into_iter().map(|(key, version)| (key.name, version)).collect();
        assert_eq!(known, there, "{source:?}");
    }
}
