//! Pointers to other objects and to Secrets.

use crate::api::grant::Power;
use crate::api::kind::KindRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The form of an object's name (RFC 1123 subdomain).
pub(crate) const NAME: &str = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$";
/// The form of a namespace's name (RFC 1123 label).
pub(crate) const NAMESPACE: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// The form of a key of a Secret.
const KEY: &str = r"^[-._a-zA-Z0-9]+$";

/// The object of an organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct OrganizationRef {
    /// The name of the organization's object.
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: String,
    /// Its namespace; without it, the namespace of the object that refers. The organization's spec.allowed must admit a reference from another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = NAMESPACE))]
    pub namespace: Option<String>,
}

/// Another object of a kind that the member's name tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct NamedRef {
    /// The name of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: String,
    /// Its namespace; without it, the namespace of the object that refers. Its spec.allowed must admit a reference from another namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = NAMESPACE))]
    pub namespace: Option<String>,
}

impl NamedRef {
    /// The pointer to the object of this kind. The reference alone asks for no power over it.
    pub fn pointer(&self, kind: KindRef) -> Pointer<'_> {
        Pointer { kind, namespace: self.namespace.as_deref(), name: &self.name, power: Power::None }
    }
}

/// One key of a Secret in the namespace of the object that refers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretKeyRef {
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = NAME))]
    pub name: String,
    /// The key in its data.
    #[schemars(length(min = 1, max = 253), regex(pattern = KEY))]
    pub key: String,
}

/// A pointer from one object to another, as the engine follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer<'a> {
    /// The kind of the object pointed to.
    pub kind: KindRef,
    /// Its namespace; without it, the namespace of the object that points.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// The power over it that is asked for.
    pub power: Power,
}

/// What an object is in, where that is not the organization itself: its organization is that of the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container<'a> {
    /// The object that stands for it.
    Object(Pointer<'a>),
    /// The vendor's id of something that no manifest declares.
    Id(&'a str),
}
