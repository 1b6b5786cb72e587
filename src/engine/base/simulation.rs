//! The ports on a virtual clock, for tests and replays: nothing here sleeps, and nothing is random.

mod admission;
mod clock;
mod stored;

pub use admission::Admission;
pub use clock::{SimClock, SimEntropy};
pub use stored::StoredCluster;

pub use crate::engine::base::merge_patch::merge;
use crate::engine::base::ports::{
    Cluster, ClusterError, Event, LeaseRecord, ObjectRef, Part, SecretData, SecretWrite,
};
use clock::EPOCH;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// What a watch would tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// An object as it is now.
    Applied(Value),
    /// An object as it was when it went.
    Deleted(Value),
}

/// A Kubernetes in memory: resource versions, uids, generations, finalizers, preconditions.
#[derive(Default)]
pub struct SimCluster {
    version: Cell<u64>,
    /// What the clock of the API server shows, where it stands still.
    second: Cell<Option<u64>>,
    broken: Cell<bool>,
    secrets_refused: Cell<bool>,
    secret_writes: Cell<usize>,
    objects: RefCell<BTreeMap<ObjectRef, Value>>,
    secrets: RefCell<BTreeMap<(String, String), SecretData>>,
    lease: RefCell<Option<LeaseRecord>>,
    /// What happens before the Lease is put next.
    before_lease: RefCell<Option<Box<dyn FnOnce()>>>,
    lease_answer_lost: Cell<bool>,
    secret_reads_refused: Cell<bool>,
    told: RefCell<VecDeque<Told>>,
    events: RefCell<Vec<Event>>,
    writes: RefCell<Vec<(ObjectRef, Value)>>,
    admission: RefCell<Option<Rc<dyn Admission>>>,
}

impl SimCluster {
    /// An empty one.
    pub fn new() -> Rc<Self> {
        Rc::new(Self::default())
    }

    /// From now on all objects are made within one second, and a later one has the smaller uid: the API server
    /// stamps whole seconds, and draws uids.
    pub fn in_one_second(&self) {
        self.second.set(Some(self.version.get()));
    }

    /// From now on this stands between the operator's writes and their being stored.
    pub fn admit(&self, admission: Rc<dyn Admission>) {
        *self.admission.borrow_mut() = Some(admission);
    }

    /// Whether writes and reads fail.
    pub fn break_down(&self, broken: bool) {
        self.broken.set(broken);
    }

    /// Whether writes of Secrets fail.
    pub fn refuse_secrets(&self, refused: bool) {
        self.secrets_refused.set(refused);
    }

    /// Puts an object in place as a person would: its spec and annotations.
    pub fn apply(&self, key: &ObjectRef, api_version: &str, spec: &Value, annotations: &Value) {
        let version = self.next_version();
        let (uid, born) = match self.second.get() {
            Some(second) => (format!("uid-{:020}", u64::MAX - version), born(second)),
            None => (format!("uid-{version}"), born(version)),
        };
        let mut objects = self.objects.borrow_mut();
        let object = objects.entry(key.clone()).or_insert_with(|| {
            json!({
                "apiVersion": api_version,
                "kind": key.kind.name(),
                "metadata": {
                    "namespace": key.namespace,
                    "name": key.name,
                    "uid": uid,
                    "generation": 0,
                    "creationTimestamp": born,
                },
                "status": {"observedGeneration": -1},
            })
        });
        if object["spec"] != *spec {
            object["spec"] = spec.clone();
            object["metadata"]["generation"] =
                json!(object["metadata"]["generation"].as_u64().unwrap_or(0) + 1);
        }
        object["metadata"]["annotations"] = annotations.clone();
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        self.told.borrow_mut().push_back(Told::Applied(object.clone()));
    }

    /// Edits an object as another controller would: anything but its generation follows by itself.
    pub fn edit(&self, key: &ObjectRef, edit: impl FnOnce(&mut Value)) {
        let mut objects = self.objects.borrow_mut();
        let Some(object) = objects.get_mut(key) else { return };
        edit(object);
        object["metadata"]["resourceVersion"] = json!(self.next_version().to_string());
        self.told.borrow_mut().push_back(Told::Applied(object.clone()));
    }

    /// Deletes an object as a person would.
    pub fn delete(&self, key: &ObjectRef) {
        let version = self.next_version();
        let mut objects = self.objects.borrow_mut();
        let Some(object) = objects.get_mut(key) else { return };
        if object["metadata"]["deletionTimestamp"].is_null() {
            object["metadata"]["deletionTimestamp"] = json!("2026-01-02T00:00:00Z");
            object["metadata"]["generation"] =
                json!(object["metadata"]["generation"].as_u64().unwrap_or(0) + 1);
        }
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        if object["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty) {
            if let Some(gone) = objects.remove(key) {
                self.told.borrow_mut().push_back(Told::Deleted(gone));
            }
        } else {
            self.told.borrow_mut().push_back(Told::Applied(object.clone()));
        }
    }

    /// Takes the finalizers of an object away as a person would.
    pub fn release(&self, key: &ObjectRef) {
        if let Some(object) = self.objects.borrow_mut().get_mut(key) {
            object["metadata"]["finalizers"] = json!([]);
        }
        self.delete(key);
    }

