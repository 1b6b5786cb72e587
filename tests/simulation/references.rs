//! References: whom they lead to, what they wait for, and what a list with a gap must never do.

use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, away, home};
use crate::support::manifests::{HOME, account, group, group_key, organization, person, user_key, with};
use crate::support::people::{furnished, group_away, organization_id, role, user_away};
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::{Contract, GroupDetails};
use serde_json::{Value, json};

const ATTACH: &str = "POST /setup/account/{accountId}/user";
const DETACH: &str = "DELETE /setup/account/{accountId}/user";
const GROUPS: &str = "PUT /setup/user/{userId}/userGroupMapping";
const PUT: &str = "PUT /setup/user/{userId}";
const NOT_FOUND: &str = "ReferenceNotFoundOrNotAllowed";

/// Whom `payments` is.
fn payments() -> Value {
    json!({"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}})
}

/// An account of the organization's namespace that admits `payments`.
fn open_account(name: &str, grant: Value) -> Value {
    with(
        account(name),
        json!({"allowed": [with(json!({"namespaces": payments(), "kinds": ["SpotUser"]}), grant)]}),
    )
}

/// A role on an account of the organization's namespace.
fn role_at_home(account: &str, role: &str) -> Value {
    json!({"accountRef": {"name": account, "namespace": HOME}, "role": role})
}

#[test]
fn a_list_with_a_gap_is_not_written_and_the_rest_is() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.ready_with(&group_key("devs"), &group("devs"));
    let devs = json!([{"groupRef": {"name": "devs"}}]);
    let spec = |accounts: Value, groups: Value| {
        with(person("jo"), json!({"accounts": accounts, "userGroups": groups}))
    };
    house.ready_with(&user_key("jo"), &spec(json!([role("prod", "Editor")]), devs));
    house.run(mins(8));
    house.forget_requests();
    // Another account in place of the one that is there: a replaced list would take that away.
    house.apply(&user_key("jo"), &spec(json!([role("later", "Editor")]), json!([])));
    house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), NOT_FOUND));
    house.run(mins(30));
    assert_eq!(house.written(), [GROUPS], "{}", house.describe());
    assert_eq!(house.user_of(&user_key("jo")).account_roles.len(), 2, "with the one of a Viewer");
    house.apply(&home("later"), &account("later"));
    house.until(secs(5), "at once", |house| house.ready(&user_key("jo")));
    assert_eq!(house.written(), [GROUPS, "POST /setup/account", ATTACH, DETACH]);
    house.stays(&user_key("jo"));
}

#[test]
fn what_was_granted_is_not_forgotten_while_the_list_waits() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let spec = |accounts: Value| with(person("jo"), json!({"accounts": accounts, "grants": "Additive"}));
    house.ready_with(&user_key("jo"), &spec(json!([role("prod", "Editor")])));
    house.run(mins(8));
    house.forget_requests();
    house.apply(&user_key("jo"), &spec(json!([role("missing", "Editor")])));
    house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), NOT_FOUND));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    house.ready_with(&user_key("jo"), &spec(json!([])));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [DETACH], "it was ours, and nothing asks for it any more");

    // Where nothing can be read back, what was written is all that is known.
    let mut house = furnished(Contract::Published, &["prod"]);
    let spec = |accounts: Value| with(person("jo"), json!({"accounts": accounts}));
    house.ready_with(&user_key("jo"), &spec(json!([role("prod", "Editor")])));
    house.run(mins(8));
    house.forget_requests();
    house.apply(&user_key("jo"), &spec(json!([role("prod", "Editor"), role("later", "Viewer")])));
    house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), NOT_FOUND));
    house.ready_with(&user_key("jo"), &spec(json!([role("prod", "Editor")])));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), [""; 0]);
    house.apply(&user_key("jo"), &spec(json!([role("prod", "Editor"), role("later", "Viewer")])));
    house.run(mins(1));
    house.apply(&home("later"), &account("later"));
    house.until(secs(5), "at once", |house| house.ready(&user_key("jo")));
    house.stays(&user_key("jo"));
    assert_eq!(house.written(), ["POST /setup/account", PUT]);
}

