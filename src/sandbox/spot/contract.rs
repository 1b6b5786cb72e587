//! The two contracts, and what is served under each.

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::routes::{PRODUCTION, PUBLISHED};
use crate::sandbox::core::{Route, ServedRoute};

/// The vendor's contract that the sandbox keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// The live service.
    Production,
    /// The public document.
    Published,
}

impl Contract {
    /// What is served under this contract; everything else is a 404.
    pub fn operations(self) -> impl Iterator<Item = ServedRoute> {
        self.routes().iter().map(Route::served)
    }

    /// The same with what each leads to.
    pub(super) fn routes(self) -> &'static [Route<Operation>] {
        match self {
            Self::Production => PRODUCTION,
            Self::Published => PUBLISHED,
        }
    }
}
