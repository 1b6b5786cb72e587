//! Taking it away.

use serde_json::json;

use super::{
    helm::{PLATFORM, last},
    shell::Shell,
    walk::{Ledger, Reader},
};
use crate::support::house::{ACME, House, Kind};

const HOLDER: &str = "kubectl --namespace orgkeeper-system get lease orgkeeper --ignore-not-found -o jsonpath='{.spec.holderIdentity}'";
const READY: &str = "curl --silent localhost:8080/readyz";
// What is taken away is in force for a moment longer.
const TRIED: &str = "kubectl --namespace platform delete spotorganization acme --dry-run=server 2>&1 || true";
const TAKEN: &str = "took the Lease for good";

/// Lets go of everything and takes it up again, as the page of operations has it.
pub async fn operations(ledger: &Ledger, shell: &mut Shell, house: &House) {
    let mut page = Reader::open("docs/operations.md", ledger, shell);
    let ran = page.read("## Flags").await;
    page.said(
        "`orgkeeper run --help` has the same flags.",
        last(&ran),
        &["--watch-namespaces", "--sweep-calls"],
    );
    page.turn_to("## What Delete means");
    page.read("## Stopping and removing it").await;
    house.sandbox.forget_requests().await;
    let ran = page.read("Until then it says in its log that it waits").await;
    page.said("and removes our finalizers", &ran[0], &["let go of SpotOrganization", "let go of Secret"]);
    let holder = page.run(HOLDER).await;
    page.until(&holder, "somebody has the Lease again", |said| {
        said.starts_with("orgkeeper-") && said != "orgkeeper-release"
    })
    .await;
    let held = |object: &serde_json::Value| !object["metadata"]["finalizers"].is_null();
    house.becomes(Kind::Organization, PLATFORM, ACME, "taken up again", held).await;
    house.ready(Kind::Organization, PLATFORM, ACME).await;
    assert!(house.sandbox.writes().await.is_empty(), "It says nothing to the vendor.");
    page.rest().await;
}

pub async fn with_helm(ledger: &Ledger, shell: &mut Shell, house: &House) {
    house.sandbox.forget_requests().await;
    let mut page = Reader::open("docs/uninstall.md", ledger, shell);
    // One that would ask before it is deleted.
    house.patch(Kind::Organization, PLATFORM, ACME, &json!({"spec": {"deletionPolicy": "Delete"}})).await;
    page.turn_after("It calls no vendor. With your own kubeconfig");
    let ran = page.read("or in the cluster, with the operator's rights").await;
    let [dry, real] = &ran[..] else { panic!("{ran:?}") };
    page.said(
        "$ orgkeeper release --dry-run",
        dry,
        &["SpotOrganization platform/acme", "nothing was changed"],
    );
    let all = ["let go of SpotOrganization", "let go of Secret"];
    page.said("removes the finalizers from objects and Secrets", real, &all);
    page.read("With Helm, the notes of the release").await;
    let ran = page.read("The operator may run on meanwhile").await;
    page.said("have the same Job with its image", last(&ran), &["kind: Job", "orgkeeper release"]);
    let ready = page.run(READY).await;
    page.until(&ready, "it notices that it has lost the Lease, starts anew, and waits", |said| {
        said.contains(TAKEN)
    })
    .await;
    page.read("With kustomize, without the kinds").await;
    let tried = page.run(TRIED).await;
    page.until(&tried, "the admission policy is in force no more", |said| said.contains("deleted")).await;
    let left = page.run("kubectl --namespace orgkeeper-system get leases,secrets,pods").await;
    page.said(
        "The chart leaves behind the Lease `orgkeeper`, which is still held",
        &left,
        &["orgkeeper-release", "secret/orgkeeper-fingerprints"],
    );
    assert!(!left.said.contains("pod/"), "{}", left.said);
    page.turn_to("## 3. Remove the objects");
    let ran = page.section().await;
    page.said("The Secrets with tokens of machine users stay", last(&ran), &["ci-token"]);
    let ran = page.section().await;
    page.said("kubectl get spot --all-namespaces", &ran[0], &["No resources found"]);
    assert!(house.sandbox.writes().await.is_empty(), "Taking orgkeeper away deletes nothing at the vendor");
    let left = page.run("kubectl get crds -o name").await;
    assert_eq!(left.said, "", "the kinds are gone");
}
