//! Creation: no duplicate, no orphan (rule 4).

use crate::api::managed::Managed;
use crate::api::status::{MAX_SEEN, PendingCreate};
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger::{self, Provenance};
use crate::engine::decide::plan::{Field, Seen};
use crate::engine::decide::report::{self};
use crate::engine::decide::state::Circumstances;
use crate::engine::external::budget::Full;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::observe::list_cache::ListCache;
use crate::engine::resource::reconcile::joined;
use crate::engine::resource::report::outcome::Verdict;
use crate::engine::resource::{Claim, ResourceReconciler};
use crate::engine::runtime::commit::{self, Committer, Unrepeatable};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator::{self, Sent};
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::work::Work;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;
use std::rc::Rc;

impl<K: Kind> ResourceReconciler<K> {
    /// Creates the object that `snapshot` lacks: finalizer, intent, call, result.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn create(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Observed>,
        desired: &K::Desired,
    ) -> Result<Verdict, ClusterError> {
        if self.context.fence.opens_at(self.context.now()).is_some() {
            let error = VendorError::without_effect(
                Failure::Fenced,
                "another process wrote until a moment ago, and its last requests may still take effect",
            );
            return Ok(self.failed(work, organization, &error));
        }
        let stock = self.inventory(organization, work.object.as_ref());
        if let Some(Full { until, limit }) = stock.creates_from.get()
            && until > self.context.now()
        {
            // An intent that would have to be taken back at once costs two writes of the object.
            let error = VendorError::without_effect(Failure::Deferred { until, limit }, limit.text());
            return Ok(self.failed(work, organization, &error));
        }
        if let Some(verdict) = self.waits_for_store(work.object.as_ref()) {
            return Ok(verdict);
        }
        self.hold(work).await?;
        let lives = |id: &str| snapshot.items.contains_key(id);
        if let Some(findings) = self.reserve(work, organization, lives).await? {
            return Ok(Verdict::new(findings, self.context.slowly()));
        }
        let key = self.natural_key(work.object.as_ref(), desired);
        let seen = there_before::<K>(snapshot, &key);
        if seen.len() > MAX_SEEN {
            return Ok(Verdict::new(
                Findings::stalled(Reason::Ambiguous, crowded(K::NOUN)),
                self.context.slowly(),
            ));
        }
        let since = report::whole_seconds(self.context.clock.wall());
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = self.container_of(work.object.as_ref());
        let key = self.key_hash(&key);
        work.status.pending_create = Some(PendingCreate { since: Time(since), key, seen, accepted: false });
        let steps = (Step::IntentStored, Step::CreateAnswered);
        match self.send_once(work, organization, &stock, desired, (steps, since)).await? {
            Sent::Late => {
                Ok(Self::not_sent(work, "Storing the intent took too long; it starts again by itself."))
            }
            Sent::Answered(id, token) => {
                let seal = token.as_ref().and_then(|token| self.seal(work, &id, token));
                self.answered(work, organization, &id);
                let token = self.deliver(work, organization, &id, token, seal).await;
                let verdict = self.created(work, organization, &id, desired).await?;
                Ok(joined(verdict, &[], token))
            }
            Sent::Accepted => {
                self.context.tally.created(K::Resource::KIND, "accepted");
                if let Some(pending) = &mut work.status.pending_create {
                    pending.accepted = true;
                }
                let text = format!(
                    "The vendor accepted the {}, and named no id: a list will, and it goes on by itself then.",
                    K::NOUN
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
                let findings = Findings::stalled(Reason::IdTooLong, long_id::text(K::NOUN, &id));
                let mut verdict = Verdict::new(findings, self.context.slowly());
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::NotNew(id) => {
                self.context.tally.created(K::Resource::KIND, "accepted");
                if let Some(pending) = &mut work.status.pending_create {
                    pending.accepted = true;
                }
                let text = format!("{} It goes on by itself then.", creator::not_new(K::NOUN, &id));
                let mut verdict = Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::Refused(error) => {
                self.context.tally.created(K::Resource::KIND, "refused");
                work.status.pending_create = None;
                let mut verdict = self.failed(work, organization, &error);
                self.give_time(work, desired, &error, &mut verdict);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Sent::Unknown(error) => {
                self.context.tally.created(K::Resource::KIND, "unknown");
                let text = format!(
                    "A create was sent, and its outcome is not known ({}). Lists of the vendor decide, and it goes on by \
                     itself then; no second {} is created before.",
                    error.message,
                    K::NOUN
                );
                Ok(Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry))
            }
        }
    }

    /// Stores the draft, which holds the intent, and sends the create of it, which was meant now and stands there with the moment `since`.
    pub(in crate::engine::resource) async fn send_once(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        stock: &ListCache<K::Observed>,
        desired: &K::Desired,
        (steps, since): ((Step, Step), Timestamp),
    ) -> Result<Sent, ClusterError> {
        let me = reference(work.object.as_ref());
        let permit = || self.commit().may_create(&me);
        let send =
            async |permit: Unrepeatable| permit.create(&*self.kind, &organization.session, desired).await;
        // Whatever was written to the object since we read it, storing the intent fails.
        let meant = self.context.now();
        let intent = async {
            self.store(work, Precondition::Unchanged).await?;
            self.context.first_seen.own(work.object.as_ref(), since, meant);
            Ok(())
        };
        // As it was before the call: a list that is read meanwhile may show what it makes. What has its container's id
        // is told by no id from what was there before.
        let before = stock.inventory.latest().filter(|_| self.judges_for_us().is_none());
        let root = &organization.root;
        let is_known = |id: &str| {
            let listed = before.as_ref().is_some_and(|list| list.items.contains_key(id));
            let index = self.index.borrow();
            let has = |claim: &Claim| claim.held.as_deref() == Some(id) || claim.former.contains(id);
            listed || stock.inventory.was_deleted(id) || index.claimants(root, id).into_iter().any(has)
        };
        let sent = creator::once(&self.context, steps, intent, permit, send, is_known).await?;
        match &sent {
            Sent::Answered(id, _) => stock.inventory.made(id, self.context.now()),
            Sent::Refused(error) => {
                if let Some((until, limit)) = error.failure.pause() {
                    stock.creates_from.set(Some(Full { until, limit }));
                }
            }
            _ => {}
        }
        Ok(sent)
    }

    /// Takes in the id that the vendor answered: it is owed before anything else is done.
    fn answered(&self, work: &mut Work<K::Resource>, organization: &Rc<Organization<K::Vendor>>, id: &str) {
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
    }

    /// While what was written last is not stored, nothing is made: what is said then.
    pub(in crate::engine::resource) fn waits_for_store(&self, object: &K::Resource) -> Option<Verdict> {
        let text = "What was written at the vendor last is not stored in Kubernetes yet; nothing is made before. It is \
                    tried again by itself; if it lasts, an event says what Kubernetes refuses.";
        let findings = || Findings::waiting(Reason::KubernetesUnavailable, text);
        self.commit().owes(object).then(|| Verdict::new(findings(), Next::Retry))
    }

    /// Stores the result, and writes what the create could not carry.
    async fn created(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &K::Desired,
    ) -> Result<Verdict, ClusterError> {
        let live = self.kind.created(desired, id);
        let carried = self.carried(organization, desired, &live, &work.status.last_applied);
        work.status.last_applied.extend(carried);
        let rest = self.plan(work, organization, desired, &live, true);
        // Not before what it took the place of is gone, and its token is in the Secret.
        let complete = work.status.superseded.is_none()
            && rest.apply.is_empty()
            && self.commit().owes_token(work.object.as_ref()).is_none();
        let note = format!("Created the {} {id}.", K::NOUN);
        self.context.changed(work, Reason::Created, &note, None);
        if !complete {
            if !rest.hidden.is_empty() {
                commit::intend(&mut work.status, &rest.hidden, self.context.prints.get());
            }
            let text = format!("The {} is created; the rest of it is being written by itself.", K::NOUN);
            let findings = Findings::waiting(Reason::Progressing, text);
            let generation = work.generation();
            report::write(
                &mut work.status,
                &findings,
                Circumstances::default(),
                generation,
                self.context.clock.wall(),
            );
            let stored = self.store_surely(work, id, Step::ResultStored).await;
            if stored.is_err() {
                self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
                return stored.map(|()| Self::soon());
            }
        }
        let mut verdict = self.bring_in_line(work, organization, id, desired, live, true).await?;
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
            work.status.deletion_policy =
                Some(crate::engine::resource::deletion::<K>(work.object.as_ref(), &work.status));
            let stored = self.store_surely(work, id, Step::ResultStored).await;
            self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
            return stored.map(|()| verdict);
        }
        self.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
        Ok(verdict)
    }

    /// Fingerprints of what the create wrote and no read shows.
    pub(in crate::engine::resource) fn carried(
        &self,
        organization: &Organization<K::Vendor>,
        desired: &K::Desired,
        live: &K::Observed,
        applied: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let Some(prints) = self.context.prints.get() else { return BTreeMap::new() };
        let fields = self.kind.fields(&organization.session, desired, live, applied);
        let carried = |field: &&Field| {
            matches!(field.seen, Seen::Unreadable)
                && self.kind.create_carries(&organization.session, desired, &field.path)
        };
        let print = |field: &Field| (field.path.clone(), prints.of(&field.path, field.desired.expose()));
        fields.iter().filter(carried).map(print).collect()
    }

    /// Stores what came of a create. It is owed from here on, and tried again from the queue until it is stored.
    pub(in crate::engine::resource) async fn store_surely(
        &self,
        work: &mut Work<K::Resource>,
        id: &str,
        step: Step,
    ) -> Result<(), ClusterError> {
        let outcome = self.store(work, Precondition::SameObject).await;
        match &outcome {
            Ok(()) => checkpoint::reached(step),
            Err(error) => {
                let object = reference(work.object.as_ref());
                tracing::warn!(%object, id, %error, "the result is not stored yet");
            }
        }
        outcome
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
