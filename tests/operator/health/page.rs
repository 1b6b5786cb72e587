//! The table of `docs/gitops.md`, which is what the test has seen.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use crate::support::judges::Words;

const PAGE: &str = "docs/gitops.md";
/// Set to write the table anew.
const UPDATE: &str = "UPDATE";
const BEGIN: &str =
    "<!-- health: written by `UPDATE=1 cargo test --test operator health::`; do not edit -->\n";
const END: &str = "<!-- end of health -->";
const HEAD: &str = "| an object that is | says | kstatus | Flux | Argo CD |\n|---|---|---|---|---|\n";

/// A row: the state, and what is said of it, which is the rest.
pub struct Row {
    state: String,
    rest: String,
}

/// The row of an object.
pub fn row(state: &str, object: &Value, [kstatus, flux, argo_cd]: Words) -> Row {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let said = |condition: &Value| match (condition["type"].as_str(), condition["status"].as_str()) {
        (Some("Ready"), Some(status)) => format!("Ready={status}"),
        (Some(kind), _) => kind.to_owned(),
        (None, _) => unreachable!("the API server lets no condition be without a type"),
    };
    let mut says: Vec<String> = conditions.iter().map(said).collect();
    let observed = &object["status"]["observedGeneration"];
    if *observed == -1 {
        says.push("`observedGeneration: -1`".to_owned());
    } else if *observed != object["metadata"]["generation"] {
        says.push("an older `observedGeneration`".to_owned());
    }
    let rest = format!("{} | {kstatus} | {flux} | {argo_cd}", says.join(", "));
    Row { state: state.to_owned(), rest }
}

/// Fails unless the page has these rows. What tools cannot tell apart stands there once.
pub fn compare(rows: &[Row]) {
    let mut seen = BTreeSet::new();
    let mut table = String::new();
    for Row { state, rest } in rows {
        if seen.insert(rest) {
            table = format!("{table}| {state} | {rest} |\n");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).expect("the page can be read");
    let (before, rest) = page.split_once(BEGIN).expect("the page says where the table begins");
    let (_, after) = rest.split_once(END).expect("the page says where the table ends");
    let fresh = format!("{before}{BEGIN}{HEAD}{table}{END}{after}");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &fresh).expect("the page can be written");
        return;
    }
    let remedy = "run `UPDATE=1 cargo test --test operator health::` and commit what it writes";
    assert!(page == fresh, "{PAGE} is stale: {remedy}");
}
