//! What only a create can write, and who is taken over.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{HOME, group, group_key, machine, organization, person, user_key, with};
use crate::support::people::{SAM, furnished, organization_id, role, user_away};
use orgkeeper::engine::run::FINGERPRINT_SECRET;
use orgkeeper::sandbox::spot::{Contract, UserDetails};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// Somebody who is there.
fn there(house: &House, details: UserDetails) -> String {
    house.by_hand(|console| console.create_user(organization_id(), details))
}

#[test]
fn what_only_a_create_can_write_is_never_written_later_and_the_rest_is_kept() {
    let edits = [
        (person("jo"), json!({"human": {"firstName": "Joan"}})),
        (person("jo"), json!({"human": {"lastName": "Roe"}})),
        (person("jo"), json!({"human": {"email": "joan@example.com"}})),
        (person("jo"), json!({"human": {"role": "Editor"}})),
        (with(machine("jo", "prod"), json!({"accounts": null})), json!({"programmatic": {"name": "joan"}})),
        (
            with(machine("jo", "prod"), json!({"accounts": null})),
            json!({"programmatic": {"description": "b"}}),
        ),
    ];
    for contract in BOTH {
        for (spec, edit) in &edits {
            if contract == Contract::Published && edit["human"]["role"].is_string() {
                continue;
            }
            let mut house = furnished(contract, &["prod", "dev"]);
            let lists = json!({"accounts": [role("prod", "Editor")], "programmatic": {"description": "a"}});
            let lists =
                if spec["human"].is_object() { with(lists, json!({"programmatic": null})) } else { lists };
            let spec = with(spec.clone(), lists);
            // The address in the edit is somebody else's: nothing may be written to that person.
            let joan = there(&house, UserDetails::person("joan@example.com"));
            house.ready_with(&user_key("jo"), &spec);
            house.run(mins(8));
            house.forget_requests();
            house.apply(&user_key("jo"), &with(spec.clone(), edit.clone()));
            let what = format!("{contract:?} {edit}");
            house.until(mins(2), &what, |house| house.stalled(&user_key("jo"), "ImmutableField"));
            let told = house.message(&user_key("jo"), "Stalled");
            let of_role = edit["human"]["role"].is_string();
            assert_eq!(told.contains("policies: [{policyName: Admin}]"), of_role, "{told}");
            house.run(mins(60));
            assert_eq!(house.written(), [""; 0], "{what}");
            let more = json!([role("prod", "Editor"), role("dev", "Viewer")]);
            let more = with(spec.clone(), json!({"accounts": more}));
            house.apply(&user_key("jo"), &with(more.clone(), edit.clone()));
            house.run(mins(60));
            assert_eq!(house.written().len(), 1, "{what}: the rest is kept\n{}", house.describe());
            assert!(house.stalled(&user_key("jo"), "ImmutableField"), "{what}");
            let other = house.vendor().world().user(&joan).unwrap().1.clone();
            assert_eq!(other, UserDetails::person("joan@example.com"), "{what}");
            house.ready_with(&user_key("jo"), &more);
            house.stays(&user_key("jo"));
            assert_eq!(house.written().len(), 1, "{what}");
        }
    }
}

#[test]
fn a_password_is_used_once_and_not_asked_for_again() {
    let spec =
        || with(person("jo"), json!({"human": {"passwordSecretRef": {"name": "first", "key": "password"}}}));
    let mut house = furnished(Contract::Production, &[]);
    house.forget_requests();
    house.apply(&user_key("jo"), &spec());
    house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), "SecretNotFound"));
    for bad in ["short1A", "nocapitals1!", "NOSMALL1!", "NoDigits!", "NoSpecial1"] {
        house.way.cluster.put_secret(HOME, "first", "password", bad);
        house.until(mins(1), bad, |house| house.stalled(&user_key("jo"), "SecretInvalid"));
        house.run(secs(10));
        assert!(!house.message(&user_key("jo"), "Stalled").contains(bad));
    }
    assert_eq!(house.written(), [""; 0]);
    house.way.cluster.put_secret(HOME, "first", "password", "Good-enough-1\n");
    house.until(mins(1), "ready", |house| house.ready(&user_key("jo")));
    house.way.cluster.put_secret(HOME, "first", "password", "bad");
    house.stays(&user_key("jo"));
    house.way.cluster.delete_secret(HOME, "first");
    house.apply(&user_key("jo"), &with(spec(), json!({"accounts": []})));
    house.run(secs(5));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), ["POST /setup/user"]);
}

