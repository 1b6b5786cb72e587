//! How any vendor object is kept. Nothing here may know a vendor.
//!
//! Everything runs on one thread and reaches the world only through the four [`seams`], so that a
//! run can be simulated and replayed.

pub mod budget;
pub mod error;
pub mod fence;
pub mod identity;
pub mod link;
pub mod queue;
pub mod seams;
