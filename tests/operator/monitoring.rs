//! What is told of a busy life: the page keeps the rules, every panel of the dashboard has data, and
//! alerts fire when they should.

#![allow(clippy::expect_used, reason = "a test that cannot go on panics")]

mod life;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use orgkeeper::{
    engine::base::reason::Reason,
    operator::metrics::{
        Metrics,
        catalogue::{Described, Kind as Type},
    },
    vendors::spot::reasons,
};
use serde_json::Value;

use crate::{
    monitoring::life::Life,
    support::{
        house::Kind,
        promcheck::{lint, query, test_rules},
        wait::wait_until,
    },
};

/// Seconds between two scrapes.
const SCRAPES: i64 = 30;
/// What Grafana puts in the place of variables.
const VARIABLES: [(&str, &str); 2] = [("$__rate_interval", "5m"), ("$job", "orgkeeper")];

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A sample of a page: its name, its labels and its value.
fn sample(line: &str) -> (String, Vec<(String, String)>) {
    let series = line.split(" # ").next().expect("a first part");
    let Some((name, rest)) = series.split_once('{') else {
        return (series.split(' ').next().expect("a name").to_owned(), Vec::new());
    };
    let labels = rest.rsplit_once('}').expect("a closing brace").0;
    let pairs = labels.trim_end_matches('"').split("\",");
    let pair = |pair: &str| {
        let (name, value) = pair.split_once("=\"").expect("a label has a value");
        (name.to_owned(), value.to_owned())
    };
    (name.to_owned(), pairs.map(pair).collect())
}

/// The family that a sample of this name belongs to.
fn family<'a>(families: &'a [Described], name: &str) -> Option<&'a Described> {
    families.iter().find(|family| {
        let suffixes: &[&str] = match family.kind {
            Type::Counter => &["_total"],
            Type::Gauge => &[""],
            Type::Histogram => &["_bucket", "_sum", "_count"],
            Type::Info => &["_info"],
        };
        suffixes.iter().any(|suffix| name.strip_prefix(family.family) == Some(suffix))
    })
}

/// Whether the label may have this value: no object's name or id, apart from organizations and what expires.
fn is_bounded(label: &str, value: &str, family: &str) -> bool {
    let kind = || Kind::ALL.iter().any(|kind| kind.resource().kind == value);
    let word = || !value.is_empty() && value.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let camel = || value.chars().all(|c| c.is_ascii_alphanumeric()) && value.starts_with(char::is_uppercase);
    let place =
        || value.split_once('/').is_some_and(|(namespace, name)| !namespace.is_empty() && !name.is_empty());
    match label {
        "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
        "kind" | "controller" => kind(),
        // Of a queue, or of the Lease.
        "name" => kind() || (family == "leader_election_master_status" && value == "orgkeeper"),
        "result" | "priority" | "state" | "outcome" | "cause" => word(),
        "managed" => ["true", "false"].contains(&value),
        "condition" => camel(),
        "reason" => Reason::ALL.iter().chain(reasons::ALL).any(|reason| reason.as_str() == value),
        "method" | "verb" => ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&value),
        "code" => ["error", "<error>"].contains(&value) || (value.len() == 3 && value.parse::<u16>().is_ok()),
        // Ids have digits; templates do not.
        "route" => value.starts_with('/') && !value.contains(|c: char| c.is_ascii_digit() || c == '?'),
        "organization" | "object" => place(),
        "organization_id" => value.parse::<u64>().is_ok(),
        "host" => !value.is_empty() && !value.contains('/'),
        "watch" => !value.is_empty(),
        "version" => value == env!("CARGO_PKG_VERSION"),
        _ => false,
    }
}

/// The queries of the dashboard's panels, by the panel's title.
fn panels() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(file("charts/orgkeeper/files/dashboard.json")).expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let queries = panels.iter().flat_map(|panel| {
        let title = panel["title"].as_str().unwrap_or_default();
        let targets = panel["targets"].as_array().into_iter().flatten();
        targets.map(move |target| (title.to_owned(), target["expr"].as_str().expect("a query").to_owned()))
    });
    queries
        .map(|(title, query)| {
            let query = VARIABLES.iter().fold(query, |query, (name, value)| query.replace(name, value));
            assert!(!query.contains('$'), "{title}: a variable that is not known: {query}");
            (title, query)
        })
        .collect()
}

