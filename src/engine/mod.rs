//! How any vendor object is kept. Nothing here may know a vendor.
//!
//! Everything runs on one thread and reaches the world only through the four [`seams`], so that a
//! run can be simulated and replayed.

pub mod budget;
pub mod error;
pub mod fence;
pub mod fights;
pub mod fingerprint;
pub mod identity;
pub mod inventory;
pub mod kind;
pub mod link;
pub mod plan;
pub mod queue;
pub mod reason;
pub mod report;
pub mod seams;
