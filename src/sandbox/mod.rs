//! Stand-ins for vendors: their administration APIs with a memory, faults on demand and a control
//! surface.
//!
//! What is of any vendor's sandbox is in `core`; each vendor has a folder beside it. They follow the
//! vendors' own pages and share no code with the clients of this crate: a mistake that both had could
//! not be seen.

mod core;
mod spot;

pub use self::core::{
    Answer, ArmedFault, Counter, Delivery, Fault, FaultKind, Hidden, Lag, Limits, ListFault, Reply, Request,
    RouteLimit, ServedRoute, Store, TextForm, digest, handle, serve,
};
pub use spot::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, ALL_ACCOUNTS, Account, AccountDetails, AccountKept, AccountRole,
    AuditEvent, AzureCredential, CloudCredential, Console, Contract, Effect, ExternalId, FaultPlan,
    GcpCredential, Grants, GroupDetails, IssuedToken, LoggedRequest, Organization, OrganizationId,
    Permission, Policy, PolicyContent, PolicyDetails, PolicyKept, PolicyKind, Protocol, Record, RequestLog,
    Resource, Role, Sandbox, Source, Spot, Start, Statement, Subscription, SubscriptionDetails, Token, User,
    UserDetails, UserGroup, UserKept, UserKind, World,
};
