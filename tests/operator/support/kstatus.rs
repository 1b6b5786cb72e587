//! What kstatus, the judge of object health behind Flux and others, makes of objects.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use serde_json::Value;

const BINARY_VARIABLE: &str = "ORGKEEPER_KSTATUS_BIN";

/// Its word on one object.
#[derive(Clone, Debug, Deserialize)]
pub struct Verdict {
    pub name: String,
    pub status: String,
    pub message: String,
}

/// Asks for a verdict on each of the objects, in their order.
pub fn judge(objects: &[Value]) -> Vec<Verdict> {
    let input = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let mut program =
        Command::new(binary()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("kstatus starts");
    // On a thread of its own: it answers while it reads, and neither pipe may fill up.
    let mut stdin = program.stdin.take().expect("stdin is a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = program.wait_with_output().expect("kstatus ends");
    writer.join().expect("it does not panic").expect("kstatus reads what it is given");
    assert!(output.status.success(), "kstatus failed; its message is above");
    let text = String::from_utf8(output.stdout).expect("kstatus writes UTF-8");
    let verdicts: Vec<Verdict> =
        text.lines().map(|line| serde_json::from_str(line).expect("a verdict is JSON")).collect();
    assert_eq!(verdicts.len(), objects.len(), "one verdict for each object");
    verdicts
}

fn binary() -> PathBuf {
    let path = std::env::var_os(BINARY_VARIABLE)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/kstatus"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no kstatus at {}: run `make kstatus`, or set {BINARY_VARIABLE}",
        path.display()
    );
    path
}
