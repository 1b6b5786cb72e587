//! Step two: what is there at the vendor.

pub mod counts;
pub mod details;
pub mod identify;
pub mod list_cache;
pub mod lists;
pub mod seen;
