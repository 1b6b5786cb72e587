//! Event subscriptions: kept account by account, and made anew where they cannot be changed.

mod deaths;
pub mod isolation;
pub mod life;
mod places;
pub mod replacing;
pub mod twins;
