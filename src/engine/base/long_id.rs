//! Vendor's ids that are longer than status can hold: they are told, and never stored.

use crate::api::id::MAX_ID;
use crate::api::text::cut;

/// Whether status can hold the id.
pub fn fits(id: &str) -> bool {
    id.len() <= MAX_ID
}

/// What is said of one that does not fit.
pub fn text(noun: &str, id: &str) -> String {
    let shown = cut(id, MAX_ID);
    format!(
        "The vendor's id of the {noun} has {} bytes ({shown}…), and no more than {MAX_ID} can be stored: it is left as it \
         is, and no other {noun} is made in its place. Use a version of orgkeeper that stores longer ids; or keep it by \
         hand and delete this object, which leaves it at the vendor.",
        id.len()
    )
}
