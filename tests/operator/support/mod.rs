//! What the tests share: a control plane, its audit log, and ways to wait.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test bed offers more than one test uses, and a test that cannot go on panics"
)]

pub mod admission;
pub mod audit;
#[path = "../../shared/canaries.rs"]
pub mod canaries;
pub mod capture;
pub mod cluster;
pub mod console;
pub mod control_plane;
#[path = "../../shared/samples.rs"]
pub mod files;
pub mod flux;
pub mod helm;
pub mod house;
pub mod judges;
pub mod manifests;
pub mod object;
pub mod operator;
pub mod promcheck;
pub mod recorder;
pub mod rights;
pub mod samples;
pub mod sandbox;
mod served;
pub mod side_by_side;
pub mod wait;
