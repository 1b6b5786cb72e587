//! The watches: each on its own, so that one that fails does not slow another (rule 14).

use crate::api::managed::Managed;
use crate::engine::run::Input;
use crate::engine::runtime::context::{Namespace, SecretMark};
use crate::engine::runtime::objects::Fed;
use crate::engine::runtime::unread::Shown;
use crate::operator::health::Health;
use crate::operator::metrics::Metrics;
use futures::{Stream, StreamExt};
use k8s_openapi::api::core::v1;
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::UnboundedSender;

/// What `kubectl apply` repeats of an object, values that are secret included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// What to do where a kind has no definition.
const INSTALL: &str = "Install the definitions of this version, by the chart or with: orgkeeper crds | kubectl apply \
                       --server-side -f -";
/// A watch ends by itself before load balancers cut silent connections (240 s), s.
const WATCH_SECONDS: u32 = 200;

/// Which namespaces are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// These.
    Namespaces(Vec<String>),
}

impl Scope {
    /// A scope that has the namespaces as its parts; all of them are one.
    pub(crate) fn parts(&self) -> Vec<Option<String>> {
        match self {
            Self::All => vec![None],
            Self::Namespaces(names) => names.iter().cloned().map(Some).collect(),
        }
    }
}

/// What every watch needs.
#[derive(Clone)]
pub struct Watches {
    /// The client.
    pub client: Client,
    /// The namespaces.
    pub scope: Scope,
    /// The Secrets that are watched, by name; all if empty.
    pub secret_names: Vec<String>,
    /// Where to tell.
    pub inputs: UnboundedSender<Input>,
    /// Who is told how the watches do.
    pub health: Arc<Health>,
    /// Who counts.
    pub metrics: Metrics,
}

impl Watches {
    /// Watches the objects of a kind.
    pub fn objects<K: Managed + Resource<DynamicType = (), Scope = NamespaceResourceScope>>(&self) {
        let parts = self.scope.parts();
        let left = Arc::new(AtomicUsize::new(parts.len()));
        for part in parts {
            let (watches, left) = (self.clone(), Arc::clone(&left));
            let name = self.expect(&K::KIND.to_string(), part.as_deref());
            let api: Api<Shown<K>> = self.api(part.as_deref());
            tokio::spawn(async move {
                let tell = |fed: Fed<K>| {
                    // The engine is gone only when the process ends.
                    let _ = watches.inputs.send(Input::Object(K::KIND, Box::new(fed)));
                };
                let failed = |error: &watcher::Error| {
                    if is_undefined(error) {
                        tell(Fed::Undefined);
                    }
                };
                let mut events = Box::pin(patient(watcher(api, config()), &name, &watches, failed));
                let mut names = BTreeSet::new();
                let mut unparsed = Unparsed::default();
                while let Some(event) = events.next().await {
                    watches.metrics.unparsed(K::KIND, unparsed.take(&event));
                    match event {
                        Event::Init if part.is_none() => tell(Fed::Restarted),
                        Event::Init => names.clear(),
                        Event::InitApply(shown) | Event::Apply(shown) => {
                            names.insert(shown.name_any());
                            tell(as_it_is(shown));
                        }
                        Event::Delete(shown) => {
                            let (namespace, name) = (shown.namespace(), shown.name_any());
                            let uid = shown.uid();
                            tell(match shown.0 {
                                Ok(object) => Fed::Deleted(object),
                                // An earlier form of it may have been read.
                                Err(_) => Fed::Lost(namespace.unwrap_or_default(), name, uid),
                            });
                        }
                        Event::InitDone => {
                            let first = watches.health.listed(&name);
                            match &part {
                                None => tell(Fed::Listed),
                                Some(namespace) => {
                                    tell(Fed::ListedIn(namespace.clone(), std::mem::take(&mut names)));
                                    if first && left.fetch_sub(1, Ordering::SeqCst) == 1 {
                                        tell(Fed::Listed);
                                    }
                                }
                            }
                        }
                    }
                }
            });
        }
    }

    /// Watches namespaces: their labels, and whether they are being deleted.
    pub fn namespaces(&self) {
        let watches = self.clone();
        let name = self.expect("Namespace", None);
        let api: Api<PartialObjectMeta<v1::Namespace>> = Api::all(self.client.clone());
        tokio::spawn(async move {
            let mut events = Box::pin(patient(watcher(api, config()), &name, &watches, |_| ()));
            let mut known = Known::default();
            let tell = |name: String, namespace| {
                let _ = watches.inputs.send(Input::Namespace(name, namespace));
            };
            while let Some(event) = events.next().await {
                let (shown, gone) = known.take(event, || {
                    watches.health.listed(&name);
                });
                if let Some(shown) = shown {
                    let namespace = Namespace {
                        terminating: shown.meta().deletion_timestamp.is_some(),
                        labels: shown.metadata.labels.clone().unwrap_or_default(),
                    };
                    tell(shown.name_any(), Some(namespace));
                }
                for (_, name) in gone {
                    tell(name, None);
                }
            }
        });
    }

