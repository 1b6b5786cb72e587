//! What the vendor knows. Neither contract shows here.

mod accounts;
mod audit;
mod built_in;
mod credentials;
mod grants;
mod groups;
mod health_checks;
mod notification_policies;
mod organizations;
mod policies;
mod record;
mod register;
mod roles;
mod subscriptions;
mod tokens;
mod users;
mod wildcard;
mod world;

pub use accounts::{Account, AccountDetails, AccountKept};
pub use audit::{AuditEvent, Source};
pub use credentials::{AzureCredential, CloudCredential, ExternalId, GcpCredential};
pub use grants::{ALL_ACCOUNTS, Grants};
pub(super) use groups::Members;
pub use groups::{GroupDetails, UserGroup};
pub(super) use health_checks::{HealthCheck, HealthCheckDetails};
pub use notification_policies::{
    ComputePolicyConfig, DynamicRule, FilterCondition, NotificationEvent, NotificationPolicy,
    NotificationPolicyDetails, NotificationSubscription, RegisteredUser,
};
pub use organizations::Organization;
pub use policies::{
    ACCOUNT_EDITOR, ACCOUNT_VIEWER, ADMIN, Effect, Permission, Policy, PolicyContent, PolicyDetails,
    PolicyKept, PolicyKind, Statement,
};
pub use record::Record;
pub use roles::{AccountRole, Role};
pub use subscriptions::{Protocol, Resource, Subscription, SubscriptionDetails};
pub use tokens::{IssuedToken, Token};
pub use users::{User, UserDetails, UserKept, UserKind};
pub use world::World;
