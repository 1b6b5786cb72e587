//! One broken thing stays one broken thing (rule 14).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::Path;

use kube::{Api, api::ListParams};
use orgkeeper::{
    api::spot::SpotAccount,
    sandbox::spot::Contract,
    sandbox::{Fault, FaultKind},
};
use serde_json::{Value, json};

use crate::{
    rights,
    support::{
        cluster::Cluster,
        house::{ACME, House, Kind, LONG},
        operator::{Operator, Run},
        rights::manifests,
        sandbox::{Sandbox, TOKEN},
        wait::wait_until,
    },
};

fn crd(plural: &str) -> Value {
    let file = format!("crds/spot.orgkeeper.dev_{plural}.yaml");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Waits until the readiness page says so, with this status.
async fn readiness(operator: &Operator, status: u16, word: &str) {
    wait_until(LONG, &format!("{status} and {word:?}"), async || {
        let (found, page) = operator.page("/readyz").await;
        (found == status && page.lines().any(|line| line.contains(word))).then_some(())
    })
    .await;
}

/// Waits until so many objects count as such that do not parse.
async fn unparsed(operator: &Operator, count: u64) {
    wait_until(LONG, &format!("{count} do not parse"), async || {
        let (_, page) = operator.page("/metrics").await;
        let lines = page.lines().filter(|line| line.starts_with("orgkeeper_objects_unparsed{"));
        let counts =
            lines.filter_map(|line| line.rsplit(' ').next()).map(|count| count.parse::<u64>().unwrap());
        (counts.sum::<u64>() == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_kind_that_is_missing_and_an_object_that_does_not_parse_hold_up_nobody() {
    let cluster = Cluster::alone().await;
    let sandbox = Sandbox::start(Contract::Production).await;
    let house = House::on(cluster, "isolation", 2, sandbox).await;
    let everywhere = Run { everywhere: true, ..Run::default() };
    cluster.apply("", &crd("spotorganizations").to_string()).await;
    let operator = house.start_with(&everywhere).await;
    let mut organization = house.organization();
    organization["spec"]["allowed"] = json!([{"namespaces": {"from": "All"}, "kinds": ["SpotAccount"]}]);
    wait_until(LONG, "the kind is served", async || {
        let manifests = [&house.token_secret(TOKEN), &organization].map(Value::to_string).join("\n---\n");
        cluster.try_apply(house.namespace(), &manifests).await.ok()
    })
    .await;

    // The kind of accounts is missing: organizations are kept all the same.
    house.the_organization(ACME).ready().await;
    readiness(&operator, 503, "watch SpotAccount: not listed: its definition is not installed. ").await;
    readiness(&operator, 503, "orgkeeper crds | kubectl apply --server-side -f -").await;
    readiness(&operator, 503, "watch SpotOrganization: ok").await;
    readiness(&operator, 503, "namespaces: all").await;
    cluster.install_crds().await;
    readiness(&operator, 200, "watch SpotAccount: ok").await;
    let mut far = house.account("far");
    far["metadata"]["namespace"] = json!(house.namespaces[1]);
    far["spec"]["organizationRef"]["namespace"] = json!(house.namespace());
    house.apply(&[far]).await;
    house.object(Kind::Account, &house.namespaces[1], "far").ready().await;

    // A definition that somebody loosened lets an object in that makes no sense.
    let mut loose = crd("spotaccounts");
    loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    cluster.apply("", &loose.to_string()).await;
    let mut broken = house.account("broken");
    broken["spec"]["name"] = json!(["not", "a", "name"]);
    wait_until(LONG, "it is let in", async || {
        cluster.try_apply(house.namespace(), &broken.to_string()).await.ok()
    })
    .await;
    unparsed(&operator, 1).await;
    assert!(operator.log().contains("name=\"broken\""), "it is named");
    house.apply(&[house.account("sound")]).await;
    house.the_account("sound").ready().await;

    // A start meets it among the others.
    operator.stop().await;
    let operator = house.start_with(&everywhere).await;
    readiness(&operator, 200, "watch SpotAccount: ok").await;
    unparsed(&operator, 1).await;
    house.the_account("sound").edit(&json!({"name": "sounder"})).await;
    house.the_account("sound").ready().await;
    let broken = house.the_account("broken");
    assert!(broken.get().await["metadata"]["finalizers"].is_null(), "it is left alone");
    broken.edit(&json!({"name": "mended"})).await;
    broken.ready().await;
    unparsed(&operator, 0).await;
    for name in ["far", "sounder", "mended"] {
        house.sandbox.one(name).await;
    }
    house.close(operator).await;
}

#[tokio::test]
async fn a_right_that_is_missing_for_one_kind_holds_up_no_other() {
    let house = House::build("isolation", Sandbox::start(Contract::Production).await).await;
    // The shipped rights, without those to see accounts.
    rights::uninstall(house.cluster, &house.home).await;
    let name = format!("lacking-{}", house.home);
    let shipped = manifests(&house.home);
    let of_kind = |kind: &str| shipped.iter().find(|one| one["kind"] == kind).unwrap().clone();
    let (mut role, mut binding) = (of_kind("ClusterRole"), of_kind("ClusterRoleBinding"));
    role["metadata"]["name"] = json!(name);
    for rule in role["rules"].as_array_mut().unwrap() {
        if rule["verbs"] == json!(["list", "watch"])
            && let Some(resources) = rule["resources"].as_array_mut()
        {
            resources.retain(|resource| resource != "spotaccounts");
        }
    }
    role["rules"].as_array_mut().unwrap().retain(|rule| rule["resources"] != json!([]));
    binding["metadata"]["name"] = json!(name);
    binding["roleRef"]["name"] = json!(name);
    let lacking = format!("{role}\n---\n{binding}");
    house.apply(&[role, binding]).await;
    let client = house.cluster.service_account_client(&house.home, rights::ACCOUNT).await;
    let accounts: Api<SpotAccount> = Api::namespaced(client.clone(), house.namespace());
    let organizations = Api::<orgkeeper::api::spot::SpotOrganization>::namespaced(client, house.namespace());
    wait_until(LONG, "the rights are those", async || {
        let all = ListParams::default();
        (accounts.list(&all).await.is_err() && organizations.list(&all).await.is_ok()).then_some(())
    })
    .await;

    let operator = house.start().await;
    house.apply_organization().await;
    house.apply(&[house.account("payments")]).await;
    house.the_organization(ACME).ready().await;
    readiness(&operator, 503, "forbidden").await;
    readiness(&operator, 503, &format!("watch SpotOrganization in {}: ok", house.namespace())).await;

    rights::install(house.cluster, &house.home).await;
    house.the_account("payments").ready().await;
    readiness(&operator, 200, &format!("watch SpotAccount in {}: ok", house.namespace())).await;
    house.sandbox.one("payments").await;
    house.cluster.delete("", &lacking).await;
    house.close(operator).await;
}

#[tokio::test]
async fn a_vendor_that_hangs_for_one_organization_leaves_room_for_another() {
    let house = House::build("isolation", Sandbox::start(Contract::Production).await).await;
    let other = Sandbox::start(Contract::Production).await;
    let endpoints = format!("{},{}", house.sandbox.url(), other.url());
    let flags = ["--allowed-endpoints", &endpoints, "--workers", "2", "--call-timeout", "3s"];
    let run = Run::with(&[&flags[..], &["--lease-duration", "6s"]].concat());
    let operator = house.start_with(&run).await;
    house.apply_organization().await;
    let mut slow = house.organization();
    slow["metadata"]["name"] = json!("slow");
    slow["spec"]["connection"]["endpoint"] = json!(other.url());
    house.apply(&[slow]).await;
    let names: Vec<String> = (0..4).map(|number| format!("slow-{number}")).collect();
    for name in &names {
        let mut account = house.account(name);
        account["spec"]["organizationRef"]["name"] = json!("slow");
        house.apply(&[account]).await;
    }
    for name in &names {
        house.the_account(name).ready().await;
    }

    other.fault(&Fault::always(FaultKind::Hang { effect: false })).await;
    for name in &names {
        house.the_account(name).edit(&json!({"name": format!("{name}-renamed")})).await;
    }
    wait_until(LONG, "a call hangs", async || {
        other.requests().await.iter().any(|request| request.fault.as_deref() == Some("hang")).then_some(())
    })
    .await;
    let prompt: Vec<Value> = (0..4).map(|number| house.account(&format!("prompt-{number}"))).collect();
    house.apply(&prompt).await;
    for number in 0..4 {
        house.the_account(&format!("prompt-{number}")).ready().await;
    }
    for name in &names {
        assert_eq!(other.one(name).await.name, *name, "the others still wait");
    }
    other.clear_faults().await;
    for name in &names {
        house.the_account(name).ready().await;
        other.one(&format!("{name}-renamed")).await;
    }
    house.close(operator).await;
}
