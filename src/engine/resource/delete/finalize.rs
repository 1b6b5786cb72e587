//! The end of an object (rule 11): what stands for it at the vendor is left or deleted, then it goes.

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::policy::{DeletionPolicy, ManagementPolicy};
use crate::api::status::CommonStatus;
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::base::{long_id, sentences};
use crate::engine::decide::identify::{Decision, Via};
use crate::engine::decide::ledger::{self, Place, Provenance};
use crate::engine::decide::rotation::Old;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::organization::weigh::Rate;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::guard::WriteGuard;
use crate::engine::resource::apply::leftovers::Leftovers;
use crate::engine::resource::apply::overtaken::too_often;
use crate::engine::resource::apply::replace::Replacement;
use crate::engine::resource::apply::unheard::{Renamed, Unheard, known_of};
use crate::engine::resource::delete::dependents::Dependents;
use crate::engine::resource::delete::remove::Removal;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::observe::round::Round;
use crate::engine::resource::report::ids::which;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::desired::DesiredState;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::{Admission, Resolution};
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::retire::{Retirement, says_delete};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::queue::Ticket;
use crate::engine::runtime::steps::{Ends, Steps as _};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::update::deletion_refused;
use crate::engine::runtime::verdict::{End, Stop, Verdict, held_up};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Ends an object.
pub struct Finalizer<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Ends for Finalizer<'_, K> {
    type Object = K::Resource;

    fn stays(&self, work: &Work<K::Resource>, why: &str) -> End {
        let others = self.others(work);
        End::LetGo(match &work.status.id {
            Some(id) if others.is_empty() && is_gone(&work.status) => {
                return End::Gone(gone(K::FACTS.noun, id));
            }
            Some(id) => {
                let why = self.0.kind.stays().unwrap_or(why);
                Some(format!("The {} {id}{others} stays at the vendor: {why}.", K::FACTS.noun))
            }
            None => Unheard(self.0)
                .told(work)
                .map(|unheard| format!("{unheard}{others} stays at the vendor: {why}.")),
        })
    }

    async fn waits_for_users(&self, work: &mut Work<K::Resource>, _ticket: &Ticket) -> Result<(), Stop> {
        if Self::stands_for_nothing(work) {
            return Ok(());
        }
        if let Some(root) = self.0.claim_of(work.object.as_ref()).map(|claim| claim.root)
            && let Some(text) = Dependents(self.0).held_up(work, &root)
            && forbids!(UsersFirst)
        {
            let next = Next::At(self.0.context.now() + self.0.context.settings.backoff.longest);
            return Err(held_up(&Health::Stalled(Reason::HasDependents, text), next));
        }
        Ok(())
    }

    async fn end(&self, work: &mut Work<K::Resource>, ticket: &Ticket) -> Result<End, Stop> {
        if Self::stands_for_nothing(work) {
            return Ok(End::LetGo(None));
        }
        let object = Rc::clone(&work.object);
        let object = object.as_ref();
        let left = |work: &Work<K::Resource>, why: &str| self.stays(work, why);
        if self.0.holder(object).is_some() {
            return Ok(left(work, "another object stands for it"));
        }
        if object.common_spec().suspend {
            return Ok(left(work, "the object was suspended"));
        }
        if object.common_spec().management_policy == ManagementPolicy::Observe {
            return Ok(left(work, "it was only observed"));
        }
        if forbids!(OrphanStays, self.0.deletion(object, &work.status) == DeletionPolicy::Orphan) {
            if work.token.rotation.is_some()
                && let Ok(Admission::Ready(organization)) = Resolution(self.0).organization(object)
                && Resolution(self.0).may_write(object, &organization.root)
            {
                // A new user that did not take over is nobody's: its token is nowhere.
                Retirement(self.0).end_rotation(work, &organization, Old::Stays).await.map_err(hinted)?;
            }
            if let Renamed::Made(made) = Unheard(self.0).renamed(work, ticket).await? {
                let others = self.others(work);
                let old =
                    || work.status.superseded.as_ref().map(|old| format!("The {} {old}", K::FACTS.noun));
                let stays = made.map(|made| format!("{made}{others}")).or_else(old);
                let why = "the deletion policy is Orphan";
                return Ok(End::LetGo(stays.map(|who| format!("{who} stays at the vendor: {why}."))));
            }
            return Ok(left(work, "the deletion policy is Orphan"));
        }
        let organization = match Resolution(self.0).organization(object) {
            Ok(Admission::Ready(organization)) => organization,
            Ok(Admission::Suspended(_)) => return Ok(left(work, "the organization is suspended")),
            Err(Findings { health: Health::Stalled(Reason::NotAllowed, _), .. }) => {
                return Ok(left(work, "the organization no longer admits the object"));
            }
            Err(findings) => {
                let what = ", and that needs the organization's token";
                return Err(Self::waits_for(findings, Reason::TokenNeeded, what));
            }
        };
        match Parents(self.0).contained(object, &organization) {
            Err(Findings { health: Health::Stalled(Reason::NotAllowed, _), .. }) => {
                return Ok(left(work, "what it is in no longer admits the object"));
            }
            Err(Findings { health: Health::Stalled(Reason::ParentChanged, text), .. }) => {
                return Err(Self::parent_changed(
                    &text,
                    Parents(self.0).former_is_gone(object, &organization),
                ));
            }
            Err(findings) => return Err(Self::waits_for(findings, Reason::DependencyNotReady, "")),
            Ok(()) => {}
        }
        if let Some((reason, why)) = self.0.kind.unsupported(&organization.session) {
            let text = format!(
                "The {} is to be deleted at the vendor. {why} To leave it there, set the annotation \
                 orgkeeper.dev/abandon.",
                K::FACTS.noun
            );
            return Err(held_up(&Health::Unsupported(reason, text), Next::Rest));
        }
        if !Resolution(self.0).may_write(object, &organization.root) {
            if self.0.context.fence.is_read_only() {
                let by = Health::Stalled(Reason::ReadOnly, sentences::ONLY_READS.to_owned());
                return Err(held_up(&by, self.0.context.slowly()));
            }
            return Ok(left(work, "the organization is only observed"));
        }
        let end = self.delete(work, &organization, ticket).await?;
        if matches!(end, End::Deleted(_)) {
            Dependents(self.0).tell_bystanders(work).await;
        }
        Ok(end)
    }

    async fn release(&self, work: &Work<K::Resource>, end: &End) -> Result<(), ClusterError> {
        match end {
            // It works on, or nothing was looked at.
            End::LetGo(Some(_)) | End::Gone(_) => Ok(()),
            // Nothing at the vendor stands for it: its Secret holds nothing that works.
            End::LetGo(None) | End::Deleted(_) => Custodian(self.0).let_go(work).await,
        }
    }

    async fn ended(&self, work: &Work<K::Resource>) {
        for left in &work.status.leftovers {
            Leftovers(self.0).tell(work, left).await;
        }
        WriteGuard(self.0).leave_guard(work.object.as_ref());
    }
}

