//! The objects of one kind, as the API server showed them last, and our writes to them.
//!
//! A watch feeds the cache; our own writes enter it at once, and nothing older replaces them. So no
//! reconcile ever runs on an object older than our own last write of it (rule 4).

use crate::api::managed::Managed;
use crate::engine::report;
use crate::engine::seams::{Cluster, ClusterError, ObjectRef, Part};
use serde_json::{Map, Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A change that a watch tells of.
pub enum Fed<R> {
    /// A list begins.
    Restarted,
    /// An object as it is now.
    Applied(R),
    /// An object as it was when it went.
    Deleted(R),
    /// The list has ended: what it did not show is gone. Where none had begun, everything that is
    /// watched has been listed.
    Listed,
    /// A list of one namespace has ended: what of that namespace is not among these names is gone.
    ListedIn(String, BTreeSet<String>),
}

/// What must hold for a write to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nobody has written the object since we read it.
    Unchanged,
    /// It is still the same object.
    SameObject,
}

/// An object before and after a change; `None` where there is none.
pub type Moves<R> = Vec<(Option<Rc<R>>, Option<Rc<R>>)>;

/// The objects of a kind.
pub struct Objects<R> {
    objects: RefCell<BTreeMap<ObjectRef, Rc<R>>>,
    /// What a list under way has shown so far.
    listing: RefCell<Option<BTreeSet<ObjectRef>>>,
    synced: Cell<bool>,
}

impl<R> Default for Objects<R> {
    fn default() -> Self {
        Self { objects: RefCell::default(), listing: RefCell::default(), synced: Cell::new(false) }
    }
}

/// The object's reference.
pub fn reference<R: Managed>(object: &R) -> ObjectRef {
    ObjectRef {
        kind: R::KIND,
        namespace: object.meta().namespace.clone().unwrap_or_default(),
        name: object.meta().name.clone().unwrap_or_default(),
    }
}

impl<R: Managed> Objects<R> {
    /// The object.
    pub fn get(&self, key: &ObjectRef) -> Option<Rc<R>> {
        self.objects.borrow().get(key).cloned()
    }

    /// All objects, in order.
    pub fn all(&self) -> Vec<Rc<R>> {
        self.objects.borrow().values().cloned().collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.objects.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a whole list was seen.
    pub fn synced(&self) -> bool {
        self.synced.get()
    }

    /// Takes in what a watch tells. Returns the objects that changed or went, as (before, after).
    pub fn feed(&self, fed: Fed<R>) -> Moves<R> {
        match fed {
            Fed::Restarted => {
                *self.listing.borrow_mut() = Some(BTreeSet::new());
                Vec::new()
            }
            Fed::Applied(object) => {
                if let Some(listing) = self.listing.borrow_mut().as_mut() {
                    listing.insert(reference(&object));
                }
                self.insert(object)
            }
            Fed::Deleted(object) => {
                let key = reference(&object);
                let mut objects = self.objects.borrow_mut();
                // A new object of the same name may be here already.
                match objects.get(&key) {
                    Some(known) if known.meta().uid == object.meta().uid => {
                        vec![(objects.remove(&key), None)]
                    }
                    _ => Vec::new(),
                }
            }
            Fed::Listed => {
                self.synced.set(true);
                let Some(listed) = self.listing.borrow_mut().take() else { return Vec::new() };
                let mut objects = self.objects.borrow_mut();
                let gone: Vec<ObjectRef> =
                    objects.keys().filter(|key| !listed.contains(*key)).cloned().collect();
                gone.into_iter().map(|key| (objects.remove(&key), None)).collect()
            }
            Fed::ListedIn(namespace, names) => {
                let mut objects = self.objects.borrow_mut();
                let here = objects.keys().filter(|key| key.namespace == namespace);
                let gone: Vec<ObjectRef> = here.filter(|key| !names.contains(&key.name)).cloned().collect();
                gone.into_iter().map(|key| (objects.remove(&key), None)).collect()
            }
        }
    }

    /// Puts an object in place unless a newer state of it is known.
    fn insert(&self, object: R) -> Moves<R> {
        let key = reference(&object);
        let mut objects = self.objects.borrow_mut();
        let before = objects.get(&key).cloned();
        if let Some(before) = &before
            && before.meta().uid == object.meta().uid
            && !newer(&object, before)
        {
            return Vec::new();
        }
        let after = Rc::new(object);
        objects.insert(key, Rc::clone(&after));
        vec![(before, Some(after))]
    }

    /// Writes `status` in place of the object's, if they differ; the object as it then is.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn write_status(
        &self,
        cluster: &dyn Cluster,
        object: &Rc<R>,
        status: &Value,
        precondition: Precondition,
    ) -> Result<Written<R>, ClusterError> {
        let Some(patch) = report::patch(&status_of(object.as_ref()), status) else {
            return Ok(Written { object: Rc::clone(object), changed: false });
        };
        let body = json!({ "metadata": preconditions(object.as_ref(), precondition), "status": patch });
        self.send(cluster, object, Part::Status, body).await
    }

