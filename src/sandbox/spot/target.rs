//! Spot, as faults see it.

use super::contract::Contract;
use crate::sandbox::core::{self, Target};

/// The vendor Spot.
#[derive(Clone, Copy, Debug)]
pub struct Spot;

/// A file of faults that can strike at Spot.
pub type FaultPlan = core::FaultPlan<Spot>;

impl Target for Spot {
    const TOKENS: &'static [&'static str] = &["token", "personalAccessToken"];

    fn templates() -> impl Iterator<Item = &'static str> {
        let templates = |contract: Contract| contract.routes().iter().map(|route| route.template);
        templates(Contract::Production).chain(templates(Contract::Published))
    }
}
