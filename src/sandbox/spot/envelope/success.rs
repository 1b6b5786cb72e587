//! What an operation gives back, before a contract gives it a form.

use serde_json::Value;

/// What an operation gives back.
#[derive(Debug)]
pub(in crate::sandbox::spot) enum Success {
    /// Objects, of a kind that Production names.
    Items { kind: &'static str, items: Vec<Value> },
    /// Done, with nothing to show.
    Done,
    /// Done to so many objects, with nothing else to show.
    Affected(u32),
}

impl Success {
    pub(in crate::sandbox::spot) fn items(kind: &'static str, items: Vec<Value>) -> Self {
        Self::Items { kind, items }
    }
}