#[test]
fn the_address_alone_takes_a_person_over_whatever_its_case() {
    for contract in BOTH {
        let mut house = furnished(contract, &["prod"]);
        let id = there(&house, UserDetails::person("Jo@Example.com"));
        house.forget_requests();
        let spec = json!({
            "organizationRef": person("jo")["organizationRef"], "human": {"email": "jO@example.COM"},
        });
        house.ready_with(&user_key("jo"), &spec);
        assert_eq!(house.id(&user_key("jo")), Some(id), "{contract:?}");
        assert_eq!(house.status(&user_key("jo"))["origin"], "Adopted");
        assert_eq!(house.status(&user_key("jo"))["deletionPolicy"], "Orphan");
        assert!(house.condition(&user_key("jo"), "Unverified").is_none());
        house.stays(&user_key("jo"));
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
pub fn what_a_create_needs_and_lacks_is_named() {
    let cases = [
        (json!({"role": null}), vec!["human.role"]),
        (json!({"firstName": null, "lastName": null}), vec!["human.firstName", "human.lastName"]),
    ];
    for contract in BOTH {
        for (without, named) in &cases {
            let mut house = furnished(contract, &["prod"]);
            house.forget_requests();
            house.apply(&user_key("jo"), &with(person("jo"), json!({"human": without})));
            house.until(mins(1), "stalled", |house| house.stalled(&user_key("jo"), "MissingForCreate"));
            house.run(mins(60));
            let message = house.message(&user_key("jo"), "Stalled");
            for field in ["human.firstName", "human.lastName", "human.role"] {
                assert_eq!(message.contains(field), named.contains(&field), "{message}");
            }
            assert_eq!(house.written(), [""; 0]);
            house.ready_with(&user_key("jo"), &person("jo"));
        }
    }
    let mut house = furnished(Contract::Production, &["prod"]);
    for (index, none) in [json!(null), json!([])].into_iter().enumerate() {
        let key = user_key(&format!("ci{index}"));
        house.apply(
            &key,
            &with(
                machine("ci", "prod"),
                json!({"programmatic": {"name": format!("ci{index}")}, "accounts": none}),
            ),
        );
        house.until(mins(1), "stalled", |house| house.stalled(&key, "MissingForCreate"));
    }
    assert!(house.users_named("ci0").is_empty());
}

#[test]
fn a_machine_user_is_taken_over_by_name_unless_there_are_two() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let first = there(&house, UserDetails::machine("ci"));
    let spec = with(machine("ci", "prod"), json!({"accounts": null}));
    house.forget_requests();
    house.apply(&user_key("ci"), &spec);
    house.until(mins(1), "taken over", |house| house.id(&user_key("ci")).as_ref() == Some(&first));
    assert!(house.status(&user_key("ci"))["origin"] == "Adopted");
    let mut house = furnished(Contract::Production, &["prod"]);
    let ids: Vec<String> = (0..2).map(|_| there(&house, UserDetails::machine("ci"))).collect();
    house.forget_requests();
    house.apply(&user_key("ci"), &spec);
    house.until(mins(1), "ambiguous", |house| house.stalled(&user_key("ci"), "Ambiguous"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&user_key("ci"), &with(spec, json!({"adopt": {"id": ids[1]}})));
    house.until(mins(1), "taken over", |house| house.id(&user_key("ci")).as_ref() == Some(&ids[1]));
}

#[test]
fn adopt_says_who_may_be_taken_over() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let jo = there(&house, UserDetails::person("jo@example.com"));
    let adopt = |name: &str, adopt: Value| with(person(name), json!({"adopt": adopt}));
    house.forget_requests();
    house.apply(&user_key("jo"), &adopt("jo", json!({"policy": "Never"})));
    house.until(mins(1), "there is one", |house| house.stalled(&user_key("jo"), "AlreadyExists"));
    house.apply(&user_key("al"), &adopt("al", json!({"policy": "Required"})));
    house.until(mins(1), "there is none", |house| house.stalled(&user_key("al"), "NotFound"));
    house.apply(&user_key("id"), &adopt("id", json!({"policy": "Required", "id": "u-00000000"})));
    house.until(mins(1), "no such id", |house| house.stalled(&user_key("id"), "AdoptionTargetNotFound"));
    house.apply(&user_away("jo"), &adopt("jo", json!({})));
    house.until(mins(1), "claimed", |house| house.stalled(&user_away("jo"), "ManagementConflict"));
    house.delete(&user_key("jo"));
    house.until(mins(12), "needs an id", |house| house.stalled(&user_away("jo"), "AdoptionNeedsId"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&user_away("jo"), &adopt("jo", json!({"policy": "Required", "id": jo})));
    assert_eq!(house.id(&user_away("jo")), Some(jo));
    house.ready_with(&user_key("al"), &adopt("al", json!({"policy": "Never"})));
    assert_eq!(house.written(), ["POST /setup/user"]);
}

#[test]
fn what_cannot_be_read_of_who_is_taken_over_is_assumed_and_said() {
    let mut house = furnished(Contract::Production, &["prod"]);
    there(&house, UserDetails::person("jo@example.com"));
    house.forget_requests();
    let apply = json!({"adopt": {"applyUnreadable": true}});
    house.ready_with(&user_key("jo"), &with(person("jo"), apply));
    let message = house.message(&user_key("jo"), "Unverified");
    for field in ["human.firstName", "human.lastName", "human.role"] {
        assert!(message.contains(field), "{message}");
    }
    assert!(!message.contains("applyUnreadable") && message.contains("in the vendor's console"), "{message}");
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [""; 0], "nothing can write it");
}

#[test]
pub fn in_the_public_document_what_is_taken_over_is_assumed_whatever_key_there_is() {
    for lost in [false, true] {
        assumed(lost);
    }
}

fn assumed(lost: bool) {
    let spec = with(person("jo"), json!({"accounts": [role("prod", "Editor")]}));
    let mut house = furnished(Contract::Published, &["prod", "dev"]);
    there(&house, UserDetails::person("jo@example.com"));
    house.forget_requests();
    house.ready_with(&user_key("jo"), &spec);
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [""; 0]);
    let message = house.message(&user_key("jo"), "Unverified");
    assert!(message.contains("taken over: human.role, accounts. Set"), "{message}");
    assert_eq!(message.matches("applyUnreadable: true").count(), 1, "{message}");
    assert_eq!(message.matches("in the vendor's console").count(), 1, "of the names: {message}");
    // Nor does another key make known what was assumed.
    if lost {
        house.way.cluster.delete_secret("orgkeeper-system", FINGERPRINT_SECRET.0);
        house.restart();
        house.run(mins(30));
        let message = house.message(&user_key("jo"), "Unverified");
        assert!(message.contains("human.role, accounts"), "{message}\n{}", house.describe());
        assert_eq!(house.written(), [""; 0]);
    }
    // An edit of the accounts is no reason to write a role that nobody verified.
    let before = house.user_of(&user_key("jo"));
    let more = json!([role("prod", "Editor"), role("dev", "Viewer")]);
    house.apply(&user_key("jo"), &with(spec.clone(), json!({"accounts": more})));
    house.run(mins(1));
    let digest = house.digest(&user_key("jo"), "Stalled");
    house.annotate(&user_key("jo"), &json!({"orgkeeper.dev/confirm": digest}));
    house.until(mins(2), "ready", |house| house.ready(&user_key("jo")));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), ["PUT /setup/user/{userId}"]);
    let after = house.user_of(&user_key("jo"));
    assert_eq!((after.role, after.account_roles.len()), (before.role, 2));
    assert!(!house.message(&user_key("jo"), "Unverified").contains("accounts"));
}

