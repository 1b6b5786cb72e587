//! What a token may do.

use orgkeeper::sandbox::spot::{Contract, UserDetails, operations};
use serde_json::{Value, json};

use crate::harness::{Bench, account, person, text};

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

/// A token of a person whom an administrator has mapped to one policy with these statements: of
/// accounts on those named, or of the organization without any.
fn with_policy(bench: &mut Bench, statements: &Value, accounts: &[&str]) -> String {
    let kind = if accounts.is_empty() { "ORGANIZATION" } else { "ACCOUNT" };
    let content = json!({"statements": statements});
    let policy = json!({"policy": {"name": "p", "type": kind, "policyContent": content}});
    let policy = text(&bench.made("/setup/access/policy", &policy)["id"]);
    let token = humble(bench);
    let user = bench.sandbox.world().working_token(&token).unwrap().0.id.clone();
    let mapping = json!({"policies": [{"policyId": policy, "accountIds": accounts}]});
    bench.good("PUT", &format!("/setup/user/{user}/policyMapping"), &mapping);
    token
}

fn allow(actions: &[&str]) -> Value {
    json!([{"effect": "ALLOW", "actions": actions, "resources": ["*"]}])
}

/// The statuses of these calls with this token.
fn statuses(bench: &mut Bench, token: &str, calls: &[(&str, String, Value)]) -> Vec<u16> {
    let root = bench.token.replace(token.to_owned());
    let statuses =
        calls.iter().map(|(method, target, body)| bench.call(method, target, body).status.as_u16());
    let statuses = statuses.collect();
    bench.token = root;
    statuses
}

#[test]
fn a_policy_of_accounts_holds_in_the_accounts_that_it_is_mapped_on() {
    let mut bench = Bench::production();
    let (own, other) = (bench.create("own"), bench.create("other"));
    let role = json!({"credentials": {"iamRole": "arn:aws:iam::123456789012:role/spot"}});
    let calls = [
        ("PUT", format!("/setup/account/{own}"), account("renamed")),
        ("PUT", format!("/setup/account/{other}"), account("renamed")),
        ("POST", format!("/setup/credentials/aws?accountId={own}"), role.clone()),
        ("POST", format!("/setup/credentials/aws?accountId={other}"), role),
        ("GET", "/events/subscription".to_owned(), Value::Null),
        ("GET", format!("/events/subscription?accountId={own}"), Value::Null),
        ("DELETE", format!("/setup/account/{own}"), Value::Null),
        ("GET", "/setup/account".to_owned(), Value::Null),
    ];
    let actions = ["setup:updateAccount", "setup:set*", "*:describe*", "setup:deleteAccount"];
    let token = with_policy(&mut bench, &allow(&actions), &[&own]);
    // To delete an account is an administrator's alone; to list all is about the organization.
    assert_eq!(statuses(&mut bench, &token, &calls), [200, 403, 200, 403, 403, 200, 403, 403]);

    let mut everywhere = Bench::production();
    let account = everywhere.create("own");
    let token = with_policy(&mut everywhere, &allow(&["setup:updateAccount"]), &["*"]);
    let later = everywhere.create("later");
    let calls = [account, later].map(|id| ("PUT", format!("/setup/account/{id}"), self::account("x")));
    assert_eq!(statuses(&mut everywhere, &token, &calls), [200, 200]);
}

