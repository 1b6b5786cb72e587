//! What is accepted, and what the API server makes of it.

use super::{
    ACCOUNT, ALL, GROUP_OF_USERS, Kind, MACHINE, ORGANIZATION, USER, account_spec, change, changed, create,
};
use crate::support::cluster::Cluster;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{SpotAccount, SpotOrganization, SpotUser, SpotUserGroup};
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
    assert_eq!(accepted, 14);
}

/// Has the API server store the spec, and reads it through the type: nothing may be lost or added.
async fn assert_read_back<K: Managed + kube::Resource<Scope = kube::core::NamespaceResourceScope>>(
    cluster: &Cluster,
    namespace: &str,
    kind: Kind,
    name: &str,
    changes: &str,
) {
    let spec = changed((kind.spec)(), changes);
    create(cluster, namespace, kind, name, &spec).await.unwrap_or_else(|message| panic!("{message}: {spec}"));
    let read: K = Api::namespaced(cluster.client(), namespace).get(name).await.unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap()["spec"], spec);
}

#[tokio::test]
async fn a_full_spec_is_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    assert_read_back::<SpotAccount>(
        cluster,
        &namespace,
        ACCOUNT,
        "full",
        "{organizationRef: {namespace: platform}, name: Zahlungen 2, managementPolicy: Observe, driftPolicy: Report,
          deletionPolicy: Delete, suspend: true,
          adopt: {policy: Required, id: act-1a2b3c4d, applyUnreadable: true},
          slackNotificationChannels: [{url: 'https://hooks.slack.com/services/T0/B0/x'}, {urlSecretRef: {name: slack, key: url}}],
          allowed: [{kinds: [SpotUser, SpotUserGroup], maxRole: Viewer, namespaces: {from: All}}]}",
    )
    .await;
    assert_read_back::<SpotOrganization>(
        cluster,
        &namespace,
        ORGANIZATION,
        "full",
        "{connection: {endpoint: 'http://[::1]:8200/spot', contract: Published, requestsPerMinute: 10000, tokenUser: pu-1a2b3c4d,
            caBundle: \"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n\"},
          resyncInterval: 10s, managementPolicy: Observe, deletionPolicy: Delete, suspend: true,
          guard: {maxDestructivePerHour: 1000},
          allowed: [{kinds: [SpotAccount, SpotUser, SpotUserGroup], maxRole: Admin, namespaces: {from: Same}},
            {kinds: [SpotAccount], namespaces: {from: Selector, selector: {matchLabels: {a: b},
              matchExpressions: [{key: x, operator: NotIn, values: [blue]}, {key: z, operator: Exists}]}}}]}",
    )
    .await;
}

#[tokio::test]
async fn full_users_and_groups_are_accepted_and_read_back() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    let kept = "organizationRef: {namespace: platform}, managementPolicy: Observe, driftPolicy: Report,
        deletionPolicy: Delete, suspend: true, allowed: [{namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}]";
    let person = format!(
        "{{{kept}, human: {{email: j.o'doe+ci@mail.example.com, firstName: Jo Anne, lastName: O'Doe, role: Admin,
            passwordSecretRef: {{name: jo, key: password}}}},
          adopt: {{policy: Required, id: u-1a2b3c4d, applyUnreadable: true}}, grants: Additive,
          accounts: [{{accountRef: {{name: a, namespace: b}}, role: Editor}}, {{accountRef: {{id: act-1a2b3c4d}}, role: Viewer}}],
          userGroups: [{{groupRef: {{name: a, namespace: b}}}}, {{userGroupId: ugr-1a2b3c4d}}]}}"
    );
    assert_read_back::<SpotUser>(cluster, &namespace, USER, "person", &person).await;
    let policies =
        "policies: [{policyId: '3', accounts: [{name: a}, {name: a, namespace: b}, {id: act-1a2b3c4d}]},
        {policyName: Account Editor, allAccounts: true}, {policyId: pol-1a2b3c4d}]";
    let machine = format!(
        "{{{kept}, grants: Exclusive, {policies}, programmatic: {{name: ci, description: Builds}}, adopt: {{policy: IfExists, id: pu-1a2b3c4d}}}}"
    );
    assert_read_back::<SpotUser>(cluster, &namespace, MACHINE, "machine", &machine).await;
    let group = format!(
        "{{{kept}, {policies}, description: Who builds, adopt: {{policy: IfExists, id: ugr-1a2b3c4d}},
          members: [{{userRef: {{name: jo, namespace: b}}}}, {{userId: u-1a2b3c4d}}, {{userId: pu-1a2b3c4d}}]}}"
    );
    assert_read_back::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS, "group", &group).await;
    let nothing = "{managementPolicy: Manage, driftPolicy: Correct, members: [], policies: []}";
    assert_read_back::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS, "nothing", nothing).await;
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
    create(cluster, &namespace, MACHINE, "later", &(MACHINE.spec)()).await.unwrap();
    for changes in [
        json!({"adopt": {"id": "pu-1a2b3c4d"}}),
        json!({"accounts": [{"accountRef": {"name": "a"}, "role": "Viewer"}]}),
        json!({"accounts": null, "policies": [{"policyId": "3", "allAccounts": true}]}),
        json!({"programmatic": {"name": "build"}, "policies": [], "grants": "Additive"}),
    ] {
        let spec = json!({"spec": changes});
        change(cluster, &namespace, MACHINE, "later", &spec)
            .await
            .unwrap_or_else(|message| panic!("{spec}: {message}"));
    }
}

#[tokio::test]
async fn a_new_object_says_that_nobody_looked_at_it() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    for (index, kind) in ALL.into_iter().enumerate() {
        let created =
            create(cluster, &namespace, kind, &format!("fresh-{index}"), &(kind.spec)()).await.unwrap();
        assert_eq!(created["status"], json!({"observedGeneration": -1}), "{created:#}");
    }
}

#[tokio::test]
async fn the_types_have_the_defaults_of_the_api_server() {
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let namespace = cluster.namespace("schema").await;
    assert_same_defaults::<SpotOrganization>(cluster, &namespace, ORGANIZATION).await;
    assert_same_defaults::<SpotAccount>(cluster, &namespace, ACCOUNT).await;
    assert_same_defaults::<SpotUser>(cluster, &namespace, USER).await;
    assert_same_defaults::<SpotUserGroup>(cluster, &namespace, GROUP_OF_USERS).await;
}

async fn assert_same_defaults<K: Managed>(cluster: &Cluster, namespace: &str, kind: Kind) {
    let created = create(cluster, namespace, kind, "least", &(kind.spec)()).await.unwrap();
    let typed: K = serde_json::from_value(super::manifest(kind, "least", &(kind.spec)())).unwrap();
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
    for (index, kind) in ALL.into_iter().enumerate() {
        create(cluster, &namespace, kind, &format!("object-{index}"), &(kind.spec)()).await.unwrap();
    }
    cluster.delete_namespace(&namespace).await;
    let namespaces: Api<Namespace> = Api::all(cluster.client());
    assert!(namespaces.get_opt(&namespace).await.unwrap().is_none());
}
