//! Who says who is in a group: its own manifest, or the users'.

use crate::support::house::{House, mins, secs};
use crate::support::manifests::{group, group_key, person, user_key, with};
use crate::support::people::{furnished, organization_id};
use crate::support::watched::Definition;
use orgkeeper::api::spot::kinds;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const GROUPS: &str = "PUT /setup/user/{userId}/userGroupMapping";
const MEMBERS: &str = "PUT /setup/access/userGroup/{userGroupId}/userMapping";

/// A group that lists its members.
fn owned(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|user| json!({"userRef": {"name": user}})).collect();
    with(group(name), json!({"members": members}))
}

/// A person in these groups.
fn in_groups(name: &str, groups: &[&str]) -> Value {
    let groups: Vec<Value> = groups.iter().map(|group| json!({"groupRef": {"name": group}})).collect();
    with(person(name), json!({"userGroups": groups}))
}

/// The ids of the group's members at the vendor.
fn members(house: &House, group: &str) -> BTreeSet<String> {
    house.vendor().world().members(&house.id(&group_key(group)).unwrap())
}

fn ids(house: &House, users: &[&str]) -> BTreeSet<String> {
    users.iter().map(|user| house.id(&user_key(user)).unwrap()).collect()
}

/// A house with these users, in no groups of their own, and two groups.
fn house(ops: &Value, users: &[(&str, Value)]) -> House {
    let mut house = furnished(Contract::Production, &[]);
    for (name, spec) in users {
        house.ready_with(&user_key(name), spec);
    }
    house.ready_with(&group_key("ops"), ops);
    house.ready_with(&group_key("devs"), &group("devs"));
    house.run(mins(8));
    house.forget_requests();
    house
}

#[test]
fn a_user_that_names_a_group_which_lists_its_members_is_in_conflict_and_its_list_waits() {
    let mut house = house(&owned("ops", &["jo"]), &[("jo", person("jo")), ("al", person("al"))]);
    let by_ref = in_groups("al", &["ops", "devs"]);
    let ops = house.id(&group_key("ops")).unwrap();
    let by_id =
        with(person("al"), json!({"userGroups": [{"userGroupId": ops}, {"groupRef": {"name": "devs"}}]}));
    // As the manifest has it.
    for (spec, group) in [(by_ref, group_key("ops").to_string()), (by_id, format!("group {ops}"))] {
        house.apply(&user_key("al"), &spec);
        let text = format!("The manifest of {group} lists its members");
        house.until(mins(1), "conflict", |house| {
            house.stalled(&user_key("al"), "ManagementConflict")
                && house.message(&user_key("al"), "Stalled").contains(&text)
        });
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        // Also of the one who is a member.
        house.apply(&user_key("jo"), &in_groups("jo", &["ops"]));
        house.until(mins(1), "conflict", |house| house.stalled(&user_key("jo"), "ManagementConflict"));
        house.ready_with(&user_key("jo"), &person("jo"));
    }
    house.ready_with(&user_key("al"), &in_groups("al", &["devs"]));
    assert_eq!(house.written(), [GROUPS]);
    assert_eq!(members(&house, "ops"), ids(&house, &["jo"]));
    assert_eq!(members(&house, "devs"), ids(&house, &["al"]));
}

#[test]
fn a_list_of_a_user_takes_nobody_out_of_a_group_that_lists_its_members() {
    let mut house = house(&owned("ops", &["jo"]), &[("jo", in_groups("jo", &[]))]);
    assert_eq!(members(&house, "ops"), ids(&house, &["jo"]));
    house.stays(&user_key("jo"));
    house.stays(&group_key("ops"));
    // Nor does it when something else in the list changes: the whole list is sent.
    house.ready_with(&user_key("jo"), &in_groups("jo", &["devs"]));
    house.stays(&user_key("jo"));
    house.ready_with(&user_key("jo"), &in_groups("jo", &[]));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [GROUPS; 2]);
    assert_eq!(members(&house, "ops"), ids(&house, &["jo"]));
    assert!(members(&house, "devs").is_empty());
}

