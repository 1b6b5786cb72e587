//! What makes a release fits together: versions, workflows, the image.

use crate::docs::{files, root};
use crate::make;
use serde_json::Value;
use std::fs;
use std::process::Command;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The value in the first line that begins so, without quotes.
fn value_of(text: &str, start: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(start));
    line.unwrap_or_else(|| panic!("no line begins with {start}")).trim().trim_matches('"').to_owned()
}

/// The workflows: their names, their text, and as YAML.
fn workflows() -> Vec<(String, String, Value)> {
    let folder = ".github/workflows";
    let names = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let paths = names.map(|name| format!("{folder}/{}", name.to_str().unwrap()));
    let all: Vec<_> = paths.map(|path| (path.clone(), read(&path), yaml(&path))).collect();
    assert!(all.len() >= 2, "ci and release");
    all
}

/// The jobs of a workflow, each with its steps; one that calls another workflow has none.
fn jobs(workflow: &Value) -> Vec<(&str, &Value, Vec<&Value>)> {
    let jobs = workflow["jobs"].as_object().unwrap().iter();
    jobs.map(|(name, job)| (name.as_str(), job, job["steps"].as_array().into_iter().flatten().collect()))
        .collect()
}

#[test]
fn everything_is_built_with_one_rust() {
    let toolchain = value_of(&read("rust-toolchain.toml"), "channel = ");
    assert_eq!(value_of(&read("Dockerfile"), "ARG RUST_VERSION="), toolchain);
    let minimum = value_of(&read("Cargo.toml"), "rust-version = ");
    assert!(toolchain == minimum || toolchain.starts_with(&format!("{minimum}.")), "{toolchain} {minimum}");
}

#[test]
fn the_chart_has_the_version_of_the_program() {
    let version = env!("CARGO_PKG_VERSION");
    let chart = yaml("charts/orgkeeper/Chart.yaml");
    assert_eq!(chart["version"], version);
    assert_eq!(chart["appVersion"], version);
}

#[test]
fn config_names_images_of_the_version_of_the_program() {
    let mut named = 0;
    for (path, text) in files("config", "yaml") {
        for image in text.lines().filter_map(|line| line.trim().strip_prefix("image: ghcr.io/orgkeeper/")) {
            let (_, tag) = image.split_once(':').unwrap_or_else(|| panic!("{path}: {image} has no tag"));
            assert_eq!(tag, env!("CARGO_PKG_VERSION"), "{path}: {image}");
            named += 1;
        }
    }
    assert!(named >= 2, "{named} images");
}

#[test]
fn a_tag_of_another_version_is_no_release() {
    let run =
        |arguments: &[&str]| Command::new(root().join("hack/release.sh")).args(arguments).output().unwrap();
    let other = run(&["version", "v99.0.0"]);
    assert!(!other.status.success() && String::from_utf8_lossy(&other.stderr).contains("99.0.0"));
    assert!(run(&["notes", "Unreleased"]).status.success());
    assert!(!run(&["notes", "99.0.0"]).status.success());
}

#[test]
fn the_image_has_no_root_and_no_shell() {
    let dockerfile = read("Dockerfile");
    let last = dockerfile.rsplit("\nFROM ").next().unwrap();
    assert!(last.starts_with("base AS orgkeeper\n"), "what a build without a target makes");
    let user = value_of(&dockerfile, "USER ");
    let id = user.split(':').next().unwrap().parse::<u32>();
    assert!(id.is_ok_and(|id| id > 0), "Kubernetes needs a number to know that it is not root: {user}");
    assert!(dockerfile.contains("FROM gcr.io/distroless/cc-"), "no shell");
    for line in dockerfile.lines().filter(|line| line.starts_with("ENTRYPOINT") || line.starts_with("CMD")) {
        assert!(line.contains(" [\""), "a form that needs no shell: {line}");
    }
}

#[test]
fn workflows_name_make_targets_and_scripts_that_exist() {
    let targets = make::targets();
    let mut named = Vec::new();
    for (path, _, workflow) in workflows() {
        for (job, _, steps) in jobs(&workflow) {
            for line in steps.iter().filter_map(|step| step["run"].as_str()).flat_map(str::lines) {
                for target in make::named(line.trim()) {
                    assert!(targets.contains(target), "{path}: {job}: make {target}");
                    named.push(target.to_owned());
                }
                let script = line.split_whitespace().next().filter(|word| word.starts_with("hack/"));
                assert!(script.is_none_or(|script| root().join(script).exists()), "{path}: {job}: {line}");
            }
        }
    }
    // `make check` has the first of them; what `make test` has besides stands by itself.
    let all = read("Makefile");
    let whole = all.lines().find(|line| line.contains("hack/test.sh fmt-check test-go")).unwrap();
    let parts = whole.split("hack/test.sh ").nth(1).unwrap().split_whitespace();
    for part in parts.filter(|part| !["fmt-check", "lint"].contains(part)) {
        assert!(named.iter().any(|target| target == part), "CI does not run make {part}");
    }
    assert!(named.iter().any(|target| target == "check"));
}

#[test]
fn actions_are_pinned_by_commit_and_say_of_which_version() {
    for (path, text, _) in workflows() {
        for line in text.lines().map(|line| line.trim().trim_start_matches("- ")) {
            let Some(action) = line.strip_prefix("uses: ") else { continue };
            if action.starts_with("./") {
                assert!(root().join(action).exists(), "{path}: {action}");
                continue;
            }
            let (_, pinned) = action.split_once('@').unwrap();
            let (commit, version) = pinned.split_once(" # v").unwrap_or_else(|| panic!("{path}: {action}"));
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{path}: {action}");
            assert!(version.split('.').count() == 3, "{path}: {action}");
        }
    }
}

#[test]
fn workflows_may_do_nothing_that_they_do_not_say() {
    for (path, _, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({"contents": "read"}), "{path}");
        for (job, definition, steps) in jobs(&workflow) {
            assert!(definition.get("timeout-minutes").is_some() || steps.is_empty(), "{path}: {job}");
            for step in &steps {
                let run = step["run"].as_str().unwrap_or_default();
                assert!(!run.contains("${{"), "{path}: {job}: values reach a script by env: {run}");
                if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"], false, "{path}: {job}");
                }
            }
        }
    }
}
