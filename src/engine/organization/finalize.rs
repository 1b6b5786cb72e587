//! The end of an organization (rule 11): it waits for what it contains.

use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::api::policy::{DeletionPolicy, ManagementPolicy};
use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::fingerprint::{Match, digest};
use crate::engine::decide::lookups::Seen;
use crate::engine::decide::organization_end::{Answer, Said, Sent};
use crate::engine::decide::report;
use crate::engine::decide::trail::Fact;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::create::Creation;
use crate::engine::organization::guard::Questions;
use crate::engine::organization::managed::{Organization, Standing};
use crate::engine::organization::reconcile::Reconcile;
use crate::engine::organization::resource_controller::Dependent;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::requested;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::steps::{Ends, Steps as _};
use crate::engine::runtime::store::Store;
use crate::engine::runtime::update::deletion_refused;
use crate::engine::runtime::verdict::{End, Stop, Verdict, held_up};
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

/// Ends an organization.
pub(super) struct Finalizer<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Ends for Finalizer<'_, V> {
    type Object = V::Root;

    async fn unheld(&self, object: &V::Root) -> Next {
        let again = self.0.secrets.release_in(&reference(object).namespace).await;
        again.map_or(Next::Retry, |at| at.map_or(Next::Rest, Next::At))
    }

    fn stays(&self, work: &Work<V::Root>, why: &str) -> End {
        match self.id(work) {
            // The vendor said so, and what was to be done then was not.
            Some(id) if matches!(Sent::of(&work.status), Sent::Done(_)) => End::Deleted(deleted(&id)),
            Some(id) => End::LetGo(Some(format!("Organization {id} stays at the vendor: {why}."))),
            None => End::LetGo(work.status.pending_create.as_ref().map(|_| {
                "A create was sent, and nobody knows what came of it: if it was carried out, the organization stays at the \
                 vendor."
                    .to_owned()
            })),
        }
    }

    /// Waits for what it contains; those below keep working meanwhile, deletions above all.
    async fn waits_for_users(&self, work: &mut Work<V::Root>, ticket: &Ticket) -> Result<(), Stop> {
        let key = reference(work.object.as_ref());
        // Its own fields are written no more.
        self.0.organizations.leave_guards(&key);
        let unknown =
            forbids!(KnownFirst, self.0.organizations.controllers().iter().any(|kind| !kind.synced()));
        let dependents = self.0.organizations.dependents(&key).into_iter();
        let blocking: Vec<Dependent> = dependents.filter(|dependent| dependent.blocks).collect();
        if !forbids!(DependentsFirst, unknown || !blocking.is_empty()) {
            return Ok(());
        }
        let text = if unknown {
            "Not every kind of object is known yet, so something may depend on the organization. If this stays so, the \
             operator may not list a kind: see its /readyz, which says which. To go on without, set the annotation \
             orgkeeper.dev/abandon."
                .to_owned()
        } else {
            waits_for(&blocking, self.0.organizations.standing(&key).as_ref())
        };
        let mut health = Health::Kept;
        // Their deletion needs a session, which a restart has lost.
        let asked = requested(work.object.as_ref()).is_some();
        if self.0.organizations.standing(&key).is_none() || ticket.priority != Priority::Delete || asked {
            health = self.keep_session(&Rc::clone(&work.object), ticket).await;
            Store(self.0).forget(work);
        }
        let mut blocked = Findings::of(health).held_up(&Health::Stalled(Reason::HasDependents, text));
        let mut next = Next::At(self.0.context.now() + self.0.context.settings.backoff.longest);
        let standing = self.0.organizations.standing(&key);
        let ready = match &standing {
            Some(Standing::Ready(organization)) => Some(organization.as_ref()),
            _ => None,
        };
        if let Some(shrunk) = ready.and_then(|organization| self.0.shrunk(organization)) {
            // Those below wait for the answer, so it is asked here too.
            let text = shrunk.text(&work.ask(&shrunk.digest, self.0.context.clock.wall()));
            blocked.extra.push((ConditionType::InventoryShrank, Reason::InventoryShrank, text));
        }
        Questions(self.0).ask(work, &mut blocked, &mut next).await;
        if ready.is_some() {
            work.heard.only(&mut work.status.asked);
        }
        Err(Verdict::new(blocked, next).into())
    }

    async fn end(&self, work: &mut Work<V::Root>, ticket: &Ticket) -> Result<End, Stop> {
        self.look_up(work, ticket).await;
        let object = Rc::clone(&work.object);
        let Some(id) = self.id(work) else { return self.never_known(work) };
        if matches!(Sent::of(&work.status), Sent::Done(_)) {
            return Ok(End::Deleted(deleted(&id)));
        }
        let stays = |why| self.stays(work, why);
        let spec = object.common_spec();
        if spec.deletion_policy != Some(DeletionPolicy::Delete) {
            return Ok(stays("the deletion policy is Orphan"));
        }
        if !self.0.organizations.registration.can_delete() {
            return Ok(stays("no call of the vendor deletes one"));
        }
        if spec.suspend {
            return Ok(stays("it was suspended"));
        }
        if spec.management_policy == ManagementPolicy::Observe {
            return Ok(stays("it was only observed"));
        }
        if self.0.organizations.holder(object.as_ref()).is_some() {
            return Ok(stays("another object stands for it"));
        }
        if self.0.context.fence.is_read_only() {
            let by = Health::Stalled(Reason::ReadOnly, sentences::ONLY_READS.to_owned());
            return Err(held_up(&by, self.0.context.slowly()));
        }
        // Proof and deletion in one reconcile, with one token: the call may carry no id (rule 11).
        self.keep_session(&object, ticket).await;
        let key = reference(object.as_ref());
        let standing = self.0.organizations.standing(&key);
        let is_proven =
            |organization: &Organization<V>| organization.is_proven() && organization.trouble().is_none();
        if !matches!(&standing, Some(Standing::Ready(organization)) if is_proven(organization))
            && let Some(end) = self.is_gone(work, &id, ticket).await?
        {
            return Ok(end);
        }
        match standing {
            Some(Standing::Ready(organization)) if holds!(ProvenWhenDeleted, is_proven(&organization)) => {
                self.send_deletion(work, &organization, ticket).await
            }
            Some(Standing::NotReady(Reason::TokenRefused, message)) => {
                let refused = self.0.refused.borrow().get(&key).cloned().flatten();
                self.without_token(work, &id, &message, refused)
            }
            Some(Standing::NotReady(Reason::SecretNotFound | Reason::SecretKeyNotFound, message)) => {
                self.without_token(work, &id, &message, None)
            }
            Some(Standing::Ready(organization)) if organization.is_asserted() => {
                let text = format!(
                    "The organization is to be deleted at the vendor, and nothing but the manifest says that the token \
                     belongs to it: nothing is deleted on that word. {} Or set the annotation orgkeeper.dev/abandon, \
                     which leaves it there.",
                    V::WORDS.to_prove
                );
                Err(held_up(&Health::Stalled(Reason::IdentityUnproven, text), self.0.context.slowly()))
            }
            Some(Standing::Unreached(reason, message)) => {
                let text = format!(
                    "The organization is to be deleted at the vendor, and that is tried again by itself: {}",
                    sentence(&message)
                );
                Err(held_up(&Health::Waiting(reason, text), Next::Retry))
            }
            Some(Standing::NotReady(_, message)) => {
                let text = format!(
                    "The organization is to be deleted at the vendor, and that needs its token: {} To \
                     leave it there instead, set the annotation orgkeeper.dev/abandon.",
                    sentence(&message)
                );
                Err(held_up(&Health::Stalled(Reason::TokenNeeded, text), Next::Retry))
            }
            _ => {
                let text = "The organization is to be deleted at the vendor, which cannot be reached; that is tried again \
                            by itself.";
                Err(held_up(&Health::Waiting(Reason::VendorUnreachable, text.to_owned()), Next::Retry))
            }
        }
    }

    async fn release(&self, work: &Work<V::Root>, _end: &End) -> Result<(), ClusterError> {
        // Before the object goes: nothing would remember it then.
        let secret = self.0.vendor.connection(work.object.as_ref()).token.secret;
        self.0.secrets.release_of(&reference(work.object.as_ref()), &secret).await
    }
}

