//! The stand-in vendor, tested against the vendor's pages.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test fail it by panicking")]

mod access;
mod control;
mod faults;
mod harness;
mod http;
mod lag;
mod log;
mod model;
mod production;
mod published;
mod rate_limit;
mod routes;
mod scoped;
mod strict;
mod vendor;
