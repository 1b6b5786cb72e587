//! Event subscriptions: made, changed member by member, deleted, and of resources that are not there.

use std::collections::BTreeSet;

use orgkeeper::api::spot::Contract::{self, Production, Published};
use orgkeeper::engine::base::error::Failure;
use orgkeeper::vendors::spot::account::calls::AccountCalls;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::client::failure::resource_is_missing;
use orgkeeper::vendors::spot::subscription::calls::SubscriptionCalls;
use orgkeeper::vendors::spot::subscription::model::{
    NewSubscription, Subscription, SubscriptionMember, SubscriptionUpdate,
};
use serde_json::json;

use super::{RESOURCE, Vendor, missing, not_supported, refused, subscription};

const HOOK: &str = "https://hooks.example.com/a";
const NOWHERE: &str = "act-00000000";

fn web() -> NewSubscription {
    subscription(RESOURCE, "web", HOOK)
}

/// All of it that was asked for.
fn asked(found: Subscription) -> NewSubscription {
    let Subscription { resource_id, protocol, endpoint, event_type, event_format, .. } = found;
    NewSubscription { resource_id, protocol, endpoint, event_type, event_format }
}

async fn made(client: &SpotClient, account: &str, new: &NewSubscription) -> String {
    SubscriptionCalls(client).create(account, new).await.unwrap().id.expect("an id")
}

fn change(whole: NewSubscription, changed: &[SubscriptionMember]) -> SubscriptionUpdate {
    SubscriptionUpdate { whole, changed: changed.iter().copied().collect() }
}

#[tokio::test]
async fn a_subscription_from_its_making_to_its_end() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let mut new = web();
        if contract == Production {
            new.event_format = Some(json!({"instance": "%instance-id%", "nested": {"of": [1, null, "x"]}}));
        }
        let id = made(&client, &account, &new).await;
        let read = SubscriptionCalls(&client).get(&account, &id).await.unwrap();
        assert_eq!(SubscriptionCalls(&client).list(&account).await.unwrap(), std::slice::from_ref(&read));
        assert_eq!(asked(read), new);
        let twin = made(&client, &account, &new).await;
        assert_ne!(id, twin, "the same again is another one");

        SubscriptionCalls(&client).delete(&account, &id).await.unwrap();
        missing(SubscriptionCalls(&client).get(&account, &id).await);
        missing(SubscriptionCalls(&client).delete(&account, &id).await);
        missing(
            SubscriptionCalls(&client)
                .update(&account, &id, &change(web(), &[SubscriptionMember::Endpoint]))
                .await,
        );
        assert_eq!(SubscriptionCalls(&client).list(&account).await.unwrap()[0].id, twin);
    }
}

#[tokio::test]
async fn every_protocol_takes_its_own_form_of_endpoint() {
    let table = [
        ("http", "http://hooks.example.com/a"),
        ("https", HOOK),
        ("web", HOOK),
        ("email", "jo@example.com"),
        ("email-json", "jo@example.com"),
        ("aws-sns", "arn:aws:sns:us-east-1:123456789012:topic"),
    ];
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        for (protocol, endpoint) in table {
            let new = subscription(RESOURCE, protocol, endpoint);
            let id = made(&client, &account, &new).await;
            assert_eq!(asked(SubscriptionCalls(&client).get(&account, &id).await.unwrap()), new);
            let error = refused(
                SubscriptionCalls(&client)
                    .create(&account, &subscription(RESOURCE, protocol, "nothing of all this"))
                    .await,
            );
            assert!(!resource_is_missing(&error), "{error}");
        }
        assert_eq!(SubscriptionCalls(&client).list(&account).await.unwrap().len(), table.len());
    }
}

/// Each member on its own: what becomes of it, and by what the client asks for that.
fn edits(contract: Contract) -> Vec<(SubscriptionMember, NewSubscription)> {
    use SubscriptionMember as M;
    let mut edits = vec![
        (M::Protocol, NewSubscription { protocol: "https".into(), ..web() }),
        (M::Endpoint, subscription(RESOURCE, "web", "https://hooks.example.com/b")),
        (M::EventType, NewSubscription { event_type: "GROUP_ROLL_FAILED".into(), ..web() }),
    ];
    match contract {
        Production => {
            let format = |format| NewSubscription { event_format: Some(format), ..web() };
            edits.push((M::EventFormat, format(json!({"id": "%instance-id%"}))));
            edits.push((M::EventFormat, format(json!({}))));
            edits.push((M::EventFormat, web()));
        }
        Published => edits.push((M::Resource, subscription("sig-5e6f7a8b", "web", HOOK))),
    }
    edits
}

fn key(member: SubscriptionMember) -> &'static str {
    match member {
        SubscriptionMember::Resource => "resourceId",
        SubscriptionMember::Protocol => "protocol",
        SubscriptionMember::Endpoint => "endpoint",
        SubscriptionMember::EventType => "eventType",
        SubscriptionMember::EventFormat => "eventFormat",
    }
}

