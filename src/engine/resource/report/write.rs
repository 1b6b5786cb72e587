//! Step six: what was found is written once, and only if it differs.

use crate::api::managed::Managed;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::ports::ClusterError;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Verdict;
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::{Precondition, Written, reference};
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

impl<K: Kind> ResourceReconciler<K> {
    /// Step six: writes what was found, once, and only if it differs.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn report(
        &self,
        work: &mut Work<K::Resource>,
        verdict: Verdict,
    ) -> Next {
        let Verdict { findings, next, precondition, completes, waits_for_person } = verdict;
        if findings.settles() {
            self.settle_questions(work);
            if !waits_for_person {
                self.leave_guard(work.object.as_ref());
            }
        }
        let store = async |work: &mut Work<K::Resource>| {
            self.store(work, precondition).await?;
            completes.into_iter().for_each(checkpoint::reached);
            Ok(())
        };
        work.status.policies = work.object.policies();
        let object = work.object.as_ref();
        let unwritten = self.claim_of(object).and_then(|claim| self.unwritten(object, &claim.root));
        self.commit().report(work, findings, unwritten, next, Committer::status, store).await
    }

    /// Begins the draft anew: what could not be stored of it did not happen.
    pub(in crate::engine::resource) fn begin_anew(&self, work: &mut Work<K::Resource>) {
        let now = self.objects.get(&reference(work.object.as_ref()));
        let same = |now: &Rc<K::Resource>| now.meta().uid == work.object.meta().uid;
        let object = now.filter(same).unwrap_or_else(|| Rc::clone(&work.object));
        *work = Work::new(object);
    }

    /// Drops what this look did not ask, and what was let through.
    pub(in crate::engine::resource) fn settle_questions(&self, work: &mut Work<K::Resource>) {
        work.heard.only(&mut work.status.asked);
        self.memory(work.object.as_ref(), |memory| memory.confirmed = None);
    }

    /// Stores the draft status.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn store(
        &self,
        work: &mut Work<K::Resource>,
        precondition: Precondition,
    ) -> Result<(), ClusterError> {
        let status = Committer::status(work);
        match self.commit().store(&work.object, &status, precondition).await {
            Ok(written) => {
                self.wrote(work, written);
                Ok(())
            }
            Err(error) => {
                // What is owed of it shows from here on.
                let key = reference(work.object.as_ref());
                if precondition == Precondition::SameObject {
                    self.reindex(&key);
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
        let written = self.commit().hold(&work.object).await?;
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
            self.reindex(&reference(written.object.as_ref()));
        }
        work.object = written.object;
    }
}
