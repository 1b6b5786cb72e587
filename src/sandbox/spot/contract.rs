//! The two contracts.

use serde::{Deserialize, Serialize};

/// The vendor's contract that the sandbox keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// The live service.
    Production,
    /// The public document.
    Published,
}
