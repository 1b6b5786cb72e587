//! Reads that few clients make: machine users alone, permissions in an account, policy actions.

use serde_json::{Value, json};

use crate::harness::{Bench, text};

#[test]
fn machine_users_have_a_list_of_their_own() {
    let mut bench = Bench::production();
    assert!(bench.items("/setup/user/programmatic").is_empty());
    let person = bench.person("jo@example.com");
    let body = json!({"name": "ci", "description": "builds", "policies": [{"policyId": "1"}]});
    let id = text(&bench.made("/setup/user/programmatic", &body)["id"]);
    let row = json!({"id": id, "name": "ci", "description": "builds"});
    assert_eq!(bench.items("/setup/user/programmatic"), std::slice::from_ref(&row));
    assert_eq!(bench.one(&format!("/setup/user/programmatic/{id}")), row);
    for id in [person.as_str(), "pu-00000000"] {
        let refused = bench.refused("GET", &format!("/setup/user/programmatic/{id}"), &Value::Null);
        assert_eq!(refused.0, "User_DOESNT_EXIST");
    }
}

#[test]
fn an_accounts_permissions_tell_roles_and_policies() {
    let mut bench = Bench::production();
    let account = bench.create("payments");
    let (one, two) = (bench.person("one@example.com"), bench.person("two@example.com"));
    bench.person("elsewhere@example.com");
    let target = format!("/setup/account/{account}/user");
    bench.good("POST", &target, &json!({"userId": one, "role": "editor"}));
    let policies = json!({"userId": two, "permissionStrategy": "POLICY_BASED", "policyIds": ["4"]});
    bench.good("POST", &target, &policies);
    assert_eq!(
        bench.items(&format!("/setup/user/permission?accountId={account}")),
        [
            json!({"userId": one, "permissionStrategy": "ROLE_BASED", "role": "editor", "policyIds": []}),
            json!({"userId": two, "permissionStrategy": "POLICY_BASED", "role": null, "policyIds": ["4"]}),
        ]
    );
    let refused = bench.refused("GET", "/setup/user/permission", &Value::Null);
    assert_eq!(refused, ("ValidationError".to_owned(), "query.accountId".to_owned()));
}

#[test]
fn policy_actions_are_filtered() {
    let mut bench = Bench::production();
    let all = bench.items("/setup/access/policyAction");
    for action in &all {
        let name = text(&action["name"]);
        assert_eq!(name.split_once(':').unwrap().0, action["service"]);
        assert_eq!(bench.one(&format!("/setup/access/policyAction?name={name}")), *action);
    }
    let ocean = bench.items("/setup/access/policyAction?service=OCEAN&category=read");
    assert!(!ocean.is_empty() && ocean.len() < all.len());
    assert!(ocean.iter().all(|action| action["service"] == "ocean" && action["category"] == "READ"));
    assert!(bench.items("/setup/access/policyAction?scope=NOWHERE").is_empty());
    let refused = bench.refused("GET", "/setup/access/policyAction?limit=1", &Value::Null);
    assert_eq!(refused.1, "query.limit");
}
