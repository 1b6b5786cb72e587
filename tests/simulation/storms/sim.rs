//! `make sim`: many storms, and one that is replayed and shrunk.

use super::plan::Storm;
use super::play::play;
use super::shrink::shrink;
use crate::support::unkind::Source;
use std::collections::BTreeMap;
use std::env::var;
use std::time::Instant;

/// The sources that are asked for; all if none are.
fn sources() -> Vec<Source> {
    match var("ORGKEEPER_SIM_SOURCES") {
        Ok(names) if names == "none" => Vec::new(),
        Ok(names) if !names.is_empty() => {
            let named = |name| Source::named(name).unwrap_or_else(|| panic!("no source is named {name}"));
            names.split(',').map(named).collect()
        }
        _ => Source::ALL.to_vec(),
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    match var(name) {
        Ok(text) if !text.is_empty() => {
            text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}"))
        }
        _ => otherwise,
    }
}

fn storm(seed: u64, sources: &[Source]) -> Storm {
    // Sources that are named are on, each of them.
    match var("ORGKEEPER_SIM_ALL_ON") {
        Ok(text) if text == "1" => Storm::with(seed, sources.iter().copied().collect()),
        _ => Storm::from_seed(seed, sources),
    }
}

fn again(seed: u64) -> String {
    let given = |name: &str, variable: &str| match var(variable) {
        Ok(text) if !text.is_empty() => format!(" {name}={text}"),
        _ => String::new(),
    };
    let (sources, on) = (given("SOURCES", "ORGKEEPER_SIM_SOURCES"), given("ALL_ON", "ORGKEEPER_SIM_ALL_ON"));
    format!("make sim SEED={seed}{sources}{on}")
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
    for seed in (first + part..first + count).step_by(usize::try_from(parts).unwrap()) {
        let outcome = play(&storm(seed, &sources));
        played += 1;
        if let Some(broken) = outcome.broken.first() {
            eprintln!("seed {seed}: {}: {}\n    {}", broken.promise, broken.how, again(seed));
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

/// Replays a seed, and says what of it breaks the promise.
#[test]
#[ignore = "`make sim SEED=n` runs it"]
fn replay() {
    let seed = number("ORGKEEPER_SIM_SEED", 0);
    let storm = storm(seed, &sources());
    let Some(broken) = play(&storm).broken.into_iter().next() else {
        eprintln!("seed {seed}: every promise is kept");
        return;
    };
    eprintln!("seed {seed}: {}: {}\nshrinking…", broken.promise, broken.how);
    let least = shrink(&storm, &broken);
    let outcome = play(&least);
    eprintln!("{}", outcome.picture);
    outcome.broken.iter().for_each(|broken| eprintln!("{}: {}", broken.promise, broken.how));
    eprintln!(
        "what is left, under {:?}, with these sources of trouble: {}",
        least.contract,
        least.source_names()
    );
    least.steps.iter().for_each(|step| eprintln!("  {step}"));
    panic!("{}", broken.promise);
}
