//! Tokens that the vendor shows once.

pub mod custody;
pub mod fill;
pub mod keeper;
pub mod retire;
pub mod rotate;
pub mod standing;
pub mod switch;
pub mod told;
