//! Reads what a control is told.

use serde::de::DeserializeOwned;

use super::outcome::{Complaint, wrong};
use crate::sandbox::core::message::Request;
use crate::sandbox::core::nesting::{DEEPEST, is_too_deep};

/// A body; none is as good as an empty object.
pub fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Complaint> {
    if is_too_deep(&request.body) {
        return Err(wrong(format!("the body is nested deeper than {DEEPEST} levels")));
    }
    let body: &[u8] = if request.body.is_empty() { b"{}" } else { &request.body };
    serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))
}
