//! Step one: what an object belongs to, refers to, and claims.

pub mod claims;
pub mod duplicates;
pub mod organization;
pub mod parent;
pub mod references;
pub mod turns;
