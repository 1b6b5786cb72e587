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
            json!({"userId": two, "permissionStrategy": "POLICY_BASED", "role": "viewer", "policyIds": ["4"]}),
        ]
    );
    let refused = bench.refused("GET", "/setup/user/permission", &Value::Null);
    assert_eq!(refused, ("ValidationError".to_owned(), "query.accountId".to_owned()));
}

#[test]
fn policy_actions_are_the_vendors() {
    let mut bench = Bench::production();
    let body = bench.get("/setup/access/policyAction");
    assert_eq!(body["response"]["kind"], "spotinst:setup:policyAction");
    let all = body["response"]["items"].as_array().unwrap().clone();
    // The sample of the vendor's own page, as it stands there.
    let filters = "service=ocean&resourcePattern=ocean:ols-*&category=update";
    let sample = bench.items(&format!("/setup/access/policyAction?{filters}"));
    let row = |name: &str| {
        json!({
            "name": name, "service": "ocean", "resourcePattern": "ocean:ols-*", "scope": "ACCOUNT",
            "category": "UPDATE",
        })
    };
    let names = ["ocean:updateLaunchSpec", "ocean:launchNodesInLaunchSpec", "ocean:updateClusterLaunchSpec"];
    assert_eq!(sample, names.map(row));
    // Of the list that the vendor had on its site: some of each service, and of each kind.
    for (name, scope, category) in [
        ("elastigroup:createGroup", "ACCOUNT", "CREATE"),
        ("elastigroup:teminateInstance", "ACCOUNT", "UPDATE"),
        ("emr:deleteGroup", "ACCOUNT", "DELETE"),
        ("ocean:importCluster", "ACCOUNT", "UPDATE"),
        ("setup:createAccount", "ORGANIZATION", "CREATE"),
        ("setup:describeAllAccounts", "ORGANIZATION", "DESCRIBE"),
        ("setup:describeAllAuditEvents", "ORGANIZATION", "DESCRIBE"),
        ("setup:setAccountCredentials", "ACCOUNT", "UPDATE"),
        ("setup:updateAccount", "ACCOUNT", "UPDATE"),
    ] {
        let action = bench.one(&format!("/setup/access/policyAction?name={name}"));
        assert_eq!((&action["scope"], &action["category"]), (&json!(scope), &json!(category)), "{name}");
    }
    for action in &all {
        let name = text(&action["name"]);
        let service = name.split_once(':').unwrap().0;
        assert_eq!(service, action["service"]);
        assert!(text(&action["resourcePattern"]).starts_with(&format!("{service}:")), "{action}");
        assert_eq!(
            bench.one(&format!("/setup/access/policyAction?name={name}")),
            *action,
            "it is there once"
        );
    }
    assert!(bench.items("/setup/access/policyAction?scope=NOWHERE").is_empty());
    let refused = bench.refused("GET", "/setup/access/policyAction?limit=1", &Value::Null);
    assert_eq!(refused.1, "query.limit");
}
