//! A list that the token may not read is the trouble of those that it would show, and of nobody else (rule 14);
//! and nothing is believed of what it would have shown (rules 2, 4 and 12).

use crate::support::credentials::{aws, cloud};
use crate::support::house::{House, mins, secs};
use crate::support::look::{acme, home};
use crate::support::manifests::{
    access_policy, account, group, group_key, person, policy_key, user_key, with,
};
use crate::support::people::{furnished, role};
use http::Method;
use orgkeeper::engine::base::ports::ObjectRef;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

const BOTH: [Contract; 2] = [Contract::Production, Contract::Published];

/// A kind: how its list is read, how its objects are called, a manifest, and an edit of it.
struct Listed {
    route: &'static str,
    key: fn(&str) -> ObjectRef,
    spec: fn(&str) -> Value,
    edit: Value,
}

fn kinds(contract: Contract) -> Vec<Listed> {
    let (users, policies) = match contract {
        Contract::Production => ("/setup/organization/user", "/setup/organization/policy"),
        Contract::Published => ("/setup/organization/{organizationId}/user", "/setup/access/policy"),
    };
    let described = json!({"description": "another"});
    let mut kinds = vec![
        Listed { route: policies, key: policy_key, spec: access_policy, edit: described.clone() },
        Listed {
            route: users,
            key: user_key,
            spec: person,
            edit: json!({"accounts": [role("prod", "Viewer")]}),
        },
    ];
    if contract == Contract::Production {
        kinds.push(Listed { route: "/setup/access/userGroup", key: group_key, spec: group, edit: described });
    }
    kinds
}

impl Listed {
    fn old(&self) -> ObjectRef {
        (self.key)("old")
    }

    fn fresh(&self) -> ObjectRef {
        (self.key)("fresh")
    }

    fn edited(&self) -> Value {
        with((self.spec)("old"), self.edit.clone())
    }
}

/// A house with an object of each kind at rest, which goes with what it stands for.
fn house(contract: Contract) -> House {
    let mut house = furnished(contract, &["prod"]);
    for kind in kinds(contract) {
        house.ready_with(&kind.old(), &with((kind.spec)("old"), json!({"deletionPolicy": "Delete"})));
    }
    house.run(mins(10));
    house.forget_requests();
    house
}

/// From now on the list is refused so.
fn strike(house: &House, route: &str, kind: FaultKind) {
    house.vendor().add_fault(Fault { times: None, ..Fault::once(&Method::GET, route, kind) });
}

fn conditions(house: &House) -> usize {
    house.status(&acme())["conditions"].as_array().unwrap().len()
}

#[test]
fn those_whose_list_may_not_be_read_say_so_and_all_others_go_on() {
    for contract in BOTH {
        for (place, kind) in kinds(contract).iter().enumerate() {
            let what = format!("{contract:?} {}", kind.route);
            let mut house = house(contract);
            strike(&house, kind.route, FaultKind::Forbidden);
            house.until(mins(8), &what, |house| house.stalled(&kind.old(), "Forbidden"));
            let message = house.message(&kind.old(), "Ready");
            assert!(message.contains("403") && message.contains("Give its user the right"), "{message}");
            house.run(mins(20));
            assert!(house.ready(&acme()) && conditions(&house) == 1, "{what}\n{}", house.describe());
            // The others go on with their work.
            house.apply(&home("more"), &account("more"));
            for (other, kind) in kinds(contract).iter().enumerate().filter(|(other, _)| *other != place) {
                let edited = with(kind.edited(), json!({"deletionPolicy": "Delete"}));
                house.apply(&kind.old(), &edited);
                house.until(secs(40), &format!("{what}: {other} goes on"), |house| house.ready(&kind.old()));
            }
            house.until(secs(40), &what, |house| house.ready(&home("more")));
            // Of these nothing is written: not one that is new, nor an edit, nor an end.
            house.run(mins(5));
            house.forget_requests();
            house.apply(&kind.fresh(), &(kind.spec)("fresh"));
            house.apply(&kind.old(), &with(kind.edited(), json!({"deletionPolicy": "Delete"})));
            house.run(mins(20));
            for key in [kind.fresh(), kind.old()] {
                assert!(house.stalled(&key, "Forbidden"), "{what} {key}\n{}", house.describe());
            }
            let writes = house.all_writes();
            let asked = house.reads(kind.route);
            house.run(mins(60));
            assert_eq!(house.all_writes(), writes, "{what}\n{}", house.describe());
            let asked = house.reads(kind.route) - asked;
            // Policies are looked at for those who give them, too.
            let at_most = if place == 0 { 28 } else { 14 };
            assert!((10..=at_most).contains(&asked), "{what}: {asked} in an hour");
            house.delete(&kind.old());
            house.run(mins(20));
            let (_, why) = house.condition(&kind.old(), "DeletionBlocked").expect("it is there");
            assert_eq!(why, "Forbidden", "{what}\n{}", house.describe());
            assert!(house.message(&kind.old(), "DeletionBlocked").contains("abandon"));
            assert_eq!(house.written(), [""; 0], "{what}\n{}", house.describe());
            house.vendor().clear_faults();
            house.until(mins(12), &what, |house| house.ready(&kind.fresh()) && !house.exists(&kind.old()));
        }
    }
}

