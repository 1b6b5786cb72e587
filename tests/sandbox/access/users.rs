//! People in the live service's contract.

use serde_json::{Value, json};

use crate::harness::{Bench, is_id, person, text};

#[test]
fn a_person_is_made_and_told_in_three_shapes() {
    let mut bench = Bench::production();
    let body = bench.good("POST", "/setup/user", &person("jo@example.com"));
    assert_eq!(body["response"]["kind"], "spotinst:setup:user");
    let made = &body["response"]["items"][0];
    let id = text(&made["userId"]);
    assert!(is_id("u-", &id), "{id}");
    assert!(made["id"].is_u64(), "a deprecated number");
    assert_eq!(made["organizationId"], bench.organization(), "a number here");
    assert_eq!(made["displayName"], "Jo Doe");
    assert_eq!((&made["firstName"], &made["lastName"]), (&json!("Jo"), &json!("Doe")));
    assert!(made.get("personalAccessToken").is_none());

    let listed = bench.items("/setup/organization/user");
    assert_eq!(
        listed[1],
        json!({
            "userId": id, "username": "Jo Doe", "type": "personal",
            "email": "jo@example.com", "mfa": false, "groupNames": [],
        })
    );
    let body = bench.get(&format!("/setup/user/{id}"));
    assert_eq!(body["response"]["kind"], "spotinst:setup:access:user");
    assert_eq!(
        body["response"]["items"][0],
        json!({
            "userId": id, "username": "Jo Doe", "type": "personal",
            "email": "jo@example.com", "mfa": false, "groups": [], "policies": [], "tokens": [],
        })
    );
}

#[test]
fn a_token_comes_with_the_creation_or_never() {
    let mut bench = Bench::production();
    let made = bench.made("/setup/user?generateToken=true", &person("jo@example.com"));
    let token = text(&made["personalAccessToken"]);
    let path = format!("/setup/user/{}", text(&made["userId"]));
    let read = bench.one(&path);
    assert_eq!(read["tokens"].as_array().unwrap().len(), 1);
    assert_eq!(read["tokens"][0]["tokenLastDigits"], token[60..]);
    assert_eq!(read["tokens"][0]["createdAt"], "2026-11-22T10:00:00.000Z");
    assert!(read["tokens"][0]["tokenId"].is_u64() && read["tokens"][0]["name"].is_string());
    assert!(!read.to_string().contains(&token));
    let told = serde_json::to_string(&bench.sandbox.requests().entries().collect::<Vec<_>>()).unwrap();
    assert!(!told.contains(&token));

    let (user, _) = bench.sandbox.world().working_token(&token).unwrap();
    assert_eq!(user.id, text(&made["userId"]));
    bench.good("DELETE", &path, &Value::Null);
    assert!(bench.sandbox.world().working_token(&token).is_none(), "it goes with its user");
    bench.token = Some(token);
    assert_eq!(bench.call("GET", "/healthCheck", &Value::Null).status, 401);
}

#[test]
fn a_person_is_refused_with_the_field() {
    let mut bench = Bench::production();
    let with = |member: &str, value: Value| {
        let mut body = person("jo@example.com");
        body[member] = value;
        body
    };
    let cases = [
        (json!({"lastName": "Doe", "email": "jo@example.com"}), "body:firstName"),
        (json!({"firstName": "Jo", "email": "jo@example.com"}), "body:lastName"),
        (json!({"firstName": "Jo", "lastName": "Doe"}), "body:email"),
        (with("firstName", json!("J+o")), "body:firstName"),
        (with("lastName", json!("D=e")), "body:lastName"),
        (with("lastName", json!("D@e")), "body:lastName"),
        (with("lastName", json!(7)), "body:lastName"),
        (with("email", json!("nobody")), "body:email"),
        (with("email", json!("a@b@c")), "body:email"),
        (with("role", json!("owner")), "body:role"),
        (with("role", json!("Viewer")), "body:role"),
        (with("userId", json!("u-1")), "body:userId"),
        (with("password", json!("Sh0rt!")), "body:password"),
        (with("password", json!("no-upper-case-1")), "body:password"),
        (with("password", json!("NO-LOWER-CASE-1")), "body:password"),
        (with("password", json!("No-Number-Here")), "body:password"),
        (with("password", json!("N0thingSpecial")), "body:password"),
    ];
    bench.all_refused("POST", "/setup/user", "ValidationError", &cases);
    let wrong = bench.refused("POST", "/setup/user?generateToken=maybe", &person("jo@example.com"));
    assert_eq!(wrong.1, "query.generateToken");
    bench.good("POST", "/setup/user", &with("password", json!("G00d-enough")));
    let mut other = with("password", Value::Null);
    other["email"] = json!("other@example.com");
    bench.good("POST", "/setup/user", &other);
    let told = serde_json::to_string(&bench.sandbox.requests().entries().collect::<Vec<_>>()).unwrap();
    assert!(!told.contains("G00d-enough"));
    assert!(!serde_json::to_string(bench.sandbox.world()).unwrap().contains("G00d-enough"));
}

