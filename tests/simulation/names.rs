//! Names and lists that come to mean something else while nobody edits a manifest.

use crate::support::house::{mins, secs};
use crate::support::manifests::{group, group_key, person, user_key, with};
use crate::support::people::{furnished, organization_id};
use orgkeeper::sandbox::spot::{Contract, GroupDetails};
use serde_json::json;
use std::collections::BTreeSet;

/// The longest time between two resyncs, and a little.
const RESYNC: std::time::Duration = std::time::Duration::from_secs(340);

#[test]
fn a_name_that_another_policy_has_now_gives_that_one() {
    for grants in ["Exclusive", "Additive"] {
        let mut house = furnished(Contract::Production, &["prod"]);
        let former = house.policy("Deployer");
        house.run(mins(6));
        let given = json!([{"policyName": "Deployer", "accounts": [{"name": "prod"}]}]);
        let lists = json!({"policies": given, "grants": grants});
        house.ready_with(&user_key("jo"), &with(person("jo"), lists));
        let lists = json!({"policies": given});
        house.ready_with(&group_key("ops"), &with(group("ops"), lists));
        house.run(mins(12));
        house.by_hand(|console| {
            console.change_policy(&former, |policy| policy.name = "Former deployer".into()).unwrap();
        });
        let now = house.policy("Deployer");
        house.until(RESYNC, "given", |house| {
            let ops = house.id(&group_key("ops")).unwrap();
            let groups = house.vendor().world().group(&ops).unwrap().1.grants.0.clone();
            [house.user_of(&user_key("jo")).grants.0, groups]
                .iter()
                .all(|grants| grants.contains_key(&now) && !grants.contains_key(&former))
        });
        house.stays(&user_key("jo"));
        // Two of that name: nothing is taken away on a guess.
        house.policy("Deployer");
        house.until(RESYNC, "ambiguous", |house| house.stalled(&user_key("jo"), "Ambiguous"));
        assert!(house.user_of(&user_key("jo")).grants.0.contains_key(&now));
        // None of that name: neither.
        house.by_hand(|console| {
            for (policy, name) in [(&now, "One"), (&former, "Two")] {
                console.change_policy(policy, |policy| policy.name = name.into()).unwrap();
            }
        });
        house.run(mins(30));
        assert!(house.user_of(&user_key("jo")).grants.0.len() > 1, "{}", house.describe());
    }
}

#[test]
fn a_group_that_begins_to_say_who_is_in_it_is_noticed_by_those_who_say_it_too() {
    let mut house = furnished(Contract::Production, &[]);
    let ops = house.by_hand(|console| {
        let details = GroupDetails { name: "ops".into(), ..GroupDetails::default() };
        console.create_group(organization_id(), details)
    });
    house.ready_with(&user_key("jo"), &with(person("jo"), json!({"userGroups": [{"userGroupId": ops}]})));
    house.run(mins(6));
    // Both say the same: nothing at the vendor moves.
    let members = json!({"members": [{"userRef": {"name": "jo"}}]});
    house.ready_with(&group_key("ops"), &with(group("ops"), members));
    house.until(secs(20), "noticed", |house| house.stalled(&user_key("jo"), "ManagementConflict"));
    let jo = house.id(&user_key("jo")).unwrap();
    assert_eq!(house.vendor().world().members(&ops), BTreeSet::from([jo]));
    house.apply(&group_key("ops"), &group("ops"));
    house.until(secs(20), "the users own it again", |house| house.ready(&user_key("jo")));
}
