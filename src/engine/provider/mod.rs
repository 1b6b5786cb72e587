//! What a vendor brings, and each of its kinds.

pub mod inputs;
pub mod kind;
pub mod vendor;
