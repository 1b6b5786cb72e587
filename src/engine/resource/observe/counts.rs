//! How much there is of a kind at the vendor, and how much of it no manifest stands for.

use crate::api::managed::Managed;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::count::{Count, Tallied};
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::read::Reads;
use std::rc::Rc;

/// The only list of a kind that is not listed container by container.
const WHOLE: &str = "";

/// Counts what there is of the kind.
pub struct Counts<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Counts<'_, K> {
    /// Whether anybody goes by the organization's lists of this kind, besides those who count: whom it does not admit
    /// brings nothing up there.
    pub fn is_needed(&self, root: &ObjectRef) -> bool {
        let witness = <K::Vendor as Vendor>::WITNESS == Some(K::Resource::KIND);
        let below = self.0.index.borrow().below(root);
        witness || below.iter().any(|object| self.0.counts(object, root))
    }

    /// Counts what a list shows that is no older than `fresh`.
    pub async fn count_listed(&self, organization: &Rc<Organization<K::Vendor>>, fresh: Tick) -> Tallied {
        if self.0.kind.unsupported(&organization.session).is_some() || K::FACTS.lists_apart() {
            return Tallied::Impossible;
        }
        if !self.0.objects.synced() {
            // Who is not known yet may stand for anything.
            return Tallied::Unknown;
        }
        if let Some(trouble) = self.0.cache(organization, WHOLE).trouble.borrow().as_ref()
            && let Some(error) = trouble.since(fresh)
        {
            // Whoever needs the list has just been refused.
            return Tallied::failed(&error.failure);
        }
        match Reads(self.0).fetch(organization, WHOLE, fresh).await {
            Ok(list) => Tallied::Counted(self.count_of(&organization.root, &list)),
            Err(error) => {
                let kind = K::Resource::KIND;
                tracing::debug!(organization = %organization.root, %kind, %error, "not counted");
                Tallied::failed(&error.failure)
            }
        }
    }

    fn count_of(&self, root: &ObjectRef, list: &Snapshot<K::Observed>) -> Count {
        let index = self.0.index.borrow();
        let is_managed = |id: &str| {
            index.with_id(root, id).iter().any(|object| {
                let stands = |claim: &crate::engine::resource::Claim| {
                    claim.held.as_deref() == Some(id) || claim.former.contains(id)
                };
                index.claim(object).is_some_and(stands) && self.0.counts(object, root)
            })
        };
        let unmanaged = list.items.keys().filter(|id| !is_managed(id)).count();
        Count { total: list.items.len(), unmanaged }
    }
}
