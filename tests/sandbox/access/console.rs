//! A person in the console, over the control surface and in Rust.

use orgkeeper::sandbox::spot::{
    ACCOUNT_EDITOR, AccountRole, Contract, Grants, PolicyContent, Role, Start, Statement, UserDetails,
};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

fn found<'a>(state: &'a Value, kind: &str, key: &str, id: &str) -> &'a Value {
    state[kind].as_array().unwrap().iter().find(|row| row[key] == id).unwrap()
}

#[test]
fn users_are_made_changed_and_deleted_by_hand() {
    let mut bench = Bench::production();
    let account = bench.default_account();
    let person = json!({
        "email": "jo@example.com", "firstName": "Jo", "mfa": true, "administrator": true,
        "accountRoles": {(&*account): "viewer"},
    });
    let jo = text(&bench.good("POST", "/_sandbox/users", &person)["userId"]);
    let machine = json!({
        "name": "c+i", "description": "d", "policies": [{"policyId": "2", "accountIds": [account]}],
    });
    let ci = text(&bench.good("POST", "/_sandbox/users", &machine)["userId"]);
    let issued = bench.good("POST", "/_sandbox/tokens", &json!({"userId": ci, "token": "of-ci"}));
    assert_eq!((&issued["userId"], &issued["token"]), (&json!(ci), &json!("of-ci")));

    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    let row = found(&state, "users", "userId", &jo);
    assert_eq!((&row["kind"], &row["administrator"]), (&json!("personal"), &json!(true)));
    assert_eq!(row["accountRoles"], json!({(&*account): "viewer"}));
    assert_eq!(row["mfa"], true);
    let row = found(&state, "users", "userId", &ci);
    assert_eq!((&row["kind"], &row["administrator"]), (&json!("programmatic"), &json!(false)));
    assert_eq!(row["policies"], json!([{"policyId": "2", "accountIds": [account]}]), "as written");
    assert_eq!(row["tokens"], json!([issued["digest"]]));
    assert!(!state.to_string().contains("of-ci"));

    let path = format!("/_sandbox/users/{jo}");
    let change = json!({
        "email": "jo@example.org", "administrator": false, "accountRoles": {(&*account): null},
        "policies": [{"policyId": "3", "accountIds": ["*"]}],
    });
    bench.good("PATCH", &path, &change);
    let (_, details) = bench.sandbox.world().user_named("jo@example.org").unwrap();
    assert!(details.account_roles.is_empty() && details.mfa);
    assert_eq!(details.grants, Grants::of("3", &["*"]));
    bench.good("PATCH", &format!("/_sandbox/users/{ci}"), &json!({"accountRoles": {(&*account): "viewer"}}));
    let (_, details) = bench.sandbox.world().user(&ci).unwrap();
    assert_eq!(details.grants, Grants::of("3", &[&account]), "a machine user's role is a policy");
    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(bench.call("DELETE", &path, &Value::Null).status, 404);
    let only = format!("/_sandbox/users/{}", bench.administrator());
    assert_eq!(bench.call("DELETE", &only, &Value::Null).status, 409);
}

#[test]
fn groups_and_policies_are_made_changed_and_deleted_by_hand() {
    let mut bench = Bench::production();
    let statement = json!({"effect": "ALLOW", "actions": ["ocean:*"], "resources": ["*"]});
    let body = json!({"name": "ours", "type": "ORGANIZATION", "statements": [statement]});
    let policy = text(&bench.good("POST", "/_sandbox/policies", &body)["policyId"]);
    let root = bench.administrator();
    let body = json!({"name": "ops", "members": [root], "policies": [{"policyId": policy}]});
    let group = text(&bench.good("POST", "/_sandbox/groups", &body)["userGroupId"]);
    let state = bench.good("GET", "/_sandbox/state", &Value::Null);
    let row = found(&state, "groups", "userGroupId", &group);
    assert_eq!((&row["name"], &row["members"]), (&json!("ops"), &json!([root])));
    assert_eq!(row["policies"], json!([{"policyId": policy, "accountIds": []}]));
    let row = found(&state, "policies", "policyId", &policy);
    assert_eq!((&row["type"], &row["statements"]), (&json!("ORGANIZATION"), &json!([statement])));

    let path = format!("/_sandbox/groups/{group}");
    bench.good("PATCH", &path, &json!({"name": "night", "members": []}));
    let (_, details) = bench.sandbox.world().group_named("night").unwrap();
    assert!(details.grants.contains(&policy), "what is left out stays");
    assert!(bench.sandbox.world().members(&group).is_empty());
    let permission = json!({"serviceId": "ocean", "actions": ["describe"]});
    let target = format!("/_sandbox/policies/{policy}");
    bench.good("PATCH", &target, &json!({"permissions": [permission]}));
    let listed = bench.items("/setup/organization/policy").pop().unwrap();
    let told = json!([{"effect": "ALLOW", "actions": ["ocean:describe"], "resources": ["*"]}]);
    assert_eq!(listed["policyContent"]["statements"], told, "in this contract's words");
    bench.good("DELETE", &target, &Value::Null);
    bench.good("DELETE", &path, &Value::Null);
    assert_eq!(bench.sandbox.world().groups().count() + bench.sandbox.world().policies().count(), 0);
}

