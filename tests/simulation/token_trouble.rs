//! What comes between a token and its Secret (rule 5).

use crate::support::house::{House, mins, secs};
use crate::support::look::acme;
use crate::support::machines::{
    CI_TOKEN, ci, ci_spec, furnish, furnished, with_a_token_that_cannot_be_stored,
};
use crate::support::manifests::{HOME, machine, organization, user_key, with};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};
use std::time::Duration;

const CONTRACTS: [Contract; 2] = [Contract::Production, Contract::Published];

#[test]
fn a_user_that_lists_do_not_show_yet_keeps_its_token() {
    for contract in CONTRACTS {
        let mut house = furnish(House::new(contract).with_lag(secs(30)));
        house.apply(&ci(), &with(ci_spec(), json!({"deletionPolicy": "Orphan"})));
        house.until(mins(10), "ready", |house| house.ready(&ci()));
        let token = house.token().unwrap();
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        house.apply(&ci(), &ci_spec());
        house.until(mins(30), "ready", |house| house.ready(&ci()));
        house.run(mins(10));
        house.assert_one_that_works();
        assert_eq!(house.token(), Some(token), "{}", house.describe());
    }
}

#[test]
fn a_token_that_cannot_be_stored_is_told_of() {
    let mut house = with_a_token_that_cannot_be_stored();
    let told = house.way.cluster.events();
    let told: Vec<_> = told.iter().filter(|event| event.reason == "KubernetesUnavailable").collect();
    assert_eq!(told.len(), 1, "{}", house.describe());
    assert!(told[0].warning && told[0].note.contains(CI_TOKEN), "{:?}", told[0]);
    house.way.cluster.delete_secret(HOME, CI_TOKEN);
    house.until(mins(1), "ready", |house| house.ready(&ci()));
    house.assert_one_that_works();
}

#[test]
fn who_is_deleted_while_its_token_cannot_be_stored_goes() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        house.way.cluster.edit_secret(HOME, CI_TOKEN, |secret| secret.immutable = true);
        house.run(mins(5));
        house.delete(&ci());
        house.until(mins(10), "gone", |house| !house.exists(&ci()));
        assert!(house.users("ci").is_empty(), "{}", house.describe());
    }
}

#[test]
fn a_leader_that_stood_still_does_not_write_over_the_token_of_its_successor() {
    for contract in CONTRACTS {
        // It stands still at this many milliseconds after a person's wish.
        for moment in (0..100).step_by(10).chain([500, 1500, 1990, 2010, 2030, 2040, 2050, 2060, 2080, 2100])
        {
            let mut house = furnished(contract);
            house.start();
            house.run(mins(1));
            house.way.vendors.latency.set(secs(1));
            house.apply(&ci(), &ci_spec());
            house.run(Duration::from_millis(moment));
            house.processes[0].paused = true;
            house.run(mins(10));
            house.processes[0].paused = false;
            house.run(mins(10));
            house.until(mins(30), "ready", |house| house.ready(&ci()));
            house.assert_one_that_works_beside(1);
        }
    }
}

#[test]
fn deaths_while_another_user_is_made_for_a_token_end_with_one_that_works() {
    for contract in CONTRACTS {
        let mut house = furnished(contract);
        house.way.vendors.latency.set(secs(2));
        house.apply(&ci(), &ci_spec());
        house.until(mins(10), "made", |house| house.users("ci").len() == 1);
        house.restart();
        house.until(mins(30), "another", |house| house.users("ci").len() == 2);
        house.restart();
        house.until(mins(30), "its token is lost, too", |house| house.stalled(&ci(), "TokenLost"));
        house.run(mins(60));
        assert_eq!(house.users("ci").len(), 2, "nothing more is made unasked\n{}", house.describe());
        house.apply(&ci(), &with(ci_spec(), json!({"driftPolicy": "Report"})));
        house.until(mins(30), "ready", |house| house.ready(&ci()));
        house.run(mins(10));
        house.assert_one_that_works_beside(2);
    }
}

#[test]
fn a_user_without_a_token_stays_until_another_can_be_created() {
    let mut house = furnished(Contract::Production);
    house.way.vendors.latency.set(secs(2));
    house.apply(&ci(), &ci_spec());
    house.until(mins(10), "made", |house| house.users("ci").len() == 1);
    house.kill();
    let lost = house.users("ci");
    let missing = json!({"accounts": [{"accountRef": {"name": "missing"}, "role": "Editor"}]});
    house.apply(&ci(), &with(ci_spec(), missing));
    house.start();
    house.run(mins(60));
    assert_eq!(house.users("ci"), lost, "{}", house.describe());
    house.apply(&ci(), &ci_spec());
    house.until(mins(30), "ready", |house| house.ready(&ci()));
    house.run(mins(10));
    house.assert_one_that_works_beside(1);
}

/// Machine users enough to make their absence a surprise.
const CROWD: [&str; 6] = ["ci", "ci-1", "ci-2", "ci-3", "ci-4", "ci-5"];

/// How many users the vendor has of each of the crowd.
fn crowd(house: &House) -> Vec<usize> {
    CROWD.map(|name| house.users(name).len()).to_vec()
}

fn crowd_spec(name: &str) -> Value {
    with(machine(name, "prod"), json!({"deletionPolicy": "Delete"}))
}

/// A crowd of which each user was created by a process that died before it stored the tokens.
fn lost_crowd(contract: Contract, lag: Duration) -> House {
    let mut house = furnish(House::new(contract).with_lag(lag));
    let bold = json!({"guard": {"maxDestructivePerHour": 0}, "connection": {"requestsPerMinute": 3000}});
    house.apply(&acme(), &with(organization(), bold));
    house.run(mins(1));
    house.way.vendors.latency.set(secs(5));
    for name in CROWD {
        house.apply(&user_key(name), &crowd_spec(name));
    }
    house.until(mins(10), "made", |house| crowd(house) == [1; CROWD.len()]);
    house.kill();
    house.way.vendors.latency.set(Duration::from_millis(20));
    house.run(mins(3));
    house
}

#[test]
fn users_left_for_their_lost_tokens_count_for_nothing() {
    for contract in CONTRACTS {
        for lag in [secs(0), secs(30)] {
            let mut house = lost_crowd(contract, lag);
            let lost = CROWD.map(|name| house.users(name));
            house.start();
            house.until(mins(15), "ready", |house| CROWD.iter().all(|name| house.ready(&user_key(name))));
            assert_eq!(crowd(&house), [2; CROWD.len()]);
            let stays = |(name, lost): (&&str, &Vec<String>)| house.users(name).contains(&lost[0]);
            assert!(CROWD.iter().zip(&lost).all(stays), "whose they are nobody knows");
            house.run(mins(10));
            house.assert_one_that_works_beside(1);
            assert!(house.ready(&acme()), "no list shrank beyond belief\n{}", house.describe());
        }
    }
}
