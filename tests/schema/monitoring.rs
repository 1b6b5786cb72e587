//! What is written of metrics and alerts holds: the table of metrics is that of the registry, each alert has
//! an entry, and neither alerts nor dashboard ask for what there is not.

use orgkeeper::operator::metrics::Metrics;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The metrics that Prometheus itself adds.
const OF_PROMETHEUS: [&str; 2] = ["up", "ALERTS"];
/// Where the entries of alerts can be read by who is told of one.
const ENTRIES: &str = "https://github.com/orgkeeper/orgkeeper/blob/main/docs/alerts.md";
/// What an alert has to say, besides its expression.
const ANNOTATIONS: [&str; 3] = ["summary", "description", "runbook_url"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The table of docs/metrics.md, by the registry.
fn table() -> Vec<String> {
    let row = |family: &orgkeeper::operator::metrics::catalogue::Described| {
        let labels: Vec<String> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let kind = family.kind.as_str();
        format!("| `{}` | {kind} | {} | {} |", family.name(), labels.join(", "), family.help)
    };
    Metrics::new().families().iter().map(row).collect()
}

/// The alerts: name, expression, severity and annotations.
fn alerts() -> Vec<Value> {
    let text = read("charts/orgkeeper/files/alerts.yaml");
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    groups.flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// The words of an expression that are names of metrics, and those that are labels asked for.
fn names(expression: &str) -> BTreeSet<String> {
    let prefixes =
        ["orgkeeper_", "controller_runtime_", "workqueue_", "rest_client_", "leader_election_", "process_"];
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let metric = |word: &&str| prefixes.iter().any(|prefix| word.starts_with(prefix));
    words.filter(metric).map(str::to_owned).collect()
}

/// The metric and label pairs of an expression's selectors: `metric{label="…"}`.
fn selected(expression: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = expression;
    while let Some((before, after)) = rest.split_once('{') {
        let name =
            before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
        let Some((inside, after)) = after.split_once('}') else { break };
        let labels = inside.split(',').filter_map(|label| label.split(['=', '!']).next());
        pairs.extend(labels.map(|label| (name.to_owned(), label.trim().to_owned())));
        rest = after;
    }
    pairs
}

/// Asserts that an expression asks for what there is.
fn assert_known(place: &str, expression: &str) {
    let metrics = Metrics::new();
    let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for family in metrics.families() {
        let suffixes: &[&str] = match family.kind.as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        for suffix in suffixes {
            known.insert(format!("{}{suffix}", family.name()), family.labels.to_vec());
        }
    }
    let asked = names(expression);
    assert!(!asked.is_empty(), "{place} asks for nothing of ours: {expression}");
    for name in asked {
        assert!(known.contains_key(&name), "{place}: there is no {name}");
    }
    for (name, label) in selected(expression) {
        let Some(labels) = known.get(&name) else { continue };
        assert!(label == "job" || labels.contains(&&*label), "{place}: {name} has no label {label}");
    }
}

#[test]
fn the_table_of_metrics_is_that_of_the_registry() {
    let page = read("docs/metrics.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows, table(), "docs/metrics.md should have this table:\n{}", table().join("\n"));
}

#[test]
fn every_alert_says_what_to_do_and_has_an_entry() {
    let page = read("docs/alerts.md");
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let alerts = alerts();
    let names: Vec<&str> = alerts.iter().map(|alert| alert["alert"].as_str().unwrap()).collect();
    assert_eq!(headings, names, "an entry for each, in the order of the alerts");
    for alert in &alerts {
        let name = alert["alert"].as_str().unwrap();
        assert!(
            ["critical", "warning", "info"].contains(&alert["labels"]["severity"].as_str().unwrap()),
            "{name}"
        );
        for annotation in ANNOTATIONS {
            let text = alert["annotations"][annotation].as_str().unwrap_or_default();
            assert!(text.len() > 20 && !text.contains('\n'), "{name} has no {annotation}: {text:?}");
        }
        let link = alert["annotations"]["runbook_url"].as_str().unwrap();
        assert_eq!(link, format!("{ENTRIES}#{}", name.to_lowercase()), "{name}");
        assert_known(name, alert["expr"].as_str().unwrap());
    }
    for entry in page.split("\n### ").skip(1) {
        let heading = entry.lines().next().unwrap();
        for question in ["- **Means:** ", "- **Do:** "] {
            assert!(entry.lines().any(|line| line.starts_with(question)), "{heading} lacks {question}");
        }
    }
}

#[test]
fn the_dashboard_asks_for_what_there_is() {
    let dashboard: Value = serde_json::from_str(&read("charts/orgkeeper/files/dashboard.json")).unwrap();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(41));
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "panels have ids of their own");
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let variables: Vec<&str> = variables.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(variables, ["datasource", "job"]);
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title} shows nothing");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            assert_known(title, target["expr"].as_str().unwrap());
        }
    }
}

#[test]
fn what_there_is_not_is_found() {
    let wrong = |expression: &str| {
        let expression = expression.to_owned();
        std::panic::catch_unwind(move || assert_known("planted", &expression)).is_err()
    };
    assert!(!wrong("sum(rate(orgkeeper_creates_total{kind=\"x\"}[5m])) and on (job) orgkeeper_build_info"));
    for planted in
        ["up", "orgkeeper_creates", "orgkeeper_convergence_seconds", "orgkeeper_creates_total{colour=\"x\"}"]
    {
        assert!(wrong(planted), "{planted}");
    }
    assert!(OF_PROMETHEUS.iter().all(|name| names(name).is_empty()));
}
