//! What the chart ships beside its templates.

use crate::support::{helm, one, path, read, render, render_chart};
use serde_json::Value;

#[test]
fn a_package_renders_what_the_folder_renders() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let chart = path("charts/orgkeeper");
    helm(&["package", chart.to_str().unwrap(), "--destination", to]).unwrap();
    let package = folder.path().join(concat!("orgkeeper-", env!("CARGO_PKG_VERSION"), ".tgz"));
    assert_eq!(render_chart(&package, &[]).unwrap(), render("default"));
}

#[test]
fn the_version_is_that_of_the_program() {
    let chart: Value = serde_saphyr::from_str(&read("charts/orgkeeper/Chart.yaml")).unwrap();
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

/// Alerts have `{{ $labels.… }}` of their own, which are Prometheus' to fill in.
#[test]
fn alerts_and_dashboard_are_rendered_as_they_are() {
    let rendered = render("everything");
    let rule = one(&rendered, "PrometheusRule orgkeeper-system/orgkeeper");
    let alerts: Value = serde_saphyr::from_str(&read("charts/orgkeeper/files/alerts.yaml")).unwrap();
    assert!(alerts["groups"].is_array());
    assert_eq!(rule["spec"], alerts);
    let map = one(&rendered, "ConfigMap orgkeeper-system/orgkeeper-dashboard");
    let shown: Value = serde_json::from_str(map["data"]["orgkeeper.json"].as_str().unwrap()).unwrap();
    let stored: Value = serde_json::from_str(&read("charts/orgkeeper/files/dashboard.json")).unwrap();
    assert!(stored["title"].is_string());
    assert_eq!(shown, stored);
}

/// Helm asks for the icon by its address: that of a file here, on the branch that is released from.
#[test]
fn the_icon_is_a_picture_of_this_repository() {
    let chart: Value = serde_saphyr::from_str(&read("charts/orgkeeper/Chart.yaml")).unwrap();
    let repository = chart["home"].as_str().unwrap().replace("github.com", "raw.githubusercontent.com");
    let file = chart["icon"].as_str().unwrap().strip_prefix(&format!("{repository}/main/")).unwrap();
    let picture = read(file);
    assert!(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{file}");
    assert!(picture.trim_end().ends_with("</svg>") && !picture.contains("<script"), "{file}");
}
