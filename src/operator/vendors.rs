//! The vendors of this program, with their kinds: what is watched, worked on and released comes from this one list.

use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use crate::engine::domain::{Domain, VendorDomain};
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Context;
use crate::operator::watch::Watches;
use crate::vendors::spot::organization::Spot;
use crate::vendors::spot::{account, credential, group, policy, subscription, user};
use kube::core::{ApiResource, NamespaceResourceScope};
use std::rc::Rc;

/// Every vendor.
pub fn all() -> Vec<Wiring> {
    vec![
        Wired::of(Spot)
            .with(account::registration())
            .with(user::registration())
            .with(group::registration())
            .with(credential::registration())
            .with(subscription::registration())
            .with(policy::registration())
            .wiring(),
    ]
}

/// Where the API server serves the kinds of every vendor.
pub fn kinds() -> Vec<(KindRef, ApiResource)> {
    all().into_iter().flat_map(|vendor| vendor.kinds).collect()
}

/// What is made once there is a context.
type Made<T> = Box<dyn FnOnce(&Rc<Context>) -> T>;

/// A vendor, ready to be started.
pub struct Wiring {
    /// Its name, as flags have it.
    pub name: &'static str,
    /// Its kinds, and where the API server serves each.
    pub kinds: Vec<(KindRef, ApiResource)>,
    /// Its finalizer on Secrets.
    pub in_use: &'static str,
    watches: Vec<fn(&Watches)>,
    domain: Made<Box<dyn Domain>>,
}

impl Wiring {
    /// Watches the objects of its kinds.
    pub fn watch(&self, watches: &Watches) {
        self.watches.iter().for_each(|watch| watch(watches));
    }

    /// What the engine works with.
    pub fn start(self, context: &Rc<Context>) -> Box<dyn Domain> {
        (self.domain)(context)
    }
}

/// What is served of a kind by the API server, and watched.
trait Served: Managed + kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> {}

impl<R: Managed + kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>> Served for R {}

/// A vendor to which kinds are added.
struct Wired<V: Vendor> {
    kinds: Vec<(KindRef, ApiResource)>,
    watches: Vec<fn(&Watches)>,
    domain: Made<VendorDomain<V>>,
}

impl<V: Vendor<Root: Served>> Wired<V> {
    fn of(vendor: V) -> Self {
        let none = Self {
            kinds: Vec::new(),
            watches: Vec::new(),
            domain: Box::new(|context| VendorDomain::new(context, vendor)),
        };
        none.serving::<V::Root>()
    }

    fn serving<R: Served>(mut self) -> Self {
        self.kinds.push((R::KIND, ApiResource::erase::<R>(&())));
        self.watches.push(Watches::objects::<R>);
        self
    }

    fn with<K: Kind<Vendor = V, Resource: Served>>(self, kind: Registration<K>) -> Self {
        let Self { kinds, watches, domain } = self;
        let domain = Box::new(move |context: &Rc<Context>| domain(context).with(kind));
        Self { kinds, watches, domain }.serving::<K::Resource>()
    }

    fn wiring(self) -> Wiring {
        let domain = self.domain;
        Wiring {
            name: V::NAME,
            kinds: self.kinds,
            in_use: V::SECRET_IN_USE,
            watches: self.watches,
            domain: Box::new(move |context| Box::new(domain(context))),
        }
    }
}
