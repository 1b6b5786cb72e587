//! The trait through which the engine sees a kind.

use crate::api::policy::CommonSpec;
use crate::api::reference::{OrganizationRef, SecretKeyRef};
use crate::api::status::CommonStatus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// An object that stands for something at a vendor.
pub trait Managed:
    kube::Resource<DynamicType = ()> + Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The kind's name, as in manifests.
    const KIND: &'static str;

    /// How the object is to be kept. A member that the kind does not have is at its default.
    fn common_spec(&self) -> Cow<'_, CommonSpec>;

    /// What is known of the object; [`CommonStatus::unobserved`] where it has no status.
    fn common_status(&self) -> &CommonStatus;

    /// The organization that the object refers to; `None` for an organization itself.
    fn organization_ref(&self) -> Option<&OrganizationRef>;

    /// The Secrets of its own namespace that the object reads.
    fn secret_refs(&self) -> Vec<&SecretKeyRef>;

    /// Whether an object of this kind, from this namespace with these labels, may refer to this one.
    /// Without a grant, its own namespace may.
    fn admits(&self, _kind: &str, namespace: &str, _labels: &BTreeMap<String, String>) -> bool {
        self.meta().namespace.as_deref() == Some(namespace)
    }
}

/// What [`Managed::common_status`] gives for an object without status.
pub(crate) static UNOBSERVED: CommonStatus = CommonStatus::unobserved();
