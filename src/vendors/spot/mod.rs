//! Spot by Flexera.
//!
//! [`client::SpotClient`] is what the kinds use. Which requests it makes and how it reads the
//! answers is a [`contract::Contract`]: the live service and the published document differ.

pub mod account;
pub mod client;
pub mod contract;
pub mod decode;
pub mod detect;
pub mod failure;
pub mod model;
pub mod organization;
pub mod reply;
