//! Commands, flags and make targets that the pages name exist.

use super::markdown::{Page, files, pages};
use crate::make;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Flags of other programs that stand in code without their command.
const OF_OTHERS: [&str; 5] = ["--all-features", "--field-selector", "--server-side", "--set", "--test"];

/// What the README says is planned: pages may tell of it before it is there.
fn planned(pages: &[Page]) -> BTreeSet<String> {
    let readme = pages.iter().find(|page| page.path == "README.md").unwrap();
    let rows =
        readme.text.lines().filter(|line| line.starts_with("| `orgkeeper ") && line.ends_with("| planned |"));
    let names = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    names.map(|name| name.trim_start_matches("orgkeeper ").to_owned()).collect()
}

/// A program, with its subcommands by name: "" is the program itself.
struct Program {
    name: &'static str,
    subcommands: BTreeMap<String, BTreeSet<String>>,
}

fn help(path: &str, arguments: &[&str]) -> String {
    let output = Command::new(path).args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "{path} {arguments:?} --help");
    String::from_utf8(output.stdout).unwrap()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "=,[]()<>'\"`".contains(c)).filter(|word| !word.is_empty())
}

fn flags(text: &str) -> BTreeSet<String> {
    let is_flag =
        |word: &&str| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphabetic));
    words(text).filter(is_flag).map(|word| word.trim_end_matches(['.', ':', ';']).to_owned()).collect()
}

