//! Helm itself, and the Deployment that it installs.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client};
use serde_json::Value;

use super::control_plane;

/// The chart of this repository.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/orgkeeper")
}

/// A release of the chart.
pub struct Release<'a> {
    kubeconfig: &'a Path,
    namespace: &'a str,
    /// Its name, and that of the objects in it.
    pub name: &'a str,
}

impl<'a> Release<'a> {
    /// One of this name, in this namespace, which exists.
    pub fn new(kubeconfig: &'a Path, namespace: &'a str, name: &'a str) -> Self {
        Self { kubeconfig, namespace, name }
    }

    /// Installs the chart, or upgrades to it, with these values. Returns what Helm says, its notes too.
    pub fn upgrade(&self, chart: &Path, values: &Value) -> String {
        let chart = chart.to_str().expect("a path in UTF-8");
        // JSON is YAML.
        let file = self.kubeconfig.with_extension(format!("{}.values.yaml", self.name));
        std::fs::write(&file, values.to_string()).expect("a file can be written");
        let file = file.to_str().expect("a path in UTF-8");
        self.helm(&["upgrade", "--install", self.name, chart, "--values", file])
    }

    /// Takes the release away.
    pub fn uninstall(&self) {
        self.helm(&["uninstall", self.name, "--wait"]);
    }

    fn helm(&self, args: &[&str]) -> String {
        let mut command = Command::new(program());
        command.arg("--kubeconfig").arg(self.kubeconfig).args(["--namespace", self.namespace]).args(args);
        let output = command.output().expect("Helm starts: `make helm` builds it");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "helm {args:?}: {said}");
        said
    }

    /// How the Deployment of the release runs the program: its arguments and its environment.
    pub async fn container(&self, client: Client) -> Container {
        let deployments: Api<Deployment> = Api::namespaced(client, self.namespace);
        let deployment = deployments.get(self.name).await.expect("the chart has a Deployment");
        let pod = deployment.spec.and_then(|spec| spec.template.spec).expect("it has a pod");
        let [container] = <[_; 1]>::try_from(pod.containers).expect("the pod has one container");
        let environment = container.env.unwrap_or_default().into_iter().map(|variable| {
            let field = variable.value_from.and_then(|from| from.field_ref).map(|field| field.field_path);
            let value = match field.as_deref() {
                None => variable.value.unwrap_or_default(),
                Some("metadata.namespace") => self.namespace.to_owned(),
                Some("metadata.name") => format!("{}-0", self.name),
                Some(other) => panic!("nobody here knows {other}"),
            };
            (variable.name, value)
        });
        Container {
            environment: environment.collect(),
            arguments: container.args.unwrap_or_default(),
            service_account: pod.service_account_name.expect("the pod has a service account"),
        }
    }
}

/// How a container runs the program.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, with what a node would fill in.
    pub environment: Vec<(String, String)>,
    /// Whose token it has.
    pub service_account: String,
}

/// Packages a chart as it is in a folder; returns the file.
pub fn package(chart: &Path, into: &Path) -> PathBuf {
    let output = Command::new(program()).arg("package").arg(chart).arg("--destination").arg(into).output();
    let output = output.expect("Helm starts: `make helm` builds it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(into).expect("it can be read").map(|entry| entry.expect("a file").path());
    files.filter(|file| file.extension().is_some_and(|end| end == "tgz")).last().expect("a package")
}

/// Whether there is Helm; if not, this says which test is skipped.
pub fn may_run() -> bool {
    let there = Command::new(program()).arg("version").output().is_ok_and(|output| output.status.success());
    if !there {
        control_plane::skip("needs Helm: `make helm` builds it");
    }
    there
}

fn program() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/helm");
    match std::env::var_os("HELM") {
        Some(given) => given.into(),
        None if own.is_file() => own,
        None => "helm".into(),
    }
}

/// A port that nobody listens at.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    listener.local_addr().expect("it has an address").port()
}
