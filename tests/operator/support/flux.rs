//! A real Flux for a house: its source-controller and kustomize-controller, and a Git repository that
//! they read over HTTP.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use kube::{
    Api,
    api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::OnceCell,
};

use super::{
    cluster::Cluster,
    control_plane,
    house::{House, LONG, condition},
    judges::program,
    wait::{PATIENCE, wait_until},
};

/// The name of the repository, of its `GitRepository`, and of the first Kustomization.
pub const SPOT: &str = "spot";
/// Asks Flux to look again now.
const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Whether a Flux of our own may run. A given cluster may have one, whose definitions are not to be
/// touched: then this says which test is skipped, and the test returns.
pub fn may_run() -> bool {
    let may = control_plane::given().is_none();
    if !may {
        control_plane::skip("installs Flux, which a given cluster may have");
    }
    may
}

/// Flux in the house's home namespace. It ends with this value.
pub struct Flux {
    cluster: &'static Cluster,
    namespace: String,
    /// All that it and its controllers store.
    data: PathBuf,
    /// Where commits are made; they are pushed to the repository that is served.
    work_tree: PathBuf,
    /// The address of the repositories.
    git: String,
    child: Child,
}

impl Drop for Flux {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the logs of Flux are in {}", self.data.display());
            return;
        }
        // What cannot be removed now goes with the build.
        self.child.start_kill().ok();
        std::fs::remove_dir_all(&self.data).ok();
    }
}

/// What `flux run` prints.
#[derive(Deserialize)]
struct Started {
    git: String,
}

impl Flux {
    /// Starts it, with an empty repository that it looks at every second.
    pub async fn start(house: &House) -> Self {
        install_crds(house.cluster).await;
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flux").join(&house.home);
        let (repositories, work_tree) = (data.join("repositories"), data.join("work"));
        for directory in [&repositories, &work_tree] {
            std::fs::create_dir_all(directory).expect("a directory can be made");
        }
        let bare = repositories.join(format!("{SPOT}.git"));
        git(&repositories, &["init", "--quiet", "--bare", "--initial-branch=main", path(&bare)]);
        git(&work_tree, &["init", "--quiet", "--initial-branch=main"]);
        git(&work_tree, &["remote", "add", "origin", path(&bare)]);

        let mut command = Command::new(program("flux"));
        command.args(["run", "--namespace", &house.home]);
        command.args(["--kubeconfig", path(house.cluster.kubeconfig_path())]);
        command.args(["--repositories", path(&repositories), "--data", path(&data)]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("Flux starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
        read.expect("it starts in time").expect("a pipe can be read");
        let Started { git } = serde_json::from_str(&line).expect("it says where the repositories are");
        Self { cluster: house.cluster, namespace: house.home.clone(), data, work_tree, git, child }
    }

    /// The `GitRepository`, and a Kustomization of all that is in it.
    pub async fn follow(&self) {
        self.apply(&self.source()).await;
        self.apply(&json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": SPOT, "namespace": self.namespace},
            "spec": {
                "interval": "1h", "retryInterval": "2s", "timeout": "60s", "wait": true, "prune": true,
                "deletionPolicy": "WaitForTermination", "path": "./", "sourceRef": {"kind": "GitRepository", "name": SPOT},
            },
        }))
        .await;
    }

