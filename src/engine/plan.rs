//! The plan: desired × observed × last applied → changes. Pure, and the same value for what is
//! applied, what is only reported, and what is printed.

mod declared;
mod edited;
mod gap;

pub use declared::{INTENDED, is_assumed};
pub use edited::edited;

use crate::api::policy::DriftPolicy;
use crate::api::status::Origin;
use crate::engine::checks::forbids;
use crate::engine::fingerprint::{Fingerprints, Match};
use declared::{ASSUMED, Before, Declared, NOTED, list};
use gap::{Gaps, Held};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};

/// Stands in a fingerprint for whatever was sent without an answer: no field has this value.
const UNHEARD: &str = "\0";

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
    /// By updates that take something away, as what it belongs to leads nowhere now.
    Lowering,
}

impl Field {
    /// A field that is written by updates. An empty value that is shown means that it is not there.
    pub fn new(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, writing: Writing::Update }
    }

    /// One for whose sake a new object takes the place of the old one.
    pub fn replacing(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, writing: Writing::Replacement }
    }

    /// One that only a create can write.
    pub fn fixed(path: impl Into<String>, desired: Text, seen: Seen) -> Self {
        Self { path: path.into(), desired, seen, writing: Writing::Create }
    }

    /// A list that is declared, whatever is in it.
    pub fn list(name: &str) -> Self {
        let nothing = || Text::Plain(String::new());
        Self::new(list(name), nothing(), Seen::Value(nothing()))
    }

    /// A list that is declared, and of which it is not known now what is to be in it.
    pub fn unknown_list(name: &str) -> Self {
        Self::unknown(list(name))
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
#[derive(Clone, Debug)]
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
    pub takes_away: fn(&[Change]) -> bool,
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
    /// Differences that policy leaves as they are.
    pub report: Vec<Change>,
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

/// Makes the plan.
pub fn plan(
    fields: &[Field],
    last: &BTreeMap<String, String>,
    prints: &Fingerprints,
    policy: &Policy<'_>,
) -> Plan {
    let mut plan = Plan::default();
    let unknown = fields.iter().filter(|field| matches!(field.seen, Seen::Unknown));
    let gaps = Gaps::among(unknown.map(|field| field.path.as_str()));
    for field in fields {
        let fixed = field.writing == Writing::Create;
        let planned = plan.apply.len();
        let stored = last.get(&field.path);
        let print = prints.of(&field.path, field.desired.expose());
        let known = stored.map(|stored| {
            prints.compare(stored.trim_start_matches(ASSUMED), &field.path, field.desired.expose())
        });
        match &field.seen {
            Seen::Unsupported => plan.unsupported.push(field.path.clone()),
            Seen::Unknown => {
                let waiting = Declared(last).waiting(&field.path, &print);
                keep(&mut plan, &field.path, waiting.as_ref());
            }
            Seen::Value(seen) if seen.expose() == field.desired.expose() => {
                let lags = || wrote_other(prints, policy, &field.path, field.desired.expose());
                if policy.manage && !fixed && forbids!(UnsettledIsTakenBack, lags()) {
                    plan.apply.push(change(field, None, Cause::Edit, replaces(stored, policy)));
                }
                if field.writing == Writing::Lowering {
                    keep(&mut plan, &field.path, stored);
                } else {
                    plan.last_applied.insert(field.path.clone(), print);
                }
            }
            _ if fixed => create_only(&mut plan, field, stored, known, print, policy),
            Seen::Value(seen) => {
                let ours = policy.unheard.get(&field.path);
                let ours =
                    ours.is_some_and(|ours| prints.compare(ours, &field.path, seen.expose()) == Match::Same);
                let known = if ours { Some(Match::Other) } else { known };
                let other = |stored: &String| {
                    prints.compare(stored.trim_start_matches(ASSUMED), &field.path, seen.expose())
                        == Match::Other
                };
                let moved = !ours && !policy.unsettled.contains_key(&field.path) && stored.is_some_and(other);
                let applied = ours || stored.is_some_and(|stored| !is_assumed(stored));
                let before = Declared(last).before(&field.path);
                let known = Known { stored, known, before, moved, applied };
                readable(&mut plan, field, seen, &known, print, policy, &gaps);
            }
            Seen::Unreadable => {
                let applied = stored.is_some_and(|stored| !is_assumed(stored));
                let before = Declared(last).before(&field.path);
                if gaps.hold_unread(&field.path, applied) {
                    // What was only assumed of it is known no better meanwhile.
                    plan.unverified.extend(stored.map(|_| field.path.clone()));
                    keep(&mut plan, &field.path, stored);
                    continue;
                }
                let known = Known { stored, known, before, moved: false, applied };
                unreadable(&mut plan, field, &known, print, policy);
            }
        }
        plan.replace |= field.writing == Writing::Replacement && plan.apply.len() > planned;
    }
    if !fields.is_empty() {
        plan.last_applied.insert(NOTED.to_owned(), prints.of(NOTED, ""));
    }
    // What was given a moment ago, is not asked for any more and is not shown yet is still to be taken
    // back: it must not be forgotten that it is ours.
    for (path, print) in policy.unsettled {
        if !plan.last_applied.contains_key(path)
            && fields.iter().all(|field| field.path != *path)
            && wrote_other(prints, policy, path, "")
        {
            plan.last_applied.insert(path.clone(), print.clone());
        }
    }
    plan
}

/// Whether we wrote something else than `value` so recently that a read which shows `value` may lag.
fn wrote_other(prints: &Fingerprints, policy: &Policy<'_>, path: &str, value: &str) -> bool {
    let wrote = policy.unsettled.get(path);
    wrote.is_some_and(|print| prints.compare(print, path, value) == Match::Other)
}

/// The fingerprint of a field that no read shows while nobody knows what it has: a write of it is on its way, or was
/// not heard. Whatever is wished for then is another value.
pub fn unheard(prints: &Fingerprints, path: &str) -> String {
    prints.of(path, UNHEARD)
}

/// Whether the fingerprint is that.
pub fn is_unheard(prints: &Fingerprints, path: &str, stored: &str) -> bool {
    prints.compare(stored, path, UNHEARD) == Match::Same
}

/// How `value` compares to what was last written to the field; `None` if nothing was.
pub fn written(
    prints: &Fingerprints,
    last: &BTreeMap<String, String>,
    path: &str,
    value: &str,
) -> Option<Match> {
    let stored = last.get(path).filter(|stored| !is_assumed(stored))?;
    // Of what was not heard nobody can say.
    Some(if is_unheard(prints, path, stored) { Match::LostKey } else { prints.compare(stored, path, value) })
}

/// Whether `value` is what the field was given last, or was assumed to have.
pub fn is_written(prints: &Fingerprints, last: &BTreeMap<String, String>, path: &str, value: &str) -> bool {
    let stored = last.get(path).map(|stored| stored.trim_start_matches(ASSUMED));
    stored.is_some_and(|stored| prints.compare(stored, path, value) == Match::Same)
}

/// A field that only a create can write: it is as it was created, or only a person can resolve it.
fn create_only(
    plan: &mut Plan,
    field: &Field,
    stored: Option<&String>,
    known: Option<Match>,
    print: String,
    policy: &Policy<'_>,
) {
    let path = field.path.clone();
    match (&field.seen, known) {
        // Nobody knows what it has: a value that was only assumed says nothing of it.
        (Seen::Unreadable, Some(_)) if stored.is_some_and(|stored| is_assumed(stored)) => {
            plan.assume(path, &print);
        }
        (Seen::Value(_), _) | (_, Some(Match::Other)) => {
            let actual = match &field.seen {
                Seen::Value(seen) => seen.shown(),
                Seen::Unreadable | Seen::Unknown | Seen::Unsupported => None,
            };
            let cause = if known == Some(Match::Other) { Cause::Edit } else { Cause::Drift };
            let left = !policy.manage || cause == Cause::Drift && policy.drift == DriftPolicy::Report;
            if !left {
                plan.immutable.push(path.clone());
            }
            if left || cause == Cause::Drift {
                plan.report.push(change(field, actual, cause, false));
            }
            keep(plan, &path, stored);
        }
        (_, Some(Match::Same)) => keep(plan, &path, stored),
        (_, Some(Match::LostKey)) => {
            plan.rebased.push(path.clone());
            plan.last_applied.insert(path, print);
        }
        (_, None) if policy.origin == Origin::Created => {
            plan.last_applied.insert(path, print);
        }
        (_, None) => plan.assume(path, &print),
    }
}

/// What is known of a field from before.
struct Known<'a> {
    /// Its fingerprint.
    stored: Option<&'a String>,
    /// How what is declared now compares to that.
    known: Option<Match>,
    /// Where there is none: whether it was declared.
    before: Before,
    /// Whether what is seen now differs from it.
    moved: bool,
    /// Whether this object wrote it.
    applied: bool,
}

