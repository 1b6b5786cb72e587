//! The audit log: who did what, through the API or in the console.

use http::HeaderValue;
use http::header::USER_AGENT;
use orgkeeper::sandbox::spot::{Contract, Start};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, account, person, text};

const ALWAYS: &str = "/audit/events?fromDate=0&toDate=9999999999999";

fn bench() -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.administrator = Some("root@example.com".to_owned());
    Bench::start(start)
}

fn told(bench: &mut Bench) -> Vec<(String, String, String)> {
    let items = bench.items(ALWAYS);
    let member = |item: &Value, name: &str| text(&item[name]);
    items
        .iter()
        .map(|item| (member(item, "user"), member(item, "actionType"), member(item, "resourceId")))
        .collect()
}

#[test]
fn a_write_leaves_an_event_and_a_read_none() {
    let mut bench = bench();
    bench.get("/setup/organization/user");
    assert!(bench.items(ALWAYS).is_empty());
    let request = {
        let mut request = bench.request("POST", "/setup/user", &{
            let mut body = person("jo@example.com");
            body["password"] = json!("G00d-enough");
            body
        });
        request.headers.insert(USER_AGENT, HeaderValue::from_static("a-client/1.0"));
        request
    };
    let reply = bench.handle(&request);
    let id = text(&reply.answer().unwrap().value()["response"]["items"][0]["userId"]);
    let body = bench.get(ALWAYS);
    assert_eq!(body["response"]["kind"], "spotinst:audit");
    let mut event = body["response"]["items"][0].clone();
    let context: Value = serde_json::from_str(event["context"].take().as_str().unwrap()).unwrap();
    assert_eq!(context["email"], "jo@example.com");
    assert!(!context.to_string().contains("G00d-enough"));
    assert_eq!(
        event,
        json!({
            "user": "root@example.com", "namespace": "setup", "actionType": "createUser",
            "resourceType": "user", "resourceId": id, "createdAt": "2026-11-22T10:00:00.000Z",
            "context": null, "source": "API", "agent": "a-client/1.0", "responseStatus": "success",
        })
    );
}

#[test]
fn the_event_names_the_tokens_user_and_the_object() {
    let mut bench = bench();
    let made =
        bench.made("/setup/user/programmatic", &json!({"name": "ci", "policies": [{"policyId": "1"}]}));
    let root = bench.token.replace(text(&made["token"]));
    let id = bench.create("by ci");
    let jo = bench.person("jo@example.com");
    let mapping = json!({"mappings": [{"userId": jo, "accountId": id, "role": "viewer"}]});
    bench.good("POST", "/setup/accountUserMapping", &mapping);
    bench.good("DELETE", &format!("/setup/user/{}", text(&made["id"])), &Value::Null);
    bench.token = root;
    let by = |user: &str, action: &str, object: &str| (user.to_owned(), action.to_owned(), object.to_owned());
    let machine = text(&made["id"]);
    assert_eq!(
        told(&mut bench),
        [
            by("root@example.com", "createProgrammaticUser", &machine),
            by("ci", "createAccount", &id),
            by("ci", "createUser", &jo),
            by("ci", "attachUserToAccount", &jo),
            by("ci", "deleteUser", &machine),
        ]
    );
    let of_account = bench.items(&format!("{ALWAYS}&accountId={id}"));
    assert_eq!(of_account.len(), 1);
    assert_eq!(of_account[0]["actionType"], "createAccount");
}

#[test]
fn a_window_and_a_status_choose_the_events() {
    let mut bench = bench();
    bench.create("first");
    bench.pass(10);
    bench.create("second");
    bench.call("PUT", "/setup/account/act-00000000", &account("refused"));
    let at = bench.now.as_millisecond();
    let count = |bench: &mut Bench, query: &str| bench.items(&format!("/audit/events?{query}")).len();
    assert_eq!(count(&mut bench, &format!("fromDate=0&toDate={at}")), 2);
    assert_eq!(count(&mut bench, &format!("fromDate={at}&toDate={at}")), 1);
    assert_eq!(count(&mut bench, &format!("fromDate=0&toDate={}", at - 1)), 1);
    assert_eq!(count(&mut bench, &format!("fromDate=0&toDate={at}&responseStatus=success")), 2);
    let all = bench.items(&format!("/audit/events?fromDate=0&toDate={at}&responseStatus=all"));
    assert_eq!(all.len(), 3);
    assert_eq!(all[2]["responseStatus"], "failure");
    assert_eq!(all[2]["resourceId"], "act-00000000");
    let own = bench.default_account();
    let nobody = json!({"userEmail": "nobody@example.com", "role": "viewer"});
    bench.call("POST", &format!("/setup/account/{own}/user"), &nobody);
    let all =
        bench.items(&format!("/audit/events?fromDate=0&toDate={at}&responseStatus=all&accountId={own}"));
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["resourceType"], &all[0]["resourceId"]), (&json!("user"), &json!("")));
    for (query, field) in [
        ("", "query.fromDate"),
        ("?fromDate=0", "query.toDate"),
        ("?toDate=0", "query.fromDate"),
        ("?fromDate=2026-11-22T10:00:00Z&toDate=0", "query.fromDate"),
        ("?fromDate=0&toDate=0&responseStatus=failure", "query.responseStatus"),
        ("?fromDate=0&toDate=0&limit=1", "query.limit"),
    ] {
        let refused = bench.refused("GET", &format!("/audit/events{query}"), &Value::Null);
        assert_eq!(refused, ("ValidationError".to_owned(), field.to_owned()));
    }
}

