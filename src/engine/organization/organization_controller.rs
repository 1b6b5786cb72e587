//! What the loop asks of the organizations: what watches tell of them goes in, one after the other is worked on.

use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::ports::ObjectRef;
use crate::engine::base::reason::Reason;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::finalize::Finalizer;
use crate::engine::organization::managed::Standing;
use crate::engine::organization::reconcile::Reconcile;
use crate::engine::organization::registry::Organizations;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::census::{self, OfKind};
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::objects::{Fed, Move, reference};
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work;
use kube::Resource as _;
use std::rc::Rc;

/// All organizations of a vendor, as the loop sees them.
pub struct OrganizationController<V: Vendor>(OrganizationReconciler<V>);

impl<V: Vendor> OrganizationController<V> {
    /// No organizations yet.
    pub fn new(context: Rc<Context>, organizations: Rc<Organizations<V>>) -> Self {
        Self(OrganizationReconciler::new(context, organizations))
    }

    /// Takes in what a watch tells.
    pub fn feed(&self, fed: Fed<V::Root>) {
        for Move { key, before, after, turned, overwritten } in
            self.0.organizations.objects.feed(fed, self.0.context.leads())
        {
            let Some(any) = after.as_ref().or(before.as_ref()) else {
                // It could never be read, which is to be said.
                self.0.context.wake_root(&key, Priority::Resync);
                continue;
            };
            if let Some(object) = &after {
                self.0.context.first_seen.look(object.as_ref(), before.is_some(), self.0.context.moment());
            }
            if let Some(before) = &before
                && after.as_ref().is_none_or(|after| after.meta().uid != before.meta().uid)
            {
                self.0.organizations.forget(before, &self.0.context);
                self.0.context.first_seen.forget(before.as_ref());
                self.0.opened.borrow_mut().remove(&key);
                self.0.refused.borrow_mut().remove(&key);
            }
            if let Some(object) = &after
                && overwritten
                && self.0.context.minds_status(object.as_ref())
            {
                // Whatever it says, is looked at like an edit of the manifest.
                self.0.context.wake_root(&key, Priority::Change);
            }
            match &after {
                Some(object) if !turned && !work::concerns_us(before.as_deref(), object.as_ref()) => continue,
                Some(object) => {
                    self.0.context.declared(object.as_ref());
                    self.0.context.wake_root(&key, work::priority(object.as_ref()));
                }
                None => {
                    self.0.context.first_seen.forget(any.as_ref());
                    self.forget(&key);
                    if self.0.commit().owes(any.as_ref()) {
                        // It is still to be told what of it is not stored.
                        self.0.context.wake_root(&key, Priority::Delete);
                    }
                }
            }
            // Grants, suspension and Observe are read from the object itself.
            let same = |before: &V::Root, after: &V::Root| {
                before.meta().generation == after.meta().generation && before.meta().uid == after.meta().uid
            };
            if !matches!((&before, &after), (Some(before), Some(after)) if same(before, after)) {
                self.0.wake_below(&key, true);
            }
            self.0.wake_twins(any.as_ref());
        }
    }

    /// Forgets what is remembered of an organization's object that is not there.
    pub fn forget(&self, key: &ObjectRef) {
        self.0.organizations.unstand(key);
        self.0.context.convergence.borrow_mut().forget(key);
        self.0.opened.borrow_mut().remove(key);
        self.0.context.queue.borrow_mut().forget(key);
        self.forget_tally(key);
    }

    /// Works on one organization.
    pub async fn reconcile(&self, ticket: &Ticket) -> Next {
        let committer = self.0.commit();
        let object = match committer.take_up(ticket).await {
            Ok(object) => object,
            Err(next) => return next,
        };
        let next = match object {
            _ if forbids!(UnreadRootHolds, self.0.organizations.objects.unread(&ticket.key).is_some()) => {
                self.cannot_be_read(&ticket.key);
                committer.unread(&ticket.key).await
            }
            object if object.meta().deletion_timestamp.is_some() => {
                Finalizer(&self.0).finalize(object, ticket).await
            }
            object => Reconcile(&self.0).keep(object, ticket).await,
        };
        committer.sooner(&ticket.key, next)
    }

    /// Tries to store what is owed of an organization that nobody works on.
    pub async fn settle(&self, key: &ObjectRef) {
        if let Some(object) = self.0.organizations.objects.get(key) {
            self.0.commit().settle(&object).await;
        }
    }

    /// Nobody knows how the organization is to be kept: those below that have nothing to do stay as they are, and the
    /// others wait.
    fn cannot_be_read(&self, key: &ObjectRef) {
        let text = "Its manifest does not parse. See the operator's log, which says why, and apply definitions that this operator knows.".to_owned();
        if self.0.organizations.stand(key, Standing::Unreached(Reason::InternalError, text)) {
            self.0.wake_standing(key);
        }
    }

    /// Says in the log what is not stored as the process ends.
    pub fn last_words(&self) {
        self.0.commit().last_words();
    }

    /// Wakes the organizations that read the Secret.
    pub fn wake_readers(&self, namespace: &str, secret: &str) {
        for object in self.0.organizations.objects.all() {
            let reads = object.secret_refs().iter().any(|wanted| wanted.name == secret);
            if reads && object.meta().namespace.as_deref() == Some(namespace) {
                self.0.context.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// Wakes the organizations of the namespace.
    pub fn wake_namespace(&self, namespace: &str) {
        for object in self.0.organizations.objects.all() {
            if object.meta().namespace.as_deref() == Some(namespace) {
                self.0.context.wake_root(&reference(object.as_ref()), Priority::Change);
            }
        }
    }

    /// A count of the organizations, and each of them.
    pub fn census(&self) -> (OfKind, Vec<census::Root>) {
        let objects = self.0.organizations.objects.readable();
        let root = |root: &Rc<V::Root>| {
            let connection = self.0.vendor.connection(root);
            let waiting = self.0.organizations.waiting(root);
            census::Root::of(root.as_ref(), connection, waiting)
        };
        (OfKind::of(&objects), objects.iter().map(root).collect())
    }

    /// Nothing is told any more of an organization that is gone.
    pub(super) fn forget_tally(&self, root: &ObjectRef) {
        for kind in V::COUNTED {
            self.0.context.tally.vendor_objects(*kind, root, None);
        }
        for kind in self.0.organizations.controllers() {
            self.0.context.tally.unseen(kind.kind(), root, None);
        }
    }
}
