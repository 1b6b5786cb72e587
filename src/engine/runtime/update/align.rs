//! Steps three to five, whatever is brought in line: what differs is planned, judged and written.

use super::changes::Changes;
use super::planning::{self, Terms};
use super::settled::Settled;
use super::subject::Subject;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::Tick;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::plan::{Change, Plan};
use crate::engine::decide::{repeats, report};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::stop::{Stop, said};
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::{Work, waits_for_store};

/// Plans and applies what differs; where a field cannot be changed, `replace` makes another in its place.
///
/// # Errors
/// What ends the reconcile before its last step.
pub async fn align<S: Subject>(
    subject: &S,
    work: &mut Work<S::Resource>,
    replace: impl AsyncFnOnce(&mut Work<S::Resource>) -> Result<S::Verdict, Stop<S::Verdict>>,
) -> Result<S::Verdict, Stop<S::Verdict>> {
    let (context, id) = (subject.context(), subject.id());
    let settle = context.settings.settle;
    let mut plan = planned(subject, work);
    let late = context.prints.get().and_then(|prints| {
        let (stored, now) = (&work.status.last_applied, context.now());
        subject
            .writes(work.object.as_ref(), |writes| writes.hidden.until(&plan, stored, prints, (now, settle)))
    });
    let owes = forbids!(HiddenWhileOwed, subject.steps().commit().owes(work.object.as_ref()));
    let held_back = (late.is_some() || owes) && plan.hold_back(&work.status.last_applied, subject.whole());
    if !plan.rebased.is_empty() {
        let note = format!(
            "The key of the fingerprints was lost: {} cannot be read back and was not written again. If that was \
             changed meanwhile, change its value in the manifest to have it written.",
            plan.rebased.join(", ")
        );
        context.tell(work.object.as_ref(), true, Reason::FingerprintsRebased, "Plan", note).await;
    }
    let author = subject.author(work.object.as_ref());
    let author = author.as_deref();
    let due = Changes(subject).seen(work, &plan, author).await;
    let unsaid = Unsaid { paths: plan.unsupported.clone(), why: subject.inexpressible() };
    if plan.apply.is_empty() {
        if plan.unsettled.is_empty() {
            subject.writes(work.object.as_ref(), |writes| writes.repeats.ended());
            subject.steps().shown(work.object.as_ref());
        }
        if subject.manage() && !held_back {
            subject.remember(work);
        }
        let aligned = unsaid_beside(Settled(subject).settled(work, &plan, &[], author), unsaid);
        let aligned = match late {
            Some(until) => waits_for_the_unheard(aligned, until),
            None => aligned,
        };
        return Ok(if held_back && subject.steps().commit().owes(work.object.as_ref()) {
            Verdict::new(waits_for_store(), Next::Retry).into()
        } else {
            aligned.into()
        });
    }
    let wall = context.clock.wall();
    if plan.replace {
        // What it makes is brought in line in turn.
        let verdict = said(replace(work).await)?;
        if work.status.id.as_deref() != Some(id) {
            count_corrected(subject, work, &plan);
        }
        if work.status.id.as_deref().is_none_or(|now| now == id) {
            // It is still there as it was.
            report::write_drift(&mut work.status, &plan.differences(), wall, author);
        }
        return Ok(verdict);
    }
    let write = repeats::update(id, &plan.apply);
    if subject.writes(work.object.as_ref(), |writes| writes.repeats.is_over(&write)) {
        let paths: Vec<String> = plan.apply.iter().map(|change| subject.legible(&change.path)).collect();
        let text = repeats::text(&format!("The same change of {}", sentences::listed(&paths)));
        report::write_drift(&mut work.status, &plan.differences(), wall, author);
        let findings = Findings::stalled(Reason::WriteRepeated, text);
        return Ok(Verdict::new(findings, context.slowly()).into());
    }
    let updates =
        subject.steps().commit().may_update(work, &plan, |work| subject.steps().draft(work)).await?;
    let changes: Vec<Change> = plan.apply.iter().chain(&plan.unsettled).cloned().collect();
    let pass = subject.guard(work, &changes).await;
    if matches!(pass, Err(Stop::Said(_))) {
        report::write_drift(&mut work.status, &plan.differences(), wall, author);
    }
    let pass = pass?;
    checkpoint::reached(Step::UpdatePlanned);
    let outcome = subject.send(work, updates, &changes).await;
    subject.answered(pass, outcome.as_ref());
    checkpoint::reached(Step::UpdateAnswered);
    let now = context.now();
    let known = outcome.as_ref().err().is_none_or(|error| error.without_effect);
    let until = if known { now } else { now + settle };
    subject.writes(work.object.as_ref(), |writes| writes.hidden.sent(&plan, (now, until)));
    if let Err(error) = outcome {
        report::write_drift(&mut work.status, &plan.differences(), wall, author);
        if !error.without_effect {
            Changes(subject).unheard(work, &plan, author);
            touch(subject, work, &plan);
            subject.writes(work.object.as_ref(), |writes| {
                let sent =
                    plan.apply.iter().filter_map(|change| plan.last_applied.get_key_value(&change.path));
                writes.unheard.extend(sent.map(|(path, print)| (path.clone(), print.clone())));
            });
        }
        return Ok(subject.failed(work, &error));
    }
    subject.writes(work.object.as_ref(), |writes| {
        writes.repeats.made(write);
        writes.unheard.retain(|path, _| plan.apply.iter().all(|change| change.path != *path));
    });
    touch(subject, work, &plan);
    let corrected: Vec<_> = plan.drifted().cloned().collect();
    Changes(subject).applied(work, &plan, (author, due)).await;
    count_corrected(subject, work, &plan);
    if !held_back {
        subject.remember(work);
    }
    let mut aligned = unsaid_beside(Settled(subject).settled(work, &plan, &corrected, author), unsaid);
    aligned = aligned.written();
    Ok(match late {
        Some(until) => waits_for_the_unheard(aligned, until),
        None => aligned,
    }
    .into())
}

