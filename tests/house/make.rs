//! The targets of the Makefile.

use crate::docs::root;
use std::collections::BTreeSet;
use std::fs;

/// Those that people and workflows may name.
pub fn targets() -> BTreeSet<String> {
    let files = ["Makefile", "mk/bin.mk"].map(|file| fs::read_to_string(root().join(file)).unwrap());
    let lines = files.iter().flat_map(|text| text.lines());
    let named = lines.filter_map(|line| {
        let (names, rest) = line.split_once(':')?;
        let plain = names.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == ' ');
        (plain && !names.is_empty() && !rest.starts_with('=')).then_some(names)
    });
    named.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// The targets that a command line asks for.
pub fn named(line: &str) -> Vec<&str> {
    let line = line.trim_start_matches("$ ");
    let Some(rest) = line.strip_prefix("make ") else { return Vec::new() };
    let words = rest.split_whitespace().take_while(|word| !word.starts_with(['#', '&', '|', ';']));
    words.filter(|word| !word.starts_with('-') && !word.contains('=')).collect()
}

#[test]
fn targets_are_told_from_other_lines() {
    let targets = targets();
    assert!(
        targets.contains("playground") && targets.contains("control-plane") && targets.contains("test-rust")
    );
    assert!(!targets.contains("SHELL") && !targets.contains("CARGO"));
    assert_eq!(named("$ make demo   # everything"), ["demo"]);
    assert_eq!(named("make -j2 CI=1 check test"), ["check", "test"]);
    assert!(named("makes no sense").is_empty());
}
