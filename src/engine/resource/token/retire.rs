//! The end of a rotation: one of its two users goes, the old one or, where it came to nothing, the new.

use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::text::cut;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::custody::{self, Custody};
use crate::engine::decide::ledger::{self, Outcome, Provenance, Purpose};
use crate::engine::decide::rotation::{self, Old};
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Rate;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::leftovers::Leftovers;
use crate::engine::resource::delete::remove::{Ended, Removal};
use crate::engine::resource::memory::Made;
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::organization::Resolution;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::standing::{Attempt, Case, Rotated, Tokened, rotating, said};
use crate::engine::resource::token::switch::Switch;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// The most bytes of why a rotation failed.
const MAX_FAILURE: usize = 1024;

/// Ends a rotation.
pub struct Retirement<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Retirement<'_, K> {
    /// Deletes the old user: the rotation has ended.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn retire(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        old: &str,
    ) -> Result<Rotated, ClusterError> {
        let ended = Removal(self.0)
            .remove_surely(work, organization, old, None, (Rate::Counted, Step::RotationOldDeleted))
            .await;
        work.rests_on = None;
        match ended? {
            Ended::Gone => {}
            Ended::Unsure(until) => return Ok(Rotated::Beside(rotating(""), Next::At(until))),
            Ended::No(verdict) => return Ok(said(verdict)),
            Ended::Unread(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
        }
        let requested = work.token.rotation.take().map(|rotation| rotation.requested);
        work.token.last_handled_rotate_at = requested;
        let note = format!("The {} {old}, whose token was replaced, is deleted.", K::FACTS.noun);
        self.0.notes().note(work.object.as_ref(), &Fact::new(Reason::Rotated, note.clone()));
        Store(self.0).store(work, Precondition::Unchanged).await?;
        checkpoint::reached(Step::RotationEnded);
        self.0.context.tell(work.object.as_ref(), false, Reason::Rotated, "Rotate", note).await;
        Ok(Rotated::Rest)
    }

    /// Why the old user stays although its time is over: somebody put its token back, and so uses it, or may have.
    pub async fn in_use(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        old: &str,
        asked: Option<&str>,
    ) -> Result<Option<Findings>, ClusterError> {
        if rotation::asks_for_another(&work.token, asked) {
            return Ok(None);
        }
        let owner = Custodian::<K>::owner(work.object.as_ref(), case.organization);
        let (custody, secret) = Custodian(self.0).custody(&owner, case.target).await?;
        Ok(match custody {
            Custody::Ours { token: None, .. } | Custody::Missing | Custody::Going | Custody::Foreign(_) => {
                let text = format!(
                    "Secret {} does not hold the token of the {noun} {} any more, so the former {noun} {old}, whose token \
                     may be in use still, is not deleted. Put that token back, or give the annotation \
                     orgkeeper.dev/rotate-requested-at another value to have another token made (the former one ends \
                     at once).",
                    case.target.name,
                    case.id,
                    noun = K::FACTS.noun
                );
                Some(Findings::stalled(Reason::TokenSecretMissing, text))
            }
            Custody::Ours { id, token: Some(token) }
                if forbids!(
                    OldUserInUse,
                    id.as_deref() == Some(old) || !Custodian(self.0).is_recorded(work, &token)
                ) =>
            {
                Some(Custodian(self.0).anybodys(
                    work,
                    case.target,
                    Some(&token).filter(|_| id.as_deref() != Some(old)),
                ))
            }
            Custody::Ours { .. } => {
                work.rests_on = secret.map(|secret| {
                    (owner.object.namespace, case.target.name.clone(), secret.resource_version)
                });
                None
            }
        })
    }

    /// Says what became of the last rotation, for as long as the annotation asks for it.
    pub fn not_rotating(&self, work: &mut Work<K::Resource>, asked: Option<&str>) -> Rotated {
        match &work.token.rotation_failure {
            Some(why) if asked.is_some() => {
                let text = format!(
                    "No new token could be had, and the former one stays: {} To try again, give the \
                     annotation orgkeeper.dev/rotate-requested-at another value; to leave it so, remove the annotation.",
                    sentence(why)
                );
                Rotated::Beside(Findings::stalled(Reason::RotationFailed, text), self.0.context.slowly())
            }
            _ => {
                work.token.rotation_failure = None;
                Rotated::Rest
            }
        }
    }

    /// Deletes a new user that cannot take over. `None` once it is gone.
    pub async fn undo(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        new: &str,
    ) -> Result<Option<Rotated>, ClusterError> {
        let live = self.0.kind.core.created(&case.desired.state, new);
        let how = (Rate::Free, Step::RotationLostDeleted);
        Ok(match Removal(self.0).remove_surely(work, case.organization, new, Some(&live), how).await? {
            Ended::Gone => {
                self.note_deleted(work, new);
                None
            }
            Ended::Unsure(until) => Some(Switch::<K>::under_way(work, Next::At(until))),
            Ended::No(verdict) => Some(said(verdict)),
            Ended::Unread(error) => Some(Switch(self.0).put_off(work, case.organization, &error)),
        })
    }

    /// Notes that one of a rotation's users is gone, of which no event tells.
    fn note_deleted(&self, work: &Work<K::Resource>, id: &str) {
        let note = format!(
            "Deleted the {} {id} at the vendor, as the change of its token ended before its time.",
            K::FACTS.noun
        );
        self.0.notes().note_and_log(work.object.as_ref(), &Fact::new(Reason::Deleted, note));
    }

    /// The new user cannot take over, and goes.
    pub async fn give_up(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
        made: &Made,
        why: &str,
    ) -> Result<Rotated, ClusterError> {
        match self.undo(work, case, &made.id).await? {
            Some(rotated) => Ok(rotated),
            None => self.fail(work, case, attempt, why).await,
        }
    }

    /// It came to nothing: what was there stays, until a person asks anew.
    pub async fn fail(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
        why: &str,
    ) -> Result<Rotated, ClusterError> {
        *attempt.purpose.slot(&mut work.token) = None;
        self.0.memory(work.object.as_ref(), |memory| memory.made = None);
        match attempt.purpose {
            Purpose::Rotation => {
                work.token.last_handled_rotate_at = Some(attempt.requested.to_owned());
                work.token.rotation_failure = Some(cut(why, MAX_FAILURE).to_owned());
                Store(self.0).store(work, Precondition::Unchanged).await?;
                Ok(self.not_rotating(work, Some(attempt.requested)))
            }
            Purpose::Again => {
                work.token.made_again_for = Some(work.generation());
                Store(self.0).store(work, Precondition::Unchanged).await?;
                let mut lost = Custodian(self.0).wrong(work, case.target, Reason::TokenLost, "");
                if let Tokened::Wrong(Verdict {
                    findings: Findings { health: Health::Stalled(_, text), .. },
                    ..
                }) = &mut lost
                {
                    *text = format!("{text} {}", sentence(why));
                }
                Ok(Rotated::Alone(lost))
            }
        }
    }

    /// Ends a rotation before its time, so that one user is left, or with `Old::Stays` none that nobody can use; it
    /// stops while that cannot be.
    pub async fn end_rotation(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        former: Old,
    ) -> Result<(), Stop> {
        let target = work.object.token_target().cloned();
        let under_way = Purpose::under_way(&work.token).map(|(purpose, intent)| (purpose, intent.clone()));
        let (Some(target), Some((purpose, intent))) = (target, under_way) else { return Ok(()) };
        let held = work.status.id.clone().unwrap_or_default();
        let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
        let (custody, secret) = Custodian(self.0).custody(&owner, &target).await?;
        if let Some((new, token)) = rotation::switched(&intent, &custody, &held) {
            let by = custody::provenance(&intent, self.0.context.prints.get(), secret.as_ref(), new, token);
            // Whom the Secret alone names is found at most, once lists tell: whoever may write it can name anybody.
            if by == Provenance::Answered {
                Switch(self.0).take_over(work, purpose, new, by);
                Store(self.0).store(work, Precondition::Unchanged).await?;
            }
        }
        let Some((purpose, _)) = Purpose::under_way(&work.token) else { return Ok(()) };
        let old = purpose.of(&work.token).and_then(|intent| intent.old_id.clone());
        if old.is_some() && former == Old::Stays {
            return Ok(());
        }
        let unread = |work: &_, error: &_| Outcomes(self.0).failed_write(work, organization, error);
        let snapshot = Reads(self.0).read_recent(organization, work.object.as_ref()).await;
        let snapshot = snapshot.map_err(|error| unread(work, &error))?;
        let (other, step) = match old {
            Some(old) => (old, Step::RotationOldDeleted),
            None => match Identification(self.0).outcome(work, organization, &intent, &snapshot) {
                Outcome::Answered(new) => (new, Step::RotationLostDeleted),
                // The manifest says what becomes of whatever was made for it; but what is left of several is what a person
                // left.
                Outcome::Found(new)
                    if says_delete(work.object.as_ref())
                        && !forbids!(ToldIsFound, intent.answer.undecided) =>
                {
                    (new, Step::RotationLostDeleted)
                }
                Outcome::Unknown(until) => {
                    let text = format!(
                        "A new {} may have been created for another token; lists will show it, and it goes on by itself \
                         then.",
                        K::FACTS.noun
                    );
                    return Err(held_up(Reason::OutcomeUnknown, text, Next::At(until)).into());
                }
                // What is there may be anybody's: it is named, and left.
                left => {
                    for id in left.ids() {
                        if !ledger::leave(&mut work.status, id) {
                            // There is no room for it in status.
                            Leftovers(self.0).tell(work, id).await;
                        }
                    }
                    *purpose.slot(&mut work.token) = None;
                    Store(self.0).store(work, Precondition::Unchanged).await?;
                    return Ok(());
                }
            },
        };
        let row = snapshot.items.get(&other);
        match Removal(self.0).remove_surely(work, organization, &other, row, (Rate::Counted, step)).await? {
            Ended::Gone => self.note_deleted(work, &other),
            Ended::Unsure(until) => {
                let text = Outcomes::<K>::confirming(&other);
                return Err(held_up(Reason::ConfirmingAbsence, text, Next::At(until)).into());
            }
            Ended::No(verdict) => return Err(verdict.into()),
            Ended::Unread(error) => return Err(unread(work, &error).into()),
        }
        *purpose.slot(&mut work.token) = None;
        Store(self.0).store(work, Precondition::Unchanged).await?;
        Ok(())
    }

    /// The users of a rotation besides the one in status, as far as is known without asking anybody.
    pub fn others(&self, work: &Work<K::Resource>) -> Option<String> {
        if let Some(old) = &work.status.superseded {
            return Some(format!("the old {old}"));
        }
        let (_, rotation) = Purpose::under_way(&work.token)?;
        if let Some(old) = &rotation.old_id {
            return Some(format!("the old {old}"));
        }
        if let Some(made) = self.0.memory(work.object.as_ref(), |memory| memory.made.clone()) {
            return Some(format!("the new {}", made.id));
        }
        if let Some(new) = &rotation.new_id {
            return Some(format!("the new {new}"));
        }
        let object = work.object.as_ref();
        let listed = self.0.ready_of(object).and_then(|organization| {
            let list = Lists(self.0).cache(&organization, object).inventory.latest()?;
            Some(Identification(self.0).outcome(work, &organization, rotation, &list))
        });
        let root = self.0.claim_of(object).map(|claim| claim.root);
        let at_home = root.is_some_and(|root| Resolution::<K>::at_home(object, &root));
        Some(match listed {
            Some(Outcome::Answered(new) | Outcome::Found(new)) => format!("the new {new}"),
            // From elsewhere nobody learns the ids of strangers.
            Some(Outcome::Several(_)) if !at_home => "one of several new ones".to_owned(),
            Some(Outcome::Several(ids)) => format!("one of the new {}", ids.join(", ")),
            Some(Outcome::Nothing | Outcome::Vanished) => return None,
            Some(Outcome::Unknown(_)) | None => {
                format!("perhaps a new one of the name {:?}", K::naming(object).title)
            }
        })
    }
}

/// Whether the object is being deleted, and its manifest has what it stands for deleted, too.
pub fn says_delete<R: Managed>(object: &R) -> bool {
    object.meta().deletion_timestamp.is_some()
        && object.common_spec().deletion_policy == Some(DeletionPolicy::Delete)
}

fn held_up(reason: Reason, text: String, next: Next) -> Verdict {
    Verdict::held_up(&Health::Waiting(reason, text), next)
}
