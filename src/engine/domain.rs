//! One vendor among those of the process: its organizations and its kinds, as the loop sees them.

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::base::ports::{ObjectRef, Tick};
use crate::engine::organization::controller::Controller;
use crate::engine::organization::organization_controller::OrganizationController;
use crate::engine::organization::registry::Organizations;
use crate::engine::organization::state::OrganizationStates;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::census::Census;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::objects::Fed;
use crate::engine::runtime::queue::{Lane, Ticket};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

/// How long an object waits at the start for the kind that its relation may be decided by.
const RELATION_PATIENCE: Duration = Duration::from_secs(30);

/// A vendor, whatever its types.
pub trait Domain {
    /// The API group of its kinds.
    fn group(&self) -> &'static str;
    /// Whether every organization is known: before, nothing can be said of any object.
    fn is_open(&self) -> bool;
    /// Whether every object of the kind is known, and of the kind that leads to their organizations.
    fn is_synced(&self, kind: KindRef) -> bool;
    /// Takes in what a watch tells; the payload is a `Fed` of the kind's type.
    fn feed(&self, kind: KindRef, payload: Box<dyn Any>);
    /// Wakes the objects of the namespace.
    fn wake_namespace(&self, namespace: &str);
    /// Wakes the objects that read the Secret.
    fn wake_readers(&self, namespace: &str, secret: &str);
    /// Works on one object.
    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next>;
    /// Whether there is such an object, whether it can be read or not.
    fn knows(&self, key: &ObjectRef) -> bool;
    /// Where the object stands in the queue.
    fn lane(&self, key: &ObjectRef) -> Lane;
    /// Forgets what is remembered of an object that is not there.
    fn forget(&self, key: &ObjectRef);
    /// Whether something of the object is not stored yet, or of one that had its name.
    fn owes(&self, key: &ObjectRef) -> bool;
    /// The objects of which something is not stored yet.
    fn owing(&self) -> Vec<ObjectRef>;
    /// Tries to store what is owed of an object that nobody works on.
    fn settle<'a>(&'a self, key: &'a ObjectRef) -> LocalBoxFuture<'a, ()>;
    /// Says in the log what is not stored as the process ends.
    fn last_words(&self);
    /// Counts all that is kept.
    fn count(&self, census: &mut Census);
    /// All objects that are known, with the resourceVersion of each.
    fn known(&self) -> BTreeMap<ObjectRef, String>;
}

/// A vendor with its kinds.
pub struct VendorDomain<V: Vendor> {
    context: Rc<Context>,
    organizations: Rc<Organizations<V>>,
    roots: OrganizationController<V>,
    began: Tick,
}

impl<V: Vendor> VendorDomain<V> {
    /// A vendor without kinds.
    pub fn new(context: &Rc<Context>, vendor: V) -> Self {
        let states = OrganizationStates::new(Rc::clone(&context.clock), context.settings.settle);
        let check = Rc::clone(&context.settings.check_endpoint);
        let organizations = Rc::new(Organizations::new(Rc::new(vendor), check, states));
        let roots = OrganizationController::new(Rc::clone(context), Rc::clone(&organizations));
        Self { context: Rc::clone(context), organizations, roots, began: context.now() }
    }

    /// Adds a kind.
    #[must_use]
    pub fn with<K: Kind<Vendor = V>>(self, kind: Registration<K>) -> Self {
        let resources =
            ResourceReconciler::new(Rc::clone(&self.context), Rc::clone(&self.organizations), kind);
        self.organizations.add(Rc::new(resources));
        self
    }

    fn controller(&self, key: &ObjectRef) -> Option<Rc<dyn Controller<V>>> {
        self.organizations.controller(key.kind)
    }
}

