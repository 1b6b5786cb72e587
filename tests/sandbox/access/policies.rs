//! Access policies of the live service's contract.

use serde_json::{Value, json};

use crate::harness::{Bench, is_id, text};

const POLICIES: &str = "/setup/access/policy";

fn content(action: &str) -> Value {
    json!({"statements": [{"effect": "ALLOW", "actions": [action], "resources": ["*"]}]})
}

fn own(bench: &mut Bench) -> Vec<Value> {
    let mut items = bench.items("/setup/organization/policy");
    items.retain(|item| text(&item["id"]).starts_with("pol-"));
    items
}

#[test]
fn a_policy_is_made_and_listed_and_has_no_read_of_its_own() {
    let mut bench = Bench::production();
    let statements = json!({"statements": [
        {"effect": "ALLOW", "actions": ["ocean:*", "elastigroup:describe*"], "resources": ["*"]},
        {
            "effect": "DENY", "actions": ["ocean:delete*"], "resources": ["ocean:o-1*"],
            "condition": {"StringEquals": {"spot:ocean:name": ["a", "b"]}},
        },
    ]});
    let body = json!({"policy": {"name": "ours", "description": "d", "policyContent": statements}});
    let answer = bench.good("POST", POLICIES, &body);
    assert_eq!(answer["response"]["kind"], "spotinst:setup:access:policy");
    let made = answer["response"]["items"][0].clone();
    let id = text(&made["id"]);
    assert!(is_id("pol-", &id), "{id}");
    assert_eq!(made, json!({"id": id, "name": "ours", "description": "d", "policyContent": statements}));
    let mut listed = made.clone();
    listed["type"] = json!("ACCOUNT");
    listed["createdAt"] = json!("2026-11-22T10:00:00.000+0000");
    listed["updatedAt"] = listed["createdAt"].clone();
    assert_eq!(own(&mut bench), [listed]);
    assert_eq!(bench.call("GET", &format!("{POLICIES}/{id}"), &Value::Null).status, 404);
    bench.policy("ours", "ACCOUNT");
    assert_eq!(own(&mut bench).len(), 2, "names are not unique");
}

#[test]
fn the_built_in_policies_are_everywhere_and_stay() {
    let mut bench = Bench::production();
    let items = bench.items("/setup/organization/policy");
    let named = |name: &str| items.iter().find(|item| item["name"] == name).unwrap();
    assert_eq!(named("Account Viewer")["id"], "3");
    assert_eq!(named("Account Editor")["id"], "2");
    assert_eq!(named("Account Editor")["type"], "SPOT_MANAGED_ACCOUNT");
    assert_eq!(named("Admin")["type"], "SPOT_MANAGED_ORGANIZATION");
    let everything = json!([{"effect": "ALLOW", "actions": ["*"], "resources": ["*"]}]);
    assert_eq!(named("Admin")["policyContent"]["statements"], everything);
    for name in
        ["Elastigroup Full Access", "Ocean Full Access", "Credit Card Editor", "Cloud Analyzer Editor"]
    {
        assert!(text(&named(name)["id"]).parse::<u32>().is_ok());
    }
    for id in ["1", "3"] {
        let target = format!("{POLICIES}/{id}");
        let body = json!({"policy": {"name": "mine now"}});
        assert_eq!(bench.refused("PUT", &target, &body).0, "CANT_UPDATE_POLICY");
        assert_eq!(bench.refused("DELETE", &target, &Value::Null).0, "CANT_DELETE_POLICY");
    }
}

#[test]
fn an_accounts_policies_need_the_account() {
    let mut bench = Bench::production();
    let ours = bench.policy("ours", "ACCOUNT");
    let wide = bench.policy("wide", "ORGANIZATION");
    let account = bench.default_account();
    let items = bench.items(&format!("{POLICIES}?accountId={account}"));
    let ids: Vec<_> = items.iter().map(|item| text(&item["id"])).collect();
    assert!(ids.contains(&ours) && ids.contains(&"3".to_owned()));
    assert!(!ids.contains(&wide) && !ids.contains(&"1".to_owned()));
    assert!(items[0].get("type").is_none());
    let refused = bench.refused("GET", POLICIES, &Value::Null);
    assert_eq!(refused, ("ValidationError".to_owned(), "query.accountId".to_owned()));
}

