//! What Prometheus makes of metrics, queries and alerts.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};

const BINARY_VARIABLE: &str = "ORGKEEPER_PROMCHECK_BIN";

/// A problem of a page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    pub metric: String,
    pub text: String,
}

/// What came of a query.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Answer {
    pub query: String,
    /// How many series it gave.
    pub series: usize,
    /// How many of them have a number.
    pub numbers: usize,
    #[serde(default)]
    pub error: String,
}

/// The problems of a page of metrics; panics where Prometheus cannot read it.
pub fn lint(page: &str) -> Vec<Problem> {
    lines(&["lint".to_owned()], page)
}

/// The answers to queries over pages that were scraped at these seconds, at the last of them.
pub fn query(pages: &[(i64, PathBuf)], queries: &[String]) -> Vec<Answer> {
    let pages = pages.iter().map(|(second, file)| format!("{second}={}", file.display()));
    let args: Vec<String> = std::iter::once("query".to_owned()).chain(pages).collect();
    let input: Vec<String> = queries.iter().map(|query| serde_json::json!(query).to_string()).collect();
    let answers: Vec<Answer> = lines(&args, &input.join("\n"));
    assert_eq!(answers.len(), queries.len(), "one answer for each");
    answers
}

/// Runs the tests of rules in this file, and returns what passed; panics where one fails.
pub fn test_rules(file: &Path) -> Vec<String> {
    let text = output(&["rules".to_owned(), file.display().to_string()], "");
    text.lines().filter_map(|line| line.strip_prefix("ok ")).map(str::to_owned).collect()
}

fn lines<T: DeserializeOwned>(args: &[String], input: &str) -> Vec<T> {
    output(args, input).lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn output(args: &[String], input: &str) -> String {
    let mut program = Command::new(binary())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("promcheck starts");
    // On a thread of its own: it answers while it reads, and neither pipe may fill up.
    let mut stdin = program.stdin.take().expect("stdin is a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = program.wait_with_output().expect("promcheck ends");
    writer.join().expect("it does not panic").expect("promcheck reads what it is given");
    assert!(output.status.success(), "promcheck {args:?} failed; its message is above");
    String::from_utf8(output.stdout).expect("promcheck writes UTF-8")
}

fn binary() -> PathBuf {
    let path = std::env::var_os(BINARY_VARIABLE)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/promcheck"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no promcheck at {}: run `make promcheck`, or set {BINARY_VARIABLE}",
        path.display()
    );
    path
}
