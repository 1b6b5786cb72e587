//! What a control gives back: JSON, or why it is refused.

use http::StatusCode;
use serde_json::{Value, json};

/// Why a request to the control surface is refused.
pub struct Complaint(pub StatusCode, pub String);

/// What a control gives back.
pub type Outcome = Result<Value, Complaint>;

/// The request itself is wrong.
pub fn wrong(why: impl Into<String>) -> Complaint {
    Complaint(StatusCode::BAD_REQUEST, why.into())
}

/// There is nothing of the kind.
pub fn missing(what: &str) -> Complaint {
    Complaint(StatusCode::NOT_FOUND, format!("there is no such {what}"))
}

/// It cannot be done as things stand.
pub fn conflict(why: &str) -> Complaint {
    Complaint(StatusCode::CONFLICT, why.to_owned())
}

/// Nothing to show where it was done; else what it was to be done to is missing.
pub fn found(done: bool, what: &str) -> Outcome {
    if done { Ok(json!({})) } else { Err(missing(what)) }
}
