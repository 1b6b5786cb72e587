//! What is left to do for an object that Kubernetes took away.

use crate::engine::base::ports::ClusterError;
use crate::engine::organization::managed::Standing;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::work::Work;

/// Does what is left to do for an object that Kubernetes took away.
pub(in crate::engine::resource) struct TakenAway<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> TakenAway<'_, K> {
    /// What is left to do for an object that Kubernetes took away while something was done for it: a deletion that
    /// began before our finalizer was there does not wait for it, and a Secret that was reserved is filled by nobody.
    pub(in crate::engine::resource) async fn taken_away(&self, work: &Work<K::Resource>) -> Next {
        if let Err(error) = self.let_go_of_secret(work).await {
            let object = reference(work.object.as_ref());
            tracing::warn!(%object, %error, "the object is gone, and its empty token Secret is left");
        }
        Next::Gone
    }

    /// Deletes the Secret with the token, where it is known for whom it is.
    pub(in crate::engine::resource) async fn let_go_of_secret(
        &self,
        work: &Work<K::Resource>,
    ) -> Result<(), ClusterError> {
        let root = self.0.claim_of(work.object.as_ref()).map(|claim| claim.root);
        match root.and_then(|root| self.0.organizations.standing(&root)) {
            Some(Standing::Ready(organization)) => Custodian(self.0).discard_token(work, &organization).await,
            _ => Ok(()),
        }
    }
}
