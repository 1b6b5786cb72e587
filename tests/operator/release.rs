//! `orgkeeper release`: before an uninstall, everything in the cluster is let go of, and nothing at the
//! vendor is touched.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use k8s_openapi::api::{coordination::v1::Lease, core::v1::Secret};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, ListParams},
};
use orgkeeper::sandbox::spot::Contract;
use serde_json::json;
use tokio::process::Command;

use crate::support::{
    house::{ACME, House, Kind, LONG, TOKEN_SECRET},
    operator::Operator,
    sandbox::Sandbox,
    wait::wait_until,
};

const LEASE: &str = "orgkeeper";
const SAID: &str = "took the Lease for good";

/// Carries the subcommand out with the operator's own rights: whether it went well, and what it said.
pub async fn release(house: &House, flags: &[&str]) -> (bool, String) {
    release_in(house, &house.home, flags).await
}

async fn release_in(house: &House, home: &str, flags: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgkeeper"));
    command.arg("release").arg("--kubeconfig").arg(house.kubeconfig());
    command.args(["--namespace", home, "--watch-namespaces", &house.namespaces.join(",")]);
    let output = command.args(["--lease-duration", "4s"]).args(flags).output().await.unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), said)
}

/// What in the house has a finalizer.
async fn held(house: &House) -> Vec<String> {
    let mut held = Vec::new();
    for namespace in &house.namespaces {
        for kind in Kind::ALL {
            let objects = house.api(kind, namespace).list(&ListParams::default()).await.unwrap();
            held.extend(objects.into_iter().filter(|one| !one.finalizers().is_empty()).map(|o| o.name_any()));
        }
        let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), namespace);
        let secrets = secrets.list(&ListParams::default()).await.unwrap();
        held.extend(secrets.into_iter().filter(|one| !one.finalizers().is_empty()).map(|o| o.name_any()));
    }
    held.sort();
    held
}

/// Waits until a process that may not work has said why.
async fn waits(operator: &Operator) {
    wait_until(LONG, "it says why it waits", async || operator.log().contains(SAID).then_some(())).await;
    assert!(!operator.leads().await);
    wait_until(LONG, "it tells where people look", async || {
        let (status, page) = operator.page("/readyz").await;
        (status == 200 && page.contains(SAID)).then_some(())
    })
    .await;
}

/// A house with an organization and an account that both go with their objects, and are ready.
async fn house() -> (House, Operator) {
    let house = House::build("release", Sandbox::start(Contract::Production).await).await;
    let operator = house.start().await;
    house.apply_organization().await;
    house.the_organization(ACME).edit(&json!({"deletionPolicy": "Delete"})).await;
    let mut payments = house.account("payments");
    payments["spec"]["deletionPolicy"] = json!("Delete");
    house.apply(&[payments]).await;
    house.the_organization(ACME).ready().await;
    house.the_account("payments").ready().await;
    wait_until(LONG, "all is held", async || {
        (held(&house).await == [ACME, "payments", TOKEN_SECRET]).then_some(())
    })
    .await;
    (house, operator)
}

#[tokio::test]
async fn everything_is_let_go_of_and_nothing_puts_it_back() {
    let (house, leader) = house().await;
    let standby = house.start().await;
    house.sandbox.forget_requests().await;

    let (went_well, said) = release(&house, &["--dry-run"]).await;
    assert!(went_well && said.contains("3 objects; nothing was changed"), "{said}");
    assert_eq!(held(&house).await.len(), 3);

    let (went_well, said) = release(&house, &[]).await;
    assert!(went_well, "{said}");
    for part in ["is taken for good from", "waits 4 s", "let go of SpotAccount", "let go of Secret"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!leader.wait_exit().await.success(), "who had the Lease ends");
    // Neither who waited for the Lease takes it, nor who starts now, though there is something to do.
    let payments = house.the_account("payments");
    payments.edit(&json!({"name": "renamed"})).await;
    waits(&standby).await;
    let late = house.start().await;
    waits(&late).await;
    assert_eq!(held(&house).await, [""; 0]);

    let (went_well, said) = release(&house, &[]).await;
    assert!(went_well && said.contains("0 objects were let go of"), "a second time: {said}");

    late.stop().await;
    let (accounts, namespace) = (house.sandbox.accounts().await.len(), house.namespace().to_owned());
    house.cluster.delete_namespace(&namespace).await;
    assert!(house.sandbox.writes().await.is_empty(), "nothing is said to the vendor");
    assert_eq!(house.sandbox.accounts().await.len(), accounts);
    house.close(standby).await;
}

#[tokio::test]
async fn without_the_lease_that_was_taken_the_operator_takes_up_where_it_was() {
    let (house, leader) = house().await;
    leader.stop().await;
    let (went_well, said) = release(&house, &[]).await;
    assert!(went_well && !said.contains("waits"), "nobody had the Lease: {said}");
    let operator = house.start().await;
    waits(&operator).await;
    house.sandbox.forget_requests().await;

    let leases: Api<Lease> = Api::namespaced(house.cluster.client(), &house.home);
    leases.delete(LEASE, &DeleteParams::default()).await.unwrap();
    wait_until(LONG, "all is held again", async || (held(&house).await.len() == 3).then_some(())).await;
    house.the_account("payments").ready().await;
    assert!(house.sandbox.writes().await.is_empty());
    house.close(operator).await;
}

#[tokio::test]
async fn what_may_not_be_let_go_of_is_told_and_nothing_is_changed() {
    let (house, operator) = house().await;
    let (went_well, said) = release_in(&house, "nowhere", &[]).await;
    assert!(!went_well, "{said}");
    assert!(said.contains("cannot be taken, so no finalizer was removed"), "{said}");
    assert_eq!(held(&house).await.len(), 3);

    // The operator is gone, and its Lease with it.
    operator.kill9().await;
    let leases: Api<Lease> = Api::namespaced(house.cluster.client(), &house.home);
    leases.delete(LEASE, &DeleteParams::default()).await.unwrap();
    let (went_well, said) = release(&house, &[]).await;
    assert!(!went_well && said.contains("--without-lease"), "{said}");
    assert_eq!(held(&house).await.len(), 3);
    // What is under way at the vendor would end half done.
    let account = house.the_account("payments");
    let id = account.get().await["status"]["id"].as_str().unwrap().to_owned();
    account.annotate("orgkeeper.dev/confirm-delete", "payments").await;
    account.delete().await;
    let (_, said) = release(&house, &["--dry-run"]).await;
    let would = format!("payments, which is being deleted with {id} at the vendor: that would stay there");
    assert!(said.contains(&would) && said.contains("1 of them are being deleted"), "{said}");
    let (went_well, said) = release(&house, &["--without-lease"]).await;
    assert!(went_well && said.contains("3 objects were let go of"), "{said}");
    assert_eq!(held(&house).await, [""; 0]);
    assert!(leases.get_opt(LEASE).await.unwrap().is_none());
    house.take_down().await;
}
