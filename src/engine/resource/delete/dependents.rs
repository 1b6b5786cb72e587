//! What holds up the end of an object: those that use it (rule 11).

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::listed;
use crate::engine::external::budget::Share;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::ability::Bystanders;
use crate::engine::provider::facts::Within;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::memory::{Beside, Memory};
use crate::engine::resource::report::ids::tell_keeper;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::references::was_given;
use crate::engine::resource::{Claim, ResourceReconciler};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::collections::BTreeSet;
use std::time::Duration;

/// For how long it is told who else had what is deleted, without looking again: that may take many calls.
const AS_NEW: Duration = Duration::from_hours(1);

/// Knows who uses what is to go.
pub struct Dependents<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Dependents<'_, K> {
    /// Why the object has to wait for others to go first, if it has.
    pub fn held_up(&self, work: &Work<K::Resource>, root: &ObjectRef) -> Option<String> {
        let me = reference(work.object.as_ref());
        let mut users = Vec::new();
        for kind in K::FACTS.held_by {
            let Some(controller) = self.0.organizations.controller(*kind) else { continue };
            if forbids!(KnownFirst, !controller.synced()) {
                return Some(format!(
                    "Not every {kind} is known yet, and some may use the {}. If this stays so, the operator may not list \
                     them: see its /readyz, which says why. To go on without, set the annotation orgkeeper.dev/abandon.",
                    K::FACTS.noun
                ));
            }
            users.extend(controller.users_of(root, &me, work.status.id.as_deref()));
        }
        if users.is_empty() {
            return None;
        }
        let named: Vec<String> = users.iter().map(ToString::to_string).collect();
        Some(format!(
            "Waits for {}, by which the {} is needed: delete that first or let it do without, or set the annotation \
             orgkeeper.dev/abandon to let go of this object.",
            listed(&named),
            K::FACTS.noun
        ))
    }

    /// The objects below `root` that use `used`, whose id is `id`: that refer to it, are in it, or are shown to use it.
    pub fn that_use(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef> {
        let index = self.0.index.borrow();
        let pointing: BTreeSet<ObjectRef> = index.pointing_to(used).into_iter().collect();
        let container = id.filter(|_| K::FACTS.container == Some(used.kind));
        let contained = |object: &ObjectRef| {
            let within = index.claim(object).map_or("", |claim| claim.within.id());
            container.is_some_and(|container| within == container)
        };
        // Whom it does not admit, and never did, its word alone makes no user.
        let refers = |object: &ObjectRef| {
            pointing.contains(object)
                && self.0.objects.get(object).is_none_or(|resource| {
                    let given = id.is_some_and(|id| was_given(resource.common_status(), id));
                    given
                        || !self.0.context.knows_namespace(&object.namespace)
                        || self.0.is_admitted_by(used, object)
                })
        };
        let below = index.below(root).into_iter();
        let mut users: BTreeSet<ObjectRef> =
            below.filter(|object| refers(object) || contained(object)).collect();
        if let Some(id) = id {
            for (held, object) in index.held(root) {
                if self.is_shown_to_use(root, &held, used.kind, id) {
                    users.insert(object);
                }
            }
        }
        drop(index);
        users.into_iter().filter(|object| self.blocks(object) && self.0.counts(object, root)).collect()
    }

    fn is_shown_to_use(&self, root: &ObjectRef, held: &str, kind: KindRef, id: &str) -> bool {
        let list_caches = self.0.list_caches.borrow();
        let mut own = list_caches.iter().filter(|((of, _), _)| of == root).map(|(_, cache)| cache);
        own.any(|cache| {
            let details = cache.details.borrow();
            let latest = cache.inventory.latest();
            let row = latest.as_ref().and_then(|list| list.items.get(held));
            details.known(held).or(row).is_some_and(|live| self.0.kind.uses(live, kind, id))
        })
    }

    /// Whether the object holds up the end of what contains or serves it.
    pub fn blocks(&self, object: &ObjectRef) -> bool {
        let Some(resource) = self.0.objects.get(object) else {
            return self.0.objects.unread(object).is_some_and(|unread| unread.blocks());
        };
        let status = resource.common_status();
        let held = status.id.is_some() || status.pending_create.is_some();
        held || resource.common_spec().deletion_policy == Some(DeletionPolicy::Delete)
    }

    /// Looks who else uses what is to be deleted. That comes before the deletion is judged: a judgement has to be
    /// new, and where few calls are allowed, whoever reads between it and the write never gets to the write.
    pub async fn look_for_bystanders(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
    ) -> Result<(), VendorError> {
        let now = self.0.context.now();
        let known = |seen: &Beside| seen.id == id && now.since(seen.at) <= AS_NEW;
        if self.0.memory(work.object.as_ref(), |memory| memory.beside.as_ref().is_some_and(known)) {
            return Ok(());
        }
        let kinds = self.0.organizations.controllers();
        let ours = kinds.iter().flat_map(|kind| kind.held(&organization.root)).collect();
        let search = self.0.kind.bystanders(&organization.session, id, &ours);
        let found = self.0.context.budget.during(Share::Search, search).await?;
        let seen = Beside { id: id.to_owned(), at: now, found };
        self.0.memory(work.object.as_ref(), |memory| memory.beside = Some(seen));
        Ok(())
    }

    /// Tells who else used what was deleted, once.
    pub async fn tell_bystanders(&self, work: &Work<K::Resource>) {
        let beside = self.0.memory(work.object.as_ref(), |memory: &mut Memory| memory.beside.take());
        let Some(Beside { id, found: theirs, .. }) =
            beside.filter(|seen| seen.found != Bystanders::default())
        else {
            return;
        };
        let Some(organization) = self.0.ready_of(work.object.as_ref()) else { return };
        let (who, unread) = (listed(&theirs.ids), theirs.unread);
        let who = if who.is_empty() { "none that was looked at".to_owned() } else { who };
        let more = format!("; {unread} others were not looked at, and may have had it");
        let more = if unread > 0 { &*more } else { "" };
        let note = |who: &str| {
            format!(
                "The {} {id} is deleted, and these, which no manifest declares, had it: {who}. See whether they can \
                 still do what they have to.",
                K::FACTS.noun,
            )
        };
        let (all, told) = (format!("{who}{more}"), (Reason::MappedElsewhere, "Delete"));
        let here = if Resolution::<K>::at_home(work.object.as_ref(), &organization.root) {
            all.clone()
        } else {
            format!("an event on {} names them, for whoever keeps it", organization.root)
        };
        self.0.context.tell(work.object.as_ref(), true, told.0, told.1, note(&here)).await;
        tell_keeper(self.0, work, &organization, told, note(&all)).await;
    }

    /// Wakes those that an object refers to no more, or is in no more: it may have held up their end.
    pub fn wake_used(&self, former: Option<&Claim>, current: Option<&Claim>) {
        let Some(former) = former else { return };
        let now = |target: &ObjectRef| current.is_some_and(|current| current.pointers.contains(target));
        let released =
            |target: &&ObjectRef| !now(target) || current.is_some_and(|current| current.held.is_none());
        for target in former.pointers.iter().filter(released) {
            if let Some(kind) = self.0.organizations.controller(target.kind) {
                kind.wake_ending(target);
            }
        }
        let container = self.0.container_kind();
        let stays = |current: &Claim| current.within == former.within && current.held.is_some();
        if let (Some(kind), Within::Container(id)) = (container, &former.within)
            && !current.is_some_and(stays)
        {
            kind.wake_ending_holder(&former.root, id);
        }
    }

    /// Wakes an object that is being deleted.
    pub fn wake_if_ending(&self, object: &ObjectRef) {
        let ends = self.0.objects.get(object).is_some_and(|known| known.meta().deletion_timestamp.is_some());
        if ends {
            self.0.wake(object, Priority::Delete);
        }
    }
}
