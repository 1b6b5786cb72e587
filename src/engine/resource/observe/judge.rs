//! Whether what lists lack is believable (rule 2).

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::checks::holds;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::base::words::annotated;
use crate::engine::decide::confirmation;
use crate::engine::decide::fingerprint::digest;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::resource_controller::{ResourceController, Shrunk};
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::resolve::keys::Keys;

use kube::Resource as _;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Judges whether what lists lack is believable.
pub struct Judgement<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Judgement<'_, K> {
    /// Judges the latest list that shows the object: is what it lacks believable? What another container's list
    /// lacks says nothing of this one.
    pub fn judge_for(&self, organization: &Organization<K::Vendor>, object: &K::Resource) -> Option<Shrunk> {
        if let Some(containers) = self.judges_for_us() {
            return containers.shrunk(organization);
        }
        // Of reads by id no single one tells that too much is gone.
        let list = if K::FACTS.by_id() { String::new() } else { Lists(self.0).list_of(object) };
        self.judge_list(organization, &list)
    }

    /// What is listed by its containers shrinks with them, and whoever keeps those knows which were deleted on
    /// purpose.
    pub fn judges_for_us(&self) -> Option<Rc<dyn ResourceController<K::Vendor>>> {
        let container = K::FACTS.container.filter(|_| K::FACTS.shares_list())?;
        self.0.organizations.controller(container)
    }

    /// Judges the latest lists once each: is what they lack believable?
    pub fn judge(&self, organization: &Organization<K::Vendor>) -> Option<Shrunk> {
        if let Some(containers) = self.judges_for_us() {
            return containers.shrunk(organization);
        }
        if K::FACTS.by_id() {
            return self.judge_list(organization, "");
        }
        let lists = Lists(self.0).lists(organization);
        lists.iter().find_map(|list| self.judge_list(organization, list))
    }

    pub fn judge_list(&self, organization: &Organization<K::Vendor>, list: &str) -> Option<Shrunk> {
        let cache = self.0.cache(organization, list);
        let latest = Lists(self.0).shown(organization, list)?;
        let root = self.0.organizations.objects.get(&organization.root)?;
        let confirm = annotated(root.as_ref(), annotation::CONFIRM).map(str::to_owned);
        let mut judged = cache.judged.borrow_mut();
        let judging = Some((latest.begun, confirm.clone()));
        if judged.list == judging && !K::FACTS.by_id() {
            return judged.shrunk.clone();
        }
        let settled = |id: &String, object: &ObjectRef| {
            // What we made a moment ago may be missing in a list that lags.
            let touched = self.0.memories.known(object, |memory| memory.writes.touched).unwrap_or_default();
            let touched_then = touched + self.0.context.settings.settle > latest.begun;
            (!touched_then || touched == Tick::default()) && !latest.items.contains_key(id)
        };
        let mut held = self.0.index.borrow().held(&organization.root);
        if K::FACTS.per_container() {
            held.retain(|_, object| {
                self.0
                    .objects
                    .get(object)
                    .is_some_and(|object| Lists(self.0).list_of(object.as_ref()) == list)
            });
        }
        let gave_way = |id: &String| self.gave_way(organization, list, &latest, id);
        let mut expected: BTreeSet<String> = judged.accepted.clone();
        let lacks = |id: &String| !latest.items.contains_key(id);
        let gone =
            held.iter().filter(|(id, object)| lacks(id) && self.is_known_gone(organization, id, object));
        judged.believed.extend(gone.map(|(id, _)| id.clone()));
        expected.extend(held.iter().filter(|(id, object)| settled(id, object)).map(|(id, _)| id.clone()));
        expected.extend(latest.items.keys().cloned());
        if K::FACTS.by_id() {
            // Of what is not asked for any more nothing is missing.
            let reads = Lists(self.0).reads(organization);
            expected.retain(|id| reads.contains_key(id));
        }
        let missing: Vec<String> = expected
            .iter()
            .filter(|id| !latest.items.contains_key(*id))
            .filter(|id| holds!(OwnDeletionsKnown, !cache.inventory.was_deleted(id)))
            .filter(|id| !judged.believed.contains(*id))
            .filter(|id| !gave_way(id))
            .filter(|id| held.get(*id).is_none_or(|object| settled(id, object) && !self.is_to_go(object)))
            .cloned()
            .collect();
        let believable = holds!(InventoryBelieved, missing.len() <= 3.max(expected.len() / 10));
        let digest = digest(missing.iter().map(String::as_str));
        let asked = &root.common_status().asked;
        judged.shrunk = if believable || confirmation::confirmed(asked, &digest, confirm.as_deref()) {
            // Reads by id come one after the other: what each of them lacks adds up until a person is asked about it.
            if !K::FACTS.by_id() || !believable {
                judged.believed.extend(missing);
            }
            judged.accepted = latest.items.keys().cloned().collect();
            // What nobody holds is expected of no list any more.
            judged.believed.retain(|id| lacks(id) && held.contains_key(id));
            None
        } else {
            let first = missing.iter().take(5).cloned().collect();
            Some(Shrunk { digest, missing: missing.len(), of: expected.len(), first, noun: K::FACTS.noun })
        };
        judged.list = judging;
        judged.shrunk.clone()
    }

    /// Whether what had the id gave way to another that has its key now.
    fn gave_way(
        &self,
        organization: &Organization<K::Vendor>,
        list: &str,
        latest: &Snapshot<K::Observed>,
        id: &str,
    ) -> bool {
        let final_one = |is_its: &dyn Fn(&K::Observed) -> bool| {
            latest.items.values().any(|live| !self.0.kind.is_provisional(live) && is_its(live))
        };
        let before = self.0.cache(organization, list).inventory.before();
        if let Some(row) = before.as_ref().and_then(|before| before.items.get(id)) {
            let key = K::identify(row).key;
            return self.0.kind.is_provisional(row) && final_one(&|live| K::has_key(live, key));
        }
        let index = self.0.index.borrow();
        let holders = index.with_id(&organization.root, id);
        let hashes = holders.iter().filter_map(|object| index.claim(object)?.provisional.clone());
        let mut hashes = hashes.collect::<Vec<_>>().into_iter();
        hashes.any(|hash| final_one(&|live| Keys(self.0).key_hash(K::identify(live).key) == hash))
    }

    /// Whether it was found before that it is gone, and a person asked what becomes of that: it is no news after a restart,
    /// whatever else was said of the object since.
    pub fn is_known_gone(
        &self,
        organization: &Organization<K::Vendor>,
        id: &str,
        object: &ObjectRef,
    ) -> bool {
        // Of another name nobody was asked, and of the same one something else may be said since.
        let told = self.0.index.borrow().claim(object).is_some_and(|claim| claim.gone);
        self.0.objects.get(object).is_some_and(|object| {
            let status = object.common_status();
            let question = || Keys(self.0).question(object.as_ref(), &organization.id, id);
            // What only expired is asked about, too, and may give way.
            status.provisional.is_none() && (told || status.asked.iter().any(|asked| asked.of == question()))
        })
    }

    /// Whether the object is being deleted at the vendor too: its absence is what was asked for, also if
    /// nobody knows any more whether the call was sent.
    pub fn is_to_go(&self, object: &ObjectRef) -> bool {
        self.0.objects.get(object).is_some_and(|object| {
            let status = object.common_status();
            let lost = object.token_status().and_then(|token| token.lost.as_ref());
            lost.is_some() && lost == status.id.as_ref()
                || object.meta().deletion_timestamp.is_some()
                    && self.0.deletion(object.as_ref(), status) == DeletionPolicy::Delete
        })
    }
}
