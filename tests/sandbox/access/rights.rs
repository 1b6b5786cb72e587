//! What a token may do.

use orgkeeper::sandbox::{Contract, UserDetails};
use serde_json::{Value, json};

use crate::harness::{Bench, account, person};

/// A token of somebody who administers nothing.
fn humble(bench: &mut Bench) -> String {
    let now = bench.now;
    let organization = bench.sandbox.world().oldest_organization().unwrap().id;
    let id = bench.sandbox.console(now).create_user(organization, UserDetails::person("jo@example.com"));
    bench.sandbox.world_mut().issue_user_token(now, &id, "hers", None).unwrap().value
}

#[test]
fn administration_needs_an_administrator() {
    let mut bench = Bench::production();
    let own = bench.default_account();
    bench.token = Some(humble(&mut bench));
    let user = bench.administrator();
    for (method, target, body) in [
        ("GET", "/setup/account".to_owned(), Value::Null),
        ("POST", "/setup/account".to_owned(), account("x")),
        ("DELETE", format!("/setup/account/{own}"), Value::Null),
        ("GET", "/setup/organization/user".to_owned(), Value::Null),
        ("POST", "/setup/user".to_owned(), person("al@example.com")),
        ("GET", format!("/setup/user/{user}"), Value::Null),
        ("PUT", format!("/setup/user/{user}/policyMapping"), json!({"policies": []})),
        ("GET", "/setup/access/userGroup".to_owned(), Value::Null),
        ("GET", "/setup/organization/policy".to_owned(), Value::Null),
        ("GET", "/audit/events?fromDate=0&toDate=1".to_owned(), Value::Null),
        ("POST", "/setup/organization".to_owned(), json!({"organization": {"name": "x"}})),
    ] {
        let answer = bench.call(method, &target, &body);
        assert_eq!(answer.status, 403, "{method} {target}");
        assert_eq!(answer.value()["response"]["errors"][0]["code"], "FORBIDDEN");
    }
    bench.get("/healthCheck");
    bench.get(&format!("/setup/account/{own}"));
    assert!(bench.items("/setup/account?cloudAccountId=123456789012").is_empty());
}

#[test]
fn published_forbids_in_its_own_words() {
    let mut bench = Bench::new(Contract::Published);
    bench.token = Some(humble(&mut bench));
    let answer = bench.call("GET", "/setup/account", &Value::Null);
    assert_eq!(answer.status, 403);
    assert!(answer.value()["error"].is_string() && answer.value().get("response").is_none());
    bench.get("/healthCheck");
}

#[test]
fn what_a_token_may_follows_its_user() {
    let mut bench = Bench::production();
    let root = bench.token.clone();
    let token = humble(&mut bench);
    let user = bench.sandbox.world().working_token(&token).unwrap().0.id.clone();
    let may = |bench: &mut Bench| {
        bench.token = Some(token.clone());
        let status = bench.call("GET", "/setup/account", &Value::Null).status;
        bench.token.clone_from(&root);
        status == 200
    };
    assert!(!may(&mut bench));
    let group = bench.made("/setup/access/userGroup", &json!({"name": "a", "policies": [{"policyId": "1"}]}));
    let groups = json!({"userGroupIds": [group["id"]]});
    bench.good("PUT", &format!("/setup/user/{user}/userGroupMapping"), &groups);
    assert!(may(&mut bench), "through a group");
    bench.good("PUT", &format!("/setup/user/{user}/userGroupMapping"), &json!({"userGroupIds": []}));
    assert!(!may(&mut bench));
}
