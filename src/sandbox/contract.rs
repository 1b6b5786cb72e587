//! The two contracts, and what is served under each.

use http::Method;
use serde::{Deserialize, Serialize};

use super::route::{Matched, Route, ServedRoute};
use super::routes::{PRODUCTION, PUBLISHED};

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

    /// The route a request takes.
    pub(super) fn find(self, method: &Method, path: &str) -> Option<Matched> {
        self.routes().iter().find_map(|route| route.matched(method, path))
    }

    fn routes(self) -> &'static [Route] {
        match self {
            Self::Production => PRODUCTION,
            Self::Published => PUBLISHED,
        }
    }
}
