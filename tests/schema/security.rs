//! What the page of security says of those who may edit is shown by tests that exist.

use crate::rules::{has_test, named, read};
use orgkeeper::operator::vendors;
use serde_json::Value;

/// The last column of a table whose lines are promises.
const SHOWN_BY: &str = "shown by";

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// The lines of each such table.
pub fn tables(page: &str) -> Vec<Vec<Vec<&str>>> {
    let mut tables = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if cells(line).is_some_and(|cells| cells.last() == Some(&SHOWN_BY)) {
            lines.next();
            tables.push(lines.by_ref().map_while(cells).collect());
        }
    }
    tables
}

/// The lines of the tables that name no test, and the tests that they name and that are not there.
pub fn unshown(tables: &[Vec<Vec<&str>>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for cells in tables.iter().flatten() {
        assert_eq!(cells.len(), 3, "{cells:?}");
        let tests = named(cells[2]);
        if tests.is_empty() {
            wrong.push(format!("no test: {cells:?}"));
        }
        for named in tests.iter().filter(|named| !has_test(&read(named.file), named.test)) {
            wrong.push(format!("not there: {named:?}"));
        }
    }
    wrong
}

#[test]
fn every_line_is_shown_by_tests_that_exist() {
    let page = read("docs/security.md");
    let tables = tables(&page);
    assert!(tables.len() >= 6, "{}", tables.len());
    assert_eq!(unshown(&tables), [""; 0]);
}

/// Every schema in it of an object with members, with where it is.
fn members(schema: &Value, at: &str, found: &mut Vec<(String, Vec<String>)>) {
    if let Some(properties) = schema["properties"].as_object() {
        found.push((at.to_owned(), properties.keys().cloned().collect()));
        for (name, inner) in properties {
            members(inner, &format!("{at}.{name}"), found);
        }
    }
    for inside in ["items", "additionalProperties"] {
        if schema[inside].is_object() {
            members(&schema[inside], &format!("{at}[]"), found);
        }
    }
}

/// Who writes a manifest has Secrets of its own namespace used, and of no other.
#[test]
fn no_manifest_names_a_secret_of_another_namespace() {
    let mut secrets = 0;
    for crd in vendors::definitions() {
        let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        let mut found = Vec::new();
        members(&schema["openAPIV3Schema"]["properties"]["spec"], &crd.spec.names.kind, &mut found);
        // A Secret is named with the key in it; an object, without.
        for (at, names) in found.iter().filter(|(_, names)| names.iter().any(|name| name == "key")) {
            if names.iter().any(|name| name == "name") {
                secrets += 1;
                assert!(!names.iter().any(|name| name == "namespace"), "{at}: {names:?}");
            }
        }
    }
    assert!(secrets >= 8, "{secrets}");
}
