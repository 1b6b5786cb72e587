//! One field, and what becomes of it: what is declared now, what the vendor shows, and what is known from before.

use super::declared::{ASSUMED, Before, Declared, bare, is_assumed};
use super::{Cause, Change, Field, Plan, Policy, Seen, Text, Writing};
use crate::api::policy::DriftPolicy;
use crate::api::status::Origin;
use crate::engine::base::checks::forbids;
use crate::engine::decide::fingerprint::{Fingerprints, Match};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A field, with what is known of it from before.
pub(super) struct Known<'a> {
    field: &'a Field,
    policy: &'a Policy<'a>,
    prints: &'a Fingerprints,
    /// The fingerprint of what is declared now.
    print: String,
    /// The one that is stored.
    stored: Option<&'a String>,
    /// How what is declared now compares to that.
    compared: Option<Match>,
    /// Where there is none: whether it was declared.
    before: Before,
}

impl<'a> Known<'a> {
    pub(super) fn of(
        field: &'a Field,
        last: &'a BTreeMap<String, String>,
        prints: &'a Fingerprints,
        policy: &'a Policy<'a>,
    ) -> Self {
        let (path, desired) = (&field.path, field.desired.expose());
        let stored = last.get(path);
        Self {
            field,
            policy,
            prints,
            print: prints.of(path, desired),
            stored,
            compared: stored.map(|stored| prints.compare(bare(stored), path, desired)),
            before: Declared(last).before(field.list),
        }
    }

    /// Says what is to be done about it.
    pub(super) fn plan(self, plan: &mut Plan) {
        let path = &self.field.path;
        let fixed = self.field.writing == Writing::Create;
        match &self.field.seen {
            Seen::Unsupported => plan.unsupported.push(path.clone()),
            Seen::Listed if self.field.gap.is_none() => {
                plan.last_applied.insert(path.clone(), self.print);
            }
            Seen::Listed => plan.keep(path, self.waiting().as_ref()),
            Seen::Unknown => {
                // It is known no better while it waits.
                plan.unverified.extend(self.is_assumed().then(|| path.clone()));
                plan.keep(path, self.waiting().as_ref());
            }
            Seen::Value(seen) if self.may_be_missing() => self.missing(plan, seen),
            Seen::Value(seen) if seen.expose() == self.field.desired.expose() => {
                self.same(plan, fixed);
            }
            _ if fixed => self.create_only(plan),
            Seen::Value(seen) => self.readable(plan, seen),
            Seen::Unreadable => self.unreadable(plan),
        }
    }

    fn is_assumed(&self) -> bool {
        self.stored.is_some_and(|stored| is_assumed(stored))
    }

    /// Whether this object wrote it.
    fn is_applied(&self) -> bool {
        self.stored.is_some_and(|stored| !is_assumed(stored))
    }

    /// Whether what the manifest says of the list is not carried out now.
    fn waits(&self) -> bool {
        self.field.gap.as_ref().is_some_and(|gap| gap.waits)
    }

    /// Whether what leads nowhere may ask for it, for all that is known: nothing else does.
    fn may_be_missing(&self) -> bool {
        self.waits() && self.field.desired.expose().is_empty()
    }

    /// How what is shown compares to what this object wrote and nobody heard of, or to what a fingerprint is of.
    fn shown_as(&self, print: &str, seen: &Text) -> Match {
        self.prints.compare(bare(print), &self.field.path, seen.expose())
    }

    /// Whether it shows what this object wrote and nobody heard of.
    fn is_unheard(&self, seen: &Text) -> bool {
        let unheard = self.policy.unheard.get(&self.field.path);
        unheard.is_some_and(|print| self.shown_as(print, seen) == Match::Same)
    }

    /// The fingerprint of what cannot be compared now.
    fn waiting(&self) -> Option<String> {
        let first = || (self.before == Before::First).then(|| format!("{ASSUMED}{}", self.print));
        self.stored.cloned().or_else(first)
    }

