//! Storms over an engine from which a check is taken out: how many it takes until a promise is broken.

use super::plan::Storm;
use super::play::play;
use super::sim::{again, given, number, sources, storms};
use crate::support::journal::Broken;
use crate::support::unkind::Source;
use orgkeeper::engine::base::checks::{Check, exercised, plant};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Within how many storms a check is noticed, where the page says so.
const LIMIT: u64 = 500;

/// The checks that are to be taken out, each for itself.
fn asked_for() -> Vec<Check> {
    let named = |name| Check::named(name).unwrap_or_else(|| panic!("no check is named {name}"));
    match given("ORGKEEPER_SIM_PLANT") {
        Some(names) if names == "all" => Check::ALL.to_vec(),
        Some(names) => names.split(',').map(named).collect(),
        None => Vec::new(),
    }
}

/// The check that is to be taken out, if one is.
pub fn the_one() -> Option<Check> {
    asked_for().into_iter().next()
}

/// What breaks first in a storm without the check, if anything does.
fn without(check: Check, storm: &Storm) -> Option<Broken> {
    let _planted = plant(&[check]);
    play(storm).broken.into_iter().next()
}

/// What is known of a check.
#[derive(Default)]
struct Row {
    /// How many storms came to where it stops something.
    came: usize,
    /// The first storm that noticed, and what broke there.
    found: Option<(Storm, Broken)>,
}

/// The search for the storms that notice.
struct Search {
    rows: Mutex<BTreeMap<Check, Row>>,
    next: AtomicU64,
    end: u64,
}

impl Search {
    /// Plays every storm of the seeds that nobody else plays, until all that is sought is found.
    fn play(&self) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end || self.sought(seed).is_empty() {
                return;
            }
            for storm in &storms(seed, &sources()) {
                self.storm(storm);
            }
        }
    }

    /// Where a check has nothing to stop, taking it out changes nothing: such a storm is played once for all.
    fn storm(&self, storm: &Storm) {
        exercised();
        if let Some(broken) = play(storm).broken.first() {
            eprintln!("seed {} breaks a promise with all checks in place: {}", storm.seed, broken.promise);
            return;
        }
        let came = exercised();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.iter_mut().filter(|(check, _)| came.contains(check)).for_each(|(_, row)| row.came += 1);
        drop(rows);
        for check in self.sought(storm.seed).into_iter().filter(|check| came.contains(check)) {
            if let Some(broken) = without(check, storm) {
                eprintln!("seed {}: without {}: {}", storm.seed, check.name(), broken.promise);
                let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
                let row = rows.entry(check).or_default();
                if row.found.as_ref().is_none_or(|(found, _)| storm.seed < found.seed) {
                    row.found = Some((storm.clone(), broken));
                }
            }
        }
    }

    /// The checks that no storm before this one noticed so far.
    fn sought(&self, seed: u64) -> Vec<Check> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |row: &Row| row.found.as_ref().is_none_or(|(found, _)| found.seed > seed);
        rows.iter().filter(|(_, row)| open(row)).map(|(check, _)| *check).collect()
    }
}

/// Those that storms notice soonest.
const SOON: [Check; 4] = [Check::OverlapKept, Check::TermRespected, Check::IdsAtHome, Check::AtRestIsKept];

#[test]
fn what_storms_notice_soonest_the_first_of_them_notice() {
    for check in SOON {
        let noticed = (0..5).any(|seed| without(check, &Storm::from_seed(seed, &Source::ALL)).is_some());
        assert!(noticed, "no storm notices that {check:?} is out:{}", check.held());
    }
}

/// The rows of the table of the page.
fn told() -> BTreeMap<&'static str, (u32, Option<u64>)> {
    let page = include_str!("../../../docs/storms.md");
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        Some((name, (cells.get(2)?.parse().ok()?, cells.get(3)?.parse().ok())))
    };
    page.lines().filter_map(row).collect()
}

#[test]
fn the_page_has_each_check_and_enough_that_storms_notice() {
    let told = told();
    let known: BTreeMap<&str, u32> = Check::ALL.iter().map(|check| (check.name(), check.rule())).collect();
    let rules: BTreeMap<&str, u32> = told.iter().map(|(name, (rule, _))| (*name, *rule)).collect();
    assert_eq!(rules, known, "docs/storms.md: `make sim SEEDS=500 PLANT=all` tells the table");
    let noticed: Vec<u32> = told
        .values()
        .filter_map(|(rule, seeds)| seeds.filter(|seeds| *seeds <= LIMIT).and(Some(*rule)))
        .collect();
    assert!(noticed.len() >= 40, "{} are noticed", noticed.len());
    let rules: BTreeSet<u32> = noticed.into_iter().collect();
    assert_eq!(rules, (1..=15).collect(), "one of each rule at least");
}

/// Plays storms without each of the checks that are asked for, until one breaks a promise, and tells all in a table.
#[test]
#[ignore = "`make sim PLANT=<checks>` runs it"]
fn search() {
    let (first, count) = (number("ORGKEEPER_SIM_FROM", 0), number("ORGKEEPER_SIM_SEEDS", 200));
    let checks = asked_for();
    let search = Search {
        rows: Mutex::new(checks.iter().map(|check| (*check, Row::default())).collect()),
        next: AtomicU64::new(first),
        end: first + count,
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| search.play());
        }
    });
    let rows = search.rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut rows: Vec<(Check, Row)> = rows.into_iter().collect();
    let nth = |row: &Row| row.found.as_ref().map_or(u64::MAX, |(storm, _)| storm.seed - first + 1);
    rows.sort_by_key(|(check, row)| (nth(row), check.rule(), *check));
    eprintln!("\n| check | rule | seeds | the promise that breaks |\n|---|---|---|---|");
    for (check, row) in &rows {
        let (seeds, promise) = match &row.found {
            Some((_, broken)) => (nth(row).to_string(), broken.promise.clone()),
            None => ("-".to_owned(), format!("{} storms come to it", row.came)),
        };
        eprintln!("| `{}` | {} | {seeds} | {promise} |", check.name(), check.rule());
    }
    let found = rows.iter().filter(|(_, row)| row.found.is_some()).count();
    eprintln!("{found} of {} are found within {count} storms", rows.len());
    if let [(check, Row { found, .. })] = &rows[..] {
        let (storm, broken) = found.as_ref().unwrap_or_else(|| panic!("nobody notices:{}", check.held()));
        eprintln!("seed {}: {}: {}\n    {}", storm.seed, broken.promise, broken.how, again(storm));
    }
}
