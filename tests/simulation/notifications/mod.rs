//! Notification policies: the lists are those of the token's user, and what they tell is a secret in part.

mod deaths;
pub mod life;
mod unseen;
pub mod users;
