//! The wiring: the ports for real, the watches, health and metrics.

pub mod cluster;
mod events;
pub mod health;
pub mod http;
mod lists;
pub mod metrics;
pub mod network;
pub mod ports;
pub mod release;
pub mod run;
pub mod served_kind;
mod switched_off;
pub mod telemetry;
pub mod vendors;
pub mod watch;
