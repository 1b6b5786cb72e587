//! What one scenario leaves behind, and the search for secrets in it (rule 9).

use std::path::{Path, PathBuf};

use k8s_openapi::api::{core::v1::Secret, events::v1::Event};
use kube::{Api, api::ListParams};
use serde_json::{Value, json};

use super::{
    canaries::Canaries,
    house::{House, Kind, LONG},
    operator::Operator,
    recorder::{captures, recorded},
    wait::wait_until,
};

impl House {
    /// Where what is captured of this house goes.
    pub fn captured(&self) -> PathBuf {
        let path = captures().join(&self.home);
        std::fs::create_dir_all(&path).expect("a directory can be made");
        path
    }

    /// Keeps what was captured, for the search.
    pub fn keep(&self, file: &str, text: &str) {
        std::fs::write(self.captured().join(file), text).expect("a file can be written");
    }

    /// Keeps the pages of a running operator.
    pub async fn keep_pages(&self, operator: &Operator) {
        for page in ["metrics", "readyz", "livez"] {
            let (_, text) = operator.page(&format!("/{page}")).await;
            self.keep(&format!("{page}.txt"), &text);
        }
    }

    /// Keeps what Kubernetes and the vendor show now: our objects, events, requests, and the state.
    async fn keep_objects(&self) {
        for namespace in self.namespaces.iter().chain([&self.home]) {
            let mut all = Vec::new();
            for kind in Kind::ALL {
                // On a cluster without the kind there is nothing of it.
                if let Ok(list) = self.api(kind, namespace).list(&ListParams::default()).await {
                    all.extend(list.items.into_iter().map(|object| json!(object)));
                }
            }
            let events: Api<Event> = Api::namespaced(self.cluster.client(), namespace);
            let list = events.list(&ListParams::default()).await.expect("events can be listed");
            all.extend(list.items.into_iter().map(|event| json!(event)));
            self.keep(&format!("{namespace}.json"), &pretty(&Value::Array(all)));
        }
        for page in ["requests", "state", "audit"] {
            let mut shown: Value = self.sandbox.call("GET", page, &Value::Null).await;
            // The truth that tests look at: no call of the vendor shows the one, and only those who may
            // read subscriptions and notification policies are shown the others.
            let hidden = [
                ("accounts", "slackNotificationChannels"),
                ("subscriptions", "endpoint"),
                ("notificationPolicies", "subscriptions"),
            ];
            for (rows, member) in hidden {
                for row in shown[rows].as_array_mut().into_iter().flatten() {
                    row[member].take();
                }
            }
            self.keep(&format!("sandbox-{page}.json"), &pretty(&shown));
        }
    }

    /// All secret values of this house: those that Secrets ever held, and the vendor's tokens.
    async fn canaries(&self) -> Vec<Canaries> {
        for namespace in self.namespaces.iter().chain([&self.home]) {
            // What was written last may not have been told yet.
            let secrets: Api<Secret> = Api::namespaced(self.cluster.client(), namespace);
            for secret in secrets.list(&ListParams::default()).await.expect("they can be listed") {
                for value in secret.data.unwrap_or_default().values() {
                    self.cluster.recorder.add(namespace, &value.0);
                }
            }
        }
        let mut all = self.cluster.recorder.of(self.namespaces.iter().chain([&self.home]));
        let mut tokens = Canaries::default();
        for page in ["state", "requests"] {
            let shown: Value = self.sandbox.call("GET", page, &Value::Null).await;
            let rows = shown["tokens"].as_array().into_iter().chain(shown["requests"].as_array()).flatten();
            let digests = rows.filter_map(|row| row["digest"].as_str().or(row["token"].as_str()));
            digests.for_each(|digest| tokens.add_digest(digest));
        }
        all.push(tokens);
        all
    }

    /// Waits until some version of the object, however short it stood, was as the predicate says.
    pub async fn was(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        what: &str,
        so: impl Fn(&Value) -> bool,
    ) -> Value {
        wait_until(LONG, &format!("{namespace}/{name} was {what}"), async || {
            let file = recorded(kind);
            let lines = file.lines().filter(|line| line.contains(namespace));
            // The last line may be half written.
            let mut versions = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
            versions.find(|object| {
                let meta = &object["metadata"];
                meta["namespace"] == namespace && meta["name"] == name && so(object)
            })
        })
        .await
    }

    /// Captures everything, and searches it for secret values: what was found where.
    pub async fn search(&self) -> Vec<String> {
        self.keep_objects().await;
        let canaries = self.canaries().await;
        let mut files: Vec<PathBuf> = self.logs();
        let kept = std::fs::read_dir(self.captured()).expect("a directory can be listed");
        files.extend(kept.map(|entry| entry.expect("a directory can be listed").path()));
        files.iter().flat_map(|file| search_file(file, &canaries)).collect()
    }
}

fn search_file(file: &Path, canaries: &[Canaries]) -> Vec<String> {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let text = String::from_utf8_lossy(&text);
    let found = canaries.iter().filter_map(|canaries| canaries.found_in(&text));
    found.map(|what| format!("{}: {what}", file.display())).collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON is JSON")
}
