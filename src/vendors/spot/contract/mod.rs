//! The two contracts of Spot (the design, "Two contracts for Spot"), as far as they differ.
//!
//! A contract is pure: it builds the requests that are others in the other one, and judges answers. Everything
//! above works on one model. What both have alike is in the folder of what it is about, in `requests`.

mod capability;
mod interface;
pub mod production;
pub mod published;
#[cfg(test)]
mod tests;

pub use capability::Capability;
pub use interface::Contract;

/// Which contract.
pub use crate::api::spot::Contract as ContractName;

/// The contract of that name.
pub fn named(name: ContractName) -> &'static dyn Contract {
    match name {
        ContractName::Production => &production::Production,
        ContractName::Published => &published::Published,
    }
}
