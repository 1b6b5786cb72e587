//! Spot by Flexera.
//!
//! [`client::SpotClient`] is what the kinds use. Which requests it makes and how it reads the
//! answers is a [`contract::Contract`]: the live service and the published document differ.

pub mod account;
mod admins;
mod asked;
mod calls;
pub mod client;
pub mod contract;
pub mod credential;
mod cut_short;
pub mod decode;
pub mod detect;
pub mod failure;
mod grants;
pub mod group;
mod lists;
pub mod model;
mod names;
pub mod organization;
pub mod policy;
pub mod reply;
mod search;
mod searched;
pub mod session;
pub mod subscription;
pub mod user;