#[test]
pub fn nothing_is_created_before_all_that_it_refers_to_is_there() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &[]);
        house.apply(&home("prod"), &with(account("prod"), json!({"suspend": true})));
        house.forget_requests();
        house.apply(&user_key("jo"), &with(person("jo"), json!({"accounts": [role("prod", "Editor")]})));
        house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), "DependencyNotReady"));
        house.run(mins(30));
        assert_eq!(house.written(), [""; 0]);
        house.apply(&home("prod"), &account("prod"));
        house.until(secs(5), "at once", |house| house.ready(&user_key("jo")));
        house.stays(&user_key("jo"));
    }
}

#[test]
fn when_the_account_s_object_goes_nobody_loses_access() {
    for contract in [Contract::Production, Contract::Published] {
        let mut house = furnished(contract, &["prod"]);
        house.ready_with(&user_key("jo"), &with(person("jo"), json!({"accounts": [role("prod", "Editor")]})));
        house.run(mins(8));
        let before = house.user_of(&user_key("jo"));
        house.forget_requests();
        house.delete(&home("prod"));
        house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), NOT_FOUND));
        house.run(mins(30));
        house.ready_with(&home("prod"), &account("prod"));
        house.until(secs(5), "at once", |house| house.ready(&user_key("jo")));
        house.stays(&user_key("jo"));
        assert_eq!(house.written(), [""; 0], "{contract:?}");
        assert_eq!(house.user_of(&user_key("jo")), before);
    }
}

#[test]
fn a_withdrawn_grant_writes_nothing_and_is_noticed_also_after_a_restart() {
    for restarted in [false, true] {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.ready_with(&home("shared"), &open_account("shared", json!({"maxRole": "Editor"})));
        let devs = with(group("devs"), json!({"allowed": [{"namespaces": payments()}]}));
        house.ready_with(&group_key("devs"), &devs);
        let lists = json!({
            "accounts": [role_at_home("shared", "Editor")],
            "userGroups": [{"groupRef": {"name": "devs", "namespace": HOME}}],
        });
        house.ready_with(&user_away("jo"), &with(person("jo"), lists));
        house.run(mins(8));
        let before = house.user_of(&user_away("jo"));
        house.forget_requests();
        for (key, spec) in [(home("shared"), account("shared")), (group_key("devs"), group("devs"))] {
            let open = house.object(&key)["spec"].clone();
            if restarted {
                house.kill();
            }
            house.apply(&key, &spec);
            if restarted {
                house.start();
            }
            house.until(mins(4), "withdrawn", |house| house.stalled(&user_away("jo"), "NotAllowed"));
            assert!(house.message(&user_away("jo"), "Stalled").contains(&key.name));
            house.run(mins(30));
            assert_eq!(house.written(), [""; 0]);
            assert_eq!(house.user_of(&user_away("jo")), before);
            house.apply(&key, &open);
            house.until(mins(4), "given again", |house| house.ready(&user_away("jo")));
        }
        house.stays(&user_away("jo"));
        assert_eq!(house.written(), [""; 0]);
    }
}

#[test]
fn a_grant_that_was_withdrawn_during_a_restart_is_noticed_without_the_sweep() {
    let names = ["a", "b", "c", "d"];
    let mut house = furnished(Contract::Production, &[]);
    house.ready_with(&home("shared"), &open_account("shared", json!({"maxRole": "Editor"})));
    for name in names {
        let accounts = json!({"accounts": [role_at_home("shared", "Editor")]});
        house.ready_with(&user_away(name), &with(person(name), accounts));
    }
    house.run(mins(8));
    house.kill();
    // One object a resync.
    house.way.sweep_calls = 0;
    house.apply(&home("shared"), &account("shared"));
    house.start();
    house.until(mins(3), "withdrawn", |house| {
        names.iter().all(|name| house.stalled(&user_away(name), "NotAllowed"))
    });
}

