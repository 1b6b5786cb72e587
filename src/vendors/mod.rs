//! The vendors: each a client, its contracts, and one file a kind.

pub mod endpoints;
pub mod spot;