#[test]
fn an_update_merges_members_and_replaces_the_content_whole() {
    let mut bench = Bench::production();
    let id = bench.policy("ours", "ACCOUNT");
    let target = format!("{POLICIES}/{id}");
    bench.pass(1);
    let done = bench.good("PUT", &target, &json!({"policy": {"description": "new"}}));
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    let row = own(&mut bench).remove(0);
    assert_eq!((&row["name"], &row["description"]), (&json!("ours"), &json!("new")));
    assert_eq!(row["updatedAt"], "2026-11-22T10:00:01.000+0000");
    assert_eq!(row["policyContent"], content("ocean:describe*"));
    bench.pass(1);
    let same = json!({"policy": {"policyContent": content("ocean:*"), "type": "ACCOUNT"}});
    bench.good("PUT", &target, &same);
    let revision = bench.sandbox.revision();
    bench.pass(1);
    bench.good("PUT", &target, &same);
    assert_eq!(bench.sandbox.revision(), revision, "writing what is there is no effect");
    let row = own(&mut bench).remove(0);
    assert_eq!(row["policyContent"], content("ocean:*"));
    assert_eq!(row["updatedAt"], "2026-11-22T10:00:02.000+0000");
    bench.all_refused(
        "PUT",
        &target,
        "ValidationError",
        &[
            (json!({"policy": {"type": "ORGANIZATION"}}), "body:policy.type"),
            (json!({"policy": {"permissions": []}}), "body:policy.permissions"),
            (json!({"name": "x"}), "body:name"),
        ],
    );
}

#[test]
fn a_policy_is_refused_with_the_field() {
    let mut bench = Bench::production();
    let with =
        |statement: Value| json!({"policy": {"name": "p", "policyContent": {"statements": [statement]}}});
    let cases = [
        (json!({}), "body:policy"),
        (json!({"policy": {"policyContent": content("a:b")}}), "body:policy.name"),
        (json!({"policy": {"name": "p+q", "policyContent": content("a:b")}}), "body:policy.name"),
        (json!({"policy": {"name": "p"}}), "body:policy.policyContent"),
        (json!({"policy": {"name": "p", "policyContent": {}}}), "body:policy.policyContent.statements"),
        (
            json!({"policy": {"name": "p", "policyContent": {"statements": []}}}),
            "body:policy.policyContent.statements",
        ),
        (
            json!({"policy": {"name": "p", "type": "SPOT_MANAGED_ACCOUNT", "policyContent": content("a:b")}}),
            "body:policy.type",
        ),
        (
            with(json!({"effect": "Allow", "actions": ["a:b"], "resources": ["*"]})),
            "body:policy.policyContent.statements[0].effect",
        ),
        (
            with(json!({"effect": "ALLOW", "actions": [], "resources": ["*"]})),
            "body:policy.policyContent.statements[0].actions",
        ),
        (
            with(json!({"effect": "ALLOW", "actions": ["a:b"]})),
            "body:policy.policyContent.statements[0].resources",
        ),
        (
            with(json!({"effect": "ALLOW", "actions": ["a:b"], "resources": ["*"], "condition": "no"})),
            "body:policy.policyContent.statements[0].condition",
        ),
        (
            with(json!({"effect": "ALLOW", "actions": ["a:b"], "resources": ["*"], "sid": 1})),
            "body:policy.policyContent.statements[0].sid",
        ),
    ];
    bench.all_refused("POST", POLICIES, "ValidationError", &cases);
}

#[test]
fn a_policy_takes_its_mappings_along() {
    let mut bench = Bench::production();
    let id = bench.policy("ours", "ACCOUNT");
    let (account, jo) = (bench.default_account(), bench.person("jo@example.com"));
    let policies = json!([{"policyId": id, "accountIds": [account]}]);
    bench.good("PUT", &format!("/setup/user/{jo}/policyMapping"), &json!({"policies": policies}));
    let group = bench.made("/setup/access/userGroup", &json!({"name": "ops", "policies": policies}));
    bench.good("DELETE", &format!("{POLICIES}/{id}"), &Value::Null);
    assert!(own(&mut bench).is_empty());
    assert_eq!(bench.one(&format!("/setup/user/{jo}"))["policies"], json!([]));
    let path = format!("/setup/access/userGroup/{}", text(&group["id"]));
    assert_eq!(bench.one(&path)["policies"], json!([]));
    let target = format!("{POLICIES}/{id}");
    assert_eq!(bench.refused("DELETE", &target, &Value::Null).0, "Policy_DOESNT_EXIST");
    let body = json!({"policy": {"name": "x"}});
    assert_eq!(bench.refused("PUT", &target, &body).0, "Policy_DOESNT_EXIST");
}

#[test]
fn a_policy_belongs_to_one_organization() {
    let mut bench = Bench::production();
    let id = bench.policy("ours", "ACCOUNT");
    let now = bench.now;
    let world = bench.sandbox.world_mut();
    let other = world.create_organization(now, None, "Other", None);
    bench.token = Some(world.issue_token(other, None).unwrap().value);
    assert!(own(&mut bench).is_empty());
    let refused = bench.refused("DELETE", &format!("{POLICIES}/{id}"), &Value::Null);
    assert_eq!(refused.0, "Policy_DOESNT_EXIST");
}