impl<K: Kind> Finalizer<'_, K> {
    /// What else stays there then.
    fn others(&self, work: &Work<K::Resource>) -> String {
        let others =
            Retirement(self.0).others(work).map(|others| format!(" and {others}")).unwrap_or_default();
        // Nobody looks whether its id has given way.
        match work.status.provisional {
            Some(_) => format!("{others}, or what took its place,"),
            None => others,
        }
    }

    /// A call that failed holds it up.
    fn failed(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
        next: impl FnOnce(Next) -> Next,
    ) -> Stop {
        waits(error, next(Outcomes(self.0).failed(work, organization, error).next))
    }

    /// What holds up a deletion that has to wait for something else.
    fn waits_for(findings: Findings, reason: Reason, what: &str) -> Stop {
        let Some((_, message)) = findings.health.told() else {
            return Verdict::new(findings, Next::Retry).into();
        };
        let text = format!(
            "The {} is to be deleted at the vendor{what}: {} To leave it there instead, set the annotation \
             orgkeeper.dev/abandon.",
            K::FACTS.noun,
            sentence(message)
        );
        held_up(&findings.health.instead(reason, text), Next::Rest)
    }

    /// What holds up a deletion where what the object is in stands for something else than before; `gone` was deleted at
    /// the vendor.
    fn parent_changed(text: &str, gone: Option<String>) -> Stop {
        let noun = K::FACTS.noun;
        let text = match gone {
            Some(gone) => format!(
                "The {noun} was in {gone}, which was deleted at the vendor with all that was in it, so there is nothing to \
                 delete: set spec.deletionPolicy: Orphan or the annotation orgkeeper.dev/abandon, and this object goes."
            ),
            None => format!(
                "The {noun} is to be deleted at the vendor: {text} To leave it there instead, set the annotation \
                 orgkeeper.dev/abandon."
            ),
        };
        held_up(&Health::Stalled(Reason::ParentChanged, text), Next::Rest)
    }

    /// Whether a person was told that nobody knows what the create made.
    fn is_undecided(work: &Work<K::Resource>) -> bool {
        work.status.pending_create.as_ref().is_some_and(|create| create.answer.undecided)
    }

    const fn stands_for_nothing(work: &Work<K::Resource>) -> bool {
        work.status.id.is_none() && work.status.pending_create.is_none()
    }

    async fn delete(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        ticket: &Ticket,
    ) -> Result<End, Stop> {
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it.
            return Err(waits(&error, Next::Rest));
        }
        let fresh = Reads(self.0).fresh(organization, work.object.as_ref(), ticket.times.fresh, true);
        let list = Lists(self.0).list_of(work.object.as_ref());
        let snapshot = match Reads(self.0).read(organization, &list, fresh).await {
            Ok(snapshot) => snapshot,
            Err(error) if Round(self.0).went_with_container(organization, work.object.as_ref(), &error) => {
                let id = work.status.id.as_deref().unwrap_or_default();
                return Ok(End::Deleted(format!("The {} {id} is gone with what it was in.", K::FACTS.noun)));
            }
            Err(error) => {
                let verdict = Outcomes(self.0).failed(work, organization, &error);
                if let Health::Stalled(reason @ Reason::Forbidden, text) = &verdict.findings.health {
                    let text = format!(
                        "The {} is to be deleted at the vendor, and needs {} that shows it. {} To leave it \
                         there instead, set the annotation orgkeeper.dev/abandon.",
                        K::FACTS.noun,
                        Outcomes::<K>::teller_of("a list", "a read"),
                        sentence(text)
                    );
                    return Err(held_up(&Health::Stalled(*reason, text), verdict.next));
                }
                return Err(waits(&error, verdict.next));
            }
        };
        if Judgement(self.0).judge_for(organization, work.object.as_ref()).is_some() {
            let text = sentences::shrank(&organization.root);
            return Err(held_up(&Health::Waiting(Reason::InventoryShrank, text), self.0.context.slowly()));
        }
        Retirement(self.0).end_rotation(work, organization, Old::Goes).await?;
        let ended = |id: &str| {
            self.0.cache(organization, &list).inventory.deleted(id, self.0.context.now());
            End::Deleted(gone(K::FACTS.noun, id))
        };
        if work.status.id.is_some() {
            Replacement(self.0).drop_superseded(work, organization).await?;
        }
        let key = DesiredState(self.0).key_to_end(work, organization).await?;
        if let Some(id) = Custodian(self.0).answered_in_secret(work, organization).await? {
            let provisional = Keys(self.0).provisional_of(&snapshot, &id);
            ledger::stand_for(&mut work.status, &id, Provenance::Answered, provisional);
            Store(self.0).store(work, Precondition::Unchanged).await?;
        }
        let mut by = Provenance::Answered;
        let id = match Identification(self.0).decide(
            organization,
            &snapshot,
            work.object.as_ref(),
            &key,
            false,
        ) {
            Decision::Is(id, _) if !long_id::fits(&id) => {
                let text = long_id::text(K::FACTS.noun, &id);
                return Ok(End::LetGo(Some(format!("{text} It stays at the vendor."))));
            }
            // Once a person was asked which one it is, what is left is what that person left.
            Decision::Is(id, Via::Found)
                if forbids!(FoundStays, !says_delete(work.object.as_ref()))
                    || forbids!(ToldIsFound, Self::is_undecided(work)) =>
            {
                // What it was to take the place of is ours.
                Replacement(self.0).drop_superseded(work, organization).await?;
                return Ok(End::LetGo(Some(format!(
                    "The {} {id} may be the outcome of a create {}. Who made it is not known, so it stays at the vendor.",
                    K::FACTS.noun,
                    known_of(work)
                ))));
            }
            Decision::Is(id, Via::Found) => {
                by = Provenance::Found;
                id
            }
            Decision::Is(id, Via::Succession)
                if !says_delete(work.object.as_ref())
                    && !Identification(self.0).saw_it_give_way(organization, work.object.as_ref()) =>
            {
                let former = work.status.id.as_deref().unwrap_or_default();
                return Ok(End::LetGo(Some(format!(
                    "The {noun} {former} is gone, and {id} is there in its place. Who made that is not known, so it stays \
                     at the vendor.",
                    noun = K::FACTS.noun
                ))));
            }
            Decision::Another(id) => {
                return Ok(End::LetGo(Some(format!(
                    "The {} {id} is another one than this object declares, and stays at the vendor.",
                    K::FACTS.noun
                ))));
            }
            Decision::Is(id, _) => id,
            // A list that lacks it may lag, or it may be gone: asking for its deletion does no harm.
            Decision::Missing(_) => work.status.id.clone().unwrap_or_default(),
            Decision::Gone => match Absence(self.0).confirm(work, organization).await {
                Ok(None) => return Ok(ended(work.status.id.as_deref().unwrap_or_default())),
                // Lists lack it, and the vendor still has it.
                Ok(Some(live)) => K::identify(&live).id.to_owned(),
                Err(error) => return Err(self.failed(work, organization, &error, |next| next)),
            },
            Decision::OutcomeUnknown(until) if K::FACTS.by_id() && self.0.context.now() >= until => {
                return Ok(End::LetGo(Unheard(self.0).unshown(work)));
            }
            Decision::OutcomeUnknown(until) => {
                let then = if K::FACTS.by_id() {
                    "stays at the vendor, as no list of the vendor will tell what that is; it goes on by itself until that \
                     call has ended for sure"
                } else if says_delete(work.object.as_ref()) {
                    "is deleted once lists have shown it, and that goes on by itself"
                } else {
                    "is named once lists have shown it, and stays at the vendor, as who made it will not be known. To \
                     have it deleted, set spec.deletionPolicy: Delete before that"
                };
                let text = format!(
                    "A create of the {} was sent, and its outcome is not known; what it made, if anything, {then}.",
                    K::FACTS.noun
                );
                let next = Next::At(until);
                return Err(held_up(&Health::Waiting(Reason::OutcomeUnknown, text), next));
            }
            Decision::Ambiguous(ids) if !says_delete(work.object.as_ref()) => {
                Replacement(self.0).drop_superseded(work, organization).await?;
                return Ok(End::LetGo(Some(format!(
                    "A create was sent, and several {}s could be its outcome: {}. They stay at the vendor.",
                    K::FACTS.noun,
                    which(self.0, work, organization, &ids).await
                ))));
            }
            Decision::Ambiguous(ids) => {
                creator::leave_undecided(self.0, work, Place::First).await?;
                let text = format!(
                    "A create was sent, and several {}s could be its outcome: {}. Delete at the vendor those that are to \
                     go: once one is left, or none, this object goes, and what is left stays there. To leave all of them \
                     there, set the annotation orgkeeper.dev/abandon.",
                    K::FACTS.noun,
                    which(self.0, work, organization, &ids).await
                );
                return Err(held_up(&Health::Stalled(Reason::Ambiguous, text), self.0.context.slowly()));
            }
            Decision::NotCarriedOut | Decision::Vanished if work.status.superseded.is_some() => {
                // What it was to take the place of is all there is.
                work.status.pending_create = None;
                Replacement::<K>::restore(work);
                Store(self.0).store(work, Precondition::Unchanged).await?;
                return Err(Verdict::new(Findings::of(Health::Kept), Next::Soon).into());
            }
            Decision::NotCarriedOut => return Ok(End::LetGo(Unheard(self.0).unshown(work))),
            Decision::Vanished
            | Decision::Create
            | Decision::Absent
            | Decision::Unseen
            | Decision::WantedMissing
            | Decision::NothingToAdopt
            | Decision::Exists(_)
            | Decision::NeedsId(_) => return Ok(End::LetGo(None)),
        };
        if self.0.cache(organization, &list).inventory.was_deleted(&id) {
            // The vendor has answered, and what was to be stored then was not.
            return Ok(ended(&id));
        }
        if work.status.id.is_none() {
            // From here on a restart knows which one it is.
            let provisional = Keys(self.0).provisional_of(&snapshot, &id);
            ledger::stand_for(&mut work.status, &id, by, provisional);
            Store(self.0).store(work, Precondition::Unchanged).await?;
        }
        Replacement(self.0).drop_superseded(work, organization).await?;
        if let Some(verdict) = too_often(self.0, work, &id) {
            return Err(verdict.into());
        }
        let looked = Dependents(self.0).look_for_bystanders(work, organization, &id).await;
        looked.map_err(|error| self.failed(work, organization, &error, Next::or_retry))?;
        let row = snapshot.items.get(&id);
        let pass = WriteGuard(self.0).guard_deletion(work, organization, &id, row, Rate::Counted).await?;
        checkpoint::reached(Step::DeletePlanned);
        match Removal(self.0).send_delete(work, organization, &id, (pass, Step::DeleteAnswered)).await {
            Ok(()) => {
                let note = format!("Deleted the {} {id} at the vendor.", K::FACTS.noun);
                // Something may hold up its end yet.
                self.0.notes().note(work.object.as_ref(), &Fact::new(Reason::Deleted, note.clone()));
                Ok(End::Deleted(note))
            }
            // Nobody's word alone proves absence; lists have to agree.
            Err(error) if error.failure == Failure::NotFound => {
                let inventory = &self.0.cache(organization, &list).inventory;
                let (now, settle) = (self.0.context.now(), self.0.context.settings.settle);
                let next = Next::At(inventory.unsure_until(&id, now, settle).unwrap_or(now));
                let text = Outcomes::<K>::confirming(&id);
                Err(held_up(&Health::Waiting(Reason::ConfirmingAbsence, text), next))
            }
            Err(error) if matches!(error.failure, Failure::Refused | Failure::Forbidden) => {
                let by = deletion_refused(K::FACTS.noun, &error);
                Err(self.0.slow(Findings::of(by.clone()).held_up(&by)).into())
            }
            Err(error) => Err(self.failed(work, organization, &error, Next::or_retry)),
        }
    }
}

