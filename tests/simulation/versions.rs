//! What earlier programs left behind: this one comes up on it and asks of the vendor nothing that they would
//! not have asked, and nothing more once it is at rest.

mod back;
mod deaths;
mod frozen;
mod stages;

use crate::support::fixture::{self, Fixture, REST, Then, may_write};
use crate::support::house::House;
use crate::support::look::home;
use crate::support::people::organization_id;
use orgkeeper::sandbox::spot::SubscriptionDetails;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The environment variable that names the version whose fixtures are to be written.
const CAPTURE: &str = "CAPTURE";

/// Where this program ends otherwise on purpose: the fixture, what is different, and why.
const OTHERWISE: [(&str, &str, &str); 8] = [
    (
        "0.1.0/delete-founded-sent",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/delete-founded-unknown-gone",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/delete-organization-sent",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/delete-organization-unknown-gone",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/published-delete-organization-sent",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/published-delete-founded-sent",
        "SpotOrganization platform/acme was None, and is Some(\"True InSync\")",
        "0.1.0 did not write down with which token a deletion was sent: a person is asked",
    ),
    (
        "0.1.0/published-rotation-secret-switched",
        "SpotUser platform/ci was Some(\"True InSync\"), and is Some(\"False WouldLockOut\")",
        "0.1.0 did not seal its Secrets: who made the new user is not known, and this contract shows nobody's rights",
    ),
    (
        "0.1.0/published-rotation-secret-switched",
        "SpotUser \"ci\" is there more than once",
        "so the old one waits for a person",
    ),
];

const OURS: &str = env!("CARGO_PKG_VERSION");

/// What of `seen` is more than `known`.
fn excess(known: &[String], seen: &[String]) -> Vec<String> {
    let mut left = known.to_vec();
    let more = seen.iter().filter(|write| match left.iter().position(|other| other == *write) {
        Some(index) => {
            left.swap_remove(index);
            false
        }
        None => true,
    });
    more.cloned().collect()
}

/// What is wrong with what came of a fixture, for what came of it when it was written.
fn differences(known: &Then, seen: &Then) -> Vec<String> {
    let mut wrong: Vec<String> =
        excess(&known.writes, &seen.writes).iter().map(|write| format!("one more: {write}")).collect();
    let objects: BTreeSet<&String> = known.ready.keys().chain(seen.ready.keys()).collect();
    for object in objects {
        let (then, now) = (known.ready.get(object), seen.ready.get(object));
        if then != now {
            wrong.push(format!("{object} was {then:?}, and is {now:?}"));
        }
    }
    let unasked = known.words.difference(&seen.words);
    wrong.extend(unasked.map(|word| format!("{word} is no longer asked for")));
    wrong
}

