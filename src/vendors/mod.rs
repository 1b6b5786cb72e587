//! The vendors: each a client, its contracts, and a folder a kind.

pub mod endpoints;
pub mod spot;
