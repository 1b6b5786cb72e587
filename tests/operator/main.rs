//! Tests against a real API server.

mod support;
mod test_bed;
