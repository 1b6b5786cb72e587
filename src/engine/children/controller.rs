//! What the engine asks of a kind, whatever its types.

use super::{Children, Shrunk, Target, deletion, links};
use crate::api::grant::Asker;
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::engine::census::OfKind;
use crate::engine::count::Tallied;
use crate::engine::details::Turn;
use crate::engine::error::VendorError;
use crate::engine::kind::Kind;
use crate::engine::objects::{Fed, reference};
use crate::engine::organization::Organization;
use crate::engine::queue::{Lane, Priority, Ticket};
use crate::engine::seams::{ObjectRef, Tick};
use crate::engine::vendor::Vendor;
use crate::engine::work;
use crate::engine::world::Next;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use kube::Resource as _;
use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;

/// An object below an organization, as its deletion sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The object.
    pub object: ObjectRef,
    /// Whether it holds up the organization's deletion.
    pub blocks: bool,
    /// Whether its own deletion will need the organization's token.
    pub needs_token: bool,
    /// Whether it is being deleted.
    pub going: bool,
}

/// A kind of objects, whatever its types.
pub trait Controller<V: Vendor> {
    /// The kind's name.
    fn kind(&self) -> &'static str;
    /// Whether a whole list of its objects was seen.
    fn synced(&self) -> bool;
    /// The kind of what its objects are in, where that is not the organization itself.
    fn container(&self) -> Option<&'static str>;
    /// The organization that an object belongs to, and the object's id.
    fn place(&self, object: &ObjectRef) -> Option<(ObjectRef, Option<String>)>;
    /// Whether the object is there and the asker may refer to it.
    fn admits(&self, object: &ObjectRef, asker: &Asker<'_>) -> bool;
    /// Where the object stands in the queue; `None` for one that is not known.
    fn lane(&self, object: &ObjectRef) -> Option<Lane>;
    /// Takes in what a watch tells; the payload is a `Fed` of the kind's type.
    fn feed(&self, fed: Box<dyn Any>);
    /// Works on one object.
    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next>;
    /// Reads the organization's inventory, no older than `fresh`, and wakes those whose live state
    /// moved. Nothing is read where there is no object to compare, unless it is the witness.
    fn refresh<'a>(
        &'a self,
        organization: &'a Rc<Organization<V>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>>;
    /// Counts the organization's objects at the vendor, in a list no older than `fresh`. A list that is read
    /// for this alone and fails troubles nobody.
    fn tally<'a>(&'a self, organization: &'a Rc<Organization<V>>, fresh: Tick)
    -> LocalBoxFuture<'a, Tallied>;
    /// The places in the rolling sweep of the organization's objects, `kind` being this kind's own.
    fn turns(&self, organization: &Organization<V>, kind: usize) -> Vec<Turn>;
    /// Reads what no list shows of an object, and wakes who holds it if that moved.
    fn take_turn<'a>(
        &'a self,
        organization: &'a Rc<Organization<V>>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>>;
    /// Whether an object below the organization holds the id.
    fn holds(&self, root: &ObjectRef, id: &str) -> bool;
    /// Takes in that somebody else changed what has this id.
    fn named(&self, organization: &Organization<V>, id: &str);
    /// What vanished from the organization's inventory beyond belief, if anything did.
    fn shrunk(&self, organization: &Organization<V>) -> Option<Shrunk>;
    /// The objects below the organization.
    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent>;
    /// Wakes the objects below the organization: all, or those that have something to do.
    fn wake_below(&self, root: &ObjectRef, priority: Priority, all: bool);
    /// Wakes the objects that read the Secret.
    fn wake_readers(&self, namespace: &str, secret: &str);
    /// Wakes an object that is being deleted: what held it up may be gone.
    fn wake_ending(&self, object: &ObjectRef);
    /// The same of the object below the organization that holds the id.
    fn wake_ending_holder(&self, root: &ObjectRef, id: &str);
    /// The objects below the organization that use the object `used`, whose id is `id`: they refer to it, are in it,
    /// or what is known of them at the vendor says so.
    fn users_of(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef>;
    /// The ids that objects below the organization hold.
    fn held(&self, root: &ObjectRef) -> BTreeSet<String>;
    /// Wakes the objects of the namespace.
    fn wake_namespace(&self, namespace: &str);
    /// What `key`, an object of this kind, is for someone below `root` who refers to it.
    fn target(&self, key: &ObjectRef, root: &ObjectRef, asker: &Asker<'_>) -> Target;
    /// The ids of the objects below the organization whose own manifests decide the relation.
    fn owning(&self, root: &ObjectRef, relation: &str) -> BTreeSet<String>;
    /// The kind and the relation of it that may be decided from either side.
    fn relation(&self) -> Option<(&'static str, &'static str)>;
    /// The organization is gone: what was read of it is needed no more.
    fn forget_root(&self, root: &ObjectRef);
    /// Wakes the objects that refer to this one.
    fn wake_those_pointing_to(&self, key: &ObjectRef);
    /// Whether the latest list shows the id, as far as there is one.
    fn shows(&self, organization: &Organization<V>, id: &str) -> bool;
    /// Whether lists that are believed have lacked the id for so long that it is gone.
    fn lacks(&self, organization: &Organization<V>, id: &str) -> bool;
    /// A count of its objects.
    fn census(&self) -> OfKind;
}

impl<K: Kind> Controller<K::Vendor> for Children<K> {
    fn kind(&self) -> &'static str {
        K::Resource::KIND
    }

    fn container(&self) -> Option<&'static str> {
        K::CONTAINER
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
            tracing::error!(kind = K::Resource::KIND, "a watch fed another kind's object: this is a bug");
            return;
        };
        for (before, after) in self.objects.feed(*fed) {
            let Some(any) = after.as_ref().or(before.as_ref()) else { continue };
            let key = reference(any.as_ref());
            let former = self.index.borrow().claim(&key).cloned();
            self.reindex(&key, after.as_deref());
            let current = self.index.borrow().claim(&key).cloned();
            let edited = match (&before, &after) {
                (Some(before), Some(after)) => before.meta().generation != after.meta().generation,
                _ => true,
            };
            let beyond = |object: &Option<Rc<K::Resource>>| {
                object.as_ref().is_some_and(|object| links::is_unsupported(object.as_ref()))
            };
            if edited || beyond(&before) != beyond(&after) {
                // Its grants, what it owns, or whether there can be one may have changed.
                self.wake_pointing(&key);
            }
            if let (Some(before), Some(claim)) = (&before, &former) {
                self.wake_owned(&claim.root, before, after.as_deref());
            }
            if former != current {
                self.wake_rivals(former.as_ref(), current.as_ref());
                self.wake_used(former.as_ref(), current.as_ref());
            }
            match &after {
                Some(object) => {
                    let deletes = |object: &K::Resource| {
                        deletion::<K>(object, object.common_status()) == DeletionPolicy::Delete
                    };
                    if deletes(object)
                        && !before.as_ref().is_some_and(|before| deletes(before))
                        && let Some(claim) = &current
                    {
                        // Its token Secret is to be held from now on.
                        self.world.wake_root(&claim.root, Priority::Drift);
                    }
                    self.world.declared(object.as_ref());
                    if work::concerns_us(before.as_deref(), object.as_ref()) {
                        self.wake(&key, work::priority(object.as_ref()));
                    }
                }
                None => {
                    self.memories.borrow_mut().remove(&key);
                    self.world.convergence.borrow_mut().forget(&key);
                    self.world.tally.expires(&key, None);
                    self.leave_guard(any.as_ref());
                    self.world.queue.borrow_mut().forget(&key);
                    if let Some(claim) = former {
                        // It may have held up the organization's deletion.
                        self.world.wake_root(&claim.root, Priority::Delete);
                    }
                }
            }
        }
    }

    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next> {
        async move {
            match self.objects.get(&ticket.key) {
                None => Next::Gone,
                // The watch of namespaces wakes it.
                Some(_) if !self.world.knows_namespace(&ticket.key.namespace) => Next::Rest,
                Some(object) if object.meta().deletion_timestamp.is_some() => self.end(object, ticket).await,
                Some(object) => self.keep(object, ticket).await,
            }
        }
        .boxed_local()
    }

