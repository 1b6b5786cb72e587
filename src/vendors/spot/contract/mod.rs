//! The two contracts of Spot (the design, "Two contracts for Spot").
//!
//! A contract is pure: it builds requests and judges answers. Everything above works on one model.

mod access;
mod capability;
mod credentials;
mod groups;
mod interface;
mod policies;
pub mod production;
pub mod published;
mod request;
mod subscriptions;
#[cfg(test)]
mod tests;

pub use access::{AccountRoles, UserMappings, UserPermissions};
pub use capability::Capability;
pub use credentials::{CredentialReads, CredentialValidation, ExternalIds};
pub use groups::Groups;
pub use interface::Contract;
pub use request::{Request, Subject};

/// Which contract.
pub use crate::api::spot::Contract as ContractName;

/// The contract of that name.
pub fn named(name: ContractName) -> &'static dyn Contract {
    match name {
        ContractName::Production => &production::Production,
        ContractName::Published => &published::Published,
    }
}