#[test]
fn an_address_belongs_to_one_person_of_an_organization() {
    let mut bench = Bench::production();
    bench.person("jo@example.com");
    let refused = bench.refused("POST", "/setup/user", &person("Jo@Example.com"));
    assert_eq!(refused, ("USER_ALREADY_EXISTS".to_owned(), String::new()));
    let now = bench.now;
    let world = bench.sandbox.world_mut();
    let other = world.create_organization(now, None, "Other", None);
    bench.token = Some(world.issue_token(other, None).unwrap().value);
    bench.person("jo@example.com");
}

#[test]
fn a_role_says_what_a_person_may_at_first() {
    let mut bench = Bench::production();
    for (role, administers) in [("admin", true), ("editor", true), ("viewer", false)] {
        let email = format!("{role}@example.com");
        let mut body = person(&email);
        body["role"] = json!(role);
        let id = text(&bench.made("/setup/user", &body)["userId"]);
        let read = bench.one(&format!("/setup/user/{id}"));
        let admin = json!([{
            "policyId": "1", "policyName": "Admin",
            "policyType": "SPOT_MANAGED_ORGANIZATION", "accountIds": [],
        }]);
        assert_eq!(read["policies"], if administers { admin } else { json!([]) });
        let roles = bench.items(&format!("/setup/accountUserMapping?userEmail={email}"));
        let default = json!({"accountId": bench.default_account(), "role": "viewer"});
        assert_eq!(roles, if administers { vec![] } else { vec![default] });
        let (_, details) = bench.sandbox.world().user(&id).unwrap();
        assert_eq!(bench.sandbox.world().is_administrator(details), administers);
    }
}

