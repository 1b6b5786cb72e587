//! Tests against a real API server.

mod confirm_delete;
mod health;
mod least_privilege;
mod rights;
mod schema;
mod support;
mod test_bed;
