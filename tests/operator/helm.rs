//! Installed by Helm, and run exactly as the Deployment says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use k8s_openapi::{
    api::{coordination::v1::Lease, core::v1::Namespace},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams},
};
use orgkeeper::engine::lead::lease::RELEASED;
use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::{
    company::scene::{Scene, Vendor, place},
    release::release,
    support::{
        cluster::Cluster,
        helm::{Release, chart, free_port, may_run, package},
        house::{ACME, House, Kind, LONG},
        object::Row::Waiting,
        samples::{self, TEAMS},
        sandbox::{Sandbox, TOKEN},
        wait::wait_until,
    },
};

/// What an earlier chart's kinds did not have.
const LATER: &str = "slackNotificationChannels";
const ACCOUNTS: &str = "spotaccounts.spot.orgkeeper.dev";

/// Values with which the operator is as quick as a test needs it.
pub fn values(sandbox: &Sandbox) -> Value {
    json!({
        "config": {
            "allowedEndpoints": [sandbox.url()],
            "settle": "2s", "callTimeout": "1s", "backoff": "100ms", "backoffLimit": "2s", "slowRetry": "3s",
            "log": {"filter": "info,orgkeeper=debug", "format": "text"},
        },
        "leaderElection": {"leaseDuration": "4s", "leaseRenew": "1s"},
        "http": {"address": "127.0.0.1", "port": free_port()},
        // It must not outlive the test.
        "extraArgs": ["--exit-with-stdin"],
    })
}

pub fn merge(mut values: Value, more: &Value) -> Value {
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    values
}

/// The chart as it might have been once: a field fewer, packaged.
fn earlier(directory: &Path) -> PathBuf {
    let old = directory.join("orgkeeper");
    copy(&chart(), &old);
    let file = old.join("Chart.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.starts_with("version:") {
        true => "version: 0.0.1",
        false => line,
    });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let file = old.join("files/crds/spot.orgkeeper.dev_spotaccounts.yaml");
    let mut crd: Value = serde_saphyr::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
    let spec = crd.pointer_mut(spec).unwrap();
    assert!(spec["properties"].as_object_mut().unwrap().remove(LATER).is_some());
    if let Some(rules) = spec["x-kubernetes-validations"].as_array_mut() {
        rules.retain(|rule| !rule["rule"].as_str().unwrap().contains(LATER));
    }
    std::fs::write(&file, crd.to_string()).unwrap();
    package(&old, directory)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Whether the API server's definition of accounts has the later field.
async fn knows_the_later_field(cluster: &Cluster) -> bool {
    let crds: Api<CustomResourceDefinition> = Api::all(cluster.client());
    let crd = serde_json::to_value(crds.get(ACCOUNTS).await.unwrap()).unwrap();
    let spec = crd.pointer("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties").unwrap();
    spec.get(LATER).is_some()
}

/// The uids of all objects.
async fn uids(scene: &Scene) -> BTreeMap<(Kind, String), String> {
    let mut uids = BTreeMap::new();
    for (manifest, kind) in scene.objects() {
        let (namespace, name) = place(manifest);
        let object = scene.house.get(kind, namespace, name).await.unwrap();
        uids.insert((kind, name.to_owned()), object["metadata"]["uid"].as_str().unwrap().to_owned());
    }
    uids
}

