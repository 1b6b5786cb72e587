//! The kinds in the chart are those of `crds/`, and are upgraded and kept.

use crate::support::{cases, objects, of_kind, path, render};
use serde_json::Value;
use std::collections::BTreeMap;

const KEEP: &str = "helm.sh/resource-policy";

fn definitions(text: &str) -> BTreeMap<String, Value> {
    let found = of_kind(&objects(text), "CustomResourceDefinition");
    found.into_iter().map(|one| (one["metadata"]["name"].as_str().unwrap().to_owned(), one)).collect()
}

fn shipped() -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(path("crds")).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|file| definitions(&std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn they_are_rendered_without_loss() {
    let shipped = shipped();
    assert!(shipped.len() >= 7);
    let rendered = definitions(&render("default"));
    assert_eq!(rendered.keys().collect::<Vec<_>>(), shipped.keys().collect::<Vec<_>>());
    for (name, definition) in rendered {
        assert_eq!(definition["spec"], shipped[&name]["spec"], "{name}");
        assert_eq!(definition["metadata"]["annotations"], serde_json::json!({KEEP: "keep"}), "{name}");
    }
}

#[test]
fn they_go_with_the_release_or_are_not_part_of_it_only_where_that_is_set() {
    for one in definitions(&render("everything")).values() {
        assert!(one["metadata"]["annotations"][KEEP].is_null(), "crds.keep is false there: {one}");
    }
    for case in cases().into_keys() {
        let without = ["minimal", "external_crds"].contains(&case.as_str());
        assert_eq!(definitions(&render(&case)).is_empty(), without, "{case}");
    }
    // Helm installs what is in a folder of this name, and never upgrades it.
    assert!(!path("charts/orgkeeper/crds").exists());
}
