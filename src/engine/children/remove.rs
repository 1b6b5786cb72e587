//! Deleting something of an object's at the vendor besides what it stands for, guarded as any deletion.

use super::Children;
use super::guard::{Guarded, Rate};
use super::verdict::Verdict;
use crate::engine::crash::{self, Step};
use crate::engine::error::Failure;
use crate::engine::kind::Kind;
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
    /// Deletes it at the vendor, guarded as any deletion.
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
