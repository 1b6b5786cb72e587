//! Whom a write would lock out: what the vendor shows is read as far as it takes, and decided (rule 12).

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::reference::OrganizationRef;
use crate::api::status::Origin;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::decide::lock_out::{LockOut, Objection, Spoken, Unseen, Weighed, Whose};
use crate::engine::decide::plan::{self, Change};
use crate::engine::external::budget::{Full, Share};
use crate::engine::organization::blast_radius::Guard;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::search::Search;
use crate::engine::organization::weigh::{Judged, Plans};
use crate::engine::provider::harm::{Harm, Shown, Stripped, Unshown, Whom};
use crate::engine::provider::kind::Kind;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::work::Work;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A write that is judged.
pub struct Written<'a, K: Kind> {
    pub reconciler: &'a ResourceReconciler<K>,
    pub organization: &'a Rc<Organization<K::Vendor>>,
    pub id: &'a str,
    /// What a list shows of it.
    pub live: K::Observed,
    /// What it is to be; `None` for a deletion.
    pub desired: Option<&'a K::Desired>,
    pub changes: &'a [Change],
}

impl<K: Kind> Judged for Written<'_, K> {
    type Vendor = K::Vendor;
    type Resource = K::Resource;

    fn plans<T>(&self, object: &K::Resource, use_it: impl FnOnce(&mut Plans) -> T) -> T {
        self.reconciler.memory(object, |memory| use_it(&mut memory.plans))
    }

    async fn store(&self, work: &mut Work<K::Resource>) -> Result<(), ClusterError> {
        Store(self.reconciler).store(work, Precondition::Unchanged).await
    }

    async fn objection(
        &self,
        work: &Work<K::Resource>,
        guard: &Guard,
        since: Tick,
    ) -> Result<Objection, VendorError> {
        let context = &self.reconciler.context;
        let now = context.now();
        if let Some(Full { until, limit }) = guard.searches_from().filter(|full| full.until > now) {
            // Of what the search found so far nothing is lost, and without room for more it finds nothing.
            return Err(VendorError::without_effect(Failure::Deferred { until, limit }, limit.text()));
        }
        let row = (self.id, &self.live);
        let live = DetailReads(self.reconciler).read_since(work, self.organization, row, since).await?;
        let spent = guard.spent(context.now(), context.settings.settle);
        let harm = self.harm(&live, since, &spent);
        let cuts_off = self.reconciler.kind.cuts_off(&self.organization.session, &harm);
        let outcome = context.budget.during(Share::Search, self.locks_out(work, &harm)).await;
        let pause = outcome.as_ref().err().and_then(|error| error.failure.pause());
        guard.search_from(pause.map(|(until, limit)| Full { until, limit }));
        Ok(Objection { locks_out: outcome?, cuts_off })
    }
}

