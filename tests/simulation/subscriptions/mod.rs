//! Event subscriptions: kept account by account, and made anew where they cannot be changed.

mod deaths;
mod isolation;
mod life;
mod places;
mod replacing;
mod twins;