#[test]
fn the_users_own_a_group_without_members_and_it_leaves_them_alone() {
    let mut house = house(&group("ops"), &[("jo", person("jo")), ("al", person("al"))]);
    house.ready_with(&user_key("jo"), &in_groups("jo", &["ops"]));
    let stranger = house.by_hand(|console| {
        let id = console.create_user(organization_id(), UserDetails::person("stranger@example.com"));
        console.set_groups(&id, house.id(&group_key("ops")));
        id
    });
    house.stays(&group_key("ops"));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [GROUPS]);
    assert!(members(&house, "ops").contains(&stranger));
}

#[test]
fn ownership_changes_hands_and_back() {
    let jo = ("jo", in_groups("jo", &["ops"]));
    let al = ("al", in_groups("al", &[]));
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&group_key("ops"), &group("ops"));
    for (name, spec) in [&jo, &al] {
        house.ready_with(&user_key(name), spec);
    }
    house.run(mins(8));
    house.forget_requests();
    let state = |house: &House, key: ObjectRef| house.condition(&key, "Ready").unwrap();
    // To the group: jo is told, al is in without being asked.
    house.ready_with(&group_key("ops"), &owned("ops", &["al"]));
    house.until(mins(1), "conflict", |house| house.stalled(&user_key("jo"), "ManagementConflict"));
    house.run(mins(30));
    assert_eq!(house.written(), [MEMBERS]);
    assert_eq!(members(&house, "ops"), ids(&house, &["al"]));
    assert_eq!(state(&house, user_key("al")).0, "True", "{}", house.describe());
    // Back to the users: each list holds again, at once, also that of one who does not name the group.
    house.ready_with(&group_key("ops"), &group("ops"));
    let (all, only) = (BTreeSet::new(), ids(&house, &["jo"]));
    house.until(secs(75), "as the users say", |house| members(house, "ops") == only);
    assert_ne!(members(&house, "ops"), all);
    house.run(mins(8));
    for name in ["jo", "al"] {
        house.stays(&user_key(name));
    }
    assert_eq!(house.written(), [MEMBERS, GROUPS, GROUPS]);
    // The group's object goes, and what it stood for stays: nobody but the users says anything now.
    house.ready_with(
        &group_key("ops"),
        &with(owned("ops", &["jo", "al"]), json!({"deletionPolicy": "Orphan"})),
    );
    house.until(mins(1), "conflict", |house| house.stalled(&user_key("jo"), "ManagementConflict"));
    let ops = house.id(&group_key("ops")).unwrap();
    house.delete(&group_key("ops"));
    house.until(mins(2), "as the users say", |house| house.user_of(&user_key("al")).groups.is_empty());
    house.until(mins(1), "jo waits", |house| house.waits(&user_key("jo"), "ReferenceNotFoundOrNotAllowed"));
    assert!(house.user_of(&user_key("jo")).groups.contains(&ops));
}

#[test]
fn groups_that_are_not_known_yet_lose_no_member() {
    let alone = with(person("jo"), json!({"userGroups": []}));
    let mut house = house(&owned("ops", &["jo"]), &[("jo", alone.clone())]);
    assert_eq!(members(&house, "ops"), ids(&house, &["jo"]));
    // Nobody can list the groups; jo is edited meanwhile.
    house.way.unserved.insert(kinds::USER_GROUP, Definition::Unknown);
    house.restart();
    house.apply(&user_key("jo"), &with(alone, json!({"suspend": false})));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "{}", house.describe());
    assert_eq!(members(&house, "ops"), ids(&house, &["jo"]));
    assert!(house.waits(&user_key("jo"), "DependencyNotReady"), "{}", house.describe());
    assert!(house.message(&user_key("jo"), "Ready").contains("SpotUserGroup"));
    house.way.unserved.clear();
    house.restart();
    house.until(mins(15), "ready again", |house| house.ready(&user_key("jo")));
    assert_eq!(house.written(), [""; 0]);
}
