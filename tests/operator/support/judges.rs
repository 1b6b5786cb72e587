//! What those who show or await the health of objects make of ours: kstatus, Flux and Argo CD, each by
//! its own code and with what `config/` gives it.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// The words of kstatus, Flux and Argo CD, in this order.
pub type Words = [&'static str; 3];

/// All wait.
pub const UNDER_WAY: Words = ["InProgress", "InProgress", "Progressing"];
/// All are content.
pub const DONE: Words = ["Current", "Current", "Healthy"];
/// All give up, and say why.
pub const STUCK: Words = ["Failed", "Failed", "Degraded"];
/// What will not come to be: kstatus has no word for it but to wait.
pub const HOPELESS: Words = ["InProgress", "Failed", "Degraded"];
/// Left alone once it was ready.
pub const ASLEEP: Words = ["Current", "Current", "Suspended"];
/// Left alone before it was ready.
pub const ASLEEP_UNDONE: Words = ["InProgress", "InProgress", "Suspended"];
/// Being deleted.
pub const GOING: Words = ["Terminating", "InProgress", "Progressing"];

/// What they say of one object.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub name: String,
    pub words: [String; 3],
    /// Their messages, for whoever reads why a test failed.
    pub messages: [String; 3],
}

/// One judge's line.
#[derive(Deserialize)]
struct Line {
    name: String,
    status: String,
    message: String,
}

/// Asks all of them about each of the objects, in their order.
pub fn judge(objects: &[Value]) -> Vec<Verdict> {
    let health = |judge: &str, args: &[&str]| ask::<Line>(judge, args, objects);
    let kstatus = health("kstatus", &[]);
    let plain = health("flux", &["health"]);
    let flux = health("flux", &["health", "config/flux"]);
    let argo_cd = health("argocd", &["health", "config/argocd"]);
    let mut verdicts = Vec::new();
    for (((kstatus, plain), flux), argo_cd) in kstatus.into_iter().zip(plain).zip(flux).zip(argo_cd) {
        assert_eq!(plain.status, kstatus.status, "{}: Flux without configuration is kstatus", kstatus.name);
        verdicts.push(Verdict {
            name: kstatus.name,
            words: [kstatus.status, flux.status, argo_cd.status],
            messages: [kstatus.message, flux.message, argo_cd.message],
        });
    }
    verdicts
}

/// Asks a judge, which answers one line of JSON for each object.
pub fn ask<T: DeserializeOwned>(judge: &str, args: &[&str], objects: &[Value]) -> Vec<T> {
    let input = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let mut command = Command::new(program(judge));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{judge} does not start: {error}"));
    // On a thread of its own: it answers while it reads, and neither pipe may fill up.
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("a judge ends");
    writer.join().expect("it does not panic").expect("a judge reads what it is given");
    assert!(output.status.success(), "{judge} failed; its message is above");
    let text = String::from_utf8(output.stdout).expect("a judge writes UTF-8");
    let lines: Vec<T> =
        text.lines().map(|line| serde_json::from_str(line).expect("a verdict is JSON")).collect();
    assert_eq!(lines.len(), objects.len(), "{judge}: one line for each object");
    lines
}

/// Where a program beside orgkeeper is; says how to build it where it is not.
pub fn program(name: &str) -> PathBuf {
    let variable = format!("ORGKEEPER_{}_BIN", name.to_uppercase());
    let path = std::env::var_os(&variable)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin").join(name), PathBuf::from);
    assert!(path.is_file(), "there is no {name} at {}: run `make {name}`, or set {variable}", path.display());
    path
}