#[tokio::test]
async fn each_member_is_changed_in_place_and_the_others_stay() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        vendor.sandbox().world_mut().add_resource(&account, Some("sig-5e6f7a8b"), "other").unwrap();
        for (member, after) in edits(contract) {
            let mut before = web();
            if member == SubscriptionMember::EventFormat {
                before.event_format = Some(json!({"was": "%event%"}));
            }
            let id = made(&client, &account, &before).await;
            SubscriptionCalls(&client)
                .update(&account, &id, &change(after.clone(), &[member]))
                .await
                .unwrap();

            let sent = vendor.last_request().body["subscription"].clone();
            let sent: BTreeSet<_> = sent.as_object().expect("a body").keys().map(String::as_str).collect();
            match contract {
                Production => assert_eq!(sent, [key(member)].into(), "only what is new"),
                Published => assert_eq!(sent, ["endpoint", "eventType", "protocol", "resourceId"].into()),
            }
            let read = SubscriptionCalls(&client).get(&account, &id).await.unwrap();
            assert_eq!((&read.id, asked(read.clone())), (&id, after), "{contract:?} {member:?}");
        }
    }
}

#[tokio::test]
async fn several_members_are_changed_at_once_and_nothing_is_nothing() {
    use SubscriptionMember as M;
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let id = made(&client, &account, &web()).await;
        // To another form of endpoint only together with it.
        let mail = subscription(RESOURCE, "email", "jo@example.com");
        if contract == Production {
            refused(
                SubscriptionCalls(&client).update(&account, &id, &change(mail.clone(), &[M::Protocol])).await,
            );
            assert_eq!(asked(SubscriptionCalls(&client).get(&account, &id).await.unwrap()), web());
        }
        SubscriptionCalls(&client)
            .update(&account, &id, &change(mail.clone(), &[M::Protocol, M::Endpoint]))
            .await
            .unwrap();
        assert_eq!(asked(SubscriptionCalls(&client).get(&account, &id).await.unwrap()), mail);
        let calls = vendor.calls();
        SubscriptionCalls(&client).update(&account, &id, &change(web(), &[])).await.unwrap();
        assert_eq!(vendor.calls(), calls);
    }
}

#[tokio::test]
async fn the_resource_cannot_be_changed_in_production() {
    let vendor = Vendor::new(Production);
    let (client, account) = (vendor.client(), vendor.default_account());
    vendor.sandbox().world_mut().add_resource(&account, Some("sig-5e6f7a8b"), "other").unwrap();
    let id = made(&client, &account, &web()).await;
    let other = change(subscription("sig-5e6f7a8b", "web", HOOK), &[SubscriptionMember::Resource]);
    let error = refused(SubscriptionCalls(&client).update(&account, &id, &other).await);
    assert!(!resource_is_missing(&error), "it is there, and not allowed: {error}");
    assert_eq!(asked(SubscriptionCalls(&client).get(&account, &id).await.unwrap()), web());
}

#[tokio::test]
async fn a_resource_that_is_not_there_is_told_from_other_refusals() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let other = AccountCalls(&client).create("other").await.unwrap().id.unwrap();
        let unknown = subscription("sig-00000000", "web", HOOK);
        for (account, new) in [(&account, &unknown), (&other, &web())] {
            let error = refused(SubscriptionCalls(&client).create(account, new).await);
            // The document gives errors no codes: there the vendor's words alone tell people.
            assert_eq!(resource_is_missing(&error), contract == Production, "{error:?}");
            assert!(error.message.contains(&format!("'{}' doesn't exist", new.resource_id)), "{error}");
        }
        let nowhere = SubscriptionCalls(&client).create(NOWHERE, &web()).await.unwrap_err();
        assert!(nowhere.without_effect && !resource_is_missing(&nowhere), "it is the account: {nowhere:?}");
        assert_eq!(SubscriptionCalls(&client).list(&account).await.unwrap(), []);

        vendor.sandbox().world_mut().add_resource(&other, Some("sig-00000000"), "late").unwrap();
        made(&client, &other, &unknown).await;
    }
}

#[tokio::test]
async fn another_account_s_subscription_is_not_there() {
    for contract in [Production, Published] {
        let vendor = Vendor::new(contract);
        let (client, account) = (vendor.client(), vendor.default_account());
        let other = AccountCalls(&client).create("other").await.unwrap().id.unwrap();
        let id = made(&client, &account, &web()).await;
        assert_eq!(SubscriptionCalls(&client).list(&other).await.unwrap(), []);
        missing(SubscriptionCalls(&client).get(&other, &id).await);
        missing(
            SubscriptionCalls(&client)
                .update(&other, &id, &change(web(), &[SubscriptionMember::EventType]))
                .await,
        );
        missing(SubscriptionCalls(&client).delete(&other, &id).await);
        assert_eq!(SubscriptionCalls(&client).list(&account).await.unwrap()[0].id, id);
        let error = SubscriptionCalls(&client).list(NOWHERE).await.unwrap_err();
        assert_ne!(error.failure, Failure::NotFound, "a list that fails is no list without it: {error}");
    }
}

#[tokio::test]
async fn in_published_a_server_that_minds_no_account_shows_the_default_one_s() {
    let vendor = Vendor::started(Published, |start| start.ignore_account_scope = true);
    let (client, default) = (vendor.client(), vendor.default_account());
    let other = AccountCalls(&client).create("other").await.unwrap().id.unwrap();
    let id = made(&client, &other, &web()).await;
    for account in [&default, &other] {
        assert_eq!(
            SubscriptionCalls(&client).list(account).await.unwrap()[0].id,
            id,
            "that is why somebody must vouch"
        );
    }
    let told = NewSubscription { event_format: Some(json!({})), ..web() };
    let calls = vendor.calls();
    not_supported(SubscriptionCalls(&client).create(&default, &told).await);
    assert_eq!(vendor.calls(), calls);
}