fn readable(
    plan: &mut Plan,
    field: &Field,
    seen: &Text,
    Known { stored, known, before, moved, applied }: &Known<'_>,
    print: String,
    policy: &Policy<'_>,
    gaps: &Gaps<'_>,
) {
    let asked = !field.desired.expose().is_empty();
    let edited = match (known, before) {
        (Some(known), _) => *known == Match::Other,
        (None, Before::First) => policy.origin == Origin::Created && asked,
        // What nobody asked for and we never wrote is somebody else's doing.
        (None, Before::Declared) => asked,
        // The list is declared from now on, and says what else is in it; another field says nothing of it.
        (None, Before::New) => asked || field.path.contains('['),
    };
    let cause = if edited { Cause::Edit } else { Cause::Drift };
    let moved = edited && *moved;
    let change = Change { moved, ..change(field, seen.shown(), cause, replaces(*stored, policy)) };
    if *known == Some(Match::LostKey) {
        plan.rebased.push(field.path.clone());
    }
    let correct = edited || policy.drift == DriftPolicy::Correct && !policy.contested.contains(&field.path);
    if !policy.manage {
        plan.report.push(change);
        // Not applied: when the object is managed again, an edit since it was first looked at must still look like one.
        let first = (*before == Before::First).then_some(&print);
        keep(plan, &field.path, stored.or(first));
    } else if cause == Cause::Drift
        && forbids!(UnsettledIsNoDrift, policy.unsettled.contains_key(&field.path))
    {
        plan.unsettled.push(Change { repeated: true, ..change });
        keep(plan, &field.path, *stored);
    } else if correct
        && let Some(held) = gaps.hold(
            &field.path,
            field.writing == Writing::Lowering,
            (policy.takes_away)(std::slice::from_ref(&change)),
            edited && *applied,
        )
    {
        if held == Held::Told {
            plan.report.push(change);
        }
        keep(plan, &field.path, *stored);
    } else {
        if correct {
            plan.apply.push(change);
        } else {
            plan.report.push(change);
        }
        // Also when it is only reported: from here on, another value is an edit.
        plan.last_applied.insert(field.path.clone(), print);
    }
}