/// Whether its conditions say that what it stands for was deleted at the vendor, by itself or with what it was in.
fn is_gone(status: &CommonStatus) -> bool {
    conditions::find(&status.conditions, ConditionType::Stalled).is_some_and(|stalled| {
        [Reason::ExternallyDeleted, Reason::ReferenceGone]
            .iter()
            .any(|reason| stalled.reason == reason.as_str())
    })
}

/// That it is not there any more, whoever deleted it.
fn gone(noun: &str, id: &str) -> String {
    format!("The {noun} {id} is gone from the vendor.")
}

/// What holds up the end of an object that leaves its user where it is.
fn hinted(stop: Stop) -> Stop {
    let Stop::Said(mut verdict) = stop else { return stop };
    if let by @ (Health::Waiting(reason, text) | Health::Stalled(reason, text)) = &verdict.findings.health
        && verdict.findings.passes.is_none()
    {
        let text = format!(
            "A new user for another token is to be deleted first. {} To leave it there instead, set the \
             annotation orgkeeper.dev/abandon.",
            sentence(text)
        );
        let by = by.instead(*reason, text);
        verdict.findings = verdict.findings.held_up(&by);
    }
    verdict.into()
}

/// Blocked by a call that failed.
fn waits(error: &VendorError, next: Next) -> Stop {
    let put_off = error.failure.pause().is_some();
    Verdict { put_off, ..Verdict::held_up(&error.waits(), next) }.into()
}
