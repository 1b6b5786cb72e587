//! Step six: what is told, and stored.

pub mod advice;
pub mod differences;
pub mod ids;
pub mod joined;
pub mod outcome;
