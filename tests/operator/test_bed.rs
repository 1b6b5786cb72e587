//! What the other tests rely on: that the control plane behaves like a cluster.

use std::{io::Read as _, process::Command};

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, api::ListParams};

use crate::support::{
    cluster::Cluster,
    control_plane,
    wait::{PATIENCE, wait_until},
};

const TWO_MAPS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {key: value}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: two}
";

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("bed").await;
    let applied = cluster.apply(&namespace, TWO_MAPS).await;
    assert_eq!(applied.len(), 2);

    cluster.delete_namespace(&namespace).await;

    let maps: Api<ConfigMap> = Api::namespaced(cluster.client(), &namespace);
    assert!(maps.get_opt("one").await.unwrap().is_none());
}

#[tokio::test]
async fn what_belongs_to_a_deleted_owner_is_collected() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("bed").await;
    let owner = cluster.apply(&namespace, TWO_MAPS).await.swap_remove(0);
    let uid = owner.metadata.uid.unwrap();
    let dependent = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: dependent, ownerReferences: \
         [{{apiVersion: v1, kind: ConfigMap, name: one, uid: {uid}}}]}}}}"
    );
    cluster.apply(&namespace, &dependent).await;

    cluster.delete_and_wait(&namespace, TWO_MAPS).await;

    let maps: Api<ConfigMap> = Api::namespaced(cluster.client(), &namespace);
    wait_until(PATIENCE, "the dependent has gone", async || {
        maps.get_opt("dependent").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_tells_why_not() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("bed").await;

    cluster.dry_run(&namespace, TWO_MAPS).await.unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(cluster.client(), &namespace);
    assert!(maps.get_opt("one").await.unwrap().is_none());

    let wrong = "{apiVersion: v1, kind: ConfigMap, metadata: {name: Not_A_Name}}";
    let refusal = cluster.dry_run(&namespace, wrong).await.unwrap_err();
    assert!(refusal.contains("Not_A_Name"), "{refusal}");
}

#[tokio::test]
async fn a_service_account_may_do_what_a_role_says_and_no_more() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("bed").await;
    let client = cluster.service_account_client(&namespace, "default").await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    let all = ListParams::default();

    let refusal = maps.list(&all).await.unwrap_err();
    assert!(matches!(&refusal, kube::Error::Api(status) if status.is_forbidden()), "{refusal}");

    let binding = format!(
        "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: view}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}
subjects: [{{kind: ServiceAccount, name: default, namespace: {namespace}}}]
"
    );
    cluster.apply(&namespace, &binding).await;
    // The authorizer has a cache of its own.
    wait_until(PATIENCE, "the binding takes effect", async || maps.list(&all).await.ok()).await;
    let secrets: Api<Secret> = Api::namespaced(client, &namespace);
    assert!(secrets.list(&all).await.is_err());
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what() {
    let cluster = Cluster::shared().await;
    let Some(audit) = cluster.audit() else { return };
    let namespace = cluster.namespace("bed").await;
    cluster.apply(&namespace, TWO_MAPS).await;
    let mark = audit.mark().await;

    let client = cluster.service_account_client(&namespace, "default").await;
    let maps: Api<ConfigMap> = Api::namespaced(client, &namespace);
    maps.get_opt("one").await.unwrap_err();
    cluster.apply(&namespace, TWO_MAPS).await;

    let entries = audit.since(mark).await.namespace(&namespace);
    let refused = entries.clone().service_account(&namespace, "default");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].verb, "get");
    assert_eq!(refused[0].code(), 403);
    let writes = entries.writes().resource("configmaps").subresource("");
    assert_eq!(writes.clone().name("one").verb("patch").code(200).len(), 1);
    assert_eq!(writes.len(), 2, "what came before the mark is not there");
}

/// A shell stands for a test process: it is killed outright, and the control
/// plane, which it had started, ends on its own and leaves nothing behind.
#[tokio::test]
async fn the_control_plane_ends_with_a_killed_parent() {
    if control_plane::given().is_some() {
        control_plane::skip("is about the local control plane");
        return;
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", r#""$0" --parent $$ & wait"#]).arg(control_plane::binary());
    let (mut parent, ready) = control_plane::start_as_child_of(&mut shell);
    assert!(ready.data.is_dir());

    let mut stdout = parent.stdout.take().unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();

    // The control plane has the other end of the pipe until it ends.
    let end = tokio::task::spawn_blocking(move || stdout.read_to_end(&mut Vec::new()));
    let read = tokio::time::timeout(PATIENCE, end).await.expect("it ends");
    assert_eq!(read.unwrap().unwrap(), 0);
    assert!(!ready.data.exists(), "{} is left", ready.data.display());
}

/// One after the other, as each has its own moment between being accepted and being served.
#[tokio::test]
async fn crds_are_served_once_installed() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("bed").await;
    for number in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        let schema = "{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}";
        let crd = format!(
            "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: beds{number}.test.orgkeeper.dev}}
spec:
  group: test.orgkeeper.dev
  scope: Namespaced
  names: {{plural: beds{number}, singular: bed{number}, kind: Bed{number}}}
  versions:
  - {{name: v1, served: true, storage: true, schema: {schema}}}
  - {{name: v2, served: true, storage: false, schema: {schema}}}
  - {{name: v3, served: false, storage: false, schema: {schema}}}
"
        );
        std::fs::write(directory.path().join("beds.yaml"), crd).unwrap();

        cluster.install_crds_from(directory.path()).await;

        for version in ["v2", "v1"] {
            let bed = format!(
                "{{apiVersion: test.orgkeeper.dev/{version}, kind: Bed{number}, metadata: {{name: b}}}}"
            );
            cluster.apply(&namespace, &bed).await;
        }
    }
    cluster.delete_namespace(&namespace).await;
}
