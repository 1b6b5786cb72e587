//! Event subscriptions.

use serde_json::{Value, json};

use super::super::*;
use super::sent;
use crate::engine::base::error::Failure;
use crate::vendors::spot::client::request::Subject;
use crate::vendors::spot::subscription::decode::subscription;
use crate::vendors::spot::subscription::model::{
    Endpoint, NewSubscription, SubscriptionMember, SubscriptionUpdate,
};
use crate::vendors::spot::subscription::requests;

const ALL: &str = "/events/subscription";
const ONE: &str = "/events/subscription/{subscriptionId}";

fn new(event_format: Option<Value>) -> NewSubscription {
    NewSubscription {
        resource_id: "sig-1".into(),
        protocol: "web".into(),
        endpoint: Endpoint::from("https://hooks.example/a".to_owned()),
        event_type: "GROUP_UPDATED".into(),
        event_format,
    }
}

fn update(event_format: Option<Value>, changed: &[SubscriptionMember]) -> SubscriptionUpdate {
    SubscriptionUpdate { whole: new(event_format), changed: changed.iter().copied().collect() }
}

#[test]
fn subscriptions_are_asked_for_as_each_contract_has_them() {
    use SubscriptionMember::{Endpoint, EventFormat, EventType, Protocol};
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let whole = json!({"resourceId": "sig-1", "protocol": "web", "endpoint": "https://hooks.example/a",
        "eventType": "GROUP_UPDATED"});
    let format = json!({"key": "%instance-id%"});
    let mut formatted = whole.clone();
    formatted["eventFormat"] = format.clone();
    let (create, change) =
        ("POST /events/subscription?accountId=act-1", "PUT /events/subscription/sis-1?accountId=act-1");
    let table = [
        (production.create_subscription("act-1", &new(None)), create, &whole),
        (production.create_subscription("act-1", &new(Some(format.clone()))), create, &formatted),
        (published.create_subscription("act-1", &new(None)), create, &whole),
        (
            production.update_subscription("act-1", "sis-1", &update(None, &[Endpoint])),
            change,
            &json!({"endpoint": "https://hooks.example/a"}),
        ),
        (
            production.update_subscription("act-1", "sis-1", &update(None, &[EventFormat])),
            change,
            &json!({"eventFormat": null}),
        ),
        (
            production.update_subscription(
                "act-1",
                "sis-1",
                &update(Some(format.clone()), &[Protocol, EventType, EventFormat]),
            ),
            change,
            &json!({"protocol": "web", "eventType": "GROUP_UPDATED", "eventFormat": format}),
        ),
        (published.update_subscription("act-1", "sis-1", &update(None, &[Endpoint])), change, &whole),
    ];
    for (request, line, body) in table {
        let (route, subject) =
            if line == create { (ALL, Subject::NOTHING) } else { (ONE, requests::SUBJECT) };
        assert_eq!(sent(request), (line.to_owned(), route, Some(json!({ "subscription": body })), subject));
    }
    let table = [
        (
            requests::list("act 1&a=b"),
            "GET /events/subscription?accountId=act%201%26a%3Db",
            ALL,
            Subject::NOTHING,
        ),
        (
            requests::get("act-1", "sis/1"),
            "GET /events/subscription/sis%2F1?accountId=act-1",
            ONE,
            requests::SUBJECT,
        ),
        (
            requests::delete("act-1", "sis-1"),
            "DELETE /events/subscription/sis-1?accountId=act-1",
            ONE,
            requests::SUBJECT,
        ),
    ];
    for (request, line, route, subject) in table {
        assert_eq!(sent(request), (line.to_owned(), route, None, subject));
    }
}

#[test]
fn nothing_is_asked_about_no_account_and_no_subscription() {
    for name in [ContractName::Production, ContractName::Published] {
        let contract = named(name);
        let update = update(None, &[SubscriptionMember::Endpoint]);
        let requests = [
            requests::list(""),
            contract.create_subscription("", &new(None)),
            requests::get("", "sis-1"),
            contract.update_subscription("", "sis-1", &update),
            requests::delete("", "sis-1"),
            requests::get("act-1", ""),
            contract.update_subscription("act-1", "..", &update),
            requests::delete("act-1", ""),
        ];
        for request in requests {
            let error = request.expect_err("nobody");
            assert_eq!((error.failure, error.without_effect), (Failure::Refused, true));
        }
        let formatted = Some(json!({}));
        let refused = [
            contract.create_subscription("act-1", &new(formatted.clone())).err(),
            contract
                .update_subscription(
                    "act-1",
                    "sis-1",
                    &self::update(formatted, &[SubscriptionMember::EventType]),
                )
                .err(),
        ];
        for error in refused {
            let expected = (!contract.supports(Capability::EventFormat)).then_some(Failure::NotSupported);
            assert_eq!(error.map(|error| error.failure), expected, "{name:?}");
        }
    }
}

#[test]
fn what_is_sent_is_what_is_read() {
    let new = new(Some(json!({"a": ["%event%"]})));
    let request = named(ContractName::Production).create_subscription("act-1", &new).expect("a request");
    let mut item = request.call.body.expect("a body")["subscription"].take();
    item["id"] = json!("sis-1");
    let read = subscription(&item).expect("a subscription");
    let read = NewSubscription {
        resource_id: read.resource_id,
        protocol: read.protocol,
        endpoint: read.endpoint,
        event_type: read.event_type,
        event_format: read.event_format,
    };
    assert_eq!(read, new);
}
