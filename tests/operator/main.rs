//! Tests against a real API server.

mod confirm_delete;
mod crash;
mod health;
mod main_job;
mod rights;
mod schema;
mod steady;
mod support;
mod test_bed;
