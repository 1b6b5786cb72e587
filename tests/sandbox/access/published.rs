//! Users, policies and the audit log in the public document's contract.

use serde_json::{Value, json};

use crate::harness::{Bench, person, text};

#[test]
fn a_person_has_one_shape_everywhere() {
    let mut bench = Bench::published();
    let organization = bench.organization().to_string();
    let mut body = person("jo@example.com");
    body["role"] = json!("viewer");
    let made = bench.made("/setup/user?generateToken=true", &body);
    let id = text(&made["userId"]);
    let expected = json!({
        "userId": id, "username": "Jo Doe", "email": "jo@example.com",
        "type": "personal", "organizationId": organization,
    });
    assert_eq!(made, expected, "no token here");
    assert_eq!(bench.items(&format!("/setup/organization/{organization}/user"))[1], expected);
    assert_eq!(bench.one(&format!("/setup/user/{id}")), expected);
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    assert!(details.account_roles.contains_key(&bench.default_account()), "a viewer is linked to it");
    assert_eq!(bench.call("POST", "/setup/user", &body).status, 409, "one address, one person");
    for wrong in [json!({}), json!({"email": "nobody"}), json!({"email": "a@b", "role": "owner"})] {
        assert_eq!(bench.call("POST", "/setup/user", &wrong).status, 400, "{wrong}");
    }
    bench.good("DELETE", &format!("/setup/user/{id}"), &Value::Null);
    assert_eq!(bench.call("GET", &format!("/setup/user/{id}"), &Value::Null).status, 404);
}

#[test]
fn permissions_are_replaced_as_far_as_they_are_sent() {
    let mut bench = Bench::published();
    let (one, two) = (bench.create("one"), bench.create("two"));
    let id = text(&bench.made("/setup/user", &json!({"email": "jo@example.com"}))["userId"]);
    let path = format!("/setup/user/{id}");
    let held = |bench: &Bench| {
        let (_, details) = bench.sandbox.world().user(&id).unwrap();
        let accounts: Vec<_> = details.account_roles.keys().cloned().collect();
        (bench.sandbox.world().is_administrator(details), accounts)
    };
    let body = json!({"role": "admin", "accounts": [{"id": one, "role": "editor"}], "unknown": 1});
    let done = bench.good("PUT", &path, &body);
    assert_eq!(done["response"], json!({"items": []}));
    assert_eq!(held(&bench), (true, vec![one.clone()]));
    bench.good("PUT", &path, &json!({"accounts": [{"id": two, "role": "viewer"}]}));
    assert_eq!(held(&bench), (true, vec![two.clone()]));
    bench.good("PUT", &path, &json!({"role": "editor"}));
    assert_eq!(held(&bench), (false, vec![two.clone()]), "three roles, and one of them administers");
    bench.good("PUT", &path, &json!({"accounts": []}));
    assert_eq!(held(&bench), (false, vec![]));
    for (body, status) in [
        (json!({"role": "owner"}), 400),
        (json!({"accounts": [{"id": one}]}), 400),
        (json!({"accounts": [{"id": "act-00000000", "role": "viewer"}]}), 404),
    ] {
        assert_eq!(bench.call("PUT", &path, &body).status.as_u16(), status, "{body}");
    }
}

#[test]
fn a_machine_user_is_answered_with_its_token() {
    let mut bench = Bench::published();
    let account = bench.default_account();
    let body = json!({
        "name": "ci", "description": "d", "accounts": [{"id": account, "role": "viewer"}],
    });
    let made = bench.made("/setup/user/programmatic", &body);
    let mut members: Vec<_> = made.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["id", "name", "token"]);
    let id = text(&made["id"]);
    let row = bench.one(&format!("/setup/user/{id}"));
    assert_eq!(
        (&row["username"], &row["type"], &row["email"]),
        (&json!("ci"), &json!("programmatic"), &json!(""))
    );
    assert!(bench.sandbox.world().user(&id).unwrap().1.grants.contains("3"));
    bench.good(
        "PUT",
        &format!("/setup/user/{id}"),
        &json!({"accounts": [{"id": account, "role": "editor"}]}),
    );
    let (_, details) = bench.sandbox.world().user(&id).unwrap();
    assert!(details.grants.contains("2") && !details.grants.contains("3"));
    assert_eq!(bench.call("POST", "/setup/user/programmatic", &json!({})).status, 400);
    bench.token = Some(text(&made["token"]));
    bench.get("/healthCheck");
}

#[test]
fn a_policy_speaks_of_permissions() {
    let mut bench = Bench::published();
    let permissions = json!([{"serviceId": "ocean", "actions": ["describe", "list"]}]);
    let body = json!({"policy": {"name": "ours", "description": "d", "permissions": permissions}});
    let made = bench.made("/setup/access/policy", &body);
    let id = text(&made["id"]);
    assert_eq!(made, json!({"id": id, "name": "ours", "description": "d", "permissions": permissions}));
    assert_eq!(bench.items("/setup/access/policy"), [made], "the document knows no built-in ones");
    let target = format!("/setup/access/policy/{id}");
    let done = bench.good("PUT", &target, &json!({"policy": {"name": "new", "permissions": []}}));
    assert_eq!(done["response"], json!({"items": []}));
    let row = bench.one("/setup/access/policy");
    assert_eq!(
        (&row["name"], &row["description"], &row["permissions"]),
        (&json!("new"), &json!("d"), &json!([]))
    );
    let without = json!({"policy": {"name": "x", "permissions": [{"actions": ["describe"]}]}});
    assert_eq!(bench.call("POST", "/setup/access/policy", &without).status, 400);
    assert_eq!(bench.call("PUT", "/setup/access/policy/3", &body).status, 409);
    bench.good("DELETE", &target, &Value::Null);
    assert_eq!(bench.call("DELETE", &target, &Value::Null).status, 404);
}

#[test]
fn the_audit_log_takes_date_times_or_none() {
    let mut bench = Bench::published();
    bench.create("one");
    bench.call("PUT", "/setup/account/act-00000000", &json!({}));
    assert_eq!(bench.items("/audit/events").len(), 1);
    assert_eq!(bench.items("/audit/events")[0]["actionType"], "createAccount");
    assert_eq!(bench.items("/audit/events?fromDate=2026-11-22T10:00:00Z").len(), 1);
    assert!(bench.items("/audit/events?fromDate=2026-11-22T10:00:01Z").is_empty());
    assert!(bench.items("/audit/events?toDate=2026-11-22T09:59:59%2B00:00").is_empty());
    assert_eq!(bench.call("GET", "/audit/events?fromDate=0", &Value::Null).status, 400);
}

#[test]
fn what_belongs_to_the_live_service_alone_is_not_there() {
    let mut bench = Bench::published();
    let user = bench.administrator();
    let account = bench.default_account();
    for (method, target) in [
        ("PUT", format!("/setup/user/{user}/policyMapping")),
        ("PUT", format!("/setup/user/{user}/userGroupMapping")),
        ("GET", "/setup/user".to_owned()),
        ("GET", "/setup/access/userGroup".to_owned()),
        ("GET", "/setup/organization/policy".to_owned()),
        ("GET", "/setup/accountUserMapping?userEmail=a@b".to_owned()),
        ("POST", format!("/setup/account/{account}/user")),
    ] {
        assert_eq!(bench.call(method, &target, &Value::Null).status, 404, "{method} {target}");
    }
}
