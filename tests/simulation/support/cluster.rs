//! Kubernetes as one process reaches it: late, now and then failing, and not at all once it is dead.

use super::fate::Fate;
use super::journal::Journal;
use super::unkind::Unkind;
use super::unkind::calls::{Answer, PATIENCE, Trouble};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use orgkeeper::engine::base::merge_patch::merge;
use orgkeeper::engine::base::ports::{
    Clock, Cluster, ClusterError, Event, LeaseRecord, ObjectRef, Part, SecretData, SecretWrite, Tick,
};
use orgkeeper::engine::base::simulation::{SimClock, SimCluster};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// One way of the API server.
const WAY: Duration = Duration::from_millis(2);

/// How long a server that is slow takes.
const LATE: Duration = Duration::from_secs(1);
/// How long a call takes that nobody waits for any more.
const OVERDUE: Duration = Duration::from_secs(40);

/// What goes wrong with a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchFault {
    /// Refused by a server that is not ready.
    Before,
    /// Stored, and the answer is lost.
    After,
    /// Somebody else was faster.
    Conflict,
    /// RBAC or admission refuses.
    Forbidden,
    /// Stored by a server that takes a second.
    Late,
    /// Stored at once, and answered a second later.
    Held,
    /// Not answered, and carried out all the same a while later.
    Overdue,
}

/// Faults to come: how many patches pass first, then what befalls the next.
#[derive(Default)]
pub struct PatchFaults(RefCell<Vec<(usize, PatchFault)>>);

impl PatchFaults {
    /// The patch after `skip` others fails so.
    pub fn add(&self, skip: usize, fault: PatchFault) {
        self.0.borrow_mut().push((skip, fault));
    }

    /// Whether one is to come.
    pub fn is_pending(&self) -> bool {
        !self.0.borrow().is_empty()
    }

    /// No more faults come.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    fn strike(&self) -> Option<PatchFault> {
        let mut faults = self.0.borrow_mut();
        let struck = faults.iter().position(|(skip, _)| *skip == 0);
        for (skip, _) in faults.iter_mut() {
            *skip = skip.saturating_sub(1);
        }
        struck.map(|index| faults.remove(index).1)
    }
}

/// The cluster for one process.
pub struct ProcessCluster {
    pub identity: String,
    pub inner: Rc<SimCluster>,
    pub clock: Rc<SimClock>,
    pub fate: Rc<Fate>,
    pub faults: Rc<PatchFaults>,
    pub lease_takes: Duration,
    pub unkind: Rc<Unkind>,
    pub journal: Rc<Journal>,
}

/// What the API server does at once when it is asked.
type Effect<T> = Box<dyn FnOnce(&SimCluster) -> Result<T, ClusterError>>;

/// What somebody else writes.
type Meddling = Box<dyn FnOnce(&SimCluster)>;

fn at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("the cluster in memory answers at once")
}

fn lost() -> ClusterError {
    ClusterError::Unavailable("connection lost".into())
}

impl ProcessCluster {
    async fn way(&self, besides: Duration) {
        self.clock.sleep_until(self.clock.tick() + WAY + besides).await;
    }

    /// Reads are no steps: nothing is lost by dying there that is not lost a step later.
    async fn read<T: 'static>(&self, read: Effect<T>) -> Result<T, ClusterError> {
        self.journal.called();
        let trouble = self.unkind.call();
        let sent = self.clock.tick();
        self.way(trouble.before).await;
        if self.fate.is_dead() {
            return std::future::pending().await;
        }
        let outcome = self.carry_out(trouble.answer, sent, read).await;
        if !trouble.after.is_zero() {
            self.clock.sleep_until(self.clock.tick() + trouble.after).await;
        }
        outcome
    }

    async fn write<T: 'static>(
        &self,
        trouble: Trouble,
        fault: impl FnOnce() -> Option<PatchFault>,
        effect: Effect<T>,
    ) -> Result<T, ClusterError> {
        self.journal.called();
        let sent = self.clock.tick();
        self.way(trouble.before).await;
        self.fate.pass().await;
        let outcome = match fault() {
            Some(PatchFault::Before) => Err(lost()),
            Some(PatchFault::After) => effect(&self.inner).and_then(|_| Err(lost())),
            Some(PatchFault::Conflict) => Err(ClusterError::Conflict("somebody was faster".into())),
            Some(PatchFault::Late) => {
                self.clock.sleep_until(self.clock.tick() + LATE).await;
                effect(&self.inner)
            }
            Some(PatchFault::Held) => {
                let answer = effect(&self.inner);
                self.clock.sleep_until(self.clock.tick() + LATE).await;
                answer
            }
            Some(PatchFault::Overdue) => {
                let inner = Rc::clone(&self.inner);
                self.unkind.later(sent + OVERDUE, move || drop(effect(&inner)));
                Err(lost())
            }
            Some(PatchFault::Forbidden) => Err(ClusterError::Forbidden("by a policy".into())),
            None => self.carry_out(trouble.answer, sent, effect).await,
        };
        self.fate.pass().await;
        self.way(trouble.after).await;
        self.journal.written(&outcome);
        outcome
    }

    /// What becomes of a call that was sent then.
    async fn carry_out<T: 'static>(
        &self,
        answer: Answer,
        sent: Tick,
        effect: Effect<T>,
    ) -> Result<T, ClusterError> {
        match answer {
            Answer::True => effect(&self.inner),
            Answer::Refused(error) => Err(error),
            Answer::Lost(error) => effect(&self.inner).and(Err(error)),
            Answer::GivenUp(after) => {
                let inner = Rc::clone(&self.inner);
                self.unkind.later(sent + after, move || drop(effect(&inner)));
                self.clock.sleep_until(sent + PATIENCE).await;
                Err(ClusterError::Unavailable(format!("no answer within {PATIENCE:?}")))
            }
        }
    }

    /// The same of a call that names the version it was made for: somebody else may be faster.
    async fn write_unless_moved<T: 'static>(
        &self,
        meddling: Meddling,
        effect: Effect<T>,
    ) -> Result<T, ClusterError> {
        let trouble = self.unkind.call();
        let meddled = trouble.meddled;
        let both = move |inner: &SimCluster| {
            if meddled {
                meddling(inner);
            }
            effect(inner)
        };
        self.write(trouble, || None, Box::new(both)).await
    }
}

