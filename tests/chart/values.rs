//! The values: their table on the chart's page, and their comments, are made from the schema.

use crate::support::{path, read};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PAGE: &str = "charts/orgkeeper/README.md";
const BEGIN: &str =
    "<!-- values: written by `UPDATE=1 cargo test --all-features --test chart values::`; do not edit -->\n";
const END: &str = "<!-- end of values -->\n";

fn schema() -> Value {
    serde_json::from_str(&read("charts/orgkeeper/values.schema.json")).unwrap()
}

/// The values that hold no others, in the schema's order, by their names with dots.
fn leaves(properties: &Value, above: &str, found: &mut Vec<(String, Value)>) {
    for (name, value) in properties.as_object().unwrap() {
        match value.get("properties") {
            Some(inner) => leaves(inner, &format!("{above}{name}."), found),
            None => found.push((format!("{above}{name}"), value.clone())),
        }
    }
}

fn values() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    leaves(&schema()["properties"], "", &mut found);
    assert!(found.len() > 80, "{}", found.len());
    found
}

/// In the order of the file, which an object of JSON does not keep.
fn in_order(mut values: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let order: Vec<String> = comments().into_iter().map(|(name, _)| name).collect();
    values.sort_by_key(|(name, _)| order.iter().position(|one| one == name));
    values
}

/// What a value may be, in a word or two.
fn kind(value: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(reference) = value["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return match name {
            "map" => "names and texts".into(),
            "share" => "number or share".into(),
            name => name.to_owned(),
        };
    }
    if let Some(choice) = value["enum"].as_array() {
        let words: Vec<&str> =
            choice.iter().map(|one| one.as_str().unwrap()).filter(|one| !one.is_empty()).collect();
        return words.join(", ");
    }
    match word(&value["type"]).as_str() {
        "integer" => "number".into(),
        "boolean" => "true or false".into(),
        "array" => "list".into(),
        "string" => "text".into(),
        "object" => "object".into(),
        _ => "number or share".into(),
    }
}

fn table() -> String {
    let defaults: Value = serde_saphyr::from_str(&read("charts/orgkeeper/values.yaml")).unwrap();
    let mut table = "| value | | default | what it does |\n|---|---|---|---|\n".to_owned();
    for (name, value) in in_order(values()) {
        let default = defaults.pointer(&format!("/{}", name.replace('.', "/"))).unwrap();
        let description = value["description"].as_str().unwrap().replace('|', "\\|");
        let kind = kind(&value);
        writeln!(table, "| `{name}` | {kind} | `{default}` | {description} |").unwrap();
    }
    table
}

/// The comments `# -- …` of `values.yaml`, by the value that each stands above, in the file's order.
fn comments() -> Vec<(String, String)> {
    let (mut found, mut above, mut comment) = (Vec::new(), Vec::<String>::new(), None::<Vec<String>>);
    for line in read("charts/orgkeeper/values.yaml").lines() {
        let text = line.trim_start();
        let depth = (line.len() - text.len()) / 2;
        if let Some(said) = text.strip_prefix("# -- ") {
            comment = Some(vec![said.to_owned()]);
        } else if let (Some(said), Some(more)) = (&mut comment, text.strip_prefix("# ")) {
            said.push(more.to_owned());
        } else {
            if let Some((name, _)) = text.split_once(':').filter(|(name, _)| !name.starts_with(['#', '-'])) {
                above.truncate(depth);
                above.push(name.to_owned());
                found.extend(comment.take().map(|said| (above.join("."), said.join(" "))));
            }
            comment = None;
        }
    }
    found
}

#[test]
fn the_table_on_the_page_is_what_the_schema_says() {
    let page = read(PAGE);
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (stored, after) = rest.split_once(END).unwrap();
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path(PAGE), format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert!(stored == table, "{PAGE} is stale: run this test with UPDATE=1 and read the difference");
    }
}

#[test]
fn every_value_is_described_and_values_yaml_says_the_same() {
    let comments: BTreeMap<_, _> = comments().into_iter().collect();
    let mut described = Vec::new();
    for (name, value) in values() {
        let description = value["description"].as_str().unwrap_or_else(|| panic!("{name}: no description"));
        assert!(description.ends_with(['.', ')']), "{name}: {description}");
        assert_eq!(comments.get(&name).map(String::as_str), Some(description), "{name} in values.yaml");
        described.push(name);
    }
    let unknown: Vec<_> = comments.keys().filter(|name| !described.contains(*name)).collect();
    assert!(unknown.is_empty(), "`# --` is for single values: {unknown:?}");
}

/// What the schema says of the times when pods are replaced is what the Lease is for.
#[test]
fn which_strategies_are_safe_is_said_where_they_are_set() {
    let said = schema()["properties"]["strategy"]["properties"]["type"]["description"].to_string();
    for word in ["Both are safe", "holds the Lease"] {
        assert!(said.contains(word), "{said}");
    }
}
