//! Credentials and subscriptions in the document's words.

use orgkeeper::sandbox::spot::{CloudCredential, Contract, Start, SubscriptionDetails};
use serde_json::{Value, json};

use crate::harness::{Bench, TOKEN, text};

const ROLE: &str = "arn:aws:iam::123456789012:role/spot";
const SUBSCRIPTIONS: &str = "/events/subscription";

fn start() -> Start {
    let mut start = Start::new(Contract::Published, TOKEN);
    start.resources = vec!["sig-1a2b3c4d".to_owned()];
    start
}

fn subscription(endpoint: &str) -> Value {
    json!({"subscription": {
        "resourceId": "sig-1a2b3c4d", "protocol": "https", "endpoint": endpoint,
        "eventType": "GROUP_UPDATED", "eventFormat": {"ignored": "here"},
    }})
}

fn credential(bench: &Bench, account: &str) -> Option<CloudCredential> {
    bench.sandbox.world().account(account).unwrap().1.credential.clone()
}

#[test]
fn credentials_are_wrapped_and_answered_untyped() {
    let mut bench = Bench::published();
    let file = json!({
        "type": "service_account", "project_id": "p", "private_key": "key", "client_email": "a@b",
        "universe_domain": "googleapis.com",
    });
    let azure =
        json!({"clientId": "c", "clientSecret": "s3cret-value", "tenantId": "t", "subscriptionId": "s"});
    for (cloud, members) in
        [("aws", json!({"iamRole": ROLE})), ("azure", azure), ("gcp", json!({"serviceAccount": file}))]
    {
        let account = bench.create(cloud);
        let target = format!("/setup/credentials/{cloud}?accountId={account}");
        let done = bench.good("POST", &target, &json!({"credentials": members}));
        assert_eq!(done["response"], json!({"items": []}), "{cloud}");
        let kept = credential(&bench, &account).unwrap();
        assert_eq!(kept.cloud().to_lowercase(), cloud);
        for body in [Value::Null, json!({"credentials": {}}), members] {
            assert_eq!(bench.call("POST", &target, &body).status, 400, "{cloud} {body}");
        }
        assert_eq!(bench.call("GET", &target, &Value::Null).status, 404, "no read-back in the document");
    }
}

#[test]
fn the_account_is_the_parameters_else_the_default() {
    let mut bench = Bench::published();
    let (default, other) = (bench.default_account(), bench.create("other"));
    let body = json!({"credentials": {"iamRole": ROLE}});
    bench.good("POST", &format!("/setup/credentials/aws?accountId={other}"), &body);
    assert!(credential(&bench, &default).is_none() && credential(&bench, &other).is_some());
    bench.good("POST", "/setup/credentials/aws", &body);
    assert!(credential(&bench, &default).is_some());
    let elsewhere = "/setup/credentials/aws?accountId=act-00000000";
    assert_eq!(bench.call("POST", elsewhere, &body).status, 404);
}

#[test]
fn a_server_of_the_document_alone_ignores_the_parameter() {
    let mut start = start();
    start.ignore_account_scope = true;
    let mut bench = Bench::start(start);
    let (default, other) = (bench.default_account(), bench.create("other"));
    let body = json!({"credentials": {"iamRole": ROLE}});
    bench.good("POST", &format!("/setup/credentials/aws?accountId={other}"), &body);
    assert!(credential(&bench, &default).is_some() && credential(&bench, &other).is_none());
    let there = format!("{SUBSCRIPTIONS}?accountId={other}");
    bench.made(&there, &subscription("https://x.example.com"));
    assert_eq!(bench.items(SUBSCRIPTIONS), bench.items(&there));
    assert_eq!(
        bench.sandbox.world().in_accounts::<SubscriptionDetails>().living().next().unwrap().1.account,
        default
    );
}

#[test]
fn a_subscription_has_the_documents_members() {
    let mut bench = Bench::start(start());
    let made = bench.made(SUBSCRIPTIONS, &subscription("https://x.example.com"));
    let path = format!("{SUBSCRIPTIONS}/{}", text(&made["id"]));
    assert_eq!(
        made,
        json!({
            "id": made["id"], "resourceId": "sig-1a2b3c4d", "protocol": "https",
            "endpoint": "https://x.example.com", "eventType": "GROUP_UPDATED",
        })
    );
    let done = bench.good("PUT", &path, &subscription("https://y.example.com"));
    assert_eq!(done["response"], json!({"items": []}));
    assert_eq!(bench.one(&path)["endpoint"], "https://y.example.com");
    let part = json!({"subscription": {"endpoint": "https://z.example.com"}});
    assert_eq!(bench.call("PUT", &path, &part).status, 400, "a PUT takes it whole");
    assert_eq!(bench.items(SUBSCRIPTIONS), [bench.one(&path)]);
    let other = bench.create("other");
    assert!(bench.items(&format!("{SUBSCRIPTIONS}?accountId={other}")).is_empty());
    bench.good("DELETE", &path, &Value::Null);
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(bench.call(method, &path, &subscription("https://x.example.com")).status, 404);
    }
    let mut unknown = subscription("https://x.example.com");
    unknown["subscription"]["resourceId"] = json!("sig-00000000");
    let answer = bench.call("POST", SUBSCRIPTIONS, &unknown);
    assert_eq!((answer.status.as_u16(), answer.value()["error"].is_string()), (409, true));
}
