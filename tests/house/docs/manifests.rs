//! The manifests on the pages are what the kinds take.

use super::markdown::pages;
use super::shape::complaints;
use orgkeeper::operator::vendors;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The schemas of the kinds, by their names.
fn schemas() -> BTreeMap<String, Value> {
    let schema = |definition: Value| {
        let kind = definition["spec"]["names"]["kind"].as_str().unwrap().to_owned();
        (kind, definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone())
    };
    vendors::definitions().into_iter().map(|crd| schema(serde_json::to_value(crd).unwrap())).collect()
}

/// The kind that a page of a kind is about: its fragments have no `kind`.
fn kind_of_page<'a>(path: &str, schemas: &'a BTreeMap<String, Value>) -> Option<&'a str> {
    let name = path.strip_prefix("docs/kinds/")?.strip_suffix(".md")?;
    schemas.keys().find(|kind| kind.to_lowercase() == name).map(String::as_str)
}

/// What is wrong with a document. One with a name is a whole manifest; one without shows a part.
fn check(document: &Value, kind: &str, schema: &Value) -> Vec<String> {
    let whole = document["metadata"]["name"].is_string();
    let mut found = complaints(&format!("{kind} spec"), &schema["properties"]["spec"], &document["spec"]);
    found.retain(|complaint| whole || !complaint.ends_with("is missing"));
    if whole && document["apiVersion"] != "spot.orgkeeper.dev/v1alpha1" {
        found.push(format!("{kind}: apiVersion {}", document["apiVersion"]));
    }
    found
}

#[test]
fn every_manifest_fits_its_kind() {
    let (schemas, mut wrong, mut checked) = (schemas(), Vec::new(), 0);
    for page in pages() {
        for fence in page.fences().into_iter().filter(|fence| fence.language == "yaml") {
            let documents: Vec<Value> = serde_saphyr::from_multiple(&fence.text)
                .unwrap_or_else(|error| panic!("{}: {error}\n{}", page.path, fence.text));
            for document in documents.iter().filter(|document| document["spec"].is_object()) {
                let kind = document["kind"].as_str().or(kind_of_page(&page.path, &schemas));
                if let Some((kind, schema)) = kind.and_then(|kind| schemas.get_key_value(kind)) {
                    let found = check(document, kind, schema);
                    wrong.extend(found.into_iter().map(|complaint| format!("{}: {complaint}", page.path)));
                    checked += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 15, "{checked} manifests");
}

#[test]
fn a_manifest_that_does_not_fit_is_found() {
    let schemas = schemas();
    let check = |document: Value| check(&document, "SpotAccount", &schemas["SpotAccount"]);
    let named = |spec: Value| json!({"apiVersion": "spot.orgkeeper.dev/v1alpha1", "metadata": {"name": "a"}, "spec": spec});
    assert!(check(named(json!({"organizationRef": {"name": "acme"}, "name": "a"}))).is_empty());
    assert_eq!(
        check(named(json!({"organizationRef": {"name": "acme"}}))),
        ["SpotAccount spec.name: is missing"]
    );
    assert!(check(json!({"spec": {"suspend": true}})).is_empty());
    for wrong in [json!({"suspended": true}), json!({"suspend": "yes"}), json!({"driftPolicy": "Ignore"})] {
        assert_eq!(check(json!({"spec": wrong})).len(), 1);
    }
}
