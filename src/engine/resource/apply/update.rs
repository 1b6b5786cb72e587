//! Steps three to five: plan what differs, guard, apply.

use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::api::policy::DriftPolicy;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::plan::{self, Cause, Plan};
use crate::engine::decide::repeats;
use crate::engine::decide::report;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::ability::Phase;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::apply::lag::Lag;
use crate::engine::resource::apply::overtaken::overtaken;
use crate::engine::resource::apply::plan::Planning;
use crate::engine::resource::apply::send::SentOnce;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::resource::report::advice::Advice;
use crate::engine::resource::report::changes::Changes;
use crate::engine::resource::report::differences::{all_legible, assumed, held};
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::report::verdict::{Stop, Verdict};
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::resolve::references::References;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::stop::said;
use crate::engine::runtime::work::Work;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What is there, and what it is to be brought in line with.
pub(in crate::engine::resource) struct Line<'a, K: Kind> {
    pub id: &'a str,
    pub desired: &'a DeclaredOf<K>,
    /// What the vendor shows.
    pub live: K::Observed,
    /// Whether anything may be written.
    pub manage: bool,
}

/// Brings in line what differs.
pub(in crate::engine::resource) struct Updater<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Updater<'_, K> {
    /// Plans and applies what differs; where a field cannot be changed, `replace` makes another in its place. What
    /// lists do not show is to be looked at again once what we wrote has settled.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn bring_in_line(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        line: Line<'_, K>,
        replace: impl AsyncFnOnce(&mut Work<K::Resource>) -> Result<Verdict, Stop>,
    ) -> Result<Verdict, ClusterError> {
        let (id, desired) = (line.id, line.desired);
        // It exists: what had to come before is done with.
        work.external_id = None;
        let detailed = self.0.kind.detail_calls(&organization.session, &line.live) > 0;
        let (wished, in_use) = (
            self.0.kind.expiry(&desired.state, &line.live, true),
            self.0.kind.expiry(&desired.state, &line.live, false),
        );
        let phase = self.0.kind.phase(&line.live);
        let mut verdict = said(self.align(work, organization, line, replace).await)?;
        let in_line = matches!(verdict.findings.health, Health::Ready(Reason::InSync, _));
        if let Phase::Pending(reason, text) = phase
            && in_line
        {
            verdict.findings.health = Health::Ready(reason, text);
        }
        let expires = if in_line { wished } else { in_use };
        Advice(self.0).advise(work, desired, expires, &mut verdict);
        verdict.next = verdict.next.sooner(DetailReads(self.0).owe(work, organization, id, detailed));
        Ok(verdict)
    }

    async fn align(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        Line { id, desired, live, manage }: Line<'_, K>,
        replace: impl AsyncFnOnce(&mut Work<K::Resource>) -> Result<Verdict, Stop>,
    ) -> Result<Verdict, Stop> {
        let mut plan = Planning(self.0).plan(work, organization, desired, &live, manage);
        let late = self.0.context.prints.get().and_then(|prints| {
            let (stored, now) = (&work.status.last_applied, self.0.context.now());
            self.0.memory(work.object.as_ref(), |memory| {
                memory.hidden.until(&plan, stored, prints, (now, self.0.context.settings.settle))
            })
        });
        let owes = forbids!(HiddenWhileOwed, self.0.commit().owes(work.object.as_ref()));
        let held_back = (late.is_some() || owes) && plan.hold_back(&work.status.last_applied, K::FACTS.whole);
        if !plan.rebased.is_empty() {
            let note = format!(
                "The key of the fingerprints was lost: {} cannot be read back and was not written again. If that was \
                 changed meanwhile, change its value in the manifest to have it written.",
                plan.rebased.join(", ")
            );
            let object = work.object.as_ref();
            self.0.context.tell(object, true, Reason::FingerprintsRebased, "Plan", note).await;
        }
        let author = Changes(self.0).author(work, organization, id);
        let author = author.as_deref();
        let due = Changes(self.0).seen(work, organization, &plan, author).await;
        let unsaid = Unsaid { paths: plan.unsupported.clone(), why: desired.inexpressible.clone() };
        if plan.apply.is_empty() {
            if plan.unsettled.is_empty() {
                self.0.memory(work.object.as_ref(), |memory| memory.repeats.ended());
            }
            if manage && !held_back {
                References::<K>::remember(work, desired);
            }
            let verdict = unsaid_beside(self.settled(work, organization, plan, &[], author), unsaid);
            let verdict = match late {
                Some(until) => waits_for_the_unheard(verdict, until),
                None => verdict,
            };
            return Ok(if held_back {
                SentOnce(self.0).waits_for_store(work.object.as_ref()).unwrap_or(verdict)
            } else {
                verdict
            });
        }
        let wall = self.0.context.clock.wall();
        if plan.replace {
            // What it makes is brought in line in turn.
            let verdict = said(replace(work).await)?;
            if work.status.id.as_deref() != Some(id) {
                self.count_corrected(work, &plan);
            }
            if work.status.id.as_deref().is_none_or(|now| now == id) {
                // It is still there as it was.
                report::write_drift(&mut work.status, &plan.differences(), wall, author);
            }
            return Ok(verdict);
        }
        let write = repeats::update(id, &plan.apply);
        if self.0.memory(work.object.as_ref(), |memory| memory.repeats.is_over(&write)) {
            let paths =
                all_legible(&self.0.kind, organization, plan.apply.iter().map(|change| &*change.path));
            let text = repeats::text(&format!("The same change of {}", sentences::listed(&paths)));
            report::write_drift(&mut work.status, &plan.differences(), wall, author);
            return Ok(self.0.slow(Findings::stalled(Reason::WriteRepeated, text)));
        }
        let updates = self.0.commit().may_update(work, &plan).await?;
        let changes: Vec<plan::Change> = plan.apply.iter().chain(&plan.unsettled).cloned().collect();
        let pass = WriteGuard(self.0).guard_update(work, organization, id, desired, &live, &changes).await;
        if matches!(pass, Err(Stop::Said(_))) {
            report::write_drift(&mut work.status, &plan.differences(), wall, author);
        }
        let pass = pass?;
        checkpoint::reached(Step::UpdatePlanned);
        let wanted = (&desired.state, &live);
        let outcome = match overtaken(self.0, work, organization) {
            Some(error) => Err(error),
            None => updates.send(&*self.0.kind.core, &organization.session, id, wanted, &changes).await,
        };
        pass.answered(outcome.as_ref());
        checkpoint::reached(Step::UpdateAnswered);
        let now = self.0.context.now();
        let known = outcome.as_ref().err().is_none_or(|error| error.without_effect);
        let until = if known { now } else { now + self.0.context.settings.settle };
        self.0.memory(work.object.as_ref(), |memory| memory.hidden.sent(&plan, (now, until)));
        if let Err(error) = outcome {
            report::write_drift(&mut work.status, &plan.differences(), wall, author);
            if !error.without_effect {
                Changes(self.0).unheard(work, organization, &plan, author);
                self.touch(work, organization, id, &plan);
                self.0.memory(work.object.as_ref(), |memory| {
                    let sent =
                        plan.apply.iter().filter_map(|change| plan.last_applied.get_key_value(&change.path));
                    memory.unheard.extend(sent.map(|(path, print)| (path.clone(), print.clone())));
                });
            }
            let mut verdict = Outcomes(self.0).failed_write(work, organization, &error);
            Lag(self.0).give_time(work, desired, &error, &mut verdict);
            return Ok(verdict);
        }
        self.0.memory(work.object.as_ref(), |memory| {
            memory.repeats.made(write);
            memory.unheard.retain(|path, _| plan.apply.iter().all(|change| change.path != *path));
        });
        self.touch(work, organization, id, &plan);
        let corrected: Vec<_> = plan.drifted().cloned().collect();
        Changes(self.0).applied(work, organization, &plan, (author, due)).await;
        self.count_corrected(work, &plan);
        if !held_back {
            References::<K>::remember(work, desired);
        }
        let mut verdict = unsaid_beside(self.settled(work, organization, plan, &corrected, author), unsaid);
        verdict.precondition = Precondition::SameObject;
        verdict.completes = Some(Step::UpdateStored);
        Ok(match late {
            Some(until) => waits_for_the_unheard(verdict, until),
            None => verdict,
        })
    }

    /// Counts what was put back: a fight has to end (rule 15).
    fn count_corrected(&self, work: &Work<K::Resource>, plan: &Plan) {
        let now = self.0.context.now();
        for change in plan.drifted() {
            self.0.memory(work.object.as_ref(), |memory| memory.fights.corrected(&change.path, now));
            self.0.context.tally.drift(K::Resource::KIND, true);
        }
    }

    /// The verdict once nothing is left to write. What was corrected stays listed as drift until a
    /// list shows that it is gone.
    fn settled(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        plan: Plan,
        corrected: &[plan::Change],
        author: Option<&str>,
    ) -> Verdict {
        let now = self.0.context.clock.wall();
        let mut drift = plan.report.clone();
        drift.extend(corrected.iter().cloned());
        // A list that shows a moment later that it is gone may be as right as one that lags: whoever looks
        // shall have the time to see what was put back.
        let settled =
            self.0.memory(work.object.as_ref(), |memory| memory.touched) + self.0.context.settings.settle;
        let written = self.0.memory(work.object.as_ref(), |memory| memory.wrote.clone());
        let listed: BTreeSet<String> = drift.iter().map(|change| change.path.clone()).collect();
        let recent = |path: &String| self.0.context.now() < settled && written.contains_key(path);
        let unsettled = |path: &String| plan.unsettled.iter().any(|change| change.path == *path);
        let kept: Vec<plan::Change> = work
            .status
            .drift
            .iter()
            .filter(|entry| !listed.contains(&entry.path))
            .filter(|entry| unsettled(&entry.path) || recent(&entry.path))
            .map(|entry| plan::Change {
                path: entry.path.clone(),
                cause: Cause::Drift,
                desired: entry.desired.clone(),
                actual: entry.actual.clone(),
                sensitive: entry.sensitive,
                replaces: true,
                repeated: false,
                moved: false,
            })
            .collect();
        let waits = !kept.is_empty() || !plan.unsettled.is_empty();
        drift.extend(kept);
        let known: BTreeSet<String> = work.status.drift.iter().map(|entry| entry.path.clone()).collect();
        for _ in plan.report.iter().filter(|change| !known.contains(&change.path)) {
            self.0.context.tally.drift(K::Resource::KIND, false);
        }
        report::write_drift(&mut work.status, &drift, now, author);
        work.status.last_applied = plan.last_applied;
        let contested = self.0.memory(work.object.as_ref(), |memory| memory.fights.contested().clone());
        let fought: Vec<&str> = plan
            .report
            .iter()
            .map(|change| change.path.as_str())
            .filter(|path| contested.contains(*path))
            .collect();
        let mut findings = if !plan.immutable.is_empty() {
            let instead =
                self.0.kind.instead(&plan.immutable).map(|how| format!(" {how}")).unwrap_or_default();
            let text = format!(
                "{} can only be set when the {noun} is created, and is not as declared; the rest is kept. Declare what it \
                 was created with.{instead} For another value, delete this object (with deletionPolicy: Delete, or the \
                 {noun} may stay and be taken over again) and create another one.",
                plan.immutable.join(", "),
                noun = K::FACTS.noun
            );
            Findings::stalled(Reason::ImmutableField, text)
        } else if !fought.is_empty() {
            Findings::stalled(
                Reason::DriftContested,
                format!(
                    "{} was put back three times within an hour, and changed again each time: another \
                     cluster or tool manages it too. Stop that one, then edit this object or set the \
                     annotation orgkeeper.dev/reconcile-requested-at.",
                    all_legible(&self.0.kind, organization, fought.into_iter()).join(", ")
                ),
            )
        } else if plan.report.is_empty() {
            let text = format!("The {} is as declared.", K::FACTS.noun);
            Findings::of(Health::Ready(Reason::InSync, text))
        } else {
            let text = format!(
                "The {} differs from what is declared, and is left as it is; the condition Drifted says where, and what \
                 can be done.",
                K::FACTS.noun
            );
            Findings::of(Health::Ready(Reason::Drifted, text))
        };
        if !plan.report.is_empty() {
            let paths =
                all_legible(&self.0.kind, organization, plan.report.iter().map(|change| &*change.path));
            let writes = Resolution(self.0).may_write(work.object.as_ref(), &organization.root);
            let put_back = match work.object.common_spec().drift_policy {
                _ if !writes => {
                    ", as nothing is written under managementPolicy: Observe or by an operator that only reads"
                }
                DriftPolicy::Report => {
                    ", or set driftPolicy: Correct, which has put back what updates can write"
                }
                DriftPolicy::Correct if plan.held.len() == plan.report.len() => "",
                // It would be put back, but for what another condition says.
                DriftPolicy::Correct => {
                    ", and see the condition Stalled, which says why that is not put back"
                }
            };
            let text = format!(
                "Differs in {}; status.drift has the values. Take them over into the manifest, or change them back at the \
                 vendor{put_back}.{}",
                paths.join(", "),
                held(&plan.held, plan.report.iter())
            );
            findings = findings.with(ConditionType::Drifted, Reason::Drifted, text);
        }
        if !plan.unverified.is_empty() {
            let writes = Resolution(self.0).may_write(work.object.as_ref(), &organization.root);
            let unwritable = if writes { &plan.unwritable } else { &plan.unverified };
            findings = findings.with(
                ConditionType::Unverified,
                Reason::AssumedAtAdoption,
                assumed(&plan.unverified, unwritable, K::FACTS.noun),
            );
        }
        let next = if waits { Next::At(settled) } else { Next::Rest };
        Verdict::new(findings, next)
    }

    /// Remembers our write: until lists have caught up, the same paths are no drift.
    pub(in crate::engine::resource) fn touch(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
        plan: &Plan,
    ) {
        let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
        organization.audit.borrow_mut().wrote(id, self.0.context.clock.wall());
        self.0.memory(work.object.as_ref(), |memory| {
            if now.since(memory.touched) >= settle {
                memory.wrote.clear();
            }
            memory.touched = now;
            for change in plan.apply.iter().chain(&plan.unsettled) {
                let print = plan.last_applied.get(&change.path).cloned().unwrap_or_default();
                memory.wrote.insert(change.path.clone(), print);
            }
        });
    }
}

