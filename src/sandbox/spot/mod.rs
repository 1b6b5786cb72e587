//! The stand-in for Spot: its administration API in both of its contracts, the live service's and the
//! public document's.
//!
//! `docs/sandbox.md` tells, route by route, what comes from the vendor and what is the sandbox's own
//! choice.

mod access;
mod account;
mod audit;
mod call;
mod console;
mod contract;
mod control;
mod credential;
mod envelope;
mod group;
mod health_check;
mod ids;
mod input;
mod kind;
mod need;
mod notification_policy;
mod operation;
mod organization;
mod perform;
mod policy;
mod refusal;
mod resource;
mod routes;
mod start;
mod subscription;
mod target;
mod token;
mod user;
mod vendor;
mod world;

pub use access::grants::{ALL_ACCOUNTS, Grants};
pub use access::roles::{AccountRole, Role};
pub use account::state::{Account, AccountDetails, AccountKept};
pub use audit::state::{AuditEvent, Source};
pub use console::Console;
pub use contract::Contract;
pub use credential::state::{AzureCredential, CloudCredential, ExternalId, GcpCredential};
pub use group::state::{GroupDetails, UserGroup};
pub use health_check::state::{HealthCheck, HealthCheckDetails};
pub use ids::OrganizationId;
pub use notification_policy::state::{
    ComputePolicyConfig, DynamicRule, FilterCondition, NotificationEvent, NotificationPolicy,
    NotificationPolicyDetails, NotificationSubscription, RegisteredUser,
};
pub use organization::state::Organization;
pub use policy::state::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, Effect, Permission, Policy, PolicyContent, PolicyDetails,
    PolicyKept, PolicyKind, Statement,
};
pub use resource::state::Resource;
pub use routes::operations;
pub use start::Start;
pub use subscription::state::{Protocol, Subscription, SubscriptionDetails};
pub use target::{FaultPlan, LoggedRequest, RequestLog, Sandbox, Spot};
pub use token::state::{IssuedToken, Token};
pub use user::state::{User, UserDetails, UserKept, UserKind};
pub use world::World;
pub use world::record::Record;

/// Every kind: what is served, what can be done by hand and what the state shows come from this list. Of two routes that
/// fit a request, the first takes it.
static KINDS: &[&kind::Kind] = &[
    &organization::KIND,
    &account::KIND,
    &user::KIND,
    &group::KIND,
    &policy::KIND,
    &credential::KIND,
    &resource::KIND,
    &subscription::KIND,
    &notification_policy::KIND,
    &audit::KIND,
    &health_check::KIND,
    &token::KIND,
];
