//! A new object in place of one that cannot be changed: the new one first, then the old one goes.
//!
//! While the new one is made, `superseded` holds the old one's id beside the pending create; from its id on,
//! beside that, until the old one is gone.

use super::Children;
use super::verdict::Verdict;
use crate::engine::crash::{self, Step};
use crate::engine::error::Failure;
use crate::engine::kind::Kind;
use crate::engine::objects::Precondition;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::Findings;
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use crate::engine::world::Next;
use std::rc::Rc;

impl<K: Kind> Children<K> {
    /// Makes a new object in place of `id`.
    pub(super) async fn replace(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &K::Desired,
    ) -> Result<Verdict, ClusterError> {
        let snapshot = match self.read_for(organization, work.object.as_ref(), self.world.now()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.failed_write(work, organization, &error)),
        };
        if self.judge_for(organization, work.object.as_ref()).is_some() {
            let text = "The organization's inventory shrank beyond belief; nothing is created or deleted until it is \
                        back or a person confirms it on the organization.";
            return Ok(Verdict::new(Findings::waiting(Reason::InventoryShrank, text), self.world.slowly()));
        }
        work.status.superseded = Some(id.to_owned());
        work.status.id = None;
        let mut verdict = self.create(work, organization, &snapshot, desired).await?;
        if work.status.id.is_none() {
            Self::restore(work);
            return Ok(verdict);
        }
        if let Some(held_up) = self.drop_superseded(work, organization).await? {
            verdict = held_up;
        }
        verdict.precondition = Precondition::SameObject;
        Ok(verdict)
    }

    /// Nothing was created: the object stands for the old one as before.
    pub(super) fn restore(work: &mut Work<K::Resource>) {
        if work.status.pending_create.is_none() && work.status.id.is_none() {
            work.status.id = work.status.superseded.take();
        }
    }

    /// Deletes what the object stood for before; the verdict, if that does not work yet.
    pub(super) async fn drop_superseded(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<Option<Verdict>, ClusterError> {
        let Some(old) = work.status.superseded.clone() else { return Ok(None) };
        let container = self.container_id(work.object.as_ref());
        let outcome = self.kind.delete(&organization.session, &container, &old).await;
        organization.audit.borrow_mut().wrote(&old, self.world.clock.wall());
        crash::reached(Step::SupersededDeleted);
        match outcome {
            Ok(()) => {}
            Err(error) if error.failure == Failure::NotFound => {}
            Err(error) => {
                let mut verdict = self.failed_write(work, organization, &error);
                if verdict.next == Next::Rest {
                    verdict.next = Next::Retry;
                }
                return Ok(Some(verdict));
            }
        }
        self.inventory(organization, work.object.as_ref()).inventory.deleted(&old);
        work.status.superseded = None;
        self.store(work, Precondition::SameObject).await?;
        let new = work.status.id.clone().unwrap_or_default();
        let note = format!("The {} {new} took the place of {old}, which could not be changed.", K::NOUN);
        self.world.tell(work.object.as_ref(), false, Reason::Replaced, "Replace", note).await;
        Ok(None)
    }
}
