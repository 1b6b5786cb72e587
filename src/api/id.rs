//! The ids that vendors give to what they have.

/// The most bytes of a vendor's id: one that is longer is told, and not stored.
pub const MAX_ID: usize = 128;
