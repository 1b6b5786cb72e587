//! The stand-in vendor: Spot's administration API with a memory, in both of its contracts.
//!
//! The core is pure. [`handle`] takes the time and a request and gives back what is to be
//! delivered; it has no clock, no socket and no chance but a seeded one, so that a simulation can
//! drive it and replay a run. [`serve`] is the thin shell that puts HTTP, a clock and a file
//! around it.
//!
//! It follows the vendor's own pages and shares no code with the client of this crate: a mistake
//! that both had could not be seen. `docs/sandbox.md` tells, route by route, what comes from the
//! vendor and what is the sandbox's own choice.

mod account_users;
mod accounts;
mod arrival;
mod audit;
mod call;
mod connection;
mod console;
mod contract;
mod control;
mod core;
mod credentials;
mod dispatch;
mod envelope;
mod fault_kind;
mod faults;
mod groups;
mod handle;
mod health;
mod ids;
mod input;
mod lagged;
mod log;
mod mangle;
mod mappings;
mod members;
mod message;
mod need;
mod nesting;
mod operation;
mod organizations;
mod persist;
mod policies;
mod policy_actions;
mod programmatic;
mod rate_limit;
mod refusal;
mod rights;
mod route;
mod routes;
mod server;
mod start;
mod state;
mod subscriptions;
mod users;

pub use self::core::Sandbox;
pub use console::Console;
pub use contract::Contract;
pub use fault_kind::{FaultKind, ListFault, TextForm};
pub use faults::{ArmedFault, Fault, FaultPlan};
pub use handle::handle;
pub use ids::OrganizationId;
pub use lagged::Lag;
pub use log::{Counter, LoggedRequest, RequestLog};
pub use message::{Answer, Delivery, Reply, Request};
pub use persist::Store;
pub use rate_limit::{Limits, RouteLimit};
pub use route::ServedRoute;
pub use server::serve;
pub use start::Start;
pub use state::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, ALL_ACCOUNTS, Account, AccountDetails, AccountKept, AccountRole,
    AuditEvent, AzureCredential, CloudCredential, Effect, ExternalId, GcpCredential, Grants, GroupDetails,
    Hidden, IssuedToken, Organization, Permission, Policy, PolicyContent, PolicyDetails, PolicyKept,
    PolicyKind, Protocol, Record, Resource, Role, Source, Statement, Subscription, SubscriptionDetails,
    Token, User, UserDetails, UserGroup, UserKept, UserKind, World, digest,
};
