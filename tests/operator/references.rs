//! What refers to an organization: it waits, starts at once, and follows grants and labels.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, Kind},
    object::Row::{Stalled, Waiting},
    operator::{Operator, Run},
    sandbox::{Sandbox, TOKEN},
};

/// A house where nothing is looked at again by itself before a test ends: what happens was woken.
async fn house(namespaces: usize) -> (House, Operator) {
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::with_namespaces("references", namespaces, sandbox).await;
    let run = Run::with(&["--slow-retry", "1h", "--backoff-limit", "1h"]);
    let operator = house.start_with(&run).await;
    (house, operator)
}

fn organization(house: &House, spec: &Value) -> Value {
    let mut organization = house.organization();
    organization["spec"]["resyncInterval"] = json!("1h");
    for (member, value) in spec.as_object().unwrap() {
        organization["spec"][member] = value.clone();
    }
    organization
}

fn account(house: &House, namespace: &str, name: &str) -> Value {
    let mut account = house.account(name);
    account["metadata"]["namespace"] = json!(namespace);
    account["spec"]["organizationRef"] = json!({"name": ACME, "namespace": house.namespace()});
    account
}

async fn label(house: &House, namespace: &str, team: &Value) {
    let namespaces: Api<Namespace> = Api::all(house.cluster.client());
    let patch = Patch::Merge(json!({"metadata": {"labels": {"team": team}}}));
    namespaces.patch(namespace, &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test]
async fn an_account_waits_for_its_organization_and_starts_at_once() {
    let (house, operator) = house(1).await;
    let (acme, payments) = (house.the_organization(ACME), house.the_account("payments"));
    house.apply(&[house.account("payments")]).await;
    payments.stands(Waiting, "ReferenceNotFoundOrNotAllowed").await;
    house.apply(&[organization(&house, &json!({}))]).await;
    acme.stands(Waiting, "SecretNotFound").await;
    payments.stands(Waiting, "DependencyNotReady").await;
    house.apply(&[house.token_secret(TOKEN)]).await;
    acme.ready().await;
    payments.ready().await;
    house.sandbox.one("payments").await;

    // A token that changes later is picked up as soon.
    house.apply(&[house.token_secret("nobody's")]).await;
    acme.stands(Stalled, "TokenRefused").await;
    payments.stands(Waiting, "DependencyNotReady").await;
    house.apply(&[house.token_secret(TOKEN)]).await;
    acme.ready().await;
    payments.ready().await;
    house.close(operator).await;
}

#[tokio::test]
async fn a_grant_by_selector_follows_the_labels_of_namespaces() {
    let (house, operator) = house(3).await;
    let [home, labelled, other] = house.namespaces.as_slice() else { panic!("three namespaces") };
    let granted = json!({"allowed": [{
        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "payments"}}},
        "kinds": ["SpotAccount"],
    }]});
    label(&house, labelled, &json!("payments")).await;
    label(&house, other, &json!("billing")).await;
    let accounts =
        [account(&house, labelled, "one"), account(&house, other, "two"), account(&house, home, "three")];
    house.apply(&accounts).await;
    house.apply(&[house.token_secret(TOKEN), organization(&house, &granted)]).await;
    let one = house.object(Kind::Account, labelled, "one");
    let two = house.object(Kind::Account, other, "two");
    let three = house.object(Kind::Account, home, "three");

    one.ready().await;
    for refused in [&two, &three] {
        refused.stands(Waiting, "ReferenceNotFoundOrNotAllowed").await;
    }
    label(&house, other, &json!("payments")).await;
    two.ready().await;
    label(&house, labelled, &Value::Null).await;
    one.stands(Stalled, "NotAllowed").await;
    label(&house, labelled, &json!("payments")).await;
    one.ready().await;
    // The organization's own namespace has to be named where anything is.
    let acme = house.the_organization(ACME);
    let mut wider = granted["allowed"].as_array().unwrap().clone();
    wider.push(json!({"namespaces": {"from": "Same"}, "kinds": ["SpotAccount"]}));
    acme.edit(&json!({"allowed": wider})).await;
    three.ready().await;
    for name in ["one", "two", "three"] {
        house.sandbox.one(name).await;
    }
    house.close(operator).await;
}

#[tokio::test]
async fn what_is_outside_the_listed_namespaces_is_left_alone() {
    let (house, operator) = house(2).await;
    let away = house.cluster.namespace("unwatched").await;
    // Everything is there, and would be ready within a moment.
    let elsewhere = |mut manifest: Value| {
        manifest["metadata"]["namespace"] = json!(away);
        manifest
    };
    let manifests = [house.token_secret(TOKEN), house.organization(), house.account("away")];
    house.apply(&manifests.map(elsewhere)).await;
    let granted = json!({"allowed": [{"namespaces": {"from": "All"}, "kinds": ["SpotAccount"]}]});
    house.apply(&[house.token_secret(TOKEN), organization(&house, &granted)]).await;
    house.apply(&[account(&house, &house.namespaces[1], "near"), account(&house, &away, "far")]).await;

    house.object(Kind::Account, &house.namespaces[1], "near").ready().await;
    let (ready, page) = operator.page("/readyz").await;
    assert!(ready == 200 && page.contains(&house.namespaces.join(", ")), "{page}");
    for (kind, name) in [(Kind::Organization, ACME), (Kind::Account, "away"), (Kind::Account, "far")] {
        let object = house.object(kind, &away, name).get().await;
        assert_eq!(object["status"]["observedGeneration"], -1, "{name}: {object}");
        assert!(object["metadata"]["finalizers"].is_null(), "{name}");
    }
    assert!(house.sandbox.named("away").await.is_empty() && house.sandbox.named("far").await.is_empty());
    house.cluster.delete_namespace(&away).await;
    house.close(operator).await;
}
