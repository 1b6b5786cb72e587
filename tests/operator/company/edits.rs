//! One commit that changes a little of everything: the vendor is written exactly that.

use futures::FutureExt as _;
use serde_json::json;

use super::scene::{Scene, Vendor, place};
use crate::support::{
    console::{Write, effect},
    house::Kind,
    side_by_side::side_by_side,
};

const SUBSCRIPTION: &str = "/events/subscription/{subscriptionId}";

/// The writes that the commit takes.
fn expected(vendor: Vendor) -> Vec<Write> {
    let mut writes = vec![
        effect("PUT", "/setup/account/{accountId}"),
        effect("PUT", "/setup/access/policy/{policyId}"),
        effect("DELETE", "/setup/user/{userId}"),
        // A moved endpoint, and one whose Secret has changed.
        effect("PUT", SUBSCRIPTION),
        effect("PUT", SUBSCRIPTION),
    ];
    writes.extend(match vendor {
        Vendor::Production => vec![
            effect("PUT", "/setup/account/{accountId}/user"),
            // Tried first, as what does not work must not take the place of what does.
            ("POST".into(), "/azure/setup/credentials/validation".into(), false),
            effect("POST", "/azure/setup/credentials"),
            // The live service does not take another resource: a new one, then the old one goes.
            effect("POST", "/events/subscription"),
            effect("DELETE", SUBSCRIPTION),
            // It tells by the Secret that has changed, too.
            effect("PUT", "/notificationCenter/policy/{notificationPolicyId}"),
        ],
        Vendor::Published | Vendor::Unverified => vec![
            effect("PUT", "/setup/user/{userId}"),
            effect("POST", "/setup/credentials/azure"),
            effect("PUT", SUBSCRIPTION),
        ],
    });
    writes
}

async fn commit(vendor: Vendor) {
    let mut scene = Scene::samples(vendor).await;
    let sandbox = &scene.house.sandbox;
    let (users, subscriptions) = (sandbox.users().await.len(), sandbox.subscriptions().await);
    let before = sandbox.credentials().await;

    scene.manifest("SpotAccount", "payments-staging")["spec"]["name"] = json!("payments-test");
    scene.manifest("SpotUser", "ellis")["spec"]["accounts"][1]["role"] = json!("Viewer");
    let policy = scene.manifest("AccessPolicy", "read-only");
    let statement = json!({"effect": "Allow", "actions": ["managedInstance:describe*"], "resources": ["*"]});
    policy["spec"]["statements"].as_array_mut().unwrap().push(statement);
    let azure = scene.manifest("Secret", "azure-experiments");
    azure["stringData"]["client-secret"] = json!("another-secret-of-experiments");
    let webhooks = scene.manifest("Secret", "webhooks");
    let moved = "https://incidents.example.com/spot/another-secret-of-incidents";
    webhooks["stringData"]["incidents"] = json!(moved);
    scene.manifest("EventSubscription", "no-capacity")["spec"]["endpoint"] = json!("on-call@example.com");
    scene.manifest("EventSubscription", "staging-updated")["spec"]["resourceId"] = json!("sig-9c8b7a6d");
    let lane = scene.remove("SpotUser", "lane");

    let deed = async |scene: &Scene| {
        let (namespace, name) = place(&lane);
        scene.house.delete(Kind::User, namespace, name).await;
        scene.house.apply(&scene.manifests).await;
        scene.house.gone(Kind::User, namespace, name).await;
    };
    scene.writes("one commit", deed, expected(vendor)).await;

    let sandbox = &scene.house.sandbox;
    let account = sandbox.one("payments-test").await.id;
    let policy = sandbox.policy("read-only").await;
    let content = policy.statements.or(policy.permissions).unwrap_or_default();
    assert!(content.to_string().contains("managedInstance"), "{content}");
    assert_eq!(sandbox.users().await.len(), users - 1);
    assert!(sandbox.users_named("lane@example.com").await.is_empty());
    let after = sandbox.credentials().await;
    let differ = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!((differ, after.len()), (1, before.len()), "one secret");
    let now = sandbox.subscriptions().await;
    assert_eq!(now.len(), subscriptions.len());
    let of = |endpoint: &str| now.iter().filter(|one| one.endpoint == endpoint).count();
    assert_eq!((of(moved), of("on-call@example.com"), of("payments@example.com")), (1, 1, 0));
    let at = |resource: &str| now.iter().filter(|one| one.resource_id == resource).collect::<Vec<_>>();
    assert!(at("sig-2b3c4d5e").is_empty());
    assert_eq!(at("sig-9c8b7a6d").first().map(|one| &one.account), Some(&account));
    scene.close().await;
}

#[tokio::test]
async fn one_commit_that_changes_a_little_of_everything_costs_exactly_that() {
    let vendors = [Vendor::Production, Vendor::Published];
    side_by_side(vendors.map(|vendor| (format!("{vendor:?}"), commit(vendor).boxed_local())).into()).await;
}