    /// Watches Secrets, without their data. With names, each in a watch of its own: only of a list
    /// or watch that selects one name does RBAC know the name.
    pub fn secrets(&self) {
        let named =
            |name: &String| (format!("Secret {name}"), config().fields(&format!("metadata.name={name}")));
        let mut kinds: Vec<_> = self.secret_names.iter().map(named).collect();
        if kinds.is_empty() {
            kinds.push(("Secret".to_owned(), config()));
        }
        let parts = self.scope.parts();
        for ((kind, config), part) in kinds.iter().flat_map(|kind| parts.iter().map(move |part| (kind, part)))
        {
            let (watches, config) = (self.clone(), config.clone());
            let name = self.expect(kind, part.as_deref());
            let api: Api<PartialObjectMeta<v1::Secret>> = self.api(part.as_deref());
            tokio::spawn(async move {
                let mut events = Box::pin(patient(watcher(api, config), &name, &watches, |_| ()));
                let mut known = Known::default();
                let tell = |namespace: String, name: String, mark| {
                    let _ = watches.inputs.send(Input::Secret(namespace, name, mark));
                };
                while let Some(event) = events.next().await {
                    let (shown, gone) = known.take(event, || {
                        watches.health.listed(&name);
                    });
                    if let Some(shown) = shown {
                        let mark = SecretMark {
                            version: shown.resource_version().unwrap_or_default(),
                            finalizers: shown.finalizers().to_vec(),
                            deleting: shown.meta().deletion_timestamp.is_some(),
                        };
                        tell(shown.namespace().unwrap_or_default(), shown.name_any(), Some(mark));
                    }
                    for (namespace, name) in gone {
                        tell(namespace, name, None);
                    }
                }
            });
        }
    }

    fn api<K: Resource<DynamicType = (), Scope = NamespaceResourceScope>>(
        &self,
        namespace: Option<&str>,
    ) -> Api<K> {
        match namespace {
            Some(namespace) => Api::namespaced(self.client.clone(), namespace),
            None => Api::all(self.client.clone()),
        }
    }

    /// Announces a watch; its name in health and metrics.
    fn expect(&self, kind: &str, namespace: Option<&str>) -> String {
        let name = match namespace {
            Some(namespace) => format!("{kind} in {namespace}"),
            None => kind.to_owned(),
        };
        self.health.expect(&name);
        self.metrics.watch_begun(&name);
        name
    }
}

/// The object as it is; named, where it does not parse.
fn as_it_is<K: Managed>(shown: Shown<K>) -> Fed<K> {
    match shown.0 {
        Ok(mut object) => {
            let meta = object.meta_mut();
            meta.managed_fields = None;
            if let Some(annotations) = &mut meta.annotations {
                annotations.remove(LAST_APPLIED);
            }
            Fed::Applied(object)
        }
        Err(mut unread) => {
            let (kind, namespace, name) = (K::KIND, &unread.object.namespace, &unread.object.name);
            let error = &unread.error;
            tracing::error!(%kind, namespace = namespace.as_str(), name = name.as_str(), %error, "an object does not parse, and is left alone: correct it, or install the definitions of this version");
            if let Some(annotations) = &mut unread.meta.annotations {
                annotations.remove(LAST_APPLIED);
            }
            Fed::Unread(unread)
        }
    }
}

fn config() -> Config {
    Config::default().timeout(WATCH_SECONDS)
}

/// Whether the API server has no such kind: it answers the list with 404. Who may not list is told 403 before that,
/// and a server that does not know its kinds yet answers 503.
fn is_undefined(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::InitialListFailed(kube::Error::Api(status)) if status.code == 404)
}

/// Why a watch failed, and what helps.
fn why(error: &watcher::Error) -> String {
    if is_undefined(error) {
        return format!("its definition is not installed. {INSTALL}: {error}");
    }
    error.to_string()
}

/// A watch that never ends: errors are counted, told and waited out.
fn patient<'a, K: 'a>(
    watch: impl Stream<Item = Result<Event<K>, watcher::Error>> + Send + 'a,
    name: &'a str,
    watches: &'a Watches,
    failed: impl Fn(&watcher::Error) + 'a,
) -> impl Stream<Item = Event<K>> + 'a {
    watch.default_backoff().filter_map(move |event| {
        let event = match event {
            Ok(event) => {
                watches.health.works(name);
                Some(event)
            }
            Err(error) => {
                // 410 and closed connections are everyday; what lasts shows in readiness.
                let why = why(&error);
                tracing::warn!(watch = name, error = why, "a watch failed, and is begun again");
                watches.metrics.watch_failed(name);
                watches.health.fails(name, &why);
                failed(&error);
                None
            }
        };
        std::future::ready(event)
    })
}

