//! Notification policies: made, changed member by member, deleted.

use orgkeeper::api::spot::Contract::Production;
use orgkeeper::vendors::spot::client::SpotClient;
use orgkeeper::vendors::spot::notification_policy::calls::NotificationPolicyCalls;
use orgkeeper::vendors::spot::notification_policy::model::{
    ComputeConfig, Condition, PolicyDetail, PolicyMembers, RegisteredUser, Subscription,
};
use orgkeeper::vendors::spot::subscription::model::Endpoint;
use serde_json::json;

use super::{RESOURCE, Vendor, missing, notification_policy, refused};

async fn made(client: &SpotClient, account: &str) -> String {
    let new = notification_policy();
    NotificationPolicyCalls(client).create(account, "public", &new).await.unwrap().id.expect("an id")
}

/// What was asked for and is shown.
fn shown(read: &PolicyDetail) -> PolicyMembers {
    let channels = [("webhook", "webhook"), ("email", "email")];
    let subscription = |at: usize| {
        let one = &read.subscriptions[at];
        let (channel, _) = channels.into_iter().find(|(word, _)| *word == one.channel).expect("a channel");
        Subscription { channel, endpoint: one.endpoint.clone().expect("it is shown") }
    };
    PolicyMembers {
        name: Some(read.name.clone()),
        description: read.description.clone(),
        is_active: read.is_active,
        subscriptions: Some((0..read.subscriptions.len()).map(subscription).collect()),
        registered_users: Some(read.registered_users.clone()),
        config: Some(read.configs[0].config.clone()),
    }
}

#[tokio::test]
async fn a_policy_from_its_making_to_its_end() {
    let vendor = Vendor::new(Production);
    let (client, account) = (vendor.client(), vendor.default_account());
    let calls = NotificationPolicyCalls(&client);
    let id = made(&client, &account).await;
    let read = calls.get(&account, &id).await.unwrap();
    assert_eq!(read.configs[0].account.as_deref(), Some(&*account));
    assert_eq!(read.privacy_level.as_deref(), Some("public"));
    let expected =
        PolicyMembers { is_active: Some(true), registered_users: Some([].into()), ..notification_policy() };
    assert_eq!(shown(&read), expected);
    let rows = calls.list().await.unwrap();
    assert_eq!((rows.len(), &rows[0].id, rows[0].account.as_deref()), (1, &id, Some(&*account)));
    assert_ne!(made(&client, &account).await, id, "the same again is another one");
    calls.delete(&account, &id).await.unwrap();
    missing(calls.get(&account, &id).await);
    missing(calls.update(&account, &id, &notification_policy()).await);
    missing(calls.delete(&account, &id).await);
}

#[tokio::test]
async fn each_member_is_changed_in_place_and_the_others_stay() {
    let vendor = Vendor::new(Production);
    let (client, account) = (vendor.client(), vendor.default_account());
    let calls = NotificationPolicyCalls(&client);
    let email = {
        let sandbox = vendor.sandbox();
        let administrator = sandbox.world().oldest_organization().unwrap().administrator.clone();
        sandbox.world().user(&administrator).unwrap().1.email.clone()
    };
    let user = RegisteredUser { email: email.clone(), subscription_types: ["console".to_owned()].into() };
    let mail = Endpoint::from("ops@example.com".to_owned());
    let rule = Condition {
        identifier: "tag".into(),
        operator: "start_with".into(),
        expression: "team:payments".into(),
    };
    let events = notification_policy().config.unwrap().events;
    let by_id = ComputeConfig {
        events: events.clone(),
        resource_ids: [RESOURCE.into()].into(),
        ..Default::default()
    };
    let by_rule = ComputeConfig { events, rules: [[rule].into()].into(), ..Default::default() };
    let none = PolicyMembers::default;
    let edits = [
        ("name", PolicyMembers { name: Some("other".into()), ..none() }),
        ("description", PolicyMembers { description: Some("what for".into()), ..none() }),
        ("isActive", PolicyMembers { is_active: Some(false), ..none() }),
        (
            "subscriptions",
            PolicyMembers {
                subscriptions: Some(vec![Subscription { channel: "email", endpoint: mail }]),
                ..none()
            },
        ),
        (
            "registeredUsers",
            PolicyMembers { registered_users: Some([(email.to_lowercase(), user)].into()), ..none() },
        ),
        ("computePolicyConfig", PolicyMembers { config: Some(by_id), ..none() }),
        ("computePolicyConfig", PolicyMembers { config: Some(by_rule), ..none() }),
    ];
    for (member, edit) in edits {
        let id = made(&client, &account).await;
        let before = shown(&calls.get(&account, &id).await.unwrap());
        calls.update(&account, &id, &edit).await.unwrap();
        let sent = vendor.last_request().body.clone();
        assert_eq!(sent.as_object().expect("a body").keys().collect::<Vec<_>>(), [member], "flat: {sent}");
        let after = PolicyMembers {
            name: edit.name.or(before.name),
            description: edit.description.or(before.description),
            is_active: edit.is_active.or(before.is_active),
            subscriptions: edit.subscriptions.or(before.subscriptions),
            registered_users: edit.registered_users.or(before.registered_users),
            config: edit.config.or(before.config),
        };
        assert_eq!(shown(&calls.get(&account, &id).await.unwrap()), after, "{member}");
    }
}

#[tokio::test]
async fn what_the_vendor_refuses_is_no_absence() {
    let vendor = Vendor::new(Production);
    let (client, account) = (vendor.client(), vendor.default_account());
    let calls = NotificationPolicyCalls(&client);
    refused(calls.create("act-00000000", "public", &notification_policy()).await);
    refused(calls.create(&account, "private", &notification_policy()).await);
    let id = made(&client, &account).await;
    let nobody = RegisteredUser { email: "nobody@example.com".into(), subscription_types: [].into() };
    let users = PolicyMembers {
        registered_users: Some([("nobody@example.com".to_owned(), nobody)].into()),
        ..PolicyMembers::default()
    };
    refused(calls.update(&account, &id, &users).await);
    assert_eq!(calls.list().await.unwrap().len(), 1);
    // Hidden by a lag, it is read all the same.
    vendor.sandbox().set_lag(orgkeeper::sandbox::Lag::of_lists(jiff::SignedDuration::from_secs(10)));
    let other = made(&client, &account).await;
    assert_eq!(calls.list().await.unwrap().len(), 1);
    assert_eq!(calls.get(&account, &other).await.unwrap().id, other);
    assert_eq!(json!(calls.list().await.unwrap()[0].id), json!(id));
}
