//! Kubernetes as one process reaches it: late, now and then failing, and not at all once it is dead.

use super::fate::Fate;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use orgkeeper::engine::seams::{
    Clock, Cluster, ClusterError, Event, LeaseRecord, ObjectRef, Part, SecretData, SecretWrite,
};
use orgkeeper::engine::simulation::{SimClock, SimCluster};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// One way of the API server.
const WAY: Duration = Duration::from_millis(2);

/// How long a server that is slow takes.
const LATE: Duration = Duration::from_secs(1);

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
}

/// Faults to come: how many patches pass first, then what befalls the next.
#[derive(Default)]
pub struct PatchFaults(RefCell<Vec<(usize, PatchFault)>>);

impl PatchFaults {
    /// The patch after `skip` others fails so.
    pub fn add(&self, skip: usize, fault: PatchFault) {
        self.0.borrow_mut().push((skip, fault));
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
    pub inner: Rc<SimCluster>,
    pub clock: Rc<SimClock>,
    pub fate: Rc<Fate>,
    pub faults: Rc<PatchFaults>,
    pub lease_takes: Duration,
}

impl ProcessCluster {
    async fn way(&self) {
        self.clock.sleep_until(self.clock.tick() + WAY).await;
    }

    /// Reads are no steps: nothing is lost by dying there that is not lost a step later.
    async fn read<T>(&self, read: impl Future<Output = T>) -> T {
        self.way().await;
        if self.fate.is_dead() {
            return std::future::pending().await;
        }
        read.await
    }

    async fn write<T>(&self, write: impl Future<Output = T>) -> T {
        self.way().await;
        self.fate.pass().await;
        let outcome = write.await;
        self.fate.pass().await;
        self.way().await;
        outcome
    }
}

impl Cluster for ProcessCluster {
    fn patch(
        &self,
        object: &ObjectRef,
        part: Part,
        patch: Value,
    ) -> LocalBoxFuture<'_, Result<Value, ClusterError>> {
        let object = object.clone();
        self.write(async move {
            let lost = || ClusterError::Unavailable("connection lost".into());
            match self.faults.strike() {
                Some(PatchFault::Before) => Err(lost()),
                Some(PatchFault::After) => {
                    self.inner.patch(&object, part, patch).await?;
                    Err(lost())
                }
                Some(PatchFault::Conflict) => Err(ClusterError::Conflict("somebody was faster".into())),
                Some(PatchFault::Late) => {
                    self.clock.sleep_until(self.clock.tick() + LATE).await;
                    self.inner.patch(&object, part, patch).await
                }
                Some(PatchFault::Held) => {
                    let answer = self.inner.patch(&object, part, patch).await;
                    self.clock.sleep_until(self.clock.tick() + LATE).await;
                    answer
                }
                Some(PatchFault::Forbidden) => Err(ClusterError::Forbidden("by a policy".into())),
                None => self.inner.patch(&object, part, patch).await,
            }
        })
        .boxed_local()
    }

    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>> {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.read(async move { self.inner.secret(&namespace, &name).await }).boxed_local()
    }

    fn set_secret_finalizers(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
        finalizers: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>> {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        let version = resource_version.to_owned();
        self.write(
            async move { self.inner.set_secret_finalizers(&namespace, &name, &version, finalizers).await },
        )
        .boxed_local()
    }

    fn write_secret(&self, secret: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>> {
        self.write(async move { self.inner.write_secret(secret).await }).boxed_local()
    }

    fn delete_secret(
        &self,
        namespace: &str,
        name: &str,
        read: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>> {
        let (namespace, name, read) = (namespace.to_owned(), name.to_owned(), read.clone());
        self.write(async move { Cluster::delete_secret(&*self.inner, &namespace, &name, &read).await })
            .boxed_local()
    }

    fn event(&self, event: Event) -> LocalBoxFuture<'_, ()> {
        self.write(async move { self.inner.event(event).await }).boxed_local()
    }

    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>> {
        self.read(async {
            self.clock.sleep_until(self.clock.tick() + self.lease_takes).await;
            self.inner.lease().await
        })
        .boxed_local()
    }

    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>> {
        self.read(async move { self.inner.put_lease(lease).await }).boxed_local()
    }
}
