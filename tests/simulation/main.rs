//! The whole engine in a simulation: one test file a theme, each test breaks a rule on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod absence;
mod audit;
mod budget;
mod calm;
mod claims;
mod create_only;
mod creation;
mod deaths;
mod deletion;
mod details;
mod drift;
mod edits;
mod fields;
mod fingerprints;
mod founding;
mod grants;
mod guard;
mod identity;
mod isolation;
mod lock_out;
mod membership;
mod names;
mod people;
mod published_people;
mod references;
mod rotation;
mod rotation_trouble;
mod secrets;
mod steady;
mod storms;
mod subscriptions;
mod support;
mod token_trouble;
mod tokens;
mod writers;