/// Plans what differs.
pub fn planned<S: Subject>(subject: &S, work: &Work<S::Resource>) -> Plan {
    let fields = subject.fields(&work.status.last_applied);
    let terms = Terms {
        manage: subject.manage(),
        whole: subject.whole(),
        takes_away: &|changes| subject.takes_away(changes),
    };
    subject.writes(work.object.as_ref(), |writes| {
        planning::plan(subject.context(), work, &fields, &terms, writes)
    })
}

/// Counts what was put back: a fight has to end (rule 15).
fn count_corrected<S: Subject>(subject: &S, work: &Work<S::Resource>, plan: &Plan) {
    let now = subject.context().now();
    for change in plan.drifted() {
        subject.writes(work.object.as_ref(), |writes| writes.fights.corrected(&change.path, now));
        subject.context().tally.drift(S::Resource::KIND, true);
    }
}

/// Remembers our write: until reads have caught up, the same paths are no drift.
fn touch<S: Subject>(subject: &S, work: &Work<S::Resource>, plan: &Plan) {
    let (now, settle) = (subject.context().now(), subject.context().settings.settle);
    subject.wrote();
    subject.writes(work.object.as_ref(), |writes| {
        if now.since(writes.touched) >= settle {
            writes.wrote.clear();
        }
        writes.touched = now;
        for change in plan.apply.iter().chain(&plan.unsettled) {
            let print = plan.last_applied.get(&change.path).cloned().unwrap_or_default();
            writes.wrote.insert(change.path.clone(), print);
        }
    });
}

/// What it comes to where a value waits for the end of another one that may still be carried out.
fn waits_for_the_unheard(mut aligned: Verdict, until: Tick) -> Verdict {
    let text = "A write whose answer nobody heard may still be carried out; another value is written by itself once it \
                cannot be.";
    aligned.findings.health = Health::Waiting(Reason::Progressing, text.to_owned());
    aligned.next = aligned.next.sooner(Next::At(until));
    aligned
}

/// What the contract cannot express of an object that is there.
struct Unsaid {
    paths: Vec<String>,
    /// Why it cannot, where that is more than that it has no place for it.
    why: Option<(Reason, String)>,
}

/// Says what the contract cannot express, besides.
fn unsaid_beside(mut aligned: Verdict, unsaid: Unsaid) -> Verdict {
    if unsaid.paths.is_empty() {
        return aligned;
    }
    let paths = unsaid.paths.join(", ");
    let text = format!("The endpoint's contract cannot express {paths}; everything else is kept.");
    let otherwise = || {
        let next = "Take that out of the manifest, or use an endpoint with the other contract.";
        (Reason::NotSupportedByContract, next.to_owned())
    };
    let (reason, why) = unsaid.why.unwrap_or_else(otherwise);
    let text = format!("{text} {why}");
    aligned.findings = aligned.findings.with(ConditionType::NotSupported, reason, text);
    aligned
}
