//! What the API server of the tests ever stored: the Secrets' values, which nobody may tell, and every
//! version of what might tell them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    fs::{File, OpenOptions},
    io::Write as _,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::StreamExt as _;
use k8s_openapi::api::{core::v1::Secret, events::v1::Event};
use kube::{
    Api, Client, Config, Resource, ResourceExt,
    api::{ApiResource, DynamicObject},
    runtime::{WatchStreamExt as _, watcher},
};
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use super::{
    canaries::Canaries,
    house::Kind,
    wait::{PATIENCE, wait_until},
};

/// What has this annotation is not recorded: a secret was planted in it, for the search of a scenario.
pub const PLANTED: &str = "example.com/planted";

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
pub struct Recorder(Arc<Recorded>);

#[derive(Default)]
struct Recorded {
    canaries: Mutex<BTreeMap<String, Canaries>>,
    /// The kinds are served, so that they can be watched.
    served: Notify,
    /// How many of them are.
    watched: AtomicUsize,
}

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

    /// The kinds are served: waits until all that happens to their objects from now on is recorded.
    pub async fn watch_kinds(&self) {
        self.0.served.notify_one();
        wait_until(PATIENCE, "the kinds are watched", async || {
            (self.0.watched.load(Ordering::Relaxed) > Kind::ALL.len()).then_some(())
        })
        .await;
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Canaries>> {
        // A test that panicked while it held this left nothing half done.
        self.0.canaries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn record(&self, client: Client) {
        let secrets: Api<Secret> = Api::all(client.clone());
        let values = watch(
            secrets,
            || {},
            |secret| {
                let namespace = secret.namespace().unwrap_or_default();
                for value in secret.data.iter().flat_map(BTreeMap::values) {
                    self.add(&namespace, &value.0);
                }
            },
        );
        futures::join!(values, self.record_objects(client));
    }

    async fn record_objects(&self, client: Client) {
        self.0.served.notified().await;
        let kinds = Kind::ALL.map(Kind::resource).into_iter().chain([ApiResource::erase::<Event>(&())]);
        let watches = kinds.map(|kind| {
            let mut file = append(versions(&kind.plural));
            let objects: Api<DynamicObject> = Api::all_with(client.clone(), &kind);
            let listed = || {
                self.0.watched.fetch_add(1, Ordering::Relaxed);
            };
            watch(objects, listed, move |object| {
                let ours = self.known().contains_key(&object.namespace().unwrap_or_default());
                if ours && !object.annotations().contains_key(PLANTED) {
                    let line = serde_json::to_string(&object).expect("an object is JSON");
                    writeln!(file, "{line}").expect("a file can be written");
                }
            })
        });
        futures::future::join_all(watches).await;
    }
}

/// Tells of every list and every version, for as long as the process lives.
async fn watch<K>(api: Api<K>, listed: impl Fn(), mut tell: impl FnMut(K))
where
    K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let events = watcher(api, watcher::Config::default()).default_backoff();
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        match event {
            Ok(watcher::Event::Apply(object) | watcher::Event::InitApply(object)) => tell(object),
            Ok(watcher::Event::InitDone) => listed(),
            // It begins again.
            _ => {}
        }
    }
}

fn append(path: PathBuf) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("a file can be opened")
}

/// The versions of this kind that this process has recorded.
pub fn recorded(kind: Kind) -> String {
    std::fs::read_to_string(versions(&kind.resource().plural)).unwrap_or_default()
}