impl Program {
    fn read(name: &'static str, path: &str) -> Self {
        let own = help(path, &[]);
        let mut subcommands = BTreeMap::from([(String::new(), flags(&own))]);
        let listed =
            own.split_once("Commands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap_or_default());
        for line in listed.into_iter().flat_map(str::lines) {
            let subcommand = line.split_whitespace().next().unwrap_or_default();
            let found =
                if subcommand == "help" { BTreeSet::new() } else { flags(&help(path, &[subcommand])) };
            subcommands.insert(subcommand.to_owned(), found);
        }
        Self { name, subcommands }
    }

    fn has_flag(&self, flag: &str) -> bool {
        self.subcommands.values().any(|flags| flags.contains(flag))
    }

    /// What is wrong with a command line, if it is one of this program.
    fn complaint(&self, line: &str, planned: &BTreeSet<String>) -> Option<String> {
        let all: Vec<&str> = line.split_whitespace().collect();
        let is_it = |word: &str| word == self.name || word.ends_with(&format!("/{}", self.name));
        // At the beginning, after assignments, or after the `--` of a program that starts another one.
        let at = (0..all.len()).find(|at| {
            let first = all[..*at].iter().all(|word| *word == "$" || word.contains('='));
            is_it(all[*at]) && (first || all[at - 1] == "--")
        })?;
        let rest = &all[at + 1..];
        let subcommand = rest.first().filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
        let subcommand = subcommand.copied().unwrap_or_default();
        let Some(known) = self.subcommands.get(subcommand) else {
            if planned.contains(subcommand) {
                return None;
            }
            return Some(format!("{} has no {subcommand}: {line}", self.name));
        };
        let named = flags(&rest.join(" "));
        let unknown: Vec<&String> = named.difference(known).collect();
        (!unknown.is_empty()).then(|| format!("{} {subcommand} has no {unknown:?}: {line}", self.name))
    }
}

fn programs() -> [Program; 2] {
    [
        Program::read("orgkeeper", env!("CARGO_BIN_EXE_orgkeeper")),
        Program::read("orgkeeper-sandbox", env!("CARGO_BIN_EXE_orgkeeper-sandbox")),
    ]
}

/// The lines of a page that are commands: fenced ones, a `\` at the end goes on, and code of more than one word.
pub fn command_lines(page: &Page) -> Vec<String> {
    let shells = ["sh", "console", "bash", ""];
    let fences = page.fences().into_iter().filter(|fence| shells.contains(&fence.language.as_str()));
    let mut lines: Vec<String> = Vec::new();
    for fence in fences {
        let joined = fence.text.replace("\\\n", " ");
        lines.extend(joined.lines().map(|line| line.split(" # ").next().unwrap_or_default().to_owned()));
    }
    lines.extend(page.spans().into_iter().filter(|span| span.contains(' ')).map(str::to_owned));
    lines
}

#[test]
fn every_command_and_flag_exists() {
    let (programs, pages, mut wrong) = (programs(), pages(), Vec::new());
    let planned = planned(&pages);
    for page in pages {
        for line in command_lines(&page) {
            wrong.extend(programs.iter().filter_map(|program| program.complaint(&line, &planned)));
        }
        for span in page.spans().into_iter().filter(|span| span.starts_with("--")) {
            let flag = span.split([' ', '=']).next().unwrap_or_default();
            let known = OF_OTHERS.contains(&flag) || programs.iter().any(|program| program.has_flag(flag));
            if !known && flag.len() > 2 {
                wrong.push(format!("{}: nothing has {flag}", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_there_is_not_called_planned() {
    let planned = planned(&pages());
    let there: Vec<_> = planned.iter().filter(|name| programs()[0].subcommands.contains_key(*name)).collect();
    assert!(there.is_empty(), "README.md says that {there:?} are planned");
}

/// It is read on a terminal, where nothing makes code of backticks or links of brackets.
#[test]
fn help_is_plain_text() {
    let paths = [env!("CARGO_BIN_EXE_orgkeeper"), env!("CARGO_BIN_EXE_orgkeeper-sandbox")];
    for (program, path) in programs().iter().zip(paths) {
        for subcommand in program.subcommands.keys().filter(|name| *name != "help") {
            let arguments: Vec<&str> =
                Some(subcommand.as_str()).filter(|name| !name.is_empty()).into_iter().collect();
            let help = help(path, &arguments);
            let marked: Vec<&str> = help
                .lines()
                .filter(|line| ["`", "**", "](", "[[", "<http"].iter().any(|mark| line.contains(mark)))
                .collect();
            assert!(marked.is_empty(), "{} {subcommand} --help: {marked:#?}", program.name);
        }
    }
}

/// And the other way round: the page of operations and that of the sandbox have every flag.
#[test]
fn every_flag_stands_on_its_page() {
    let pages = pages();
    for (program, path) in programs().iter().zip(["docs/operations.md", "docs/sandbox.md"]) {
        let page = pages.iter().find(|page| page.path == path).unwrap();
        let subcommand = if program.subcommands.contains_key("run") { "run" } else { "" };
        for flag in &program.subcommands[subcommand] {
            let told = page.spans().iter().any(|span| span.split(' ').next() == Some(flag));
            assert!(
                told || ["--help", "--version"].contains(&flag.as_str()),
                "{path} says nothing of {flag}"
            );
        }
    }
}

/// Who looks for a flag reads the table, which is said to have the same ones as `--help`.
#[test]
fn the_table_of_flags_has_each() {
    let pages = pages();
    let page = pages.iter().find(|page| page.path == "docs/operations.md").unwrap();
    let rows: Vec<&str> = page.text.lines().filter(|line| line.starts_with("| `--")).collect();
    for flag in programs()[0].subcommands["run"].iter().filter(|flag| *flag != "--help") {
        let told = rows.iter().any(|row| row.split(['`', ' ']).any(|word| word == flag));
        assert!(told, "the table has no {flag}");
    }
}

/// What is said of the Lease's terms is what is checked.
#[test]
fn the_help_of_the_lease_s_duration_says_what_is_checked() {
    let help = help(env!("CARGO_BIN_EXE_orgkeeper"), &["run"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("at least --call-timeout and twice --lease-renew together"), "{help}");
    assert!(help.contains("beside another process it only waits for the Lease"), "{help}");
}

/// Containers that `config` starts: the program, by its image, and its arguments.
fn started() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, text) in files("config", "yaml") {
        let documents: Vec<Value> =
            serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let containers =
            documents.iter().filter_map(|one| one.pointer("/spec/template/spec/containers")?.as_array());
        for container in containers.flatten() {
            let image = container["image"].as_str().unwrap();
            let program = image.rsplit('/').next().unwrap().split(':').next().unwrap();
            let arguments = container["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let line = std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ");
            found.push((path.clone(), line));
        }
    }
    found
}

#[test]
fn what_config_starts_has_flags_that_exist() {
    let (programs, nothing) = (programs(), BTreeSet::new());
    let started = started();
    for name in ["config/sandbox/deployment.yaml", "config/release/job.yaml"] {
        assert!(started.iter().any(|(path, _)| path == name), "{name}: {started:?}");
    }
    for (path, line) in started {
        assert!(
            programs.iter().any(|program| line.split(' ').next() == Some(program.name)),
            "{path}: {line}"
        );
        let wrong = programs.iter().find_map(|program| program.complaint(&line, &nothing));
        assert_eq!(wrong, None, "{path}");
    }
}

#[test]
fn every_make_target_exists() {
    let targets = make::targets();
    let mut wrong = Vec::new();
    for page in pages() {
        for line in command_lines(&page) {
            let missing = make::named(&line).into_iter().filter(|target| !targets.contains(*target));
            wrong.extend(missing.map(|target| format!("{}: make {target}", page.path)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    let ([orgkeeper, sandbox], planned) = (programs(), BTreeSet::from(["plan".to_owned()]));
    assert!(orgkeeper.has_flag("--read-only") && sandbox.has_flag("--faults"));
    for wrong in
        ["orgkeeper walk", "$ target/release/orgkeeper run --fast", "kubectl exec x -- orgkeeper walk"]
    {
        assert!(orgkeeper.complaint(wrong, &planned).is_some(), "{wrong}");
    }
    for right in [
        "orgkeeper run --read-only",
        "A=b orgkeeper crds --dir crds",
        "helm install orgkeeper walk",
        "orgkeeper plan",
    ] {
        assert_eq!(orgkeeper.complaint(right, &planned), None);
    }
}
