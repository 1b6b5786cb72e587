//! The kinds, their definitions and the pure helpers of `api`: what needs no cluster.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conditions;
mod crds;
mod duration;
mod generated;
mod keys;
mod kinds;
mod lint;
mod monitoring;
mod names;
mod parts;
mod peculiarities;
mod reference;
mod rules;
mod runbook;
mod samples;
mod security;
mod users;
