//! The lists of the kind in an organization's round, and whom they wake.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::runtime::object::at_rest;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use futures::StreamExt;
use std::rc::Rc;

/// How many containers' lists are read at once: one that hangs holds up few.
const AT_ONCE: usize = 8;

/// Reads the lists in an organization's round.
pub struct Round<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Round<'_, K> {
    /// Reads them all anew, and forgets those of containers that nothing is in any more.
    pub async fn read_all(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> Result<(), VendorError> {
        let lists = Lists(self.0).lists(organization);
        self.0
            .list_caches
            .borrow_mut()
            .retain(|(root, list), _| *root != organization.root || lists.contains(list));
        if K::FACTS.by_id() {
            // A call for each: they are read in their turn.
            return Ok(());
        }
        let read = |list: String| async move { Reads(self.0).read(organization, &list, fresh).await.err() };
        // Who had none for longest comes first: what a limit leaves unread is read the next time.
        let mut lists: Vec<String> = lists.into_iter().collect();
        let begun =
            |list: &String| self.0.cache(organization, list).inventory.latest().map(|list| list.begun);
        lists.sort_by_cached_key(|list| (begun(list), list.clone()));
        let failed = futures::stream::iter(lists).map(read).buffer_unordered(AT_ONCE);
        let failed: Vec<VendorError> = failed.filter_map(std::future::ready).collect().await;
        failed.into_iter().find(Lists::<K>::concerns_all).map_or(Ok(()), Err)
    }

    /// Wakes what is in order as far as its status says, and holds an id that no list shows: somebody may have put that
    /// there, and then nothing ever moves.
    pub fn wake_lacking(&self, organization: &Organization<K::Vendor>) {
        let held = self.0.index.borrow().held(&organization.root).into_values();
        for object in held.filter_map(|object| self.0.objects.get(&object)) {
            if at_rest(object.as_ref()) && Reads(self.0).unlisted(organization, object.as_ref()) {
                self.0.wake(&reference(object.as_ref()), Priority::Drift);
            }
        }
    }

    /// Whether lists that are believed show that what had the id is gone.
    pub fn is_gone_for_sure(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
        let list = if K::FACTS.by_id() { id } else { "" };
        self.0.cache(organization, list).inventory.unsure_until(id, now, settle).is_none()
            && Judgement(self.0).judge(organization).is_none()
    }

    /// Whether the object's container is gone from the vendor, and all that was in it.
    pub fn went_with_container(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        error: &VendorError,
    ) -> bool {
        let container = self.0.container_kind();
        matches!(error.failure, Failure::NotFound | Failure::Refused)
            && container.is_some_and(|kind| kind.lacks(organization, &Parents(self.0).container_id(object)))
    }
}
