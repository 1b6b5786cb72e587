//! `kubectl apply -k config/default` and `helm install` install the same.

use crate::support::{by_key, kustomize, render};
use serde_json::Value;

/// Labels and annotations by which Helm knows its own: all that may differ.
const HELM: [&str; 3] = ["app.kubernetes.io/managed-by", "helm.sh/chart", "helm.sh/resource-policy"];
/// Helm makes the namespace itself (`--create-namespace`), and deletes none.
const ONLY_KUSTOMIZE: [&str; 1] = ["Namespace -/orgkeeper-system"];

/// The object without Helm's own words.
fn plain(mut object: Value) -> Value {
    for place in ["labels", "annotations"] {
        let Some(words) = object["metadata"].get_mut(place).and_then(Value::as_object_mut) else { continue };
        words.retain(|name, _| !HELM.contains(&name.as_str()));
        if words.is_empty() {
            object["metadata"].as_object_mut().unwrap().remove(place);
        }
    }
    object
}

#[test]
fn the_chart_with_nothing_set_is_config_default() {
    let chart = by_key(&render("default"));
    let mut bases = by_key(&kustomize("config/default"));
    for only in ONLY_KUSTOMIZE {
        assert!(bases.remove(only).is_some(), "{only}");
    }
    let names =
        |objects: &std::collections::BTreeMap<String, Value>| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&chart), names(&bases), "chart, config/default");
    for (key, object) in chart {
        let (chart, base) = (plain(object), plain(bases[&key].clone()));
        assert!(chart == base, "{key}\nchart:          {chart}\nconfig/default: {base}");
    }
}

#[test]
fn every_base_builds_alone() {
    for base in ["admission", "crd", "default", "manager", "rbac", "roles"] {
        assert!(!by_key(&kustomize(&format!("config/{base}"))).is_empty(), "{base}");
    }
}
