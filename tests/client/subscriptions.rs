//! Event subscriptions, against a scripted server.

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::client::failure::resource_is_missing;
use orgkeeper::vendors::spot::subscription::calls::SubscriptionCalls;
use orgkeeper::vendors::spot::subscription::model::{
    Endpoint, NewSubscription, SubscriptionMember, SubscriptionUpdate,
};
use serde_json::{Value, json};

use crate::stub::{Answer, Stub};
use crate::world::link;

async fn client(contract: Contract, status: u16, body: &Value) -> (SpotClient, Stub) {
    let body = body.to_string();
    let stub = Stub::start(move |_| Answer::http(status, "", &body)).await;
    (SpotClient::new(link(&stub.url, "token"), contract), stub)
}

fn answer(items: &[Value]) -> Value {
    json!({"response": {"status": {"code": 200}, "count": items.len(), "items": items}})
}

fn item(id: &str) -> Value {
    json!({"id": id, "resourceId": "sig-1", "protocol": "web", "endpoint": "https://hooks.example/a",
        "eventType": "GROUP_UPDATED"})
}

fn new(event_format: Option<Value>) -> NewSubscription {
    NewSubscription {
        resource_id: "sig-1".into(),
        protocol: "web".into(),
        endpoint: Endpoint::from("https://hooks.example/a".to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format,
    }
}

fn update(changed: &[SubscriptionMember]) -> SubscriptionUpdate {
    SubscriptionUpdate { whole: new(None), changed: changed.iter().copied().collect() }
}

#[tokio::test]
async fn every_call_names_its_account() {
    for contract in [Production, Published] {
        let (client, stub) = client(contract, 200, &answer(&[item("sis-1")])).await;
        let created = SubscriptionCalls(&client).create("act-1", &new(None)).await.unwrap();
        assert_eq!(created.id.as_deref(), Some("sis-1"));
        assert_eq!(SubscriptionCalls(&client).list("act-1").await.unwrap()[0].endpoint, new(None).endpoint);
        assert_eq!(SubscriptionCalls(&client).get("act-1", "sis-1").await.unwrap().id, "sis-1");
        SubscriptionCalls(&client).update("act-1", "sis-1", &update(&[])).await.unwrap();
        SubscriptionCalls(&client)
            .update("act-1", "sis-1", &update(&[SubscriptionMember::Endpoint]))
            .await
            .unwrap();
        SubscriptionCalls(&client).delete("act-1", "sis-1").await.unwrap();
        let expected = [
            "POST /events/subscription?accountId=act-1",
            "GET /events/subscription?accountId=act-1",
            "GET /events/subscription/sis-1?accountId=act-1",
            "PUT /events/subscription/sis-1?accountId=act-1",
            "DELETE /events/subscription/sis-1?accountId=act-1",
        ];
        assert_eq!(stub.lines(), expected);
        let other = SubscriptionCalls(&client).get("act-1", "sis-2").await.unwrap_err();
        assert_eq!(other.failure, Failure::Unreadable, "another subscription's answer");
        let error = SubscriptionCalls(&client).list("").await.unwrap_err();
        assert_eq!((error.failure, error.without_effect), (Failure::Refused, true));
        assert_eq!(stub.lines().len(), 6, "no account, no call");
    }
}

#[tokio::test]
async fn a_list_with_a_hole_is_no_list() {
    let mut hole = item("sis-2");
    hole["endpoint"] = json!(null);
    for contract in [Production, Published] {
        for items in [&[item("sis-1"), hole.clone()], &[item("sis-1"), item("sis-1")]] {
            let (client, _stub) = client(contract, 200, &answer(items)).await;
            let error = SubscriptionCalls(&client).list("act-1").await.unwrap_err();
            assert_eq!(error.failure, Failure::Unreadable, "{}", error.message);
        }
    }
    let uncounted = json!({"response": {"items": [item("sis-1")]}});
    let (client, _stub) = client(Production, 200, &uncounted).await;
    assert_eq!(SubscriptionCalls(&client).list("act-1").await.unwrap_err().failure, Failure::Unreadable);
    let (client, _stub) = self::client(Published, 200, &uncounted).await;
    assert_eq!(SubscriptionCalls(&client).list("act-1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_told_is_production_s() {
    let (client, stub) = client(Published, 200, &json!({})).await;
    assert_eq!(SubscriptionCalls(&client).create("act-1", &new(None)).await.unwrap().id, None, "untyped");
    let error = SubscriptionCalls(&client).create("act-1", &new(Some(json!({})))).await.unwrap_err();
    assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true));
    assert_eq!(stub.lines().len(), 1);
}

#[tokio::test]
async fn a_missing_resource_is_told_from_other_refusals() {
    let refusal = |code: &str, message: &str| json!({"response": {"status": {"code": 400}, "errors": [{"code": code, "message": message}]}});
    // Code, message, whether it is the resource, what a read makes of it.
    let table = [
        ("CANT_CREATE_SUBSCRIPTION", "Resource 'sig-1' doesn't exist", true, Failure::Refused),
        ("CANT_CREATE_SUBSCRIPTION", "no", false, Failure::Refused),
        ("SUBSCRIPTION_DOESNT_EXIST", "", false, Failure::NotFound),
        ("Account_DOESNT_EXIST", "", false, Failure::Refused),
    ];
    for (code, message, resource, read) in table {
        let (client, _stub) = client(Production, 400, &refusal(code, message)).await;
        let error = SubscriptionCalls(&client).create("act-1", &new(None)).await.unwrap_err();
        assert_eq!((error.failure.clone(), error.code.as_deref()), (Failure::Refused, Some(code)));
        assert_eq!(resource_is_missing(&error), resource, "{code} {message}");
        assert_eq!(
            SubscriptionCalls(&client).get("act-1", "sis-1").await.unwrap_err().failure,
            read,
            "{code}"
        );
    }
}