    /// The `GitRepository`: looked at every second.
    pub fn source(&self) -> Value {
        json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"name": SPOT, "namespace": self.namespace},
            "spec": {"interval": "1s", "url": format!("{}/{SPOT}.git", self.git), "ref": {"branch": "main"}},
        })
    }

    /// Applies an object of Flux.
    pub async fn apply(&self, object: &Value) {
        self.cluster.apply(&self.namespace, &object.to_string()).await;
    }

    /// Puts manifests into a file of the work tree.
    pub fn write(&self, file: &str, manifests: &[Value]) {
        let file = self.work_tree.join(file);
        std::fs::create_dir_all(file.parent().expect("a file is somewhere"))
            .expect("a directory can be made");
        let documents: Vec<String> = manifests.iter().map(ToString::to_string).collect();
        std::fs::write(file, documents.join("\n---\n")).expect("a file can be written");
    }

    /// Takes a file out of the work tree.
    pub fn remove(&self, file: &str) {
        std::fs::remove_file(self.work_tree.join(file)).expect("it was there");
    }

    /// Commits the work tree and pushes it; returns the revision, as Flux writes it.
    pub fn push(&self, message: &str) -> String {
        git(&self.work_tree, &["add", "--all"]);
        git(&self.work_tree, &["commit", "--quiet", "--allow-empty", "--message", message]);
        git(&self.work_tree, &["push", "--quiet", "origin", "main"]);
        format!("main@sha1:{}", git(&self.work_tree, &["rev-parse", "HEAD"]))
    }

    /// Waits until the Kustomization is Ready with this revision.
    pub async fn ready(&self, revision: &str) {
        self.named_ready(SPOT, revision).await;
    }

    /// As [`Self::ready`], for the Kustomization of this name.
    pub async fn named_ready(&self, name: &str, revision: &str) {
        self.becomes(name, &format!("ready with {revision}"), |object| {
            let ready = condition(object, "Ready").is_some_and(|ready| ready["status"] == "True");
            ready && object["status"]["lastAppliedRevision"] == revision
        })
        .await;
    }

    /// Waits until the Kustomization is not ready, with this in the message; returns the message.
    pub async fn fails(&self, revision: &str, part: &str) -> String {
        let what = format!("failed with {revision}, saying {part:?}");
        let message = |object: &Value| {
            let ready = condition(object, "Ready").filter(|ready| ready["status"] == "False");
            let message = ready.and_then(|ready| ready["message"].as_str().map(str::to_owned));
            message.filter(|message| message.contains(part))
        };
        let object = self
            .becomes(SPOT, &what, |object| {
                object["status"]["lastAttemptedRevision"] == revision && message(object).is_some()
            })
            .await;
        message(&object).expect("it was there")
    }

    /// Has the Kustomization reconciled once more, and waits until that was done.
    pub async fn look_again(&self, word: &str) {
        let asked = json!({"metadata": {"annotations": {REQUESTED_AT: word}}});
        let patched = self.kustomizations().patch(SPOT, &PatchParams::default(), &Patch::Merge(asked)).await;
        patched.expect("it can be annotated");
        self.becomes(SPOT, "looked at again", |object| {
            let ready = condition(object, "Ready").is_some_and(|ready| ready["status"] == "True");
            ready && object["status"]["lastHandledReconcileAt"] == word
        })
        .await;
    }

    /// Changes the Kustomization's spec, by a JSON merge patch.
    pub async fn patch(&self, spec: &Value) {
        let change = Patch::Merge(json!({"spec": spec}));
        let patched = self.kustomizations().patch(SPOT, &PatchParams::default(), &change).await;
        patched.expect("it can be changed");
    }

    /// Deletes the Kustomization, and waits until it has gone.
    pub async fn delete(&self) {
        let api = self.kustomizations();
        api.delete(SPOT, &DeleteParams::default()).await.expect("it can be deleted");
        wait_until(LONG, "the Kustomization has gone", async || {
            api.get_opt(SPOT).await.expect("it can be read").is_none().then_some(())
        })
        .await;
    }

    /// The Kustomization as it is.
    pub async fn kustomization(&self) -> Value {
        let object = self.kustomizations().get(SPOT).await.expect("it is there");
        serde_json::to_value(object).expect("an object is JSON")
    }

    /// Waits until a Kustomization is as the predicate says, and returns it.
    pub async fn becomes(&self, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let api = self.kustomizations();
        let mut last = Value::Null;
        let waiting = wait_until(LONG + LONG, what, async || {
            let object = api.get(name).await.expect("it is there");
            last = serde_json::to_value(object).expect("an object is JSON");
            is_so(&last).then(|| last.clone())
        });
        let Ok(object) = tokio::time::timeout(LONG, waiting).await else {
            panic!("{name} is not {what} within {LONG:?}: {:#}", last["status"])
        };
        object
    }

    fn kustomizations(&self) -> Api<DynamicObject> {
        let resource = ApiResource {
            group: "kustomize.toolkit.fluxcd.io".to_owned(),
            version: "v1".to_owned(),
            api_version: "kustomize.toolkit.fluxcd.io/v1".to_owned(),
            kind: "Kustomization".to_owned(),
            plural: "kustomizations".to_owned(),
        };
        Api::namespaced_with(self.cluster.client(), &self.namespace, &resource)
    }
}

/// Flux's own definitions, once per process.
async fn install_crds(cluster: &Cluster) {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let directory = program("flux").with_file_name("flux-crds");
    INSTALLED.get_or_init(|| cluster.install_crds_from(&directory)).await;
}

/// Runs Git without the configuration of whoever runs the tests; returns what it prints.
fn git(directory: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .current_dir(directory)
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "A person"), ("GIT_AUTHOR_EMAIL", "person@example.com")])
        .envs([("GIT_COMMITTER_NAME", "A person"), ("GIT_COMMITTER_EMAIL", "person@example.com")])
        .args(args)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Git writes UTF-8").trim().to_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().expect("the paths of tests are UTF-8")
}
