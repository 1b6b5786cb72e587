//! Machine users and their one-time tokens.

use http::Method;
use orgkeeper::sandbox::spot::Contract;
use orgkeeper::sandbox::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::harness::{Bench, is_id, text};

const MACHINES: &str = "/setup/user/programmatic";

#[test]
fn a_machine_user_has_a_token_that_works_and_is_told_once() {
    let mut bench = Bench::production();
    let account = bench.create("one");
    let body = json!({
        "name": "ci", "description": "builds", "accounts": [{"id": account, "role": "editor"}],
    });
    let answer = bench.good("POST", MACHINES, &body);
    assert_eq!(answer["response"]["kind"], "spotinst:setup:programmaticUser");
    let made = &answer["response"]["items"][0];
    assert_eq!(made.as_object().unwrap().len(), 3);
    let (id, token) = (text(&made["id"]), text(&made["token"]));
    assert!(is_id("pu-", &id), "{id}");
    assert_eq!(made["name"], "ci");

    let read = bench.one(&format!("/setup/user/{id}"));
    assert_eq!(read["username"], "ci");
    assert_eq!(read["type"], "programmatic");
    assert_eq!(read["description"], "builds");
    assert!(read.get("name").is_none() && read["email"].is_null());
    assert_eq!(read["tokens"][0]["tokenLastDigits"], token[60..]);
    assert_eq!(
        read["policies"],
        json!([
            {"policyId": "2", "policyName": "Account Editor", "policyType": "SPOT_MANAGED_ACCOUNT", "accountIds": [account]},
            {"policyId": "3", "policyName": "Account Viewer", "policyType": "SPOT_MANAGED_ACCOUNT", "accountIds": [account]},
        ]),
        "its roles are policies"
    );
    let listed = bench.items("/setup/organization/user");
    assert_eq!(listed[1]["type"], "programmatic");
    let log = serde_json::to_string(&bench.sandbox.requests().entries().collect::<Vec<_>>()).unwrap();
    let kept = serde_json::to_string(bench.sandbox.world()).unwrap();
    assert!(!log.contains(&token) && !kept.contains(&token));
    bench.token = Some(token);
    bench.good("GET", "/healthCheck", &Value::Null);
}

#[test]
fn a_machine_user_has_accounts_or_policies_and_not_none() {
    let mut bench = Bench::production();
    let account = bench.default_account();
    let accounts = json!([{"id": account, "role": "viewer"}]);
    let policies = json!([{"policyId": "2", "accountIds": [account]}]);
    let cases = [
        (json!({"name": "ci"}), "body:accounts"),
        (json!({"name": "ci", "accounts": null, "policies": null}), "body:accounts"),
        (json!({"name": "ci", "accounts": []}), "body:accounts"),
        (json!({"name": "ci", "policies": []}), "body:policies"),
        (json!({"name": "ci", "accounts": accounts, "policies": policies}), "body:policies"),
        (json!({"accounts": accounts}), "body:name"),
        (json!({"name": "c+i", "accounts": accounts}), "body:name"),
        (json!({"name": "c=i", "accounts": accounts}), "body:name"),
        (json!({"name": "c@i", "accounts": accounts}), "body:name"),
        (json!({"name": "ci", "accounts": accounts, "role": "viewer"}), "body:role"),
        (json!({"name": "ci", "accounts": [{"id": account}]}), "body:accounts[0].role"),
        (json!({"name": "ci", "accounts": [{"id": account, "role": "admin"}]}), "body:accounts[0].role"),
        (json!({"name": "ci", "accounts": [{"role": "viewer"}]}), "body:accounts[0].id"),
    ];
    bench.all_refused("POST", MACHINES, "ValidationError", &cases);
    let missing = json!({"name": "ci", "accounts": [{"id": "act-00000000", "role": "viewer"}]});
    assert_eq!(bench.refused("POST", MACHINES, &missing).0, "Account_DOESNT_EXIST");
    let by_policy = json!({"name": "ci", "policies": policies, "accounts": null});
    let id = text(&bench.made(MACHINES, &by_policy)["id"]);
    let twin = text(&bench.made(MACHINES, &by_policy)["id"]);
    assert_ne!(id, twin, "the same name again makes another one");
    let all = bench.one(&format!("/setup/user/{id}"));
    assert_eq!(all["policies"].as_array().unwrap().len(), 2);
}

#[test]
fn a_machine_user_is_mapped_and_deleted_like_others() {
    let mut bench = Bench::production();
    let body = json!({"name": "ci", "policies": [{"policyId": "1"}]});
    let made = bench.made(MACHINES, &body);
    let path = format!("/setup/user/{}", text(&made["id"]));
    let own = bench.token.replace(text(&made["token"]));
    bench.good("GET", "/setup/account", &Value::Null);
    bench.good("PUT", &format!("{path}/policyMapping"), &json!({"policies": []}));
    assert_eq!(bench.call("GET", "/setup/account", &Value::Null).status, 403);
    bench.token = own;
    bench.good("DELETE", &path, &Value::Null);
    bench.token = Some(text(&made["token"]));
    assert_eq!(bench.call("GET", "/healthCheck", &Value::Null).status, 401);
}

#[test]
fn a_fault_leaves_the_token_out() {
    for contract in [Contract::Production, Contract::Published] {
        let mut bench = Bench::new(contract);
        let account = bench.default_account();
        let body = json!({"name": "ci", "accounts": [{"id": account, "role": "viewer"}]});
        let fault: FaultKind = serde_json::from_value(json!({"kind": "omit"})).unwrap();
        bench.sandbox.add_fault(Fault::once(&Method::POST, MACHINES, fault));
        let made = bench.made(MACHINES, &body);
        assert!(made.get("token").is_none());
        let id = text(&made["id"]);
        assert_eq!(bench.sandbox.world().tokens_of(&id).len(), 1, "it exists all the same");
        let omit = FaultKind::Omit { members: vec!["id".to_owned()] };
        bench.sandbox.add_fault(Fault::once(&Method::POST, MACHINES, omit));
        let made = bench.made(MACHINES, &body);
        assert!(made.get("id").is_none() && made["token"].is_string());
        assert!(bench.made(MACHINES, &body)["token"].is_string());
    }
    let mut bench = Bench::production();
    let fault: FaultKind = serde_json::from_value(json!({"kind": "omit"})).unwrap();
    bench.sandbox.add_fault(Fault::always(fault));
    let made = bench.made("/setup/user?generateToken=true", &crate::harness::person("jo@example.com"));
    assert!(made.get("personalAccessToken").is_none() && made["userId"].is_string());
}
