//! Production's event subscriptions (spot-wire §2.7, §6).

use jiff::SignedDuration;
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, Start, SubscriptionDetails};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, is_id, text};

const ALL: &str = "/events/subscription";

fn bench() -> Bench {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.resources = vec!["sig-1a2b3c4d".to_owned()];
    Bench::start(start)
}

fn subscription() -> Value {
    json!({"subscription": {
        "resourceId": "sig-1a2b3c4d", "protocol": "web", "endpoint": "https://hooks.example.com/x",
        "eventType": "GROUP_UPDATED",
    }})
}

fn with(member: &str, value: Value) -> Value {
    let mut body = subscription();
    body["subscription"][member] = value;
    body
}

#[test]
fn a_subscription_is_made_read_and_listed_alike() {
    let mut bench = bench();
    let body = bench.good("POST", ALL, &subscription());
    assert_eq!(body["response"]["kind"], "spotinst:subscription");
    let made = body["response"]["items"][0].clone();
    let id = text(&made["id"]);
    assert!(is_id("sis-", &id));
    assert_eq!(
        made,
        json!({
            "id": id, "resourceId": "sig-1a2b3c4d", "resourceName": "sig-1a2b3c4d", "protocol": "web",
            "endpoint": "https://hooks.example.com/x", "eventType": "GROUP_UPDATED", "eventFormat": null,
            "createdAt": "2026-11-22T10:00:00.000Z", "updatedAt": "2026-11-22T10:00:00.000Z",
        })
    );
    assert_eq!(bench.one(&format!("{ALL}/{id}")), made);
    assert_eq!(bench.items(ALL), [made]);
    bench.good("POST", ALL, &subscription());
    assert_eq!(bench.items(ALL).len(), 2, "the same again makes another");
    let done = bench.good("DELETE", &format!("{ALL}/{id}"), &Value::Null);
    assert_eq!(done["response"], json!({"status": {"code": 200, "message": "OK"}}));
    let refused = bench.refused("GET", &format!("{ALL}/{id}"), &Value::Null);
    assert_eq!(refused.0, "Subscription_DOESNT_EXIST");
}

#[test]
fn an_update_merges_in_place() {
    let mut bench = bench();
    let id = text(&bench.made(ALL, &with("eventFormat", json!({"who": "%instance-id%"})))["id"]);
    let path = format!("{ALL}/{id}");
    bench.pass(5);
    let change = json!({"subscription": {"endpoint": "https://hooks.example.com/y"}});
    let done = bench.good("PUT", &path, &change);
    assert_eq!(
        done["response"],
        json!({"status": {"code": 200, "message": "OK"}, "affectedRows": 1}),
        "no items"
    );
    let read = bench.one(&path);
    assert_eq!(read["endpoint"], "https://hooks.example.com/y");
    assert_eq!(read["eventFormat"], json!({"who": "%instance-id%"}));
    assert_eq!(read["updatedAt"], "2026-11-22T10:00:05.000Z");
    assert_eq!(read["createdAt"], "2026-11-22T10:00:00.000Z");
    let change = json!({"subscription": {
        "protocol": "email", "endpoint": "ops@example.com", "eventType": "GROUP_ROLL_FAILED", "eventFormat": null,
    }});
    bench.good("PUT", &path, &change);
    let read = bench.one(&path);
    assert_eq!((&read["protocol"], &read["eventFormat"]), (&json!("email"), &Value::Null));
    let revision = bench.sandbox.revision();
    bench.good("PUT", &path, &change);
    assert_eq!(bench.sandbox.revision(), revision, "writing what is there is no effect");
    let cases = [
        (json!({"subscription": {"resourceId": "sig-1a2b3c4d"}}), "body:subscription.resourceId"),
        (json!({"subscription": {"id": id}}), "body:subscription.id"),
        (json!({"subscription": {"protocol": "web"}}), "body:subscription.endpoint"),
        (json!({"subscription": {"eventFormat": "text"}}), "body:subscription.eventFormat"),
        (json!({"endpoint": "ops@example.com"}), "body:endpoint"),
        (Value::Null, "body:subscription"),
    ];
    bench.all_refused("PUT", &path, "ValidationError", &cases);
    for method in ["PUT", "DELETE"] {
        let refused = bench.refused(method, &format!("{ALL}/sis-00000000"), &change);
        assert_eq!(refused.0, "Subscription_DOESNT_EXIST");
    }
}

#[test]
fn an_endpoint_is_of_its_protocols_form() {
    let mut bench = bench();
    let topic = "arn:aws:sns:us-east-1:123456789012:topic";
    let on = |protocol: &str, endpoint: &str| {
        let mut body = subscription();
        body["subscription"]["protocol"] = json!(protocol);
        body["subscription"]["endpoint"] = json!(endpoint);
        body
    };
    for (protocol, endpoint) in [
        ("http", "http://x.example.com"),
        ("https", "https://x.example.com"),
        ("email", "ops@example.com"),
        ("email-json", "ops@example.com"),
        ("aws-sns", topic),
    ] {
        bench.made(ALL, &on(protocol, endpoint));
    }
    let field = "body:subscription.endpoint";
    let cases = [
        (on("web", "ops@example.com"), field),
        (on("email", "https://x.example.com"), field),
        (on("aws-sns", "arn:aws:sqs:us-east-1:123456789012:queue"), field),
        (on("aws-sns", "arn:aws:sns:us-east-1:123456789012:"), field),
        (on("sms", topic), "body:subscription.protocol"),
        (with("eventType", json!("group_updated")), "body:subscription.eventType"),
        (with("eventFormat", json!([])), "body:subscription.eventFormat"),
        (with("more", json!(1)), "body:subscription.more"),
        (with("resourceId", Value::Null), "body:subscription.resourceId"),
        (with("protocol", Value::Null), "body:subscription.protocol"),
        (with("endpoint", Value::Null), field),
        (with("eventType", Value::Null), "body:subscription.eventType"),
        (Value::Null, "body:subscription"),
    ];
    bench.all_refused("POST", ALL, "ValidationError", &cases);
    bench.made(ALL, &with("eventType", json!("SOMETHING_NEW")));
}

