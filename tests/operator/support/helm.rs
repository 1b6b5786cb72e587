//! Helm itself, and the Deployment that it installs.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{PodSpec, Secret},
};
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
        let deployments: Api<Deployment> = Api::namespaced(client.clone(), self.namespace);
        let deployment = deployments.get(self.name).await.expect("the chart has a Deployment");
        let pod = deployment.spec.and_then(|spec| spec.template.spec).expect("it has a pod");
        Container::of(client, self.namespace, &format!("{}-0", self.name), pod).await
    }
}

/// How a container runs the program.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its image.
    pub image: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, with what a node would fill in.
    pub environment: Vec<(String, String)>,
    /// Whose token it has.
    pub service_account: String,
    /// The ports that it names.
    pub ports: Vec<i32>,
    /// Where it tells that it is ready.
    pub readiness: String,
}

impl Container {
    /// The only one of a pod, which has this name.
    pub async fn of(client: Client, namespace: &str, name: &str, pod: PodSpec) -> Self {
        let [container] = <[_; 1]>::try_from(pod.containers).expect("the pod has one container");
        let secrets: Api<Secret> = Api::namespaced(client, namespace);
        let mut environment = Vec::new();
        for variable in container.env.unwrap_or_default() {
            let from = variable.value_from.unwrap_or_default();
            let field = from.field_ref.map(|field| field.field_path);
            let value = match (field.as_deref(), from.secret_key_ref) {
                (None, None) => variable.value.unwrap_or_default(),
                (Some("metadata.namespace"), _) => namespace.to_owned(),
                (Some("metadata.name"), _) => name.to_owned(),
                (Some(other), _) => panic!("nobody here knows {other}"),
                (None, Some(key)) => {
                    let secret = secrets.get(&key.name).await.expect("the Secret is there");
                    let value =
                        secret.data.and_then(|mut data| data.remove(&key.key)).expect("it has the key");
                    String::from_utf8(value.0).expect("it is text")
                }
            };
            environment.push((variable.name, value));
        }
        let ready = container.readiness_probe.and_then(|probe| probe.http_get).and_then(|get| get.path);
        Self {
            image: container.image.unwrap_or_default(),
            environment,
            arguments: container.args.unwrap_or_default(),
            service_account: pod.service_account_name.unwrap_or_else(|| "default".to_owned()),
            ports: container.ports.unwrap_or_default().into_iter().map(|port| port.container_port).collect(),
            readiness: ready.unwrap_or_default(),
        }
    }

    /// The program of this repository that its image holds.
    pub fn program(&self) -> &'static str {
        match self.image.rsplit('/').next().and_then(|last| last.split(':').next()) {
            Some("orgkeeper") => env!("CARGO_BIN_EXE_orgkeeper"),
            Some("orgkeeper-sandbox") => env!("CARGO_BIN_EXE_orgkeeper-sandbox"),
            _ => panic!("{} holds none of our programs", self.image),
        }
    }
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

/// Helm: the one that a variable names, else our own, else the one on the path.
pub fn program() -> PathBuf {
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
