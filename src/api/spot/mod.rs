//! The kinds for Spot by Flexera.

mod access;
mod account;
mod group;
mod organization;
mod user;

pub use access::{AccountAccess, AccountRef, AccountRole, GrantsPolicy, PolicyGrant, Role, Scope};
pub use account::{AccountGrant, AccountReferrer, SlackChannel, SpotAccount, SpotAccountSpec, WebhookUrl};
pub use group::{Member, SpotUserGroup, SpotUserGroupSpec};
pub use organization::{
    Connection, Contract, ContractChoice, ContractStatus, Grant, Guard, NewOrganization, ReferrerKind,
    SpotOrganization, SpotOrganizationSpec, SpotOrganizationStatus, SweepStatus,
};
pub use user::{GroupMembership, Human, Programmatic, SpotUser, SpotUserSpec, SpotUserStatus, Subject};
