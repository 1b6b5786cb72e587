//! `make sim`: many storms, and one that is replayed and shrunk.

use super::plan::{Storm, Vendors};
use super::planted::the_one;
use super::play::play;
use super::shrink::shrink;
use crate::support::unkind::Source;
use orgkeeper::engine::base::checks::plant;
use std::collections::BTreeMap;
use std::env::var;
use std::time::Instant;

/// What a variable says, if it says anything.
pub fn given(name: &str) -> Option<String> {
    var(name).ok().filter(|text| !text.is_empty())
}

/// The sources that are asked for; all if none are.
pub fn sources() -> Vec<Source> {
    match given("ORGKEEPER_SIM_SOURCES") {
        Some(names) if names == "none" => Vec::new(),
        Some(names) => {
            let named = |name| Source::named(name).unwrap_or_else(|| panic!("no source is named {name}"));
            names.split(',').map(named).collect()
        }
        None => Source::ALL.to_vec(),
    }
}

/// The number that a variable says, if it says one.
pub fn number(name: &str, otherwise: u64) -> u64 {
    let parsed = |text: String| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"));
    given(name).map_or(otherwise, parsed)
}

/// The vendors that storms are over, as it is asked for; each way if it is not.
fn vendors() -> Vec<Vendors> {
    let Some(name) = given("ORGKEEPER_SIM_VENDORS") else { return Vendors::EACH.to_vec() };
    let named = Vendors::EACH.into_iter().find(|vendors| vendors.name() == name);
    vec![named.unwrap_or_else(|| panic!("no storm is over {name}: it is over spot, or over all"))]
}

/// The storm of the seed over these vendors, as it is asked for.
pub fn storm(seed: u64, sources: &[Source], vendors: Vendors) -> Storm {
    // Sources that are named are on, each of them.
    let storm = match given("ORGKEEPER_SIM_ALL_ON") {
        Some(text) if text == "1" => Storm::with(seed, sources.iter().copied().collect()),
        _ => Storm::from_seed(seed, sources),
    };
    storm.over(vendors)
}

/// The storms of the seed.
pub fn storms(seed: u64, sources: &[Source]) -> Vec<Storm> {
    vendors().into_iter().map(|vendors| storm(seed, sources, vendors)).collect()
}

/// The command that replays the storm.
pub fn again(storm: &Storm) -> String {
    let variables = ["PLANT", "SOURCES", "ALL_ON"].into_iter();
    let also = variables.filter_map(|name| Some((name, given(&format!("ORGKEEPER_SIM_{name}"))?)));
    let mut words = vec![format!("make sim SEED={} VENDORS={}", storm.seed, storm.vendors.name())];
    words.extend(also.map(|(name, text)| format!("{name}={text}")));
    words.join(" ")
}

/// Plays a part of the seeds: every so manieth.
#[test]
#[ignore = "`make sim` runs it"]
fn sim() {
    let (first, count) = (number("ORGKEEPER_SIM_FROM", 0), number("ORGKEEPER_SIM_SEEDS", 200));
    let (part, parts) = (number("ORGKEEPER_SIM_PART", 0), number("ORGKEEPER_SIM_PARTS", 1));
    let (sources, began) = (sources(), Instant::now());
    let mut played = 0_u32;
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let seeds = (first + part..first + count).step_by(usize::try_from(parts).unwrap());
    for storm in seeds.flat_map(|seed| storms(seed, &sources)) {
        let (seed, outcome) = (storm.seed, play(&storm));
        played += 1;
        if let Some(broken) = outcome.broken.first() {
            eprintln!("seed {seed}: {}: {}\n    {}", broken.promise, broken.how, again(&storm));
            found.entry(broken.promise.clone()).or_default().push(seed);
        }
    }
    let rate = f64::from(played) / began.elapsed().as_secs_f64();
    eprintln!("{played} storms, {rate:.1} a second");
    for (promise, seeds) in &found {
        eprintln!("{:4} x {promise}: {:?}", seeds.len(), &seeds[..seeds.len().min(8)]);
    }
    assert!(found.is_empty(), "promises were broken");
}

/// Replays a seed, and says what of it breaks the promise; without a check, if one is to be taken out.
#[test]
#[ignore = "`make sim SEED=n` runs it"]
fn replay() {
    let storms = storms(number("ORGKEEPER_SIM_SEED", 0), &sources());
    let broken: Vec<String> = storms.iter().filter_map(replayed).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

/// The promise that the storm breaks, of which all is told.
fn replayed(storm: &Storm) -> Option<String> {
    let _planted = the_one().map(|check| plant(&[check]));
    let what = format!("seed {} over {}", storm.seed, storm.vendors.name());
    let Some(broken) = play(storm).broken.into_iter().next() else {
        eprintln!("{what}: every promise is kept");
        return None;
    };
    eprintln!("{what}: {}: {}\nshrinking…", broken.promise, broken.how);
    let least = shrink(storm, &broken);
    let outcome = play(&least);
    eprintln!("{}", outcome.picture);
    outcome.broken.iter().for_each(|broken| eprintln!("{}: {}", broken.promise, broken.how));
    eprintln!(
        "what is left, under {:?}, with these sources of trouble: {}",
        least.contract,
        least.source_names()
    );
    least.steps.iter().for_each(|step| eprintln!("  {step}"));
    Some(broken.promise)
}
