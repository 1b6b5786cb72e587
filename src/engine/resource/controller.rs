//! What the engine asks of any kind, answered.

use crate::api::grant::Asker;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::decide::count::Tallied;
use crate::engine::decide::details::Turn;
use crate::engine::organization::controller::{Controller, Dependent, Shrunk, Target};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::delete::dependents::Dependents;
use crate::engine::resource::delete::finalize::Finalizer;
use crate::engine::resource::observe::counts::Counts;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::round::Round;
use crate::engine::resource::reconcile::Reconcile;
use crate::engine::resource::resolve::references;
use crate::engine::resource::resolve::references::References;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::fill::TokenFill;
use crate::engine::runtime::census::OfKind;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::{Fed, Move, reference};
use crate::engine::runtime::queue::{Lane, Priority, Ticket};
use crate::engine::runtime::work;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use kube::Resource as _;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl<K: Kind> Controller<K::Vendor> for ResourceReconciler<K> {
    fn kind(&self) -> KindRef {
        K::Resource::KIND
    }

    fn container(&self) -> Option<KindRef> {
        K::FACTS.container
    }

    fn place(&self, object: &ObjectRef) -> Option<(ObjectRef, Option<String>)> {
        self.index.borrow().claim(object).map(|claim| (claim.root.clone(), claim.held.clone()))
    }

    fn admits(&self, object: &ObjectRef, asker: &Asker<'_>) -> bool {
        self.objects.get(object).is_some_and(|object| object.admits(asker))
    }

    fn synced(&self) -> bool {
        self.objects.synced()
    }

    fn lane(&self, object: &ObjectRef) -> Option<Lane> {
        self.index.borrow().claim(object).map(Self::lane_of)
    }

    fn feed(&self, fed: Box<dyn Any>) {
        let Ok(fed) = fed.downcast::<Fed<K::Resource>>() else {
            tracing::error!(kind = %K::Resource::KIND, "a watch fed another kind's object: this is a bug");
            return;
        };
        for Move { key, before, after, turned, overwritten } in self.objects.feed(*fed, self.context.leads())
        {
            let former = self.index.borrow().claim(&key).cloned();
            self.reindex(&key);
            let current = self.index.borrow().claim(&key).cloned();
            let edited = match (&before, &after) {
                (Some(before), Some(after)) => before.meta().generation != after.meta().generation,
                _ => true,
            };
            let beyond = |object: &Option<Rc<K::Resource>>| {
                object.as_ref().is_some_and(|object| references::is_unsupported(object.as_ref()))
            };
            if edited || turned || beyond(&before) != beyond(&after) {
                // Its grants, what it owns, or whether there can be one may have changed.
                self.wake_pointing(&key);
            }
            if let (Some(before), Some(claim)) = (&before, &former) {
                References(self).wake_owned(&claim.root, before, after.as_deref());
            }
            if former != current {
                self.wake_rivals(former.as_ref(), current.as_ref());
                Dependents(self).wake_used(former.as_ref(), current.as_ref());
            }
            if let Some(before) = before.as_deref().filter(|_| after.is_none() || turned) {
                WriteGuard(self).leave_guard(before);
            }
            if let Some(object) = &after {
                self.context.first_seen.look(object.as_ref(), before.is_some(), self.context.moment());
                let deletes = |object: &K::Resource| {
                    self.deletion(object, object.common_status()) == DeletionPolicy::Delete
                };
                if deletes(object)
                    && !before.as_ref().is_some_and(|before| deletes(before))
                    && let Some(claim) = &current
                {
                    // Its token Secret is to be held from now on.
                    self.context.wake_root(&claim.root, Priority::Drift);
                }
                self.context.declared(object.as_ref());
                if overwritten && self.context.minds_status(object.as_ref()) {
                    // Whatever a status says that others wrote, is looked at like an edit of the manifest.
                    self.wake(&key, Priority::Change);
                }
                if turned || work::concerns_us(before.as_deref(), object.as_ref()) {
                    self.wake(&key, work::priority(object.as_ref()));
                }
            } else if !self.objects.knows(&key) {
                Controller::forget(self, &key);
                if let Some(before) = &before {
                    self.context.first_seen.forget(before.as_ref());
                }
                let owes = before.as_ref().is_some_and(|before| self.commit().owes(before.as_ref()));
                if let Some(claim) = former.as_ref().filter(|_| owes) {
                    // It is still to be told what of it is not stored.
                    self.context.wake(&key, &Self::lane_of(claim), Priority::Delete);
                }
                if let Some(claim) = former {
                    // It may have held up the organization's deletion.
                    self.context.wake_root(&claim.root, Priority::Delete);
                }
            } else {
                // It could never be read, which is to be said.
                self.wake(&key, Priority::Resync);
            }
        }
    }

    fn forget(&self, object: &ObjectRef) {
        self.memories.borrow_mut().remove(object);
        self.context.convergence.borrow_mut().forget(object);
        self.context.tally.expires(object, None);
        self.organizations.leave_guards(object);
        self.context.queue.borrow_mut().forget(object);
    }

    fn knows(&self, object: &ObjectRef) -> bool {
        self.objects.knows(object)
    }

    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next> {
        async move {
            if let Some(object) = self.objects.get(&ticket.key) {
                TokenFill(self).give_up_token(object.as_ref());
            }
            let object = match self.commit().take_up(ticket).await {
                Ok(object) => object,
                Err(next) => return next,
            };
            let next = match object {
                // What its manifest asks for is not known.
                _ if forbids!(UnreadIsLeft, self.objects.unread(&ticket.key).is_some()) => {
                    self.commit().unread(&ticket.key).await
                }
                // The watch of namespaces wakes it.
                _ if !self.context.knows_namespace(&ticket.key.namespace) => Next::Rest,
                object if object.meta().deletion_timestamp.is_some() => {
                    Finalizer(self).finalize(object, ticket).await
                }
                object => Reconcile(self).keep(object, ticket).await,
            };
            self.commit().sooner(&ticket.key, next)
        }
        .boxed_local()
    }

    fn owes(&self, key: &ObjectRef) -> bool {
        self.objects.owing().owes_of(key)
    }

    fn owing(&self) -> Vec<ObjectRef> {
        self.objects.owing().objects()
    }

    fn settle<'a>(&'a self, key: &'a ObjectRef) -> LocalBoxFuture<'a, ()> {
        async move {
            if let Some(object) = self.objects.get(key) {
                TokenFill(self).give_up_token(object.as_ref());
                self.commit().settle(&object).await;
            }
        }
        .boxed_local()
    }

    fn last_words(&self) {
        self.commit().last_words();
    }

    fn refresh<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        async move {
            if !Counts(self).is_needed(&organization.root)
                || self.kind.unsupported(&organization.session).is_some()
            {
                return Ok(());
            }
            Round(self).read_all(organization, fresh).await
        }
        .boxed_local()
    }

    fn tally<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Tallied> {
        async move { Counts(self).count_listed(organization, fresh).await }.boxed_local()
    }

    fn look_at_lacking(&self, organization: &Organization<K::Vendor>) {
        Round(self).wake_lacking(organization);
    }

    fn turns(&self, organization: &Organization<K::Vendor>, kind: usize) -> Vec<Turn> {
        DetailReads(self).places(organization, kind)
    }

    fn take_turn<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        async move { DetailReads(self).read_in_turn(organization, id).await }.boxed_local()
    }

    fn holds(&self, root: &ObjectRef, id: &str) -> bool {
        !self.index.borrow().with_id(root, id).is_empty()
    }

    fn named(&self, organization: &Organization<K::Vendor>, id: &str) {
        DetailReads(self).suspect(organization, id);
    }

    fn shrunk(&self, organization: &Organization<K::Vendor>) -> Option<Shrunk> {
        // What is only counted stops nothing.
        Counts(self).is_needed(&organization.root).then(|| Judgement(self).judge(organization)).flatten()
    }

    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent> {
        let below = self.index.borrow().below(root);
        below
            .into_iter()
            .filter(|object| self.counts(object, root))
            .filter_map(|object| {
                let Some(resource) = self.objects.get(&object) else {
                    let unread = self.objects.unread(&object)?;
                    let (blocks, needs_token) = (unread.blocks(), unread.deletes);
                    let going = unread.meta.deletion_timestamp.is_some();
                    return Some(Dependent { object, blocks, needs_token, going });
                };
                let status = resource.common_status();
                Some(Dependent {
                    blocks: Dependents(self).blocks(&object),
                    object,
                    needs_token: self.deletion(resource.as_ref(), status) == DeletionPolicy::Delete,
                    going: resource.meta().deletion_timestamp.is_some(),
                })
            })
            .collect()
    }

    fn wake_below(&self, root: &ObjectRef, priority: Priority, all: bool) {
        let below = self.index.borrow().below(root);
        for object in below {
            let rests = || {
                self.objects
                    .get(&object)
                    .is_some_and(|known| work::at_rest(known.as_ref()) && !work::rotates(known.as_ref()))
            };
            if all || !rests() {
                self.wake(&object, priority);
            }
        }
    }

    fn wake_readers(&self, namespace: &str, secret: &str) {
        let readers = self.index.borrow().readers(namespace, secret);
        for object in readers.into_iter().filter(|object| !Custodian(self).knows_secret(object, secret)) {
            self.wake(&object, Priority::Change);
        }
    }

    fn wake_ending(&self, object: &ObjectRef) {
        Dependents(self).wake_if_ending(object);
    }

    fn wake_ending_holder(&self, root: &ObjectRef, id: &str) {
        let holders = self.index.borrow().with_id(root, id);
        for object in &holders {
            Dependents(self).wake_if_ending(object);
        }
    }

    fn users_of(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef> {
        Dependents(self).that_use(root, used, id)
    }

    fn held(&self, root: &ObjectRef) -> BTreeSet<String> {
        self.index.borrow().held(root).into_keys().collect()
    }

    fn wake_namespace(&self, namespace: &str) {
        for object in self.objects.all() {
            if object.meta().namespace.as_deref() == Some(namespace) {
                self.wake(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    fn target(&self, key: &ObjectRef, root: &ObjectRef, asker: &Asker<'_>) -> Target {
        References(self).target_of(key, root, asker)
    }

    fn owning(&self, root: &ObjectRef, relation: &str) -> BTreeSet<String> {
        let held = self.index.borrow().held(root);
        let owns = |object: &ObjectRef| {
            self.objects.get(object).is_some_and(|known| known.owns(relation)) && self.counts(object, root)
        };
        held.into_iter().filter(|(_, object)| owns(object)).map(|(id, _)| id).collect()
    }

    fn relation(&self) -> Option<(KindRef, &'static str)> {
        K::FACTS.relation
    }

    fn forget_root(&self, root: &ObjectRef) {
        self.stocks.borrow_mut().retain(|(of, _), _| of != root);
    }

    fn wake_those_pointing_to(&self, key: &ObjectRef) {
        References(self).wake_pointing_here(key);
    }

    fn shows(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let latest = self.stock(organization, "").inventory.latest();
        latest.is_none_or(|list| list.items.contains_key(id))
    }

    fn lacks(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        !id.is_empty() && Round(self).is_gone_for_sure(organization, id)
    }

    fn census(&self) -> OfKind {
        OfKind::of(&self.objects.readable())
    }

    fn known(&self) -> BTreeMap<ObjectRef, String> {
        self.objects.versions()
    }
}
