//! Calls of a vendor, and what they show.

pub mod budget;
pub mod caller;
pub mod credentials;
pub mod deletions;
pub mod inventory;
pub mod list;
pub mod rate_limit;