#[test]
fn who_was_never_admitted_learns_nothing() {
    let mut house = furnished(Contract::Production, &["secret"]);
    house.ready_with(&home("shared"), &open_account("shared", json!({"maxRole": "Viewer"})));
    let of =
        |account: &str, role: &str| with(person("jo"), json!({"accounts": [role_at_home(account, role)]}));
    let told = |house: &mut House, spec: &Value, name: &str| {
        house.apply(&user_away("jo"), spec);
        house.run(secs(5));
        house.until(mins(1), "refused", |house| house.waits(&user_away("jo"), NOT_FOUND));
        house.message(&user_away("jo"), "Ready").replace(name, "it")
    };
    house.forget_requests();
    let missing = told(&mut house, &of("missing", "Viewer"), "missing");
    assert_eq!(told(&mut house, &of("secret", "Viewer"), "secret"), missing);
    assert_eq!(house.written(), [""; 0]);
    // Nor by an object that is there already.
    house.ready_with(&user_away("jo"), &of("shared", "Viewer"));
    assert_eq!(told(&mut house, &of("missing", "Viewer"), "missing"), missing);
    assert_eq!(told(&mut house, &of("secret", "Viewer"), "secret"), missing);
}

#[test]
pub fn who_is_admitted_with_less_is_told_the_bound_and_nobody_else() {
    let mut house = furnished(Contract::Production, &[]);
    let open = |kind: &str| {
        let grant = json!({"namespaces": payments(), "kinds": [kind], "maxRole": "Viewer"});
        with(account("shared"), json!({"allowed": [grant]}))
    };
    house.ready_with(&home("shared"), &open("SpotUser"));
    let asks = |role: &str| with(person("jo"), json!({"accounts": [role_at_home("shared", role)]}));
    let refused = |house: &mut House, spec: &Value, told: bool| {
        house.apply(&user_away("jo"), spec);
        house.run(secs(10));
        assert!(house.waits(&user_away("jo"), NOT_FOUND), "{}", house.describe());
        let text = house.message(&user_away("jo"), "Ready");
        assert_eq!(text.contains("the role Viewer at most"), told, "{text}");
        text
    };
    let text = refused(&mut house, &asks("Editor"), true);
    assert!(text.contains("asks for Editor. Ask for Viewer, or have maxRole raised"), "{text}");
    let policy =
        json!([{"policyName": "Account Viewer", "accounts": [{"name": "shared", "namespace": HOME}]}]);
    let text = refused(&mut house, &with(person("jo"), json!({"policies": policy})), true);
    assert!(text.contains("what no role bounds"), "{text}");
    // The kind is not admitted at all: as if there were none.
    house.apply(&home("shared"), &open("SpotUserGroup"));
    house.run(secs(5));
    refused(&mut house, &asks("Editor"), false);
    // The same of the organization.
    let bounded = json!([
        {"namespaces": {"from": "Same"}, "kinds": ["SpotAccount", "SpotUser", "SpotUserGroup"]},
        {"namespaces": payments(), "kinds": ["SpotUser"], "maxRole": "Viewer"},
    ]);
    house.apply(&acme(), &with(organization(), json!({"allowed": bounded})));
    house.run(secs(5));
    let text = refused(&mut house, &with(person("jo"), json!({"human": {"role": "Admin"}})), true);
    assert!(
        text.contains("SpotOrganization platform/acme admits") && text.contains("asks for Admin"),
        "{text}"
    );
    assert_eq!(house.status(&user_away("jo"))["state"], "Blocked", "{}", house.describe());
    house.apply(&group_away("devs"), &group("devs"));
    house.until(mins(1), "refused", |house| house.waits(&group_away("devs"), NOT_FOUND));
    assert!(!house.message(&group_away("devs"), "Ready").contains("at most"), "{}", house.describe());
}

