//! What is done with organizations.

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::decide::unwritten::unwritten;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::draft::draft;
use crate::engine::organization::finalize::Finalizer;
use crate::engine::organization::managed::Standing;
use crate::engine::organization::reconcile::Reconcile;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::memory::Looks;
use crate::engine::runtime::object;
use crate::engine::runtime::objects::{Move, Objects, reference};
use crate::engine::runtime::queue::Lane;
use crate::engine::runtime::steps::{Ends, Keeps, Steps};
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use serde_json::Value;

impl<V: Vendor> Steps for OrganizationReconciler<V> {
    type Object = V::Root;

    fn context(&self) -> &Context {
        &self.context
    }

    fn objects(&self) -> &Objects<V::Root> {
        &self.organizations.objects
    }

    fn place_in_line(&self, key: &ObjectRef) -> Option<Lane> {
        Some(Lane::of(key, &key.namespace))
    }

    fn readers(&self, namespace: &str, secret: &str) -> Vec<ObjectRef> {
        let reads = |object: &V::Root| {
            object.meta().namespace.as_deref() == Some(namespace)
                && object.secret_refs().iter().any(|wanted| wanted.name == secret)
        };
        let all = self.organizations.objects.all();
        all.iter().filter(|object| reads(object)).map(|object| reference(object.as_ref())).collect()
    }

    fn moved(&self, Move { key, before, after, turned, .. }: &Move<V::Root>) {
        let Some(any) = after.as_ref().or(before.as_ref()) else { return };
        if let Some(before) = before
            && after.as_ref().is_none_or(|after| after.meta().uid != before.meta().uid)
        {
            self.organizations.forget(before, &self.context);
            self.opened.borrow_mut().remove(key);
            self.refused.borrow_mut().remove(key);
        }
        if let Some(after) = after
            && !turned
            && !object::concerns_us(before.as_deref(), after.as_ref())
        {
            return;
        }
        // Grants, suspension and Observe are read from the object itself.
        let same = |before: &V::Root, after: &V::Root| {
            before.meta().generation == after.meta().generation && before.meta().uid == after.meta().uid
        };
        if !matches!((before, after), (Some(before), Some(after)) if same(before, after)) {
            self.wake_below(key, true);
        }
        self.wake_twins(any.as_ref());
    }

    fn left(&self, key: &ObjectRef) {
        self.organizations.unstand(key);
        self.organizations.leave_guards(key);
        self.memories.forget(key);
        self.opened.borrow_mut().remove(key);
        for kind in V::COUNTED {
            self.context.tally.vendor_objects(*kind, key, None);
        }
        for kind in self.organizations.controllers() {
            self.context.tally.unseen(kind.kind(), key, None);
        }
    }

    /// Nobody knows how the organization is to be kept: those below that have nothing to do stay as they are, and the
    /// others wait.
    fn leave_unread(&self, key: &ObjectRef) {
        let text = "Its manifest does not parse. See the operator's log, which says why, and apply definitions that this operator knows.".to_owned();
        let standing = Standing::Unreached(Reason::InternalError, text);
        if forbids!(UnreadRootHolds) && self.organizations.stand(key, standing) {
            self.wake_standing(key);
        }
    }

    fn looks<T>(&self, object: &V::Root, use_it: impl FnOnce(&mut Looks) -> T) -> T {
        self.memories.of(object, |memory| use_it(&mut memory.looks))
    }

    fn draft(&self, work: &Work<V::Root>) -> Value {
        draft(self, work)
    }

    fn unwritten(&self, object: &V::Root) -> Option<&'static str> {
        unwritten(self.context.fence.is_read_only(), object.common_spec().management_policy, None)
    }

    fn shown(&self, object: &V::Root) {
        self.memories.of(object, |memory| memory.plans.shown());
    }

    fn settled(&self, object: &V::Root, _waits_for_person: bool) {
        self.memories.of(object, |memory| memory.plans.settled());
    }

    fn keeper(&self) -> impl Keeps<Object = V::Root> {
        Reconcile(self)
    }

    fn finalizer(&self) -> impl Ends<Object = V::Root> {
        Finalizer(self)
    }
}
