//! Step one, together: the manifest's wish, with what it refers to.

use crate::api::managed::Managed;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ClusterError;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::resolve::references::References;
use kube::Resource as _;
use std::rc::Rc;

/// Resolves what the manifest asks for.
pub(in crate::engine::resource) struct DesiredState<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> DesiredState<'_, K> {
    /// The wish, resolved.
    pub(in crate::engine::resource) async fn wish(
        &self,
        object: &K::Resource,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<Result<Result<DeclaredOf<K>, Findings>, VendorError>, ClusterError> {
        let secrets = match References(self.0).secrets(object).await? {
            Ok(secrets) => secrets,
            Err(findings) => return Ok(Ok(Err(findings))),
        };
        let links = References(self.0).links(object, organization);
        let owned = References(self.0).owned(organization);
        let remembered = &object.common_status().resolved;
        let gone = References(self.0).gone(remembered, organization);
        let namespace = object.meta().namespace.clone().unwrap_or_default();
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            remembered,
            gone: &gone,
            at_home: Resolution::<K>::at_home(object, &organization.root),
            namespace: &namespace,
            owned: owned.as_ref(),
            container: &Parents(self.0).container_id(object),
        };
        Ok(match self.0.kind.core.resolve(&organization.session, object, &inputs).await {
            Ok(desired) => Ok(Ok(desired)),
            Err(Unresolved::Person(reason, text)) => Ok(Err(Findings::stalled(reason, text))),
            Err(Unresolved::Vendor(error)) => Err(error),
        })
    }

    /// The natural key of what is to go, where that still has to be found; as far as its Secrets are still there.
    pub(in crate::engine::resource) async fn key_to_end(
        &self,
        object: &K::Resource,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<String, ClusterError> {
        if object.common_status().pending_create.is_some()
            && let Ok(Ok(desired)) = self.wish(object, organization).await?
        {
            return Ok(Keys(self.0).natural_key(object, &desired));
        }
        Ok(Keys(self.0).claim_key(object))
    }
}