    /// Sets or removes one finalizer.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn write_finalizer(
        &self,
        cluster: &dyn Cluster,
        object: &Rc<R>,
        finalizer: &str,
        present: bool,
    ) -> Result<Written<R>, ClusterError> {
        let mut finalizers = object.meta().finalizers.clone().unwrap_or_default();
        if finalizers.iter().any(|known| known == finalizer) == present {
            return Ok(Written { object: Rc::clone(object), changed: false });
        }
        if present {
            finalizers.push(finalizer.to_owned());
        } else {
            finalizers.retain(|known| known != finalizer);
        }
        // A merge patch replaces the whole list: somebody else's finalizer must not get lost.
        let mut metadata = preconditions(object.as_ref(), Precondition::Unchanged);
        metadata.insert("finalizers".into(), json!(finalizers));
        self.send(cluster, object, Part::Main, json!({ "metadata": metadata })).await
    }

    async fn send(
        &self,
        cluster: &dyn Cluster,
        object: &Rc<R>,
        part: Part,
        body: Value,
    ) -> Result<Written<R>, ClusterError> {
        let key = reference(object.as_ref());
        let answer = cluster.patch(&key, part, body).await?;
        let written: R = serde_json::from_value(answer)
            .map_err(|error| ClusterError::Unavailable(format!("unreadable answer: {error}")))?;
        let written = Rc::new(written);
        // What goes with its last finalizer must not come back into the cache.
        let gone = written.meta().deletion_timestamp.is_some()
            && written.meta().finalizers.as_ref().is_none_or(Vec::is_empty);
        if !gone {
            self.insert(R::clone(&written));
        }
        Ok(Written { object: written, changed: true })
    }
}

/// The outcome of a write.
pub struct Written<R> {
    /// The object as it is now.
    pub object: Rc<R>,
    /// Whether there was anything to write.
    pub changed: bool,
}

/// The object's status as JSON; empty where it has none.
pub fn status_of<R: Managed>(object: &R) -> Value {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    match value.get_mut("status").map(Value::take) {
        Some(status @ Value::Object(_)) => status,
        _ => json!({}),
    }
}

fn preconditions<R: Managed>(object: &R, precondition: Precondition) -> Map<String, Value> {
    let meta = object.meta();
    let (key, value) = match precondition {
        Precondition::Unchanged => ("resourceVersion", &meta.resource_version),
        Precondition::SameObject => ("uid", &meta.uid),
    };
    value.iter().map(|value| (key.to_owned(), Value::from(value.clone()))).collect()
}

/// Whether `one` is a later state than `other`. Kubernetes compares resource versions of one kind as
/// numbers; where they are none, what comes later counts.
fn newer<R: Managed>(one: &R, other: &R) -> bool {
    let version = |object: &R| object.meta().resource_version.as_ref()?.parse::<u128>().ok();
    match (version(one), version(other)) {
        (Some(one), Some(other)) => one > other,
        _ => one.meta().resource_version != other.meta().resource_version,
    }
}
