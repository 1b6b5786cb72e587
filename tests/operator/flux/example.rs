//! `config/flux` as it is shipped, on the samples.

use std::path::Path;

use orgkeeper::sandbox::spot::Contract;
use serde_json::{Value, json};

use crate::support::{
    flux::{Flux, may_run},
    house::{House, Kind},
    operator::Run,
    samples::{self, TEAMS},
    sandbox::Sandbox,
};

/// The objects of a file, and what its kustomization adds to them.
fn shipped(file: &str) -> Value {
    let read = |file: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/flux").join(file);
        serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut object = read(file);
    object["spec"]["healthCheckExprs"] = read("health.yaml")["spec"]["healthCheckExprs"].take();
    object
}

#[tokio::test]
async fn the_example_brings_the_samples_to_the_vendor_layer_by_layer() {
    if !may_run() {
        return;
    }
    let sandbox = Sandbox::start_with(Contract::Production, &["--any-resource"]).await;
    let house = House::with_namespaces("flux-example", TEAMS.len(), sandbox).await;
    let operator = house.start_with(&Run::with(&["--call-timeout", "20s", "--lease-duration", "30s"])).await;
    let flux = Flux::start(&house).await;
    let manifests = samples::manifests(&house);
    for (team, namespace) in TEAMS.iter().zip(&house.namespaces) {
        let of_team = |manifest: &&Value| {
            manifest["metadata"]["namespace"] == *namespace || manifest["metadata"]["name"] == *namespace
        };
        let own: Vec<Value> = manifests.iter().filter(of_team).cloned().collect();
        flux.write(&format!("config/samples/{team}/all.yaml"), &own);
    }
    let revision = flux.push("The samples");

    let mut source = flux.source();
    source["spec"]["ignore"] = shipped("gitrepository.yaml")["spec"]["ignore"].take();
    flux.apply(&source).await;
    for team in TEAMS {
        let mut layer = shipped(&format!("{team}.yaml"));
        layer["metadata"]["namespace"] = json!(house.home);
        if let Some(check) = layer["spec"].pointer_mut("/healthChecks/0/namespace") {
            *check = json!(house.namespace());
        }
        flux.apply(&layer).await;
    }
    for team in TEAMS {
        flux.named_ready(&format!("spot-{team}"), &revision).await;
    }

    for manifest in &manifests {
        let Some(kind) = Kind::of(manifest) else { continue };
        let member = |name: &str| manifest["metadata"][name].as_str().unwrap();
        house.ready(kind, member("namespace"), member("name")).await;
    }
    assert_eq!(house.sandbox.groups().await.len(), 3);
    drop(flux);
    house.close(operator).await;
}
