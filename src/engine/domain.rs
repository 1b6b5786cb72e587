//! One vendor among those of the process: its organizations and its kinds, as the loop sees them.

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::base::ports::Tick;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::registry::Organizations;
use crate::engine::organization::state::OrganizationStates;
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::provider::vendor_registration::VendorRegistration;
use crate::engine::resource::ResourceReconciler;
use crate::engine::runtime::census;
use crate::engine::runtime::context::Context;
use crate::engine::runtime::reconciler::Reconciler;
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
    /// Whether every object of the kind is known, and of the kinds that decide over them.
    fn is_synced(&self, kind: KindRef) -> bool;
    /// The reconciler of the kind.
    fn reconciler(&self, kind: KindRef) -> Option<Rc<dyn Reconciler>>;
    /// The reconcilers of all its kinds.
    fn reconcilers(&self) -> Vec<Rc<dyn Reconciler>>;
    /// Each organization, counted.
    fn organizations(&self) -> Vec<census::Root>;
}

/// A vendor with its kinds.
pub struct VendorDomain<V: Vendor> {
    context: Rc<Context>,
    organizations: Rc<Organizations<V>>,
    roots: Rc<OrganizationReconciler<V>>,
    began: Tick,
}

impl<V: Vendor> VendorDomain<V> {
    /// A vendor without kinds.
    pub fn new(context: &Rc<Context>, vendor: VendorRegistration<V>) -> Self {
        let states = OrganizationStates::new(Rc::clone(&context.clock), context.settings.settle);
        let check = Rc::clone(&context.settings.check_endpoint);
        let organizations = Rc::new(Organizations::new(vendor, check, states));
        let roots = OrganizationReconciler::new(Rc::clone(context), Rc::clone(&organizations));
        Self { context: Rc::clone(context), organizations, roots: Rc::new(roots), began: context.now() }
    }

    /// Adds a kind.
    #[must_use]
    pub fn with<K: Kind<Vendor = V>>(self, kind: Registration<K>) -> Self {
        let resources =
            ResourceReconciler::new(Rc::clone(&self.context), Rc::clone(&self.organizations), kind);
        self.organizations.add(Rc::new(resources));
        self
    }
}

impl<V: Vendor> Domain for VendorDomain<V> {
    fn group(&self) -> &'static str {
        V::Root::KIND.group()
    }

    fn is_open(&self) -> bool {
        self.roots.synced()
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
            && (!patient || controller.relation().is_none_or(known))
    }

    fn reconciler(&self, kind: KindRef) -> Option<Rc<dyn Reconciler>> {
        if kind == V::Root::KIND {
            return Some(Rc::clone(&self.roots) as Rc<dyn Reconciler>);
        }
        Some(self.organizations.controller(kind)?)
    }

    fn reconcilers(&self) -> Vec<Rc<dyn Reconciler>> {
        let roots = Rc::clone(&self.roots) as Rc<dyn Reconciler>;
        let below = self.organizations.controllers();
        std::iter::once(roots).chain(below.into_iter().map(|kind| kind as Rc<dyn Reconciler>)).collect()
    }

    fn organizations(&self) -> Vec<census::Root> {
        let count = |root: &Rc<V::Root>| {
            let connection = self.organizations.vendor.connection(root);
            census::Root::of(root.as_ref(), connection, self.organizations.waiting(root))
        };
        self.organizations.objects.readable().iter().map(count).collect()
    }
}
