//! A token that was lost before it was stored: the user is deleted and made again, once (rule 5).

use super::Children;
use super::guard::{Guarded, Rate};
use super::tokened::Tokened;
use super::verdict::Verdict;
use crate::api::managed::Managed;
use crate::api::policy::AdoptPolicy;
use crate::engine::crash::{self, Step};
use crate::engine::error::Failure;
use crate::engine::kind::Kind;
use crate::engine::objects::{Precondition, reference};
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::Findings;
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use crate::engine::world::Next;
use std::rc::Rc;

/// What became of a deletion at the vendor.
pub(super) enum Removed {
    /// It is gone.
    Yes,
    /// The vendor says that it has no such thing; lists have to agree.
    Unsure,
    /// Not now, and why.
    No(Verdict),
}

impl<K: Kind> Children<K> {
    /// Deletes the user whose token was lost before it was stored, so that it is created again.
    pub(super) async fn make_again(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: &K::Live,
        desired: &K::Desired,
    ) -> Result<Tokened, ClusterError> {
        if work.token.lost.as_deref() != Some(id) {
            let adopt = &work.object.common_spec().adopt.clone();
            let creates = adopt.policy != AdoptPolicy::Required && adopt.id.is_none();
            let complete = K::waits(desired).is_empty()
                && K::missing_for_create(&organization.session, desired).is_none()
                && !self.world.namespace(&reference(work.object.as_ref()).namespace).terminating;
            if !creates || !complete {
                let target = work.object.token_target().cloned();
                return Ok(target.map_or(Tokened::FINE, |target| self.wrong(&target, Reason::TokenLost, "")));
            }
            work.token.lost = Some(id.to_owned());
            work.token.made_again_for = Some(work.generation());
            self.store(work, Precondition::Unchanged).await?;
            crash::reached(Step::LossRecorded);
        }
        match self.remove(work, organization, id, Some(row), (Rate::Free, Step::LostDeleted)).await? {
            Removed::Yes => {
                self.forget_lost(work, organization).await?;
                Ok(Tokened::Stop(self.soon()))
            }
            Removed::Unsure => {
                let settle = self.world.settings.settle;
                let text = format!(
                    "The {} {id} is deleted, as its token is lost; lists have to confirm that.",
                    K::NOUN
                );
                let findings = Findings::waiting(Reason::ConfirmingAbsence, text);
                Ok(Tokened::Stop(Verdict::new(findings, Next::At(self.world.now() + settle))))
            }
            Removed::No(verdict) => Ok(Tokened::Wrong(verdict)),
        }
    }

    /// Takes in that the user whose token was lost is gone: another one is created.
    pub(super) async fn forget_lost(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> Result<(), ClusterError> {
        let id = work.status.id.take().unwrap_or_default();
        self.inventory(organization, work.object.as_ref()).inventory.deleted(&id);
        work.status.origin = None;
        work.status.last_applied.clear();
        work.status.drift.clear();
        self.store(work, Precondition::Unchanged).await?;
        let note = format!(
            "The token of the {noun} {id} was lost before it was stored. The {noun} was deleted, and is made again.",
            noun = K::NOUN
        );
        self.world.tell(work.object.as_ref(), true, Reason::MadeAgain, "Create", note).await;
        Ok(())
    }

    /// Deletes a user of the object's at the vendor, guarded as any deletion.
    pub(super) async fn remove(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: Option<&K::Live>,
        (rate, step): (Rate, Step),
    ) -> Result<Removed, ClusterError> {
        if self.judge(organization).is_some() {
            let text = "The organization's inventory shrank beyond belief; nothing is deleted until it is back or a \
                        person confirms it on the organization.";
            let findings = Findings::waiting(Reason::InventoryShrank, text);
            return Ok(Removed::No(Verdict::new(findings, self.world.slowly())));
        }
        let pass = match self.guard_deletion(work, organization, id, row, rate).await? {
            Guarded::Pass(pass) => pass,
            Guarded::Stop(verdict) => return Ok(Removed::No(verdict)),
        };
        let container = self.container_id(work.object.as_ref());
        let outcome = self.kind.delete(&organization.session, &container, id).await;
        pass.answered(outcome.as_ref());
        organization.audit.borrow_mut().wrote(id, self.world.clock.wall());
        crash::reached(step);
        Ok(match outcome {
            Ok(()) => {
                self.inventory(organization, work.object.as_ref()).inventory.deleted(id);
                Removed::Yes
            }
            Err(error) if error.failure == Failure::NotFound => Removed::Unsure,
            Err(error) => {
                let mut verdict = self.failed_write(work, organization, &error);
                if verdict.next == Next::Rest {
                    verdict.next = Next::Retry;
                }
                Removed::No(verdict)
            }
        })
    }
}
