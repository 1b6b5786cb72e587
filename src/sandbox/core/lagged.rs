//! A value whose changes reach the lists late.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::Members;

/// How far the vendor's reads run behind its writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct Lag {
    /// A change is not seen in lists for this long.
    pub lists: SignedDuration,
    /// Reads of one object by its id run behind as well.
    pub reads: bool,
}

impl TryFrom<Value> for Lag {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let mut members = Members::of("", value)?;
        let lists = members.wait("lists", SignedDuration::MAX)?.unwrap_or_default();
        let reads = members.take("reads")?.unwrap_or_default();
        members.end()?;
        Ok(Self { lists, reads })
    }
}

impl Lag {
    /// Only the lists run behind, by `lists`.
    pub const fn of_lists(lists: SignedDuration) -> Self {
        Self { lists, reads: false }
    }
}

/// How one request looks at things: when, and how far behind.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    now: Timestamp,
    lag: Lag,
    /// As a list shows them, or as they are.
    late: bool,
}

impl Sight {
    /// As a list shows things.
    pub fn list(now: Timestamp, lag: Lag) -> Self {
        Self { now, lag, late: true }
    }

    /// As a read of one object shows it.
    pub fn read(now: Timestamp, lag: Lag) -> Self {
        Self { now, lag, late: lag.reads }
    }
}

/// A value with those of its past states that a list may still show.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lagged<T> {
    changes: Vec<Change<T>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Change<T> {
    at: Timestamp,
    /// The lag in force when the change was made. A lag that is raised later must not hide it again.
    lag: SignedDuration,
    /// None: deleted.
    value: Option<T>,
}

impl<T> Change<T> {
    /// A lag that is lowered lets go of what waits: the shorter of the two counts.
    fn is_listed(&self, now: Timestamp, lag: Lag) -> bool {
        now.duration_since(self.at) >= self.lag.min(lag.lists)
    }
}

impl<T> Lagged<T> {
    /// A value that lists show once the lag has passed.
    pub fn new(at: Timestamp, lag: Lag, value: T) -> Self {
        Self { changes: vec![Change { at, lag: lag.lists, value: Some(value) }] }
    }

    /// The value as it is; None once deleted.
    pub fn current(&self) -> Option<&T> {
        self.changes.last().and_then(|last| last.value.as_ref())
    }

    /// The value as lists show it.
    pub fn listed(&self, now: Timestamp, lag: Lag) -> Option<&T> {
        self.changes
            .iter()
            .rev()
            .find(|change| change.is_listed(now, lag))
            .and_then(|change| change.value.as_ref())
    }

    /// The value as a list or a read shows it.
    pub(in crate::sandbox) fn seen(&self, sight: Sight) -> Option<&T> {
        if sight.late { self.listed(sight.now, sight.lag) } else { self.current() }
    }

    /// Changes the value, or deletes it with None.
    pub fn set(&mut self, at: Timestamp, lag: Lag, value: Option<T>) {
        if let Some(shown) = self.changes.iter().rposition(|change| change.is_listed(at, lag)) {
            self.changes.drain(..shown);
        }
        self.changes.push(Change { at, lag: lag.lists, value });
    }

    /// Deleted, and no list shows it any more: it can be forgotten.
    pub fn is_over(&self, now: Timestamp, lag: Lag) -> bool {
        self.changes.last().is_none_or(|last| last.value.is_none() && last.is_listed(now, lag))
    }
}
