//! The chart's narrowest installation, as it is rendered: with Roles in listed namespaces and rights on
//! Secrets by name, the operator does all that it does, and is refused nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{path::Path, process::Command};

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, api::ListParams};
use orgkeeper::{api::GROUP, sandbox::spot::Contract};
use serde_json::{Value, json};

use crate::{
    rights::{self, ACCOUNT},
    support::{
        house::{House, Kind, LONG, TOKEN_SECRET},
        operator::Run,
        rights::{Request, compare, manifests, rights as granted},
        sandbox::Sandbox,
        wait::wait_until,
    },
};

/// Where the token of the machine user goes.
const MACHINE_SECRET: &str = "ci-token";

/// Helm: the one that this variable names, else our own.
fn helm() -> Command {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/helm");
    Command::new(std::env::var_os("HELM").map_or(own, Into::into))
}

/// What the chart renders for an installation in the house, with the times of a test.
fn render(house: &House) -> Vec<Value> {
    let values = json!({
        "fullnameOverride": house.home,
        "crds": {"install": false},
        "userRoles": {"create": false},
        "admission": {"confirmDelete": {"enabled": false}, "approvers": {"enabled": false}},
        "serviceAccount": {"create": false, "name": ACCOUNT},
        "watch": {"namespaces": house.namespaces},
        "rbac": {"secrets": {"names": [TOKEN_SECRET, MACHINE_SECRET]}},
        "config": {
            "allowedEndpoints": [house.sandbox.url()],
            "settle": "2s", "callTimeout": "1s", "backoff": "100ms", "backoffLimit": "2s", "slowRetry": "3s",
        },
        "leaderElection": {"leaseName": "rendered", "leaseDuration": "4s", "leaseRenew": "1s"},
    });
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.values.yaml", house.home));
    std::fs::write(&file, values.to_string()).unwrap();
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/orgkeeper");
    let mut command = helm();
    command.args(["template", "orgkeeper", "--kube-version", "1.33.0", "--namespace", &house.home]);
    let output = command.arg("--values").arg(file).arg(chart).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}; `make helm` builds it"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&String::from_utf8(output.stdout).unwrap()).unwrap();
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// The flags in the Deployment's arguments, apart from those by which a test hears of the process.
fn flags(rendered: &[Value]) -> Vec<String> {
    let deployment = rendered.iter().find(|one| one["kind"] == "Deployment").unwrap();
    let args = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap();
    let words = args.iter().map(|arg| arg.as_str().unwrap()).skip(1);
    let flags = words.map(|word| word.split_once('=').unwrap());
    let ours = flags.filter(|(flag, _)| !["--listen", "--log"].contains(flag));
    ours.flat_map(|(flag, value)| [flag.to_owned(), value.to_owned()]).collect()
}

/// An account, and a machine user that may look at it: both go at the vendor with their objects.
fn manifests_of(house: &House) -> Vec<Value> {
    let mut account = house.account("payments");
    account["spec"]["deletionPolicy"] = json!("Delete");
    let machine = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "SpotUser",
        "metadata": {"name": "ci", "namespace": house.namespace()},
        "spec": {
            "organizationRef": {"name": "acme"}, "deletionPolicy": "Delete",
            "programmatic": {"name": "ci", "writeTokenTo": {"name": MACHINE_SECRET, "key": "token"}},
            "accounts": [{"accountRef": {"name": "payments"}, "role": "Viewer"}],
        },
    });
    vec![account, machine]
}

#[tokio::test]
async fn with_the_fewest_rights_that_the_chart_gives_it_is_refused_nothing() {
    let house = House::with_namespaces("chart", 2, Sandbox::start(Contract::Production).await).await;
    let Some(audit) = house.cluster.audit() else { return };
    // In place of the shipped rights.
    rights::uninstall(house.cluster, &house.home).await;
    let homely = manifests(&house.home).into_iter().filter(|one| one["metadata"]["namespace"].is_string());
    let roles = homely.filter(|one| one["kind"] != "ServiceAccount").map(|one| one.to_string());
    house.cluster.delete("", &roles.collect::<Vec<_>>().join("\n---\n")).await;
    let rendered = render(&house);
    let is_right = |one: &&Value| one["kind"].as_str().unwrap().contains("Role");
    let rights: Vec<Value> = rendered.iter().filter(is_right).cloned().collect();
    assert_eq!(rights.len(), 2 + 2 + 2 * 2, "for the cluster, for the installation, for each namespace");
    house.apply(&rights).await;
    let client = house.cluster.service_account_client(&house.home, ACCOUNT).await;
    for namespace in &house.namespaces {
        let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
        let one = ListParams::default().fields(&format!("metadata.name={TOKEN_SECRET}"));
        wait_until(LONG, "the rights are those", async || {
            let all = secrets.list(&ListParams::default()).await;
            (all.is_err() && secrets.list(&one).await.is_ok()).then_some(())
        })
        .await;
    }

    let mark = audit.mark().await;
    let run = Run { flags: flags(&rendered), everywhere: true, ..Run::default() };
    let operator = house.start_with(&run).await;
    house.apply_organization().await;
    house.apply(&manifests_of(&house)).await;
    house.the_account("payments").ready().await;
    house.object(Kind::User, house.namespace(), "ci").ready().await;
    let (status, page) = operator.page("/readyz").await;
    assert!(status == 200 && page.contains("leading: true"), "{page}");
    let secrets: Api<Secret> = Api::namespaced(house.cluster.client(), house.namespace());
    let written = secrets.get(MACHINE_SECRET).await.unwrap().data.unwrap();
    assert!(!written["token"].0.is_empty());

    for (kind, name) in [(Kind::User, "ci"), (Kind::Account, "payments")] {
        house.delete(kind, house.namespace(), name).await;
        house.gone(kind, house.namespace(), name).await;
    }
    wait_until(LONG, "the machine user's Secret is gone", async || {
        secrets.get_opt(MACHINE_SECRET).await.unwrap().is_none().then_some(())
    })
    .await;
    assert!(house.sandbox.named("payments").await.is_empty());

    let entries = audit.since(mark).await.service_account(&house.home, ACCOUNT);
    let requests: Vec<Request> = entries.iter().map(Request::from).collect();
    assert!(requests.iter().any(|request| request.verb == "delete" && request.resource == "secrets"));
    let wrong = compare(&granted(&rights), &requests, &[]);
    let wrong: Vec<&String> = wrong.iter().filter(|line| !line.starts_with("never used")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    house.cluster.delete("", &rights.iter().map(Value::to_string).collect::<Vec<_>>().join("\n---\n")).await;
    house.close(operator).await;
}