impl<V: Vendor> Domain for VendorDomain<V> {
    fn group(&self) -> &'static str {
        V::Root::KIND.group()
    }

    fn is_open(&self) -> bool {
        self.organizations.objects.synced()
    }

    fn is_synced(&self, kind: KindRef) -> bool {
        if kind == V::Root::KIND {
            return self.is_open();
        }
        let Some(controller) = self.organizations.controller(kind) else { return false };
        let known = |kind: KindRef| self.organizations.controller(kind).is_some_and(|other| other.synced());
        // Without those of the other kind a relation waits, which nobody needs to be told of as it starts.
        let patient = self.context.now() < self.began + RELATION_PATIENCE;
        controller.synced()
            && controller.container().is_none_or(known)
            && (!patient || controller.relation().is_none_or(|(kind, _)| known(kind)))
    }

    fn feed(&self, kind: KindRef, payload: Box<dyn Any>) {
        if kind != V::Root::KIND {
            match self.organizations.controller(kind) {
                Some(controller) => controller.feed(payload),
                None => tracing::error!(%kind, "a watch fed a kind that nobody keeps: this is a bug"),
            }
            return;
        }
        match payload.downcast::<Fed<V::Root>>() {
            Ok(fed) => self.roots.feed(*fed),
            Err(_) => tracing::error!(%kind, "a watch fed another kind's object: this is a bug"),
        }
    }

    fn wake_namespace(&self, namespace: &str) {
        self.roots.wake_namespace(namespace);
        for kind in self.organizations.controllers() {
            kind.wake_namespace(namespace);
        }
    }

    fn wake_readers(&self, namespace: &str, secret: &str) {
        self.roots.wake_readers(namespace, secret);
        for kind in self.organizations.controllers() {
            kind.wake_readers(namespace, secret);
        }
    }

    fn reconcile<'a>(&'a self, ticket: &'a Ticket) -> LocalBoxFuture<'a, Next> {
        async move {
            match self.controller(&ticket.key) {
                _ if ticket.key.kind == V::Root::KIND => self.roots.reconcile(ticket).await,
                Some(controller) => controller.reconcile(ticket).await,
                None => Next::Gone,
            }
        }
        .boxed_local()
    }

    fn knows(&self, key: &ObjectRef) -> bool {
        match self.controller(key) {
            _ if key.kind == V::Root::KIND => self.organizations.objects.knows(key),
            controller => controller.is_some_and(|kind| kind.knows(key)),
        }
    }

    fn lane(&self, key: &ObjectRef) -> Lane {
        if key.kind == V::Root::KIND {
            return Lane::of(key, &key.namespace);
        }
        let lane = self.controller(key).and_then(|kind| kind.lane(key));
        lane.unwrap_or_else(|| Lane { organization: String::new(), namespace: key.namespace.clone() })
    }

    fn forget(&self, key: &ObjectRef) {
        match self.controller(key) {
            _ if key.kind == V::Root::KIND => self.roots.forget(key),
            Some(kind) => kind.forget(key),
            None => {}
        }
    }

    fn owes(&self, key: &ObjectRef) -> bool {
        match self.controller(key) {
            Some(kind) => kind.owes(key),
            None => self.organizations.objects.owing().owes_of(key),
        }
    }

    fn owing(&self) -> Vec<ObjectRef> {
        let below = self.organizations.controllers();
        let below = below.iter().flat_map(|kind| kind.owing());
        self.organizations.objects.owing().objects().into_iter().chain(below).collect()
    }

    fn settle<'a>(&'a self, key: &'a ObjectRef) -> LocalBoxFuture<'a, ()> {
        async move {
            match self.controller(key) {
                Some(kind) => kind.settle(key).await,
                None => self.roots.settle(key).await,
            }
        }
        .boxed_local()
    }

    fn last_words(&self) {
        self.roots.last_words();
        self.organizations.controllers().iter().for_each(|kind| kind.last_words());
    }

    fn count(&self, census: &mut Census) {
        let (organizations, roots) = self.roots.census();
        census.kinds.insert(V::Root::KIND, organizations);
        census.roots.extend(roots);
        let controllers = self.organizations.controllers();
        census.kinds.extend(controllers.iter().map(|kind| (kind.kind(), kind.census())));
    }

    fn known(&self) -> BTreeMap<ObjectRef, String> {
        let mut known = self.organizations.objects.versions();
        known.extend(self.organizations.controllers().iter().flat_map(|kind| kind.known()));
        known
    }
}
