//! The end of a policy: who holds it up, who is told, and what counts as taking away.

use super::*;
use crate::support::house::secs;
use crate::support::look::acme;
use crate::support::manifests::{AWAY, group, group_key, organization, person, user_key};
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::UserDetails;

/// How a policy is called, given its id.
type Call = fn(&str) -> Value;

fn with_policy(grant: &Value) -> Value {
    json!({"policies": [with(grant.clone(), json!({"allAccounts": true}))]})
}

#[test]
pub fn a_policy_that_our_manifests_give_waits_for_them() {
    let ways: [(&str, Call, bool); 5] = [
        ("the user's policyRef", |_| json!({"policyRef": {"name": "reader"}}), true),
        ("the group's policyRef", |_| json!({"policyRef": {"name": "reader"}}), false),
        ("the user's policyName", |_| json!({"policyName": "reader"}), true),
        ("the user's policyId", |id| json!({"policyId": id}), true),
        ("the group's policyId", |id| json!({"policyId": id}), false),
    ];
    for (what, grant, is_user) in ways {
        let mut house = furnished(Contract::Production, &[]);
        house.ready_with(&reader(), &access_policy("reader"));
        let id = house.id(&reader()).unwrap();
        house.run(mins(6));
        let (key, spec) =
            if is_user { (user_key("jo"), person("jo")) } else { (group_key("ops"), group("ops")) };
        house.ready_with(&key, &with(spec.clone(), with_policy(&grant(&id))));
        house.run(mins(12));
        house.forget_requests();
        house.delete(&reader());
        house.until(mins(1), what, |house| {
            house.condition(&reader(), "DeletionBlocked").is_some_and(|(_, why)| why == "HasDependents")
        });
        let message = house.message(&reader(), "DeletionBlocked");
        assert!(message.contains(&key.name), "{what}: {message}");
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0], "{what}");
        house.apply(&key, &with(spec, json!({"policies": []})));
        house.until(mins(12), what, |house| !house.exists(&reader()));
        assert_eq!(house.written().last().map(String::as_str), Some(DELETE), "{what}");
        assert_eq!(house.written().len(), 2, "{what}");
    }
}

#[test]
pub fn those_whom_no_manifest_declares_lose_it_and_that_is_told() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.ready_with(&reader(), &access_policy("reader"));
    let id = house.id(&reader()).unwrap();
    let stranger = |name: &str, has: bool| {
        house.by_hand(|console| {
            let mut details = UserDetails::person(&format!("{name}@example.com"));
            if has {
                details.grants.add(&id, ["*"]);
            }
            console.create_user(organization_id(), details)
        })
    };
    let (has, other) = (stranger("has", true), stranger("other", false));
    // One who is gone, and still listed, holds nothing up.
    let ghost = stranger("ghost", false);
    house.way.vendors.gone.borrow_mut().insert(format!("/setup/user/{ghost}"));
    let by_group = house.by_hand(|console| {
        let mut details =
            orgkeeper::sandbox::spot::GroupDetails { name: "theirs".into(), ..Default::default() };
        details.grants.add(&id, ["*"]);
        console.create_group(organization_id(), details)
    });
    house.run(mins(6));
    house.delete(&reader());
    house.until(mins(2), "gone", |house| !house.exists(&reader()));
    house.run(secs(5));
    let events = house.events(&reader());
    let told = events.iter().find(|event| event.reason == "MappedElsewhere").expect("it is told");
    assert!(told.note.contains(&has) && told.note.contains(&by_group), "{}", told.note);
    assert!(!told.note.contains(&other) && !told.note.contains("not looked at"), "{}", told.note);
    assert!(house.vendor().world().user(&has).unwrap().1.grants.0.is_empty());
}

