//! The client and the real network, against servers on this machine: some that misbehave, and the
//! sandbox; and the sandbox without a network, operation by operation.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod coverage;
mod credentials;
mod detect;
mod network;
mod notification_policies;
mod policies;
mod sandbox;
mod secrets;
mod spot;
mod stub;
mod subscriptions;
mod tls;
mod tokens;
mod users;
mod vendor;
mod world;
