//! Creation: no duplicate, no orphan (rule 4).

use crate::api::managed::Managed;
use crate::api::status::{MAX_SEEN, PendingCreate};
use crate::engine::base::checkpoint::Step;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger::{self, Provenance};
use crate::engine::decide::report;
use crate::engine::decide::state::Circumstances;
use crate::engine::decide::trail::Fact;
use crate::engine::external::budget::Full;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::lag::Lag;
use crate::engine::resource::apply::plan::Planning;
use crate::engine::resource::apply::send::SentOnce;
use crate::engine::resource::apply::update::Updater;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::joined::joined;
use crate::engine::resource::report::outcome::{Outcomes, Verdict};
use crate::engine::resource::report::store::Store;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::fill::TokenFill;
use crate::engine::runtime::commit::{self, Committer};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator::{self, Sent};
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::work::Work;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::rc::Rc;

impl<K: Kind> ResourceReconciler<K> {
    /// Creates the object that `snapshot` lacks: finalizer, intent, call, result.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn create(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Observed>,
        desired: &DeclaredOf<K>,
    ) -> Result<Verdict, ClusterError> {
        if self.context.fence.opens_at(self.context.now()).is_some() {
            let error = VendorError::without_effect(
                Failure::Fenced,
                "another process wrote until a moment ago, and its last requests may still take effect",
            );
            return Ok(Outcomes(self).failed(work, organization, &error));
        }
        let stock = Lists(self).inventory(organization, work.object.as_ref());
        if let Some(Full { until, limit }) = stock.creates_from.get()
            && until > self.context.now()
        {
            // An intent that would have to be taken back at once costs two writes of the object.
            let error = VendorError::without_effect(Failure::Deferred { until, limit }, limit.text());
            return Ok(Outcomes(self).failed(work, organization, &error));
        }
        if let Some(verdict) = SentOnce(self).waits_for_store(work.object.as_ref()) {
            return Ok(verdict);
        }
        Store(self).hold(work).await?;
        let lives = |id: &str| snapshot.items.contains_key(id);
        if let Some(findings) = Custodian(self).reserve(work, organization, lives).await? {
            return Ok(Verdict::new(findings, self.context.slowly()));
        }
        let key = Keys(self).natural_key(work.object.as_ref(), desired);
        let seen = there_before::<K>(snapshot, &key);
        if seen.len() > MAX_SEEN {
            return Ok(Verdict::new(
                Findings::stalled(Reason::Ambiguous, crowded(K::FACTS.noun)),
                self.context.slowly(),
            ));
        }
        let since = report::whole_seconds(self.context.clock.wall());
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = Parents(self).container_of(work.object.as_ref());
        let key = Keys(self).key_hash(&key);
        work.status.pending_create = Some(PendingCreate { since: Time(since), key, seen, accepted: false });
        let steps = (Step::IntentStored, Step::CreateAnswered);
        match SentOnce(self).send_once(work, organization, &stock, desired, (steps, since)).await? {
            Sent::Late => {
                Ok(Self::not_sent(work, "Storing the intent took too long; it starts again by itself."))
            }
            Sent::Answered(id, token) => {
                let seal = token.as_ref().and_then(|token| Custodian(self).seal(work, &id, token));
                let made = self.answered(work, organization, &id);
                let token = TokenFill(self).deliver(work, organization, &id, token, seal).await;
                let verdict = self.created(work, organization, (&id, made), desired).await?;
                Ok(joined(verdict, &[], token))
            }
            Sent::Accepted => {
                self.context.tally.created(K::Resource::KIND, "accepted");
                if let Some(pending) = &mut work.status.pending_create {
                    pending.accepted = true;
                }
                let text = format!(
                    "The vendor accepted the {}, and named no id: a list will, and it goes on by itself then.",
                    K::FACTS.noun
                );
                let mut verdict = Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::TooLong(id) => {
                self.context.tally.created(K::Resource::KIND, "accepted");
                if let Some(pending) = &mut work.status.pending_create {
                    pending.accepted = true;
                }
                let findings = Findings::stalled(Reason::IdTooLong, long_id::text(K::FACTS.noun, &id));
                let mut verdict = Verdict::new(findings, self.context.slowly());
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::NotNew(id) => {
                self.context.tally.created(K::Resource::KIND, "accepted");
                if let Some(pending) = &mut work.status.pending_create {
                    pending.accepted = true;
                }
                let text = format!("{} It goes on by itself then.", creator::not_new(K::FACTS.noun, &id));
                let mut verdict = Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::Refused(error) => {
                self.context.tally.created(K::Resource::KIND, "refused");
                work.status.pending_create = None;
                let mut verdict = Outcomes(self).failed(work, organization, &error);
                Lag(self).give_time(work, desired, &error, &mut verdict);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::Unknown(error) => {
                self.context.tally.created(K::Resource::KIND, "unknown");
                let title = K::naming(work.object.as_ref()).title;
                let note = format!(
                    "A create of the {} {title:?} was sent, and nobody heard what came of it.",
                    K::FACTS.noun
                );
                let fact = Fact::new(Reason::OutcomeUnknown, note);
                self.notes().note_and_log(work.object.as_ref(), &fact);
                let text = format!(
                    "A create was sent, and its outcome is not known ({}). Lists of the vendor decide, and it goes on by \
                     itself then; no second {} is created before.",
                    error.message,
                    K::FACTS.noun
                );
                Ok(Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry))
            }
        }
    }

    /// Takes in the id that the vendor answered: it is owed before anything else is done. What is to be told of it.
    fn answered(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
    ) -> Fact {
        let now = self.context.now();
        self.memory(work.object.as_ref(), |memory| {
            memory.touched = now;
            memory.wrote.clear();
        });
        organization.audit.borrow_mut().wrote(id, self.context.clock.wall());
        self.context.tally.created(K::Resource::KIND, "created");
        work.created = true;
        ledger::stand_for(&mut work.status, id, Provenance::Answered);
        work.status.pending_create = None;
        self.commit().owe(&work.object, &Committer::status(work));
        let fact = Fact::new(Reason::Created, format!("Created the {} {id}.", K::FACTS.noun));
        self.notes().note(work.object.as_ref(), &fact);
        fact
    }

    /// Stores the result, and writes what the create could not carry.
    async fn created(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        (id, Fact { note, .. }): (&str, Fact),
        desired: &DeclaredOf<K>,
    ) -> Result<Verdict, ClusterError> {
        let live = self.kind.core.created(&desired.state, id);
        let carried = SentOnce(self).carried(organization, desired, &live, &work.status.last_applied);
        work.status.last_applied.extend(carried);
        let rest = Planning(self).plan(work, organization, desired, &live, true);
        // Not before what it took the place of is gone, and its token is in the Secret.
        let complete = work.status.superseded.is_none()
            && rest.apply.is_empty()
            && self.commit().owes_token(work.object.as_ref()).is_none();
        if !complete {
            if !rest.hidden.is_empty() {
                commit::intend(&mut work.status, &rest.hidden, self.context.prints.get());
            }
            let text =
                format!("The {} is created; the rest of it is being written by itself.", K::FACTS.noun);
            let findings = Findings::waiting(Reason::Progressing, text);
            let generation = work.generation();
            report::write(
                &mut work.status,
                &findings,
                Circumstances::default(),
                generation,
                self.context.clock.wall(),
            );
            let stored = SentOnce(self).store_surely(work, id, Step::ResultStored).await;
            if stored.is_err() {
                self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
                return stored.map(|()| Outcomes::<K>::soon());
            }
        }
        let mut verdict = Updater(self).bring_in_line(work, organization, id, desired, live, true).await?;
        verdict.precondition = Precondition::SameObject;
        if complete {
            let generation = work.generation();
            report::write(
                &mut work.status,
                &verdict.findings,
                Circumstances::default(),
                generation,
                self.context.clock.wall(),
            );
            work.status.deletion_policy = Some(self.deletion(work.object.as_ref(), &work.status));
            let stored = SentOnce(self).store_surely(work, id, Step::ResultStored).await;
            self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
            return stored.map(|()| verdict);
        }
        self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
        Ok(verdict)
    }

    /// The call was certainly not sent: the intent is taken back.
    fn not_sent(work: &mut Work<K::Resource>, text: &str) -> Verdict {
        work.status.pending_create = None;
        Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Retry)
    }
}

/// What is said where more have the name than can be told from what is made.
pub(in crate::engine::resource) fn crowded(noun: &str) -> String {
    format!(
        "More than {MAX_SEEN} {noun}s have this name, and a new one could not be told from them. Delete at the vendor those \
         that nobody uses, or choose another name."
    )
}

/// The ids that have the key before a create, as far as they can be stored.
pub(in crate::engine::resource) fn there_before<K: Kind>(
    snapshot: &Snapshot<K::Observed>,
    key: &str,
) -> Vec<String> {
    let rows = snapshot.items.iter().filter(|(id, live)| K::has_key(live, key) && long_id::fits(id));
    rows.map(|(id, _)| id.clone()).collect()
}
