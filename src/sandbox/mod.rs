//! Stand-ins for vendors: their administration APIs with a memory, faults on demand and a control
//! surface.
//!
//! What is of any vendor's sandbox is in `core`; each vendor has a folder beside it. They follow the
//! vendors' own pages and share no code with the clients of this crate: a mistake that both had could
//! not be seen.

mod core;
pub mod spot;

pub use self::core::{
    Answer, ArmedFault, Counter, Delivery, Fault, FaultKind, Hidden, Lag, Limits, ListFault, Reply, Request,
    RouteLimit, ServedRoute, Store, TextForm, digest, handle, serve,
};