#[test]
fn a_mapping_of_policies_replaces_the_whole_list_and_brings_the_viewer() {
    let mut bench = Bench::production();
    let user = bench.person("jo@example.com");
    let path = format!("/setup/user/{user}");
    let (one, two) = (bench.create("one"), bench.create("two"));
    let (ours, wide) = (bench.policy("ours", "ACCOUNT"), bench.policy("wide", "ORGANIZATION"));
    let read = |bench: &mut Bench| {
        let mut found: Vec<_> = bench.one(&path)["policies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mapping| (text(&mapping["policyId"]), mapping["accountIds"].clone()))
            .collect();
        found.sort_by_key(|(id, _)| id.clone());
        found
    };
    let map = |bench: &mut Bench, policies: Value| {
        let body = bench.good("PUT", &format!("{path}/policyMapping"), &json!({"policies": policies}));
        assert_eq!(body["response"], json!({"status": {"code": 200, "message": "OK"}}));
    };
    let mut both = [one.clone(), two.clone()];
    both.sort();
    map(&mut bench, json!([{"policyId": ours, "accountIds": both}, {"policyId": wide}]));
    let expected = [("3".to_owned(), json!(both)), (ours.clone(), json!(both)), (wide.clone(), json!([]))];
    let mut expected = expected.to_vec();
    expected.sort_by_key(|(id, _)| id.clone());
    assert_eq!(read(&mut bench), expected, "the implied viewer, and none for the organization policy");

    map(&mut bench, json!([{"policyId": ours, "accountIds": [one]}, {"policyId": "3", "accountIds": [two]}]));
    assert_eq!(read(&mut bench), [("3".to_owned(), json!(both)), (ours.clone(), json!([one]))]);
    map(&mut bench, json!([{"policyId": ours, "accountIds": ["*"]}, {"policyId": "3", "accountIds": [two]}]));
    assert_eq!(read(&mut bench), [("3".to_owned(), json!(["*"])), (ours.clone(), json!(["*"]))]);
    map(&mut bench, json!([]));
    assert_eq!(read(&mut bench), []);

    let target = format!("{path}/policyMapping");
    let cases = [
        (json!({}), "body:policies"),
        (json!({"policies": null}), "body:policies"),
        (json!({"policies": {}}), "body:policies"),
        (json!({"policies": [{"accountIds": [one]}]}), "body:policies[0].policyId"),
        (json!({"policies": [{"policyId": ours}]}), "body:policies[0].accountIds"),
        (json!({"policies": [{"policyId": ours, "accountIds": []}]}), "body:policies[0].accountIds"),
        (json!({"policies": [{"policyId": wide, "accountIds": [one]}]}), "body:policies[0].accountIds"),
        (json!({"policies": [{"policyId": ours, "accounts": [one]}]}), "body:policies[0].accounts"),
        (json!({"policies": [], "role": "x"}), "body:role"),
    ];
    bench.all_refused("PUT", &target, "ValidationError", &cases);
    let missing = json!({"policies": [{"policyId": "pol-00000000", "accountIds": [one]}]});
    assert_eq!(bench.refused("PUT", &target, &missing).0, "Policy_DOESNT_EXIST");
    let missing = json!({"policies": [{"policyId": ours, "accountIds": ["act-00000000"]}]});
    assert_eq!(bench.refused("PUT", &target, &missing).0, "Account_DOESNT_EXIST");
}

#[test]
fn a_mapping_of_groups_replaces_the_whole_list() {
    let mut bench = Bench::production();
    let user = bench.person("jo@example.com");
    let path = format!("/setup/user/{user}");
    let account = bench.default_account();
    let body = json!({"name": "ops", "policies": [{"policyId": "2", "accountIds": [account]}]});
    let ops = text(&bench.made("/setup/access/userGroup", &body)["id"]);
    let dev = text(&bench.made("/setup/access/userGroup", &json!({"name": "dev"}))["id"]);
    let target = format!("{path}/userGroupMapping");
    bench.good("PUT", &target, &json!({"userGroupIds": [ops]}));
    let groups = json!([{"id": ops, "name": "ops", "policyNames": ["Account Editor", "Account Viewer"]}]);
    assert_eq!(bench.one(&path)["groups"], groups);
    assert_eq!(bench.items("/setup/organization/user")[1]["groupNames"], json!(["ops"]));
    bench.good("PUT", &target, &json!({"userGroupIds": [dev]}));
    assert_eq!(bench.items("/setup/organization/user")[1]["groupNames"], json!(["dev"]));
    assert!(bench.sandbox.world().members(&ops).is_empty());
    bench.good("PUT", &target, &json!({"userGroupIds": []}));
    assert_eq!(bench.one(&path)["groups"], json!([]));
    let cases = [
        (json!({}), "body:userGroupIds"),
        (json!({"userGroupIds": [7]}), "body:userGroupIds[0]"),
        (json!({"userGroupIds": [], "x": 1}), "body:x"),
    ];
    bench.all_refused("PUT", &target, "ValidationError", &cases);
    let missing = bench.refused("PUT", &target, &json!({"userGroupIds": ["ugr-00000000"]}));
    assert_eq!(missing.0, "UserGroup_DOESNT_EXIST");
}

#[test]
fn a_user_that_is_missing_or_elsewhere_is_a_400_with_a_code() {
    let mut bench = Bench::production();
    let gone = bench.person("gone@example.com");
    bench.good("DELETE", &format!("/setup/user/{gone}"), &Value::Null);
    let now = bench.now;
    let world = bench.sandbox.world_mut();
    let other = world.create_organization(now, None, "Other", None);
    let elsewhere = world.organization(other).unwrap().administrator.clone();
    for id in [gone.as_str(), elsewhere.as_str(), "u-00000000", "pu-00000000"] {
        for (method, rest, body) in [
            ("GET", "", Value::Null),
            ("DELETE", "", Value::Null),
            ("PUT", "/policyMapping", json!({"policies": []})),
            ("PUT", "/userGroupMapping", json!({"userGroupIds": []})),
        ] {
            let refused = bench.refused(method, &format!("/setup/user/{id}{rest}"), &body);
            assert_eq!(refused, ("User_DOESNT_EXIST".to_owned(), String::new()), "{method} {id}{rest}");
        }
    }
}

#[test]
fn the_only_administrator_stays() {
    let mut bench = Bench::production();
    let first = bench.administrator();
    let target = format!("/setup/user/{first}");
    assert_eq!(bench.refused("DELETE", &target, &Value::Null).0, "CANT_DELETE_USER");
    // Another one, through a group.
    let user = bench.person("jo@example.com");
    let body = json!({"name": "admins", "userIds": [user], "policies": [{"policyId": "1"}]});
    bench.good("POST", "/setup/access/userGroup", &body);
    bench.good("DELETE", &target, &Value::Null);
    assert_eq!(bench.call("GET", "/setup/account", &Value::Null).status, 401, "its token went too");
    let organization = bench.sandbox.world().oldest_organization().unwrap().id;
    let issued = bench.sandbox.world_mut().issue_token(organization, None).unwrap();
    assert_eq!(issued.user, user, "a token is now the other one's");
}
