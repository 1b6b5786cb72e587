//! What lets a test take a check of the engine out is in no release.

use crate::docs::root;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The feature without which there is nothing of it.
const FEATURE: &str = "planted-defects";

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compiles `code` beside the checks of the engine: whether that goes, and what was made of it.
fn compiled(folder: &Path, code: &str, feature: bool) -> (bool, String) {
    let checks = root().join("src/engine/base/checks.rs");
    let source = format!(
        "#![allow(dead_code)]\npub mod engine {{ pub mod base {{ #[path = {:?}] pub mod checks; }} }}\n{code}",
        checks.display().to_string()
    );
    let (file, made) = (folder.join("probe.rs"), folder.join("probe.s"));
    fs::write(&file, source).unwrap();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let mut command = Command::new(compiler);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "asm", "-o"]).arg(&made).arg(&file);
    command.args(["--check-cfg", &format!("cfg(feature, values({FEATURE:?}))")]);
    if feature {
        command.args(["--cfg", &format!("feature={FEATURE:?}")]);
    }
    let went = command.output().unwrap().status.success();
    (went, fs::read_to_string(&made).unwrap_or_default())
}

#[test]
fn without_its_feature_a_check_is_its_plain_condition_and_nothing_can_take_it_out() {
    let folder = tempfile::tempdir().unwrap();
    let condition = "pub fn probe(one: bool, two: bool) -> bool { CONDITION }";
    let checked = condition.replace(
        "CONDITION",
        "engine::base::checks::holds!(IntentInTime, one) & engine::base::checks::forbids!(OneTurn, two)",
    );
    let (went, plain) = compiled(folder.path(), &condition.replace("CONDITION", "one & two"), false);
    assert!(went);
    assert_eq!(compiled(folder.path(), &checked, false), (true, plain), "it is what it would be without");
    let (went, with) = compiled(folder.path(), &checked, true);
    assert!(went && with.contains("planted"), "what is looked for is there with the feature");
    let plants =
        "pub fn probe() { drop(engine::base::checks::plant(&[engine::base::checks::Check::OneTurn])); }";
    assert!(compiled(folder.path(), plants, true).0 && !compiled(folder.path(), plants, false).0);
}

#[test]
fn no_release_has_the_feature() {
    let manifest = read("Cargo.toml");
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let named: Vec<&str> = features.lines().filter(|line| line.contains(FEATURE)).collect();
    assert_eq!(named, [format!("{FEATURE} = []")], "no other feature brings it along, and no default");
    for path in ["Dockerfile", ".github/workflows/release.yaml"] {
        let text = read(path);
        assert!(!text.contains("features") && !text.contains(FEATURE), "{path} builds what is released");
    }
    let builds = read("Dockerfile").lines().filter(|line| line.contains("cargo build")).count();
    assert_eq!(builds, 1);
}

#[test]
fn nothing_but_a_call_takes_a_check_out() {
    let checks = read("src/engine/base/checks.rs");
    for word in ["env::", "env!", "std::fs", "static mut", "AtomicBool", "OnceLock"] {
        assert!(!checks.contains(word), "{word}");
    }
    for (path, text) in crate::docs::files("src", "rs") {
        let plants = text.contains("checks::plant") || text.contains("checks::Check");
        assert!(!plants || path.ends_with("engine/base/checks.rs"), "{path} plants");
    }
}
