//! People in accounts: the older way to grant something.

use serde_json::{Value, json};

use crate::harness::{Bench, person, text};

const JO: &str = "jo@example.com";

fn roles(bench: &mut Bench) -> Vec<(String, String)> {
    let items = bench.items(&format!("/setup/accountUserMapping?userEmail={JO}"));
    items.iter().map(|item| (text(&item["accountId"]), text(&item["role"]))).collect()
}

#[test]
fn a_person_is_attached_changed_and_detached() {
    let mut bench = Bench::production();
    let id = bench.person(JO);
    let account = bench.create("one");
    let target = format!("/setup/account/{account}/user");
    bench.good("POST", &target, &json!({"userEmail": JO, "role": "viewer"}));
    assert_eq!(roles(&mut bench), [(account.clone(), "viewer".to_owned())]);
    let change = json!({"userId": id, "permissionStrategy": "ROLE_BASED", "role": "editor"});
    bench.good("PUT", &target, &change);
    assert_eq!(roles(&mut bench), [(account.clone(), "editor".to_owned())]);
    let read = bench.one(&format!("/setup/user/{id}"));
    assert_eq!(read["policies"], json!([]), "a person's role is no policy");
    let done = bench.good("DELETE", &target, &json!({"userEmail": JO}));
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    assert!(roles(&mut bench).is_empty());
    assert_eq!(bench.refused("PUT", &target, &change).0, "USER_NOT_ATTACHED");
    assert_eq!(bench.refused("DELETE", &target, &json!({"userEmail": JO})).0, "USER_NOT_ATTACHED");
}

#[test]
fn policies_in_an_account_take_the_place_of_the_role() {
    let mut bench = Bench::production();
    let id = bench.person(JO);
    let (one, two) = (bench.create("one"), bench.create("two"));
    let policy = bench.policy("ours", "ACCOUNT");
    let target = format!("/setup/account/{one}/user");
    let everywhere = json!({"policies": [{"policyId": "5", "accountIds": [one, two]}]});
    bench.good("PUT", &format!("/setup/user/{id}/policyMapping"), &everywhere);
    bench.good("POST", &target, &json!({"userEmail": JO, "role": "editor"}));
    let by_policy = json!({"userEmail": JO, "permissionStrategy": "POLICY_BASED", "policyIds": [policy]});
    bench.good("PUT", &target, &by_policy);
    assert!(roles(&mut bench).is_empty());
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    let granted: Vec<_> = details.grants.0.iter().map(|(id, on)| (id.as_str(), on.len())).collect();
    assert_eq!(granted, [("5", 1), (policy.as_str(), 1)], "only the other account keeps the old policy");
    assert!(details.grants.0["5"].contains(&two) && details.grants.0[&policy].contains(&one));
    bench.good("DELETE", &target, &json!({"userEmail": JO}));
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    assert!(!details.grants.contains(&policy));
}

#[test]
fn a_machine_users_role_is_a_policy() {
    let mut bench = Bench::production();
    let account = bench.default_account();
    let body = json!({"name": "ci", "accounts": [{"id": account, "role": "viewer"}]});
    let id = text(&bench.made("/setup/user/programmatic", &body)["id"]);
    let target = format!("/setup/account/{account}/user");
    bench.good("PUT", &target, &json!({"userId": id, "role": "editor"}));
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    assert!(details.grants.contains("2") && !details.grants.contains("3"));
    assert!(details.account_roles.is_empty());
}

#[test]
fn several_are_attached_at_once_or_none() {
    let mut bench = Bench::production();
    let id = bench.person(JO);
    let (one, two) = (bench.create("one"), bench.create("two"));
    let target = "/setup/accountUserMapping";
    let good = json!({"mappings": [
        {"userEmail": JO, "accountId": one, "role": "viewer"},
        {"userId": id, "accountId": two, "permissionStrategy": "ROLE_BASED", "role": "editor"},
    ]});
    bench.good("POST", target, &good);
    let mut expected = [(one.clone(), "viewer".to_owned()), (two.clone(), "editor".to_owned())];
    expected.sort();
    assert_eq!(roles(&mut bench), expected);
    let half = json!({"mappings": [
        {"userEmail": JO, "accountId": one, "role": "editor"},
        {"userEmail": JO, "accountId": "act-00000000", "role": "editor"},
    ]});
    assert_eq!(bench.refused("POST", target, &half).0, "Account_DOESNT_EXIST");
    let cases = [
        (json!({}), "body:mappings"),
        (json!({"mappings": []}), "body:mappings"),
        (json!({"mappings": [{"accountId": one, "role": "viewer"}]}), "body:mappings[0].userId"),
        (json!({"mappings": [{"userEmail": JO, "role": "viewer"}]}), "body:mappings[0].accountId"),
        (json!({"mappings": [{"userEmail": JO, "accountId": one}]}), "body:mappings[0].role"),
    ];
    bench.all_refused("POST", target, "ValidationError", &cases);
}