#[test]
fn in_the_public_document_apply_unreadable_writes_role_and_accounts() {
    let spec = with(person("jo"), json!({"accounts": [role("prod", "Editor")]}));
    let mut house = furnished(Contract::Published, &["prod"]);
    let sam = there(&house, UserDetails::person(SAM));
    house.apply(&acme(), &with(organization(), json!({"connection": {"tokenUser": sam}})));
    house.run(secs(10));
    there(&house, UserDetails::person("jo@example.com"));
    house.ready_with(&user_key("admin"), &with(person("admin"), json!({"human": {"role": "Admin"}})));
    house.forget_requests();
    house.ready_with(&user_key("jo"), &with(spec, json!({"adopt": {"applyUnreadable": true}})));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), ["PUT /setup/user/{userId}"], "{}", house.describe());
    let message = house.message(&user_key("jo"), "Unverified");
    assert!(!message.contains("human.role") && !message.contains("accounts"), "{message}");
    assert_eq!(house.user_of(&user_key("jo")).account_roles.len(), 1);
}

#[test]
fn a_group_is_taken_over_by_name_and_brought_in_line() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let details = orgkeeper::sandbox::spot::GroupDetails {
        name: "ops".into(),
        description: "old".into(),
        ..Default::default()
    };
    let id = house.by_hand(|console| console.create_group(organization_id(), details));
    house.forget_requests();
    house.ready_with(&group_key("ops"), &with(group("ops"), json!({"description": "new"})));
    assert_eq!(house.id(&group_key("ops")), Some(id));
    assert_eq!(house.written(), ["PUT /setup/access/userGroup/{userGroupId}"]);
    house.run(mins(2));
    house.stays(&group_key("ops"));
    assert!(house.ready(&home("prod")));
}
