//! What stands in for a list where the vendor has none: each that a manifest names is read by its id.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::list::{Listed, Page, Place, Wanted};
use crate::engine::provider::ability::Gets;
use crate::engine::provider::kind::{Kind, Session};
use std::collections::BTreeSet;
use std::ops::Bound;

/// Reads each of these. One for which there is no room waits, and those that were read are not read again.
///
/// # Errors
/// That of a read, but for what is not there.
pub(super) async fn read<K: Kind>(
    gets: &dyn Gets<K>,
    session: &Session<K>,
    wanted: Wanted<'_, K::Observed>,
    ids: &BTreeSet<String>,
) -> Result<Listed<K::Observed>, VendorError> {
    let container = wanted.container;
    let each = async |place: &Place| {
        let id = match place {
            Place::Cursor(id) => Some(id),
            Place::First | Place::Number(_) => ids.first(),
        };
        let Some(id) = id else { return Ok(Page { rows: Vec::new(), total: None, next: None }) };
        let rows = match gets.get(session, container, id).await {
            Some(Ok(row)) => vec![row],
            Some(Err(error)) if error.failure == Failure::NotFound => Vec::new(),
            Some(Err(error)) => return Err(error),
            None => {
                let text = "there is neither a list nor a read by id";
                return Err(VendorError::without_effect(Failure::NotSupported, text));
            }
        };
        let next = ids.range::<str, _>((Bound::Excluded(&**id), Bound::Unbounded)).next();
        Ok(Page { rows, total: None, next: next.map(|next| Place::Cursor(next.clone())) })
    };
    wanted.whole(each, |row| K::identify(row).id).await
}
