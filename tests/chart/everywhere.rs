//! Labels and annotations that are for everything are on everything.

use crate::support::{cases, key, objects, one, path, render_chart};
use serde_json::{Value, json};

const COMMON: [&str; 4] = [
    "--set",
    "commonLabels.team=platform,commonAnnotations.example\\.com/owner=platform",
    "--set",
    "extraObjects[0].apiVersion=v1,extraObjects[0].kind=ConfigMap,extraObjects[0].metadata.name=more",
];

fn with_common(values: &str, more: &[&str]) -> String {
    let values = ["--values", values];
    render_chart(&path("charts/orgkeeper"), &[&values[..], &COMMON, more].concat()).unwrap()
}

fn has_both(metadata: &Value) -> bool {
    metadata["labels"]["team"] == "platform" && metadata["annotations"]["example.com/owner"] == "platform"
}

#[test]
fn every_object_of_every_case_has_them_and_so_have_pods() {
    let mut kinds = std::collections::BTreeSet::new();
    for (case, values) in cases() {
        let all = objects(&with_common(values.to_str().unwrap(), &[]));
        for object in &all {
            assert!(has_both(&object["metadata"]), "{case}: {}", key(object));
            kinds.insert(object["kind"].as_str().unwrap().to_owned());
        }
        let pods: Vec<_> = all.iter().filter(|one| one["kind"] == "Deployment").collect();
        assert!(pods.len() == 1 && has_both(&pods[0]["spec"]["template"]["metadata"]), "{case}");
    }
    // Every template was rendered in some case.
    let templates = std::fs::read_dir(path("charts/orgkeeper/templates")).unwrap().count();
    assert!(kinds.len() >= templates - 6, "{kinds:?}");
}

/// Whom it is said of in particular goes before what is said of all, and the chart's own before both.
#[test]
fn what_is_an_object_s_own_goes_before() {
    let more = [
        "--set",
        "metrics.dashboard.enabled=true,metrics.dashboard.labels.team=grafana,podLabels.team=pods",
        "--set",
        "metrics.dashboard.annotations.example\\.com/owner=grafana,podAnnotations.example\\.com/owner=pods",
        "--set",
        "commonAnnotations.kubectl\\.kubernetes\\.io/default-container=other",
        "--set",
        "metrics.dashboard.labels.app\\.kubernetes\\.io/name=other",
    ];
    let rendered = with_common(cases()["default"].to_str().unwrap(), &more);
    let map = one(&rendered, "ConfigMap orgkeeper-system/orgkeeper-dashboard")["metadata"].clone();
    assert_eq!(
        (&map["labels"]["team"], &map["annotations"]["example.com/owner"]),
        (&json!("grafana"), &json!("grafana"))
    );
    assert_eq!(map["labels"]["app.kubernetes.io/name"], "orgkeeper");
    let deployment = one(&rendered, "Deployment orgkeeper-system/orgkeeper");
    let pod = &deployment["spec"]["template"]["metadata"];
    assert_eq!(
        (&pod["labels"]["team"], &pod["annotations"]["example.com/owner"]),
        (&json!("pods"), &json!("pods"))
    );
    assert_eq!(pod["annotations"]["kubectl.kubernetes.io/default-container"], "orgkeeper");
    // What keeps the kinds stays beside it.
    let kind = one(&rendered, "CustomResourceDefinition -/spotaccounts.spot.orgkeeper.dev");
    assert_eq!(kind["metadata"]["annotations"]["helm.sh/resource-policy"], "keep");
}

/// A Deployment's selector cannot be changed: labels of all must not get into it.
#[test]
fn pods_are_found_by_the_same_labels_whatever_is_set() {
    let values = cases()["everything"].to_str().unwrap().to_owned();
    let own = json!({"app.kubernetes.io/name": "orgkeeper", "app.kubernetes.io/instance": "orgkeeper"});
    let rendered = with_common(&values, &[]);
    let deployment = one(&rendered, "Deployment orgkeeper-system/orgkeeper");
    assert_eq!(deployment["spec"]["selector"]["matchLabels"], own);
    assert_eq!(one(&rendered, "Service orgkeeper-system/orgkeeper")["spec"]["selector"], own);
}
