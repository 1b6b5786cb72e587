//! What is accepted, and what the API server makes of it.

use super::{ACCOUNT, ORGANIZATION, account_spec, change, changed, create, organization_spec};
use crate::support::cluster::Cluster;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use orgkeeper::api::spot::{SpotAccount, SpotOrganization};
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test]
async fn every_sample_is_accepted() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let read = |file: &str| std::fs::read_to_string(dir.join(file)).unwrap();
    let kustomization: Value = serde_saphyr::from_str(&read("kustomization.yaml")).unwrap();
    let mut accepted = 0;
    for file in kustomization["resources"].as_array().unwrap() {
        for mut sample in serde_saphyr::from_multiple::<Value>(&read(file.as_str().unwrap())).unwrap() {
            // A dry run needs the namespace to exist: the test's own stands for it.
            if sample["metadata"].get("namespace").is_some() {
                sample["metadata"]["namespace"] = json!(namespace);
            }
            let text = sample.to_string();
            cluster.dry_run(&namespace, &text).await.unwrap_or_else(|message| panic!("{message}: {text}"));
            accepted += 1;
        }
    }
    assert_eq!(accepted, 10);
}

#[tokio::test]
async fn a_full_spec_is_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let account = changed(
        account_spec(),
        "{organizationRef: {namespace: platform}, name: Zahlungen 2, managementPolicy: Observe, driftPolicy: Report,
          deletionPolicy: Delete, suspend: true,
          adopt: {policy: Required, id: act-1a2b3c4d, applyUnreadable: true},
          slackNotificationChannels: [{url: 'https://hooks.slack.com/services/T0/B0/x'}, {urlSecretRef: {name: slack, key: url}}]}",
    );
    create(cluster, &namespace, ACCOUNT, "full", &account).await.unwrap();
    let read: SpotAccount = Api::namespaced(cluster.client(), &namespace).get("full").await.unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap()["spec"], account);

    let organization = changed(
        organization_spec(),
        "{connection: {endpoint: 'http://[::1]:8200/spot', contract: Published, requestsPerMinute: 10000,
            caBundle: \"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"},
          resyncInterval: 10s, managementPolicy: Observe, deletionPolicy: Delete, suspend: true,
          allowed: [{kinds: [SpotAccount], namespaces: {from: Same}},
            {kinds: [SpotAccount], namespaces: {from: Selector, selector: {matchLabels: {a: b},
              matchExpressions: [{key: x, operator: NotIn, values: [blue]}, {key: z, operator: Exists}]}}}]}",
    );
    create(cluster, &namespace, ORGANIZATION, "full", &organization).await.unwrap();
    let read: SpotOrganization = Api::namespaced(cluster.client(), &namespace).get("full").await.unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap()["spec"], organization);
}

#[tokio::test]
async fn what_may_be_set_once_may_be_set_later() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    create(cluster, &namespace, ACCOUNT, "later", &account_spec()).await.unwrap();
    for changes in [
        json!({"adopt": {"policy": "Required"}}),
        json!({"adopt": {"id": "act-1a2b3c4d"}}),
        json!({"adopt": {"policy": null}}),
        json!({"name": "renamed", "slackNotificationChannels": []}),
    ] {
        let spec = json!({"spec": changes});
        change(cluster, &namespace, ACCOUNT, "later", &spec)
            .await
            .unwrap_or_else(|message| panic!("{spec}: {message}"));
    }
}

#[tokio::test]
async fn a_new_object_says_that_nobody_looked_at_it() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    for (kind, spec) in [(ACCOUNT, account_spec()), (ORGANIZATION, organization_spec())] {
        let created = create(cluster, &namespace, kind, "fresh", &spec).await.unwrap();
        assert_eq!(created["status"], json!({"observedGeneration": -1}), "{created:#}");
    }
}

#[tokio::test]
async fn the_types_have_the_defaults_of_the_api_server() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let created = create(cluster, &namespace, ORGANIZATION, "least", &organization_spec()).await.unwrap();
    let typed: SpotOrganization =
        serde_json::from_value(super::manifest(ORGANIZATION, "least", &organization_spec())).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap()["spec"], created["spec"]);

    let created = create(cluster, &namespace, ACCOUNT, "least", &account_spec()).await.unwrap();
    let typed: SpotAccount =
        serde_json::from_value(super::manifest(ACCOUNT, "least", &account_spec())).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap()["spec"], created["spec"]);
}

#[tokio::test]
async fn accounts_can_be_listed_by_organization() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let accounts: Api<SpotAccount> = Api::namespaced(cluster.client(), &namespace);
    for (name, organization) in [("a", "606079800001"), ("b", "606079800002")] {
        create(cluster, &namespace, ACCOUNT, name, &account_spec()).await.unwrap();
        let status = kube::api::Patch::Merge(json!({"status": {"organizationId": organization}}));
        accounts.patch_status(name, &kube::api::PatchParams::default(), &status).await.unwrap();
    }
    let second = ListParams::default().fields("status.organizationId=606079800002");
    let found: Vec<String> =
        accounts.list(&second).await.unwrap().iter().map(ResourceExt::name_any).collect();
    assert_eq!(found, ["b"]);
}

#[tokio::test]
async fn what_happens_to_a_namespace_does_not_ask_the_schema() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    create(cluster, &namespace, ACCOUNT, "a", &account_spec()).await.unwrap();
    create(cluster, &namespace, ORGANIZATION, "o", &organization_spec()).await.unwrap();
    cluster.delete_namespace(&namespace).await;
    let namespaces: Api<Namespace> = Api::all(cluster.client());
    assert!(namespaces.get_opt(&namespace).await.unwrap().is_none());
}
