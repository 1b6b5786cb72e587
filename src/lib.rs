//! orgkeeper keeps the administration of SaaS organizations in the state that YAML declares.

pub mod api;
pub mod cli;
pub mod engine;
pub mod operator;
pub mod sandbox;
pub mod trace;
pub mod vendors;
