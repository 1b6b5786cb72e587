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
    /// An object whose last form could not be read has gone: its namespace, name and uid.
    Lost(String, String, Option<String>),
    /// The list has ended: what it did not show is gone. Where none had begun, everything that is
    /// watched has been listed.
    Listed,
    /// A list of one namespace has ended: what of that namespace is not among these names is gone.
    ListedIn(String, BTreeSet<String>),
    /// The API server has no such kind, so there are no objects of it.
    Undefined,
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
    /// Whether the API server lacks the kind, as far as it was told last.
    undefined: Cell<bool>,
}

impl<R> Default for Objects<R> {
    fn default() -> Self {
        Self {
            objects: RefCell::default(),
            listing: RefCell::default(),
            synced: Cell::default(),
            undefined: Cell::default(),
        }
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

    /// The resourceVersion of each, as it is known.
    pub fn versions(&self) -> BTreeMap<ObjectRef, String> {
        let objects = self.objects.borrow();
        let version = |object: &Rc<R>| object.meta().resource_version.clone().unwrap_or_default();
        objects.iter().map(|(key, object)| (key.clone(), version(object))).collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.objects.borrow().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all objects are known: a whole list was seen, or there can be none.
    pub fn synced(&self) -> bool {
        self.synced.get() || self.undefined.get()
    }

    /// Takes in what a watch tells. Returns the objects that changed or went, as (before, after).
    pub fn feed(&self, fed: Fed<R>) -> Moves<R> {
        match fed {
            Fed::Undefined => {
                // Of a kind that was there, what is known stays: its watch told what was deleted with it.
                self.undefined.set(true);
                Vec::new()
            }
            Fed::Restarted => {
                *self.listing.borrow_mut() = Some(BTreeSet::new());
                Vec::new()
            }
            Fed::Applied(object) => {
                self.undefined.set(false);
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
            Fed::Lost(namespace, name, uid) => {
                let key = ObjectRef { kind: R::KIND, namespace, name };
                let mut objects = self.objects.borrow_mut();
                match objects.get(&key) {
                    Some(known) if known.meta().uid == uid => vec![(objects.remove(&key), None)],
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
                self.undefined.set(false);
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
        // What goes with its last finalizer must not come back into the cache once a watch told of its end;
        // until then it must not be taken for what it was before.
        let gone = written.meta().deletion_timestamp.is_some()
            && written.meta().finalizers.as_ref().is_none_or(Vec::is_empty);
        if !gone || self.get(&key).is_some_and(|known| known.meta().uid == written.meta().uid) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::spot::SpotAccount;

    fn object(namespace: &str, name: &str, uid: &str, version: u32) -> SpotAccount {
        serde_json::from_value(json!({
            "apiVersion": "spot.orgkeeper.dev/v1alpha1",
            "kind": "SpotAccount",
            "metadata": {"namespace": namespace, "name": name, "uid": uid, "resourceVersion": version.to_string()},
            "spec": {"organizationRef": {"name": "acme"}, "name": name},
        }))
        .unwrap()
    }

    fn names(objects: &Objects<SpotAccount>) -> Vec<String> {
        objects.all().iter().map(|object| reference(object.as_ref()).to_string()).collect()
    }

    fn version(objects: &Objects<SpotAccount>) -> String {
        objects.all()[0].metadata.resource_version.clone().unwrap()
    }

    #[test]
    fn nothing_older_replaces_what_is_known() {
        let objects = Objects::default();
        assert_eq!(objects.feed(Fed::Applied(object("n", "a", "1", 10))).len(), 1);
        assert!(objects.feed(Fed::Applied(object("n", "a", "1", 9))).is_empty(), "an echo from before");
        assert!(objects.feed(Fed::Applied(object("n", "a", "1", 10))).is_empty(), "an echo of our own write");
        assert_eq!(version(&objects), "10");
        objects.feed(Fed::Applied(object("n", "a", "1", 11)));
        assert_eq!(version(&objects), "11", "numbers, not words: 9 is before 11");
        objects.feed(Fed::Applied(object("n", "a", "2", 5)));
        assert_eq!(version(&objects), "5", "another object of the same name");
    }

    #[test]
    fn an_end_counts_only_for_the_object_that_ended() {
        let objects = Objects::default();
        objects.feed(Fed::Applied(object("n", "a", "2", 20)));
        assert!(objects.feed(Fed::Deleted(object("n", "a", "1", 30))).is_empty(), "its predecessor");
        assert!(objects.feed(Fed::Lost("n".into(), "a".into(), Some("1".into()))).is_empty());
        assert_eq!(objects.feed(Fed::Lost("n".into(), "a".into(), Some("2".into()))).len(), 1);
        objects.feed(Fed::Applied(object("n", "a", "3", 40)));
        assert_eq!(objects.feed(Fed::Deleted(object("n", "a", "3", 41))).len(), 1);
        assert!(objects.is_empty());
    }

    #[test]
    fn what_a_list_does_not_show_is_gone_once_it_has_ended() {
        let objects = Objects::default();
        for name in ["a", "b"] {
            objects.feed(Fed::Applied(object("n", name, name, 1)));
        }
        assert!(!objects.synced());
        objects.feed(Fed::Restarted);
        objects.feed(Fed::Applied(object("n", "b", "b", 1)));
        assert_eq!(objects.len(), 2, "a list under way says nothing of what is missing");
        assert_eq!(objects.feed(Fed::Listed).len(), 1);
        assert_eq!(names(&objects), ["SpotAccount n/b"]);
        assert!(objects.synced());
    }

    #[test]
    fn a_list_of_one_namespace_says_nothing_of_others() {
        let objects = Objects::default();
        for (namespace, name) in [("n", "a"), ("n", "b"), ("m", "c")] {
            objects.feed(Fed::Applied(object(namespace, name, name, 1)));
        }
        let gone = objects.feed(Fed::ListedIn("n".into(), BTreeSet::from(["b".to_owned()])));
        assert_eq!(gone.len(), 1);
        assert_eq!(names(&objects), ["SpotAccount m/c", "SpotAccount n/b"]);
        assert!(!objects.synced(), "the other namespaces may still be listing");
        assert!(objects.feed(Fed::Listed).is_empty());
        assert!(objects.synced());
    }

    #[test]
    fn a_kind_that_is_not_there_has_no_objects_until_it_comes() {
        let objects = Objects::default();
        objects.feed(Fed::Restarted);
        assert!(!objects.synced(), "nobody knows yet");
        objects.feed(Fed::Undefined);
        objects.feed(Fed::Restarted);
        assert!(objects.synced(), "asked again, and not answered yet");
        objects.feed(Fed::Applied(object("n", "a", "1", 1)));
        assert!(!objects.synced(), "there may be more");
        objects.feed(Fed::Listed);
        assert!(objects.synced());
        objects.feed(Fed::Undefined);
        assert_eq!(names(&objects), ["SpotAccount n/a"]);
    }
}
