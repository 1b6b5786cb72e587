//! Tests against a real API server.

mod bad_states;
mod confirm_delete;
mod health;
mod main_job;
mod rights;
mod schema;
mod support;
mod test_bed;
