//! What stands between a write and its being stored: webhooks, and definitions that know fewer members.

use crate::engine::base::ports::{ClusterError, ObjectRef, Part, SecretWrite};
use serde_json::Value;

/// Changes or refuses what the operator writes before it is stored, as webhooks and pruning do.
pub trait Admission {
    /// An object as it would be stored.
    ///
    /// # Errors
    /// It is refused.
    fn object(&self, key: &ObjectRef, part: Part, object: &mut Value) -> Result<(), ClusterError>;

    /// A Secret as it is sent.
    ///
    /// # Errors
    /// It is refused.
    fn secret(&self, secret: &mut SecretWrite) -> Result<(), ClusterError>;

    /// An object as it was stored.
    fn stored(&self, key: &ObjectRef, object: &Value);
}
