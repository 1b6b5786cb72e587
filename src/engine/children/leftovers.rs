//! What creates of unknown outcome may have left at the vendor: one question about all of it, and the answer (rule 4).
//!
//! It may be another cluster's, or a person's. So nothing of it is touched before somebody says what becomes of it.

use super::Children;
use super::guard::Rate;
use super::remove::Removed;
use super::verdict::Verdict;
use crate::api::annotation;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::checks::holds;
use crate::engine::crash::Step;
use crate::engine::fingerprint::digest;
use crate::engine::inventory::Snapshot;
use crate::engine::kind::Kind;
use crate::engine::objects::{Precondition, reference};
use crate::engine::organization::{Organization, Standing};
use crate::engine::question;
use crate::engine::reason::Reason;
use crate::engine::seams::{ClusterError, ObjectRef};
use crate::engine::work::{Work, annotated};
use crate::engine::world::Next;
use std::rc::Rc;

/// What a question about an object's leftovers is about.
fn plan<R: Managed>(work: &Work<R>) -> String {
    let uid = work.object.meta().uid.clone().unwrap_or_default();
    let ids = work.status.leftovers.iter().map(String::as_str);
    digest(["leftovers", &*uid].into_iter().chain(ids))
}

/// The leftovers of the objects of a kind.
pub(super) struct Leftovers<'a, K: Kind>(pub &'a Children<K>);

impl<K: Kind> Leftovers<'_, K> {
    /// Goes on asking, whatever else this look comes to: an answer must stay good while a person writes it.
    pub(super) fn keep_asking(&self, work: &mut Work<K::Resource>) {
        if !work.status.leftovers.is_empty() {
            work.ask(&plan(work), self.0.world.clock.wall());
        }
    }

    /// Asks a person what becomes of the leftovers. No reason not to be Ready.
    pub(super) fn ask(&self, work: &mut Work<K::Resource>, verdict: &mut Verdict) {
        let extra = &verdict.findings.extra;
        let suspended = extra.iter().any(|(kind, ..)| *kind == ConditionType::Suspended);
        if work.status.leftovers.is_empty() || suspended {
            return;
        }
        let answer = work.ask(&plan(work), self.0.world.clock.wall());
        let text = format!(
            "Creates whose outcome nobody heard may have left these {noun}s: {ids}. Another cluster with the same token, \
             or a person, may have made and may use them, so they are left as they are. To have them deleted, set the \
             annotation orgkeeper.dev/confirm: {answer}. To leave them there and hear no more of it, set \
             orgkeeper.dev/keep: {answer}.",
            noun = K::NOUN,
            ids = work.status.leftovers.join(", "),
        );
        let question = (ConditionType::ConfirmationRequired, Reason::Leftovers, text);
        verdict.findings.extra.push(question);
        let root = self.0.claim_of(work.object.as_ref()).map(|claim| claim.root);
        if let Some(Standing::Ready(organization)) =
            root.and_then(|root| self.0.organizations.standing(&root))
        {
            let inventory = &self.0.inventory(&organization, work.object.as_ref()).inventory;
            if work.status.leftovers.iter().any(|id| inventory.missing_since(id).is_some()) {
                // A later list has to show that it is gone.
                verdict.next =
                    verdict.next.sooner(Next::At(self.0.world.now() + self.0.world.settings.settle));
            }
        }
    }

    /// Names what stays at the vendor, and of which nobody knows whose it is.
    pub(super) async fn tell(&self, work: &Work<K::Resource>, left: &str) {
        let note = format!(
            "The {} {left}, which a create of unknown outcome may have left, stays at the vendor.",
            K::NOUN
        );
        self.0.world.tell(work.object.as_ref(), true, Reason::Leftovers, "Delete", note).await;
    }

    /// Whether another object stands for it.
    fn is_taken(&self, me: &ObjectRef, organization: &Organization<K::Vendor>, id: &str) -> bool {
        let index = self.0.index.borrow();
        let mut claims = index.claimants(&organization.root, id).into_iter();
        claims.any(|claim| claim.object != *me && claim.held.as_deref() == Some(id))
    }

    /// Does what a person said of the leftovers; forgets those that are gone, and those that another object took over.
    pub(super) async fn settle(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Live>,
        shrunk: bool,
    ) -> Result<(), ClusterError> {
        if work.status.leftovers.is_empty() {
            return Ok(());
        }
        let (before, plan) = (work.status.leftovers.clone(), plan(work));
        // What another object stands for by now is that one's, whatever was asked before.
        let me = reference(work.object.as_ref());
        work.status.leftovers.retain(|id| !self.is_taken(&me, organization, id));
        let left = work.status.leftovers.clone();
        let keep = annotated(work.object.as_ref(), annotation::KEEP);
        if holds!(LeftoversAreAsked, work.confirmed(&plan)) {
            for id in left.iter().filter(|_| !shrunk) {
                let row = snapshot.items.get(id);
                let how = (Rate::Counted, Step::RotationLostDeleted);
                if let Removed::Yes = self.0.remove(work, organization, id, row, how).await? {
                    // A person is asked about the rest anew.
                    work.status.leftovers.retain(|left| left != id);
                }
            }
            if work.status.leftovers.is_empty() {
                work.answered(&plan);
            }
        } else if question::confirmed(&work.status.asked, &plan, keep) {
            work.answered(&plan);
            work.status.leftovers.clear();
        }
        let inventory = &self.0.inventory(organization, work.object.as_ref()).inventory;
        let settle = self.0.world.settings.settle;
        work.status.leftovers.retain(|id| {
            let gone = inventory.missing_since(id).is_some_and(|since| snapshot.begun >= since + settle);
            shrunk || !gone
        });
        if work.status.leftovers != before {
            self.0.store(work, Precondition::Unchanged).await?;
        }
        Ok(())
    }
}
