//! The admission policy that asks once more before something goes at the vendor.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use orgkeeper::api::{annotation, spot::SpotAccount};
use serde_json::json;

use crate::support::{
    admission::policy,
    cluster::Cluster,
    wait::{PATIENCE, wait_until},
};

const POLICY: &str = "confirm_delete.yaml";

async fn create(accounts: &Api<SpotAccount>, name: &str, policy: Option<&str>) {
    let account = json!({
        "apiVersion": "spot.orgkeeper.dev/v1alpha1",
        "kind": "SpotAccount",
        "metadata": {"name": name},
        "spec": {"organizationRef": {"name": "acme"}, "name": name, "deletionPolicy": policy},
    });
    let account: SpotAccount = serde_json::from_value(account).unwrap();
    accounts.create(&PostParams::default(), &account).await.unwrap();
}

async fn confirm(accounts: &Api<SpotAccount>, name: &str, word: &str) {
    let body = Patch::Merge(json!({"metadata": {"annotations": {annotation::CONFIRM_DELETE: word}}}));
    accounts.patch(name, &PatchParams::default(), &body).await.unwrap();
}

/// The API server's refusal, if it refuses.
async fn refusal(accounts: &Api<SpotAccount>, name: &str, params: &DeleteParams) -> Option<String> {
    match accounts.delete(name, params).await {
        Ok(_) => None,
        Err(kube::Error::Api(status)) if status.code == 403 => Some(status.message),
        Err(error) => panic!("{name}: {error}"),
    }
}

/// The API server's refusal of a patch, if it refuses.
async fn unchanged(accounts: &Api<SpotAccount>, name: &str, body: serde_json::Value) -> Option<String> {
    match accounts.patch(name, &PatchParams::default(), &Patch::Merge(body)).await {
        Ok(_) => None,
        Err(kube::Error::Api(status)) if status.code == 403 => Some(status.message),
        Err(error) => panic!("{name}: {error}"),
    }
}

#[tokio::test]
async fn what_is_being_deleted_goes_at_the_vendor_too_only_when_confirmed_by_name() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("confirm-late").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    for (name, policy) in
        [("silent", None), ("stays", Some("Orphan")), ("goes", Some("Delete")), ("lives", None)]
    {
        create(&accounts, name, policy).await;
        // Something that waits, as orgkeeper does for what depends on an account.
        let held = json!({"metadata": {"finalizers": ["example.com/held"]}});
        assert_eq!(unchanged(&accounts, name, held).await, None);
    }
    let really = DeleteParams::default();
    // Begun before there was a policy, as a confirmed one is.
    accounts.delete("goes", &really).await.unwrap();
    cluster.apply("", &policy(POLICY, &namespace)).await;
    create(&accounts, "probe", Some("Delete")).await;
    wait_until(PATIENCE, "the policy holds", async || {
        refusal(&accounts, "probe", &DeleteParams::default().dry_run()).await
    })
    .await;
    for name in ["silent", "stays"] {
        assert_eq!(refusal(&accounts, name, &really).await, None);
    }

    let policy_is = |policy: &str| json!({"spec": {"deletionPolicy": policy}});
    for name in ["silent", "stays"] {
        let message = unchanged(&accounts, name, policy_is("Delete")).await.unwrap();
        assert!(
            message.contains(&format!("set the annotation orgkeeper.dev/confirm-delete: {name}")),
            "{message}"
        );
        confirm(&accounts, name, "another").await;
        assert!(unchanged(&accounts, name, policy_is("Delete")).await.is_some(), "another object's name");
        // Whatever leaves the policy as it was is nobody's question: labels, and Orphan said aloud.
        let label = json!({"metadata": {"labels": {"seen": "yes"}}});
        assert_eq!(unchanged(&accounts, name, label).await, None);
        assert_eq!(unchanged(&accounts, name, policy_is("Orphan")).await, None);
        confirm(&accounts, name, name).await;
        assert_eq!(unchanged(&accounts, name, policy_is("Delete")).await, None, "confirmed by name");
    }
    // One that goes already may be patched, as orgkeeper does until it is gone; one that is not being
    // deleted may be given the policy, as its deletion will be asked about.
    let label = json!({"metadata": {"labels": {"seen": "yes"}}});
    assert_eq!(unchanged(&accounts, "goes", label).await, None);
    assert_eq!(unchanged(&accounts, "lives", policy_is("Delete")).await, None);
    for name in ["silent", "stays", "goes"] {
        let free = json!({"metadata": {"finalizers": null}});
        assert_eq!(unchanged(&accounts, name, free).await, None);
        wait_until(PATIENCE, "it has gone", async || {
            accounts.get_opt(name).await.unwrap().is_none().then_some(())
        })
        .await;
    }
    cluster.delete("", &policy(POLICY, &namespace)).await;
}

#[tokio::test]
async fn what_would_go_at_the_vendor_is_deleted_only_when_confirmed_by_name() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("confirm").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    for (name, policy) in [("goes", Some("Delete")), ("stays", Some("Orphan")), ("silent", None)] {
        create(&accounts, name, policy).await;
    }
    cluster.apply("", &policy(POLICY, &namespace)).await;
    // The API server takes a policy up a moment after it is stored.
    let message = wait_until(PATIENCE, "the policy holds", async || {
        refusal(&accounts, "goes", &DeleteParams::default().dry_run()).await
    })
    .await;
    assert!(message.contains("set the annotation orgkeeper.dev/confirm-delete: goes first"), "{message}");

    let really = DeleteParams::default();
    confirm(&accounts, "goes", "another").await;
    assert!(refusal(&accounts, "goes", &really).await.is_some(), "another object's name confirms nothing");
    assert!(refusal(&accounts, "stays", &really).await.is_none());
    assert!(refusal(&accounts, "silent", &really).await.is_none());
    let all = accounts.delete_collection(&really, &ListParams::default()).await;
    assert!(matches!(all, Err(kube::Error::Api(status)) if status.code == 403), "not all at once either");

    let namespaces: Api<Namespace> = Api::all(cluster.client());
    namespaces.delete(&namespace, &really).await.unwrap();
    wait_until(PATIENCE, "the namespace says what it waits for", async || {
        let conditions = namespaces.get(&namespace).await.unwrap().status?.conditions?;
        conditions
            .iter()
            .any(|condition| {
                condition.type_ == "NamespaceDeletionContentFailure"
                    && condition.message.as_deref().unwrap_or_default().contains(annotation::CONFIRM_DELETE)
            })
            .then_some(())
    })
    .await;
    assert!(accounts.get_opt("goes").await.unwrap().is_some());

    confirm(&accounts, "goes", "goes").await;
    wait_until(PATIENCE, "the namespace has gone", async || {
        namespaces.get_opt(&namespace).await.unwrap().is_none().then_some(())
    })
    .await;
    cluster.delete("", &policy(POLICY, &namespace)).await;
}
