//! Where an object belongs: its organization, directly or by way of what it is in.

use crate::api::managed::Managed;
use crate::api::reference::{Container, OrganizationRef, Pointer};
use crate::engine::base::ports::ObjectRef;
use crate::engine::provider::kind::{Kind, Within};
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::{Claim, ResourceReconciler};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::unread::Unread;
use kube::Resource as _;

impl<K: Kind> ResourceReconciler<K> {
    /// What the object claims as it is now; `None` for one that leads to no organization at all.
    pub(in crate::engine::resource) fn claim_of(&self, resource: &K::Resource) -> Option<Claim> {
        let within = self.within(resource);
        let root = match (resource.organization_ref(), resource.container()) {
            (Some(to), _) => Self::root(resource.meta().namespace.as_deref().unwrap_or_default(), to),
            (None, Some(Container::Object(pointer))) => self.root_of(&Self::pointed(resource, &pointer)),
            (None, Some(Container::Id(_)) | None) => return None,
        };
        Some(Claim::of::<K>(resource, root, within))
    }

    /// The same of an object that does not parse.
    pub(in crate::engine::resource) fn claim_of_unread(&self, unread: &Unread) -> Option<Claim> {
        let within = match (&unread.container, &unread.container_id) {
            (Some(container), _) => self.within_object(container.clone()),
            (None, Some(id)) => Within::Container(id.clone()),
            (None, None) => Within::Organization,
        };
        let root = match (&unread.organization, &unread.container) {
            (Some(to), _) => Self::root(&unread.object.namespace, to),
            (None, Some(container)) => self.root_of(container),
            (None, None) => return None,
        };
        Some(Claim::of_unread(unread, root, within))
    }

    fn root(own: &str, to: &OrganizationRef) -> ObjectRef {
        let namespace = to.namespace.clone().unwrap_or_else(|| own.to_owned());
        ObjectRef { kind: <<K::Vendor as Vendor>::Root as Managed>::KIND, namespace, name: to.name.clone() }
    }

    /// The organization of the container; one without a name, which never is there, if the container is not.
    fn root_of(&self, container: &ObjectRef) -> ObjectRef {
        let found = self.organizations.controller(container.kind).and_then(|kind| kind.place(container));
        let nowhere = || ObjectRef {
            kind: <<K::Vendor as Vendor>::Root as Managed>::KIND,
            namespace: container.namespace.clone(),
            name: String::new(),
        };
        found.map_or_else(nowhere, |(root, _)| root)
    }

    /// What the object is in.
    fn within(&self, resource: &K::Resource) -> Within {
        match resource.container() {
            None => Within::Organization,
            Some(Container::Id(id)) => Within::Container(id.to_owned()),
            Some(Container::Object(pointer)) => self.within_object(Self::pointed(resource, &pointer)),
        }
    }

    fn within_object(&self, container: ObjectRef) -> Within {
        let kind = self.organizations.controller(container.kind);
        match kind.and_then(|kind| kind.place(&container)) {
            Some((_, Some(id))) => Within::Container(id),
            _ => Within::Unmade(container),
        }
    }

    /// The object that a pointer of `resource` leads to.
    pub(in crate::engine::resource) fn pointed(resource: &K::Resource, pointer: &Pointer<'_>) -> ObjectRef {
        let own = resource.meta().namespace.as_deref().unwrap_or_default();
        let namespace = pointer.namespace.unwrap_or(own).to_owned();
        ObjectRef { kind: pointer.kind, namespace, name: pointer.name.to_owned() }
    }

    /// The object that leads to the organization, where none is named.
    pub(in crate::engine::resource) fn container_object(resource: &K::Resource) -> Option<ObjectRef> {
        match resource.container()? {
            Container::Object(pointer) => Some(Self::pointed(resource, &pointer)),
            Container::Id(_) => None,
        }
    }

    /// The id of the container, where the object is in one that has an id.
    pub(in crate::engine::resource) fn container_of(&self, object: &K::Resource) -> Option<String> {
        Some(self.container_id(object)).filter(|id| !id.is_empty())
    }

    /// The id of the container, as far as it is known; empty for what is in the organization itself.
    pub(in crate::engine::resource) fn container_id(&self, object: &K::Resource) -> String {
        let index = self.index.borrow();
        index.claim(&reference(object)).map(|claim| claim.within.id().to_owned()).unwrap_or_default()
    }
}
