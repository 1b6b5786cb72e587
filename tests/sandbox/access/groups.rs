//! User groups.

use serde_json::{Value, json};

use crate::harness::{Bench, is_id, text};

const GROUPS: &str = "/setup/access/userGroup";

#[test]
fn a_group_is_made_listed_and_read() {
    let mut bench = Bench::production();
    let jo = bench.person("jo@example.com");
    let account = bench.default_account();
    let body = json!({
        "name": "ops", "description": "on call", "userIds": [jo],
        "policies": [{"policyId": "2", "accountIds": [account]}],
    });
    let answer = bench.good("POST", GROUPS, &body);
    assert_eq!(answer["response"]["kind"], "spotinst:setup:access:userGroup");
    let made = answer["response"]["items"][0].clone();
    let id = text(&made["id"]);
    assert!(is_id("ugr-", &id), "{id}");
    let mapping = |id: &str, name: &str| {
        json!({
            "policyId": id, "policyName": name,
            "policyType": "SPOT_MANAGED_ACCOUNT", "accountIds": [account],
        })
    };
    let listed = json!({
        "id": id, "name": "ops", "description": "on call",
        "createdAt": "2026-11-22T10:00:00.000+0000",
        "policyNames": ["Account Editor", "Account Viewer"], "usersCount": 1,
    });
    let mut read = listed.clone();
    read["users"] = json!([{"type": "personal", "userId": jo, "userName": "Jo Doe"}]);
    read["policies"] = json!([mapping("2", "Account Editor"), mapping("3", "Account Viewer")]);
    assert_eq!(made, read);
    assert_eq!(bench.one(&format!("{GROUPS}/{id}")), read);
    assert_eq!(bench.one(GROUPS), listed, "a row tells neither users nor policies");
    assert_ne!(text(&bench.made(GROUPS, &json!({"name": "ops"}))["id"]), id, "names are not unique");
}

#[test]
fn each_part_of_a_group_has_its_own_call() {
    let mut bench = Bench::production();
    let (jo, al) = (bench.person("jo@example.com"), bench.person("al@example.com"));
    let account = bench.default_account();
    let id = text(&bench.made(GROUPS, &json!({"name": "ops", "userIds": [jo]}))["id"]);
    let path = format!("{GROUPS}/{id}");
    let done = json!({"status": {"code": 200, "message": "OK"}});
    let mut put = |rest: &str, body: Value| {
        assert_eq!(bench.good("PUT", &format!("{path}{rest}"), &body)["response"], done);
        bench.one(&path)
    };
    let read = put("", json!({"name": "night"}));
    assert_eq!((&read["name"], &read["description"]), (&json!("night"), &json!("")));
    let read = put("", json!({"description": "sleepless"}));
    assert_eq!((&read["name"], &read["description"]), (&json!("night"), &json!("sleepless")));
    assert_eq!(read["usersCount"], 1, "the members are left alone");
    let read = put("/userMapping", json!({"userIds": [al]}));
    assert_eq!((&read["users"][0]["userId"], &read["usersCount"]), (&json!(al), &json!(1)));
    let read = put("/userMapping", json!({"userIds": []}));
    assert_eq!(read["users"], json!([]));
    let read = put("/policyMapping", json!({"policies": [{"policyId": "5", "accountIds": [account]}]}));
    assert_eq!(read["policyNames"], json!(["Account Viewer", "Ocean Full Access"]));
    let read = put("/policyMapping", json!({"policies": []}));
    assert_eq!(read["policies"], json!([]));
}

#[test]
fn a_group_is_refused_with_the_field() {
    let mut bench = Bench::production();
    let cases = [
        (json!({}), "body:name"),
        (json!({"name": ""}), "body:name"),
        (json!({"name": "ops", "users": []}), "body:users"),
        (json!({"name": "ops", "userIds": "u-1"}), "body:userIds"),
        (json!({"name": "ops", "policies": [{"policyId": "2"}]}), "body:policies[0].accountIds"),
    ];
    bench.all_refused("POST", GROUPS, "ValidationError", &cases);
    let nobody = json!({"name": "ops", "userIds": ["u-00000000"]});
    assert_eq!(bench.refused("POST", GROUPS, &nobody).0, "User_DOESNT_EXIST");
    let id = text(&bench.made(GROUPS, &json!({"name": "ops"}))["id"]);
    let path = format!("{GROUPS}/{id}");
    bench.all_refused(
        "PUT",
        &path,
        "ValidationError",
        &[
            (json!({"name": "x", "userIds": []}), "body:userIds"),
            (json!({"name": "x", "policies": []}), "body:policies"),
        ],
    );
    bench.all_refused(
        "PUT",
        &format!("{path}/userMapping"),
        "ValidationError",
        &[(json!({}), "body:userIds")],
    );
    let target = format!("{path}/policyMapping");
    bench.all_refused("PUT", &target, "ValidationError", &[(json!({}), "body:policies")]);
}

#[test]
fn a_group_that_goes_is_left_by_its_members() {
    let mut bench = Bench::production();
    let jo = bench.person("jo@example.com");
    let id = text(&bench.made(GROUPS, &json!({"name": "ops", "userIds": [jo]}))["id"]);
    let path = format!("{GROUPS}/{id}");
    bench.good("DELETE", &path, &Value::Null);
    assert!(bench.items(GROUPS).is_empty());
    assert_eq!(bench.one(&format!("/setup/user/{jo}"))["groups"], json!([]));
    assert!(bench.sandbox.world().user(&jo).unwrap().1.groups.is_empty());
    for (method, rest, body) in [
        ("GET", "", Value::Null),
        ("PUT", "", json!({"name": "x"})),
        ("PUT", "/userMapping", json!({"userIds": []})),
        ("PUT", "/policyMapping", json!({"policies": []})),
        ("DELETE", "", Value::Null),
    ] {
        let refused = bench.refused(method, &format!("{path}{rest}"), &body);
        assert_eq!(refused.0, "UserGroup_DOESNT_EXIST", "{method} {rest}");
    }
}

#[test]
fn names_and_descriptions_are_as_the_vendors_page_has_them() {
    let mut bench = Bench::production();
    let id = text(&bench.made(GROUPS, &json!({"name": "ops", "description": "on\tcall,\nat night"}))["id"]);
    assert_eq!(bench.one(&format!("{GROUPS}/{id}"))["description"], "on\tcall,\nat night");
    let long = "x".repeat(256);
    for name in ["a+b", "a=b", "a@b", "", long.as_str()] {
        let cases = [(json!({"name": name}), "body:name")];
        bench.all_refused("POST", GROUPS, "ValidationError", &cases);
        bench.all_refused("PUT", &format!("{GROUPS}/{id}"), "ValidationError", &cases);
    }
    let empty = [(json!({"description": ""}), "body:description")];
    bench.all_refused("PUT", &format!("{GROUPS}/{id}"), "ValidationError", &empty);
    bench.good("PUT", &format!("{GROUPS}/{id}"), &json!({"name": "x".repeat(255)}));
}