#[test]
fn as_soon_as_the_list_may_be_read_again_everybody_goes_on() {
    for contract in BOTH {
        for kind in kinds(contract) {
            let mut house = house(contract);
            strike(&house, kind.route, FaultKind::Forbidden);
            house.until(mins(8), "said", |house| house.stalled(&kind.old(), "Forbidden"));
            house.vendor().clear_faults();
            house.until(mins(6), kind.route, |house| house.ready(&kind.old()));
            house.run(mins(10));
            assert!(house.ready(&kind.old()) && house.ready(&acme()));
            assert_eq!(house.written(), [""; 0], "{}", house.describe());
        }
    }
}

#[test]
fn whoever_gives_policies_by_name_keeps_them_and_is_told_only_where_another_is_looked_for() {
    let route = kinds(Contract::Production)[0].route;
    let mut house = furnished(Contract::Production, &["prod"]);
    house.policy("readers");
    let giving = |name: &str| {
        let prod = json!([{"name": "prod"}]);
        with(person("jo"), json!({"policies": [{"policyName": name, "accounts": prod}]}))
    };
    house.ready_with(&user_key("jo"), &giving("readers"));
    house.run(mins(8));
    strike(&house, route, FaultKind::Forbidden);
    house.policy("writers");
    house.forget_requests();
    house.run(mins(30));
    assert!(house.ready(&acme()) && conditions(&house) == 1, "{}", house.describe());
    assert!(house.ready(&user_key("jo")), "{}", house.describe());
    house.ready_with(&user_key("al"), &person("al"));
    house.forget_requests();
    house.apply(&user_key("jo"), &giving("writers"));
    house.until(mins(1), "said", |house| house.stalled(&user_key("jo"), "Forbidden"));
    house.run(mins(30));
    assert_eq!(house.written(), [""; 0], "nothing is taken away either: {}", house.describe());
    house.vendor().clear_faults();
    house.until(mins(15), "given", |house| house.ready(&user_key("jo")));
}

#[test]
fn nobody_is_reduced_while_nobody_can_say_who_administers() {
    for kind in kinds(Contract::Production).into_iter().take(2) {
        let mut house = furnished(Contract::Production, &["prod"]);
        house.administrator();
        let admin = json!({"human": {"role": "Admin"}, "deletionPolicy": "Delete"});
        house.ready_with(&user_key("jo"), &with(person("jo"), admin));
        house.run(mins(8));
        house.forget_requests();
        strike(&house, kind.route, FaultKind::Forbidden);
        house.delete(&user_key("jo"));
        house.run(mins(60));
        assert!(house.exists(&user_key("jo")) && house.ready(&acme()), "{}", house.describe());
        assert_eq!(house.written(), [""; 0], "{}", house.describe());
        house.vendor().clear_faults();
        house.until(mins(15), "gone", |house| !house.exists(&user_key("jo")));
    }
}

#[test]
fn without_the_list_that_proves_the_token_nothing_goes_on() {
    for contract in BOTH {
        let mut house = crate::support::credentials::with_prod(contract);
        house.ready_with(&cloud(), &aws());
        house.run(mins(8));
        house.forget_requests();
        strike(&house, "/setup/account", FaultKind::Forbidden);
        // Credentials are listed by accounts: whoever finds out, it is the organization's.
        let asked = json!({"orgkeeper.dev/reconcile-requested-at": "now"});
        house.annotate(&cloud(), &asked);
        house.until(secs(5), "said", |house| house.stalled(&acme(), "Forbidden"));
        house.run(mins(20));
        assert!(house.stalled(&acme(), "Forbidden"), "{}", house.describe());
        house.apply(&home("more"), &account("more"));
        house.run(mins(20));
        assert!(house.waits(&home("more"), "DependencyNotReady"), "{}", house.describe());
        assert_eq!(house.written(), [""; 0]);
        house.vendor().clear_faults();
        house.until(mins(15), "over", |house| house.ready(&home("more")) && house.ready(&cloud()));
    }
}

#[test]
fn a_token_that_is_refused_or_a_server_that_is_down_is_the_organizations_trouble_whatever_the_list() {
    for contract in BOTH {
        for kind in kinds(contract) {
            let mut house = house(contract);
            strike(&house, kind.route, FaultKind::Unauthorized);
            house.until(mins(8), kind.route, |house| house.stalled(&acme(), "TokenRefused"));
            house.vendor().clear_faults();
            house.until(mins(15), kind.route, |house| house.ready(&acme()) && house.ready(&kind.old()));
            strike(&house, kind.route, FaultKind::ServerError { status: 503, effect: false });
            house.until(mins(8), kind.route, |house| house.condition(&acme(), "Unreachable").is_some());
            assert!(house.ready(&kind.old()), "{}", house.describe());
            house.vendor().clear_faults();
            house.until(mins(10), kind.route, |house| house.condition(&acme(), "Unreachable").is_none());
        }
    }
}
