//! The house: which part may use which, and what the engine may reach for; and that pages, workflows and
//! the image say what is so.

#![allow(clippy::unwrap_used, reason = "a source that cannot be read fails the test")]

mod development;
mod docs;
mod engine;
mod kind;
mod layout;
mod make;
mod planted;
mod release;
mod sandbox;
mod sim;
mod structure;
mod wall_clock;
mod writes;

use std::fs;
use std::path::{Path, PathBuf};

/// Parts of the crate, and the parts that each may use besides itself.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("api", &[]),
    ("engine", &["api"]),
    ("vendors", &["api", "engine"]),
    ("operator", &["api", "engine", "vendors"]),
    ("cli", &["api", "engine", "vendors", "operator"]),
    ("sandbox", &[]),
];

/// What engine and vendors reach only through the ports, so that a run can be replayed; and maps
/// without an order.
const ONLY_BY_PORTS: [&str; 9] = [
    "Instant::now",
    "SystemTime",
    "Timestamp::now",
    "tokio::time",
    "tokio::spawn",
    "getrandom",
    "rand::",
    "HashMap",
    "HashSet",
];

fn sources(part: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(part);
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "src/{part} has no files");
    files
}

/// The code of a file: without comments, and without what is there for its unit tests alone, wherever that stands.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let (mut lines, mut code) = (text.lines(), Vec::new());
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indented = |line: &str| line.len() - line.trim_start().len();
            let item = lines.by_ref().find(|line| !line.trim_start().starts_with("#["));
            let is_block = item.is_some_and(|item| !item.trim_end().ends_with([';', '}']));
            if is_block {
                let ends =
                    |last: &&str| last.trim_start().starts_with('}') && indented(last) == indented(line);
                let _ = lines.by_ref().find(ends);
            }
        } else if !line.trim_start().starts_with("//") {
            code.push(line);
        }
    }
    code.into_iter()
}

#[test]
fn what_is_for_tests_alone_hides_nothing_else() {
    let text = "use a;\n// no\n#[cfg(test)]\nmod tests;\nuse b;\n    #[cfg(test)]\n    fn only() {\n        c();\n    }\n\
                use d;\n#[cfg(test)]\n#[path = \"x\"]\nmod more {\n    use e;\n}\nuse f;";
    assert_eq!(code(text).collect::<Vec<_>>(), ["use a;", "use b;", "use d;", "use f;"]);
}

/// The parts of the crate that a line uses.
fn used(line: &str) -> Vec<&str> {
    let paths = line.match_indices("crate::").map(|(at, word)| &line[at + word.len()..]);
    paths
        .filter_map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .filter(|part| MAY_USE.iter().any(|(name, _)| name == part))
        .collect()
}

/// The lines in which `part`, with this text, uses what it may not.
fn backward<'a>(part: &str, may: &[&str], text: &'a str) -> Vec<&'a str> {
    let wrong = |line: &&str| used(line).iter().any(|other| *other != part && !may.contains(other));
    code(text).filter(wrong).collect()
}

#[test]
fn arrows_point_one_way() {
    for (part, may) in MAY_USE {
        for (path, text) in sources(part) {
            let wrong = backward(part, may, &text);
            assert!(wrong.is_empty(), "{} may use only {may:?}: {wrong:#?}", path.display());
        }
    }
}

#[test]
fn an_arrow_that_points_back_is_found() {
    let planted = "use crate::api::status;\nuse crate::vendors::spot;\n// use crate::cli;\n";
    assert_eq!(backward("engine", &["api"], planted), ["use crate::vendors::spot;"]);
    assert_eq!(
        backward("sandbox", &[], "    crate::engine::runtime::queue::Queue"),
        ["    crate::engine::runtime::queue::Queue"]
    );
}

#[test]
fn the_engine_and_the_vendors_reach_the_world_only_through_the_ports() {
    for part in ["engine", "vendors"] {
        for (path, text) in sources(part) {
            for line in code(&text) {
                let found = ONLY_BY_PORTS.iter().find(|word| line.contains(**word));
                assert_eq!(found, None, "{}: {line}", path.display());
            }
        }
    }
}

/// Vendors, and what only some vendors have, in words and in answers.
const OF_VENDORS: [&str; 14] = [
    "spot",
    "losant",
    "atlassian",
    "account",
    "an administrator",
    "cloud",
    "azure",
    "gcp",
    "slack",
    "machine user",
    "tenant",
    "x-ratelimit",
    "/setup/",
    "its number",
];

/// The words of a line that only a vendor's part may say.
fn of_vendors(line: &str) -> Vec<&'static str> {
    let line = line.to_lowercase();
    OF_VENDORS.into_iter().filter(|word| line.contains(word)).collect()
}

#[test]
fn the_engine_knows_no_vendor() {
    let tests = |path: &Path| path.ends_with("tests.rs");
    for (path, text) in sources("engine").into_iter().filter(|(path, _)| !tests(path)) {
        for line in code(&text) {
            assert_eq!(of_vendors(line), [""; 0], "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_word_of_a_vendor_s_is_found() {
    for line in [
        "let text = \"The account is gone.\";",
        "use crate::vendors::spot;",
        "headers.get(\"X-RateLimit-Reset\")",
    ] {
        assert_eq!(of_vendors(line).len(), 1, "{line}");
    }
    assert_eq!(of_vendors("let count = organizations.len();"), [""; 0]);
}
