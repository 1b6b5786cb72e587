//! What goes with an object, what stays, and in which order.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::{Api, ResourceExt, api::DeleteParams};
use orgkeeper::{
    api::{annotation, finalizer},
    sandbox::Fault,
    sandbox::spot::{Contract, Spot},
};
use serde_json::{Value, json};

use crate::support::{
    house::{ACME, House, LONG, TOKEN_SECRET},
    object::{Object, Row::Waiting},
    operator::Operator,
    sandbox::{Request, Sandbox, TOKEN},
    wait::wait_until,
};

/// The route of an organization's deletion.
const ORGANIZATION: &str = "/setup/organization/{organizationId}";

/// A house whose organization has these members besides, and is ready.
async fn house(name: &str, organization: &Value) -> (House, Operator) {
    house_of(Contract::Production, name, organization).await
}

async fn house_of(contract: Contract, name: &str, organization: &Value) -> (House, Operator) {
    let house = House::build(name, Sandbox::start(contract).await).await;
    let operator = house.start().await;
    house.apply_organization().await;
    let acme = house.the_organization(ACME);
    acme.edit(organization).await;
    acme.ready().await;
    (house, operator)
}

/// An account with this policy, if any, which is ready.
async fn account<'a>(house: &'a House, name: &str, policy: Option<&str>) -> Object<'a> {
    let mut manifest = house.account(name);
    if let Some(policy) = policy {
        manifest["spec"]["deletionPolicy"] = json!(policy);
    }
    house.apply(&[manifest]).await;
    let account = house.the_account(name);
    account.ready().await;
    account
}

/// What was deleted at the vendor. A call whose answer was lost may be repeated: it names the id.
async fn deletions(house: &House) -> Vec<Request> {
    let mut writes = house.sandbox.writes().await;
    writes.retain(|request| request.method == "DELETE" && request.effect);
    writes
}

fn secrets(house: &House) -> Api<Secret> {
    Api::namespaced(house.cluster.client(), house.namespace())
}

/// Waits until the token Secret is held for a deletion, or is not.
async fn held(house: &House, held: bool) {
    let secrets = secrets(house);
    wait_until(LONG, &format!("the Secret is held: {held}"), async || {
        let secret = secrets.get(TOKEN_SECRET).await.unwrap();
        let is = secret.finalizers().iter().any(|name| name == finalizer::SECRET_IN_USE);
        (is == held).then_some(())
    })
    .await;
}

#[tokio::test]
async fn delete_takes_along_orphan_leaves_and_what_was_adopted_stays() {
    let (house, operator) = house("deletion", &json!({})).await;
    for name in ["adopted", "adopted-goes"] {
        house.sandbox.create(name).await;
    }
    // What it is, the policy in its manifest, the effective one.
    let table = [
        ("goes", Some("Delete"), "Delete"),
        ("stays", Some("Orphan"), "Orphan"),
        ("silent", None, "Orphan"),
        ("adopted", None, "Orphan"),
        ("adopted-goes", Some("Delete"), "Delete"),
    ];
    for (name, policy, effective) in table {
        let object = account(&house, name, policy).await;
        assert_eq!(object.get().await["status"]["deletionPolicy"], effective, "{name}");
    }
    for (name, ..) in table {
        house.the_account(name).delete().await;
    }
    for (name, _, effective) in table {
        house.the_account(name).gone().await;
        let left = house.sandbox.named(name).await.len();
        assert_eq!(left, usize::from(effective == "Orphan"), "{name}");
    }
    assert_eq!(deletions(&house).await.len(), 2);
    house.close(operator).await;
}

#[tokio::test]
async fn an_organization_waits_for_those_that_depend_on_it_and_names_them() {
    for contract in [Contract::Production, Contract::Published] {
        let (house, operator) = house_of(contract, "deletion", &json!({"deletionPolicy": "Delete"})).await;
        let acme = house.the_organization(ACME);
        let payments = account(&house, "payments", Some("Delete")).await;
        let billing = account(&house, "billing", Some("Orphan")).await;
        held(&house, true).await;

        acme.delete().await;
        let message = acme.says("DeletionBlocked", "HasDependents").await;
        for part in ["/payments", "/billing", "delete these first", "orgkeeper.dev/abandon"] {
            assert!(message.contains(part), "{message}");
        }
        // Those below are still kept.
        billing.edit(&json!({"name": "renamed"})).await;
        billing.ready().await;
        house.sandbox.one("renamed").await;

        payments.delete().await;
        payments.gone().await;
        assert!(house.sandbox.named("payments").await.is_empty());
        acme.becomes("waiting for billing alone", |object| {
            let conditions = object["status"]["conditions"].to_string();
            conditions.contains("/billing") && !conditions.contains("/payments")
        })
        .await;
        assert_eq!(deletions(&house).await.len(), 1);
        billing.delete().await;
        billing.gone().await;
        acme.gone().await;
        let last = deletions(&house).await.pop().unwrap();
        assert!(last.route.starts_with("/setup/organization") && last.effect, "{last:?}");
        held(&house, false).await;
        house.close(operator).await;
    }
}

