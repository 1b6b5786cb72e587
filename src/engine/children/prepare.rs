//! What has to come before a create: an id that the vendor hands out, for somebody else to prepare for it.

use super::Children;
use super::verdict::Verdict;
use crate::engine::health::Findings;
use crate::engine::kind::{Kind, Prepared};
use crate::engine::organization::Organization;
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use crate::engine::world::Next;
use std::rc::Rc;
use std::time::Duration;

impl<K: Kind> Children<K> {
    /// Does what has to come before a create; the verdict, if that waits for somebody else.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn prepare(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        desired: &K::Desired,
    ) -> Result<Option<Verdict>, ClusterError> {
        let now = self.world.clock.wall();
        let known = work.external_id.as_ref();
        match self.kind.prepare(&organization.session, desired, known, now).await {
            Ok(Prepared::Ready) => Ok(None),
            Ok(Prepared::Awaited(external_id, wait)) => {
                let expires = external_id.expires_at.as_ref().map(|time| time.0);
                work.external_id = Some(external_id);
                // Who needs it has the object before them; nothing else wakes it when the id expires.
                let left = expires.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
                let next = left.map_or_else(|| self.world.slowly(), |left| Next::At(self.world.now() + left));
                Ok(Some(Verdict::new(Findings::waiting(wait.reason, wait.message), next)))
            }
            Err(error) => Ok(Some(self.failed(work, organization, &error))),
        }
    }
}
