//! What has to come before a create: an id that the vendor hands out, for somebody else to prepare for it.

use crate::engine::base::health::Findings;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::ability::Prepared;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;
use std::time::Duration;

/// Does what has to come before a create.
pub struct Preparation<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Preparation<'_, K> {
    /// Does what has to come before a create; it stops where that waits for somebody else.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn prepare(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        desired: &DeclaredOf<K>,
    ) -> Result<(), Stop> {
        let now = self.0.context.clock.wall();
        let known = work.external_id.as_ref();
        match self.0.kind.prepare(&organization.session, &desired.state, known, now).await {
            Ok(Prepared::Ready) => Ok(()),
            Ok(Prepared::Awaited(external_id, wait)) => {
                let expires = external_id.expires_at.as_ref().map(|time| time.0);
                work.external_id = Some(external_id);
                // Who needs it has the object before them; nothing else wakes it when the id expires.
                let left = expires.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
                let next = left
                    .map_or_else(|| self.0.context.slowly(), |left| Next::At(self.0.context.now() + left));
                Err(Verdict::new(Findings::waiting(wait.reason, wait.message), next).into())
            }
            Err(error) => Err(Outcomes(self.0).failed(work, organization, &error).into()),
        }
    }
}
