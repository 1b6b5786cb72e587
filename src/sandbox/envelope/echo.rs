//! What an answer repeats of the request.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::time::timestamp;

/// What an answer repeats of the request.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Echo {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) url: String,
    pub(in crate::sandbox) method: String,
    pub(in crate::sandbox) at: Timestamp,
}

impl Echo {
    pub(super) fn value(&self) -> Value {
        json!({
            "id": self.id,
            "url": self.url,
            "method": self.method,
            "timestamp": timestamp(self.at),
        })
    }
}