#[test]
fn an_account_admits_kinds_and_roles() {
    let grants = [
        (json!({"maxRole": "Viewer"}), "Viewer", true),
        (json!({"maxRole": "Viewer"}), "Editor", false),
        (json!({"kinds": ["SpotUserGroup"]}), "Viewer", false),
        (json!({}), "Editor", true),
    ];
    for (grant, asked, admitted) in grants {
        let mut house = furnished(Contract::Production, &[]);
        house.ready_with(&home("shared"), &open_account("shared", grant.clone()));
        let spec = with(person("jo"), json!({"accounts": [role_at_home("shared", asked)]}));
        house.apply(&user_away("jo"), &spec);
        house.run(mins(2));
        assert_eq!(house.ready(&user_away("jo")), admitted, "{grant} {asked}\n{}", house.describe());
        assert_eq!(house.waits(&user_away("jo"), NOT_FOUND), !admitted, "{grant} {asked}");
        // Only a person changes a bound; what is not there, or not admitted, may come.
        let blocked = house.status(&user_away("jo"))["state"] == "Blocked";
        assert_eq!(blocked, !admitted && !grant["maxRole"].is_null(), "{grant} {asked}");
    }
    // No role says how much a policy lets do.
    for (grant, admitted) in [(json!({"maxRole": "Editor"}), false), (json!({}), true)] {
        let mut house = furnished(Contract::Production, &[]);
        house.ready_with(&home("shared"), &open_account("shared", grant.clone()));
        let policies =
            json!([{"policyName": "Account Viewer", "accounts": [{"name": "shared", "namespace": HOME}]}]);
        house.apply(&user_away("jo"), &with(person("jo"), json!({"policies": policies})));
        house.run(mins(2));
        assert_eq!(house.ready(&user_away("jo")), admitted, "{grant}\n{}", house.describe());
    }
}