#[test]
fn a_policy_of_the_organization_holds_in_it_and_in_every_account() {
    let mut bench = Bench::production();
    let own = bench.default_account();
    let actions = ["setup:createAccount", "setup:describe*", "setup:updateAccount", "setup:createUser"];
    let token = with_policy(&mut bench, &allow(&actions), &[]);
    let calls = [
        ("POST", "/setup/account".to_owned(), account("made")),
        ("GET", "/setup/account".to_owned(), Value::Null),
        ("PUT", format!("/setup/account/{own}"), account("renamed")),
        ("POST", "/setup/user".to_owned(), person("al@example.com")),
        ("GET", "/audit/events?fromDate=0&toDate=1".to_owned(), Value::Null),
        ("POST", "/setup/access/userGroup".to_owned(), json!({"name": "g"})),
        // Only an administrator makes machine users, whatever a policy says.
        (
            "POST",
            "/setup/user/programmatic".to_owned(),
            json!({"name": "ci", "policies": [{"policyId": "1"}]}),
        ),
    ];
    assert_eq!(statuses(&mut bench, &token, &calls), [200, 200, 200, 200, 200, 403, 403]);
}

#[test]
fn resources_and_conditions_narrow_what_is_allowed() {
    let mut bench = Bench::production();
    let policy = |bench: &mut Bench| bench.policy("ours", "ACCOUNT");
    let (one, two) = (policy(&mut bench), policy(&mut bench));
    let rename =
        |id: &str| ("PUT", format!("/setup/access/policy/{id}"), json!({"policy": {"name": "renamed"}}));
    for (resource, expected) in [
        (one.clone(), [200, 403]),
        (format!("setup:{one}"), [200, 403]),
        (format!("*:{}*", &one[..6]), [200, 403]),
        (format!("ocean:{one}"), [403, 403]),
        ("setup:*".to_owned(), [200, 200]),
    ] {
        let statements =
            json!([{"effect": "ALLOW", "actions": ["setup:updatePolicy"], "resources": [resource]}]);
        let token = with_policy(&mut bench, &statements, &[]);
        let told = statuses(&mut bench, &token, &[rename(&one), rename(&two)]);
        assert_eq!(told, if one[..6] == two[..6] { [200, 200] } else { expected }, "{resource}");
        let create = ("POST", "/setup/access/policy".to_owned(), Value::Null);
        assert_eq!(statuses(&mut bench, &token, &[create]), [403], "to change is not to make");
    }
    let narrow = json!([{"effect": "ALLOW", "actions": ["setup:createAccount"], "resources": ["act-1*"]}]);
    let condition = json!([{
        "effect": "ALLOW", "actions": ["setup:createAccount"], "resources": ["*"],
        "condition": {"StringEquals": {"spot:account:name": "x"}},
    }]);
    for statements in [narrow, condition] {
        let token = with_policy(&mut bench, &statements, &[]);
        let create = ("POST", "/setup/account".to_owned(), account("x"));
        assert_eq!(statuses(&mut bench, &token, &[create]), [403], "{statements}");
    }
}

#[test]
fn a_denial_wins_over_all_that_allows_administrators_included() {
    let mut bench = Bench::production();
    let own = bench.default_account();
    let statements = json!([
        {"effect": "ALLOW", "actions": ["*"], "resources": ["*"]},
        {"effect": "DENY", "actions": ["setup:create*"], "resources": ["*"]},
        {"effect": "DENY", "actions": ["setup:describeAccount"], "resources": [own]},
        {"effect": "DENY", "actions": ["setup:deleteUser"], "resources": ["*"], "condition": {"a": "b"}},
    ]);
    let calls = [
        ("GET", "/setup/account".to_owned(), Value::Null),
        ("POST", "/setup/account".to_owned(), account("x")),
        ("GET", format!("/setup/account/{own}"), Value::Null),
        ("DELETE", "/setup/user/u-00000000".to_owned(), Value::Null),
    ];
    let token = with_policy(&mut bench, &statements, &[]);
    assert_eq!(statuses(&mut bench, &token, &calls), [200, 403, 403, 403]);
    let user = bench.sandbox.world().working_token(&token).unwrap().0.id.clone();
    let now = bench.now;
    let mut grants = bench.sandbox.world().user(&user).unwrap().1.grants.clone();
    grants.add("1", std::iter::empty::<String>());
    bench.sandbox.console(now).set_policies(&user, grants);
    assert_eq!(statuses(&mut bench, &token, &calls), [200, 403, 403, 403], "with the built-in Admin as well");
}

