//! What is of any vendor's sandbox: routing, faults, limits, lag, the log, the control of all that, and
//! the server. It knows no vendor: what one brings is [`Vendor`] and [`Controlled`].
//!
//! All but the server is pure. [`handle`] takes the time and a request and gives back what is to be
//! delivered; it has no clock, no socket and no chance but a seeded one, so that a simulation can
//! drive it and replay a run. [`serve`] is the thin shell that puts HTTP, a clock and a file
//! around it.

mod arrival;
mod connection;
pub mod control;
mod echo;
mod fault_kind;
mod faults;
mod generator;
mod handle;
mod lagged;
mod log;
mod mangle;
mod members;
mod message;
mod nesting;
mod options;
mod persist;
mod rate_limit;
mod refusal;
mod route;
mod sandbox;
mod secret;
mod server;
mod state;
mod target;
mod vendor;

pub use control::Controlled;
pub use echo::Echo;
pub use fault_kind::{FaultKind, ListFault, TextForm};
pub use faults::{ArmedFault, Fault, FaultPlan};
pub use generator::Generator;
pub use handle::handle;
pub use lagged::{Lag, Lagged, Sight};
pub use log::{Counter, LoggedRequest, RequestLog, safe_body};
pub use message::{Answer, Delivery, Reply, Request};
pub use nesting::{DEEPEST, is_too_deep};
pub use options::Options;
pub use persist::Store;
pub use rate_limit::{Limits, RouteLimit, Standing};
pub use refusal::Refusal;
pub use route::{Operation, Route, ServedRoute, route};
pub use sandbox::Sandbox;
pub use secret::{Hidden, digest};
pub use server::serve;
pub use state::State;
pub use target::Target;
pub use vendor::{Admitted, Vendor};
