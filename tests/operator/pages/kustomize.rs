//! Installed with Helm as it is, then with kustomize, and left by way of every mistake.

use std::sync::Arc;

use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use super::{
    helm::{PLATFORM, TYPED, last},
    node::Node,
    shell::Shell,
    walk::{Ledger, Reader},
    way::{VENDOR, Way},
};
use crate::support::{
    cluster::Cluster,
    house::{ACME, House, Kind},
    sandbox::{ORGANIZATION, Sandbox},
};

pub async fn journey(ledger: &Ledger) {
    let cluster = Cluster::alone().await;
    let way = Arc::new(Way::open().await);
    let vendor = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
    way.leads(VENDOR, vendor.url());
    let house = House::for_helm(cluster, "pages", 0, vendor).await;
    let mut shell = Shell::open(cluster, &way.environment());
    std::os::unix::fs::symlink(env!("CARGO_MANIFEST_DIR"), shell.file("orgkeeper")).unwrap();
    let walk = async {
        helm_alone(ledger, &mut shell, &house).await;
        instead(ledger, &mut shell, &house).await;
        overlay(ledger, &mut shell).await;
        another_order(ledger, &mut shell, &house).await;
    };
    Node::start(cluster, Arc::clone(&way)).carries(walk).await;
}

/// An organization, and an account that goes at the vendor with its object.
async fn declare(shell: &mut Shell, house: &House) {
    let typed = "kubectl create namespace platform && kubectl --namespace platform create secret generic spot-token \
                 --from-file token=/dev/stdin";
    assert!(shell.run(typed, TYPED).await.went_well);
    let object = |kind: Kind, name: &str, spec: Value| {
        json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1", "kind": kind.resource().kind,
            "metadata": {"name": name, "namespace": PLATFORM}, "spec": spec,
        })
    };
    let connection = json!({"tokenSecretRef": {"name": "spot-token", "key": "token"}});
    let organization = json!({"organizationId": ORGANIZATION, "connection": connection});
    let account = json!({"organizationRef": {"name": ACME}, "name": "one", "deletionPolicy": "Delete"});
    for manifest in [object(Kind::Organization, ACME, organization), object(Kind::Account, "one", account)] {
        house.cluster.apply("", &manifest.to_string()).await;
    }
    house.ready(Kind::Account, PLATFORM, "one").await;
}

async fn helm_alone(ledger: &Ledger, shell: &mut Shell, house: &House) {
    Reader::open("docs/install.md", ledger, shell).read("Once there are releases").await;
    declare(shell, house).await;
    house.sandbox.forget_requests().await;
    let mut page = Reader::open("docs/uninstall.md", ledger, shell);
    page.read("or in the cluster, with the operator's rights").await;
    page.turn_to("## 2. Remove the operator");
    page.read("With kustomize, without the kinds").await;
    page.turn_to("## When it was done in another order");
    let ran = page.read("It takes the Lease first, as a process that still ran would go on writing.").await;
    page.said("`orgkeeper release` needs no running operator", last(&ran), &["0 objects were let go of"]);
}

/// With kustomize, to the same objects.
async fn instead(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let mut page = Reader::open("docs/install.md", ledger, shell);
    page.turn_to("## With kustomize");
    page.read("That installs what the chart installs").await;
    let mut page = Reader::open("docs/upgrade.md", ledger, page.shell());
    page.turn_to("## With kustomize");
    page.section().await;

    let mut page = Reader::open("docs/uninstall.md", ledger, page.shell());
    page.turn_to("## To come back");
    let ready = page.run("curl --silent localhost:8080/readyz").await;
    page.until(&ready, "it is still held", |said| said.contains("took the Lease for good")).await;
    page.rest().await;
    let held = |object: &Value| !object["metadata"]["finalizers"].is_null();
    house
        .becomes(Kind::Account, PLATFORM, "one", "Objects that were kept still have their status", held)
        .await;
    house.ready(Kind::Account, PLATFORM, "one").await;
    assert!(house.sandbox.writes().await.is_empty(), "and go on from there");

    let mut page = Reader::open("docs/upgrade.md", ledger, page.shell());
    page.turn_to("## Back to an older version");
    page.turn_after("With kustomize, from the older folder");
    page.section().await;
    house.ready(Kind::Account, PLATFORM, "one").await;
}

async fn overlay(ledger: &Ledger, shell: &mut Shell) {
    let mut page = Reader::open("docs/install.md", ledger, shell);
    page.turn_to("## With kustomize");
    page.read("## On kind").await;
    let made = page.run("kubectl kustomize .").await;
    let changed = [
        "namespace: spot-admin",
        "registry.example.com/orgkeeper:",
        "--allowed-endpoints=https://spot.example.com",
    ];
    page.said("To change something, make an overlay", &made, &changed);
    page.said("the subjects of the bindings too", &made, &[]);
    assert!(!made.said.contains("namespace: orgkeeper-system"), "{}", made.said);
    page.turn_to("## Values that matter");
    page.section().await;
}

/// The operator is gone, and everything with it but the objects.
async fn another_order(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let mut page = Reader::open("docs/upgrade.md", ledger, shell);
    page.turn_to("## Moving to another cluster");
    page.rest().await;
    let pods = page.run("kubectl --namespace orgkeeper-system get pods").await;
    page.until(&pods, "it is stopped", |said| said.contains("No resources found")).await;
    house.sandbox.forget_requests().await;
    let mut page = Reader::open("docs/uninstall.md", ledger, page.shell());
    page.turn_to("## 2. Remove the operator");
    page.turn_after("With kustomize, without the kinds");
    page.read("The chart leaves behind the Lease").await;
    page.run("kubectl delete namespace platform --wait=false").await;

    page.turn_to("## When it was done in another order");
    page.turn_after("`orgkeeper release` needs no running operator");
    let ran = page.section().await;
    let [pods, released] = &ran[..] else { panic!("{ran:?}") };
    page.said("make sure first that no process of orgkeeper runs", pods, &["No resources found"]);
    page.said("With `--without-lease` it asks for no Lease at all", released, &["let go of SpotAccount"]);
    let gone = page.run("kubectl get namespaces -o name").await;
    page.until(&gone, "what stayed *Terminating* goes", |said| !said.contains("namespace/platform")).await;
    assert!(house.sandbox.writes().await.is_empty(), "nothing is deleted at the vendor");
    assert_eq!(last(&ran).command, "orgkeeper release --namespace default --without-lease");
}
