//! The process that is the local control plane.

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde::Deserialize;

const BINARY_VARIABLE: &str = "ORGKEEPER_CLUSTER_BIN";
const GIVEN_VARIABLE: &str = "ORGKEEPER_TEST_KUBECONFIG";

/// The kubeconfig of a cluster to use instead of a local control plane.
/// KUBECONFIG and ~/.kube/config are never read: they may lead to a cluster that
/// matters.
pub fn given() -> Option<PathBuf> {
    std::env::var_os(GIVEN_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What the control plane prints once it is ready.
#[derive(Debug, Deserialize)]
pub struct Ready {
    pub kubeconfig: PathBuf,
    pub audit: PathBuf,
    pub version: String,
    pub data: PathBuf,
    pub pid: u32,
}

/// Where the control plane's binary is; says how to build it where it is not.
pub fn binary() -> PathBuf {
    let path = std::env::var_os(BINARY_VARIABLE)
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/cluster"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no control plane at {}: run `make control-plane`, set {BINARY_VARIABLE}, \
         or name a cluster's kubeconfig in {GIVEN_VARIABLE}",
        path.display(),
    );
    path
}

/// Starts a control plane that ends with this process.
pub fn start() -> (Child, Ready) {
    start_as_child_of(&mut Command::new(binary()))
}

/// Starts the command, which is the control plane or what starts it, and reads
/// the line that it prints. Its progress is shown on our stderr.
pub fn start_as_child_of(command: &mut Command) -> (Child, Ready) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("stdout is a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("the control plane's stdout can be read");
    let ready = serde_json::from_str(&line).unwrap_or_else(|error| {
        panic!("the control plane did not become ready; its messages are above ({error})")
    });
    (child, ready)
}

/// Says that the calling test is skipped, and why; the test then returns.
pub fn skip(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Not `eprintln!`, which the harness hides when a test passes.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