#[tokio::test]
async fn a_company_lives_through_an_upgrade_and_outlives_the_release() {
    if !may_run() {
        return;
    }
    // The kinds and the admission policies are the cluster's.
    let cluster = Cluster::alone().await;
    let sandbox = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
    let values = values(&sandbox);
    let mut house = House::for_helm(cluster, "helm", TEAMS.len(), sandbox).await;
    let whole = samples::manifests(&house);
    let mut manifests = whole.clone();
    for manifest in &mut manifests {
        if let Some(spec) = manifest.get_mut("spec").and_then(Value::as_object_mut) {
            spec.remove(LATER);
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let notes = house.helm("orgkeeper", &earlier(directory.path()), &values).await;
    assert!(notes.contains("orgkeeper release"), "the notes say how to take it away: {notes}");
    assert!(!knows_the_later_field(cluster).await);
    let mut scene = Scene::set(Vendor::Production, house, manifests).await;
    let before = uids(&scene).await;

    // All of it stays as it is under the new chart, and the new field can be used.
    scene.house.sandbox.forget_requests().await;
    scene.house.helm("orgkeeper", &chart(), &values).await;
    assert!(knows_the_later_field(cluster).await);
    scene.stop().await;
    scene.start().await;
    scene.look().await;
    scene.stands().await;
    assert_eq!(uids(&scene).await, before);
    assert!(scene.house.sandbox.writes().await.is_empty(), "an upgrade is no news to the vendor");
    scene.manifests = whole;
    scene.house.apply(&scene.manifests).await;
    scene.stands().await;
    assert!(!scene.house.sandbox.writes().await.is_empty());

    // Away with it, and nothing is said to the vendor.
    scene.house.sandbox.forget_requests().await;
    let (went_well, said) = release(&scene.house, &[]).await;
    assert!(went_well, "{said}");
    scene.ends().await;
    Release::new(cluster.kubeconfig_path(), &scene.house.home, "orgkeeper").uninstall();
    assert!(knows_the_later_field(cluster).await, "the kinds stay");
    assert_eq!(uids(&scene).await, before, "and so do the objects");
    let namespaces: Api<Namespace> = Api::all(cluster.client());
    for namespace in &scene.house.namespaces {
        namespaces.delete(namespace, &DeleteParams::default()).await.unwrap();
    }
    wait_until(LONG, "the namespaces have gone", async || {
        let left = namespaces.list(&ListParams::default()).await.unwrap();
        let ours = left.iter().filter(|one| scene.house.namespaces.contains(&one.name_any()));
        (ours.count() == 0).then_some(())
    })
    .await;
    assert!(scene.house.sandbox.writes().await.is_empty(), "nothing at the vendor is touched");
    scene.close().await;
}

#[tokio::test]
async fn whoever_installs_it_again_is_told_that_its_lease_is_still_held() {
    if !may_run() {
        return;
    }
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("again").await;
    let values = json!({
        "crds": {"install": false},
        "userRoles": {"create": false},
        "admission": {"confirmDelete": {"enabled": false}, "approvers": {"enabled": false}},
        "leaderElection": {"leaseName": "theirs"},
        "watch": {"namespaces": [namespace]},
    });
    let name = format!("orgkeeper-{namespace}");
    let release = Release::new(cluster.kubeconfig_path(), &namespace, &name);
    let command = format!("kubectl delete lease -n {namespace} theirs");
    assert!(!release.upgrade(&chart(), &values).contains(&command), "there is none");
    let leases: Api<Lease> = Api::namespaced(cluster.client(), &namespace);
    let held_by = |holder: &str| {
        json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "theirs"},
            "spec": {"holderIdentity": holder},
        })
    };
    cluster.apply(&namespace, &held_by("orgkeeper-0").to_string()).await;
    assert!(!release.upgrade(&chart(), &values).contains(&command), "a process works");
    cluster.apply(&namespace, &held_by(RELEASED).to_string()).await;
    assert!(release.upgrade(&chart(), &values).contains(&command));
    leases.delete("theirs", &DeleteParams::default()).await.unwrap();
    release.uninstall();
}

#[tokio::test]
async fn with_rights_in_some_namespaces_it_keeps_those_and_says_so() {
    if !may_run() {
        return;
    }
    let cluster = Cluster::shared().await;
    cluster.install_crds().await;
    let sandbox = Sandbox::start(Contract::Production).await;
    let cut = merge(
        values(&sandbox),
        &json!({
            // They are the cluster's, and there already.
            "crds": {"install": false},
            "userRoles": {"create": false},
            "admission": {"confirmDelete": {"enabled": false}, "approvers": {"enabled": false}},
        }),
    );
    let mut house = House::for_helm(cluster, "listed", 2, sandbox).await;
    let cut = merge(cut, &json!({"watch": {"namespaces": house.namespaces}}));
    let away = cluster.namespace("unlisted").await;
    let mark = match cluster.audit() {
        Some(audit) => Some((audit.mark().await, audit)),
        None => None,
    };
    let release = format!("orgkeeper-{}", house.home);
    house.helm(&release, &chart(), &cut).await;
    let operator = house.start().await;

    let mut organization = house.organization();
    organization["spec"]["allowed"] =
        json!([{"namespaces": {"from": "All"}, "kinds": ["SpotAccount", "SpotUser"]}]);
    let mut near = house.account("near");
    near["metadata"]["namespace"] = json!(house.namespaces[1]);
    near["spec"]["organizationRef"] = json!({"name": ACME, "namespace": house.namespaces[0]});
    let mut outside = house.account("outside");
    outside["spec"]["organizationRef"] = json!({"name": ACME, "namespace": away});
    house.apply(&[house.token_secret(TOKEN), organization, near, outside]).await;
    house.object(Kind::Account, &house.namespaces[1], "near").ready().await;
    house.sandbox.one("near").await;

    let listed = house.namespaces.join(", ");
    let outside = house.the_account("outside");
    outside.stands(Waiting, "ReferenceNotFoundOrNotAllowed").await;
    let message = outside.get().await["status"]["conditions"][0]["message"].to_string();
    assert!(message.contains(&format!("watches only the namespaces {listed}")), "{message}");
    let (status, page) = operator.page("/readyz").await;
    assert!(status == 200 && page.contains(&listed), "{page}");
    assert!(operator.log().lines().any(|line| line.contains("orgkeeper starts") && line.contains(&listed)));

    if let Some((mark, audit)) = mark {
        let made = audit.since(mark).await.service_account(&house.home, &release);
        assert!(!made.is_empty());
        let refused = made.clone().code(403);
        assert_eq!(refused.len(), 0, "{refused:#?}");
        assert_eq!(made.namespace(&away).len(), 0, "it looks at no other namespace");
    }
    house.close(operator).await;
}
