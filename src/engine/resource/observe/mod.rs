//! Step two: what is there at the vendor.

pub mod absence;
pub mod counts;
pub mod details;
pub mod identify;
pub mod judge;
pub mod list_cache;
pub mod lists;
pub mod read;
pub mod round;
pub mod seen;
