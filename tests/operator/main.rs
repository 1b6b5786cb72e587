//! Tests against a real API server.

mod confirm_delete;
mod health;
mod rights;
mod schema;
mod support;
mod test_bed;