#[test]
fn an_attachment_is_refused_with_the_field() {
    let mut bench = Bench::production();
    bench.person(JO);
    let wide = bench.policy("wide", "ORGANIZATION");
    let account = bench.default_account();
    let target = format!("/setup/account/{account}/user");
    let cases = [
        (json!({"role": "viewer"}), "body:userId"),
        (json!({"userEmail": JO, "role": "admin"}), "body:role"),
        (
            json!({"userEmail": JO, "permissionStrategy": "BY_LUCK", "role": "viewer"}),
            "body:permissionStrategy",
        ),
        (json!({"userEmail": JO, "role": "viewer", "policyIds": ["3"]}), "body:policyIds"),
        (json!({"userEmail": JO, "permissionStrategy": "POLICY_BASED"}), "body:policyIds"),
        (json!({"userEmail": JO, "permissionStrategy": "POLICY_BASED", "policyIds": []}), "body:policyIds"),
        (
            json!({"userEmail": JO, "permissionStrategy": "POLICY_BASED", "policyIds": [wide]}),
            "body:policyIds",
        ),
        (
            json!({"userEmail": JO, "permissionStrategy": "POLICY_BASED", "policyIds": ["3"], "role": "viewer"}),
            "body:role",
        ),
        (json!({"userEmail": JO, "accountId": account, "role": "viewer"}), "body:accountId"),
    ];
    bench.all_refused("POST", &target, "ValidationError", &cases);
    let nobody = json!({"userEmail": "nobody@example.com", "role": "viewer"});
    assert_eq!(bench.refused("POST", &target, &nobody).0, "User_DOESNT_EXIST");
    let nowhere = "/setup/account/act-00000000/user";
    let body = json!({"userEmail": JO, "role": "viewer"});
    assert_eq!(bench.refused("POST", nowhere, &body).0, "Account_DOESNT_EXIST");
    assert_eq!(bench.refused("DELETE", &target, &Value::Null).1, "body:userEmail");
    let unnamed = bench.refused("GET", "/setup/accountUserMapping", &Value::Null);
    assert_eq!(unnamed, ("ValidationError".to_owned(), "query.userEmail".to_owned()));
    let nobody = bench.refused("GET", "/setup/accountUserMapping?userEmail=x@y", &Value::Null);
    assert_eq!(nobody.0, "User_DOESNT_EXIST");
}

#[test]
fn a_list_tells_who_is_mapped_to_an_account() {
    let mut bench = Bench::production();
    let (one, two) = (bench.create("one"), bench.create("two"));
    let by_role = bench.person("role@example.com");
    bench.good("POST", &format!("/setup/account/{one}/user"), &json!({"userId": by_role, "role": "viewer"}));
    let by_policy = bench.person("policy@example.com");
    let mapping = json!({"policies": [{"policyId": "2", "accountIds": [two]}]});
    bench.good("PUT", &format!("/setup/user/{by_policy}/policyMapping"), &mapping);
    let by_group = bench.person("group@example.com");
    let group = json!({
        "name": "all", "userIds": [by_group], "policies": [{"policyId": "3", "accountIds": ["*"]}],
    });
    bench.good("POST", "/setup/access/userGroup", &group);
    bench.made("/setup/user", &person("none@example.com"));

    let who = |bench: &mut Bench, target: &str| {
        let items = bench.items(target);
        items.iter().map(|item| text(&item["userId"])).collect::<Vec<_>>()
    };
    assert_eq!(who(&mut bench, &format!("/setup/user?accountId={one}")), [by_role, by_group.clone()]);
    assert_eq!(who(&mut bench, &format!("/setup/user?accountId={two}")), [by_policy, by_group.clone()]);
    let everybody = bench.items("/setup/user");
    assert_eq!(everybody.len(), 5);
    let row = everybody.iter().find(|row| row["userId"] == by_group.as_str()).unwrap();
    assert_eq!(row["mappedAccountIds"].as_array().unwrap().len(), 3, "all of them");
    assert_eq!((&row["displayName"], &row["email"]), (&json!("Jo Doe"), &json!("group@example.com")));
    let missing = bench.refused("GET", "/setup/user?accountId=act-00000000", &Value::Null);
    assert_eq!(missing.0, "Account_DOESNT_EXIST");
}

#[test]
fn an_account_takes_its_roles_and_mappings_along() {
    let mut bench = Bench::production();
    let id = bench.person(JO);
    let account = bench.create("short-lived");
    bench.good("POST", &format!("/setup/account/{account}/user"), &json!({"userId": id, "role": "viewer"}));
    let mapping = json!({"policies": [{"policyId": "2", "accountIds": [account]}, {"policyId": "1"}]});
    bench.good("PUT", &format!("/setup/user/{id}/policyMapping"), &mapping);
    bench.good("DELETE", &format!("/setup/account/{account}"), &Value::Null);
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    assert!(details.account_roles.is_empty());
    assert_eq!(details.grants.0.keys().collect::<Vec<_>>(), ["1"], "what names no account stays");
}
