//! Step two: which vendor object it is, from complete lists (rules 2 and 6).

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::token::Rotation;
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::long_id;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::words::annotated;
use crate::engine::decide::confirmation;
use crate::engine::decide::details::Cause;
use crate::engine::decide::fingerprint::{Match, digest};
use crate::engine::decide::identify::{self, Decision, Evidence, Known};
use crate::engine::decide::ledger::{self, Intent, Outcome, Shown};
use crate::engine::external::caller::TOGETHER;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::controller::{Controller, Shrunk};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{Kind, Listed, Wanted, Within};
use crate::engine::resource::observe::list_cache::ListCache;
use crate::engine::resource::observe::seen;
use crate::engine::resource::{Claim, ResourceReconciler, deletion};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::work::{Work, stalled_reason};
use futures::FutureExt;
use kube::Resource as _;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

impl<K: Kind> ResourceReconciler<K> {
    /// A complete list begun at `fresh` or later. Every list also shows where the token belongs.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn fetch(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        let stock = self.stock(organization, list);
        let call = |fresh: Tick, now: Tick| {
            let (kind, organization, container) =
                (Rc::clone(&self.kind), Rc::clone(organization), list.to_owned());
            let list = async move {
                let wanted = Wanted { container: &container, fresh, now };
                let Listed { begun, rows } = kind.list(&organization.session, wanted).await?;
                for row in &rows {
                    if let Some(shown) = K::organization(row) {
                        organization.shown(shown);
                        if forbids!(TokenShowsOrganization, shown != organization.id) {
                            return Err(VendorError::without_effect(
                                Failure::WrongOrganization,
                                format!("the token belongs to organization {shown}, not {}", organization.id),
                            ));
                        }
                    }
                }
                let items = rows.into_iter().map(|row| (K::id(&row).to_owned(), row)).collect();
                Ok(Rc::new(Snapshot { begun, items }))
            };
            // All who wait share the list: a bug in it must not end each of them, time and again.
            let list = AssertUnwindSafe(list).catch_unwind();
            list.map(|outcome| outcome.unwrap_or_else(|_| Err(bug()))).boxed_local()
        };
        let shared = K::SHARES_LIST;
        stock.inventory.read(fresh, shared, || self.context.now(), call).await
    }

    /// A complete list begun at `fresh` or later; tells whom it concerns how it ended and what it shows.
    pub(in crate::engine::resource) async fn read(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        list: &str,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        let stock = self.stock(organization, list);
        let known = stock.inventory.latest();
        let result = self.fetch(organization, list, fresh).await;
        // What was read before says nothing of how the list ends now.
        let cached =
            |read: &Rc<Snapshot<K::Observed>>| known.as_ref().is_some_and(|known| Rc::ptr_eq(known, read));
        if !result.as_ref().is_ok_and(cached) {
            self.note_list(organization, list, &stock, result.as_ref().err());
        }
        let snapshot = result?;
        if known.as_ref().is_none_or(|known| !Rc::ptr_eq(known, &snapshot)) {
            let moved = stock.inventory.moved(known.as_deref());
            stock.details.borrow_mut().retain(|id| snapshot.items.contains_key(id));
            if known.is_some() {
                let rows = moved.iter().filter_map(|id| Some((id, snapshot.items.get(id)?)));
                for (id, row) in rows {
                    if self.kind.detail_calls(&organization.session, row) > 0 {
                        stock.details.borrow_mut().mark(id, snapshot.begun, Cause::Moved);
                    }
                }
                self.wake_moved(&organization.root, &moved, &stock);
            }
        }
        Ok(snapshot)
    }

    /// A complete list, begun at `fresh` or later, that shows the object.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn read_for(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
        fresh: Tick,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        self.read(organization, &self.list_of(object), fresh).await
    }

    /// A complete list that shows the object, as new as what a person asks for wants it, and begun after our own last
    /// write of it.
    pub(in crate::engine::resource) async fn read_recent(
        &self,
        organization: &Rc<Organization<K::Vendor>>,
        object: &K::Resource,
    ) -> Result<Rc<Snapshot<K::Observed>>, VendorError> {
        self.read_for(organization, object, self.fresh(organization, object, Tick::default(), true)).await
    }

    /// Judges the latest list that shows the object: is what it lacks believable? What another container's list
    /// lacks says nothing of this one.
    pub(in crate::engine::resource) fn judge_for(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
    ) -> Option<Shrunk> {
        if let Some(containers) = self.judges_for_us() {
            return containers.shrunk(organization);
        }
        self.judge_list(organization, &self.list_of(object))
    }

    /// What is listed by its containers shrinks with them, and whoever keeps those knows which were deleted on
    /// purpose.
    pub(in crate::engine::resource) fn judges_for_us(&self) -> Option<Rc<dyn Controller<K::Vendor>>> {
        let container = K::CONTAINER.filter(|_| K::SHARES_LIST && !K::PER_CONTAINER)?;
        self.organizations.controller(container)
    }

    /// Judges the latest lists once each: is what they lack believable?
    pub(in crate::engine::resource) fn judge(
        &self,
        organization: &Organization<K::Vendor>,
    ) -> Option<Shrunk> {
        if let Some(containers) = self.judges_for_us() {
            return containers.shrunk(organization);
        }
        let lists = self.lists(organization);
        lists.iter().find_map(|list| self.judge_list(organization, list))
    }

    fn judge_list(&self, organization: &Organization<K::Vendor>, list: &str) -> Option<Shrunk> {
        let stock = self.stock(organization, list);
        let latest = stock.inventory.latest()?;
        let root = self.organizations.objects.get(&organization.root)?;
        let confirm = annotated(root.as_ref(), annotation::CONFIRM).map(str::to_owned);
        let mut judged = stock.judged.borrow_mut();
        let judging = Some((latest.begun, confirm.clone()));
        if judged.list == judging {
            return judged.shrunk.clone();
        }
        let settled = |id: &String, object: &ObjectRef| {
            // What we made a moment ago may be missing in a list that lags.
            let memories = self.memories.borrow();
            let touched = memories.get(object).map_or(Tick::default(), |memory| memory.touched);
            let touched_then = touched + self.context.settings.settle > latest.begun;
            (!touched_then || touched == Tick::default()) && !latest.items.contains_key(id)
        };
        let mut held = self.index.borrow().held(&organization.root);
        if K::PER_CONTAINER {
            held.retain(|_, object| {
                self.objects.get(object).is_some_and(|object| self.list_of(object.as_ref()) == list)
            });
        }
        let mut expected: BTreeSet<String> = judged.accepted.clone();
        let lacks = |id: &String| !latest.items.contains_key(id);
        let gone = held.iter().filter(|(id, object)| lacks(id) && self.is_known_gone(object));
        judged.believed.extend(gone.map(|(id, _)| id.clone()));
        expected.extend(held.iter().filter(|(id, object)| settled(id, object)).map(|(id, _)| id.clone()));
        expected.extend(latest.items.keys().cloned());
        let missing: Vec<String> = expected
            .iter()
            .filter(|id| !latest.items.contains_key(*id))
            .filter(|id| holds!(OwnDeletionsKnown, !stock.inventory.was_deleted(id)))
            .filter(|id| !judged.believed.contains(*id))
            .filter(|id| held.get(*id).is_none_or(|object| settled(id, object) && !self.is_to_go(object)))
            .cloned()
            .collect();
        let believable = holds!(InventoryBelieved, missing.len() <= 3.max(expected.len() / 10));
        let digest = digest(missing.iter().map(String::as_str));
        let asked = &root.common_status().asked;
        judged.shrunk = if believable || confirmation::confirmed(asked, &digest, confirm.as_deref()) {
            judged.believed.extend(missing);
            judged.accepted = latest.items.keys().cloned().collect();
            let accepted = judged.accepted.clone();
            judged.believed.retain(|id| !accepted.contains(id));
            None
        } else {
            let first = missing.iter().take(5).cloned().collect();
            Some(Shrunk { digest, missing: missing.len(), of: expected.len(), first })
        };
        judged.list = judging;
        judged.shrunk.clone()
    }

    /// Whether it was found before that it is gone, and a person told so: that is no news after a restart.
    fn is_known_gone(&self, object: &ObjectRef) -> bool {
        self.objects.get(object).is_some_and(|object| {
            let reason = stalled_reason(object.common_status());
            reason.as_deref() == Some(Reason::ExternallyDeleted.as_str())
        })
    }

    /// Whether the object is being deleted at the vendor too: its absence is what was asked for, also if
    /// nobody knows any more whether the call was sent.
    fn is_to_go(&self, object: &ObjectRef) -> bool {
        self.objects.get(object).is_some_and(|object| {
            let status = object.common_status();
            let lost = object.token_status().and_then(|token| token.lost.as_ref());
            lost.is_some() && lost == status.id.as_ref()
                || object.meta().deletion_timestamp.is_some()
                    && deletion::<K>(object.as_ref(), status) == DeletionPolicy::Delete
        })
    }

    /// Whether the latest list lacks the object that we hold: then only a newer one tells.
    pub(in crate::engine::resource) fn unlisted(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
    ) -> bool {
        let inventory = &self.stock(organization, &self.list_of(object)).inventory;
        let held = object.common_status().id.as_deref();
        held.is_some_and(|id| inventory.missing_since(id).is_some())
    }

    /// Whether we wrote the object after every list that we have was begun.
    pub(in crate::engine::resource) fn outruns_lists(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
    ) -> bool {
        let touched = self.memory(object, |memory| memory.touched);
        touched != Tick::default()
            && self
                .inventory(organization, object)
                .inventory
                .latest()
                .is_some_and(|list| list.begun <= touched)
    }

    /// How fresh a list has to be for this object now.
    pub(in crate::engine::resource) fn fresh(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        since: Tick,
        asked: bool,
    ) -> Tick {
        let now = self.context.now();
        // A list begun before our own write to the object does not answer for it; once it has settled, nor
        // does one that may have lagged behind it.
        let (touched, wrote) = self.memory(object, |memory| (memory.touched, !memory.wrote.is_empty()));
        let settled = touched + self.context.settings.settle;
        let own = if wrote && now >= settled { settled } else { touched + Duration::from_nanos(1) };
        // What may be made is looked for in a list of now, or of a minute's calls where few are allowed.
        let new = object.common_status().id.is_none();
        let age = if new { organization.fresh.min(TOGETHER) } else { organization.fresh };
        let wish = if asked { since.max(now - age) } else { Tick::default() };
        (if forbids!(ListAfterWrite, own > wish) { own } else { wish }).min(now)
    }

    /// Decides which vendor object it is; `key` is its natural key.
    pub(in crate::engine::resource) fn decide(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        object: &K::Resource,
        key: &str,
        may_create: bool,
    ) -> Decision {
        let stock = self.inventory(organization, object);
        let status = object.common_status();
        let spec = object.common_spec();
        let me = reference(object);
        let claimed = |id: &str| self.is_claimed(organization, object, id);
        // The key may have been edited since the create: then what that was for is known by its hash.
        let other = |hash: &&str| {
            let prints = self.context.prints.get();
            forbids!(KeyOfIntent, prints.map(|prints| prints.compare(hash, "key", key)) == Some(Match::Other))
        };
        let edited = status.pending_create.as_ref().map(|pending| pending.key.as_str()).filter(other);
        let matches = |live: &K::Observed| match edited {
            Some(hash) => self.is_key(hash, live, key),
            None => K::has_key(live, key),
        };
        let unclaimed = |list: &Snapshot<K::Observed>| -> Vec<String> {
            if status.id.is_some() {
                // What holds an id looks for no other.
                return Vec::new();
            }
            // A list that lags still shows what we deleted.
            let theirs =
                |id: &str| !claimed(id) && holds!(DeletedIsNotFound, !stock.inventory.was_deleted(id));
            let found = list.items.iter().filter(|(id, live)| matches(live) && theirs(id));
            found.map(|(id, _)| id.clone()).collect()
        };
        let pending = status.pending_create.as_ref();
        let settle = self.context.settings.settle;
        let pending = pending.map(|create| {
            Intent::of_create(create, seen::answered_by(&self.context, object, create.since.0), settle)
        });
        let before = stock.inventory.before();
        let evidence = Evidence {
            begun: snapshot.begun,
            before: before.as_ref().map(|list| list.begun),
            held_listed: status.id.as_ref().is_some_and(|id| snapshot.items.contains_key(id)),
            missing_since: status.id.as_ref().and_then(|id| stock.inventory.missing_since(id)),
            wanted_listed: spec
                .adopt
                .id
                .as_ref()
                .is_some_and(|id| snapshot.items.get(id).is_some_and(K::adoptable)),
            unclaimed: unclaimed(snapshot),
            before_had_candidate: match (&pending, &before) {
                (Some(pending), Some(before)) => {
                    unclaimed(before).iter().any(|id| !pending.seen.contains(id))
                }
                _ => false,
            },
        };
        let known = Known {
            held: status.id.as_deref(),
            last_write: self.memory(object, |memory| memory.touched),
            pending,
            adopt: spec.adopt.policy,
            wanted: spec.adopt.id.as_deref(),
            at_home: me.namespace == organization.root.namespace,
            may_create,
            settle,
        };
        identify::decide(&known, &evidence)
    }

    /// Whether another object claims the id, or this one had it: it deletes it, or left it behind.
    pub(in crate::engine::resource) fn is_claimed(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        id: &str,
    ) -> bool {
        // A list that lags may still show what we deleted.
        let lost = object.token_status().and_then(|token| token.lost.as_deref());
        let status = object.common_status();
        let left = status.leftovers.iter().any(|left| left == id);
        if forbids!(OwnFormerIsClaimed, lost == Some(id) || status.superseded.as_deref() == Some(id) || left)
        {
            return true;
        }
        let me = reference(object);
        let root = &organization.root;
        let index = self.index.borrow();
        let takes = |claim: &Claim| {
            // What one names it gets where a list that shows it says that it may be taken.
            let list = if K::PER_CONTAINER { claim.within.id() } else { "" };
            let latest = || self.stock(organization, list).inventory.latest();
            !claim.names(id) || latest().is_some_and(|list| list.items.get(id).is_some_and(K::adoptable))
        };
        // Who could not have it, or is not admitted, claims nothing: else its word alone could cause a second create.
        let left = |other: &ObjectRef| *other != me && self.counts(other, root);
        let mut others = index.claimants(root, id).into_iter().filter(|claim| claim.object != me);
        forbids!(LeftIsClaimed, index.left_by(root, id).iter().any(left))
            || forbids!(HeldIsClaimed, others.any(|claim| takes(claim) && self.counts(&claim.object, root)))
    }

    /// The keyed hash that stands in status for a natural key, which may be a secret.
    pub(in crate::engine::resource) fn key_hash(&self, key: &str) -> String {
        self.context.prints.get().map(|prints| prints.of("key", key)).unwrap_or_default()
    }

    /// Whether the stored hash is of the key of `live`. Of a hash whose own key is lost, the manifest says what
    /// it was of: else what was created would not be known again, and be created twice.
    pub(in crate::engine::resource) fn is_key(&self, hash: &str, live: &K::Observed, key: &str) -> bool {
        match self.context.prints.get().map(|prints| prints.compare(hash, "key", K::live_key(live))) {
            Some(Match::Same) => true,
            Some(Match::LostKey) => K::has_key(live, key),
            Some(Match::Other) | None => false,
        }
    }

    /// The ids in the list that a create of the intent may have made: they have its key, and nobody claims them.
    pub(in crate::engine::resource) fn candidates(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        intent: &Rotation,
        list: &Snapshot<K::Observed>,
    ) -> Vec<String> {
        let object = work.object.as_ref();
        let named =
            list.items.iter().filter(|(_, live)| self.is_key(&intent.key, live, &self.claim_key(object)));
        // What could not be stored was never sent for: an answer with such an id ends the create.
        let named = named.filter(|(id, _)| long_id::fits(id));
        named.filter(|(id, _)| !self.is_claimed(organization, object, id)).map(|(id, _)| id.clone()).collect()
    }

    /// What became of the create of a new user, as the vendor's answer or lists tell.
    pub(in crate::engine::resource) fn outcome(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        intent: &Rotation,
        snapshot: &Snapshot<K::Observed>,
    ) -> Outcome {
        let before = self.inventory(organization, work.object.as_ref()).inventory.before();
        let unclaimed = |list: &Snapshot<K::Observed>| self.candidates(work, organization, intent, list);
        let had =
            |list: &Rc<Snapshot<K::Observed>>| unclaimed(list).iter().any(|id| !intent.seen.contains(id));
        let shown = Shown {
            begun: snapshot.begun,
            before: before.as_ref().map(|list| list.begun),
            unclaimed: unclaimed(snapshot),
            before_had_candidate: before.as_ref().is_some_and(had),
        };
        let answered_by = seen::answered_by(&self.context, work.object.as_ref(), intent.since.0);
        ledger::outcome(&Intent::of_user(intent, answered_by, self.context.settings.settle), &shown)
    }

    /// The inventory that shows the object.
    pub(in crate::engine::resource) fn inventory(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
    ) -> Rc<ListCache<K::Observed>> {
        self.stock(organization, &self.list_of(object))
    }

    /// The natural key of an object, as far as the manifest tells it.
    pub(in crate::engine::resource) fn claim_key(&self, object: &K::Resource) -> String {
        let index = self.index.borrow();
        match index.claim(&reference(object)) {
            Some(claim) => claim.key.clone(),
            None => K::key(object, &Within::Organization),
        }
    }

    /// The natural key of an object whose wish is resolved.
    pub(in crate::engine::resource) fn natural_key(
        &self,
        object: &K::Resource,
        desired: &K::Desired,
    ) -> String {
        K::live_key_of(desired).unwrap_or_else(|| self.claim_key(object))
    }
}

fn bug() -> VendorError {
    VendorError::unknown(Failure::Unreadable, "the code that reads the list failed: this is a bug")
}