#[test]
fn under_max_role_nothing_is_asked_for_that_no_role_bounds() {
    let bounded = json!([
        {"namespaces": {"from": "Same"}, "kinds": ["SpotAccount", "SpotUser", "SpotUserGroup"]},
        {"namespaces": payments(), "kinds": ["SpotAccount", "SpotUser", "SpotUserGroup"], "maxRole": "Viewer"},
    ]);
    let mut house = furnished(Contract::Production, &["prod"]);
    house.apply(&acme(), &with(organization(), json!({"allowed": bounded})));
    house.ready_with(&away("own"), &account("own"));
    let theirs = house.by_hand(|console| {
        console.create_group(
            organization_id(),
            GroupDetails { name: "theirs".into(), ..GroupDetails::default() },
        )
    });
    house.ready_with(
        &group_key("devs"),
        &with(group("devs"), json!({"allowed": [{"namespaces": payments()}]})),
    );
    house.ready_with(&group_away("mine"), &group("mine"));
    house.forget_requests();
    let refused = [
        json!({"human": {"role": "Editor"}}),
        json!({"human": {"role": "Admin"}}),
        json!({"accounts": [role("own", "Editor")]}),
        json!({"policies": [{"policyName": "Ocean Full Access", "allAccounts": true}]}),
        json!({"policies": [{"policyName": "Credit Card Editor"}]}),
        json!({"policies": [{"policyId": "3", "accounts": [{"name": "own"}]}]}),
        json!({"policies": [{"policyName": "Account Viewer", "accounts": [{"name": "own"}]}]}),
        json!({"userGroups": [{"userGroupId": theirs}]}),
        json!({"userGroups": [{"groupRef": {"name": "mine"}}]}),
    ];
    for (index, asked) in refused.iter().enumerate() {
        let key = user_away(&format!("jo{index}"));
        house.apply(&key, &with(person(&key.name), asked.clone()));
        house.run(mins(1));
        assert!(house.waits(&key, NOT_FOUND), "{asked}\n{}", house.describe());
    }
    for policies in [json!([]), json!([{"policyName": "Account Viewer", "accounts": [{"name": "own"}]}])] {
        house.apply(&group_away("theirs"), &with(group("more"), json!({"policies": policies})));
        house.run(mins(1));
        assert!(house.waits(&group_away("theirs"), NOT_FOUND), "{policies}");
    }
    assert_eq!(house.written(), [""; 0]);
    let within = json!({
        "accounts": [role("own", "Viewer")],
        "userGroups": [{"groupRef": {"name": "devs", "namespace": HOME}}],
    });
    house.ready_with(&user_away("jo"), &with(person("jo"), within.clone()));
    // Once it is there, more is not granted by an edit.
    house.run(mins(8));
    house.forget_requests();
    house.apply(
        &user_away("jo"),
        &with(person("jo"), with(within, json!({"accounts": [role("own", "Editor")]}))),
    );
    house.until(mins(1), "refused", |house| house.stalled(&user_away("jo"), "NotAllowed"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
pub fn ids_are_for_the_organization_s_own_namespace() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let prod = house.id(&home("prod")).unwrap();
    let lists = [
        json!({"accounts": [{"accountRef": {"id": prod}, "role": "Viewer"}]}),
        json!({"policies": [{"policyName": "Account Viewer", "accounts": [{"id": prod}]}]}),
    ];
    for (index, list) in lists.iter().enumerate() {
        let name = format!("jo{index}");
        house.forget_requests();
        house.apply(&user_away(&name), &with(person(&name), list.clone()));
        house.until(mins(1), "refused", |house| house.stalled(&user_away(&name), "NotAllowed"));
        assert_eq!(house.written(), [""; 0]);
        house.delete(&user_away(&name));
        house.run(secs(5));
        house.ready_with(&user_key(&name), &with(person(&name), list.clone()));
    }
    let policies = json!({"policies": [{"policyName": "Account Viewer", "accounts": [{"id": prod}]}]});
    house.apply(&group_away("ops"), &with(group("ops"), policies));
    house.until(mins(1), "refused", |house| house.stalled(&group_away("ops"), "NotAllowed"));
}

#[test]
pub fn what_belongs_to_another_organization_is_not_referred_to() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let other = |spec: Value| with(spec, json!({"organizationRef": {"name": "other", "namespace": HOME}}));
    house.apply(&home("elsewhere"), &other(account("elsewhere")));
    house.apply(&group_key("elsewhere"), &other(group("elsewhere")));
    house.apply(&user_key("elsewhere"), &other(person("elsewhere")));
    house.forget_requests();
    let cases: [(ObjectRef, Value); 3] = [
        (user_key("jo"), with(person("jo"), json!({"accounts": [role("elsewhere", "Viewer")]}))),
        (user_key("al"), with(person("al"), json!({"userGroups": [{"groupRef": {"name": "elsewhere"}}]}))),
        (group_key("ops"), with(group("ops"), json!({"members": [{"userRef": {"name": "elsewhere"}}]}))),
    ];
    for (key, spec) in cases {
        house.apply(&key, &spec);
        house.until(mins(1), "elsewhere", |house| house.stalled(&key, "ReferenceElsewhere"));
    }
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
}

#[test]
fn members_are_referred_to_across_namespaces_when_their_manifests_admit_it() {
    let mut house = furnished(Contract::Production, &[]);
    let members = json!({"members": [{"userRef": {"name": "jo", "namespace": "payments"}}]});
    house.ready_with(&user_away("jo"), &person("jo"));
    house.apply(&group_key("ops"), &with(group("ops"), members));
    house.until(mins(1), "not admitted", |house| house.waits(&group_key("ops"), NOT_FOUND));
    let platform = json!({"from": "Selector", "selector": {"matchLabels": {"team": "platform"}}});
    house.apply(&user_away("jo"), &with(person("jo"), json!({"allowed": [{"namespaces": platform}]})));
    house.until(secs(5), "at once", |house| house.ready(&group_key("ops")));
    let (ops, jo) = (house.id(&group_key("ops")).unwrap(), house.id(&user_away("jo")).unwrap());
    assert_eq!(Vec::from_iter(house.vendor().world().members(&ops)), [jo]);
    house.run(mins(8));
    // Withdrawn: the member stays until somebody decides.
    house.forget_requests();
    house.apply(&user_away("jo"), &person("jo"));
    house.until(mins(1), "withdrawn", |house| house.stalled(&group_key("ops"), "NotAllowed"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0]);
    assert_eq!(house.vendor().world().members(&ops).len(), 1);
}

#[test]
fn of_a_policy_that_is_not_there_the_near_ones_are_named_to_whom_they_are_no_secret() {
    let mut house = furnished(Contract::Production, &["prod"]);
    house.policy("Deployer");
    let by =
        |name: &str| with(person("jo"), json!({"policies": [{"policyName": name, "allAccounts": true}]}));
    for (key, name, near) in [
        (user_key("jo"), "deploier", Some("\"Deployer\"")),
        (user_key("jo"), "account viewer", Some("\"Account Viewer\"")),
        (user_key("jo"), "Nobody's", None),
        (user_away("al"), "deploier", None),
        (user_away("al"), "account viewer", Some("\"Account Viewer\"")),
    ] {
        let spec = with(by(name), json!({"human": {"email": format!("{}@example.com", key.name)}}));
        house.apply(&key, &spec);
        let told = format!("no policy {name:?}");
        house.until(mins(1), "it waits", |house| house.message(&key, "Ready").contains(&told));
        let text = house.message(&key, "Ready");
        assert!(house.waits(&key, "DependencyNotReady") && text.contains("Correct policyName"), "{text}");
        match near {
            Some(near) => assert!(text.contains(&format!("Perhaps {near} is meant")), "{text}"),
            None => assert!(!text.contains("Perhaps"), "{text}"),
        }
    }
}

#[test]
pub fn a_policy_is_found_once_it_is_there_and_given_by_its_kind() {
    let mut house = furnished(Contract::Production, &["prod"]);
    let by = |policy: Value| with(person("jo"), json!({"policies": [policy]}));
    let deployer = json!({"policyName": "Deployer", "accounts": [{"name": "prod"}]});
    house.ready_with(&user_key("jo"), &person("jo"));
    house.forget_requests();
    house.apply(&user_key("jo"), &by(deployer.clone()));
    house.until(mins(1), "it waits", |house| house.waits(&user_key("jo"), "DependencyNotReady"));
    house.run(mins(3));
    house.policy("Deployer");
    house.until(mins(15), "found", |house| house.ready(&user_key("jo")));
    assert_eq!(house.written(), ["PUT /setup/user/{userId}/policyMapping"]);
    house.policy("Deployer");
    house.run(mins(8));
    house.apply(&user_key("jo"), &by(with(deployer, json!({"accounts": null, "allAccounts": true}))));
    house.until(mins(1), "two", |house| house.stalled(&user_key("jo"), "Ambiguous"));
    for wrong in [json!({"policyId": "6", "allAccounts": true}), json!({"policyId": "5"})] {
        house.apply(&user_key("jo"), &by(wrong.clone()));
        house.until(mins(1), "wrong", |house| house.stalled(&user_key("jo"), "GrantInvalid"));
    }
    let twice = json!({"accounts": [role("prod", "Viewer"), {"accountRef": {"id": house.id(&home("prod"))}, "role": "Editor"}]});
    house.apply(&user_key("al"), &with(person("al"), twice));
    house.until(mins(1), "twice", |house| house.stalled(&user_key("al"), "GrantInvalid"));
    assert_eq!(house.written().len(), 1);
}