/// What a watch has shown, so that a list that begins anew tells what went meanwhile.
#[derive(Default)]
struct Known {
    known: BTreeSet<(String, String)>,
    listed: BTreeSet<(String, String)>,
}

impl Known {
    /// What the event shows, and what is gone by it.
    fn take<K: Resource>(
        &mut self,
        event: Event<K>,
        listed: impl FnOnce(),
    ) -> (Option<K>, Vec<(String, String)>) {
        let key = |object: &K| (object.namespace().unwrap_or_default(), object.name_any());
        match event {
            Event::Init => {
                self.listed.clear();
                (None, Vec::new())
            }
            Event::InitApply(object) => {
                self.known.insert(key(&object));
                self.listed.insert(key(&object));
                (Some(object), Vec::new())
            }
            Event::Apply(object) => {
                self.known.insert(key(&object));
                (Some(object), Vec::new())
            }
            Event::Delete(object) => {
                let key = key(&object);
                self.known.remove(&key);
                (None, vec![key])
            }
            Event::InitDone => {
                listed();
                let listed = std::mem::take(&mut self.listed);
                let gone = self.known.difference(&listed).cloned().collect();
                self.known = listed;
                (None, gone)
            }
        }
    }
}

/// The objects that a watch shows and that do not parse.
#[derive(Default)]
struct Unparsed {
    now: BTreeSet<(String, String)>,
    listed: BTreeSet<(String, String)>,
}

impl Unparsed {
    /// How many more there are by the event, or fewer.
    fn take<K: Managed>(&mut self, event: &Event<Shown<K>>) -> i64 {
        let key = |object: &Shown<K>| (object.namespace().unwrap_or_default(), object.name_any());
        let before = self.now.len();
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(object) | Event::Apply(object) if object.0.is_err() => {
                self.now.insert(key(object));
                self.listed.insert(key(object));
            }
            Event::InitApply(object) | Event::Apply(object) | Event::Delete(object) => {
                self.now.remove(&key(object));
            }
            // What went meanwhile was not listed.
            Event::InitDone => self.now = std::mem::take(&mut self.listed),
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        count(self.now.len()) - count(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::SpotAccount;
    use serde_json::json;

    fn object(name: &str, parses: bool) -> Shown<SpotAccount> {
        let called = if parses { json!("a") } else { json!(["a"]) };
        let spec = json!({"organizationRef": {"name": "acme"}, "name": called});
        let whole = json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1",
            "kind": "SpotAccount",
            "metadata": {"name": name, "namespace": "n"},
            "spec": spec,
        });
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn what_does_not_parse_counts_until_it_does_or_is_gone() {
        let mut unparsed = Unparsed::default();
        let mut take = |event| unparsed.take(&event);
        let mut list = |objects: &[(&str, bool)]| -> i64 {
            let applied = objects.iter().map(|(name, parses)| Event::InitApply(object(name, *parses)));
            std::iter::once(Event::Init).chain(applied).chain([Event::InitDone]).map(&mut take).sum()
        };
        assert_eq!(list(&[("good", true), ("bad", false), ("worse", false)]), 2);
        assert_eq!(list(&[("good", true), ("bad", false), ("worse", false)]), 0, "the same once more");
        assert_eq!(list(&[("good", false), ("bad", true)]), -1, "one more, one mended and one gone");
        assert_eq!(take(Event::Apply(object("good", false))), 0, "seen again");
        assert_eq!(take(Event::Apply(object("new", false))), 1);
        assert_eq!(take(Event::Apply(object("new", true))), -1);
        assert_eq!(take(Event::Delete(object("bad", true))), 0);
        assert_eq!(take(Event::Delete(object("good", false))), -1);
    }
    use kube::core::Status;

    #[test]
    fn only_a_list_that_is_not_found_means_that_there_is_no_such_kind() {
        let refused = |code| kube::Error::Api(Box::new(Status::failure("no", "").with_code(code)));
        for (code, undefined) in
            [(404, true), (401, false), (403, false), (410, false), (429, false), (503, false)]
        {
            assert_eq!(is_undefined(&watcher::Error::InitialListFailed(refused(code))), undefined, "{code}");
            assert!(!is_undefined(&watcher::Error::WatchStartFailed(refused(code))), "{code}");
            let told = why(&watcher::Error::InitialListFailed(refused(code)));
            assert_eq!(
                told.contains("orgkeeper crds | kubectl apply --server-side -f -"),
                undefined,
                "{told}"
            );
        }
    }
}
