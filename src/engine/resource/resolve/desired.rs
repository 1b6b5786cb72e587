//! Step one, together: what the manifest declares, with what it refers to.

use crate::api::managed::Managed;
use crate::engine::base::health::Findings;
use crate::engine::base::ports::ClusterError;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::inputs::{Inputs, Unresolved};
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::resolve::references::References;
use crate::engine::runtime::verdict::Stop;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

/// Resolves what the manifest asks for.
pub struct DesiredState<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> DesiredState<'_, K> {
    /// What is declared, resolved.
    pub async fn resolve(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<DeclaredOf<K>, Stop> {
        let object = work.object.as_ref();
        let secrets = References(self.0).secrets(object).await?;
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
        let resolved = self.0.kind.core.resolve(&organization.session, object, &inputs).await;
        resolved.map_err(|why| match why {
            Unresolved::Person(reason, text) => self.0.slow(Findings::stalled(reason, text)).into(),
            Unresolved::Vendor(error) => Outcomes(self.0).failed(work, organization, &error).into(),
        })
    }

    /// The natural key of what is to go, where that still has to be found; as far as its Secrets are still there.
    pub async fn key_to_end(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<String, ClusterError> {
        let object = work.object.as_ref();
        if object.common_status().pending_create.is_none() {
            return Ok(Keys(self.0).claim_key(object));
        }
        match self.resolve(work, organization).await {
            Ok(desired) => Ok(Keys(self.0).natural_key(object, &desired)),
            Err(Stop::Said(_)) => Ok(Keys(self.0).claim_key(object)),
            Err(Stop::Cluster(error)) => Err(error),
        }
    }
}
