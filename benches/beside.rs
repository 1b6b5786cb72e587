//! Two programs side by side: this tree's operator, and another one's that `ORGKEEPER_BESIDE` names, each with the same
//! accounts on the same control plane, in turns. What counts is the ratio: the machine is as busy for the one as for the
//! other. `hack/beside.sh` builds the other and runs this.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on panics, and prints"
)]

#[path = "../tests/operator/rights.rs"]
#[allow(dead_code, unused_imports, reason = "its tests are none here")]
mod rights;
#[path = "../tests/operator/support/mod.rs"]
#[allow(unused_imports, reason = "its tests are none here")]
mod support;

use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::house::{ACME, House, Kind};
use support::operator::{Operator, Run};
use support::sandbox::Sandbox;
use support::wait::wait_until;

use orgkeeper::sandbox::spot::Contract;

/// For whatever takes long with so many.
const LIMIT: Duration = Duration::from_mins(30);
/// So many edits are timed, one after the other.
const EDITS: usize = 20;
/// As of a machine that is busy.
const FLAGS: [&str; 6] = ["--call-timeout", "10s", "--lease-duration", "30s", "--lease-renew", "5s"];

/// What is measured, with its unit.
const MEASURES: [&str; 5] = [
    "all accounts are created and Ready, s",
    "processor time until then, s",
    "most memory, MiB",
    "an edit at the vendor, ms (median)",
    "a new process looks at all, s of processor time",
];

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// One run of one program.
async fn run(program: PathBuf, accounts: usize) -> [f64; 5] {
    let house = House::build("beside", Sandbox::start(Contract::Production).await).await;
    let how = Run { program: Some(program), ..Run::with(&FLAGS) };
    let operator = house.start_with(&how).await;
    house.apply_organization().await;
    house.ready(Kind::Organization, house.namespace(), ACME).await;

    let begun = Instant::now();
    house.create_accounts(accounts).await;
    // To ask the API server for all of them again and again would cost more than what is measured.
    let made = async || (house.sandbox.accounts().await.len() >= accounts).then_some(());
    wait_until(LIMIT, "all are at the vendor", made).await;
    house.all_ready_within(LIMIT).await;
    let ready = begun.elapsed().as_secs_f64();
    let busy = operator.processor_time().as_secs_f64();

    let mut edits = Vec::new();
    for number in 0..EDITS {
        let (name, new) = (format!("account-{number}"), format!("renamed-{number}"));
        let begun = Instant::now();
        house.patch(Kind::Account, house.namespace(), &name, &json!({"spec": {"name": new}})).await;
        let is_there = async || {
            let accounts = house.sandbox.accounts().await;
            accounts.iter().any(|account| account.name == new).then_some(())
        };
        wait_until(LIMIT, "the edit is at the vendor", is_there).await;
        edits.push(begun.elapsed());
    }
    let memory = u32::try_from(operator.most_resident()).unwrap();
    operator.stop().await;

    let operator = house.start_with(&how).await;
    wait_until(LIMIT, "all were looked at", async || {
        (operator.reconciles("SpotAccount").await >= accounts as u64).then_some(())
    })
    .await;
    let anew = operator.processor_time().as_secs_f64();
    finish(house, operator).await;
    [ready, busy, f64::from(memory) / 1024.0, median(edits.iter().map(Duration::as_secs_f64)) * 1000.0, anew]
}

/// The objects stay, of both alike: what holds them goes with the control plane.
async fn finish(house: House, operator: Operator) {
    operator.stop().await;
    house.take_down().await;
}

fn median(all: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

#[tokio::main]
async fn main() {
    let Some(other) = std::env::var_os("ORGKEEPER_BESIDE") else {
        println!("hack/beside.sh runs this, with another program beside the one of this tree");
        return;
    };
    let (runs, accounts) = (number("RUNS", 5), number("ACCOUNTS", 2000));
    let programs = [PathBuf::from(other), env!("CARGO_BIN_EXE_orgkeeper").into()];
    let mut measured: [Vec<[f64; 5]>; 2] = Default::default();
    for round in 0..runs {
        // Neither is always the first.
        let turns = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in turns {
            measured[which].push(run(programs[which].clone(), accounts).await);
            println!(
                "run {round} of {}: {:.1?}",
                ["the other", "this"][which],
                measured[which].last().unwrap()
            );
        }
    }
    println!("\n{accounts} accounts, {runs} runs in turns: median (least to most)\n");
    println!("| | the other | this | ratio of medians |\n|---|---|---|---|");
    for (at, measure) in MEASURES.iter().enumerate() {
        let all = |which: usize| measured[which].iter().map(|run| run[at]).collect::<Vec<_>>();
        let shown = |which: usize| {
            let all = all(which);
            let (least, most) =
                (all.iter().copied().fold(f64::MAX, f64::min), all.iter().copied().fold(0.0, f64::max));
            format!("{:.1} ({least:.1} to {most:.1})", median(all.into_iter()))
        };
        let ratio = median(all(1).into_iter()) / median(all(0).into_iter());
        println!("| {measure} | {} | {} | {ratio:.2} |", shown(0), shown(1));
    }
}
