//! The runbook has an entry for every reason, and every entry is of a reason.

use orgkeeper::engine::base::reason::Reason;
use orgkeeper::engine::base::runbook::{RUNBOOK, linked};
use orgkeeper::vendors::spot::reasons;
use std::collections::BTreeSet;
use std::path::Path;

/// What every entry answers, in this order.
const QUESTIONS: [&str; 3] = ["- **You see:** ", "- **Why:** ", "- **Do:** "];

/// The entries: the heading, and the lines below it that are not empty.
fn entries() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbook.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(heading) = line.strip_prefix("### ") {
            entries.push((heading.to_owned(), Vec::new()));
            open = true;
        } else if line.starts_with("## ") {
            open = false;
        } else if open {
            entries.last_mut().unwrap().1.push(line.to_owned());
        }
    }
    entries
}

/// The reasons of the engine and of each vendor.
fn all() -> impl Iterator<Item = Reason> {
    Reason::ALL.iter().chain(reasons::ALL).copied()
}

/// The entry of an unknown event type leads there.
#[test]
fn the_page_of_subscriptions_names_each_event_type_that_is_known() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds/eventsubscription.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, section) = page.split_once("### Event types").unwrap();
    let section = section.split("\n#").next().unwrap();
    for word in orgkeeper::api::spot::KNOWN_EVENT_TYPES {
        assert!(section.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn every_reason_has_an_entry_and_every_entry_a_reason() {
    let headings: Vec<String> = entries().into_iter().map(|(heading, _)| heading).collect();
    let distinct: BTreeSet<&str> = headings.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), headings.len(), "an entry stands once");
    let reasons: BTreeSet<&str> = all().map(Reason::as_str).collect();
    let missing: Vec<_> = reasons.difference(&distinct).collect();
    assert!(missing.is_empty(), "without an entry: {missing:?}");
    let stale: Vec<_> = distinct.difference(&reasons).collect();
    assert!(stale.is_empty(), "entries of what is no reason: {stale:?}");
}

/// GitHub makes the anchor of a heading of one word by its small letters. The address is the one that alerts and the chart
/// name.
#[test]
fn every_message_links_to_an_entry_of_this_page() {
    let page = RUNBOOK.rsplit_once("/blob/main/").expect("it is a page of the repository");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join(page.1).is_file(), "{RUNBOOK}");
    for file in ["charts/orgkeeper/Chart.yaml", "charts/orgkeeper/files/alerts.yaml"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(page.0), "{file} names another repository than {RUNBOOK}");
    }
    let anchors: BTreeSet<String> =
        entries().into_iter().map(|(heading, _)| heading.to_lowercase()).collect();
    for reason in all() {
        let message = linked("It is so.", reason.as_str());
        let (_, anchor) = message.split_once(&format!(" Runbook: {RUNBOOK}#")).expect("it has a link");
        assert!(anchors.contains(anchor), "{message}");
    }
}

#[test]
fn every_entry_says_what_one_sees_why_and_what_to_do() {
    for (heading, lines) in entries() {
        assert_eq!(lines.len(), QUESTIONS.len(), "{heading}: {lines:?}");
        for (line, question) in lines.iter().zip(QUESTIONS) {
            let answer = line.strip_prefix(question).unwrap_or_else(|| panic!("{heading}: {line}"));
            assert!(answer.ends_with('.') && answer.len() > 7, "{heading}: {line}");
        }
    }
}