    fn refresh<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        async move {
            if !self.is_needed(&organization.root) || K::unsupported(&organization.session).is_some() {
                return Ok(());
            }
            self.read_all(organization, fresh).await
        }
        .boxed_local()
    }

    fn tally<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Tallied> {
        self.count_listed(organization, fresh).boxed_local()
    }

    fn turns(&self, organization: &Organization<K::Vendor>, kind: usize) -> Vec<Turn> {
        self.places(organization, kind)
    }

    fn take_turn<'a>(
        &'a self,
        organization: &'a Rc<Organization<K::Vendor>>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<(), VendorError>> {
        self.read_in_turn(organization, id).boxed_local()
    }

    fn holds(&self, root: &ObjectRef, id: &str) -> bool {
        !self.index.borrow().with_id(root, id).is_empty()
    }

    fn named(&self, organization: &Organization<K::Vendor>, id: &str) {
        self.suspect(organization, id);
    }

    fn shrunk(&self, organization: &Organization<K::Vendor>) -> Option<Shrunk> {
        // What is only counted stops nothing.
        self.is_needed(&organization.root).then(|| self.judge(organization)).flatten()
    }

    fn dependents(&self, root: &ObjectRef) -> Vec<Dependent> {
        let below = self.index.borrow().below(root);
        below
            .into_iter()
            .filter(|object| self.counts(object, root))
            .filter_map(|object| {
                let resource = self.objects.get(&object)?;
                let status = resource.common_status();
                Some(Dependent {
                    blocks: self.blocks(&object),
                    object,
                    needs_token: deletion::<K>(resource.as_ref(), status) == DeletionPolicy::Delete,
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
        for object in readers.into_iter().filter(|object| !self.knows_secret(object, secret)) {
            self.wake(&object, Priority::Change);
        }
    }

    fn wake_ending(&self, object: &ObjectRef) {
        self.wake_if_ending(object);
    }

    fn wake_ending_holder(&self, root: &ObjectRef, id: &str) {
        let holders = self.index.borrow().with_id(root, id);
        for object in &holders {
            self.wake_if_ending(object);
        }
    }

    fn users_of(&self, root: &ObjectRef, used: &ObjectRef, id: Option<&str>) -> Vec<ObjectRef> {
        self.that_use(root, used, id)
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
        self.target_of(key, root, asker)
    }

    fn owning(&self, root: &ObjectRef, relation: &str) -> BTreeSet<String> {
        let held = self.index.borrow().held(root);
        let owns = |object: &ObjectRef| {
            self.objects.get(object).is_some_and(|known| known.owns(relation)) && self.counts(object, root)
        };
        held.into_iter().filter(|(_, object)| owns(object)).map(|(id, _)| id).collect()
    }

    fn relation(&self) -> Option<(&'static str, &'static str)> {
        K::RELATION
    }

    fn forget_root(&self, root: &ObjectRef) {
        self.stocks.borrow_mut().retain(|(of, _), _| of != root);
    }

    fn wake_those_pointing_to(&self, key: &ObjectRef) {
        self.wake_pointing_here(key);
    }

    fn shows(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let latest = self.stock(organization, "").inventory.latest();
        latest.is_none_or(|list| list.items.contains_key(id))
    }

    fn lacks(&self, organization: &Organization<K::Vendor>, id: &str) -> bool {
        !id.is_empty() && self.is_gone_for_sure(organization, id)
    }

    fn census(&self) -> OfKind {
        OfKind::of(&self.objects.all())
    }
}
