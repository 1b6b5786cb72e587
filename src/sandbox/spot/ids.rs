//! Identifiers in the vendor's forms.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::sandbox::core::Generator;

/// An organization's id: an integer of twelve digits (spot-wire §1, "ID formats").
///
/// The vendor writes it as a number in some replies and as a string in others, so the place that
/// writes it chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(pub u64);

impl fmt::Display for OrganizationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for OrganizationId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl OrganizationId {
    /// A new one.
    pub fn drawn(generator: &mut Generator) -> Self {
        Self(100_000_000_000 + generator.below(900_000_000_000))
    }
}

/// The value of a new permanent token.
pub fn token(generator: &mut Generator) -> String {
    generator.hex(64)
}
