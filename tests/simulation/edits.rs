//! One edit right after another, while lists and reads still show what was before.

use crate::support::house::{House, mins, secs};
use crate::support::look::home;
use crate::support::manifests::{account, group, group_key, person, user_key, with};
use crate::support::people::{furnished, organization_id, role};
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

fn lagging() -> House {
    let house = furnished(Contract::Production, &["prod", "dev"]);
    house.administrator();
    house.vendor().set_lag(Lag { lists: jiff::SignedDuration::from_secs(10), reads: true });
    house
}

fn policies(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"policyName": name, "accounts": [{"name": "prod"}]})).collect()
}

/// The names of the policies that jo has at the vendor, the implied one apart.
fn granted(house: &House) -> Vec<String> {
    let jo = house.user_of(&user_key("jo"));
    let vendor = house.vendor();
    let name = |id: &String| vendor.world().policy(organization_id(), id).unwrap().1.name.clone();
    let mut names: Vec<String> = jo.grants.0.keys().filter(|id| *id != "3").map(name).collect();
    names.sort();
    names
}

/// Each edit comes a moment after the one before was written.
#[track_caller]
fn edits(more: &Value, steps: &[&[&str]], expected: &[&str]) {
    let mut house = lagging();
    for name in ["A", "B", "C"] {
        house.policy(name);
    }
    house.run(mins(6));
    let spec = |names: &[&str]| with(with(person("jo"), more.clone()), json!({"policies": policies(names)}));
    house.ready_with(&user_key("jo"), &spec(steps[0]));
    house.run(mins(10));
    for names in &steps[1..] {
        house.apply(&user_key("jo"), &spec(names));
        house.run(secs(3));
    }
    let shortly = granted(&house);
    assert!(
        expected.iter().all(|name| shortly.iter().any(|known| known == name)),
        "{more} {steps:?}: {shortly:?}"
    );
    house.run(mins(3));
    assert_eq!(granted(&house), expected, "{more} {steps:?}\n{}", house.describe());
    house.stays(&user_key("jo"));
}

const WAYS: [(&str, &str); 3] = [("Exclusive", "Correct"), ("Exclusive", "Report"), ("Additive", "Report")];

fn ways() -> impl Iterator<Item = Value> {
    WAYS.into_iter().map(|(grants, drift)| json!({"grants": grants, "driftPolicy": drift}))
}

#[test]
fn what_was_given_a_moment_ago_is_not_taken_back_by_the_next_edit() {
    for more in ways() {
        edits(&more, &[&["A"], &["A", "B"], &["A", "B", "C"]], &["A", "B", "C"]);
    }
}

#[test]
fn what_was_taken_away_a_moment_ago_is_not_given_back_by_the_next_edit() {
    for more in ways() {
        edits(&more, &[&["A"], &[], &["C"]], &["C"]);
    }
}

#[test]
fn what_was_given_by_mistake_is_taken_back_though_reads_do_not_show_it_yet() {
    for more in ways() {
        edits(&more, &[&["A"], &["A", "B"], &["A"]], &["A"]);
    }
}

#[test]
fn what_was_taken_away_by_mistake_is_given_back_though_reads_still_show_it() {
    for more in ways() {
        edits(&more, &[&["A", "B"], &["A"], &["A", "B"]], &["A", "B"]);
    }
}

#[test]
fn a_role_that_was_given_or_taken_a_moment_ago_is_not_sent_again_with_the_next_one() {
    let spec = |roles: &[&str]| {
        let accounts: Value = roles.iter().map(|account| role(account, "Editor")).collect();
        with(person("jo"), json!({"accounts": accounts}))
    };
    let (attach, detach) = ("POST /setup/account/{accountId}/user", "DELETE /setup/account/{accountId}/user");
    for (steps, call) in
        [([&[][..], &["prod"], &["prod", "dev"]], attach), ([&["prod", "dev"], &["dev"], &[]], detach)]
    {
        let mut house = lagging();
        house.run(mins(6));
        house.ready_with(&user_key("jo"), &spec(steps[0]));
        house.run(mins(10));
        house.forget_requests();
        for roles in &steps[1..] {
            house.apply(&user_key("jo"), &spec(roles));
            house.run(secs(3));
        }
        assert_eq!(house.written(), [call; 2], "{}", house.describe());
        house.stays(&user_key("jo"));
    }
}

#[test]
pub fn a_name_that_is_changed_back_at_once_is_changed_back() {
    let mut house = lagging();
    house.run(mins(5));
    let spec = |name: &str| with(account("prod"), json!({"name": name, "driftPolicy": "Report"}));
    for name in ["other", "prod"] {
        house.apply(&home("prod"), &spec(name));
        house.run(secs(3));
    }
    house.run(mins(30));
    let id = house.id(&home("prod")).unwrap();
    assert_eq!(house.vendor().world().account(&id).unwrap().1.name, "prod");
    assert!(house.status(&home("prod"))["drift"].is_null(), "{}", house.describe());
}

#[test]
fn members_of_a_group_come_and_go_as_fast_as_the_manifest() {
    let mut house = lagging();
    for name in ["jo", "kim", "sam"] {
        house.ready_with(&user_key(name), &person(name));
    }
    let spec = |names: &[&str]| {
        let members: Value = names.iter().map(|name| json!({"userRef": {"name": name}})).collect();
        with(group("team"), json!({"members": members}))
    };
    house.ready_with(&group_key("team"), &spec(&["jo"]));
    house.run(mins(10));
    for names in [&["jo", "kim"][..], &["jo", "kim", "sam"]] {
        house.apply(&group_key("team"), &spec(names));
        house.run(secs(3));
    }
    let members = |house: &House| {
        let id = house.id(&group_key("team")).unwrap();
        let vendor = house.vendor();
        let inside = vendor.world().users().filter(|(_, user)| user.groups.contains(&id));
        let mut names: Vec<String> = inside.map(|(_, user)| user.username.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(members(&house).len(), 3, "{:?}", members(&house));
    house.stays(&group_key("team"));
    assert_eq!(members(&house).len(), 3, "{:?}", members(&house));
}
