//! Step two: which vendor object it is, from complete lists (rules 2 and 6).

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::policy::{AdoptPolicy, DeletionPolicy};
use crate::api::token::Rotation;
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::long_id;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::Match;
use crate::engine::decide::identify::{self, Decision, Evidence, Known, Row, Via};
use crate::engine::decide::ledger::{self, Intent, Outcome, Shown, Telling};
use crate::engine::external::inventory::Snapshot;

use crate::engine::organization::managed::Organization;
use crate::engine::provider::facts::KeyAtVendor;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::memory::WasThere;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::{Claim, ResourceReconciler};
use crate::engine::runtime::creator;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::work::Work;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource as _;

use std::rc::Rc;

/// Finds out which vendor object it is.
pub struct Identification<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Identification<'_, K> {
    /// Decides which vendor object it is; `key` is its natural key.
    pub fn decide(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        object: &K::Resource,
        key: &str,
        may_create: bool,
    ) -> Decision {
        self.forget_before(object);
        let cache = Lists(self.0).cache(organization, object);
        let status = object.common_status();
        let was_there =
            status.pending_create.as_ref().and_then(|create| self.was_there(object, create.since.0));
        let (adopt, wanted) = object.adopts();
        let me = reference(object);
        let claimed = |id: &str| self.is_claimed(organization, object, id);
        // The key may have been edited since the create: then what that was for is known by its hash.
        let other = |hash: &&str| {
            let prints = self.0.context.prints.get();
            forbids!(KeyOfIntent, prints.map(|prints| prints.compare(hash, "key", key)) == Some(Match::Other))
        };
        let edited = status.pending_create.as_ref().map(|pending| pending.key.as_str()).filter(other);
        let matches = |live: &K::Observed| match edited {
            Some(hash) => Keys(self.0).is_key(hash, live, key),
            None => K::has_key(live, key),
        };
        let unclaimed = |list: &Snapshot<K::Observed>| -> Vec<String> {
            if status.id.is_some() {
                // What holds an id looks for no other.
                return Vec::new();
            }
            // A list that lags still shows what we deleted.
            let theirs = |id: &str| {
                !claimed(id)
                    && !is_in(was_there.as_ref(), id)
                    && holds!(DeletedIsNotFound, !cache.inventory.was_deleted(id))
            };
            let found = list.items.iter().filter(|(id, live)| matches(live) && theirs(id));
            found.map(|(id, _)| id.clone()).collect()
        };
        let pending = status.pending_create.as_ref();
        let settle = self.0.context.settings.settle;
        let pending = pending.map(|create| Intent::of_create(create, self.telling(object, create.since.0)));
        let before = cache.inventory.before();
        let row = |live: &K::Observed| {
            // What is in another one has the key of that.
            let unique = K::naming(object).at_vendor == KeyAtVendor::Unique && K::FACTS.container.is_none();
            // Whose key somebody changed has it no more, either; but then nobody else has ours.
            let is_there = || snapshot.items.values().any(|other| K::has_key(other, key));
            let another = unique && Self::was_in_order(object) && !K::has_key(live, key) && is_there();
            if another { Row::Another } else { Row::Its }
        };
        let evidence = Evidence {
            begun: snapshot.begun,
            before: before.as_ref().map(|list| list.begun),
            held: status.id.as_ref().and_then(|id| snapshot.items.get(id)).map_or(Row::Missing, row),
            successor: self.successor(organization, snapshot, object),
            lacking: status.id.as_ref().and_then(|id| cache.inventory.lacking(id)),
            wanted_listed: wanted.as_ref().and_then(|id| snapshot.items.get(id)).is_some_and(|live| {
                K::identify(live).adoptable && !self.is_anothers(organization, object, live)
            }),
            by_id: K::FACTS.by_id(),
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
            last_write: self.0.memory(object, |memory| memory.writes.touched),
            pending,
            adopt,
            wanted: wanted.as_deref(),
            at_home: me.namespace == organization.root.namespace,
            may_create: may_create && self.0.kind.unmade().is_none(),
            settle,
        };
        let lost = status.pending_create.as_ref().is_some_and(|create| Keys(self.0).is_lost(&create.key));
        match identify::decide(&known, &evidence) {
            // That it has the name of the create the manifest says alone: it is taken over as what exists is.
            Decision::Is(id, Via::Found) if lost && known.adopt == AdoptPolicy::Never => Decision::Exists(id),
            Decision::Is(id, Via::Found) if lost && !known.at_home => Decision::NeedsId(vec![id]),
            decision => decision,
        }
    }

    /// What the id that is held gave way to: the one that has the key now which that had. Not what another holds, nor
    /// what came after we had deleted that, or may have: who made that nobody knows, and only a manifest that says so has
    /// it deleted. What a person was told to be gone is not provisional any more.
    fn successor(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        object: &K::Resource,
    ) -> Option<String> {
        let status = object.common_status();
        let (hash, held) = (status.provisional.as_ref()?, status.id.as_ref()?);
        let inventory = &Lists(self.0).cache(organization, object).inventory;
        let ends = object.meta().deletion_timestamp.is_some()
            && object.common_spec().deletion_policy == Some(DeletionPolicy::Delete);
        let sent = !ends && self.0.memory(object, |memory| memory.sent_away.as_ref() == Some(held));
        let unique = K::naming(object).at_vendor == KeyAtVendor::Unique;
        if sent || !unique || inventory.was_deleted(held) {
            return None;
        }
        let me = reference(object);
        let index = self.0.index.borrow();
        let free = |id: &String| {
            index.with_id(&organization.root, id).iter().all(|other| {
                *other == me || index.claim(other).is_none_or(|claim| claim.held.as_ref() != Some(id))
            })
        };
        let natural = Keys(self.0).claim_key(object);
        // Of a hash whose own key is lost the manifest tells what it was of, unless that was edited since.
        if Keys(self.0).is_lost(hash) && !Self::was_in_order(object) {
            return None;
        }
        let follows = |(id, live): &(&String, &K::Observed)| {
            Keys(self.0).is_key(hash, live, &natural)
                && !self.0.kind.is_provisional(live)
                && !inventory.was_deleted(id)
                && free(id)
        };
        let mut following = snapshot.items.iter().filter(follows);
        following.next().map(|(id, _)| id.clone()).filter(|_| following.next().is_none())
    }

    /// Whether this process saw what the object stands for, or made it, before another took its place.
    pub fn saw_it_give_way(&self, organization: &Organization<K::Vendor>, object: &K::Resource) -> bool {
        let before = Lists(self.0).cache(organization, object).inventory.before();
        let held = object.common_status().id.as_ref();
        let shown = before.is_some_and(|before| held.is_some_and(|held| before.items.contains_key(held)));
        shown || self.0.memory(object, |memory| memory.writes.touched != Tick::default())
    }

    /// Whether another object has what gave way to this one, or will.
    fn is_anothers(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        live: &K::Observed,
    ) -> bool {
        let (me, root) = (reference(object), &organization.root);
        let hash = || Keys(self.0).key_hash(K::identify(live).key);
        let others = self.0.index.borrow().giving_way(root, hash);
        others.iter().any(|other| *other != me && self.0.counts(other, root))
    }

    /// Whether the status says that the manifest, as it is now, was carried out; or that it says so of another thing.
    fn was_in_order(object: &K::Resource) -> bool {
        let (meta, status) = (object.meta(), object.common_status());
        // To be deleted is another generation.
        let seen = status.observed_generation + i64::from(meta.deletion_timestamp.is_some());
        let current = meta.generation.is_none_or(|now| seen >= now);
        let said = |condition: &Condition| condition.reason == Reason::AdoptIdMismatch.as_str();
        conditions::is_true(&status.conditions, ConditionType::Ready) && current
            || status.conditions.iter().any(said)
    }

    /// Whether another object claims the id, or this one had it: it deletes it, or left it behind.
    pub fn is_claimed(&self, organization: &Organization<K::Vendor>, object: &K::Resource, id: &str) -> bool {
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
        let index = self.0.index.borrow();
        let takes = |claim: &Claim| {
            // What one names it gets where a list that shows it says that it may be taken.
            let list = if K::FACTS.per_container() { claim.within.id() } else { "" };
            let latest = || Lists(self.0).shown(organization, list);
            !claim.names(id)
                || latest()
                    .is_some_and(|list| list.items.get(id).is_some_and(|live| K::identify(live).adoptable))
        };
        // Who could not have it, or is not admitted, claims nothing: else its word alone could cause a second create.
        let left = |other: &ObjectRef| *other != me && self.0.counts(other, root);
        let mut others = index.claimants(root, id).into_iter().filter(|claim| claim.object != me);
        forbids!(LeftIsClaimed, index.left_by(root, id).iter().any(left))
            || forbids!(HeldIsClaimed, others.any(|claim| takes(claim) && self.0.counts(&claim.object, root)))
    }

    /// The ids in the list that a create of the intent may have made: they have its key, and nobody claims them.
    pub fn candidates(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        intent: &Rotation,
        list: &Snapshot<K::Observed>,
    ) -> Vec<String> {
        let object = work.object.as_ref();
        let named = list
            .items
            .iter()
            .filter(|(_, live)| Keys(self.0).is_key(&intent.key, live, &Keys(self.0).claim_key(object)));
        // What could not be stored was never sent for: an answer with such an id ends the create.
        let named = named.filter(|(id, _)| long_id::fits(id));
        let was_there = self.was_there(object, intent.since.0);
        let free = |id: &str| !is_in(was_there.as_ref(), id) && !self.is_claimed(organization, object, id);
        named.filter(|(id, _)| free(id)).map(|(id, _)| id.clone()).collect()
    }

    /// What was there when the create with that moment was sent; nothing where another process sent it.
    fn was_there(&self, object: &K::Resource, since: Timestamp) -> Option<WasThere> {
        self.0.memory(object, |memory| {
            let before = memory.before.as_ref().filter(|before| before.of == since);
            before.map(|before| Rc::clone(&before.was_there))
        })
    }

    /// What was there before a create that has ended is of no use any more.
    fn forget_before(&self, object: &K::Resource) {
        let pending = object.common_status().pending_create.as_ref().map(|create| create.since.0);
        let token = object.token_status();
        let others =
            [token.and_then(|token| token.rotation.as_ref()), token.and_then(|token| token.again.as_ref())];
        let others = others.map(|create| create.map(|create| create.since.0));
        self.0.memory(object, |memory| {
            memory.before.take_if(|before| pending != Some(before.of) && !others.contains(&Some(before.of)))
        });
    }

    /// When lists answer for a create with that moment.
    fn telling(&self, object: &K::Resource, since: Timestamp) -> Telling {
        Telling {
            answered_by: creator::answered_by(&self.0.context, object, since),
            settle: self.0.context.settings.settle,
            new_is_known: self.was_there(object, since).is_some(),
        }
    }

    /// What became of the create of a new user, as the vendor's answer or lists tell.
    pub fn outcome(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        intent: &Rotation,
        snapshot: &Snapshot<K::Observed>,
    ) -> Outcome {
        let before = Lists(self.0).cache(organization, work.object.as_ref()).inventory.before();
        let unclaimed = |list: &Snapshot<K::Observed>| self.candidates(work, organization, intent, list);
        let had =
            |list: &Rc<Snapshot<K::Observed>>| unclaimed(list).iter().any(|id| !intent.seen.contains(id));
        let shown = Shown {
            begun: snapshot.begun,
            before: before.as_ref().map(|list| list.begun),
            unclaimed: unclaimed(snapshot),
            before_had_candidate: before.as_ref().is_some_and(had),
        };
        let telling = self.telling(work.object.as_ref(), intent.since.0);
        ledger::outcome(&Intent::of_user(intent, telling), &shown)
    }
}

/// Whether it was there before a create, as far as that is known: whatever its key is now, it is not what that made.
fn is_in(before: Option<&WasThere>, id: &str) -> bool {
    before.is_some_and(|was_there| forbids!(ThereIsNotNew, was_there(id)))
}