    fn change(&self, actual: Option<String>, cause: Cause) -> Change {
        let desired = self.field.desired.shown();
        let sensitive = desired.is_none();
        Change {
            path: self.field.path.clone(),
            cause,
            // An actual value that replaced a secret may be one too.
            actual: if sensitive { None } else { actual },
            desired,
            sensitive,
            replaces: self.stored.is_some() || self.policy.origin == Origin::Adopted,
            repeated: false,
            moved: false,
        }
    }

    /// A field that is shown as it is declared.
    fn same(self, plan: &mut Plan, fixed: bool) {
        let path = &self.field.path;
        let lags = || self.policy.wrote_other(self.prints, path, self.field.desired.expose());
        if self.policy.manage && !fixed && !self.waits() && forbids!(UnsettledIsTakenBack, lags()) {
            plan.apply.push(self.change(None, Cause::Edit));
        }
        if self.field.gap.as_ref().is_some_and(|gap| gap.within) {
            plan.keep(path, self.stored);
        } else {
            plan.last_applied.insert(path.clone(), self.print);
        }
    }

    /// A field that only a create can write: it is as it was created, or only a person can resolve it.
    fn create_only(self, plan: &mut Plan) {
        let path = self.field.path.clone();
        match (&self.field.seen, self.compared) {
            // Nobody knows what it has: a value that was only assumed says nothing of it.
            (Seen::Unreadable, Some(_)) if self.is_assumed() => plan.assume(path, &self.print),
            (Seen::Value(_), _) | (_, Some(Match::Other)) => {
                let actual = match &self.field.seen {
                    Seen::Value(seen) => seen.shown(),
                    _ => None,
                };
                let cause = if self.compared == Some(Match::Other) { Cause::Edit } else { Cause::Drift };
                let reports = cause == Cause::Drift && self.policy.drift == DriftPolicy::Report;
                let left = !self.policy.manage || reports;
                if !left {
                    plan.immutable.push(path.clone());
                }
                if left || cause == Cause::Drift {
                    plan.report.push(Change { replaces: false, ..self.change(actual, cause) });
                }
                plan.keep(&path, self.stored);
            }
            (_, Some(Match::Same)) => plan.keep(&path, self.stored),
            (_, Some(Match::LostKey)) => {
                plan.rebased.push(path.clone());
                plan.last_applied.insert(path, self.print);
            }
            (_, None) if self.policy.origin == Origin::Created => {
                plan.last_applied.insert(path, self.print);
            }
            (_, None) => plan.assume(path, &self.print),
        }
    }

    /// What nothing asks for but, perhaps, what leads nowhere: nobody knows what it should be. What somebody else made of
    /// it since it was written is told.
    fn missing(self, plan: &mut Plan, seen: &Text) {
        let path = &self.field.path;
        let moved = match self.stored {
            Some(stored) => self.shown_as(stored, seen) == Match::Other,
            None => self.before == Before::Declared && !seen.expose().is_empty(),
        };
        plan.keep(path, self.stored);
        if !moved || self.is_unheard(seen) {
            return;
        }
        let change = Change { desired: None, sensitive: false, ..self.change(seen.shown(), Cause::Drift) };
        if self.policy.unsettled.contains_key(path) {
            plan.unsettled.push(Change { repeated: true, ..change });
        } else {
            self.wait(plan, change);
        }
    }

    /// Reports a difference that waits for the end of a gap.
    fn wait(&self, plan: &mut Plan, change: Change) {
        if let Some(gap) = &self.field.gap {
            plan.held.insert(change.path.clone(), Rc::clone(&gap.until));
        }
        plan.report.push(change);
    }

