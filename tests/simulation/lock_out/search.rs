//! The search for another administrator ends, whatever a limit leaves of it at a time, and leaves room for others.

use super::*;
use crate::support::look::home;
use crate::support::manifests::account;

/// How many come before the first who administers.
const CROWD: usize = 400;
const USER: &str = "/setup/user/{userId}";

/// So many people, of whom none administers.
fn crowd(house: &House, count: usize) {
    let (organization, _) = own(house);
    in_console(house, |console| {
        // Whom a group may make an administrator are asked first.
        let details = GroupDetails {
            name: "crowd".into(),
            description: String::new(),
            grants: Grants::of(ACCOUNT_VIEWER, &[]),
        };
        let group = console.create_group(organization, details);
        let person = |number: usize| UserDetails::person(&format!("p{number}@example.com"));
        let members = (0..count).map(|number| console.create_user(organization, person(number))).collect();
        console.set_members(&group, &members);
    });
}

/// Jo is to go; many others are there, and only the last of them administers, if any does.
fn behind_a_crowd(per_minute: usize, another: bool) -> House {
    let mut house = House::new(Contract::Production);
    house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": per_minute}})));
    let objects = jo_alone(&house);
    crowd(&house, CROWD);
    if another {
        there(&house, "zoe", admin());
    }
    start(&mut house, &objects);
    house.vendor().clear_requests();
    house
}

/// Whoever has something to do meanwhile has it done within a minute or two.
fn others_go_on(house: &mut House) {
    for number in 0..5 {
        let key = home(&format!("other-{number}"));
        house.apply(&key, &account(&key.name));
        house.until(mins(2), "others go on", |house| house.ready(&key));
    }
}

#[test]
fn the_search_for_another_administrator_goes_on_where_it_stopped() {
    // With room for all at once it is the same.
    for per_minute in [300, 10_000] {
        let mut house = behind_a_crowd(per_minute, true);
        house.delete(&jo());
        house.run(secs(5));
        if per_minute == 300 {
            assert!(house.exists(&jo()));
            others_go_on(&mut house);
        }
        house.until(mins(10), "the answer", |house| !house.exists(&jo()));
        let reads = house.reads(USER);
        assert!((CROWD..CROWD + 30).contains(&reads), "{reads} reads of {CROWD}, with {per_minute}");
        assert_eq!(administrators(&house), ["zoe@example.com"]);
    }
}

#[test]
fn a_search_that_finds_nobody_ends_too_and_is_not_made_again_all_the_time() {
    let mut house = behind_a_crowd(300, false);
    house.delete(&jo());
    house.until(mins(10), "the answer", |house| house.stalled(&jo(), "WouldLockOut"));
    let reads = house.reads(USER);
    assert!((CROWD..CROWD + 30).contains(&reads), "{reads} reads of {CROWD}");
    house.run(mins(60));
    let more = house.reads(USER) - reads;
    assert!(more <= 5 * CROWD, "{more} reads within an hour of {CROWD}");
    assert!(house.stalled(&jo(), "WouldLockOut"), "{}", house.describe());
    // Somebody is made an administrator, and that is seen.
    there(&house, "zoe", admin());
    house.until(mins(30), "another answer", |house| !house.exists(&jo()));
}

/// By whom, and by what of theirs.
const OTHER_WAYS: [&str; 6] = [
    "the policy is taken out of the manifest",
    "out of the group by the group's manifest",
    "the group is deleted",
    "the policy is taken from the group",
    "the last administrator's policy says less",
    "the policy of the last administrator's group is deleted",
];

#[test]
fn whatever_would_take_the_last_administrator_away_the_search_goes_on_and_so_do_others() {
    const FEW: usize = 150;
    for name in OTHER_WAYS {
        let way = ways::WAYS.iter().chain(policies::WAYS).find(|way| way.name == name).expect("it is one");
        let mut house = House::new(Contract::Production);
        house.apply(&acme(), &with(organization(), json!({"connection": {"requestsPerMinute": 60}})));
        let objects = (way.begin)(&house);
        crowd(&house, FEW);
        start(&mut house, &objects);
        house.vendor().clear_requests();
        (way.act)(&mut house);
        house.run(secs(5));
        let asked = |house: &House| house.stalled(&(way.asks)(), "WouldLockOut");
        assert!(!asked(&house), "{name}: there is room for a part of it");
        others_go_on(&mut house);
        house.until(mins(15), name, asked);
        let reads = house.reads(USER);
        assert!((FEW..2 * FEW).contains(&reads), "{name}: {reads} reads of {FEW}");
    }
}
