//! The client and the real network, against servers on this machine: some that misbehave, and the
//! sandbox.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod credentials;
mod detect;
mod network;
mod policies;
mod sandbox;
mod sandbox_access;
mod secrets;
mod spot;
mod stub;
mod subscriptions;
mod tls;
mod users;
mod world;
