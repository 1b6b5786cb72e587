//! Step six: what is told, and stored.

pub mod advice;
pub mod author;
pub mod differences;
pub mod ids;
pub mod joined;
pub mod outcome;
pub mod store;
pub mod verdict;
pub mod write;
