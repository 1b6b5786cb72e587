//! What everything stands on: the ports to the outside, errors and reasons, and what tests hold on to.

pub mod checkpoint;
pub mod checks;
pub mod error;
pub mod given;
pub mod health;
pub mod limit;
pub mod long_id;
pub mod merge_patch;
pub mod organization_key;
pub mod ports;
pub mod reason;
pub mod runbook;
pub mod sentences;
pub mod simulation;
pub mod words;
