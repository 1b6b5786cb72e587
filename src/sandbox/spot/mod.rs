//! The stand-in for Spot: its administration API in both of its contracts, the live service's and the
//! public document's.
//!
//! `docs/sandbox.md` tells, route by route, what comes from the vendor and what is the sandbox's own
//! choice.

mod call;
mod console;
mod contract;
mod control;
mod envelope;
mod ids;
mod input;
mod need;
mod operation;
mod operations;
mod perform;
mod refusal;
mod rights;
mod routes;
mod start;
mod state;
mod target;
mod vendor;

pub use console::Console;
pub use contract::Contract;
pub use ids::OrganizationId;
pub use start::Start;
pub use state::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, ALL_ACCOUNTS, Account, AccountDetails, AccountKept, AccountRole,
    AuditEvent, AzureCredential, CloudCredential, ComputePolicyConfig, DynamicRule, Effect, ExternalId,
    FilterCondition, GcpCredential, Grants, GroupDetails, IssuedToken, NotificationEvent, NotificationPolicy,
    NotificationPolicyDetails, NotificationSubscription, Organization, Permission, Policy, PolicyContent,
    PolicyDetails, PolicyKept, PolicyKind, Protocol, Record, RegisteredUser, Resource, Role, Source,
    Statement, Subscription, SubscriptionDetails, Token, User, UserDetails, UserGroup, UserKept, UserKind,
    World,
};
pub use target::{FaultPlan, Spot};
pub use vendor::{LoggedRequest, RequestLog, Sandbox};
