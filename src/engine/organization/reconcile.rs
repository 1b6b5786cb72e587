//! Keeping an organization: its connection is opened and proved, its inventories are read.

use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::policy::DeletionPolicy;
use crate::api::status::Origin;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::limit::Limit;
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences::sentence;
use crate::engine::decide::contender::Shown;
use crate::engine::decide::count::Tallied;
use crate::engine::external::budget::Share;
use crate::engine::organization::OrganizationReconciler;
use crate::engine::organization::create::Creation;
use crate::engine::organization::fields::{FieldKeeper, Kept};
use crate::engine::organization::guard::Questions;
use crate::engine::organization::managed::{Identity, Organization, Standing};
use crate::engine::organization::memory::Memory;
use crate::engine::organization::session::Sessions;
use crate::engine::organization::sweep::Sweeps;
use crate::engine::organization::verdict::{Stop, Verdict, Verdicts, passing};
use crate::engine::provider::vendor::{Connection, OpenError, Vendor};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::object::{at_rest, requested};
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::steps::Keeps;
use crate::engine::runtime::stop::said;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict as runtime;
use crate::engine::runtime::work::{Work, not_stored};
use std::rc::Rc;
use std::time::Duration;

/// Keeps an organization.
pub(super) struct Reconcile<'a, V: Vendor>(pub(super) &'a OrganizationReconciler<V>);

impl<V: Vendor> Keeps for Reconcile<'_, V> {
    type Object = V::Root;

    /// Looks at an organization that is to be kept, and takes in how it stands.
    async fn keep(
        &self,
        work: &mut Work<V::Root>,
        ticket: &Ticket,
    ) -> Result<runtime::Verdict, runtime::Stop> {
        let key = reference(work.object.as_ref());
        let looked = async {
            let again = self.0.secrets.release_in(&key.namespace).await?;
            // Lists that everybody waits for must not wait for everybody's calls.
            let steps = self.0.context.budget.during(Share::Own, self.steps(work, ticket));
            Ok(steps.await?.told(again))
        };
        let (verdict, standing) = match looked.await {
            Ok((verdict, standing)) => (Ok(verdict), standing),
            Err(error) => {
                // Those below wait for a word; one that was given before still holds.
                let unseen = self.0.organizations.standing(&key).is_none() && not_stored(&error).is_some();
                let standing =
                    unseen.then(|| Standing::Unreached(Reason::KubernetesUnavailable, error.to_string()));
                (Err(error), standing)
            }
        };
        let objects = &self.0.organizations.objects;
        // One that has gone meanwhile, as was told, stands for nobody.
        if objects.has(work.object.as_ref())
            && objects.unread(&key).is_none()
            && standing.is_some_and(|standing| self.0.organizations.stand(&key, standing))
        {
            self.0.wake_standing(&key);
        }
        Ok(verdict?)
    }

    /// Asks what waits for a person, and says what is to be said besides.
    async fn add(&self, work: &mut Work<V::Root>, verdict: &mut runtime::Verdict) {
        Questions(self.0).ask(work, &mut verdict.findings, &mut verdict.next).await;
        work.status.deletion_policy = Some(self.deletion(work.object.as_ref(), &mut verdict.findings));
    }
}