impl<K: Kind> Written<'_, K> {
    /// How it may cut us off, as far as lists show it.
    pub fn cuts_off(&self) -> Option<String> {
        let (now, nothing) = (self.reconciler.context.now(), BTreeSet::new());
        self.reconciler.kind.cuts_off(&self.organization.session, &self.harm(&self.live, now, &nothing))
    }

    fn harm<'a>(&'a self, live: &'a K::Observed, since: Tick, spent: &'a BTreeSet<String>) -> Harm<'a, K> {
        Harm { id: self.id, live, desired: self.desired, changes: self.changes, since, spent }
    }

    /// Whom it would lock out, also in words.
    async fn locks_out(
        &self,
        work: &Work<K::Resource>,
        harm: &Harm<'_, K>,
    ) -> Result<Option<(Whose, String)>, VendorError> {
        let mut holder = None;
        let found = match self.reconciler.kind.strips(&self.organization.session, harm).await? {
            Stripped::Nothing => None,
            Stripped::Unread(what) => Some(LockOut::Unread(what)),
            Stripped::Unshown(unshown) => self.unshown(work, harm, &unshown),
            Stripped::Shown(shown) => {
                holder = match shown.whom {
                    Whom::Itself(_) => None,
                    Whom::These(_, holder) | Whom::Holders(holder, _) => Some(holder),
                };
                self.shown(harm, shown).await?
            }
        };
        let spoken = Spoken {
            noun: K::FACTS.noun,
            id: self.id,
            holder,
            names: is_at_home(work.object.as_ref()),
            administrator: <K::Vendor as Vendor>::WORDS.administrator,
        };
        Ok(found.map(|found| (found.whose(), spoken.why(found))))
    }

    /// The same, by what reads show: as many are read as it takes to be certain.
    async fn shown(
        &self,
        harm: &Harm<'_, K>,
        Shown { whom, stake, others }: Shown<'_, K::Vendor>,
    ) -> Result<Option<LockOut>, VendorError> {
        let mut weighed = Weighed::default();
        if let Whom::Itself(own) = &whom {
            let found = weighed.take(self.id, *own, true);
            if found.is_some() || !weighed.needs_another() || !others {
                return Ok(found.or_else(|| weighed.verdict()));
            }
        }
        let registration = &self.reconciler.organizations.registration;
        let Some(principals) = registration.who_acts() else {
            return Ok(Some(LockOut::Unread("who administers the organization".to_owned())));
        };
        let clock = self.reconciler.context.clock.as_ref();
        let search = Search::new(principals, self.organization, clock, harm.since);
        let found = match &whom {
            Whom::Itself(_) => None,
            Whom::These(ids, _) => search.these(ids, &stake, &mut weighed).await?,
            Whom::Holders(_, administration) => search.all(*administration, &stake, &mut weighed).await?,
        };
        if found.is_none() && weighed.needs_another() && others {
            search.another(harm.spent, &stake, &mut weighed).await?;
        }
        search.answered();
        Ok(found.or_else(|| weighed.verdict()))
    }

    /// The same, where no read shows who administers.
    fn unshown(
        &self,
        work: &Work<K::Resource>,
        harm: &Harm<'_, K>,
        unshown: &Unshown<'_, K::Resource>,
    ) -> Option<LockOut> {
        let Self { reconciler, organization, .. } = self;
        let me = reference(work.object.as_ref());
        let below = reconciler.index.borrow().below(&organization.root);
        let others =
            below.iter().filter(|other| **other != me && reconciler.admitted(other, &organization.root));
        let another = others.filter_map(|other| reconciler.objects.get(other)).any(|other| {
            (unshown.asks)(&other)
                && stands(other.as_ref(), |id| !harm.spent.contains(id) && (unshown.ours)(id) != Some(true))
        });
        let (path, value) = unshown.by;
        let written = reconciler
            .context
            .prints
            .get()
            .and_then(|prints| plan::written(prints, &work.status.last_applied, path, value));
        let unseen = Unseen {
            ours: (unshown.ours)(self.id),
            adopted: work.object.common_status().origin != Some(Origin::Created),
            written,
            stays: self.desired.is_some() && (unshown.asks)(&work.object),
            another,
        };
        unseen.judge().map(|whose| match whose {
            Whose::Ours => LockOut::OursUnshown(unshown.if_not_ours),
            Whose::Last => LockOut::LastUnshown(format!("{} {}", K::Resource::KIND, unshown.declared)),
        })
    }
}

/// Whether the manifest was carried out as it is, on an object of which nothing was taken since, as its id tells.
fn stands<R: Managed>(object: &R, counts: impl Fn(&str) -> bool) -> bool {
    let status = object.common_status();
    let current = status.observed_generation == object.meta().generation.unwrap_or(0);
    current
        && object.meta().deletion_timestamp.is_none()
        && conditions::is_true(&status.conditions, ConditionType::Ready)
        && !conditions::is_true(&status.conditions, ConditionType::Unverified)
        && status.id.as_deref().is_some_and(counts)
}

/// Whether others may be named on the object: no manifest of its namespace need declare them, and from elsewhere than
/// the organization's own nobody learns ids.
fn is_at_home<R: Managed>(object: &R) -> bool {
    let own = object.meta().namespace.as_deref();
    let home =
        |root: &OrganizationRef| root.namespace.as_deref().is_none_or(|namespace| Some(namespace) == own);
    object.organization_ref().is_some_and(home)
}