#[test]
fn roles_and_groups_give_what_their_policies_say() {
    let mut bench = Bench::production();
    let own = bench.create("own");
    let calls = [
        ("GET", format!("/events/subscription?accountId={own}"), Value::Null),
        ("PUT", format!("/setup/account/{own}"), account("renamed")),
        ("POST", "/setup/account".to_owned(), account("x")),
    ];
    let token = humble(&mut bench);
    let user = bench.sandbox.world().working_token(&token).unwrap().0.id.clone();
    assert_eq!(statuses(&mut bench, &token, &calls), [403, 403, 403]);
    for (role, expected) in [("viewer", [200, 403, 403]), ("editor", [200, 200, 403])] {
        let attach = json!({"userId": user, "role": role});
        bench.good("POST", &format!("/setup/account/{own}/user"), &attach);
        assert_eq!(statuses(&mut bench, &token, &calls), expected, "{role}");
    }
    let mut bench = Bench::production();
    let own = bench.create("own");
    let token = humble(&mut bench);
    let user = bench.sandbox.world().working_token(&token).unwrap().0.id.clone();
    let group = json!({"name": "g", "userIds": [user], "policies": [{"policyId": "2", "accountIds": [own]}]});
    bench.good("POST", "/setup/access/userGroup", &group);
    let calls = [("PUT", format!("/setup/account/{own}"), account("renamed"))];
    assert_eq!(statuses(&mut bench, &token, &calls), [200], "through a group");
}

#[test]
fn who_attaches_people_to_accounts_needs_it_in_each() {
    let mut bench = Bench::production();
    let (one, two) = (bench.create("one"), bench.create("two"));
    let token = with_policy(&mut bench, &allow(&["setup:createUserMapping"]), &[&one]);
    let al = bench.person("al@example.com");
    let attach = |accounts: &[&String]| {
        let mapping = |account: &&String| json!({"userId": al, "accountId": account, "role": "viewer"});
        let mappings: Vec<_> = accounts.iter().map(mapping).collect();
        ("POST", "/setup/accountUserMapping".to_owned(), json!({"mappings": mappings}))
    };
    let calls = [attach(&[&one]), attach(&[&one, &two])];
    assert_eq!(statuses(&mut bench, &token, &calls), [200, 403]);
    assert_eq!(bench.items("/setup/accountUserMapping?userEmail=al@example.com").len(), 1, "all or none");
}

#[test]
fn what_is_forbidden_names_an_action_of_the_catalogue() {
    for contract in [Contract::Production, Contract::Published] {
        let mut bench = Bench::new(contract);
        let mut catalogue = Bench::production();
        let token = humble(&mut bench);
        bench.token = Some(token);
        let mut open = Vec::new();
        for served in operations(contract) {
            let target = served.template.replace("{accountId}", &bench.default_account());
            let answer = bench.call(served.method.as_str(), &target, &Value::Null);
            if answer.status != 403 {
                open.push(served.operation);
                continue;
            }
            let value = answer.value();
            let told = match contract {
                Contract::Production => text(&value["response"]["errors"][0]["message"]),
                Contract::Published => text(&value["message"]),
            };
            if told != "this needs an organization administrator" {
                let action =
                    told.strip_prefix("this needs ").and_then(|told| told.split_once(',')).unwrap().0;
                catalogue.one(&format!("/setup/access/policyAction?name={action}"));
            }
        }
        let expected: &[&str] = match contract {
            // To attach several is asked for in each account; of notification policies there are one's own.
            Contract::Production => &[
                "getAccount",
                "attachUsers",
                "listNotificationPolicies",
                "getNotificationPolicy",
                "listHealthChecks",
                "getHealthCheck",
            ],
            Contract::Published => &["healthCheck"],
        };
        assert_eq!(open, expected);
    }
}
