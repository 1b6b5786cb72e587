//! The end of a rotation: one of its two users goes, the old one or, where it came to nothing, the new.

use super::Children;
use super::guard::Rate;
use super::lost::Removed;
use super::memory::Made;
use super::rotate::{rotating, said};
use super::tokened::{Case, Rotated};
use super::verdict::Verdict;
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::crash::{self, Step};
use crate::engine::identity::Decision;
use crate::engine::kind::Kind;
use crate::engine::objects::Precondition;
use crate::engine::organization::{Organization, Standing};
use crate::engine::reason::Reason;
use crate::engine::report::{Findings, Health};
use crate::engine::rotation::{self, Old};
use crate::engine::seams::{ClusterError, Tick};
use crate::engine::work::Work;
use crate::engine::world::Next;
use std::rc::Rc;

/// The most bytes of why a rotation failed.
const MAX_FAILURE: usize = 1024;

impl<K: Kind> Children<K> {
    /// Deletes the old user: the rotation has ended.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn retire(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        old: &str,
    ) -> Result<Rotated, ClusterError> {
        let snapshot = match self.read_for(organization, work.object.as_ref(), self.world.now()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.put_off(work, organization, &error)),
        };
        if let Some(row) = snapshot.items.get(old) {
            let why = (Rate::Counted, Step::RotationOldDeleted);
            match self.remove(work, organization, old, Some(row), why).await? {
                Removed::Yes => {}
                Removed::Unsure => return Ok(Rotated::Beside(rotating(""), self.settled_at())),
                Removed::No(verdict) => return Ok(said(verdict)),
            }
        } else if let Some(until) = self.unsure_until(organization, work.object.as_ref(), old) {
            return Ok(Rotated::Beside(rotating(""), Next::At(until)));
        }
        let requested = work.token.rotation.take().map(|rotation| rotation.requested);
        work.token.last_handled_rotate_at = requested;
        self.store(work, Precondition::Unchanged).await?;
        crash::reached(Step::RotationEnded);
        let note = format!("The {} {old}, whose token was replaced, is deleted.", K::NOUN);
        self.world.tell(work.object.as_ref(), false, Reason::Rotated, "Rotate", note).await;
        Ok(Rotated::Rest)
    }

    /// Deletes a new user that cannot take over.
    pub(super) async fn give_up(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        made: &Made,
        why: &str,
    ) -> Result<Rotated, ClusterError> {
        let organization = case.organization;
        let Some(requested) = work.token.rotation.as_ref().map(|rotation| rotation.requested.clone()) else {
            return Ok(Rotated::Rest);
        };
        let live = self.kind.created(case.desired, &made.id);
        let how = (Rate::Free, Step::RotationLostDeleted);
        match self.remove(work, organization, &made.id, Some(&live), how).await? {
            Removed::Yes => self.fail(work, &requested, why).await,
            Removed::No(verdict) => Ok(said(verdict)),
            Removed::Unsure => {
                if let Err(error) = self.read_for(organization, work.object.as_ref(), self.world.now()).await
                {
                    return Ok(self.put_off(work, organization, &error));
                }
                match self.unsure_until(organization, work.object.as_ref(), &made.id) {
                    Some(until) => Ok(Self::under_way(work, Next::At(until))),
                    None => self.fail(work, &requested, why).await,
                }
            }
        }
    }

    /// The rotation came to nothing: the former token stays, until a person asks anew.
    pub(super) async fn fail(
        &self,
        work: &mut Work<K::Resource>,
        requested: &str,
        why: &str,
    ) -> Result<Rotated, ClusterError> {
        work.token.rotation = None;
        work.token.last_handled_rotate_at = Some(requested.to_owned());
        work.token.rotation_failure = Some(why[..why.floor_char_boundary(MAX_FAILURE)].to_owned());
        self.memory(work.object.as_ref(), |memory| memory.made = None);
        self.store(work, Precondition::Unchanged).await?;
        Ok(self.not_rotating(work, Some(requested)))
    }

    /// Ends a rotation before its time, so that one user is left, or with `Old::Stays` none that nobody can use;
    /// `Some` while it cannot.
    pub(super) async fn end_rotation(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        former: Old,
    ) -> Result<Option<Verdict>, ClusterError> {
        let target = work.object.token_target().cloned();
        let (Some(target), Some(rotation)) = (target, work.token.rotation.clone()) else { return Ok(None) };
        let held = work.status.id.clone().unwrap_or_default();
        let owner = Self::owner(work.object.as_ref(), organization);
        let (custody, _) = self.custody(&owner, &target).await?;
        if let Some((new, _)) = rotation::switched(&rotation, &custody, &held) {
            self.take_over(work, new);
            self.store(work, Precondition::Unchanged).await?;
        }
        let took_over = work.token.rotation.as_ref().is_some_and(|rotation| rotation.old_id.is_some());
        if took_over && former == Old::Stays {
            return Ok(None);
        }
        let snapshot = match self.read_for(organization, work.object.as_ref(), self.world.now()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Some(self.failed_write(work, organization, &error))),
        };
        let old = work.token.rotation.as_ref().and_then(|rotation| rotation.old_id.clone());
        let (other, step) = match old {
            Some(old) => (old, Step::RotationOldDeleted),
            None => match self.outcome(work, organization, &rotation, &snapshot) {
                Decision::Is(new, _) => (new, Step::RotationLostDeleted),
                Decision::Ambiguous(ids) => {
                    let text = format!(
                        "A new {noun} was created for another token, and several could be it: {}. Delete the \
                         right one at the vendor, then set the annotation orgkeeper.dev/abandon.",
                        ids.join(", "),
                        noun = K::NOUN
                    );
                    return Ok(Some(held_up(Reason::Ambiguous, text, self.world.slowly())));
                }
                Decision::NotCarriedOut => {
                    work.token.rotation = None;
                    self.store(work, Precondition::Unchanged).await?;
                    return Ok(None);
                }
                Decision::OutcomeUnknown(until) => {
                    let text = format!(
                        "A new {} may have been created for another token; it is deleted once lists have shown it.",
                        K::NOUN
                    );
                    return Ok(Some(held_up(Reason::OutcomeUnknown, text, self.world.later(until))));
                }
                _ => return Ok(Some(self.soon())),
            },
        };
        let confirming = |next| {
            let text = format!("The vendor has no {} {other}; two lists have to confirm that.", K::NOUN);
            Ok(Some(held_up(Reason::ConfirmingAbsence, text, next)))
        };
        if let Some(row) = snapshot.items.get(&other) {
            match self.remove(work, organization, &other, Some(row), (Rate::Counted, step)).await? {
                Removed::Yes => {}
                Removed::Unsure => return confirming(self.settled_at()),
                Removed::No(verdict) => return Ok(Some(verdict)),
            }
        } else if let Some(until) = self.unsure_until(organization, work.object.as_ref(), &other) {
            return confirming(Next::At(until));
        }
        work.token.rotation = None;
        self.store(work, Precondition::Unchanged).await?;
        Ok(None)
    }

    /// Until when lists have to lack the id before it is gone for sure.
    fn unsure_until(
        &self,
        organization: &Organization<K::Vendor>,
        object: &K::Resource,
        id: &str,
    ) -> Option<Tick> {
        let inventory = &self.inventory(organization, object).inventory;
        let now = self.world.now();
        let due = inventory.missing_since(id).unwrap_or(now) + self.world.settings.settle;
        if due > now && !inventory.was_deleted(id) {
            return Some(due);
        }
        inventory.deleted(id);
        None
    }

    /// The users of a rotation besides the one in status, as far as is known without asking anybody.
    pub(super) fn others(&self, work: &Work<K::Resource>) -> Option<String> {
        if let Some(old) = &work.status.superseded {
            return Some(format!("the old {old}"));
        }
        let rotation = work.token.rotation.as_ref()?;
        if let Some(old) = &rotation.old_id {
            return Some(format!("the old {old}"));
        }
        if let Some(made) = self.memory(work.object.as_ref(), |memory| memory.made.clone()) {
            return Some(format!("the new {}", made.id));
        }
        let root = self.claim_of(work.object.as_ref())?.root;
        let listed = match self.organizations.standing(&root) {
            Some(Standing::Ready(organization)) => {
                let latest = self.inventory(&organization, work.object.as_ref()).inventory.latest();
                latest.map(|list| self.outcome(work, &organization, rotation, &list))
            }
            _ => None,
        };
        Some(match listed {
            Some(Decision::Is(new, _)) => format!("the new {new}"),
            Some(Decision::Ambiguous(ids)) => format!("one of the new {}", ids.join(", ")),
            Some(Decision::NotCarriedOut) => return None,
            _ => format!("perhaps a new one of the name {:?}", K::title(work.object.as_ref())),
        })
    }
}

fn held_up(reason: Reason, text: String, next: Next) -> Verdict {
    Verdict::new(Findings::of(Health::Kept).with(ConditionType::DeletionBlocked, reason, text), next)
}