#[test]
fn those_whom_no_manifest_declares_are_told_to_the_organization_where_its_policy_is_another_namespace_s() {
    let mut house = furnished(Contract::Production, &[]);
    let away = ObjectRef { namespace: AWAY.into(), ..reader() };
    house.ready_with(&away, &access_policy("reader"));
    let id = house.id(&away).unwrap();
    let has = house.by_hand(|console| {
        let mut details = UserDetails::person("has@example.com");
        details.grants.add(&id, ["*"]);
        console.create_user(organization_id(), details)
    });
    house.run(mins(6));
    house.delete(&away);
    house.until(mins(2), "gone", |house| !house.exists(&away));
    house.run(secs(5));
    let told = |key: &ObjectRef| {
        let events = house.events(key).into_iter();
        events.filter(|event| event.reason == "MappedElsewhere").map(|event| event.note).collect::<Vec<_>>()
    };
    let (here, there) = (told(&away), told(&acme()));
    assert!(here.len() == 1 && !here[0].contains(&has) && here[0].contains("an event on"), "{here:?}");
    assert!(there.len() == 1 && there[0].contains(&has), "{there:?}");
}

#[test]
fn not_everybody_is_read_to_tell_who_loses_it() {
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&reader(), &access_policy("reader"));
    for index in 0..130 {
        let details = UserDetails::person(&format!("p{index}@example.com"));
        house.by_hand(|console| console.create_user(organization_id(), details));
    }
    house.run(mins(6));
    house.forget_requests();
    house.delete(&reader());
    house.until(mins(5), "gone", |house| !house.exists(&reader()));
    house.run(secs(5));
    // And everybody once at most, to find the operator's own user.
    assert!(house.reads("/setup/user/{userId}") <= 100 + 132);
    let events = house.events(&reader());
    let told = events.iter().find(|event| event.reason == "MappedElsewhere").expect("it is told");
    assert!(told.note.contains("others were not looked at"), "{}", told.note);
}

#[test]
fn what_a_policy_says_no_more_counts_as_taken_away() {
    let mut house = furnished(Contract::Production, &[]);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
    let all: Vec<ObjectRef> = ["a", "b", "c"].map(policy_key).to_vec();
    for key in &all {
        house.ready_with(key, &with(access_policy(&key.name), json!({"description": "old"})));
    }
    house.run(mins(3));
    house.forget_requests();
    let less = json!([{"serviceId": "ocean", "actions": ["describe"]}]);
    for key in &all[..2] {
        house.apply(key, &with(access_policy(&key.name), json!({"permissions": less})));
    }
    let waits = |house: &House| all.iter().filter(|key| house.waits(key, "TooDestructive")).count();
    house.until(mins(2), "one waits", |house| house.written() == [PUT] && waits(house) == 1);
    // A name and a description take nothing from anybody, and a deletion does.
    house.ready_with(&all[2], &with(access_policy("other"), json!({"description": "new"})));
    house.delete(&all[2]);
    house.until(mins(2), "waits too", |house| {
        house.condition(&all[2], "DeletionBlocked").is_some_and(|(_, why)| why == "TooDestructive")
    });
    house.run(mins(20));
    assert_eq!(house.written(), [PUT, PUT]);
    house.until(mins(130), "in turn", |house| {
        !house.exists(&all[2]) && house.ready(&all[0]) && house.ready(&all[1])
    });
}

#[test]
fn what_was_taken_away_a_moment_ago_is_not_counted_again_with_the_next_edit() {
    let mut house = furnished(Contract::Production, &[]);
    house.apply(&acme(), &with(organization(), json!({"guard": {"maxDestructivePerHour": 1}})));
    house.ready_with(&reader(), &with(access_policy("reader"), json!({"description": "old"})));
    house.run(mins(3));
    house.vendor().set_lag(Lag::of_lists(jiff::SignedDuration::from_mins(2)));
    let less = json!({"permissions": [{"serviceId": "ocean", "actions": ["describe"]}]});
    house.ready_with(
        &reader(),
        &with(with(access_policy("reader"), less.clone()), json!({"description": "old"})),
    );
    // Lists do not show it yet.
    house.apply(&reader(), &with(with(access_policy("reader"), less), json!({"description": "new"})));
    house.until(secs(20), "written", |house| policy_of(house, &reader()).description == "new");
    let vendor = house.vendor();
    let last = vendor.requests().entries().filter(|entry| entry.method == "PUT").last().unwrap();
    assert_eq!(last.body["policy"], json!({"description": "new"}), "what was written stays out of it");
}
