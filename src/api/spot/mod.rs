//! The kinds for Spot by Flexera.

mod access;
mod account;
mod counts;
mod credential;
mod group;
pub mod kinds;
mod notification_policy;
mod organization;
mod policy;
mod rules;
mod subscription;
mod user;

// What `make kind` lays out: it has to compile.
#[cfg(test)]
#[path = "../../../hack/kind/organization/api.rs"]
mod plain_kind;
#[cfg(test)]
#[path = "../../../hack/kind/account/api.rs"]
mod scoped_kind;

pub use access::{AccountAccess, AccountRef, AccountRole, GrantsPolicy, PolicyGrant, Role, Scope};
pub use account::{AccountGrant, AccountReferrer, SlackChannel, SpotAccount, SpotAccountSpec, WebhookUrl};
pub use counts::{Count, Counts};
pub use credential::{
    AwsCredential, AzureCredential, Cloud, CloudCredential, CloudCredentialSpec, CloudCredentialStatus,
    GcpCredential,
};
pub use group::{Member, SpotUserGroup, SpotUserGroupSpec};
pub use notification_policy::{
    ComputePolicyConfig, DynamicRule, EventSeverity, FilterCondition, FilterIdentifier, FilterOperator,
    NotificationChannel, NotificationEvent, NotificationPolicy, NotificationPolicySpec,
    NotificationSubscription, PrivacyLevel, RegisteredUser, SubscriptionType,
};
pub use organization::{
    AccountScope, Connection, Contract, ContractChoice, ContractStatus, Grant, Guard, NewOrganization,
    ReferrerKind, SpotOrganization, SpotOrganizationSpec, SpotOrganizationStatus, SweepStatus,
};
#[cfg(test)]
pub use plain_kind::PlainKind;
pub use policy::{AccessPolicy, AccessPolicySpec, Effect, Permission, PolicyContent, PolicyType, Statement};
#[cfg(test)]
pub use scoped_kind::ScopedKind;
pub use subscription::{
    EventEndpoint, EventSubscription, EventSubscriptionSpec, KNOWN_EVENT_TYPES, Protocol, is_known_event_type,
};
pub use user::{GroupMembership, Human, Programmatic, SpotUser, SpotUserSpec, SpotUserStatus, Subject};
