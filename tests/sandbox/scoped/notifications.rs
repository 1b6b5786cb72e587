//! Production's notification policies (spot-notifications).

use jiff::SignedDuration;
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, NotificationPolicyDetails, Start};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, is_id, text};

const ALL: &str = "/notificationCenter/policy";
const CONFIG: &str = "body:computePolicyConfig";

fn bench() -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.resources = vec!["sig-1a2b3c4d".to_owned()];
    Bench::start(start)
}

fn policy() -> Value {
    json!({
        "name": "incidents", "privacyLevel": "public",
        "subscriptions": [{"type": "webhook", "endpoint": "https://hooks.example.com/x"}],
        "computePolicyConfig": {
            "events": [{"event": "Scale up failed", "type": "ERROR"}], "shouldIncludeAllResources": true,
        },
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut body = policy();
    body[member] = value;
    body
}

fn about(config: Value) -> Value {
    let mut config = config;
    config["events"] = json!([{"event": "Scale up failed", "type": "ERROR"}]);
    with("computePolicyConfig", config)
}

#[test]
fn one_is_made_listed_and_read_each_with_the_id_as_it_is_spelled_there() {
    let mut bench = bench();
    let account = bench.default_account();
    let body = bench.good("POST", &format!("{ALL}?accountId={account}"), &policy());
    assert_eq!(body["response"]["kind"], "spotinst:notificationPolicy");
    let made = body["response"]["items"][0].clone();
    let id = text(&made["Id"]);
    assert!(is_id("snp-", &id));
    assert_eq!(made["computePolicyConfig"]["shouldIncludeAllResources"], true, "as it was sent");
    let list = bench.good("GET", ALL, &Value::Null);
    assert_eq!(list["response"]["kind"], "spotinst:notification:userNotificationPolicy");
    let row = &list["response"]["items"][0];
    assert_eq!((&row["policyId"], &row["accountId"]), (&made["Id"], &json!(account)));
    assert_eq!((&row["name"], &row["isActive"]), (&json!("incidents"), &json!(true)));
    assert_eq!((&row["registeredUsersCount"], &row["isRegistered"]), (&json!(0), &json!(false)));
    assert!(row.get("subscriptions").is_none() && row.get("computePolicyConfig").is_none());
    let read = bench.one(&format!("{ALL}/{id}"));
    assert_eq!((&read["id"], &read["type"]), (&made["Id"], &json!("compute")));
    assert_eq!(read["computePolicyConfig"][0]["accountId"], json!(account), "a list, with its account");
    assert_eq!(read["subscriptions"], made["subscriptions"]);
    bench.good("POST", ALL, &policy());
    assert_eq!(bench.items(ALL).len(), 2, "the same again makes another");
    bench.good("DELETE", &format!("{ALL}/{id}"), &Value::Null);
    for method in ["GET", "PUT", "DELETE"] {
        let refused = bench.refused(method, &format!("{ALL}/{id}"), &json!({"name": "other"}));
        assert_eq!(refused.0, "NotificationPolicy_DOESNT_EXIST", "{method}");
    }
}

#[test]
fn a_change_names_what_changes_flat_or_wrapped() {
    let mut bench = bench();
    let id = text(&bench.made(ALL, &policy())["Id"]);
    let path = format!("{ALL}/{id}");
    let changes = [
        (json!({"name": "other"}), "/name"),
        (json!({"policy": {"description": "what for", "isActive": false}}), "/isActive"),
        (json!({"subscriptions": []}), "/subscriptions"),
        (json!({"policy": {"description": null}}), "/description"),
    ];
    for (change, pointer) in changes {
        let before = bench.one(&path);
        let done = bench.good("PUT", &path, &change);
        assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}), "no items");
        let after = bench.one(&path);
        assert_ne!(after.pointer(pointer), before.pointer(pointer), "{change}");
        assert_eq!(after["computePolicyConfig"], before["computePolicyConfig"], "the rest stays");
    }
    let config = json!({"computePolicyConfig": {
        "events": [{"event": "Group updated", "type": "INFO"}], "resourceIds": ["sig-1a2b3c4d"],
    }});
    bench.good("PUT", &path, &config);
    let read = &bench.one(&path)["computePolicyConfig"][0];
    assert_eq!(
        (&read["shouldIncludeAllResources"], read["resourceIds"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    let cases = [
        (json!({"privacyLevel": "private"}), "body:privacyLevel"),
        (json!({"policy": {"privacyLevel": "private"}}), "body:policy.privacyLevel"),
        (json!({"description": ""}), "body:description"),
        (json!({"name": ""}), "body:name"),
        (json!({"id": id}), "body:id"),
    ];
    bench.all_refused("PUT", &path, "ValidationError", &cases);
}

#[test]
fn what_no_policy_may_be_is_refused() {
    let mut bench = bench();
    let user = |email: &str, types: Value| json!([{"userEmail": email, "subscriptionTypes": types}]);
    let place = |kind: &str, endpoint: &str| json!([{"type": kind, "endpoint": endpoint}]);
    let endpoint = "body:subscriptions[0].endpoint";
    let other = bench.create("other");
    bench.good("POST", "/_sandbox/resources", &json!({"accountId": other, "id": "o-1a2b3c4d"}));
    let cases = [
        (with("privacyLevel", Value::Null), "body:privacyLevel"),
        (with("privacyLevel", json!("secret")), "body:privacyLevel"),
        (with("privacyLevel", json!("private")), "body:subscriptions"),
        (with("computePolicyConfig", Value::Null), "body:computePolicyConfig"),
        (about(json!({})), CONFIG),
        (about(json!({"shouldIncludeAllResources": false, "resourceIds": []})), CONFIG),
        (about(json!({"shouldIncludeAllResources": true, "resourceIds": ["sig-1a2b3c4d"]})), CONFIG),
        (about(json!({"resourceIds": ["o-1a2b3c4d"]})), "body:computePolicyConfig.resourceIds"),
        (
            about(json!({"dynamicRules": [{"filterConditions": [
                {"identifier": "size", "operator": "equals", "expression": "a"}]}]})),
            "body:computePolicyConfig.dynamicRules[0].filterConditions[0].identifier",
        ),
        (with("subscriptions", place("sms", "1")), "body:subscriptions[0].type"),
        (with("subscriptions", place("email", "https://x.example.com")), endpoint),
        (with("subscriptions", place("webhook", "ops@example.com")), endpoint),
        (with("subscriptions", place("sns", "topic")), endpoint),
        (with("subscriptions", place("webhook", &format!("https://x/{}", "a".repeat(500)))), endpoint),
        (with("registeredUsers", user("nobody@example.com", json!([]))), "body:registeredUsers[0].userEmail"),
        (with("owner", json!("me")), "body:owner"),
    ];
    bench.all_refused("POST", ALL, "ValidationError", &cases);
    bench.person("jo@example.com");
    let types = with("registeredUsers", user("jo@example.com", json!(["sms"])));
    bench.all_refused(
        "POST",
        ALL,
        "ValidationError",
        &[(types, "body:registeredUsers[0].subscriptionTypes")],
    );
    bench.made(ALL, &with("registeredUsers", user("Jo@example.com", json!(["email"]))));
}

#[test]
fn a_list_has_the_policies_of_the_token_s_user_and_a_read_those_that_are_public_too() {
    let mut bench = bench();
    let mut private = policy();
    private["privacyLevel"] = json!("private");
    private.as_object_mut().unwrap().remove("subscriptions");
    let hidden = text(&bench.made(ALL, &private)["Id"]);
    let open = text(&bench.made(ALL, &policy())["Id"]);
    let other = bench.person("jo@example.com");
    for id in [&hidden, &open] {
        bench.good("PATCH", &format!("/_sandbox/notification-policies/{id}"), &json!({"owner": other}));
    }
    assert!(bench.items(ALL).is_empty());
    bench.one(&format!("{ALL}/{open}"));
    let refused = bench.refused("GET", &format!("{ALL}/{hidden}"), &Value::Null);
    assert_eq!(refused.0, "NotificationPolicy_DOESNT_EXIST");
    // Whoever is told sees it.
    let administrator = bench.administrator();
    let email = bench.sandbox.world().user(&administrator).unwrap().1.email.clone();
    let told = json!({"registeredUsers": [{"userEmail": email, "subscriptionTypes": ["console"]}]});
    bench.good("PATCH", &format!("/_sandbox/notification-policies/{hidden}"), &told);
    let rows = bench.items(ALL);
    assert_eq!((rows.len(), &rows[0]["isRegistered"]), (1, &json!(true)));
}

#[test]
fn what_there_is_to_tell_of_is_listed_for_an_account() {
    let mut bench = bench();
    let other = bench.create("other");
    bench.good(
        "POST",
        "/_sandbox/resources",
        &json!({"accountId": other, "id": "o-1a2b3c4d", "name": "nodes"}),
    );
    let resources = bench.items(&format!("/notificationCenter/compute/resource?accountId={other}"));
    assert_eq!(resources, [json!({"Id": "o-1a2b3c4d", "name": "nodes", "type": "ocean"})]);
    assert_eq!(bench.items("/notificationCenter/compute/resource")[0]["Id"], "sig-1a2b3c4d");
    let events = bench.items("/notificationCenter/compute/event");
    assert!(events.iter().all(|event| event["event"].is_string() && event["type"].is_string()));
    bench.refused("GET", "/notificationCenter/compute/event?accountId=act-0", &Value::Null);
}

#[test]
fn they_go_with_their_account_and_users_are_unregistered_with_their_end() {
    let mut bench = bench();
    let other = bench.create("other");
    let jo = bench.person("jo@example.com");
    let told =
        with("registeredUsers", json!([{"userEmail": "jo@example.com", "subscriptionTypes": ["email"]}]));
    let id = text(&bench.made(&format!("{ALL}?accountId={other}"), &told)["Id"]);
    bench.good("DELETE", &format!("/setup/user/{jo}"), &Value::Null);
    assert_eq!(bench.one(&format!("{ALL}/{id}"))["registeredUsers"], json!([]));
    bench.good("DELETE", &format!("/setup/account/{other}"), &Value::Null);
    assert_eq!(bench.sandbox.world().in_accounts::<NotificationPolicyDetails>().living().count(), 0);
}

#[test]
fn lists_run_behind_and_reads_do_not_and_the_log_hides_endpoints() {
    let mut bench = bench();
    bench.sandbox.set_lag(Lag::of_lists(SignedDuration::from_secs(10)));
    let id = text(&bench.made(ALL, &policy())["Id"]);
    assert!(bench.items(ALL).is_empty());
    bench.one(&format!("{ALL}/{id}"));
    bench.pass(10);
    assert_eq!(bench.items(ALL).len(), 1);
    let log = bench.good("GET", "/_sandbox/requests", &Value::Null).to_string();
    assert!(log.contains(ALL) && !log.contains("hooks.example.com"), "{log}");
}

#[test]
fn a_person_in_the_console_makes_changes_and_deletes_one() {
    let mut bench = bench();
    let config = json!({
        "events": [{"event": "x", "type": "INFO"}], "shouldIncludeAllResources": true, "resourceIds": [],
        "dynamicRules": [],
    });
    let made = bench.good("POST", "/_sandbox/notification-policies", &json!({"name": "a", "config": config}));
    let id = text(&made["notificationPolicyId"]);
    let change = json!({"name": "b", "isActive": false, "actor": "jo@example.com"});
    bench.good("PATCH", &format!("/_sandbox/notification-policies/{id}"), &change);
    let read = bench.one(&format!("{ALL}/{id}"));
    assert_eq!((&read["name"], &read["isActive"]), (&json!("b"), &json!(false)));
    assert_eq!(bench.get("/_sandbox/state")["notificationPolicies"][0]["name"], "b");
    bench.good("DELETE", &format!("/_sandbox/notification-policies/{id}"), &Value::Null);
    for method in ["PATCH", "DELETE"] {
        let path = format!("/_sandbox/notification-policies/{id}");
        assert_eq!(bench.call(method, &path, &Value::Null).status, 404, "{method}");
    }
    let account = bench.default_account();
    let events = bench.items(&format!("/audit/events?fromDate=0&toDate=9999999999999&accountId={account}"));
    let told: Vec<_> =
        events.iter().map(|event| (text(&event["user"]), text(&event["actionType"]))).collect();
    assert_eq!(told[1], ("jo@example.com".to_owned(), "updateNotificationPolicy".to_owned()), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[test]
fn the_document_has_none() {
    let mut bench = Bench::published();
    for path in [ALL, "/notificationCenter/compute/event"] {
        assert_eq!(bench.call("GET", path, &Value::Null).status, 404, "{path}");
    }
}