    /// Puts a Secret in place; of one that is there only the values are replaced.
    pub fn put_secret(&self, namespace: &str, name: &str, key: &str, value: &str) {
        self.edit_secret(namespace, name, |secret| {
            secret.values = BTreeMap::from([(key.to_owned(), SecretString::from(value.to_owned()))]);
        });
    }

    /// Edits a Secret as a person would, or makes it.
    pub fn edit_secret(&self, namespace: &str, name: &str, edit: impl FnOnce(&mut SecretData)) -> SecretData {
        let version = self.next_version().to_string();
        let mut secrets = self.secrets.borrow_mut();
        let secret = secrets
            .entry((namespace.to_owned(), name.to_owned()))
            .or_insert_with(|| SecretData { uid: format!("uid-{version}"), ..SecretData::default() });
        edit(secret);
        secret.resource_version = version;
        secret.clone()
    }

    /// Whether reads of Secrets fail.
    pub fn refuse_secret_reads(&self, refused: bool) {
        self.secret_reads_refused.set(refused);
    }

    /// What happens while the Lease is on its way to be put the next time.
    pub fn before_lease_is_put(&self, act: impl FnOnce() + 'static) {
        self.before_lease.replace(Some(Box::new(act)));
    }

    /// The Lease is put the next time, and nobody hears of it.
    pub fn lose_the_answer_to_the_next_lease(&self) {
        self.lease_answer_lost.set(true);
    }

    /// Deletes the Lease as a person would.
    pub fn delete_lease(&self) {
        self.lease.replace(None);
    }

    /// Deletes a Secret as a person would: its finalizers hold it.
    pub fn delete_secret(&self, namespace: &str, name: &str) {
        let version = self.next_version().to_string();
        let mut secrets = self.secrets.borrow_mut();
        let key = (namespace.to_owned(), name.to_owned());
        match secrets.get_mut(&key) {
            Some(secret) if !secret.finalizers.is_empty() => {
                secret.deleting = true;
                secret.resource_version = version;
            }
            _ => drop(secrets.remove(&key)),
        }
    }

    /// The Secrets as a watch of their metadata shows them.
    pub fn secrets(&self) -> BTreeMap<(String, String), SecretData> {
        self.secrets.borrow().clone()
    }

    /// The object as it is.
    pub fn object(&self, key: &ObjectRef) -> Option<Value> {
        self.objects.borrow().get(key).cloned()
    }

    /// All objects, as a watch that begins anew lists them.
    pub fn all(&self) -> Vec<Value> {
        self.objects.borrow().values().cloned().collect()
    }

    /// What a watch would tell next.
    pub fn tell(&self) -> Option<Told> {
        self.told.borrow_mut().pop_front()
    }

    /// The events so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.borrow().clone()
    }

    /// The patches so far: object and body.
    pub fn writes(&self) -> Vec<(ObjectRef, Value)> {
        self.writes.borrow().clone()
    }

    /// How often the operator wrote a Secret.
    pub fn secret_writes(&self) -> usize {
        self.secret_writes.get()
    }

    fn next_version(&self) -> u64 {
        self.version.set(self.version.get() + 1);
        self.version.get()
    }

    fn up(&self) -> Result<(), ClusterError> {
        if self.broken.get() { Err(ClusterError::Unavailable("broken down".into())) } else { Ok(()) }
    }

    fn takes_secrets(&self) -> Result<(), ClusterError> {
        self.up()?;
        match self.secrets_refused.get() {
            true => Err(ClusterError::Unavailable("Secrets are not stored".into())),
            false => Ok(()),
        }
    }

    fn admission(&self) -> Option<Rc<dyn Admission>> {
        self.admission.borrow().clone()
    }

    fn write_secret_now(&self, mut secret: SecretWrite) -> Result<SecretData, ClusterError> {
        self.takes_secrets()?;
        self.admission().map_or(Ok(()), |admission| admission.secret(&mut secret))?;
        self.secret_writes.set(self.secret_writes.get() + 1);
        let known = self.secrets.borrow().get(&(secret.namespace.clone(), secret.name.clone())).cloned();
        match (&secret.over, known) {
            (None, Some(_)) => Err(ClusterError::Conflict("it exists already".into())),
            (Some(_), None) => Err(ClusterError::NotFound),
            (Some(over), Some(known)) if *over != known.resource_version => {
                Err(ClusterError::Conflict("resourceVersion differs".into()))
            }
            (Some(_), Some(known)) if known.immutable && !secret.values.is_empty() => Err(
                ClusterError::Invalid("data: Forbidden: field is immutable when `immutable` is set".into()),
            ),
            _ => Ok(self.edit_secret(&secret.namespace, &secret.name, |stored| {
                stored.labels.extend(secret.labels);
                stored.annotations.extend(secret.annotations);
                stored.values.extend(secret.values);
            })),
        }
    }

    fn patch_now(&self, key: &ObjectRef, part: Part, patch: &Value) -> Result<Value, ClusterError> {
        self.up()?;
        let mut objects = self.objects.borrow_mut();
        let object = objects.get_mut(key).ok_or(ClusterError::NotFound)?;
        for condition in ["resourceVersion", "uid"] {
            let wanted = &patch["metadata"][condition];
            if !wanted.is_null() && *wanted != object["metadata"][condition] {
                return Err(ClusterError::Conflict(format!("{condition} differs")));
            }
        }
        let (before, mut after, admission) = (object.clone(), object.clone(), self.admission());
        match part {
            Part::Status => merge(&mut after["status"], &patch["status"]),
            Part::Main => {
                if let Some(finalizers) = patch["metadata"].get("finalizers") {
                    after["metadata"]["finalizers"] = finalizers.clone();
                }
            }
        }
        admission.as_ref().map_or(Ok(()), |admission| admission.object(key, part, &mut after))?;
        self.writes.borrow_mut().push((key.clone(), patch.clone()));
        if after == before {
            return Ok(before);
        }
        after["metadata"]["resourceVersion"] = json!(self.next_version().to_string());
        *object = after.clone();
        if let Some(admission) = admission {
            admission.stored(key, &after);
        }
        let deleting = !after["metadata"]["deletionTimestamp"].is_null();
        if deleting && after["metadata"]["finalizers"].as_array().is_none_or(Vec::is_empty) {
            objects.remove(key);
            self.told.borrow_mut().push_back(Told::Deleted(after.clone()));
            // What goes is not stored once more: the API server answers with the version that it had.
            after["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
        } else {
            self.told.borrow_mut().push_back(Told::Applied(after.clone()));
        }
        Ok(after)
    }
}

