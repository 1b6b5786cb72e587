//! As part of another chart: what of `global` is obeyed.

use crate::support::{copy, one, path, render_chart};
use serde_json::{Value, json};

/// The Deployment of a chart that has this one beneath it.
fn beneath(values: &Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let above = folder.path().join("company");
    copy(&path("charts/orgkeeper"), &above.join("charts/orgkeeper"));
    std::fs::write(above.join("Chart.yaml"), "apiVersion: v2\nname: company\nversion: 1.0.0\n").unwrap();
    std::fs::write(above.join("values.yaml"), values.to_string()).unwrap();
    let rendered = render_chart(&above, &[]).unwrap_or_else(|error| panic!("{values}: {error}"));
    one(&rendered, "Deployment orgkeeper-system/orgkeeper")
}

fn pod(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]
}

/// The image that this makes of a repository.
fn image(registry: &str, repository: &str) -> String {
    let values = json!({
        "global": {"imageRegistry": registry},
        "orgkeeper": {"image": {"repository": repository, "tag": "1"}},
    });
    pod(&beneath(&values))["containers"][0]["image"].as_str().unwrap().to_owned()
}

#[test]
fn the_registry_of_all_takes_the_place_of_the_image_s_own() {
    for (registry, repository, made) in [
        ("registry.example.com", "ghcr.io/orgkeeper/orgkeeper", "registry.example.com/orgkeeper/orgkeeper:1"),
        (
            "example.com:5000/mirror",
            "ghcr.io/orgkeeper/orgkeeper",
            "example.com:5000/mirror/orgkeeper/orgkeeper:1",
        ),
        ("example.com", "localhost/orgkeeper", "example.com/orgkeeper:1"),
        ("example.com", "host:5000/orgkeeper", "example.com/orgkeeper:1"),
        ("example.com", "orgkeeper/orgkeeper", "example.com/orgkeeper/orgkeeper:1"),
        ("example.com", "orgkeeper", "example.com/orgkeeper:1"),
        ("", "ghcr.io/orgkeeper/orgkeeper", "ghcr.io/orgkeeper/orgkeeper:1"),
    ] {
        assert_eq!(image(registry, repository), made);
    }
}

#[test]
fn secrets_for_pulling_are_those_of_all_and_its_own_each_once() {
    let values = json!({
        "global": {"imagePullSecrets": ["bare", {"name": "named"}]},
        "orgkeeper": {"imagePullSecrets": [{"name": "own"}, {"name": "bare"}]},
    });
    let deployment = beneath(&values);
    let secrets = &pod(&deployment)["imagePullSecrets"];
    assert_eq!(*secrets, json!([{"name": "bare"}, {"name": "named"}, {"name": "own"}]));
}

#[test]
fn whatever_else_is_for_all_changes_nothing() {
    let more = json!({"global": {
        "storageClass": "fast", "security": {"allowInsecureImages": true}, "labels": {"a": "b"}, "replicas": 7,
    }});
    assert_eq!(beneath(&more), beneath(&json!({})));
}
