//! Step four for what is below an organization: what takes something away is judged (rule 12).

use crate::api::managed::Managed;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::Change;
use crate::engine::organization::blast_radius::Planned;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::{Asked, Pass, Rate, Refusal, Weigh, ends};
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::lock_out::Written;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::differences::all_legible;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Judges what takes something away.
pub struct WriteGuard<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> WriteGuard<'_, K> {
    /// Judges an update.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn guard_update(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
        changes: &[Change],
    ) -> Result<Pass, Stop> {
        // The newest row, whose details are read for this question.
        let latest = Lists(self.0).cache(organization, work.object.as_ref()).inventory.latest();
        let row = latest.and_then(|list| list.items.get(id).cloned()).unwrap_or_else(|| live.clone());
        let desired = Some(&desired.state);
        let written = Written { reconciler: self.0, organization, id, live: row, desired, changes };
        if !self.0.kind.takes_away(changes) && written.cuts_off().is_none() {
            return Ok(Pass::HARMLESS);
        }
        let rate = if work.created { Rate::Free } else { Rate::Counted };
        self.weigh(work, written, rate).await.map_err(|refusal| match refusal {
            Refusal::Full(text, next) => {
                let mut verdict = Verdict::new(Findings::waiting(Reason::TooDestructive, text), next);
                verdict.waits_for_person = true;
                verdict.into()
            }
            Refusal::LockOut(text) => self.0.slow(Findings::stalled(Reason::WouldLockOut, text)).into(),
            Refusal::Failed(error) => Outcomes(self.0).failed_write(work, organization, &error).into(),
            Refusal::Unstored(error) => error.into(),
        })
    }

    /// Judges a deletion; `row` is what the list shows.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn guard_deletion(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: Option<&K::Observed>,
        rate: Rate,
    ) -> Result<Pass, Stop> {
        if !K::FACTS.deletion_takes_away {
            return Ok(Pass::HARMLESS);
        }
        let live = match row {
            Some(row) => row.clone(),
            None => match Absence(self.0).get(organization, work.object.as_ref(), id).await {
                Some(Ok(live)) => live,
                // Lists lack it, and the vendor says that it is not there: nothing is taken away.
                Some(Err(error)) if error.failure == Failure::NotFound => return Ok(Pass::HARMLESS),
                Some(Err(error)) => return Err(self.deletion_failed(work, organization, &error).into()),
                None => {
                    let cache = Lists(self.0).cache(organization, work.object.as_ref());
                    let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
                    let due = cache.inventory.unsure_until(id, now, settle).unwrap_or(now);
                    let text = format!(
                        "A list lacks the {}; a later one has to show whether it is gone, and it goes on by itself then.",
                        K::FACTS.noun
                    );
                    let by = Health::Waiting(Reason::ConfirmingAbsence, text);
                    return Err(blocked(work, by, Next::At(due)).into());
                }
            },
        };
        let written = Written { reconciler: self.0, organization, id, live, desired: None, changes: &[] };
        self.weigh(work, written, rate).await.or_else(|refusal| match refusal {
            Refusal::Full(text, next) => {
                let mut verdict = blocked(work, Health::Waiting(Reason::TooDestructive, text), next);
                verdict.waits_for_person = true;
                Err(verdict.into())
            }
            Refusal::LockOut(text) => {
                let by = Health::Stalled(Reason::WouldLockOut, text);
                let mut findings = Findings::of(by.clone());
                if ends(work) {
                    findings = findings.held_up(&by);
                }
                Err(self.0.slow(findings).into())
            }
            // The details of what the list shows are gone: nothing is left to take away.
            Refusal::Failed(error) if error.failure == Failure::NotFound => Ok(Pass::HARMLESS),
            Refusal::Failed(error) => Err(self.deletion_failed(work, organization, &error).into()),
            Refusal::Unstored(error) => Err(error.into()),
        })
    }

    /// Judges a write that takes something away, and counts it before it is made.
    async fn weigh(
        &self,
        work: &mut Work<K::Resource>,
        written: Written<'_, K>,
        rate: Rate,
    ) -> Result<Pass, Refusal> {
        let Written { organization, id, changes, .. } = written;
        let object = reference(work.object.as_ref());
        let (plan, text) = if written.desired.is_some() {
            let due = changes.iter().filter(|change| !change.repeated);
            let paths = all_legible(&self.0.kind, organization, due.map(|change| &*change.path));
            (Planned::Update(changes), format!("change {} of {object} ({id})", paths.join(", ")))
        } else {
            let what = if work.status.leftovers.iter().any(|left| left == id) {
                format!("the leftover {id} of {object}")
            } else if work.status.id.as_deref().is_some_and(|own| own != id) {
                format!("the former {} {id} of {object}", K::FACTS.noun)
            } else {
                format!("{object} ({id})")
            };
            (Planned::Deletion, format!("delete {what}"))
        };
        let asked = Asked { id, plan, text, rate };
        let (context, organizations) = (&self.0.context, &self.0.organizations);
        Weigh { context, organizations, organization }.weigh(&written, work, asked).await
    }

    /// Nothing of the object waits for a person any more.
    pub fn leave_guard(&self, object: &K::Resource) {
        let Some(claim) = self.0.claim_of(object) else { return };
        let root = self.0.organizations.objects.get(&claim.root);
        let Some(guard) = root.and_then(|root| self.0.organizations.guard(root.as_ref())) else { return };
        if guard.leave(&claim.object) {
            self.0.context.wake_root(&claim.root, Priority::Drift);
        }
    }

    /// A failed read before a deletion.
    fn deletion_failed(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let verdict = Outcomes(self.0).failed(work, organization, error);
        blocked(work, error.waits(), verdict.next.or_retry())
    }
}

/// What a deletion at the vendor waits for: that of the whole object, or of one that another takes the
/// place of.
fn blocked<R: Managed>(work: &Work<R>, by: Health, next: Next) -> Verdict {
    if ends(work) { Verdict::held_up(&by, next) } else { Verdict::new(Findings::of(by), next) }
}