#[test]
fn what_cannot_be_done_by_hand_is_told() {
    let mut bench = Bench::production();
    let root = bench.administrator();
    for (method, target, body, status) in [
        ("POST", "users".to_owned(), json!({}), 400),
        ("POST", "users".to_owned(), json!({"email": "a@b", "name": "c"}), 400),
        ("POST", "users".to_owned(), json!({"email": "a@b", "more": 1}), 400),
        ("POST", "users".to_owned(), json!({"email": "a@b", "organizationId": 1}), 404),
        ("PATCH", format!("users/{root}"), json!({"organizationId": 1}), 400),
        ("PATCH", format!("users/{root}"), json!({"audited": "no"}), 400),
        ("PATCH", "users/u-00000000".to_owned(), json!({}), 404),
        ("POST", "groups".to_owned(), json!({}), 400),
        ("PATCH", "groups/ugr-00000000".to_owned(), json!({"name": "x"}), 404),
        ("PATCH", "groups/ugr-00000000".to_owned(), json!({"members": []}), 404),
        ("DELETE", "groups/ugr-00000000".to_owned(), Value::Null, 404),
        ("POST", "policies".to_owned(), json!({"name": "x", "statements": [], "permissions": []}), 400),
        ("PATCH", "policies/3".to_owned(), json!({"name": "x"}), 409),
        ("DELETE", "policies/3".to_owned(), Value::Null, 409),
        ("DELETE", "policies/pol-00000000".to_owned(), Value::Null, 404),
        ("DELETE", format!("users/{root}"), json!({"more": 1}), 400),
        ("POST", "tokens".to_owned(), json!({"userId": "u-00000000"}), 404),
    ] {
        let answer = bench.call(method, &format!("/_sandbox/{target}"), &body);
        assert_eq!(answer.status.as_u16(), status, "{method} {target} {body}");
    }
}

#[test]
fn a_simulation_acts_in_rust() {
    let mut bench = Bench::production();
    let (now, lag, account) = (bench.now, bench.sandbox.lag(), bench.default_account());
    let organization = bench.sandbox.world().oldest_organization().unwrap().id;
    let mut console = bench.sandbox.console(now).by("al@example.com");
    let jo = console.create_user(organization, UserDetails::person("jo@example.com"));
    assert!(console.set_policies(&jo, Grants::of(ACCOUNT_EDITOR, &[&account])));
    assert!(console.set_account_role(&jo, &account, Some(AccountRole::Editor)));
    assert!(console.change_user(&jo, |details| details.role = Some(Role::Viewer)));
    assert!(!console.change_user("u-00000000", |_| ()));
    let world = bench.sandbox.world_mut();
    assert!(world.set_account_role(now, lag, &jo, &account, None));
    let (user, details) = world.user_named("jo@example.com").unwrap();
    assert_eq!(user.id, jo);
    assert!(details.account_roles.is_empty() && details.grants.contains(ACCOUNT_EDITOR));
    let token = world.issue_user_token(now, &jo, "hers", None).unwrap();
    assert_eq!(world.working_token(&token.value).unwrap().0.id, jo);
    assert_eq!(world.audit_events().count(), 4);
    assert!(world.audit_events().all(|event| event.user == "al@example.com"));
    world.delete_user(now, lag, &jo).unwrap();
    assert!(world.working_token(&token.value).is_none());
    let policy = bench.policy("ours", "ACCOUNT");
    let mut console = bench.sandbox.console(now);
    console
        .change_policy(&policy, |details| {
            details.content = PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])]);
        })
        .unwrap();
    let (_, details) = bench.sandbox.world().policy(organization, &policy).unwrap();
    assert_eq!(details.content, PolicyContent::Statements(vec![Statement::allow(&["ocean:*"])]));
}

#[test]
fn thousands_of_users_are_no_matter() {
    let mut bench = Bench::production();
    let (now, lag) = (bench.now, bench.sandbox.lag());
    let world = bench.sandbox.world_mut();
    let organization = world.oldest_organization().unwrap().id;
    for number in 0..2000 {
        let details = UserDetails::person(&format!("user-{number}@example.com"));
        world.create_user(now, lag, organization, details);
    }
    assert_eq!(bench.items("/setup/organization/user").len(), 2001);
}

#[test]
fn the_first_administrator_has_the_address_that_is_asked_for() {
    let mut start = Start::new(Contract::Published, TOKEN);
    start.administrator = Some("root@example.com".to_owned());
    let bench = Bench::start(start);
    let (_, details) = bench.sandbox.world().working_token(TOKEN).unwrap();
    assert_eq!((details.username.as_str(), details.email.as_str()), ("root@example.com", "root@example.com"));
}
