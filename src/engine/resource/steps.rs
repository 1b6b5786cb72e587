//! What is done with the objects of a kind.

use crate::api::annotation;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::words::annotated;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::delete::dependents::Dependents;
use crate::engine::resource::delete::finalize::Finalizer;
use crate::engine::resource::reconcile::Reconcile;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::references::{self, References};
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::fill::TokenFill;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::objects::{Move, Objects, reference};
use crate::engine::runtime::queue::{Lane, Priority};
use crate::engine::runtime::steps::{Ends, Keeps, Steps};
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

impl<K: Kind> Steps for ResourceReconciler<K> {
    type Object = K::Resource;

    fn context(&self) -> &Context {
        &self.context
    }

    fn objects(&self) -> &Objects<K::Resource> {
        &self.objects
    }

    fn place_in_line(&self, key: &ObjectRef) -> Option<Lane> {
        let index = self.index.borrow();
        index.claim(key).map(|claim| Lane::of(&claim.root, &claim.object.namespace))
    }

    fn readers(&self, namespace: &str, secret: &str) -> Vec<ObjectRef> {
        let readers = self.index.borrow().readers(namespace, secret);
        readers.into_iter().filter(|object| !Custodian(self).knows_secret(object, secret)).collect()
    }

    fn moved(&self, Move { key, before, after, turned, .. }: &Move<K::Resource>) {
        let former = self.index.borrow().claim(key).cloned();
        self.reindex(key);
        let current = self.index.borrow().claim(key).cloned();
        let edited = match (before, after) {
            (Some(before), Some(after)) => before.meta().generation != after.meta().generation,
            _ => true,
        };
        let beyond = |object: &Option<Rc<K::Resource>>| {
            object.as_ref().is_some_and(|object| references::is_unsupported(object.as_ref()))
        };
        let unsure = |object: &Option<Rc<K::Resource>>| {
            object.as_ref().is_some_and(|object| references::is_unconfirmed(object.as_ref()))
        };
        if edited || *turned || beyond(before) != beyond(after) || unsure(before) != unsure(after) {
            // Its grants, what it owns, or whether there is or can be one may have changed.
            self.wake_pointing(key);
        }
        if let (Some(before), Some(claim)) = (before, &former) {
            References(self).wake_owned(&claim.root, before, after.as_deref());
        }
        if former != current {
            self.wake_rivals(former.as_ref(), current.as_ref());
            Dependents(self).wake_used(former.as_ref(), current.as_ref());
        }
        if let Some(before) = before.as_deref().filter(|_| after.is_none() || *turned) {
            WriteGuard(self).leave_guard(before);
        }
        let deletes =
            |object: &K::Resource| self.deletion(object, object.common_status()) == DeletionPolicy::Delete;
        let ends = |object: &Rc<K::Resource>| object.meta().deletion_timestamp.is_some();
        if let (Some(claim), Some(after)) = (&current, after)
            && before.as_ref().is_some_and(|before| ends(before) != ends(after))
        {
            self.organizations.wake_if_ending(&claim.root, &self.context);
        }
        match after {
            Some(after) if deletes(after) && !before.as_ref().is_some_and(|before| deletes(before)) => {
                if let Some(claim) = &current {
                    // Its token Secret is to be held from now on.
                    self.context.wake_root(&claim.root, Priority::Drift);
                }
            }
            None if !self.objects.knows(key) => {
                if let Some(claim) = &former {
                    // It may have held up the organization's deletion.
                    self.context.wake_root(&claim.root, Priority::Delete);
                }
            }
            _ => {}
        }
    }

    fn left(&self, key: &ObjectRef) {
        self.memories.forget(key);
        self.context.tally.expires(key, None);
        self.organizations.leave_guards(key);
    }

    fn look(&self, object: &Rc<K::Resource>) {
        TokenFill(self).give_up_token(object.as_ref());
    }

    fn learned(&self, key: &ObjectRef) {
        self.reindex(key);
    }

    fn looks<T>(&self, object: &K::Resource, use_it: impl FnOnce(&mut Looks) -> T) -> T {
        self.memory(object, |memory| use_it(&mut memory.looks))
    }

    fn is_early(&self, object: &K::Resource) -> bool {
        let status = object.common_status();
        let stands = status.id.is_some() || status.pending_create.is_some();
        let goes = object.meta().deletion_timestamp.is_some()
            && (!stands || annotated(object, annotation::ABANDON).is_some());
        !goes && Resolution(self).unseen(object)
    }

    fn unwritten(&self, object: &K::Resource) -> Option<&'static str> {
        self.claim_of(object).and_then(|claim| Resolution(self).unwritten(object, &claim.root))
    }

    fn shown(&self, object: &K::Resource) {
        self.memory(object, |memory| memory.plans.shown());
    }

    fn settled(&self, object: &K::Resource, waits_for_person: bool) {
        self.memory(object, |memory| memory.plans.settled());
        if !waits_for_person {
            WriteGuard(self).leave_guard(object);
        }
    }

    async fn taken_away(&self, work: &Work<K::Resource>) -> Next {
        if let Err(error) = Custodian(self).let_go(work).await {
            let object = reference(work.object.as_ref());
            tracing::warn!(%object, %error, "the object is gone, and its empty token Secret is left");
        }
        Next::Gone
    }

    fn keeper(&self) -> impl Keeps<Object = K::Resource> {
        Reconcile(self)
    }

    fn finalizer(&self) -> impl Ends<Object = K::Resource> {
        Finalizer(self)
    }
}
