//! Stores the draft of a reconcile, and takes in what Kubernetes made of it.

use crate::engine::base::checkpoint;
use crate::engine::base::checkpoint::Step;
use crate::engine::base::ports::ClusterError;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::verdict::{Stop, Verdict};
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::objects::{Precondition, Written, reference};
use crate::engine::runtime::work::{Work, not_stored};
use kube::Resource as _;
use std::rc::Rc;

/// Stores the draft.
pub(in crate::engine::resource) struct Store<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Store<'_, K> {
    /// What is to be said where a reconcile stopped. Where Kubernetes refused one of our own writes, what could not be
    /// stored of the draft did not happen.
    ///
    /// # Errors
    /// The object is gone, or somebody wrote it meanwhile.
    pub(in crate::engine::resource) fn stopped(
        &self,
        work: &mut Work<K::Resource>,
        stop: Stop,
    ) -> Result<Verdict, ClusterError> {
        let error = match stop {
            Stop::Said(verdict) => return Ok(verdict),
            Stop::Cluster(error) => error,
        };
        let Some(findings) = not_stored(&error) else { return Err(error) };
        let now = self.0.objects.get(&reference(work.object.as_ref()));
        let same = |now: &Rc<K::Resource>| now.meta().uid == work.object.meta().uid;
        let object = now.filter(same).unwrap_or_else(|| Rc::clone(&work.object));
        *work = Work::new(object);
        Ok(self.0.slow(findings))
    }

    /// Stores the draft status.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn store(
        &self,
        work: &mut Work<K::Resource>,
        precondition: Precondition,
    ) -> Result<(), ClusterError> {
        let status = Committer::status(work);
        match self.0.commit().store(&work.object, &status, precondition).await {
            Ok(written) => {
                self.wrote(work, written);
                Ok(())
            }
            Err(error) => {
                // What is owed of it shows from here on.
                let key = reference(work.object.as_ref());
                if precondition == Precondition::SameObject {
                    self.0.reindex(&key);
                }
                Err(error)
            }
        }
    }

    /// Sets our finalizer.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn hold(
        &self,
        work: &mut Work<K::Resource>,
    ) -> Result<(), ClusterError> {
        let written = self.0.commit().hold(&work.object).await?;
        if written.changed {
            self.wrote(work, written);
            checkpoint::reached(Step::FinalizerSet);
        }
        Ok(())
    }

    /// Takes in the object as the API server answered it.
    pub(in crate::engine::resource) fn wrote(
        &self,
        work: &mut Work<K::Resource>,
        written: Written<K::Resource>,
    ) {
        if written.changed {
            self.0.reindex(&reference(written.object.as_ref()));
        }
        work.object = written.object;
    }

    /// Drops what this look did not ask, and what was let through.
    pub(in crate::engine::resource) fn settle_questions(&self, work: &mut Work<K::Resource>) {
        work.heard.only(&mut work.status.asked);
        self.0.memory(work.object.as_ref(), |memory| memory.plans.settled());
    }
}
