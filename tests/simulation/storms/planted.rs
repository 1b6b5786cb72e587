//! Storms over an engine from which a check is taken out: how many it takes until a promise is broken.

use super::play::play;
use super::sim::{again, given, number, sources, storm};
use crate::support::journal::Broken;
use orgkeeper::engine::checks::{Check, exercised, plant};
use std::collections::{BTreeMap, BTreeSet};

/// The check that is to be taken out, if one is.
pub fn asked_for() -> Option<Check> {
    let name = given("ORGKEEPER_SIM_PLANT")?;
    Some(Check::named(&name).unwrap_or_else(|| panic!("no check is named {name}")))
}

/// What breaks first in the storm of this seed without the check, if anything does.
fn without(check: Check, seed: u64) -> Option<Broken> {
    let _planted = plant(&[check]);
    play(&storm(seed, &sources())).broken.into_iter().next()
}

/// Plays storms without the check, until one breaks a promise.
#[test]
#[ignore = "`make sim PLANT=<check>` runs it"]
fn one() {
    let check = asked_for().expect("a check is named");
    let (first, count) = (number("ORGKEEPER_SIM_FROM", 0), number("ORGKEEPER_SIM_SEEDS", 200));
    let found = (first..first + count).find_map(|seed| Some((seed, without(check, seed)?)));
    let Some((seed, broken)) = found else {
        panic!("{count} storms do not notice that {check:?} is out:{}", check.held());
    };
    let nth = seed - first + 1;
    eprintln!("seed {seed}, the {nth}. storm: {}: {}\n    {}", broken.promise, broken.how, again(seed));
}

/// Goes through a part of the checks, every so manieth: for each a row of the table.
///
/// Where a check has nothing to stop, taking it out changes nothing: such a storm is played once for all checks.
#[test]
#[ignore = "`make sim PLANT=all` runs it"]
fn all() {
    let (first, count) = (number("ORGKEEPER_SIM_FROM", 0), number("ORGKEEPER_SIM_SEEDS", 200));
    let (part, parts) = (number("ORGKEEPER_SIM_PART", 0), number("ORGKEEPER_SIM_PARTS", 1));
    let mut there: BTreeMap<u64, BTreeSet<Check>> = BTreeMap::new();
    for seed in first..first + count {
        exercised();
        match play(&storm(seed, &sources())).broken.first() {
            Some(broken) if part == 0 => {
                eprintln!("seed {seed} breaks a promise with all checks in place: {}", broken.promise);
            }
            Some(_) => {}
            None => drop(there.insert(seed, exercised())),
        }
    }
    let place = usize::try_from(part).unwrap();
    for check in Check::ALL.iter().skip(place).step_by(usize::try_from(parts).unwrap()) {
        let seeds = there.iter().filter(|(_, exercised)| exercised.contains(check)).map(|(seed, _)| *seed);
        let seeds: Vec<u64> = seeds.collect();
        let found = seeds.iter().find_map(|seed| Some((*seed, without(*check, *seed)?)));
        let (nth, promise) = match found {
            Some((seed, broken)) => (seed - first + 1, broken.promise),
            None => (count + 1, String::new()),
        };
        eprintln!("row {nth} {} {} {} {promise}", check.name(), check.rule(), seeds.len());
    }
}
