//! The wiring: the seams for real, the watches, health and metrics.

pub mod cluster;
pub mod health;
pub mod http;
pub mod kinds;
mod long_named;
pub mod metrics;
pub mod network;
pub mod release;
pub mod run;
pub mod seams;
pub mod telemetry;
pub mod watch;
