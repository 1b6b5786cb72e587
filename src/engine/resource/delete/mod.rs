//! The end of an object.

pub mod dependents;
pub mod finalize;
pub mod remove;
