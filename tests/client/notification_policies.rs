//! Notification policies, against a scripted server.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::notification_policy::calls::NotificationPolicyCalls;
use orgkeeper::vendors::spot::notification_policy::model::PolicyMembers;
use serde_json::{Value, json};

use crate::stub::{Answer, Stub};
use crate::vendor::notification_policy;
use crate::world::link;

async fn client(contract: Contract, status: u16, body: &Value) -> (SpotClient, Stub) {
    let body = body.to_string();
    let stub = Stub::start(move |_| Answer::http(status, "", &body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

fn answer(items: &[Value]) -> Value {
    json!({"response": {"status": {"code": 200}, "count": items.len(), "items": items}})
}

fn row(id: &str) -> Value {
    json!({"policyId": id, "accountId": "act-1", "name": "a", "type": "compute"})
}

#[tokio::test]
async fn every_call_but_the_list_names_its_account_and_a_change_is_flat() {
    let (client, stub) = client(Production, 200, &answer(&[row("snp-1")])).await;
    let calls = NotificationPolicyCalls(&client);
    let created = calls.create("act-1", "public", &notification_policy()).await.unwrap();
    assert_eq!(created.id.as_deref(), Some("snp-1"));
    assert_eq!(calls.list().await.unwrap()[0].account.as_deref(), Some("act-1"));
    assert_eq!(calls.get("act-1", "snp-1").await.unwrap().id, "snp-1");
    calls.update("act-1", "snp-1", &PolicyMembers::default()).await.unwrap();
    let change = PolicyMembers { is_active: Some(false), ..PolicyMembers::default() };
    calls.update("act-1", "snp-1", &change).await.unwrap();
    calls.delete("act-1", "snp-1").await.unwrap();
    let expected = [
        "POST /notificationCenter/policy?accountId=act-1",
        "GET /notificationCenter/policy",
        "GET /notificationCenter/policy/snp-1?accountId=act-1",
        "PUT /notificationCenter/policy/snp-1?accountId=act-1",
        "DELETE /notificationCenter/policy/snp-1?accountId=act-1",
    ];
    assert_eq!(stub.lines(), expected, "and nothing where nothing changes");
    let error = calls.get("act-1", "snp-2").await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable, "another policy's answer");
    let error = calls.delete("", "snp-1").await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::Refused, true));
    assert_eq!(stub.lines().len(), 6, "no account, no call");
}

#[tokio::test]
async fn the_events_of_an_account_are_its_own_and_one_may_be_of_several_types() {
    let event = |name: &str, kind: &str| json!({"event": name, "type": kind});
    let all =
        [event("Scale up failed", "ERROR"), event("Scale up failed", "WARN"), event("Group updated", "INFO")];
    let (client, stub) = client(Production, 200, &answer(&all)).await;
    let events = NotificationPolicyCalls(&client).list_events("act-1").await.unwrap();
    assert_eq!(events, ["Scale up failed", "Scale up failed", "Group updated"]);
    assert_eq!(stub.lines(), ["GET /notificationCenter/compute/event?accountId=act-1"]);
    let (client, _) = self::client(Production, 200, &answer(&[json!({"type": "INFO"})])).await;
    let error = NotificationPolicyCalls(&client).list_events("act-1").await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable);
}

#[tokio::test]
async fn a_list_with_a_hole_or_without_its_length_is_no_list() {
    let mut hole = row("snp-2");
    hole["accountId"] = json!(null);
    let uncounted = json!({"response": {"status": {"code": 200}, "items": [row("snp-1")]}});
    for body in [answer(&[row("snp-1"), hole]), answer(&[row("snp-1"), row("snp-1")]), uncounted] {
        let (client, _stub) = client(Production, 200, &body).await;
        let error = NotificationPolicyCalls(&client).list().await.unwrap_err();
        assert_eq!(error.failure, Failure::Unreadable, "{}", error.message);
    }
}

#[tokio::test]
async fn only_its_own_code_says_that_a_policy_is_gone() {
    let table = [
        ("NotificationPolicy_DOESNT_EXIST", Failure::NotFound),
        ("NOTIFICATION_POLICY_DOESNT_EXIST", Failure::NotFound),
        ("Account_DOESNT_EXIST", Failure::Refused),
        ("User_DOESNT_EXIST", Failure::Refused),
    ];
    for (code, failure) in table {
        let body = json!({"response": {"status": {"code": 400}, "errors": [{"code": code, "message": ""}]}});
        let (client, _stub) = client(Production, 400, &body).await;
        let calls = NotificationPolicyCalls(&client);
        assert_eq!(calls.get("act-1", "snp-1").await.unwrap_err().failure, failure, "{code}");
        let error = calls.create("act-1", "public", &notification_policy()).await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{code}");
    }
    let (client, _stub) = client(Production, 200, &answer(&[])).await;
    let gone = NotificationPolicyCalls(&client).get("act-1", "snp-1").await.unwrap_err();
    assert_eq!(gone.failure, Failure::NotFound, "an empty list that says so");
}

#[tokio::test]
async fn the_document_has_none_and_nothing_is_sent() {
    let (client, stub) = client(Published, 200, &answer(&[])).await;
    let calls = NotificationPolicyCalls(&client);
    let errors = [
        calls.list().await.unwrap_err(),
        calls.get("act-1", "snp-1").await.unwrap_err(),
        calls.create("act-1", "public", &notification_policy()).await.unwrap_err(),
        calls.update("act-1", "snp-1", &notification_policy()).await.unwrap_err(),
        calls.delete("act-1", "snp-1").await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true));
    }
    assert!(stub.lines().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_the_vendor_repeats_is_hidden() {
    let words = "\"https://hooks.example.com/a\" must be a valid uri";
    let body = json!({"response": {"status": {"code": 400}, "errors": [{"code": "ValidationError", "message": words}]}});
    let (client, _stub) = client(Production, 400, &body).await;
    let calls = NotificationPolicyCalls(&client);
    for error in [
        calls.create("act-1", "public", &notification_policy()).await.unwrap_err(),
        calls.update("act-1", "snp-1", &notification_policy()).await.unwrap_err(),
    ] {
        assert!(!error.message.contains("hooks.example.com"), "{}", error.message);
        assert!(error.message.contains("must be a valid uri"), "{}", error.message);
    }
    assert!(!format!("{:?}", notification_policy()).contains("hooks.example.com"));
}
