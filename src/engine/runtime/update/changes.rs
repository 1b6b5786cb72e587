//! What was changed at the vendor, by us or by somebody else: it is noted when it is seen or done, whatever becomes of the
//! draft, and told.

use super::differences::{held, told};
use super::subject::Subject;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::plan::{Cause, Change, Plan};
use crate::engine::decide::report;
use crate::engine::decide::trail::Fact;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::work::Work;
use std::collections::{BTreeMap, BTreeSet};

/// Notes and tells changes.
pub(super) struct Changes<'a, S: Subject>(pub(super) &'a S);

/// Whether somebody else made a difference that is put back or written over.
fn is_anothers(change: &Change) -> bool {
    change.cause == Cause::Drift || change.moved
}

impl<S: Subject> Changes<'_, S> {
    /// A difference: of which field, and what it is.
    fn instead(&self, change: &Change) -> (String, String) {
        let field = self.0.legible(&change.path);
        (change.path.clone(), told(field, change, |desired, actual| format!("{actual} instead of {desired}")))
    }

    /// What was written: which field, and what from and to.
    fn written(&self, change: &Change) -> (String, String) {
        let field = self.0.legible(&change.path);
        (change.path.clone(), told(field, change, |desired, actual| format!("{actual} → {desired}")))
    }

    /// Notes differences that are new. Of those that are left as they are an event tells too, but in a fight, of which
    /// it was told. The digest of what is to be put back: that is told once more when it is, in place of this.
    pub(super) async fn seen(
        &self,
        work: &Work<S::Resource>,
        plan: &Plan,
        author: Option<&str>,
    ) -> Option<String> {
        let object = work.object.as_ref();
        let print = |change: &Change| digest(change.actual.as_deref());
        let due = || plan.apply.iter().filter(|change| is_anothers(change));
        let all = plan.report.iter().chain(due());
        let seen: BTreeMap<String, String> = all.map(|change| (change.path.clone(), print(change))).collect();
        let (before, contested) =
            self.0.writes(object, |writes| (writes.seen.replace(seen), writes.fights.contested().clone()));
        let is_new = |change: &&Change| {
            // Of more than status has room for, a process that has just begun does not know which are new.
            let seen = before.as_ref().map_or(work.status.drift_truncated, |before| {
                before.get(&change.path).is_some_and(|known| *known == print(change))
            });
            !seen && report::known(&work.status.drift, change).is_none()
        };
        let left: Vec<&Change> = plan.report.iter().filter(is_new).collect();
        if !left.is_empty() {
            let parts = left.iter().map(|one| self.instead(one)).collect();
            let mut fact = Fact::of(Reason::Drifted, parts, author);
            let waits = held(&plan.held, left.iter().copied());
            if !waits.is_empty() {
                fact.note = sentence(&fact.note) + &waits;
            }
            if left.iter().all(|change| contested.contains(&change.path)) {
                self.0.steps().notes().note_and_log(object, &fact);
            } else {
                self.0.steps().notes().note(object, &fact);
                self.0.context().tell(object, true, fact.reason, "Plan", fact.note).await;
            }
        }
        let due: Vec<(String, String)> = due().filter(is_new).map(|change| self.instead(change)).collect();
        if due.is_empty() {
            return None;
        }
        let fact = Fact::of(Reason::Drifted, due, author);
        self.0.steps().notes().note_and_log(object, &fact);
        Some(fact.digest())
    }

    /// Notes what was sent, where nobody heard that all of it was carried out.
    pub(super) fn unheard(&self, work: &Work<S::Resource>, plan: &Plan, author: Option<&str>) {
        let mut sent: Vec<_> = plan.apply.iter().map(|change| self.written(change)).collect();
        if let Some((_, first)) = sent.first_mut() {
            *first = format!("Sent, and nobody heard that all of it was carried out: {first}");
        }
        let author = author.filter(|_| plan.apply.iter().any(is_anothers));
        let fact = Fact::of(Reason::OutcomeUnknown, sent, author);
        self.0.steps().notes().note_and_log(work.object.as_ref(), &fact);
    }

    /// Notes and tells what was written. `due` is what was noted of it when it was seen.
    pub(super) async fn applied(
        &self,
        work: &Work<S::Resource>,
        plan: &Plan,
        (author, due): (Option<&str>, Option<String>),
    ) {
        let object = work.object.as_ref();
        let of = |cause| plan.apply.iter().filter(move |change| change.cause == cause);
        let edits: Vec<_> = of(Cause::Edit).map(|change| self.written(change)).collect();
        let known = |change: &Change| report::known(&work.status.drift, change);
        // The manifest has it otherwise now: nobody else would say what it was meanwhile.
        let moved = of(Cause::Edit).filter(|change| change.moved && known(change).is_none());
        let drift: Vec<&Change> = of(Cause::Drift).chain(moved).collect();
        let corrected = (!drift.is_empty()).then(|| {
            let made: BTreeSet<&str> = drift
                .iter()
                .filter_map(|change| match known(change) {
                    Some(entry) => entry.actor.as_deref(),
                    None => author,
                })
                .collect();
            let who = (!made.is_empty()).then(|| Vec::from_iter(made).join(", "));
            let parts = drift.iter().map(|change| self.written(change)).collect();
            Fact::of(Reason::DriftCorrected, parts, who.as_deref())
        });
        let edited = (!edits.is_empty()).then(|| Fact::of(Reason::Updated, edits, None));
        // All of it is noted before anything is waited for.
        if let Some(due) = due {
            self.0.steps().notes().take_back(object, &due);
        }
        edited.iter().chain(&corrected).for_each(|fact| self.0.steps().notes().note(object, fact));
        for (fact, warning) in
            edited.into_iter().map(|fact| (fact, false)).chain(corrected.map(|fact| (fact, true)))
        {
            self.0.context().tell(object, warning, fact.reason, "Update", fact.note).await;
        }
    }
}
