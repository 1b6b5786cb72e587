//! What ends a reconcile before its last step.

use crate::engine::base::ports::ClusterError;

/// Leaves the middle of a reconcile by `?`.
#[derive(Debug)]
pub enum Stop<V> {
    /// With what is to be said.
    Said(V),
    /// With what Kubernetes did not do.
    Cluster(ClusterError),
}

impl<V> Stop<V> {
    /// The same, with what is to be said in other words.
    pub fn saying<W>(self, words: impl FnOnce(V) -> W) -> Stop<W> {
        match self {
            Self::Said(verdict) => Stop::Said(words(verdict)),
            Self::Cluster(error) => Stop::Cluster(error),
        }
    }
}

impl<V> From<ClusterError> for Stop<V> {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(error)
    }
}

/// What is to be said, wherever the steps ended.
///
/// # Errors
/// What Kubernetes did not do.
pub fn said<V>(outcome: Result<V, Stop<V>>) -> Result<V, ClusterError> {
    match outcome {
        Ok(verdict) | Err(Stop::Said(verdict)) => Ok(verdict),
        Err(Stop::Cluster(error)) => Err(error),
    }
}