impl Cluster for SimCluster {
    fn patch(
        &self,
        object: &ObjectRef,
        part: Part,
        patch: Value,
    ) -> LocalBoxFuture<'_, Result<Value, ClusterError>> {
        std::future::ready(self.patch_now(object, part, &patch)).boxed_local()
    }

    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>> {
        let secret = self.secrets.borrow().get(&(namespace.to_owned(), name.to_owned())).cloned();
        let outcome = match self.secret_reads_refused.get() {
            true => Err(ClusterError::Forbidden("Secrets are not read".into())),
            false => self.up().map(|()| secret),
        };
        std::future::ready(outcome).boxed_local()
    }

    fn set_secret_finalizers(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        finalizers: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>> {
        let version = self.next_version().to_string();
        let mut secrets = self.secrets.borrow_mut();
        let key = (namespace.to_owned(), name.to_owned());
        let outcome = self.takes_secrets().and_then(|()| match secrets.get_mut(&key) {
            Some(secret) if secret.resource_version != resource_version => {
                Err(ClusterError::Conflict("resourceVersion differs".into()))
            }
            Some(secret) => {
                secret.finalizers.clone_from(&finalizers);
                secret.resource_version = version;
                if secret.deleting && secret.finalizers.is_empty() {
                    secrets.remove(&key);
                }
                Ok(finalizers)
            }
            None => Err(ClusterError::NotFound),
        });
        std::future::ready(outcome).boxed_local()
    }

    fn write_secret(&self, secret: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>> {
        std::future::ready(self.write_secret_now(secret)).boxed_local()
    }

    fn delete_secret(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>> {
        let known = self.secrets.borrow().get(&(namespace.to_owned(), name.to_owned())).cloned();
        let outcome = self.takes_secrets().and_then(|()| match known {
            None => Err(ClusterError::NotFound),
            Some(known) if known.uid != read.uid || known.resource_version != read.resource_version => {
                Err(ClusterError::Conflict("it is another one now".into()))
            }
            Some(_) => {
                self.delete_secret(namespace, name);
                Ok(())
            }
        });
        std::future::ready(outcome).boxed_local()
    }

    fn event(&self, event: Event) -> LocalBoxFuture<'_, ()> {
        self.events.borrow_mut().push(event);
        std::future::ready(()).boxed_local()
    }

    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>> {
        std::future::ready(self.up().map(|()| self.lease.borrow().clone())).boxed_local()
    }

    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>> {
        if let Some(act) = self.before_lease.take() {
            act();
        }
        let mut stored = self.lease.borrow_mut();
        let version = stored.as_ref().map(|known| known.resource_version.clone()).unwrap_or_default();
        let outcome = match self.up() {
            Err(error) => Err(error),
            Ok(()) if version != lease.resource_version => Err(ClusterError::Conflict("it moved".into())),
            Ok(()) => {
                let next = LeaseRecord { resource_version: self.next_version().to_string(), ..lease };
                *stored = Some(next.clone());
                match self.lease_answer_lost.take() {
                    true => Err(ClusterError::Unavailable("connection lost".into())),
                    false => Ok(next),
                }
            }
        };
        std::future::ready(outcome).boxed_local()
    }
}

/// When the object that was made as the `version`th thing was made: a later one is younger.
fn born(version: u64) -> String {
    let second = jiff::SignedDuration::from_secs(i64::try_from(version).unwrap_or_default());
    let at = jiff::Timestamp::from_second(EPOCH).unwrap_or_default() + second;
    at.to_string()
}
