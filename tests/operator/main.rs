//! Tests against a real API server.

mod schema;
mod support;
mod test_bed;
