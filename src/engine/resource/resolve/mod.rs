//! Step one: what an object belongs to, refers to, and claims.

pub mod claims;
pub mod desired;
pub mod keys;
pub mod organization;
pub mod parent;
pub mod references;