/// Somebody else edits the Secret.
fn touch_secret(namespace: &str, name: &str) -> Meddling {
    let (namespace, name) = (namespace.to_owned(), name.to_owned());
    Box::new(move |inner| {
        if inner.secrets().contains_key(&(namespace.clone(), name.clone())) {
            inner.edit_secret(&namespace, &name, |_| ());
        }
    })
}

impl Cluster for ProcessCluster {
    fn patch(
        &self,
        object: &ObjectRef,
        part: Part,
        patch: Value,
    ) -> LocalBoxFuture<'_, Result<Value, ClusterError>> {
        let object = object.clone();
        self.journal.stores(&self.identity, &object.kind.to_string());
        async move {
            let trouble = self.unkind.call();
            let meddled = trouble.meddled;
            let of_a_version = part == Part::Status && !patch["metadata"]["resourceVersion"].is_null();
            let outdone = self.unkind.outdone(&object).filter(|_| of_a_version);
            let effect = move |inner: &SimCluster| {
                if let Some(members) = outdone {
                    inner.edit(&object, |object| merge(&mut object["status"], &members));
                }
                if meddled {
                    // Another controller, which has its own business with the object.
                    inner.edit(&object, |object| object["metadata"]["labels"]["touched"] = "yes".into());
                }
                at_once(inner.patch(&object, part, patch))
            };
            self.write(trouble, || self.faults.strike(), Box::new(effect)).await
        }
        .boxed_local()
    }

    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>> {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.read(Box::new(move |inner| at_once(inner.secret(&namespace, &name)))).boxed_local()
    }

    fn set_secret_finalizers(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        finalizers: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>> {
        let touch = touch_secret(namespace, name);
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let version = resource_version.to_owned();
        let effect = move |inner: &SimCluster| {
            at_once(inner.set_secret_finalizers(&namespace, &name, &version, finalizers))
        };
        self.write_unless_moved(touch, Box::new(effect)).boxed_local()
    }

    fn write_secret(&self, secret: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>> {
        let touch = touch_secret(&secret.namespace, &secret.name);
        self.write_unless_moved(touch, Box::new(move |inner| at_once(inner.write_secret(secret))))
            .boxed_local()
    }

    fn delete_secret(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>> {
        let touch = touch_secret(namespace, name);
        let (namespace, name, read) = (namespace.to_owned(), name.to_owned(), read.clone());
        let effect =
            move |inner: &SimCluster| at_once(Cluster::delete_secret(inner, &namespace, &name, &read));
        self.write_unless_moved(touch, Box::new(effect)).boxed_local()
    }

    /// Nobody waits for an event to be stored, and none is lost here: what only an event tells must be told.
    fn event(&self, event: Event) -> LocalBoxFuture<'_, ()> {
        self.journal.called();
        async move {
            self.way(Duration::ZERO).await;
            self.fate.pass().await;
            at_once(self.inner.event(event));
            self.fate.pass().await;
            self.way(Duration::ZERO).await;
        }
        .boxed_local()
    }

    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>> {
        async {
            self.clock.sleep_until(self.clock.tick() + self.lease_takes).await;
            self.read(Box::new(|inner| at_once(inner.lease()))).await
        }
        .boxed_local()
    }

    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>> {
        let journal = Rc::clone(&self.journal);
        let effect = move |inner: &SimCluster| {
            let stored = at_once(inner.put_lease(lease));
            if let Ok(record) = &stored {
                journal.lease(record);
            }
            stored
        };
        self.read(Box::new(effect)).boxed_local()
    }
}
