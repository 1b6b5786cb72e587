//! Step two: complete lists, as new as they have to be (rules 2 and 6).

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::decide::details::Cause;
use crate::engine::external::caller::TOGETHER;
use crate::engine::external::inventory::Snapshot;

use crate::engine::base::ports::Tick;
use crate::engine::external::list::{Listed, Wanted};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::lists::Lists;
use futures::FutureExt;
use std::rc::Rc;
use std::time::Duration;

/// Reads lists.
pub struct Reads<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Reads<'_, K> {
    /// A complete list begun at `fresh` or later. Every list also shows where the token belongs.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn fetch(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        let cache = self.0.cache(organization, list);
        let call = |fresh: Tick, now: Tick| {
            let lists = self.0.kind.lists();
            let (organization, cache, container) =
                (Rc::clone(organization), Rc::clone(&cache), list.to_owned());
            async move {
                let wanted = Wanted { container: &container, fresh, now, pages: &cache.pages };
                let Listed { begun, rows } = lists.list(&organization.session, wanted).await?;
                for row in &rows {
                    if let Some(shown) = K::identify(row).organization {
                        organization.shown(shown);
                        if forbids!(TokenShowsOrganization, shown != organization.id) {
                            return Err(VendorError::without_effect(
                                Failure::WrongOrganization,
                                format!("the token belongs to organization {shown}, not {}", organization.id),
                            ));
                        }
                    }
                }
                Ok(Snapshot::of(begun, rows, |row| K::identify(row).id))
            }
            .boxed_local()
        };
        let shared = K::FACTS.shares_list();
        cache.inventory.read(fresh, shared, || self.0.context.now(), call).await
    }

    /// A complete list begun at `fresh` or later; tells whom it concerns how it ended and what it shows.
    pub async fn read(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        let cache = self.0.cache(organization, list);
        let known = cache.inventory.latest();
        let result = self.fetch(organization, list, fresh).await;
        // What was read before says nothing of how the list ends now.
        let cached =
            |read: &Rc<Snapshot<K::Observed>>| known.as_ref().is_some_and(|known| Rc::ptr_eq(known, read));
        if !result.as_ref().is_ok_and(cached) {
            Lists(self.0).note_list(organization, list, &cache, result.as_ref().err());
        }
        let snapshot = result?;
        if known.as_ref().is_none_or(|known| !Rc::ptr_eq(known, &snapshot)) {
            let moved = cache.inventory.moved(known.as_deref());
            cache.details.borrow_mut().retain(|id| snapshot.items.contains_key(id));
            if known.is_some() {
                let rows = moved.iter().filter_map(|id| Some((id, snapshot.items.get(id)?)));
                for (id, row) in rows {
                    if self.0.kind.detail_calls(&organization.session, row) > 0 {
                        cache.details.borrow_mut().mark(id, snapshot.begun, Cause::Moved);
                    }
                }
                self.0.wake_moved(&organization.root, &moved, &cache);
            }
        }
        Ok(snapshot)
    }

    /// A complete list, begun at `fresh` or later, that shows the object.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn read_for(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        self.read(organization, &Lists(self.0).list_of(object), fresh).await
    }

    /// A complete list that shows the object, as new as what a person asks for wants it, and begun after our own last
    /// write of it.
    pub async fn read_recent(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        self.read_for(organization, object, self.fresh(organization, object, Tick::default(), true)).await
    }

    /// The same of what has the id beside what the object stands for.
    pub async fn read_beside(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
        id: &str,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        let fresh = self.fresh(organization, object, Tick::default(), true);
        self.read(organization, &Lists(self.0).list_with(object, id), fresh).await
    }

    /// Whether the latest list lacks the object that we hold: then only a newer one tells.
    pub fn unlisted(&self, organization: &Organization<K::Vendor>, object: &K::Resource) -> bool {
        let inventory = &self.0.cache(organization, &Lists(self.0).list_of(object)).inventory;
        let held = object.common_status().id.as_deref();
        held.is_some_and(|id| inventory.lacking(id).is_some())
    }

    /// Whether we wrote the object after every list that we have was begun.
    pub fn outruns_lists(&self, organization: &Organization<K::Vendor>, object: &K::Resource) -> bool {
        let touched = self.0.memory(object, |memory| memory.writes.touched);
        touched != Tick::default()
            && Lists(self.0)
                .cache(organization, object)
                .inventory
                .latest()
                .is_some_and(|list| list.begun <= touched)
    }

    /// How fresh a list has to be for this object now.
    pub fn fresh(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        since: Tick,
        asked: bool,
    ) -> Tick {
        let now = self.0.context.now();
        // A list begun before our own write to the object does not answer for it; once it has settled, nor
        // does one that may have lagged behind it.
        let (touched, wrote) =
            self.0.memory(object, |memory| (memory.writes.touched, !memory.writes.wrote.is_empty()));
        let settled = touched + self.0.context.settings.settle;
        let own = if wrote && now >= settled { settled } else { touched + Duration::from_nanos(1) };
        // What may be made is looked for in a list of now, or of a minute's calls where few are allowed.
        let new = object.common_status().id.is_none();
        let age = if new { organization.fresh.min(TOGETHER) } else { organization.fresh };
        let asks = || {
            let pages = &self.0.cache(organization, &Lists(self.0).list_of(object)).pages;
            since.max(now - (age + pages.waits(now)))
        };
        let wish = if asked { asks() } else { Tick::default() };
        (if forbids!(ListAfterWrite, own > wish) { own } else { wish }).min(now)
    }
}
