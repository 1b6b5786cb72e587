//! What is said once nothing is left to write.

use super::differences::{assumed, held};
use super::subject::Subject;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::api::policy::DriftPolicy;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{Cause, Change, Plan};
use crate::engine::decide::report;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use std::collections::BTreeSet;

/// Says how it stands.
pub(super) struct Settled<'a, S: Subject>(pub(super) &'a S);

impl<S: Subject> Settled<'_, S> {
    /// What it comes to. What was corrected stays listed as drift until a read shows that it is gone.
    pub(super) fn settled(
        &self,
        work: &mut Work<S::Resource>,
        plan: &Plan,
        corrected: &[Change],
        author: Option<&str>,
    ) -> Verdict {
        let context = self.0.context();
        let mut drift = plan.report.clone();
        drift.extend(corrected.iter().cloned());
        // A read that shows a moment later that it is gone may be as right as one that lags: whoever looks
        // shall have the time to see what was put back.
        let object = work.object.as_ref();
        let (touched, written, contested) = self.0.writes(object, |writes| {
            (writes.touched, writes.wrote.clone(), writes.fights.contested().clone())
        });
        let settled = touched + context.settings.settle;
        let listed: BTreeSet<String> = drift.iter().map(|change| change.path.clone()).collect();
        let recent = |path: &String| context.now() < settled && written.contains_key(path);
        let unsettled = |path: &String| plan.unsettled.iter().any(|change| change.path == *path);
        let kept: Vec<Change> = work
            .status
            .drift
            .iter()
            .filter(|entry| !listed.contains(&entry.path))
            .filter(|entry| unsettled(&entry.path) || recent(&entry.path))
            .map(|entry| Change {
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
            context.tally.drift(S::Resource::KIND, false);
        }
        report::write_drift(&mut work.status, &drift, context.clock.wall(), author);
        work.status.last_applied.clone_from(&plan.last_applied);
        let mut findings = self.row(plan, &contested);
        if !plan.report.is_empty() {
            findings = findings.with(ConditionType::Drifted, Reason::Drifted, self.differs(work, plan));
        }
        if !plan.unverified.is_empty() {
            let writes = self.0.may_write(work.object.as_ref());
            let unwritable = if writes { &plan.unwritable } else { &plan.unverified };
            let text = assumed(&plan.unverified, unwritable, self.0.noun());
            findings = findings.with(ConditionType::Unverified, Reason::AssumedAtAdoption, text);
        }
        let next = if waits { Next::At(settled) } else { Next::Rest };
        Verdict::new(findings, next)
    }

    /// The row of the health table.
    fn row(&self, plan: &Plan, contested: &BTreeSet<String>) -> Findings {
        let noun = self.0.noun();
        let fought = plan.report.iter().map(|change| &change.path).filter(|path| contested.contains(*path));
        let fought: Vec<String> = fought.map(|path| self.0.legible(path)).collect();
        if !plan.immutable.is_empty() {
            let instead = self.0.instead(&plan.immutable).map(|how| format!(" {how}")).unwrap_or_default();
            let text = format!(
                "{} can only be set when the {noun} is created, and {} not as declared; the rest is kept. Declare what it \
                 was created with.{instead} For another value, delete this object (with deletionPolicy: Delete, or the \
                 {noun} may stay and be taken over again) and create another one.",
                plan.immutable.join(", "),
                if plan.immutable.len() == 1 { "is" } else { "are" },
            );
            Findings::stalled(Reason::ImmutableField, text)
        } else if !fought.is_empty() {
            Findings::stalled(
                Reason::DriftContested,
                format!(
                    "{} {} put back three times within an hour, and changed again each time: another \
                     cluster or tool manages it too. Stop that one, then edit this object or set the \
                     annotation orgkeeper.dev/reconcile-requested-at.",
                    fought.join(", "),
                    if fought.len() == 1 { "was" } else { "were" },
                ),
            )
        } else if plan.report.is_empty() {
            let text = format!("The {noun} is as declared.");
            Findings::of(Health::Ready(Reason::InSync, text))
        } else {
            let text = format!(
                "The {noun} differs from what is declared, and is left as it is; the condition Drifted says where, and what \
                 can be done."
            );
            Findings::of(Health::Ready(Reason::Drifted, text))
        }
    }

    /// Where it differs, and what can be done.
    fn differs(&self, work: &Work<S::Resource>, plan: &Plan) -> String {
        let paths: Vec<String> = plan.report.iter().map(|change| self.0.legible(&change.path)).collect();
        let put_back = match work.object.common_spec().drift_policy {
            _ if !self.0.may_write(work.object.as_ref()) => {
                ", as nothing is written under managementPolicy: Observe or by an operator that only reads"
            }
            DriftPolicy::Report => ", or set driftPolicy: Correct, which puts back what updates can write",
            DriftPolicy::Correct if plan.held.len() == plan.report.len() => "",
            // It would be put back, but for what another condition says.
            DriftPolicy::Correct => ", and see the condition Stalled, which says why that is not put back",
        };
        format!(
            "Differs in {}; status.drift has the values. Take them over into the manifest, or change them back at the \
             vendor{put_back}.{}",
            paths.join(", "),
            held(&plan.held, plan.report.iter())
        )
    }
}
