//! The end of an object.

pub mod dependents;
pub mod finalize;
pub mod remove;
pub mod taken_away;
