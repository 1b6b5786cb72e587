//! Helm and kubectl as programs, and what they print as values.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The oldest Kubernetes that the chart is for.
pub const KUBERNETES: &str = "1.33.0";
/// Where the tests install.
pub const NAMESPACE: &str = "orgkeeper-system";

/// A file of the repository.
pub fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The text of a file of the repository.
pub fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The values cases by name, with their files.
pub fn cases() -> BTreeMap<String, PathBuf> {
    let files = std::fs::read_dir(path("tests/chart/cases")).unwrap().map(|entry| entry.unwrap().path());
    let named = |file: PathBuf| (file.file_stem().unwrap().to_str().unwrap().to_owned(), file);
    let cases: BTreeMap<_, _> = files.map(named).collect();
    assert!(cases.contains_key("default"));
    cases
}

/// The program that this variable names, else our own, else the one on the PATH.
fn program(variable: &str, name: &str) -> Command {
    let own = path(".cache/bin").join(name);
    match std::env::var_os(variable) {
        Some(given) => Command::new(given),
        None if own.is_file() => Command::new(own),
        None => Command::new(name),
    }
}

fn run(mut command: Command) -> Output {
    // Neither a cluster nor the settings of who runs the tests.
    command.env("KUBECONFIG", "/dev/null").env("HELM_NAMESPACE", NAMESPACE);
    command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not start ({error}): `make helm control-plane` builds what is missing")
    })
}

/// What Helm prints, or why it refuses.
pub fn helm(args: &[&str]) -> Result<String, String> {
    let mut command = program("HELM", "helm");
    command.args(args);
    let output = run(command);
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
    }
}

/// What the chart in this folder renders.
pub fn render_chart(chart: &Path, more: &[&str]) -> Result<String, String> {
    let fixed = ["template", "orgkeeper", chart.to_str().unwrap(), "--kube-version", KUBERNETES];
    helm(&[&fixed[..], more].concat())
}

/// What the chart renders for a values case.
pub fn render(case: &str) -> String {
    let values = &cases()[case];
    let rendered = render_chart(&path("charts/orgkeeper"), &["--values", values.to_str().unwrap()]);
    rendered.unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// What kubectl builds of a base.
pub fn kustomize(base: &str) -> String {
    let mut command = program("KUBECTL", "kubectl");
    command.arg("kustomize").arg(path(base));
    let output = run(command);
    assert!(output.status.success(), "{base}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The objects in a stream of YAML documents.
pub fn objects(text: &str) -> Vec<Value> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap();
    documents.into_iter().filter(|document| !document.is_null()).collect()
}

/// Kind, namespace and name of an object.
pub fn key(object: &Value) -> String {
    let word = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or("-");
    format!("{} {}/{}", word("/kind"), word("/metadata/namespace"), word("/metadata/name"))
}

/// The objects by [`key`].
pub fn by_key(text: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for object in objects(text) {
        let key = key(&object);
        assert!(found.insert(key.clone(), object).is_none(), "{key} is there twice");
    }
    found
}

/// Those of a kind.
pub fn of_kind(objects: &[Value], kind: &str) -> Vec<Value> {
    objects.iter().filter(|object| object["kind"] == kind).cloned().collect()
}

/// The one with this key.
pub fn one(text: &str, wanted: &str) -> Value {
    by_key(text).remove(wanted).unwrap_or_else(|| panic!("there is no {wanted}"))
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}
