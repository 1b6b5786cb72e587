//! Step six: what was found is written once, and only if it differs.

use crate::api::managed::Managed;
use crate::engine::base::checkpoint;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::report::store::Store;
use crate::engine::resource::report::verdict::Verdict;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::work::Work;
use std::cell::Cell;

/// Reports what was found.
pub(in crate::engine::resource) struct Reporter<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Reporter<'_, K> {
    /// Step six: writes what was found, once, and only if it differs.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn report(
        &self,
        work: &mut Work<K::Resource>,
        verdict: Verdict,
    ) -> Next {
        let Verdict { findings, next, precondition, completes, waits_for_person, .. } = verdict;
        if findings.settles() {
            Store(self.0).settle_questions(work);
            if !waits_for_person {
                WriteGuard(self.0).leave_guard(work.object.as_ref());
            }
        }
        let lost = Cell::new(false);
        let store = async |work: &mut Work<K::Resource>| {
            let stored = Store(self.0).store(work, precondition).await;
            lost.set(stored.is_err());
            stored?;
            completes.into_iter().for_each(checkpoint::reached);
            Ok(())
        };
        work.status.policies = work.object.policies();
        let object = work.object.as_ref();
        let unwritten =
            self.0.claim_of(object).and_then(|claim| Resolution(self.0).unwritten(object, &claim.root));
        let next = self.0.commit().report(work, findings, unwritten, next, Committer::status, store).await;
        self.0.memory(work.object.as_ref(), |memory| memory.looks.end(!lost.get()));
        next
    }
}
