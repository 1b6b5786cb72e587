//! A kind, as the API server serves it and files outside of the code have to know it.

use crate::api::crd;
use crate::api::kind::KindRef;
use crate::api::managed::Managed;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use kube::core::{ApiResource, NamespaceResourceScope};

/// What is served of a kind by the API server, and watched.
pub trait Served:
    Managed + CustomResourceExt + kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
{
}

impl<R> Served for R where
    R: Managed + CustomResourceExt + kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
{
}

/// A kind that is served.
#[derive(Clone)]
pub struct ServedKind {
    /// The kind.
    pub kind: KindRef,
    /// Where it is served.
    pub resource: ApiResource,
    /// Whether its objects are organizations.
    pub is_organization: bool,
    /// The kind of what its objects are in, where that is not the organization itself.
    pub within: Option<KindRef>,
    /// The kinds that its objects refer to besides their organization.
    pub references: Vec<KindRef>,
    definition: fn() -> CustomResourceDefinition,
}

impl ServedKind {
    /// That of a vendor's organizations.
    pub fn organization<R: Served>() -> Self {
        Self { is_organization: true, ..Self::below::<R>() }
    }

    /// One of what is in an organization.
    pub fn below<R: Served>() -> Self {
        let within = R::REFERENCES.iter().find(|(member, _)| R::WITHIN == Some(member));
        Self {
            kind: R::KIND,
            resource: ApiResource::erase::<R>(&()),
            is_organization: false,
            within: within.map(|(_, kind)| *kind),
            references: R::REFERENCES.iter().map(|(_, kind)| *kind).collect(),
            definition: crd::of::<R>,
        }
    }

    /// Its custom resource definition.
    pub fn definition(&self) -> CustomResourceDefinition {
        (self.definition)()
    }
}
