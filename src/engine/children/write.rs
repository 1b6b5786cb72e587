//! Step six: what was found is written once, and only if it differs.

use super::Children;
use super::verdict::Verdict;
use crate::api::managed::Managed;
use crate::api::token::TokenStatus;
use crate::engine::crash::{self, Step};
use crate::engine::kind::Kind;
use crate::engine::objects::{Precondition, Written, reference};
use crate::engine::report;
use crate::engine::seams::ClusterError;
use crate::engine::work::{Work, finalized, stalled_reason};
use crate::engine::world::Next;
use std::time::Duration;

impl<K: Kind> Children<K> {
    /// Step six: writes what was found, once, and only if it differs.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn report(&self, work: &mut Work<K::Resource>, verdict: Verdict) -> Next {
        let Verdict { findings, next, precondition, completes, waits_for_person } = verdict;
        if findings.settles() {
            self.settle_questions(work);
            if !waits_for_person {
                self.leave_guard(work.object.as_ref());
            }
        }
        let generation = work.generation();
        report::write(&mut work.status, &findings, generation, self.world.clock.wall());
        let stalled_before = stalled_reason(work.object.common_status());
        let stored = self.store(work, precondition).await;
        if stored.is_ok()
            && let Some(step) = completes
        {
            crash::reached(step);
        }
        self.world.told(work.object.as_ref(), stored, stalled_before, &findings, next).await
    }

    /// Drops what this look did not ask, and what was let through.
    pub(super) fn settle_questions(&self, work: &mut Work<K::Resource>) {
        work.heard.only(&mut work.status.asked);
        self.memory(work.object.as_ref(), |memory| memory.confirmed = None);
    }

    /// Stores the draft status.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn store(
        &self,
        work: &mut Work<K::Resource>,
        precondition: Precondition,
    ) -> Result<(), ClusterError> {
        if precondition == Precondition::SameObject && !self.leads() {
            // Whoever took over goes by what is stored, and may have come further.
            return Err(ClusterError::Conflict("this process may not write now".into()));
        }
        let cluster = self.world.cluster.as_ref();
        let mut status = serde_json::to_value(&work.status).unwrap_or_default();
        if work.object.token_target().is_some()
            && work.token != TokenStatus::default()
            && let Some(members) = status.as_object_mut()
        {
            members.insert("token".into(), serde_json::to_value(&work.token).unwrap_or_default());
        }
        if let (Some(external_id), Some(members)) = (&work.external_id, status.as_object_mut()) {
            members.insert("externalId".into(), serde_json::to_value(external_id).unwrap_or_default());
        }
        let written = self.objects.write_status(cluster, &work.object, &status, precondition).await?;
        self.world.tally.status(K::Resource::KIND, written.changed);
        self.wrote(work, written);
        Ok(())
    }

    /// Whether this process still leads. What must be stored whatever happened to the object since it was read
    /// must not come from one that another process has taken over from.
    pub(super) fn leads(&self) -> bool {
        self.world.fence.permit(self.world.now(), Duration::ZERO).is_ok()
    }

    /// Sets our finalizer.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn hold(&self, work: &mut Work<K::Resource>) -> Result<(), ClusterError> {
        let finalizer = crate::api::finalizer::OBJECT;
        if !finalized(work.object.as_ref()) {
            self.world.may_hold()?;
        }
        let cluster = self.world.cluster.as_ref();
        let written = self.objects.write_finalizer(cluster, &work.object, finalizer, true).await?;
        if written.changed {
            self.wrote(work, written);
            crash::reached(Step::FinalizerSet);
        }
        Ok(())
    }

    /// Takes in the object as the API server answered it.
    pub(super) fn wrote(&self, work: &mut Work<K::Resource>, written: Written<K::Resource>) {
        if written.changed {
            self.reindex(&reference(written.object.as_ref()));
        }
        work.object = written.object;
    }
}