#[test]
fn a_write_that_changes_nothing_is_told_and_has_no_effect() {
    let mut bench = bench();
    let id = bench.create("same");
    let reply = bench.send("PUT", &format!("/setup/account/{id}"), &account("same"));
    assert!(!reply.effect);
    assert_eq!(told(&mut bench).len(), 2);
}

#[test]
fn who_acts_in_the_console_is_told_unless_it_is_to_be_silent() {
    let mut bench = bench();
    let id = bench.create("made");
    bench.good(
        "PATCH",
        &format!("/_sandbox/accounts/{id}"),
        &json!({"name": "a", "actor": "jo@example.com"}),
    );
    bench.good("PATCH", &format!("/_sandbox/accounts/{id}"), &json!({"name": "b", "audited": false}));
    bench.good("DELETE", &format!("/_sandbox/accounts/{id}"), &Value::Null);
    let made =
        bench.good("POST", "/_sandbox/users", &json!({"email": "al@example.com", "actor": "jo@example.com"}));
    let al = text(&made["userId"]);
    let (now, organization) = (bench.now, bench.sandbox.world().oldest_organization().unwrap().id);
    let mut console = bench.sandbox.console(now).by("jo@example.com");
    let group = console.create_group(organization, orgkeeper::sandbox::spot::GroupDetails::default());
    bench.sandbox.console(now).unaudited().delete_group(&group);
    let by = |user: &str, action: &str, object: &str| (user.to_owned(), action.to_owned(), object.to_owned());
    assert_eq!(
        told(&mut bench)[1..],
        [
            by("jo@example.com", "updateAccount", &id),
            by("root@example.com", "deleteAccount", &id),
            by("jo@example.com", "createUser", &al),
            by("jo@example.com", "createUserGroup", &group),
        ]
    );
    let items = bench.items(ALWAYS);
    assert_eq!((&items[0]["source"], &items[1]["source"]), (&json!("API"), &json!("UI")));
    let shown = bench.good("GET", "/_sandbox/audit", &Value::Null);
    assert_eq!(shown["events"].as_array().unwrap().len(), 5);
}

#[test]
fn another_organizations_events_are_not_shown_and_the_log_is_kept() {
    let mut bench = bench();
    bench.create("one");
    let saved = serde_json::to_vec(bench.sandbox.world()).unwrap();
    let world = serde_json::from_slice(&saved).unwrap();
    bench.sandbox = orgkeeper::sandbox::spot::Sandbox::resume(world, Start::new(Contract::Production, TOKEN));
    assert_eq!(bench.items(ALWAYS).len(), 1);
    let now = bench.now;
    let world = bench.sandbox.world_mut();
    let other = world.create_organization(now, None, "Other", None);
    bench.token = Some(world.issue_token(other, None).unwrap().value);
    assert!(bench.items(ALWAYS).is_empty());
}

#[test]
fn a_window_does_not_end_before_it_begins() {
    let mut bench = Bench::production();
    let backwards = bench.refused("GET", "/audit/events?fromDate=2&toDate=1", &Value::Null);
    assert_eq!(backwards, ("ValidationError".to_owned(), "query.fromDate".to_owned()));
    bench.get("/audit/events?fromDate=1&toDate=1");
    for wrong in ["9999999999999999999", "-", "1.5", "2026-01-01T00:00:00Z"] {
        let target = format!("/audit/events?fromDate={wrong}&toDate=1");
        assert_eq!(bench.refused("GET", &target, &Value::Null).1, "query.fromDate", "{wrong}");
    }
}