#[test]
fn a_resource_is_one_accounts() {
    let mut bench = bench();
    let other = bench.create("other");
    let there = format!("{ALL}?accountId={other}");
    let refused = bench.refused("POST", &there, &subscription());
    assert_eq!(refused.0, "CANT_CREATE_SUBSCRIPTION");
    let unknown = bench.call("POST", ALL, &with("resourceId", json!("sig-00000000")));
    let error = &unknown.value()["response"]["errors"][0];
    assert_eq!(error["message"], "Resource 'sig-00000000' doesn't exist");
    let resource = json!({"accountId": other, "name": "cluster", "id": "o-1a2b3c4d"});
    bench.good("POST", "/_sandbox/resources", &resource);
    let made = bench.made(&there, &with("resourceId", json!("o-1a2b3c4d")));
    assert_eq!(made["resourceName"], "cluster");
    assert!(bench.items(ALL).is_empty(), "the oldest account has none");
    let path = format!("{ALL}/{}", text(&made["id"]));
    bench.refused("GET", &path, &Value::Null);
    bench.refused("DELETE", &path, &Value::Null);
    bench.refused("GET", &format!("{ALL}?accountId=act-00000000"), &Value::Null);
    bench.one(&format!("{path}?accountId={other}"));
    bench.good("DELETE", &format!("/setup/account/{other}"), &Value::Null);
    assert!(
        bench.sandbox.world().in_accounts::<SubscriptionDetails>().living().next().is_none(),
        "they go with the account"
    );
    assert!(bench.sandbox.world().resource("o-1a2b3c4d").is_none());
}

#[test]
fn any_resource_will_do_when_told() {
    let mut start = Start::new(Contract::Production, TOKEN);
    start.any_resource = true;
    let mut bench = Bench::start(start);
    let other = bench.create("other");
    bench.made(&format!("{ALL}?accountId={other}"), &with("resourceId", json!("ols-anything1")));
    for id in ["group", "sig-", "-1a2b3c4d", "sig-1a 2b"] {
        let refused = bench.refused("POST", ALL, &with("resourceId", json!(id)));
        assert_eq!(refused.0, "CANT_CREATE_SUBSCRIPTION", "{id}");
    }
    // One that is known to be elsewhere is not here.
    bench.sandbox.world_mut().add_resource(&other, Some("sig-1a2b3c4d"), "group").unwrap();
    bench.refused("POST", ALL, &subscription());
}

#[test]
fn lists_run_behind_and_reads_do_not() {
    let mut bench = bench();
    bench.sandbox.set_lag(Lag::of_lists(SignedDuration::from_secs(10)));
    let id = text(&bench.made(ALL, &subscription())["id"]);
    assert!(bench.items(ALL).is_empty());
    bench.one(&format!("{ALL}/{id}"));
    bench.pass(10);
    assert_eq!(bench.items(ALL).len(), 1);
    bench.good("DELETE", &format!("{ALL}/{id}"), &Value::Null);
    assert_eq!(bench.items(ALL).len(), 1);
    bench.pass(10);
    assert!(bench.items(ALL).is_empty());
}

#[test]
fn a_person_in_the_console_does_what_the_api_may_not() {
    let mut bench = bench();
    let id = text(&bench.made(ALL, &subscription())["id"]);
    let body = json!({"resourceId": "sig-99999999", "endpoint": "https://hooks.example.com/z", "actor": "jo@example.com"});
    bench.good("PATCH", &format!("/_sandbox/subscriptions/{id}"), &body);
    let read = bench.one(&format!("{ALL}/{id}"));
    assert_eq!(read["resourceId"], "sig-99999999");
    let made = bench.good(
        "POST",
        "/_sandbox/subscriptions",
        &json!({"resourceId": "x", "protocol": "email-json", "endpoint": "a@b", "eventType": "x"}),
    );
    bench.good("DELETE", &format!("/_sandbox/subscriptions/{id}"), &Value::Null);
    let left: Vec<_> = bench.items(ALL).iter().map(|item| text(&item["id"])).collect();
    assert_eq!(left, [text(&made["subscriptionId"])]);
    let account = bench.default_account();
    let events = bench.items(&format!("/audit/events?fromDate=0&toDate=9999999999999&accountId={account}"));
    let told: Vec<_> =
        events.iter().map(|event| (text(&event["user"]), text(&event["actionType"]))).collect();
    let users: Vec<_> = told.iter().map(|(_, action)| action.as_str()).collect();
    assert_eq!(
        users,
        ["createSubscription", "updateSubscription", "createSubscription", "deleteSubscription"]
    );
    assert_eq!(told[1].0, "jo@example.com");
    for (method, path) in
        [("PATCH", "subscriptions/sis-0"), ("DELETE", "subscriptions/sis-0"), ("DELETE", "resources/x")]
    {
        assert_eq!(bench.call(method, &format!("/_sandbox/{path}"), &Value::Null).status, 404, "{path}");
    }
    bench.good("DELETE", "/_sandbox/resources/sig-1a2b3c4d", &Value::Null);
    bench.refused("POST", ALL, &subscription());
}