/// The expressions of alerts.
fn alerts() -> Vec<String> {
    let text = std::fs::read_to_string(file("charts/orgkeeper/files/alerts.yaml")).expect("the alerts");
    let rules: Value = serde_saphyr::from_str(&text).expect("YAML");
    let groups = rules["groups"].as_array().expect("groups").iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().expect("rules"));
    rules.map(|rule| rule["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[test]
fn every_alert_fires_when_it_should_and_not_before() {
    let tests = file("tests/promtool/alerts_test.yaml");
    let passed = test_rules(&tests);
    let text = std::fs::read_to_string(tests).expect("the tests");
    assert_eq!(passed.len(), text.lines().filter(|line| line.starts_with("- name: ")).count(), "all of them");
    let alerts = std::fs::read_to_string(file("charts/orgkeeper/files/alerts.yaml")).expect("the alerts");
    let names = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    for name in names {
        let fires = text.contains(&format!("labels: 'ALERTS{{alertname=\"{name}\",alertstate=\"firing\""));
        assert!(fires, "nothing shows that {name} fires");
        let rests = text.lines().any(|line| line.contains(name) && line.contains("exp_samples: []"));
        assert!(rests, "nothing shows that {name} does not fire at once");
    }
}

#[tokio::test]
async fn a_busy_life_is_told_by_the_rules_and_every_panel_shows_it() {
    let life = Life::begin().await;
    let mut pages = vec![life.page().await];
    life.company().await;
    pages.push(life.page().await);
    life.drift().await;
    life.outage().await;
    life.pause().await;
    life.rotation().await;
    life.deletion().await;
    life.stall().await;
    pages.push(life.page().await);
    pages.push(life.page().await);
    let last = pages.last().expect("four").clone();

    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = http.get(format!("{}/metrics", life.url())).header("accept", "text/plain").send().await;
    let headers = answer.expect("it answers").headers().clone();
    assert_eq!(headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");

    // Each page is one that Prometheus reads and has nothing to say against.
    for page in &pages {
        assert_eq!(lint(page), []);
    }
    let metrics = Metrics::new();
    let mut seen = BTreeMap::new();
    for line in last.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = sample(line);
        let known = family(metrics.families(), &name).unwrap_or_else(|| panic!("{name} is in no list"));
        *seen.entry(known.family).or_insert(0) += 1;
        let names: Vec<&str> =
            labels.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "le").collect();
        assert_eq!(names, known.labels, "{line}");
        for (label, value) in &labels {
            assert!(is_bounded(label, value, known.family), "{label} is not bounded: {line}");
        }
    }
    let untold: Vec<&str> =
        metrics.families().iter().map(|known| known.family).filter(|name| !seen.contains_key(name)).collect();
    assert_eq!(untold, [""; 0], "a busy life tells of everything");

    let now = jiff::Timestamp::now().as_second();
    let count = i64::try_from(pages.len()).expect("a few");
    let scraped: Vec<(i64, PathBuf)> = (1..=count)
        .zip(&pages)
        .map(|(number, page)| {
            let path = life.house.captured().join(format!("metrics-{number}.txt"));
            std::fs::write(&path, page).expect("a file can be written");
            (now - SCRAPES * (count - number), path)
        })
        .collect();
    for answer in query(&scraped[..2], &alerts()) {
        assert_eq!((answer.series, &*answer.error), (0, ""), "all is well, and yet: {}", answer.query);
    }
    for answer in query(&scraped, &alerts()) {
        assert_eq!(answer.error, "", "{}", answer.query);
    }
    let (titles, queries): (Vec<String>, Vec<String>) = panels().into_iter().unzip();
    assert!(queries.len() > 30, "a dashboard");
    let answers = query(&scraped, &queries);
    let silent: Vec<String> = titles
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| !answer.error.is_empty() || answer.numbers == 0)
        .map(|(title, answer)| format!("{title}: {answer:?}"))
        .collect();
    assert!(silent.is_empty(), "panels without data:\n{}", silent.join("\n"));

    life.end().await;
}

#[test]
fn a_sample_is_taken_apart() {
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let line = r#"a_bucket{le="0.1",route="/x/{id}"} 1 # {trace_id="0af7"} 0.1"#;
    assert_eq!(sample(line), ("a_bucket".to_owned(), vec![of("le", "0.1"), of("route", "/x/{id}")]));
    assert_eq!(sample("up 1"), ("up".to_owned(), Vec::new()));
    assert!(!is_bounded("route", "/setup/account/act-1a2b", "") && !is_bounded("user", "jo", ""));
    // What a panel without data looks like, and a query that is none.
    let page = file("target").join("tmp/monitoring-planted.txt");
    std::fs::create_dir_all(page.parent().expect("a directory")).expect("it can be made");
    std::fs::write(&page, "# HELP a One.\n# TYPE a gauge\na 1\n# EOF\n").expect("a file can be written");
    let asked = ["a", "b", "a /", "0 * a / 0"].map(str::to_owned);
    let answers = query(&[(100, page)], &asked);
    let numbers: Vec<(usize, bool)> =
        answers.iter().map(|answer| (answer.numbers, answer.error.is_empty())).collect();
    assert_eq!(numbers, [(1, true), (0, true), (0, false), (0, true)]);
    assert_ne!(
        lint(
            "# HELP a One.\n# TYPE a counter\na_total 1\n# HELP b_ms Two.\n# TYPE b_ms gauge\nb_ms 1\n# EOF\n"
        ),
        []
    );
}

/// Waits until the page has no such text any more.
async fn forgets(life: &Life, text: &str) {
    wait_until(crate::support::house::LONG, &format!("nothing is told of {text} any more"), async || {
        (!life.page().await.contains(text)).then_some(())
    })
    .await;
}