impl<V: Vendor> Reconcile<'_, V> {
    /// What happens at the vendor when the object is deleted; that it is not what its manifest asks for is said at once.
    fn deletion(&self, object: &V::Root, findings: &mut Findings) -> DeletionPolicy {
        let asked = object.common_spec().deletion_policy.unwrap_or(DeletionPolicy::Orphan);
        if asked == DeletionPolicy::Orphan || self.0.organizations.registration.can_delete() {
            return asked;
        }
        let text = "No call of the vendor deletes an organization, so this one stays there when this object is deleted, \
                    whatever deletionPolicy says. Set deletionPolicy: Orphan.";
        let reason = Reason::NotSupportedByContract;
        findings.extra.push((ConditionType::NotSupported, reason, text.to_owned()));
        DeletionPolicy::Orphan
    }

    /// What is to be said and done of an organization; also what that shows of its token.
    pub(super) async fn steps(
        &self,
        work: &mut Work<V::Root>,
        ticket: &Ticket,
    ) -> Result<Verdict<V>, ClusterError> {
        let verdict = said(self.decide(work, ticket).await)?;
        // Who loses to another was not asked.
        let refuted = |reason: Reason| !matches!(reason, Reason::ManagementConflict | Reason::Progressing);
        if let Some(Standing::NotReady(reason, _)) = &verdict.standing
            && refuted(*reason)
            && self.0.organizations.key(work.object.as_ref()).is_some()
            && self.0.organizations.contest.show(work.object.as_ref(), Shown::Not)
        {
            self.0.wake_twins(work.object.as_ref());
        }
        Ok(verdict)
    }

    async fn decide(&self, work: &mut Work<V::Root>, ticket: &Ticket) -> Result<Verdict<V>, Stop<V>> {
        let object = Rc::clone(&work.object);
        let key = reference(object.as_ref());
        if object.common_spec().suspend {
            let findings = Findings::of(Health::Kept).with(
                ConditionType::Suspended,
                Reason::Suspended,
                "spec.suspend is true: nothing below is read or written. Set it to false to go on.",
            );
            return Ok(Verdict::new(findings, Next::Rest, None));
        }
        if let Some(holder) = self.0.organizations.holder(object.as_ref()) {
            self.0.organizations.leave_guards(&key);
            Sessions(self.0).behind(work, ticket, &holder).await?;
        }
        if let Some(text) = self.mismatch(object.as_ref()) {
            return Ok(Verdicts(self.0).stalled(Reason::AdoptIdMismatch, text));
        }
        if !self.0.context.fence.is_read_only() {
            // Who only reads has nothing to do at the end.
            Store(self.0).hold(work).await?;
        }
        let connection = self.0.vendor.connection(object.as_ref());
        if self.0.organizations.stands(object.as_ref()) {
            Questions(self.0).allow(object.as_ref(), connection.max_destructive_per_hour);
        }
        if let Some((_, open)) = self.0.opened.borrow().get(&key) {
            open.ceiling.set(connection.requests_per_minute);
        }
        let endpoint = (self.0.context.settings.check_endpoint)(V::ENDPOINTS, &connection.endpoint)
            .map_err(|text| Verdicts(self.0).stalled(Reason::EndpointNotAllowed, sentence(&text)))?;
        let id = match connection.organization.clone() {
            Some(id) => {
                // Whatever came of a create: the manifest says now which organization it is.
                work.status.pending_create = None;
                id
            }
            None => Creation(self.0).create(work, &connection, &endpoint, ticket.times.fresh).await?,
        };
        // The watch of Secrets wakes it.
        let unread = |(reason, text)| Verdicts(self.0).waiting(reason, awaited(work, &id, text));
        let token = self.0.secrets.read(&key.namespace, &connection.token).await;
        let token = token.map_err(|stop| stop.saying(unread))?;
        self.0.secrets.hold(&key, &connection.token.secret).await?;
        let organization = Sessions(self.0).session(work, &connection, &id, endpoint, token).await;
        let organization = organization.map_err(|error| match error {
            OpenError::Stalled(reason, text) => Verdicts(self.0).stalled(reason, text),
            OpenError::Vendor(error) => self.troubled(work, &error, None),
        })?;
        self.observe(work, ticket, &connection, &organization).await
    }

    /// Reads the inventories: the first list also proves where the token belongs.
    #[tracing::instrument(level = "debug", skip_all)]
    async fn observe(
        &self,
        work: &mut Work<V::Root>,
        ticket: &Ticket,
        connection: &Connection,
        organization: &Rc<Organization<V>>,
    ) -> Result<Verdict<V>, Stop<V>> {
        // Woken because a list failed elsewhere: that one has just been made.
        let known = organization.trouble().filter(|_| ticket.priority == Priority::Drift);
        // Drift wakes it for what a list has shown elsewhere, and our own finalizer wakes it too: then
        // any list will do, but to a person who asks for a look.
        let request = requested(work.object.as_ref());
        let asked = request.is_some();
        let looks = |memory: &mut Memory| memory.looks.waits_since(request);
        let waits_since = self.0.memories.of(work.object.as_ref(), looks);
        let idle = matches!(ticket.priority, Priority::Create) && at_rest(work.object.as_ref());
        let any = !asked && (idle || ticket.priority == Priority::Drift);
        let fresh = if any {
            Tick::default()
        } else if asked {
            waits_since.unwrap_or(ticket.times.asked)
        } else {
            ticket.times.fresh
        };
        let proven = organization.is_believed();
        let read = match known {
            Some(error) => Err(error),
            None => {
                organization.prove_again();
                if !any && proven {
                    // Before lists show what moved, so that it has a name.
                    Sweeps(self.0).follow(organization, connection, fresh).await;
                }
                Sessions(self.0).prove(organization, fresh).await
            }
        };
        read.map_err(|error| self.troubled(work, &error, Some(organization)))?;
        let identity = organization.identity.borrow().clone();
        match identity {
            Identity::Other(other) => return Ok(self.wrong(&organization.id, &other)),
            Identity::Unproven if forbids!(ProofNeeded) => {
                let text = format!(
                    "The token may belong to any organization: {} at all, so nothing proves that it belongs to {}. {}",
                    V::WORDS.unproven,
                    organization.id,
                    V::WORDS.to_prove
                );
                return Ok(Verdicts(self.0).stalled(Reason::IdentityUnproven, text));
            }
            Identity::Proven | Identity::Asserted | Identity::Unproven => {}
        }
        if let Some(verdict) = Sessions(self.0).belongs(work, organization) {
            return Ok(verdict);
        }
        Questions(self.0).allow(work.object.as_ref(), connection.max_destructive_per_hour);
        let listed = self.inventories(organization, fresh).await;
        listed.map_err(|error| self.troubled(work, &error, Some(organization)))?;
        if !any {
            let began = self.0.context.clock.wall() - self.0.context.now().since(fresh);
            self.0.context.tally.inventoried(&organization.root, began);
        }
        work.status.id = Some(organization.id.clone());
        work.status.organization_id = Some(organization.id.clone());
        work.status.origin.get_or_insert(Origin::Adopted);
        let shrunk = self.0.shrunk(organization);
        let standing = Some(Standing::Ready(Rc::clone(organization)));
        if let Some(shrunk) = shrunk {
            let answer = work.ask(&shrunk.digest, self.0.context.clock.wall());
            let text = shrunk.text(&answer);
            let findings = Findings::stalled(Reason::InventoryShrank, text.clone()).with(
                ConditionType::InventoryShrank,
                Reason::InventoryShrank,
                text,
            );
            // It may come back by itself; until then it is looked at as if something were wrong.
            let next = Next::At(self.0.context.now() + self.0.context.settings.settle.min(connection.resync));
            return Ok(Verdict::new(findings, next, standing));
        }
        let healed =
            conditions::is_true(&work.object.common_status().conditions, ConditionType::InventoryShrank);
        if healed || !at_rest(work.object.as_ref()) {
            // Whoever waited for the organization goes on; what a list lacked is looked at again.
            self.0.wake_below(&organization.root, healed);
        }
        if !any {
            // Those below need not wait for what is read for them in turn.
            if self.0.organizations.stand(&organization.root, Standing::Ready(Rc::clone(organization))) {
                self.0.wake_standing(&organization.root);
            }
            if !proven {
                Sweeps(self.0).follow(organization, connection, fresh).await;
            }
            for kind in self.0.organizations.controllers() {
                kind.look_at_lacking(organization);
            }
            Sweeps(self.0).tally(organization, fresh).await;
            Sweeps(self.0).sweep(organization, connection).await;
        }
        let whose = if organization.is_asserted() {
            "answers; that the token belongs to it, only the manifest says"
        } else {
            "answers, and the token belongs to it"
        };
        let mut text = format!("Organization {} {whose}.", organization.id);
        let mut next = Next::At(self.0.context.now() + self.0.context.jittered(connection.resync));
        let (mut extra, mut other, mut written) = (Vec::new(), None, false);
        match FieldKeeper(self.0).keep(work, organization, fresh).await? {
            Kept::Nothing => {}
            Kept::Failed(error) => return Ok(self.troubled(work, &error, Some(organization))),
            Kept::Found(own) => {
                match own.findings.health {
                    Health::Ready(Reason::InSync, _) => text.push_str(" It is as declared."),
                    health => other = Some(health),
                }
                written = own.completes.is_some();
                (extra, next) = (own.findings.extra, next.sooner(own.next));
            }
        }
        let health = other.unwrap_or(Health::Ready(Reason::InSync, text));
        let mut findings = Findings { extra, ..Findings::of(health) };
        if let Some((until, text)) = Verdicts(self.0).pause(organization) {
            findings = findings.with(ConditionType::Throttled, Reason::Throttled, text);
            next = Next::At(until + Duration::from_secs(1));
        }
        if let Some(why) = organization.audit.borrow().refused() {
            findings = findings.with(ConditionType::AuditUnavailable, Reason::AuditUnavailable, no_log(why));
        }
        Ok(Verdict { findings, next, standing, written })
    }

    /// Reads what is there, once that is believed.
    async fn inventories(&self, organization: &Rc<Organization<V>>, since: Tick) -> Result<(), VendorError> {
        let controllers = self.0.organizations.controllers();
        organization.searched.tidy(self.0.context.now());
        match self.0.vendor.refresh(&organization.session, since).await {
            Ok(true) => {
                for kind in &controllers {
                    kind.wake_below(&organization.root, Priority::Drift, true);
                }
            }
            Ok(false) => {}
            // Whoever needs them reads them, and is told.
            Err(error) if Tallied::failed(&error.failure) == Tallied::Impossible => {
                tracing::info!(organization = %organization.root, %error, "what kinds refer to may not be read");
            }
            Err(error) => return Err(error),
        }
        for kind in controllers.iter().filter(|kind| Some(kind.kind()) != V::WITNESS) {
            kind.refresh(organization, since).await?;
        }
        Ok(())
    }

    /// A failed call, and what it means for the organization and those below.
    fn troubled(
        &self,
        work: &Work<V::Root>,
        error: &VendorError,
        organization: Option<&Rc<Organization<V>>>,
    ) -> Verdict<V> {
        // Proved before: a pause or an outage changes nothing for those below.
        let known = organization.filter(|organization| organization.is_believed());
        let was_ready = at_rest(work.object.as_ref());
        let standing = known.map(|organization| Standing::Ready(Rc::clone(organization)));
        let own = matches!(error.failure.pause(), Some((_, Limit::Ceiling | Limit::Strangers)));
        if let Failure::Deferred { until, .. } = error.failure
            && own
            && was_ready
            && known.is_some()
        {
            // With so few calls a round takes longer than a minute, each time: that is no news.
            return Verdict::new(Findings::of(Health::Kept), Next::PutOff(until), standing);
        }
        if let Some((kind, reason, next)) = passing(&error.failure) {
            let text = match reason {
                Reason::Throttled => Verdicts(self.0).pause_text(&error.failure),
                Reason::VendorUnreachable => unanswered("The vendor does not answer", error),
                _ => unanswered("The vendor's answer cannot be used", error),
            };
            let health = if was_ready {
                let text = format!(
                    "Organization {} was reached before, and its objects are kept as far as that goes without the vendor.",
                    self.wanted(&work.object)
                );
                Health::Ready(Reason::InSync, text)
            } else {
                Health::Waiting(reason, text.clone())
            };
            let standing = standing.or_else(|| Some(Standing::Unreached(reason, text.clone())));
            let mut findings = Findings::of(health).with(kind, reason, text);
            // Nothing was heard of the log meanwhile.
            if let Some(text) = known.and_then(|known| known.audit.borrow().refused().map(no_log)) {
                findings = findings.with(ConditionType::AuditUnavailable, Reason::AuditUnavailable, text);
            }
            return Verdict::new(findings, next, standing);
        }
        let message = sentence(&error.message);
        let (reason, text) = match error.failure {
            Failure::Unauthorized => {
                if let Some(organization) = organization {
                    Sessions(self.0).note_refused(&organization.root, organization.token_print.clone());
                }
                let secret = self.0.vendor.connection(&work.object).token.secret;
                let text = format!(
                    "The vendor refuses the token: {message} Put a valid one into the Secret {secret}."
                );
                (Reason::TokenRefused, text)
            }
            Failure::Forbidden => {
                let text = format!("The token may not {}: {message} {}", V::WORDS.may_not, V::WORDS.to_allow);
                (Reason::Forbidden, text)
            }
            Failure::WrongOrganization => {
                let other = organization.and_then(|known| match &*known.identity.borrow() {
                    Identity::Other(other) => Some(other.clone()),
                    _ => None,
                });
                return self.wrong(&self.wanted(&work.object), other.as_deref().unwrap_or("another"));
            }
            Failure::Unsendable => (
                Reason::ConnectionInvalid,
                format!("Nothing can be sent: {message} Correct spec.connection."),
            ),
            _ => {
                let text = format!(
                    "The vendor refuses to show the organization: {message} Correct spec.connection, or what the vendor \
                     complains of; an edit is tried at once."
                );
                (Reason::RefusedByVendor, text)
            }
        };
        Verdicts(self.0).stalled(reason, text)
    }

    /// The id of the organization that the object stands for.
    fn wanted(&self, object: &V::Root) -> String {
        self.0.vendor.connection(object).organization.unwrap_or_default()
    }

    /// Why the organization that was created for the object is not the one that its manifest names, if so.
    fn mismatch(&self, object: &V::Root) -> Option<String> {
        let status = object.common_status();
        let held = status.id.as_ref().filter(|_| status.origin == Some(Origin::Created))?;
        let wanted = self.0.vendor.connection(object).organization.filter(|wanted| wanted != held)?;
        Some(format!(
            "Organization {held} was created for this object, and spec.organizationId names {wanted}; nothing \
             is read or written. Delete this object (what it stands for stays unless its policy is Delete), and \
             create one for {wanted}."
        ))
    }

    fn wrong(&self, wanted: &str, other: &str) -> Verdict<V> {
        Verdicts(self.0).stalled(
            Reason::WrongOrganization,
            format!(
                "The token belongs to organization {other}; this object stands for {wanted}. Nothing is written. Put a \
                 token of {wanted} into the Secret; or, if {other} is meant, create another object for it, as \
                 spec.organizationId cannot be changed."
            ),
        )
    }
}

/// What is said while the vendor's audit log cannot be read.
fn no_log(why: &str) -> String {
    format!(
        "The vendor's audit log cannot be read: {} Without it nobody is named who changed something. If that matters, give \
         the token's user the right to read it; it is asked for again with each resync.",
        sentence(why)
    )
}

/// What is said while the vendor cannot be reached, or read.
fn unanswered(what: &str, error: &VendorError) -> String {
    format!("{what}: {} It is tried again by itself.", sentence(&error.message))
}

/// What is said of a token that is not there: after a create, how to get one.
fn awaited<R: Managed>(work: &Work<R>, id: &str, text: String) -> String {
    match work.status.origin {
        Some(Origin::Created) => format!(
            "Organization {id} was created for this object, and a token of it has to be made in the vendor's \
             console. {text}"
        ),
        Some(Origin::Adopted) | None => text,
    }
}
