//! The wiring: the seams for real, the watches, health and metrics.

pub mod cluster;
pub mod health;
pub mod http;
pub mod metrics;
pub mod network;
pub mod run;
pub mod seams;
pub mod telemetry;
pub mod trace_id;
pub mod watch;