#[tokio::test]
async fn what_is_abandoned_or_suspended_is_left_without_a_call() {
    let (house, operator) = house("deletion", &json!({"deletionPolicy": "Delete"})).await;
    let acme = house.the_organization(ACME);
    let asleep = account(&house, "asleep", Some("Delete")).await;
    let payments = account(&house, "payments", Some("Delete")).await;
    let stuck = account(&house, "stuck", Some("Delete")).await;

    asleep.edit(&json!({"suspend": true})).await;
    asleep.says("Suspended", "Suspended").await;
    asleep.delete().await;
    asleep.gone().await;

    // Without its organization's token nothing can be deleted: a person may let go.
    house.apply(&[house.token_secret("nobody's")]).await;
    payments.stands(Waiting, "DependencyNotReady").await;
    stuck.delete().await;
    let message = stuck.says("DeletionBlocked", "TokenNeeded").await;
    assert!(message.contains("TokenRefused") && message.contains("orgkeeper.dev/abandon"), "{message}");
    stuck.annotate(annotation::ABANDON, "true").await;
    stuck.gone().await;

    house.apply(&[house.token_secret(TOKEN)]).await;
    payments.ready().await;
    acme.delete().await;
    acme.says("DeletionBlocked", "HasDependents").await;
    acme.annotate(annotation::ABANDON, "true").await;
    acme.gone().await;
    payments
        .becomes("without an organization", |object| {
            object["status"]["conditions"].to_string().contains("ReferenceNotFoundOrNotAllowed")
        })
        .await;
    assert!(deletions(&house).await.is_empty());

    // Another manifest takes it up again; a suspended organization is left as well.
    house.apply_organization().await;
    acme.edit(&json!({"deletionPolicy": "Delete", "suspend": true})).await;
    acme.says("Suspended", "Suspended").await;
    payments.delete().await;
    payments.gone().await;
    acme.delete().await;
    acme.gone().await;
    assert!(deletions(&house).await.is_empty());
    for name in ["asleep", "payments", "stuck"] {
        house.sandbox.one(name).await;
    }
    house.close(operator).await;
}

#[tokio::test]
async fn a_token_secret_is_held_for_as_long_as_a_deletion_needs_it() {
    let (house, operator) = house("deletion", &json!({})).await;
    let payments = account(&house, "payments", None).await;
    held(&house, false).await;
    payments.edit(&json!({"deletionPolicy": "Delete"})).await;
    held(&house, true).await;
    payments.edit(&json!({"deletionPolicy": "Orphan"})).await;
    held(&house, false).await;
    payments.edit(&json!({"deletionPolicy": "Delete"})).await;
    held(&house, true).await;

    // By itself it goes when a person deletes it: its namespace stays.
    let secrets = secrets(&house);
    secrets.delete(TOKEN_SECRET, &DeleteParams::default()).await.unwrap();
    wait_until(LONG, "the Secret has gone", async || {
        secrets.get_opt(TOKEN_SECRET).await.unwrap().is_none().then_some(())
    })
    .await;
    house.the_organization(ACME).stands(Waiting, "SecretNotFound").await;
    payments.delete().await;
    payments.says("DeletionBlocked", "TokenNeeded").await;

    house.apply(&[house.token_secret(TOKEN)]).await;
    payments.gone().await;
    assert!(house.sandbox.named("payments").await.is_empty());
    held(&house, false).await;
    house.close(operator).await;
}

/// Deletes the namespace and, at once, the token Secret in it.
async fn delete_all(house: &House) {
    let namespaces: Api<Namespace> = Api::all(house.cluster.client());
    namespaces.delete(house.namespace(), &DeleteParams::default()).await.unwrap();
    let deleted = secrets(house).delete(TOKEN_SECRET, &DeleteParams::default()).await;
    // The namespace controller may have been faster.
    assert!(deleted.is_ok() || secrets(house).get_opt(TOKEN_SECRET).await.unwrap().is_none());
}

async fn namespace_gone(house: &House) {
    let namespaces: Api<Namespace> = Api::all(house.cluster.client());
    wait_until(LONG, "the namespace has gone", async || {
        namespaces.get_opt(house.namespace()).await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_namespace_that_is_deleted_whole_takes_along_what_says_so() {
    let (house, operator) = house("namespace", &json!({"deletionPolicy": "Delete"})).await;
    account(&house, "goes", Some("Delete")).await;
    account(&house, "stays", Some("Orphan")).await;
    held(&house, true).await;

    // The vendor fails for a while, and the operator dies in the middle.
    let broken = json!({"method": "DELETE", "fault": {"kind": "serverError"}});
    house.sandbox.fault(&Fault::read::<Spot>("", broken).unwrap()).await;
    delete_all(&house).await;
    house.the_account("goes").says("DeletionBlocked", "VendorUnreachable").await;
    operator.kill9().await;
    house.sandbox.clear_faults().await;
    let operator = house.start().await;
    namespace_gone(&house).await;
    let routes: Vec<(String, bool)> = deletions(&house)
        .await
        .into_iter()
        .map(|call| (call.route, call.effect))
        .filter(|(_, effect)| *effect)
        .collect();
    assert_eq!(
        routes,
        [("/setup/account/{accountId}".to_owned(), true), (ORGANIZATION.to_owned(), true)],
        "the account, and then what held it"
    );
    house.close(operator).await;
}

#[tokio::test]
async fn a_namespace_that_is_deleted_whole_leaves_what_is_orphaned() {
    let (house, operator) = house("namespace", &json!({"deletionPolicy": "Orphan"})).await;
    account(&house, "payments", Some("Orphan")).await;
    account(&house, "billing", None).await;
    // It is deleted while no operator runs: the next one finds everything half gone.
    operator.kill9().await;
    delete_all(&house).await;
    for object in [house.the_account("payments"), house.the_account("billing"), house.the_organization(ACME)]
    {
        object.becomes("being deleted", |object| !object["metadata"]["deletionTimestamp"].is_null()).await;
    }
    let operator = house.start().await;
    namespace_gone(&house).await;
    assert!(deletions(&house).await.is_empty());
    house.sandbox.one("payments").await;
    house.sandbox.one("billing").await;
    house.close(operator).await;
}
