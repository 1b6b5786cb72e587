//! The wiring: the seams for real, the watches, health and metrics.

pub mod cluster;
mod events;
pub mod health;
pub mod http;
pub mod kinds;
pub mod metrics;
pub mod network;
pub mod release;
pub mod run;
pub mod seams;
pub mod telemetry;
pub mod watch;