impl<V: Vendor> Finalizer<'_, V> {
    /// The id of what it stands for, as far as that is known.
    fn id(&self, work: &Work<V::Root>) -> Option<String> {
        work.status.id.clone().or_else(|| self.0.vendor.connection(work.object.as_ref()).organization)
    }

    /// Whether it is gone, as looks at the vendor show where they can: the token that deletes may have gone with it, the
    /// answer to its deletion may be lost, and nobody's word alone that there is none proves it.
    async fn is_gone(&self, work: &Work<V::Root>, id: &str, ticket: &Ticket) -> Result<Option<End>, Stop> {
        let sent_with = Sent::of(&work.status).token().cloned();
        let proved = self.0.memories.of(work.object.as_ref(), |memory| memory.proved.clone());
        match Creation(self.0).look_for(work, id, &[sent_with, proved], ticket.times.fresh).await {
            Some(Seen::Gone) => Ok(Some(End::Deleted(format!("Organization {id} is gone from the vendor.")))),
            Some(Seen::Unsure(until)) => {
                let by = Health::Waiting(
                    Reason::ConfirmingAbsence,
                    sentences::confirming("organization", id, "lists"),
                );
                Err(held_up(&by, Next::At(until)))
            }
            Some(Seen::There) | None => Ok(None),
        }
    }

    /// Sends the deletion, once it is stored that it was sent, and with which token.
    async fn send_deletion(
        &self,
        work: &mut Work<V::Root>,
        organization: &Organization<V>,
        ticket: &Ticket,
    ) -> Result<End, Stop> {
        let id = &organization.id;
        let words = work.words.clone();
        let stands = || {
            let now = self.0.organizations.objects.get(&organization.root);
            now.filter(|now| words.stand(Some(now.as_ref())))
        };
        let Some(object) = stands() else {
            let text = "The manifest was changed while the deletion was about to be sent: it is looked at anew by itself.";
            return Err(held_up(&Health::Waiting(Reason::Progressing, text.to_owned()), Next::Soon));
        };
        // Our own writes alone came between.
        work.object = object;
        let before = Sent::of(&work.status);
        let now = report::whole_seconds(self.0.context.clock.wall());
        let sent = before.sending(now, organization.token_print.clone());
        sent.store(&mut work.status);
        if let Err(error) = Store(self.0).store(work, Precondition::Unchanged).await {
            // What is told next must not say that it was sent.
            Store(self.0).forget(work);
            return Err(unstored(&error));
        }
        // Storing that takes its time.
        let outcome = match stands() {
            now if !forbids!(WordsStand, now.is_none()) => {
                self.0.organizations.registration.delete_root(&organization.session, id).await
            }
            _ => {
                let text = "the manifest was changed while the deletion was about to be sent";
                Err(VendorError::without_effect(Failure::Fenced, text))
            }
        };
        let answer = outcome.as_ref().map_or_else(|error| Answer::Failed(error.heard), |()| Answer::Done);
        let (then, _) = sent.answered(&before, answer);
        then.store(&mut work.status);
        match &outcome {
            Ok(()) => self.0.notes().note(work.object.as_ref(), &Fact::new(Reason::Deleted, deleted(id))),
            Err(error) if !error.without_effect => {
                let note = format!(
                    "A deletion of organization {id} was sent, and nobody heard that it was carried out."
                );
                self.0.notes().note_and_log(work.object.as_ref(), &Fact::new(Reason::OutcomeUnknown, note));
            }
            Err(_) => {}
        }
        // Nothing could tell it again, once the token is gone.
        Store(self.0).store_surely(work, id, None).await.map_err(|error| unstored(&error))?;
        if outcome.as_ref().is_err_and(|error| error.failure == Failure::NotFound)
            && let Some(end) = self.is_gone(work, id, ticket).await?
        {
            return Ok(end);
        }
        match outcome {
            Ok(()) => Ok(End::Deleted(deleted(id))),
            Err(error) if matches!(error.failure, Failure::Refused | Failure::Forbidden) => {
                Err(held_up(&deletion_refused("organization", &error), self.0.context.slowly()))
            }
            Err(error) => {
                let next = error.failure.pause().map_or(Next::Retry, |(until, _)| Next::PutOff(until));
                Err(held_up(&error.waits(), next))
            }
        }
    }

    /// What it means that the organization's token is refused or not there: `message` says which, and `refused` has
    /// the fingerprint of the one that was refused.
    fn without_token(
        &self,
        work: &mut Work<V::Root>,
        id: &str,
        message: &str,
        refused: Option<String>,
    ) -> Result<End, Stop> {
        let sent = Sent::of(&work.status);
        let unheard = match &sent {
            Sent::Unheard { at, .. } => format!(" A deletion was sent at {at}, and nobody heard an answer."),
            Sent::Nothing { .. } | Sent::Done(_) => String::new(),
        };
        let compared = match (&sent, refused) {
            (Sent::Unheard { token: Some(sent_with), .. }, Some(refused)) => {
                Some(if *sent_with == refused { Match::Same } else { Match::Other })
            }
            _ => None,
        };
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let question = digest(["gone", &*uid, id]);
        match sent.answered(&sent, Answer::NoToken(compared)).1 {
            Said::Gone => Ok(End::Deleted(deleted(id))),
            Said::Presumed => {
                let text = format!(
                    "Organization {id} is presumed gone: nobody heard an answer to its deletion, and the token \
                     that it was sent with is refused since."
                );
                Ok(End::Deleted(text))
            }
            Said::Ask | Said::Again if work.confirmed(&question) => {
                let text = format!("Organization {id} is gone, as a person confirmed.");
                Ok(End::Deleted(text))
            }
            Said::Ask | Said::Again => {
                let answer = work.ask(&question, self.0.context.clock.wall());
                let text = format!(
                    "The organization is to be deleted at the vendor, and that needs its token: {}{unheard} \
                     Nothing here can tell whether it is gone already: look at the vendor's console. If it is, set the \
                     annotation orgkeeper.dev/confirm: {answer}; to leave it there instead, set the annotation \
                     orgkeeper.dev/abandon.",
                    sentence(message)
                );
                Err(held_up(&Health::Stalled(Reason::TokenNeeded, text), Next::Retry))
            }
        }
    }

    /// Finds out what became of a create whose outcome nobody heard, where the vendor shows that.
    async fn look_up(&self, work: &mut Work<V::Root>, ticket: &Ticket) {
        let pending = work.status.pending_create.is_some() && work.status.id.is_none();
        if !pending
            || work.object.common_spec().suspend
            || self.0.organizations.registration.finder().is_none()
        {
            return;
        }
        self.keep_session(&Rc::clone(&work.object), ticket).await;
        Store(self.0).forget(work);
    }

    /// The end of an object for which no organization is known.
    fn never_known(&self, work: &Work<V::Root>) -> Result<End, Stop> {
        let object = work.object.as_ref();
        if work.status.pending_create.is_none() || object.common_spec().suspend {
            return Ok(self.stays(work, "it was suspended"));
        }
        if self.0.organizations.registration.finder().is_some()
            && let Some(Standing::NotReady(Reason::OutcomeUnknown, message)) =
                self.0.organizations.standing(&reference(object))
        {
            let text = format!("{message} To not wait for that, set the annotation orgkeeper.dev/abandon.");
            let next = Next::At(self.0.context.now() + self.0.context.settings.settle);
            return Err(held_up(&Health::Waiting(Reason::OutcomeUnknown, text), next));
        }
        let text = format!(
            "A create was sent, and nobody knows what came of it. Look at the vendor's console: if the organization is \
             there, write its {} to spec.organizationId; if it is not, or may stay, set the annotation \
             orgkeeper.dev/abandon.",
            V::WORDS.id
        );
        Err(held_up(&Health::Stalled(Reason::OutcomeUnknown, text), self.0.context.slowly()))
    }

    /// Opens and proves the connection of an organization that is being deleted, for those below.
    async fn keep_session(&self, object: &Rc<V::Root>, ticket: &Ticket) -> Health {
        let key = reference(object.as_ref());
        let mut work = Work::new(Rc::clone(object));
        // Lists that were read before prove nothing of the token now.
        let ticket = Ticket { key: key.clone(), priority: Priority::Delete, times: ticket.times };
        let Ok(verdict) = Reconcile(self.0).steps(&mut work, &ticket).await else { return Health::Kept };
        if let Some(standing) = verdict.standing
            && self.0.organizations.objects.has(work.object.as_ref())
            && self.0.organizations.stand(&key, standing)
        {
            self.0.wake_below(&key, true);
        }
        verdict.findings.health
    }
}

