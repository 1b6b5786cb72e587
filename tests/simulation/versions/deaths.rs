//! Who takes over from an earlier program may die on the way, and so takes over from both.

use super::{doubles, excess};
use crate::support::fixture;

/// What an earlier program had begun with people and organizations, each in another way.
const BEGUN: [&str; 12] = [
    "create-person-only-finalizer",
    "create-person-unsent",
    "published-create-person-sent",
    "create-person-met",
    "create-person-unknown-not-made",
    "person-adoption-asked",
    "gone-person-confirmed",
    "delete-open-person-made",
    "create-organization-only-finalizer",
    "create-organization-confirmed",
    "create-organization-named-token-there",
    "founded-create-person-sent",
];

/// One step in so many is died at, at another one of each fixture: a death at every step is for the tests of each
/// kind.
const EVERY: usize = 3;

/// The calls that make something.
fn creates(writes: &[String]) -> Vec<String> {
    let makes = |write: &&String| {
        let path = write.strip_prefix("POST ").map(|rest| rest.split([' ', '?']).next());
        matches!(path, Some(Some("/setup/user" | "/setup/organization" | "/setup/account")))
    };
    writes.iter().filter(makes).cloned().collect()
}

#[test]
fn who_takes_over_from_an_earlier_program_makes_nothing_twice_wherever_it_dies() {
    let (mut wrong, mut deaths) = (Vec::new(), 0);
    for (number, name) in BEGUN.into_iter().enumerate() {
        let fixture = fixture::one(&format!("0.1.0/{name}"));
        let known = &fixture.then.writes;
        for steps in (1 + number % EVERY..).step_by(EVERY) {
            let Some((house, seen)) = fixture.come_up_over_a_death(steps) else { break };
            deaths += 1;
            let strange = seen.writes.iter().filter(|write| !known.contains(write)).cloned();
            let more = excess(&creates(known), &creates(&seen.writes)).into_iter().chain(strange);
            let more = more.chain(doubles(&house)).collect::<Vec<_>>();
            if !more.is_empty() {
                wrong.push(format!("{name}, dead after {steps}: {}", more.join("; ")));
            }
        }
    }
    assert!(deaths > 100, "only {deaths} deaths");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