/// The verdict where a value waits for the end of another one that may still be carried out.
fn waits_for_the_unheard(mut verdict: Verdict, until: Tick) -> Verdict {
    let text = "A write whose answer nobody heard may still be carried out; another value is written by itself once it \
                cannot be.";
    verdict.findings.health = Health::Waiting(Reason::Progressing, text.to_owned());
    verdict.next = verdict.next.sooner(Next::At(until));
    verdict
}

/// What the contract cannot express of an object that is there.
struct Unsaid {
    paths: Vec<String>,
    /// Why it cannot, where that is more than that it has no place for it.
    why: Option<(Reason, String)>,
}

/// Says what the contract cannot express, besides.
fn unsaid_beside(mut verdict: Verdict, unsaid: Unsaid) -> Verdict {
    if unsaid.paths.is_empty() {
        return verdict;
    }
    let paths = unsaid.paths.join(", ");
    let text = format!("The endpoint's contract cannot express {paths}; everything else is kept.");
    let otherwise = || {
        let next = "Take that out of the manifest, or use an endpoint with the other contract.";
        (Reason::NotSupportedByContract, next.to_owned())
    };
    let (reason, why) = unsaid.why.unwrap_or_else(otherwise);
    let text = format!("{text} {why}");
    verdict.findings = verdict.findings.with(ConditionType::NotSupported, reason, text);
    verdict
}
