//! What Spot keeps, as far as orgkeeper uses it, whichever contract it was read by.

mod access;
mod account;
mod audit;
mod created;
mod credentials;
mod group;
mod policy;
mod subscription;
mod user;

pub use access::{AccountRole, AccountScope, PolicyMapping};
pub use account::{Account, AccountUpdate, CloudProvider};
pub use audit::{AuditContext, AuditEvent};
pub use created::Created;
pub use credentials::{
    AwsCredentials, AzureCredentials, ExternalId, GcpKey, GcpKeyError, GcpServiceAccount, NewAzureCredentials,
};
pub use group::{GroupDetail, GroupRow, GroupUser, NewGroup};
pub use policy::{
    NewPolicy, Permission, Policy, PolicyAction, PolicyContent, PolicyEffect, PolicyKind, PolicyMember,
    PolicyType, PolicyUpdate, Statement,
};
pub use subscription::{Endpoint, NewSubscription, Subscription, SubscriptionMember, SubscriptionUpdate};
pub use user::{
    GroupOf, MachineGrants, NewMachine, NewPerson, PersonRole, TokenInfo, UserDetail, UserKind, UserRow,
};
