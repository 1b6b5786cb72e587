//! The kinds for Spot by Flexera.

mod account;
mod organization;

pub use account::{SlackChannel, SpotAccount, SpotAccountSpec, WebhookUrl};
pub use organization::{
    Connection, Contract, ContractChoice, ContractStatus, Grant, ReferrerKind, SpotOrganization,
    SpotOrganizationSpec, SpotOrganizationStatus,
};
