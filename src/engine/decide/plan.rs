//! The plan: desired × observed × last applied → changes. Pure, and the same value for what is
//! applied, what is only reported, and what is printed.
//!
//! | in `plan` | |
//! |---|---|
//! | `make` | makes it |
//! | `known` | one field, and what becomes of it |
//! | `declared` | what fingerprints tell of what was declared and written before |
//! | `edited` | whether a wish is another than before, whatever the vendor shows |
//! | `gap` | lists of which an entry leads nowhere |

mod declared;
mod edited;
mod gap;
mod known;
mod make;

pub use declared::{INTENDED, entry, entry_of, is_assumed, is_unheard, is_written, unheard, written};
pub use edited::edited;
pub use gap::Gap;
pub use make::plan;

use crate::api::policy::DriftPolicy;
use crate::api::status::Origin;
use crate::engine::base::checks::forbids;
use crate::engine::decide::fingerprint::{Fingerprints, Match};
use declared::{ASSUMED, list};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A value in canonical text. Whether it may be shown is part of its type.
#[derive(Clone, Debug)]
pub enum Text {
    /// May be shown.
    Plain(String),
    /// May never be shown.
    Secret(SecretString),
}

impl Text {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(text) => text.expose_secret(),
        }
    }

    fn shown(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::Secret(text) => (!forbids!(SecretsAreHidden)).then(|| text.expose_secret().to_owned()),
        }
    }
}

/// What the vendor shows of a field.
#[derive(Clone, Debug)]
pub enum Seen {
    /// This value.
    Value(Text),
    /// Nothing: it can be written, not read.
    Unreadable,
    /// It was not looked at, as what is wished for is not known now: what was written stays remembered.
    Unknown,
    /// The contract cannot express it.
    Unsupported,
    /// Nothing, as it is no field: a list that is declared, whatever is in it.
    Listed,
}

/// A field that a manifest asks for, beside what the vendor shows of it.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field, as in spec.
    pub path: String,
    /// What it should be.
    pub desired: Text,
    /// What it is.
    pub seen: Seen,
    /// How it is written.
    pub writing: Writing,
    /// The list that it is in, if it is in one.
    pub list: Option<&'static str>,
    /// How it stands to what leads nowhere in that list, as long as something does.
    pub gap: Option<Gap>,
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// By updates.
    Update,
    /// By a create only: another value is for a person to resolve.
    Create,
    /// By a create only: for another value a new object takes the place of the old one.
    Replacement,
}

impl Field {
    /// A field that is written by updates. An empty value that is shown means that it is not there.
    pub fn new(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, writing: Writing::Update, list: None, gap: None }
    }

    /// One for whose sake a new object takes the place of the old one.
    pub fn replacing(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { writing: Writing::Replacement, ..Self::new(path, desired, seen) }
    }

    /// One that only a create can write.
    pub fn fixed(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { writing: Writing::Create, ..Self::new(path, desired, seen) }
    }

    /// One that is in this list, or all of it.
    #[must_use]
    pub fn of(self, list: &'static str) -> Self {
        Self { list: Some(list), ..self }
    }

    /// A list that is declared, whatever is in it.
    pub fn list(name: &'static str) -> Self {
        Self::new(list(name), Text::Plain(String::new()), Seen::Listed).of(name)
    }

    /// A list that is declared, and of which it is not known now what all of it is.
    pub fn unknown_list(name: &'static str) -> Self {
        Self { gap: Some(Gap::default()), ..Self::list(name) }
    }

    /// One that waits.
    pub fn unknown(path: impl Into<String>) -> Self {
        Self::new(path, Text::Plain(String::new()), Seen::Unknown)
    }
}

/// Why a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A person changed the manifest, or declared what was not, or it was never written yet.
    Edit,
    /// The vendor's side moved, or differed when it was adopted.
    Drift,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is said of a difference by itself, in any combination"
)]
pub struct Change {
    /// The field, as in spec.
    pub path: String,
    /// Why.
    pub cause: Cause,
    /// What it should be; `None` where that may not be shown.
    pub desired: Option<String>,
    /// What it is; `None` where that may not or cannot be shown.
    pub actual: Option<String>,
    /// Whether the values are secret.
    pub sensitive: bool,
    /// Whether the field may hold what this write takes away: it was written before, or the object is
    /// older than our knowledge of it.
    pub replaces: bool,
    /// Whether it was written a moment ago, and reads do not show it yet: where a list is sent as a whole,
    /// it goes along, or the list would take it back. Nothing else is to be done about it.
    pub repeated: bool,
    /// Whether the vendor's side moved too, since the manifest said what it said before.
    pub moved: bool,
}