fn unreadable(
    plan: &mut Plan,
    field: &Field,
    Known { stored, known, before, .. }: &Known<'_>,
    print: String,
    policy: &Policy<'_>,
) {
    let write = match known {
        Some(Match::Same) => {
            let assumed = stored.is_some_and(|stored| is_assumed(stored));
            if !assumed {
                return keep(plan, &field.path, *stored);
            }
            policy.apply_unreadable
        }
        Some(Match::LostKey) if forbids!(LostKeyIsRebased) => {
            // Nobody knows whether it changed: to write it again would be a guess.
            plan.rebased.push(field.path.clone());
            plan.last_applied.insert(field.path.clone(), print);
            return;
        }
        Some(Match::Other | Match::LostKey) => true,
        None => policy.origin == Origin::Created || policy.apply_unreadable || *before == Before::New,
    };
    if !write {
        plan.unverified.push(field.path.clone());
        plan.last_applied.insert(field.path.clone(), format!("{ASSUMED}{print}"));
    } else if policy.manage {
        plan.apply.push(change(field, None, Cause::Edit, replaces(*stored, policy)));
        plan.hidden.insert(field.path.clone());
        plan.last_applied.insert(field.path.clone(), print);
    } else {
        plan.report.push(change(field, None, Cause::Edit, replaces(*stored, policy)));
        keep(plan, &field.path, *stored);
    }
}

fn replaces(stored: Option<&String>, policy: &Policy<'_>) -> bool {
    stored.is_some() || policy.origin == Origin::Adopted
}

fn keep(plan: &mut Plan, path: &str, stored: Option<&String>) {
    if let Some(stored) = stored {
        plan.last_applied.insert(path.to_owned(), stored.clone());
    }
}

fn change(field: &Field, actual: Option<String>, cause: Cause, replaces: bool) -> Change {
    let desired = field.desired.shown();
    let sensitive = desired.is_none();
    Change {
        path: field.path.clone(),
        cause,
        // An actual value that replaced a secret may be one too.
        actual: if sensitive { None } else { actual },
        desired,
        sensitive,
        replaces,
        repeated: false,
        moved: false,
    }
}

#[cfg(test)]
mod tests;
