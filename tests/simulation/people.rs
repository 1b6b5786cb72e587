//! People, machine users and groups: what is granted, and by which calls.

use crate::support::house::{mins, secs};
use crate::support::manifests::{group, group_key, machine, person, user_key, with};
use crate::support::people::{furnished, role};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;

#[test]
fn a_person_is_created_with_roles_and_nothing_more_is_written() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod"]);
        house.forget_requests();
        house.apply(&user_key("jo"), &with(person("jo"), json!({"accounts": [role("prod", "Editor")]})));
        house.until(mins(2), "ready", |house| house.ready(&user_key("jo")));
        let given = match contract {
            Contract::Production => "POST /setup/account/{accountId}/user",
            Contract::Published => "PUT /setup/user/{userId}",
        };
        assert_eq!(house.written(), ["POST /setup/user", given]);
        house.run(mins(30));
        assert_eq!(house.written().len(), 2, "{}", house.describe());
        assert!(house.status(&user_key("jo"))["drift"].is_null(), "{}", house.describe());
    }
}

#[test]
fn a_machine_user_has_its_role_by_a_policy_and_can_be_changed() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.forget_requests();
    house.apply(&user_key("ci"), &machine("ci", "prod"));
    house.until(mins(2), "ready", |house| house.ready(&user_key("ci")));
    assert_eq!(house.written(), ["POST /setup/user/programmatic"]);
    house.apply(&user_key("ci"), &with(machine("ci", "prod"), json!({"accounts": [role("prod", "Viewer")]})));
    house.run(secs(1));
    house.until(mins(2), "ready", |house| house.ready(&user_key("ci")));
    assert_eq!(house.written()[1..], ["PUT /setup/user/{userId}/policyMapping"]);
    house.run(mins(30));
    assert_eq!(house.written().len(), 2, "{}", house.describe());
}

#[test]
fn a_group_has_its_members_and_policies_from_the_start() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.apply(&user_key("jo"), &person("jo"));
    house.until(mins(2), "ready", |house| house.ready(&user_key("jo")));
    house.forget_requests();
    let members = json!({
        "members": [{"userRef": {"name": "jo"}}],
        "policies": [{"policyName": "Account Editor", "accounts": [{"name": "prod"}]}],
    });
    house.apply(&group_key("ops"), &with(group("ops"), members));
    house.until(mins(2), "ready", |house| house.ready(&group_key("ops")));
    assert_eq!(house.written(), ["POST /setup/access/userGroup"]);
    house.run(mins(30));
    assert_eq!(house.written().len(), 1, "{}", house.describe());
}

#[test]
fn a_dozen_people_four_machines_and_two_groups_converge_and_stay() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod"]);
        house.forget_requests();
        let mut keys = Vec::new();
        for index in 0..12 {
            let name = format!("p{index}");
            let lists = json!({
                "accounts": [role("prod", if index % 2 == 0 { "Viewer" } else { "Editor" })],
                "userGroups": [{"groupRef": {"name": format!("g{}", index % 2)}}],
            });
            house.apply(&user_key(&name), &with(person(&name), lists));
            keys.push(user_key(&name));
        }
        for index in 0..4 {
            let name = format!("m{index}");
            house.apply(&user_key(&name), &machine(&name, "prod"));
            keys.push(user_key(&name));
        }
        for index in 0..2 {
            let name = format!("g{index}");
            house.apply(&group_key(&name), &group(&name));
            if contract == Contract::Production {
                keys.push(group_key(&name));
            }
        }
        house.until(mins(10), "all are ready", |house| keys.iter().all(|key| house.ready(key)));
        let writes = house.written();
        let made = |route: &str| writes.iter().filter(|call| *call == route).count();
        assert_eq!((made("POST /setup/user"), made("POST /setup/user/programmatic")), (12, 4));
        if contract == Contract::Production {
            assert_eq!(made("POST /setup/access/userGroup"), 2);
            for index in 0..2 {
                let id = house.id(&group_key(&format!("g{index}"))).unwrap();
                assert_eq!(house.vendor().world().members(&id).len(), 6);
            }
        }
        house.run(mins(30));
        assert_eq!(house.written(), writes, "{}", house.describe());
        assert!(keys.iter().all(|key| house.ready(key)), "{}", house.describe());
    }
}
