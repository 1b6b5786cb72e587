//! The whole engine in a simulation: one test file a theme, each test breaks a rule on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod absence;
mod budget;
mod calm;
mod claims;
mod creation;
mod deaths;
mod deletion;
mod drift;
mod fingerprints;
mod guard;
mod identity;
mod isolation;
mod lock_out;
mod people;
mod steady;
mod storms;
mod support;
mod writers;
