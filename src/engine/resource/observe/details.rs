//! Detail reads: what a list does not show is read when it may have moved, and in turn (rule 6).

use crate::api::managed::Managed;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::details::{Answer, Cause, Need, Turn};
use crate::engine::decide::ledger::Provenance;
use crate::engine::decide::plan;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::list_cache::ListCache;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::at_rest;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::work::Work;
use futures::FutureExt;
use kube::Resource as _;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

/// What a reconcile wants to see of its object.
pub struct Look<'a, K: Kind> {
    /// The id.
    pub id: &'a str,
    /// What a list shows.
    pub row: &'a K::Observed,
    /// What it is to be.
    pub desired: &'a DeclaredOf<K>,
    /// How fresh it has to be, if the object is not at rest or its wish has changed.
    pub fresh: Tick,
    /// Whether the wish may have changed.
    pub asked: bool,
}

/// What is known of the object.
pub enum Detailed<L> {
    /// All of it.
    Whole(L),
    /// Too little, and nothing asks for a read now.
    Later(Next),
}

/// A row, and the inventory whose list it is in.
type Row<L> = (Rc<ListCache<L>>, L);

/// Reads what lists do not show.
pub struct DetailReads<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> DetailReads<'_, K> {
    /// The object with its details.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn detailed(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        look: Look<'_, K>,
    ) -> Result<Detailed<K::Observed>, VendorError> {
        if self.0.kind.detail_calls(&organization.session, look.row) == 0 {
            return Ok(Detailed::Whole(look.row.clone()));
        }
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        let asked = !at_rest(work.object.as_ref())
            || !look.desired.waits.is_empty()
            || look.asked && {
                let known = cache.details.borrow().known(look.id).cloned();
                // Whatever is there: as it would be if it had just been made.
                let live = known.unwrap_or_else(|| self.0.kind.core.created(&look.desired.state, look.id));
                self.edited(work, organization, look.desired, &live)
            };
        let need = Need {
            asked: asked.then_some(look.fresh),
            written: self.written(work.object.as_ref()),
            settle: self.0.context.settings.settle,
            now: self.0.context.now(),
        };
        let answer = cache.details.borrow().answer(look.id, look.row, &need);
        match answer {
            Answer::Known(live) => Ok(Detailed::Whole(live)),
            Answer::Later(due) => Ok(Detailed::Later(due.map_or(Next::Rest, Next::At))),
            Answer::Read(cause) => {
                let asked = if asked { look.fresh } else { Tick::default() };
                let settled = need.written.map(|written| written + need.settle);
                let since =
                    settled.filter(|settled| need.now >= *settled).max(Some(asked)).unwrap_or_default();
                let row = (look.id, look.row);
                let (live, _) = self.read_detail(organization, &cache, row, (cause, since)).await?;
                Ok(Detailed::Whole(live))
            }
        }
    }

    /// The details as they were read since then, or are now.
    pub async fn read_since(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        (id, row): (&str, &K::Observed),
        since: Tick,
    ) -> Result<K::Observed, VendorError> {
        if self.0.kind.detail_calls(&organization.session, row) == 0 {
            return Ok(row.clone());
        }
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        let known = cache.details.borrow().known_since(id, since).cloned();
        match known {
            Some(live) => Ok(live),
            None => Ok(self.read_detail(organization, &cache, (id, row), (Cause::Asked, since)).await?.0),
        }
    }

    /// Whether the wish differs from what was last written: only then what is at rest is read because
    /// something woke it.
    fn edited(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
    ) -> bool {
        let Some(prints) = self.0.context.prints.get() else { return false };
        let last = &work.status.last_applied;
        let fields = self.0.kind.core.fields(&organization.session, &desired.state, live, last);
        Resolution(self.0).may_write(work.object.as_ref(), &organization.root)
            && plan::edited(&fields, last, prints, Provenance::planned(&work.status))
    }

    /// Reads the details; also whether they show anything new.
    async fn read_detail(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        cache: &ListCache<K::Observed>,
        (id, row): (&str, &K::Observed),
        (cause, since): (Cause, Tick),
    ) -> Result<(K::Observed, bool), VendorError> {
        let begun = self.0.context.now();
        let since = since.max(cache.details.borrow().marked(id).unwrap_or_default());
        let read = self.0.kind.detail(&organization.session, row.clone(), since);
        let read = AssertUnwindSafe(read).catch_unwind();
        // A bug in it must not end the sweep, and the organization's reconcile with it, each time.
        let result = read.await.unwrap_or_else(|_| Err(bug()));
        let sent = !matches!(&result, Err(VendorError { failure: Failure::Deferred { .. }, .. }));
        if sent {
            self.0.context.tally.detail(K::Resource::KIND, cause.as_str());
        }
        let mut details = cache.details.borrow_mut();
        match result {
            Ok(live) => {
                let news = details.read(id, row, &live, begun);
                Ok((live, news))
            }
            Err(error) => {
                // What a limit holds up keeps its place.
                if sent && !matches!(error.failure, Failure::Throttled { .. }) {
                    details.failed(id, begun);
                }
                Err(error)
            }
        }
    }

    /// Our last write to the object, if this process made one.
    fn written(&self, object: &K::Resource) -> Option<Tick> {
        let touched = self.0.memory(object, |memory| memory.writes.touched);
        (touched != Tick::default()).then_some(touched)
    }

    /// After an object was brought in line: when its details are to be read for our own write.
    pub fn owe(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
        detailed: bool,
    ) -> Next {
        let written = self.written(work.object.as_ref()).filter(|_| detailed);
        let settle = self.0.context.settings.settle;
        let owed = Lists(self.0)
            .cache(organization, work.object.as_ref())
            .details
            .borrow()
            .owed(id, written, settle);
        self.0.memory(work.object.as_ref(), |memory| memory.owed = owed);
        owed.map_or(Next::Rest, Next::At)
    }

    /// When the details are to be read for our own write, if they are.
    pub fn owed(&self, object: &K::Resource) -> Option<Tick> {
        self.0.memory(object, |memory| memory.owed)
    }

    /// The places of this kind's objects in the rolling sweep.
    pub fn places(&self, organization: &Organization<K::Vendor>, kind: usize) -> Vec<Turn> {
        let lists = Lists(self.0).lists(organization);
        if K::FACTS.by_id() {
            return lists.into_iter().map(|id| self.place_of(organization, id, kind)).collect();
        }
        if lists.iter().all(|list| self.0.cache(organization, list).inventory.latest().is_none()) {
            return Vec::new();
        }
        let turns: Vec<Turn> =
            lists.iter().flat_map(|list| self.places_of(organization, list, kind)).collect();
        let now = self.0.context.now();
        let oldest = turns.iter().map(|turn| now.since(turn.unseen).as_secs_f64()).reduce(f64::max);
        self.0.context.tally.unseen(K::Resource::KIND, &organization.root, oldest);
        turns
    }

    /// The place of one that no list shows at all.
    fn place_of(&self, organization: &Organization<K::Vendor>, id: String, kind: usize) -> Turn {
        let cache = self.0.cache(organization, &id);
        let read = cache.inventory.latest().map(|read| read.begun);
        let tried = cache.trouble.borrow().as_ref().map(|trouble| trouble.at);
        Turn { last: read.max(tried), kind, id, calls: 1, unseen: read.unwrap_or(self.0.context.now()) }
    }

    fn places_of(&self, organization: &Organization<K::Vendor>, list: &str, kind: usize) -> Vec<Turn> {
        let cache = self.0.cache(organization, list);
        let Some(latest) = cache.inventory.latest() else { return Vec::new() };
        let held = self.0.index.borrow().held(&organization.root);
        let swept = held.into_iter().filter(|(_, key)| {
            self.0.objects.get(key).is_some_and(|object| {
                object.meta().deletion_timestamp.is_none() && !object.common_spec().suspend
            }) && self.0.admitted(key, &organization.root)
        });
        let calls = |id: &String| {
            let row = latest.items.get(id)?;
            Some(self.0.kind.detail_calls(&organization.session, row)).filter(|calls| *calls > 0)
        };
        let with_calls = swept.filter_map(|(id, _)| calls(&id).map(|calls| (id, calls)));
        let now = self.0.context.now();
        cache.details.borrow_mut().turns(kind, with_calls, now)
    }

    /// Reads the details of an object in its turn, and wakes it if they moved.
    pub async fn read_in_turn(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
    ) -> Result<(), VendorError> {
        if K::FACTS.by_id() {
            let first = self.0.cache(organization, id).inventory.latest().is_none();
            Reads(self.0).read(organization, id, self.0.context.now()).await?;
            if first {
                self.wake_holders(&organization.root, id);
            }
            return Ok(());
        }
        let Some((cache, row)) = self.listed(organization, id) else { return Ok(()) };
        let (_, news) =
            self.read_detail(organization, &cache, (id, &row), (Cause::Sweep, Tick::default())).await?;
        if news {
            self.wake_holders(&organization.root, id);
        }
        Ok(())
    }

    /// The audit log names the object: who holds it is woken, to look again.
    pub fn suspect(&self, organization: &Organization<K::Vendor>, id: &str) {
        if let Some((cache, row)) = self.listed(organization, id)
            && self.0.kind.detail_calls(&organization.session, &row) > 0
        {
            cache.details.borrow_mut().mark(id, self.0.context.now(), Cause::Audit);
        }
        self.wake_holders(&organization.root, id);
    }

    /// The row that the latest lists have for the id, and whose list it is.
    fn listed(&self, organization: &Organization<K::Vendor>, id: &str) -> Option<Row<K::Observed>> {
        let lists = Lists(self.0).lists(organization);
        lists.iter().find_map(|list| {
            let cache = self.0.cache(organization, list);
            let row = cache.inventory.latest()?.items.get(id).cloned()?;
            Some((cache, row))
        })
    }

    fn wake_holders(&self, root: &ObjectRef, id: &str) {
        let holders = self.0.index.borrow().with_id(root, id);
        for holder in holders {
            self.0.wake(&holder, Priority::Drift);
        }
    }
}

fn bug() -> VendorError {
    VendorError::unknown(Failure::Unreadable, "the code that reads the details failed: this is a bug")
}