/// What it waits for: how many there are, and which of them nobody has deleted yet.
fn waits_for<V: Vendor>(blocking: &[Dependent], standing: Option<&Standing<V>>) -> String {
    const LET_GO: &str = "set the annotation orgkeeper.dev/abandon to let go of the organization.";
    let named = |going: bool| {
        let these = blocking.iter().filter(|one| one.going == going).map(|one| one.object.to_string());
        let these: Vec<String> = these.collect();
        (these.len(), sentences::listed(&these))
    };
    let ((going, which), (staying, first)) = (named(true), named(false));
    let these = if staying == 1 { "that" } else { "these" };
    match (going, staying) {
        (0, _) => format!("Waits for {staying} to go: {first}: delete {these} first, or {LET_GO}"),
        (_, 0) => {
            let on = match standing {
                Some(Standing::NotReady(..)) => {
                    "goes on once the other conditions of the organization are in order"
                }
                _ => "goes on by itself",
            };
            format!(
                "Waits for {going} already being deleted, and {on}: {which}. If they stay, see their conditions, or {LET_GO}"
            )
        }
        _ => format!(
            "Waits for {} to go, {going} already being deleted. Delete the rest first, {staying}: {first}; or {LET_GO}",
            going + staying
        ),
    }
}

/// What Kubernetes did not do for a deletion.
fn unstored(error: &ClusterError) -> Stop {
    let text = sentences::waits(&format!("Kubernetes: {error}"));
    held_up(&Health::Waiting(Reason::KubernetesUnavailable, text), Next::Retry)
}

fn deleted(id: &str) -> String {
    format!("Deleted organization {id} at the vendor.")
}
