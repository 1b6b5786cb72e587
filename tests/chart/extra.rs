//! Objects of one's own.

use crate::support::{objects, one, path, render, render_chart};
use serde_json::Value;

fn rendered(values: &str) -> Result<String, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), values).unwrap();
    render_chart(&path("charts/orgkeeper"), &["--values", file.path().to_str().unwrap()])
}

const OBJECTS: &str = r#"
commonLabels: {team: platform}
extraObjects:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: '{{ include "orgkeeper.fullname" . }}-more', labels: {team: theirs}}
  data: {lease: "{{ .Values.leaderElection.leaseName }}"}
- |
  {{- range list "a" "b" }}
  ---
  apiVersion: v1
  kind: ConfigMap
  metadata: {name: {{ . }}}
  {{- end }}
- "{{ if .Values.config.readOnly }}apiVersion: none{{ end }}"
"#;

#[test]
fn they_are_templates_with_the_chart_s_values_and_helpers() {
    let rendered = rendered(OBJECTS).unwrap();
    let more = one(&rendered, "ConfigMap -/orgkeeper-more");
    assert_eq!(more["data"]["lease"], "orgkeeper");
    assert_eq!(more["metadata"]["labels"]["team"], "theirs", "their own word goes before that for all");
    for name in ["a", "b"] {
        assert_eq!(one(&rendered, &format!("ConfigMap -/{name}"))["metadata"]["labels"]["team"], "platform");
    }
    assert_eq!(objects(&rendered).len(), objects(&render("default")).len() + 3);
}

/// Whatever has the chart's labels is among the pods that a Service and a budget are for.
#[test]
fn they_are_not_taken_for_the_chart_s_own() {
    let rendered = rendered(OBJECTS).unwrap();
    let labels = one(&rendered, "ConfigMap -/a")["metadata"]["labels"].as_object().unwrap().clone();
    assert_eq!(labels.keys().collect::<Vec<_>>(), ["team"]);
}

#[test]
fn the_page_s_example_is_one() {
    let page = crate::support::read("charts/orgkeeper/README.md");
    let example = page.split_once("```yaml\nextraObjects:").unwrap().1.split("```").next().unwrap();
    let rendered = rendered(&format!("extraObjects:{example}")).unwrap();
    let secret: Value = one(&rendered, "ExternalSecret platform/spot-token");
    assert_eq!(secret["spec"]["data"][0]["remoteRef"]["key"], "orgkeeper/spot-token");
}

#[test]
fn what_is_no_object_is_refused_with_its_place() {
    for (values, words) in [
        (
            "extraObjects: [{kind: ConfigMap, metadata: {name: a}}]",
            "extraObjects/0: an object has apiVersion",
        ),
        ("extraObjects: [\"\", {apiVersion: v1, kind: ConfigMap}]", "extraObjects/1: an object has"),
        ("extraObjects: ['a: [']", "extraObjects/0: an object has"),
        ("extraObjects: [7]", "at '/extraObjects/0'"),
    ] {
        let refused = rendered(values).unwrap_err();
        assert!(refused.contains(words), "{values}: {refused}");
    }
}
