//! Tests against a real API server.

mod bad_states;
mod confirm_delete;
mod crash;
mod health;
mod least_privilege;
mod main_job;
mod rights;
mod schema;
mod steady;
mod support;
mod test_bed;