    /// A field that is shown, and not as it is declared.
    fn readable(self, plan: &mut Plan, seen: &Text) {
        let (policy, path) = (self.policy, &self.field.path);
        let ours = self.is_unheard(seen);
        let asked = !self.field.desired.expose().is_empty();
        let edited = match (self.compared, self.before) {
            _ if ours => true,
            (Some(compared), _) => compared == Match::Other,
            (None, Before::First) => policy.origin == Origin::Created && asked,
            // What nobody asked for and we never wrote is somebody else's doing.
            (None, Before::Declared) => asked,
            // The list is declared from now on, and says what else is in it; another field says nothing of it.
            (None, Before::New) => asked || self.field.list.is_some(),
        };
        let cause = if edited { Cause::Edit } else { Cause::Drift };
        let settled = !policy.unsettled.contains_key(path);
        let moved = edited
            && !ours
            && settled
            && self.stored.is_some_and(|stored| self.shown_as(stored, seen) == Match::Other);
        let change = Change { moved, ..self.change(seen.shown(), cause) };
        let correct = edited || policy.drift == DriftPolicy::Correct && !policy.contested.contains(path);
        let (waits, takes_away) = (self.waits(), (policy.takes_away)(std::slice::from_ref(&change)));
        let written = ours || self.is_applied();
        let held = self.field.gap.as_ref().is_some_and(|gap| gap.holds(takes_away, edited, written));
        if !ours && !held && self.compared == Some(Match::LostKey) {
            plan.rebased.push(path.clone());
        }
        // What an edit asks for, and what leads nowhere holds up: the message of that says enough.
        let quiet = held && edited && !moved && (waits || !takes_away);
        // A list that is sent as a whole must not lack what was written a moment ago.
        let settled = settled && (!waits || policy.unsettled.is_empty());
        if quiet && (waits || policy.manage) {
            plan.keep(path, self.stored);
        } else if !policy.manage {
            plan.report.push(change);
            // Not applied: when the object is managed again, an edit since it was first looked at must still look like one.
            let first = (self.before == Before::First && !waits).then_some(&self.print);
            plan.keep(path, self.stored.or(first));
        } else if cause == Cause::Drift && forbids!(UnsettledIsNoDrift, !settled) {
            plan.unsettled.push(Change { repeated: true, ..change });
            plan.keep(path, self.stored);
        } else if held && correct {
            plan.keep(path, self.stored);
            self.wait(plan, change);
        } else {
            if correct {
                plan.apply.push(change);
            } else {
                plan.report.push(change);
            }
            // Also when it is only reported: from here on, another value is an edit.
            plan.keep(path, if waits && !correct { self.stored } else { Some(&self.print) });
        }
    }

    /// A field that no read shows.
    fn unreadable(self, plan: &mut Plan) {
        let (policy, path) = (self.policy, &self.field.path);
        if self.field.gap.is_some() && forbids!(GapTakesNothing, !self.is_applied()) {
            // Nobody knows what a write would take away. What was only assumed of it is known no better meanwhile.
            plan.unverified.extend(self.stored.map(|_| path.clone()));
            return plan.keep(path, self.stored);
        }
        let write = match self.compared {
            // A lost key makes nothing known that was only assumed.
            Some(Match::Same | Match::LostKey) if forbids!(AssumedStaysSo, self.is_assumed()) => {
                policy.apply_unreadable
            }
            Some(Match::Same) => return plan.keep(path, self.stored),
            Some(Match::LostKey) if forbids!(LostKeyIsRebased) => {
                // Nobody knows whether it changed: to write it again would be a guess.
                plan.rebased.push(path.clone());
                plan.last_applied.insert(path.clone(), self.print);
                return;
            }
            Some(Match::Other | Match::LostKey) => true,
            None => policy.origin == Origin::Created || policy.apply_unreadable || self.before == Before::New,
        };
        if !write {
            plan.unverified.push(path.clone());
            plan.last_applied.insert(path.clone(), format!("{ASSUMED}{}", self.print));
        } else if policy.manage {
            plan.apply.push(self.change(None, Cause::Edit));
            plan.hidden.insert(path.clone());
            plan.last_applied.insert(path.clone(), self.print);
        } else {
            plan.report.push(self.change(None, Cause::Edit));
            plan.keep(path, self.stored);
        }
    }
}
