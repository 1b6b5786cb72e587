//! Stores the draft of a reconcile, and takes in what Kubernetes made of it.

use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::ports::ClusterError;
use crate::engine::runtime::objects::{Precondition, Written, reference};
use crate::engine::runtime::steps::Steps;
use crate::engine::runtime::stop::Stop;
use crate::engine::runtime::verdict::{self, Verdict};
use crate::engine::runtime::work::{Work, not_stored};
use kube::Resource as _;
use std::rc::Rc;

/// Stores the draft.
pub struct Store<'a, S>(pub &'a S);

impl<S: Steps> Store<'_, S> {
    /// What is to be said where a reconcile stopped. Where Kubernetes refused one of our own writes, what could not be
    /// stored of the draft did not happen.
    ///
    /// # Errors
    /// The object is gone, or somebody wrote it meanwhile.
    pub fn stopped(&self, work: &mut Work<S::Object>, stop: verdict::Stop) -> Result<Verdict, ClusterError> {
        let error = match stop {
            Stop::Said(verdict) => return Ok(verdict),
            Stop::Cluster(error) => error,
        };
        let Some(findings) = not_stored(&error) else { return Err(error) };
        self.forget(work);
        Ok(Verdict::new(findings, self.0.context().slowly()))
    }

    /// The draft is thrown away: the object is as it is known.
    pub fn forget(&self, work: &mut Work<S::Object>) {
        let now = self.0.objects().get(&reference(work.object.as_ref()));
        let same = |now: &Rc<S::Object>| now.meta().uid == work.object.meta().uid;
        let object = now.filter(same).unwrap_or_else(|| Rc::clone(&work.object));
        *work = Work::new(object);
    }

    /// Stores the draft status.
    ///
    /// # Errors
    /// As the API server answers.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn store(
        &self,
        work: &mut Work<S::Object>,
        precondition: Precondition,
    ) -> Result<(), ClusterError> {
        let status = self.0.draft(work);
        match self.0.commit().store(&work.object, &status, precondition).await {
            Ok(written) => {
                self.wrote(work, written);
                Ok(())
            }
            Err(error) => {
                // What is owed of it shows from here on.
                if precondition == Precondition::SameObject {
                    self.0.learned(&reference(work.object.as_ref()));
                }
                Err(error)
            }
        }
    }

    /// Stores what came of something that nothing else could tell. It is owed from here on, and tried again from the
    /// queue until it is stored.
    ///
    /// # Errors
    /// As the API server answers.
    pub async fn store_surely(
        &self,
        work: &mut Work<S::Object>,
        id: &str,
        step: Option<Step>,
    ) -> Result<(), ClusterError> {
        let outcome = self.store(work, Precondition::SameObject).await;
        match &outcome {
            Ok(()) => step.into_iter().for_each(checkpoint::reached),
            Err(error) => {
                let object = reference(work.object.as_ref());
                tracing::warn!(%object, id, %error, "the result is not stored yet");
            }
        }
        outcome
    }

    /// Sets our finalizer.
    ///
    /// # Errors
    /// As the API server answers.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn hold(&self, work: &mut Work<S::Object>) -> Result<(), ClusterError> {
        let written = self.0.commit().hold(&work.object).await?;
        if written.changed {
            self.wrote(work, written);
            checkpoint::reached(Step::FinalizerSet);
        }
        Ok(())
    }

    /// Takes in the object as the API server answered it.
    fn wrote(&self, work: &mut Work<S::Object>, written: Written<S::Object>) {
        if written.changed {
            self.0.learned(&reference(written.object.as_ref()));
        }
        work.object = written.object;
    }

    /// Drops what this look did not ask, and what was let through.
    pub fn settle_questions(&self, work: &mut Work<S::Object>, waits_for_person: bool) {
        work.heard.only(&mut work.status.asked);
        self.0.settled(work.object.as_ref(), waits_for_person);
    }
}
