//! What the vendor's audit log tells: which objects somebody else changed, and who that was (rule 6).
//!
//! The log is asked once a resync, from a little before where the last answer ended, as entries may
//! come late. Nobody is named on a guess: not for what we wrote ourselves, nor for what happened
//! before this process could notice its own writes. Pure: it is told what was answered, and when.

use crate::engine::kind::AuditEntry;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Who changed an object last, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub name: String,
}

/// What is remembered of an organization's log.
#[derive(Debug)]
pub struct Audit {
    settle: SignedDuration,
    /// From when on our own writes are known.
    since: Timestamp,
    /// Where the last answer ended.
    end: Option<Timestamp>,
    taken: BTreeSet<AuditEntry>,
    authors: BTreeMap<String, Author>,
    own: BTreeMap<String, Vec<Timestamp>>,
    refused: Option<String>,
}

impl Audit {
    /// Nothing was asked yet. `settle` is how late the vendor may show what was done.
    pub fn new(settle: Duration, now: Timestamp) -> Self {
        Self {
            settle: signed(settle),
            since: now,
            end: None,
            taken: BTreeSet::new(),
            authors: BTreeMap::new(),
            own: BTreeMap::new(),
            refused: None,
        }
    }

    /// From when on to ask: twice `settle` before the last end, once as entries may be late, once as the
    /// vendor's clock may differ from ours. The first time, one resync back.
    pub fn from(&self, now: Timestamp, resync: Duration) -> Timestamp {
        match self.end {
            Some(end) => before(end, self.settle * 2),
            None => before(now, signed(resync)),
        }
    }

    /// Takes in the log's answer for the time up to `to`: the ids that somebody else changed. `held` says
    /// whether an object stands for an id.
    pub fn take(
        &mut self,
        entries: Vec<AuditEntry>,
        to: Timestamp,
        held: impl Fn(&str) -> bool,
    ) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for entry in entries {
            if entry.own || self.is_ours(&entry) || self.taken.contains(&entry) {
                continue;
            }
            for id in entry.ids.iter().filter(|id| held(id)) {
                named.insert(id.clone());
                let newer = self.authors.get(id).is_none_or(|known| known.at <= entry.at);
                if newer && entry.at >= self.since && !entry.actor.is_empty() {
                    self.authors.insert(id.clone(), Author { at: entry.at, name: entry.actor.clone() });
                }
            }
            // The vendor may not show yet what a young entry tells of: it counts again next time.
            if entry.at <= before(to, self.settle) {
                self.taken.insert(entry);
            }
        }
        let next = before(to, self.settle * 2);
        self.taken.retain(|entry| entry.at >= next);
        self.authors.retain(|id, _| held(id));
        for times in self.own.values_mut() {
            times.retain(|at| *at >= before(next, self.settle));
        }
        self.own.retain(|_, times| !times.is_empty());
        self.end = Some(to);
        self.refused = None;
        named
    }

    /// Whether it is about something that we wrote at about that time.
    fn is_ours(&self, entry: &AuditEntry) -> bool {
        let about = |at: &Timestamp| entry.at.duration_since(*at).abs() <= self.settle;
        entry.ids.iter().filter_map(|id| self.own.get(id)).flatten().any(|at| about(at))
    }

    /// Remembers that we wrote an object.
    pub fn wrote(&mut self, id: &str, at: Timestamp) {
        self.own.entry(id.to_owned()).or_default().push(at);
    }

    /// Who changed the object after it was viewed last, in so far as the log tells. A view may lag.
    pub fn author(&self, id: &str, viewed: Option<Timestamp>) -> Option<&Author> {
        let author = self.authors.get(id)?;
        viewed.is_none_or(|viewed| author.at > before(viewed, self.settle)).then_some(author)
    }

    /// The log cannot be read. Until it can be, nothing needs to be remembered.
    pub fn refuse(&mut self, why: String, now: Timestamp) {
        self.absent(now);
        self.refused = Some(why);
    }

    /// There is no log.
    pub fn absent(&mut self, now: Timestamp) {
        let settle = self.settle;
        *self = Self { settle, ..Self::new(Duration::ZERO, now) };
    }

    /// Why the log cannot be read, if it was refused.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_sub(span).unwrap_or(Timestamp::MIN)
}
