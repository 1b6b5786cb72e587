//! The page of rules names tests that exist.

use std::path::Path;

/// The rules that have a row.
const RULES: [u32; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// How many laws several rules rest on.
const LAWS: usize = 7;

/// A test that a row names.
#[derive(Debug)]
pub struct Named<'a> {
    pub file: &'a str,
    pub test: &'a str,
}

pub fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows: the number of the rule, and the two columns of tests.
fn rows(page: &str) -> Vec<(u32, Vec<&str>)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    rows.filter_map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let number = cells.next()?.split_once(". ")?.0.parse().ok()?;
        Some((number, cells.collect()))
    })
    .collect()
}

/// Reads a cell of the form "`file`: `test`, `test`; `file`: `test`".
pub fn named(cell: &str) -> Vec<Named<'_>> {
    let code =
        |text: &'_ str| text.trim().strip_prefix('`').and_then(|text| text.strip_suffix('`')).is_some();
    let mut found = Vec::new();
    for part in cell.split(';').filter(|part| !part.trim().is_empty()) {
        let (file, tests) = part.split_once(": ").unwrap_or_else(|| panic!("no file: {part}"));
        for test in tests.split(',') {
            assert!(code(file) && code(test), "not a file and a test: {part}");
            found.push(Named { file: file.trim().trim_matches('`'), test: test.trim().trim_matches('`') });
        }
    }
    found
}

/// Whether the text has a test of that name: a function with a test's attribute above it.
pub fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &&str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    lines.iter().enumerate().filter(|(_, line)| is_it(line)).any(|(at, _)| {
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/']));
        above.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

/// The laws beside the numbered rules: the law, and the two columns of tests.
fn laws(page: &str) -> Vec<(&str, Vec<&str>)> {
    let (_, after) = page.split_once("\n| law |").unwrap();
    let rows = after.lines().skip(2).map_while(|line| line.strip_prefix("| ")?.strip_suffix('|'));
    rows.map(|row| {
        let mut cells = row.split('|').map(str::trim);
        (cells.next().unwrap(), cells.collect())
    })
    .collect()
}

#[test]
fn every_law_has_tests_that_exist() {
    let page = read("docs/rules.md");
    let laws = laws(&page);
    assert_eq!(laws.len(), LAWS);
    for (law, cells) in laws {
        assert_eq!(cells.len(), 2, "{law}");
        for cell in &cells {
            let tests = named(cell);
            assert!(!tests.is_empty(), "{law}");
            let missing = tests.iter().find(|named| !has_test(&read(named.file), named.test));
            assert!(missing.is_none(), "{law}: {missing:?}");
        }
        let outside = named(cells[1]).into_iter().find(|test| !test.file.starts_with("tests/operator/"));
        assert!(outside.is_none(), "{law}: {outside:?}");
    }
}

#[test]
fn every_rule_has_a_row_with_tests_and_every_test_exists() {
    let page = read("docs/rules.md");
    let rows = rows(&page);
    let numbers: Vec<u32> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, RULES);
    let mut missing = Vec::new();
    for (number, cells) in &rows {
        assert_eq!(cells.len(), 2, "rule {number}: {cells:?}");
        let tests: Vec<Named<'_>> = cells.iter().flat_map(|cell| named(cell)).collect();
        assert!(!tests.is_empty(), "rule {number} has no test");
        missing.extend(tests.into_iter().filter(|named| !has_test(&read(named.file), named.test)));
        for process in named(cells[1]) {
            assert!(process.file.starts_with("tests/operator/"), "rule {number}: {process:?}");
        }
    }
    assert!(missing.is_empty(), "named, and not there: {missing:#?}");
}

#[test]
fn a_function_that_is_no_test_is_not_taken_for_one() {
    let text = "#[test]\n/// Why.\nfn one() {}\n\n#[tokio::test(flavor = \"x\")]\nasync fn two() {}\n\nfn three() {}\n";
    assert!(has_test(text, "one") && has_test(text, "two"));
    assert!(!has_test(text, "three") && !has_test(text, "on") && !has_test(text, "four"));
}
