//! The vendors of this program, with their kinds: what is watched, worked on, released and installed comes from this
//! one list, and so does what files outside of the code say of each kind (`make generate`).

use crate::api::kind::KindRef;
use crate::engine::domain::{Domain, VendorDomain};
use crate::engine::provider::kind::Kind;
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::provider::vendor_registration::VendorRegistration;
use crate::engine::runtime::context::Context;
use crate::operator::served_kind::{Served, ServedKind};
use crate::operator::watch::Watches;
use crate::vendors::spot::{
    self, account, credential, group, notification_policy, policy, subscription, user,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::core::ApiResource;
use std::rc::Rc;

/// Every vendor. A kind stands below those that it refers to, as far as that goes: in this order they are shown to people,
/// and in the reverse removed.
pub fn all() -> Vec<Wiring> {
    vec![
        Wired::of(spot::organization::registration())
            .with(account::registration())
            .with(policy::registration())
            .with(group::registration())
            .with(user::registration())
            .with(credential::registration())
            .with(subscription::registration())
            .with(notification_policy::registration())
            .wiring(),
    ]
}

/// The kinds of every vendor.
pub fn kinds() -> Vec<ServedKind> {
    all().into_iter().flat_map(|vendor| vendor.kinds).collect()
}

/// Where the API server serves each.
pub fn resources() -> Vec<(KindRef, ApiResource)> {
    kinds().into_iter().map(|kind| (kind.kind, kind.resource)).collect()
}

/// The custom resource definition of each, by group and name.
pub fn definitions() -> Vec<CustomResourceDefinition> {
    let mut definitions: Vec<_> = kinds().iter().map(ServedKind::definition).collect();
    definitions.sort_by(|one, other| {
        let names = [one, other].map(|it| (&it.spec.group, &it.spec.names.plural));
        names[0].cmp(&names[1])
    });
    definitions
}

/// What is made once there is a context.
type Made<T> = Box<dyn FnOnce(&Rc<Context>) -> T>;

/// A vendor, ready to be started.
pub struct Wiring {
    /// Its name, as flags have it.
    pub name: &'static str,
    /// Its kinds; that of its organizations is the first.
    pub kinds: Vec<ServedKind>,
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

/// A vendor to which kinds are added.
struct Wired<V: Vendor> {
    kinds: Vec<ServedKind>,
    watches: Vec<fn(&Watches)>,
    domain: Made<VendorDomain<V>>,
}

impl<V: Vendor<Root: Served>> Wired<V> {
    fn of(vendor: VendorRegistration<V>) -> Self {
        let none = Self {
            kinds: Vec::new(),
            watches: Vec::new(),
            domain: Box::new(|context| VendorDomain::new(context, vendor)),
        };
        none.serving::<V::Root>(ServedKind::organization::<V::Root>())
    }

    fn serving<R: Served>(mut self, kind: ServedKind) -> Self {
        self.kinds.push(kind);
        self.watches.push(Watches::objects::<R>);
        self
    }

    fn with<K: Kind<Vendor = V, Resource: Served>>(self, kind: Registration<K>) -> Self {
        let Self { kinds, watches, domain } = self;
        let domain = Box::new(move |context: &Rc<Context>| domain(context).with(kind));
        Self { kinds, watches, domain }.serving::<K::Resource>(ServedKind::below::<K::Resource>())
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
