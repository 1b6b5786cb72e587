//! What an answer can repeat of its request.

use jiff::Timestamp;

/// What an answer can repeat of its request.
#[derive(Clone, Debug)]
pub struct Echo {
    /// The id that the request was given.
    pub id: String,
    /// Path and query.
    pub url: String,
    /// GET, POST, …
    pub method: String,
    /// When it came.
    pub at: Timestamp,
}
