//! What is said of each who would be locked out, word for word.

use super::*;

/// What is said, and how it comes to that.
const SAID: &str = include_str!("words.txt");

/// What is asked where it comes to that, without the answer, which is another for each digest.
fn asked(contract: Contract, way: &Way) -> String {
    let mut house = House::new(contract);
    let root = match contract {
        Contract::Production => organization(),
        Contract::Published => published::of_known_token(&house),
    };
    house.apply(&acme(), &root);
    let objects = (way.begin)(&house);
    start(&mut house, &objects);
    house.vendor().clear_requests();
    (way.act)(&mut house);
    house.until(mins(15), way.name, |house| house.stalled(&(way.asks)(), "WouldLockOut"));
    let said = house.message(&(way.asks)(), "Stalled");
    let answer = house.digest(&(way.asks)(), "Stalled");
    format!("{}: {}\n", way.name, said.replace(&answer, "…"))
}

#[test]
fn what_is_said_of_each_is_what_was_said_before() {
    let production = ways::WAYS.iter().chain(policies::WAYS).chain(late::LATE);
    let all = production.map(|way| asked(Contract::Production, way));
    let said: String =
        all.chain(published::PUBLISHED.iter().map(|way| asked(Contract::Published, way))).collect();
    assert!(said.lines().eq(SAID.lines()), "{said}");
}
