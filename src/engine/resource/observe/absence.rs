//! Whether the vendor still has what lists lack: where it has a call for one by its id, that has to agree (rule 2).

use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::caller::TOGETHER;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::runtime::work::Work;

/// Asks the vendor for what lists lack.
pub struct Absence<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Absence<'_, K> {
    /// The object by its id, where the vendor has such a call.
    pub async fn get(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        id: &str,
    ) -> Option<Result<K::Observed, VendorError>> {
        self.0.kind.get(&organization.session, &Parents(self.0).container_id(object), id).await
    }

    /// Asks for the object by its id, where the vendor has such a call: lists alone have to be
    /// believed where it has none.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn confirm(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> Result<Option<K::Observed>, VendorError> {
        let id = work.status.id.as_deref().unwrap_or_default();
        let there = self.is_there(organization, work.object.as_ref(), id).await?;
        Ok(there.filter(|_| forbids!(AbsenceByRead)))
    }

    /// What there is of an id that lists lack: where the vendor has a call for one by its id, that has to agree (rule 2).
    pub async fn is_there(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        id: &str,
    ) -> Result<Option<K::Observed>, VendorError> {
        // No vendor uses an id twice; where few calls are allowed, nothing else would ever be asked.
        let now = self.0.context.now();
        let absent = self.0.memory(object, |memory| memory.absent.clone());
        if absent.is_some_and(|(of, at)| of == id && now.since(at) <= TOGETHER) {
            return Ok(None);
        }
        match self.get(organization, object, id).await {
            None => Ok(None),
            Some(Ok(live)) => Ok(Some(live)),
            Some(Err(error)) if error.failure == Failure::NotFound => {
                self.0.memory(object, |memory| memory.absent = Some((id.to_owned(), now)));
                Ok(None)
            }
            Some(Err(error)) => Err(error),
        }
    }
}
