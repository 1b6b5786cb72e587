//! What the API server of the tests ever stored: the Secrets' values, which nobody may tell, and every
//! version of what might tell them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
};

use futures::{StreamExt as _, future::BoxFuture};
use k8s_openapi::api::{core::v1::Secret, events::v1::Event};
use kube::{
    Api, Client, Config, Resource, ResourceExt,
    api::{ApiResource, DynamicObject},
    runtime::{WatchStreamExt as _, watcher},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{canaries::Canaries, house::Kind};

/// A place for what tests leave behind to be searched.
pub fn captures() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("captures");
    std::fs::create_dir_all(&path).expect("a directory can be made");
    path
}

/// Where the secret values of this process are told to the search of the whole run.
fn needles() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("canaries");
    std::fs::create_dir_all(&path).expect("a directory can be made");
    path.join(format!("{}.txt", std::process::id()))
}

/// Where every version of these objects goes.
fn versions(plural: &str) -> PathBuf {
    captures().join(format!("{plural}.{}.jsonl", std::process::id()))
}

/// The values of Secrets in the namespaces that tests made.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<BTreeMap<String, Canaries>>>);

impl Recorder {
    /// Begins to record, on a thread of its own: each test has its own runtime, and this outlives them.
    pub fn start(config: Config) -> Self {
        let recorder = Self::default();
        let writer = recorder.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(async {
                writer.record(Client::try_from(config).expect("it made a client before")).await;
            });
        });
        recorder
    }

    /// From now on the namespace is one of ours.
    pub fn own(&self, namespace: &str) {
        self.known().entry(namespace.to_owned()).or_default();
    }

    /// One more secret value of a namespace.
    pub fn add(&self, namespace: &str, value: &[u8]) {
        let mut known = self.known();
        let Some(canaries) = known.get_mut(namespace) else { return };
        let before: BTreeSet<String> = canaries.needles().map(str::to_owned).collect();
        canaries.add(value);
        let new: String = canaries
            .needles()
            .filter(|needle| !before.contains(*needle))
            .flat_map(|needle| [needle, "\n"])
            .collect();
        let mut file = append(needles());
        file.write_all(new.as_bytes()).expect("a file can be written");
    }

    /// The secret values of these namespaces, so far.
    pub fn of<'a>(&self, namespaces: impl Iterator<Item = &'a String>) -> Vec<Canaries> {
        let known = self.known();
        namespaces.filter_map(|namespace| known.get(namespace).cloned()).collect()
    }

    /// The versions of this kind that this process has recorded.
    pub fn recorded(&self, kind: Kind) -> String {
        std::fs::read_to_string(versions(&kind.resource().plural)).unwrap_or_default()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Canaries>> {
        // A test that panicked while it held this left nothing half done.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn record(&self, client: Client) {
        let secrets: Api<Secret> = Api::all(client.clone());
        let mut watches: Vec<BoxFuture<'_, ()>> = vec![Box::pin(watch(secrets, |secret| {
            let namespace = secret.namespace().unwrap_or_default();
            for value in secret.data.iter().flat_map(BTreeMap::values) {
                self.add(&namespace, &value.0);
            }
        }))];
        for kind in Kind::ALL.map(Kind::resource).into_iter().chain([ApiResource::erase::<Event>(&())]) {
            let mut file = append(versions(&kind.plural));
            let objects: Api<DynamicObject> = Api::all_with(client.clone(), &kind);
            watches.push(Box::pin(watch(objects, move |object| {
                if self.known().contains_key(&object.namespace().unwrap_or_default()) {
                    let line = serde_json::to_string(&object).expect("an object is JSON");
                    writeln!(file, "{line}").expect("a file can be written");
                }
            })));
        }
        futures::future::join_all(watches).await;
    }
}

/// Tells of every version, for as long as the process lives.
async fn watch<K>(api: Api<K>, mut tell: impl FnMut(K))
where
    K: Resource + Clone + DeserializeOwned + Serialize + std::fmt::Debug + Send + 'static,
{
    let events = watcher(api, watcher::Config::default()).default_backoff();
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        if let Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) = event {
            tell(object);
        }
    }
}

fn append(path: PathBuf) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a file can be opened")
}
