//! What an answer repeats of the request.

use serde_json::{Value, json};

use super::time::timestamp;
use crate::sandbox::core::Echo;

/// What an answer repeats of the request.
pub(super) fn request(echo: &Echo) -> Value {
    json!({
        "id": echo.id,
        "url": echo.url,
        "method": echo.method,
        "timestamp": timestamp(echo.at),
    })
}
