//! Two objects that stand for the same thing: of those that are to be created, or taken over, at the same time one
//! waits for the other; and where a Secret is part of the natural key, only resolved wishes tell.

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::plan::is_written;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::create_lock::CreateLock;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;

/// Finds others that stand for the same.
pub struct Duplicates<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Duplicates<'_, K> {
    /// Whether another object stands for the same thing.
    pub fn conflict(&self, work: &Work<K::Resource>) -> Option<Findings> {
        let (object, status) = (work.object.as_ref(), &work.status);
        if let (Some(held), Some(wanted)) = (&status.id, &object.common_spec().adopt.id)
            && held != wanted
            && ![&work.token.replaced, &status.replaced, &status.superseded].contains(&&Some(wanted.clone()))
        {
            return Some(Findings::stalled(
                Reason::AdoptIdMismatch,
                format!(
                    "This object stands for {held}, and spec.adopt.id names {wanted}; nothing is read or written. Delete \
                     this object (what it stands for stays unless its policy is Delete) and create one for {wanted}."
                ),
            ));
        }
        Some(self.taken(object, &self.0.holder(object)?))
    }

    /// That another object stands for the same thing.
    pub fn taken(&self, object: &K::Resource, holder: &ObjectRef) -> Findings {
        let me = reference(object);
        let root = self.0.claim_of(object).map(|claim| claim.root);
        let adopts = root.as_ref().is_none_or(|root| root.namespace == me.namespace)
            || object.common_status().id.is_some();
        let holder = root.map_or(sentences::ELSEWHERE.to_owned(), |root| self.0.called(&me, holder, &root));
        // Where it is about an id, no other name leads to something else.
        let by_id = object.common_status().id.is_some() || object.common_spec().adopt.id.is_some();
        let differ = (!by_id).then(|| K::naming(object).differ);
        Findings::stalled(
            Reason::ManagementConflict,
            sentences::taken(&holder, K::FACTS.noun, differ, (self.0.kind.stays().is_some(), adopts)),
        )
    }

    /// The turn to create, or take over, what the object stands for.
    ///
    /// # Errors
    /// The verdict, if another object stands for it, or is about to.
    pub fn lock(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        work: &Work<K::Resource>,
        desired: &DeclaredOf<K>,
    ) -> Result<Option<CreateLock<(ObjectRef, String)>>, Verdict> {
        // Since it was asked first, somebody with a better claim may have come.
        if let Some(findings) = self.conflict(work) {
            return Err(self.0.slow(findings));
        }
        let key = Keys(self.0).natural_key(work.object.as_ref(), desired);
        let by_secrets = forbids!(TwinsKnown, desired.key.clone().is_some());
        let twin = || by_secrets.then(|| self.twin(organization, snapshot, work, desired, &key)).flatten();
        let unread = || self.unread_twin(organization, snapshot, &key);
        let hash = Keys(self.0).key_hash(&key);
        let holder = self.creates_it(&organization.root, work, &hash).or_else(twin).or_else(unread);
        if let Some(holder) = holder {
            return Err(self.0.slow(self.taken(&work.object, &holder)));
        }
        let turn = self.0.create_locks.take((organization.root.clone(), hash));
        if forbids!(OneTurn, turn.is_none()) {
            let text = format!(
                "Another object is just being given the same {}; this one goes on after it.",
                K::FACTS.noun
            );
            return Err(Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Retry));
        }
        Ok(turn)
    }

    /// Whose create of what has a natural key with this hash is pending, whatever its manifest says since.
    fn creates_it(&self, root: &ObjectRef, work: &Work<K::Resource>, hash: &str) -> Option<ObjectRef> {
        let me = reference(work.object.as_ref());
        let index = self.0.index.borrow();
        let mut others = index.creating(root, hash).into_iter();
        let mine = |other: &ObjectRef| index.beside(&me, other) && self.0.counts(other, root);
        let creates = others.find(mine).filter(|_| forbids!(IntentKeepsKey));
        creates.or_else(|| index.giving_way(root, || hash.to_owned()).into_iter().find(mine))
    }

    /// Who stands for what has this natural key, though its manifest cannot be read.
    fn unread_twin(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        key: &str,
    ) -> Option<ObjectRef> {
        let shows = |id: &String| snapshot.items.get(id).is_some_and(|live| K::has_key(live, key));
        let index = self.0.index.borrow();
        let unread = self.0.objects.all_unread();
        let mut here = unread.iter().filter(|one| {
            let below = index.claim(&one.object).is_some_and(|claim| claim.root == organization.root);
            below && self.0.counts(&one.object, &organization.root)
        });
        let twin = here.find(|one| one.id.as_ref().is_some_and(shows));
        twin.map(|one| one.object.clone())
    }

    /// Who stands for what has this natural key: by the list, or, as lists lag, by what was written last.
    fn twin(
        &self,
        organization: &Organization<K::Vendor>,
        snapshot: &Snapshot<K::Observed>,
        work: &Work<K::Resource>,
        desired: &DeclaredOf<K>,
        key: &str,
    ) -> Option<ObjectRef> {
        let root = &organization.root;
        let me = reference(work.object.as_ref());
        let other = |object: &ObjectRef| *object != me && self.0.counts(object, root);
        let index = self.0.index.borrow();
        let rows = snapshot.items.iter().filter(|(_, live)| K::has_key(live, key));
        let by_list =
            rows.flat_map(|(id, _)| index.claimants(root, id)).map(|claim| claim.object.clone()).find(other);
        if by_list.is_some() {
            return by_list;
        }
        let prints = self.0.context.prints.get()?;
        let fields = self.0.kind.core.fields(
            &organization.session,
            &desired.state,
            &self.0.kind.core.created(&desired.state, ""),
            &work.status.last_applied,
        );
        let parts: Vec<_> =
            fields.iter().filter(|field| K::FACTS.key_fields.contains(&field.path.as_str())).collect();
        let is_twin = |object: &ObjectRef| {
            let Some(known) = self.0.objects.get(object) else { return false };
            let status = known.common_status();
            status.id.is_some()
                && !parts.is_empty()
                && parts.iter().all(|field| {
                    is_written(prints, &status.last_applied, &field.path, field.desired.expose())
                })
        };
        let beside = |object: &ObjectRef| index.beside(&me, object);
        index.below(root).into_iter().filter(beside).filter(other).find(is_twin)
    }
}
