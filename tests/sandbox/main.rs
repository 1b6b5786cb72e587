//! The stand-in vendor, tested against the vendor's pages.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test fail it by panicking")]

mod access;
mod arrival;
mod control;
mod faults;
mod faults_refused;
mod harness;
mod http;
mod lag;
mod log;
mod model;
mod nesting;
mod production;
mod program;
mod published;
mod rate_limit;
mod routes;
mod scoped;
mod strict;
mod vendor;
