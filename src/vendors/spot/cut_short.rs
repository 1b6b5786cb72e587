//! Reads of several calls that a limit cut short: the next goes on where the last one stopped. Where few calls are
//! allowed, it would never get to the end else.

use crate::engine::error::VendorError;
use crate::engine::seams::Tick;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What such reads of a session got, by id, and when each was begun.
pub(super) struct CutShort<T>(RefCell<BTreeMap<String, (Tick, T)>>);

impl<T> Default for CutShort<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> CutShort<T> {
    /// What the last read got, if that was begun at `fresh` or later, and when it was.
    pub(super) fn take(&self, id: &str, fresh: Tick) -> Option<(Tick, T)> {
        self.0.borrow_mut().remove(id).filter(|(begun, _)| *begun >= fresh)
    }

    /// A read that was begun then ended so, and got so far: kept where it was a limit that ended it.
    pub(super) fn ended(&self, id: &str, error: &VendorError, begun: Tick, got: T) {
        if error.failure.pause().is_some() {
            self.0.borrow_mut().insert(id.to_owned(), (begun, got));
        }
    }
}
