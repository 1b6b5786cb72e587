//! Tests against a real API server.

mod approvers;
mod bad_states;
mod canaries;
mod company;
mod confirm_delete;
mod crash;
mod deletion;
mod flux;
mod health;
mod isolation;
mod lease;
mod least_privilege;
mod live_health;
mod lock_out;
mod main_job;
mod monitoring;
mod references;
mod release;
mod rights;
mod schema;
mod secret_names;
mod steady;
mod support;
mod test_bed;
mod traces;