/// The objects that have more than one thing at the vendor, besides what a person is asked about.
fn doubles(house: &House) -> Vec<String> {
    let all = house.way.cluster.all();
    let left: BTreeSet<&str> = all
        .iter()
        .flat_map(|object| object["status"]["leftovers"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let vendor = house.vendor();
    let world = vendor.world();
    let mut things: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let accounts = world.accounts().filter_map(|account| account.details.current());
    let users = world.users().filter(|(user, _)| !left.contains(&*user.id));
    let groups = world.groups().map(|(_, details)| details.name.clone());
    let created = world.organizations().filter(|organization| organization.creator.is_some());
    let subscriptions =
        world.in_accounts::<SubscriptionDetails>().living().filter(|(id, _)| !left.contains(id.id.as_str()));
    let subscriptions = subscriptions.map(|(_, details)| details.resource_id.clone());
    let all = (accounts.map(|details| ("SpotAccount", details.name.clone())))
        .chain(users.map(|(_, details)| ("SpotUser", details.username.clone())))
        .chain(groups.map(|name| ("SpotUserGroup", name)))
        .chain(world.policies().map(|(_, details)| ("AccessPolicy", details.name.clone())))
        .chain(subscriptions.map(|resource| ("EventSubscription", resource)))
        .chain(created.map(|organization| ("SpotOrganization", organization.name.clone())));
    for thing in all {
        *things.entry(thing).or_default() += 1;
    }
    let objects = house.way.cluster.all().into_iter();
    let keys = objects.flat_map(|object| {
        let spec = &object["spec"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let names = match object["kind"].as_str() {
            Some("SpotUser") => vec![text(&spec["human"]["email"]), text(&spec["programmatic"]["name"])],
            Some("EventSubscription") => vec![text(&spec["resourceId"])],
            Some("SpotOrganization") => vec![text(&spec["create"]["name"])],
            _ => vec![text(&spec["name"])],
        };
        let kind = object["kind"].as_str().unwrap().to_owned();
        names.into_iter().flatten().map(move |name| (kind.clone(), name)).collect::<Vec<_>>()
    });
    let twice = keys
        .filter(|(kind, name)| things.get(&(kind.as_str(), name.clone())).is_some_and(|count| *count > 1));
    twice.map(|(kind, name)| format!("{kind} {name:?} is there more than once")).collect()
}

/// Starts this program on the fixture, and on what it makes of that; what is wrong.
fn wrong_with(fixture: &Fixture) -> Vec<String> {
    let (mut house, seen) = fixture.come_up(fixture.then.minutes);
    let mut wrong = differences(&fixture.then, &seen);
    wrong.extend(doubles(&house));
    wrong.extend(restless(&mut house));
    wrong
}

/// What is written by a house at rest, and after a restart.
fn restless(house: &mut House) -> Vec<String> {
    let mut wrong = Vec::new();
    house.forget_requests();
    house.run(REST);
    wrong.extend(house.written().iter().map(|write| format!("at rest: {write}")));
    house.forget_requests();
    house.restart();
    house.run(REST);
    wrong.extend(house.written().iter().map(|write| format!("after a restart: {write}")));
    wrong
}

/// What is wrong with the fixtures of those names.
fn wrong_with_those(those: fn(&str) -> bool) -> Vec<String> {
    let fixtures = fixture::all().into_iter().filter(|(name, _)| those(name));
    let wrong = fixtures.flat_map(|(name, fixture)| {
        let mut wrong = wrong_with(&fixture);
        let meant: Vec<&str> = OTHERWISE.iter().filter(|one| one.0 == name).map(|one| one.1).collect();
        let missing = meant.iter().filter(|one| !wrong.iter().any(|wrong| wrong == *one));
        let missing: Vec<String> = missing.map(|one| format!("no longer otherwise: {one}")).collect();
        wrong.retain(|wrong| !meant.contains(&&**wrong));
        wrong.extend(missing);
        wrong.into_iter().map(move |wrong| format!("{name} ({})\n    {wrong}", fixture.about))
    });
    wrong.collect()
}

fn of_a_create(name: &str) -> bool {
    name.contains("create") || name.contains("token")
}

#[test]
fn a_create_that_an_earlier_program_began_is_ended_as_it_would_have() {
    let wrong = wrong_with_those(of_a_create);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_else_an_earlier_program_left_behind_is_kept_as_it_would_have() {
    let wrong = wrong_with_those(|name| !of_a_create(name));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_an_earlier_program_would_not_have_done_is_noticed() {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let known = texts(&["POST a", "DELETE b"]);
    assert_eq!(excess(&known, &texts(&["DELETE b", "POST a"])), [""; 0]);
    assert_eq!(excess(&known, &texts(&["POST a", "POST a"])), ["POST a"], "as often as before");
    assert_eq!(excess(&known, &texts(&["DELETE a"])), ["DELETE a"]);

    let mut create = fixture::one("0.1.0/create-account-unsent");
    assert_eq!(wrong_with(&create), [""; 0]);
    let (mut house, seen) = create.come_up(create.then.minutes);
    assert_eq!(seen, create.then, "the same run");
    // Somebody else's write at rest, and a second account of the name.
    let id = house.id(&home("prod")).unwrap();
    house.by_hand(|console| {
        console.create_account(organization_id(), "new");
        console.change_account(&id, |details| details.name = "by hand".to_owned())
    });
    assert_eq!(doubles(&house), ["SpotAccount \"new\" is there more than once"]);
    assert_eq!(restless(&mut house), ["at rest: PUT /setup/account/{accountId}"]);
    let write = create.then.writes.pop().expect("it is created");
    *create.then.ready.get_mut("SpotAccount platform/a").unwrap() = "False Progressing".to_owned();
    create.then.words.insert("0123456789ab".to_owned());
    let wrong = wrong_with(&create);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(wrong[0], format!("one more: {write}"));
    assert!(wrong[1].contains("Progressing") && wrong[2].contains("0123456789ab"), "{wrong:?}");
}

#[test]
fn a_program_leaves_behind_its_own_fixtures_and_rewrites_none() {
    assert_eq!(may_write("1.2.0", "1.2.0", false), Ok(()));
    assert!(may_write("1.1.0", "1.2.0", false).is_err());
    assert!(may_write("1.2.0", "1.2.0", true).is_err());
}

/// Every stage is reached as it was; with [`CAPTURE`] it is written.
#[test]
fn every_stage_can_be_reached() {
    let asked = std::env::var(CAPTURE).ok();
    let folder = asked.as_ref().map(|version| {
        let folder = fixture::folder(version);
        may_write(version, OURS, folder.exists()).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        folder
    });
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for stage in stages::all() {
        assert!(names.insert(stage.name.clone()), "{} is there twice", stage.name);
        let reached = catch_unwind(AssertUnwindSafe(|| Fixture::of(&stage.reach(), &stage.about)));
        let Ok(mut fixture) = reached else {
            wrong.push(format!("{} is not reached", stage.name));
            continue;
        };
        let Some(folder) = &folder else { continue };
        fixture.then = fixture.come_up(stage.minutes).1;
        wrong.extend(wrong_with(&fixture).into_iter().map(|wrong| format!("{}: {wrong}", stage.name)));
        std::fs::write(folder.join(format!("{}.json", stage.name)), fixture.text()).unwrap();
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
