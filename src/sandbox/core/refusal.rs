//! Why a request comes no further, whichever vendor it is for. Each has its own words for these.

use http::StatusCode;

use super::rate_limit::Standing;

/// Why a request comes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token, or one that is not known.
    Unauthorized,
    /// The token is known and may not.
    Forbidden(String),
    /// There is no such operation.
    NoRoute,
    /// Too many requests.
    RateLimited(Standing),
    /// The vendor cannot, or the request did not arrive as a whole.
    Failure {
        /// The status that says so.
        status: StatusCode,
        /// In words.
        message: String,
    },
}

impl Refusal {
    /// The vendor cannot, or the request did not arrive as a whole.
    pub fn failure(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Failure { status, message: message.into() }
    }
}