/// What may be done about differences.
#[derive(Clone)]
pub struct Policy<'a> {
    /// Whether anything may be written.
    pub manage: bool,
    /// What to do about drift.
    pub drift: DriftPolicy,
    /// Where the object came from.
    pub origin: Origin,
    /// Whether unreadable fields are written at adoption.
    pub apply_unreadable: bool,
    /// Paths that are no longer corrected (rule 15).
    pub contested: &'a BTreeSet<String>,
    /// What we wrote so recently that reads may still show what was before: the fingerprint of the value
    /// of each path.
    pub unsettled: &'a BTreeMap<String, String>,
    /// What we wrote and nobody heard the outcome of: where a read shows that, nobody else changed it.
    pub unheard: &'a BTreeMap<String, String>,
    /// Whether a write of these changes takes something away from somebody.
    pub takes_away: &'a dyn Fn(&[Change]) -> bool,
}

impl Policy<'_> {
    /// Whether we wrote something else than `value` so recently that a read which shows `value` may lag.
    fn wrote_other(&self, prints: &Fingerprints, path: &str, value: &str) -> bool {
        let wrote = self.unsettled.get(path);
        wrote.is_some_and(|print| prints.compare(print, path, value) == Match::Other)
    }
}

/// What is to be done for one object that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be written now.
    pub apply: Vec<Change>,
    /// Paths of it that no read shows.
    pub hidden: BTreeSet<String>,
    /// Whether that takes a new object in place of the old one.
    pub replace: bool,
    /// Differences that policy leaves as they are, or that wait.
    pub report: Vec<Change>,
    /// Until when those of them wait that a gap in their list holds up.
    pub held: BTreeMap<String, Rc<str>>,
    /// Paths that cannot be read back and were never written by us.
    pub unverified: Vec<String>,
    /// Those of them that only a create can write.
    pub unwritable: Vec<String>,
    /// Paths that were edited, or differ, and that only a create can write.
    pub immutable: Vec<String>,
    /// Paths that the contract cannot express.
    pub unsupported: Vec<String>,
    /// Paths whose fingerprint was of a lost key.
    pub rebased: Vec<String>,
    /// What differs in a read that may lag behind our own write: to be looked at again.
    pub unsettled: Vec<Change>,
    /// The fingerprints to store once `apply` has been carried out.
    pub last_applied: BTreeMap<String, String>,
}

impl Plan {
    /// What is to be put back.
    pub fn drifted(&self) -> impl Iterator<Item = &Change> {
        self.apply.iter().filter(|change| change.cause == Cause::Drift)
    }

    /// The same plan where a write carries every field: what was only assumed is written along.
    #[must_use]
    pub fn whole(mut self, fields: &[Field], prints: &Fingerprints) -> Self {
        if !self.apply.is_empty() {
            for field in fields.iter().filter(|field| self.unverified.contains(&field.path)) {
                let print = prints.of(&field.path, field.desired.expose());
                self.last_applied.insert(field.path.clone(), print);
            }
            self.unverified.clear();
        }
        self
    }

    /// Keeps what is stored of a field.
    fn keep(&mut self, path: &str, stored: Option<&String>) {
        if let Some(stored) = stored {
            self.last_applied.insert(path.to_owned(), stored.clone());
        }
    }

    /// Takes in that what only a create can write is as it is declared, as far as anybody knows.
    fn assume(&mut self, path: String, print: &str) {
        self.unverified.push(path.clone());
        self.unwritable.push(path.clone());
        self.last_applied.insert(path, format!("{ASSUMED}{print}"));
    }

    /// Takes out what no read shows, or all where a write carries every field; whether there was any. What was
    /// written `last` stays remembered.
    pub fn hold_back(&mut self, last: &BTreeMap<String, String>, whole: bool) -> bool {
        if self.hidden.is_empty() {
            return false;
        }
        let hidden = std::mem::take(&mut self.hidden);
        let held = |change: &Change| whole || hidden.contains(&change.path);
        for change in self.apply.extract_if(.., |change| held(change)) {
            match last.get(&change.path) {
                Some(print) => self.last_applied.insert(change.path, print.clone()),
                None => self.last_applied.remove(&change.path),
            };
        }
        self.replace = self.replace && !self.apply.is_empty();
        true
    }

    /// What differs because somebody else changed it, for as long as nothing is put back.
    pub fn differences(&self) -> Vec<Change> {
        self.report.iter().chain(self.drifted()).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
