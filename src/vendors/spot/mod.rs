//! Spot by Flexera: a folder for each kind, and for what several have in common.
//!
//! A folder of a kind has the kind itself (`mod.rs`) and how it reaches the vendor:
//!
//! | module | holds |
//! |---|---|
//! | `model` | what the vendor keeps, whichever contract it was read by |
//! | `calls` | the calls, such as [`group::calls::GroupCalls`], through [`client::SpotClient`] |
//! | `requests` | what is sent, as far as the contracts have it alike |
//! | `decode` | from the vendor's JSON to the model: lenient about forms, strict about lists (rule 2) |
//!
//! What the two contracts have not alike is in [`contract`]: the live service and the published document differ.

pub mod access;
pub mod account;
pub mod audit;
pub mod client;
pub mod contract;
pub mod credential;
mod cut_short;
pub mod group;
mod known_names;
mod names;
pub mod notification_policy;
pub mod organization;
pub mod policy;
pub mod reasons;
pub mod session;
pub mod subscription;
pub mod user;

// What `make kind` lays out: it has to compile.
#[cfg(test)]
#[path = "../../../hack/kind/organization/vendor.rs"]
pub mod plain_kind;
#[cfg(test)]
#[path = "../../../hack/kind/account/vendor.rs"]
pub mod scoped_kind;
