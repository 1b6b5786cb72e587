//! `hack/sim.sh` ends as the storms that it plays do.

use crate::docs::root;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether the script ends well over a `cargo` whose storms print `line` and end with `code`.
fn ends_well(name: &str, line: &str, code: u8, plant: &str) -> bool {
    let cargo = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let text = format!("#!/bin/sh\ncase \"$*\" in *--no-run*) exit 0 ;; esac\necho '{line}'\nexit {code}\n");
    fs::write(&cargo, text).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let mut script = Command::new(root().join("hack/sim.sh"));
    script.env("CARGO", &cargo).env("PLANT", plant).env_remove("SEED").env("SEEDS", "2");
    script.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn it_ends_well_where_no_storm_breaks_a_promise_and_ill_where_one_does() {
    for plant in ["", "all"] {
        assert!(ends_well("quiet", "test storms::sim::sim ... ok", 0, plant), "nothing to show, {plant:?}");
        assert!(ends_well("told", "100 storms", 0, plant), "something to show, {plant:?}");
        assert!(!ends_well("broken", "seed 3: a duplicate", 101, plant), "a broken promise, {plant:?}");
        assert!(!ends_well("silent", "error: no such test", 101, plant), "no storm at all, {plant:?}");
    }
}
