//! The vendors: each a client, its contracts, and a file or a folder a kind.

pub mod endpoints;
pub mod spot;
