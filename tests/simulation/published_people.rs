//! Users and groups under the public document, where little can be said and less be read.

use crate::support::house::{House, mins, secs};
use crate::support::manifests::{HOME, group, group_key, machine, person, user_key, with};
use crate::support::people::{furnished, role};
use orgkeeper::sandbox::spot::{AccountRole, Contract, Role};
use serde_json::{Value, json};

const PUT: &str = "PUT /setup/user/{userId}";

fn house() -> House {
    let house = furnished(Contract::Published, &["prod", "dev"]);
    house.forget_requests();
    house
}

#[test]
fn role_and_accounts_are_written_by_one_call_and_only_when_they_are_edited() {
    let mut house = house();
    let spec = |org: &str, accounts: Value| {
        with(person("jo"), json!({"human": {"role": org}, "accounts": accounts}))
    };
    let (editor, both) =
        (json!([role("prod", "Editor")]), json!([role("dev", "Viewer"), role("prod", "Editor")]));
    house.ready_with(&user_key("jo"), &spec("Viewer", editor.clone()));
    assert_eq!(house.written(), ["POST /setup/user", PUT]);
    house.stays(&user_key("jo"));
    let steps = [
        (spec("Editor", editor.clone()), 1),
        (spec("Editor", both.clone()), 1),
        // The order of a list says nothing.
        (spec("Editor", json!([role("prod", "Editor"), role("dev", "Viewer")])), 0),
        (spec("Viewer", json!([])), 1),
    ];
    for (index, (spec, calls)) in steps.into_iter().enumerate() {
        house.forget_requests();
        // Another administrator, so that nobody is the last one.
        house.apply(&user_key("jo"), &spec);
        house.run(mins(2));
        if house.stalled(&user_key("jo"), "WouldLockOut") {
            let digest = house.digest(&user_key("jo"), "Stalled");
            house.annotate(&user_key("jo"), &json!({"orgkeeper.dev/confirm": digest}));
        }
        house.until(mins(2), "ready", |house| house.ready(&user_key("jo")));
        house.stays(&user_key("jo"));
        assert_eq!(house.written(), vec![PUT; calls], "step {index}\n{}", house.describe());
    }
    let now = house.user_of(&user_key("jo"));
    assert_eq!((now.role, now.account_roles.len()), (Some(Role::Viewer), 0));
}

#[test]
fn a_machine_user_is_created_with_its_accounts_and_changed_as_a_whole() {
    let mut house = house();
    house.ready_with(&user_key("ci"), &machine("ci", "prod"));
    assert_eq!(house.written(), ["POST /setup/user/programmatic"]);
    house.stays(&user_key("ci"));
    house.ready_with(
        &user_key("ci"),
        &with(machine("ci", "prod"), json!({"accounts": [role("dev", "Editor")]})),
    );
    house.stays(&user_key("ci"));
    assert_eq!(house.written(), ["POST /setup/user/programmatic", PUT]);
    // Without accounts, too: this contract asks for none.
    let bare = with(machine("bare", "prod"), json!({"accounts": null}));
    house.ready_with(&user_key("bare"), &bare);
    house.stays(&user_key("bare"));
}

#[test]
fn what_the_document_lacks_is_named_and_the_rest_is_kept() {
    let mut house = house();
    house.way.cluster.put_secret(HOME, "first", "password", "Good-enough-1");
    house.apply(&group_key("devs"), &group("devs"));
    let groups = json!({"userGroups": [{"groupRef": {"name": "devs"}}]});
    let policies = json!({"policies": [{"policyName": "Account Viewer", "accounts": [{"name": "prod"}]}]});
    let additive = json!({"accounts": [role("prod", "Editor")], "grants": "Additive"});
    let password = json!({"human": {"passwordSecretRef": {"name": "first", "key": "password"}}});
    let cases = [
        (groups, "userGroups"),
        (policies, "policies"),
        (additive, "accounts"),
        (password, "human.passwordSecretRef"),
    ];
    for (index, (lists, named)) in cases.into_iter().enumerate() {
        let name = format!("jo{index}");
        house.forget_requests();
        house.ready_with(&user_key(&name), &with(person(&name), lists));
        let condition = house.condition(&user_key(&name), "NotSupported").unwrap();
        assert_eq!(condition, ("True".to_owned(), "NotSupportedByContract".to_owned()), "{named}");
        let message = house.message(&user_key(&name), "NotSupported");
        assert!(message.contains(&format!("express {named};")), "{message}");
        house.stays(&user_key(&name));
        assert_eq!(house.written()[0], "POST /setup/user");
        assert!(house.written().len() <= 2, "{named}: {:?}", house.written());
        assert_eq!(house.user_of(&user_key(&name)).role, Some(Role::Viewer));
        // The rest can be edited: accounts, where they are not what is lacking.
        if named == "userGroups" {
            let edited = with(person(&name), json!({"accounts": [role("prod", "Editor")], "userGroups": []}));
            house.ready_with(&user_key(&name), &edited);
            let roles = house.user_of(&user_key(&name)).account_roles;
            assert_eq!(roles.into_values().collect::<Vec<_>>(), [AccountRole::Editor]);
            assert!(house.condition(&user_key(&name), "NotSupported").is_some());
        }
        house.ready_with(&user_key(&name), &person(&name));
        assert!(house.condition(&user_key(&name), "NotSupported").is_none(), "{named}");
    }
}

#[test]
fn a_group_cannot_be_expressed_at_all_and_can_be_deleted() {
    let mut house = house();
    house.vendor().clear_requests();
    house.apply(&group_key("devs"), &with(group("devs"), json!({"members": []})));
    house.until(mins(1), "said", |house| house.condition(&group_key("devs"), "NotSupported").is_some());
    house.run(mins(60));
    let status = |kind: &str| house.condition(&group_key("devs"), kind).map(|(status, _)| status);
    assert_eq!(status("Ready").as_deref(), Some("False"));
    assert_eq!(status("NotSupported").as_deref(), Some("True"));
    assert_eq!((status("Reconciling"), status("Stalled")), (None, None));
    {
        let vendor = house.vendor();
        let mut routes = vendor.requests().entries().map(|entry| entry.path.clone());
        assert!(!routes.any(|path| path.to_lowercase().contains("usergroup")), "no call is made for it");
    }
    assert_eq!(house.written(), [""; 0]);
    house.delete(&group_key("devs"));
    house.until(secs(10), "gone", |house| !house.exists(&group_key("devs")));
}
