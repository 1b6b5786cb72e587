//! Creation: no duplicate, no orphan (rule 4).

use super::keep::joined;
use super::verdict::Verdict;
use super::{Children, seen};
use crate::api::managed::Managed;
use crate::api::status::{MAX_SEEN, Origin, PendingCreate};
use crate::engine::crash::{self, Step};
use crate::engine::error::{Failure, VendorError};
use crate::engine::inventory::Snapshot;
use crate::engine::kind::Kind;
use crate::engine::objects::{Precondition, reference};
use crate::engine::organization::Organization;
use crate::engine::patience::Patience;
use crate::engine::plan::{Field, Seen};
use crate::engine::reason::Reason;
use crate::engine::report::{self, Findings};
use crate::engine::seams::ClusterError;
use crate::engine::work::Work;
use crate::engine::world::Next;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource as _;
use std::collections::BTreeMap;
use std::rc::Rc;

impl<K: Kind> Children<K> {
    /// Creates the object that `snapshot` lacks: finalizer, intent, call, result.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn create(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Snapshot<K::Live>,
        desired: &K::Desired,
    ) -> Result<Verdict, ClusterError> {
        if self.world.fence.opens_at(self.world.now()).is_some() {
            let error = VendorError::without_effect(
                Failure::Fenced,
                "another process wrote until a moment ago, and its last requests may still take effect",
            );
            return Ok(self.failed(work, organization, &error));
        }
        let stock = self.inventory(organization, work.object.as_ref());
        let room = stock.creates_from.get();
        if room > self.world.now() {
            // An intent that would have to be taken back at once costs two writes of the object.
            let error = VendorError::without_effect(
                Failure::Deferred { until: room },
                "the rate limit of creates is used up",
            );
            return Ok(self.failed(work, organization, &error));
        }
        self.hold(work).await?;
        let lives = |id: &str| snapshot.items.contains_key(id);
        if let Some(findings) = self.reserve(work, organization, lives).await? {
            return Ok(Verdict::new(findings, self.world.slowly()));
        }
        let key = self.natural_key(work.object.as_ref(), desired);
        let rows = snapshot.items.iter();
        let seen: Vec<String> =
            rows.filter(|(_, live)| K::live_key(live) == key).map(|(id, _)| id.clone()).collect();
        if seen.len() > MAX_SEEN {
            let text = format!("More than {MAX_SEEN} {}s have this name already.", K::NOUN);
            return Ok(Verdict::new(Findings::stalled(Reason::Ambiguous, text), self.world.slowly()));
        }
        let since = report::whole_seconds(self.world.clock.wall());
        let intended = self.world.now();
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = self.container_of(work.object.as_ref());
        work.status.pending_create =
            Some(PendingCreate { since: Time(since), key: self.key_hash(&key), seen });
        // Whatever was written to the object since we read it, this fails.
        self.store(work, Precondition::Unchanged).await?;
        seen::intended(&self.world, work.object.as_ref(), intended);
        crash::reached(Step::IntentStored);
        if self.world.now().since(intended) >= self.world.network.call_timeout() {
            // So late a call could outlive the time after which lists are believed.
            return Ok(Self::not_sent(work, "Storing the intent took too long; it starts again."));
        }
        let answer = self.kind.create(&organization.session, desired).await;
        if answer.as_ref().err().is_none_or(VendorError::sent) {
            crash::reached(Step::CreateAnswered);
        }
        match answer {
            Ok(created) => match created.id {
                Some(id) => {
                    let token = self.deliver(work, organization, &id, created.token).await;
                    let verdict = self.created(work, organization, &id, desired).await?;
                    Ok(joined(verdict, &[], token))
                }
                None => {
                    self.world.tally.created(K::Resource::KIND, "accepted");
                    let text = format!("The vendor accepted the {}, and named no id; a list will.", K::NOUN);
                    Ok(Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry))
                }
            },
            Err(error) if error.without_effect => {
                self.world.tally.created(K::Resource::KIND, "refused");
                if let Failure::Deferred { until } | Failure::Throttled { until } = error.failure {
                    stock.creates_from.set(until);
                }
                work.status.pending_create = None;
                let mut verdict = self.failed(work, organization, &error);
                self.give_time(work, desired, &error, &mut verdict);
                verdict.precondition = Precondition::SameObject;
                Ok(verdict)
            }
            Err(error) => {
                self.world.tally.created(K::Resource::KIND, "unknown");
                let text = format!(
                    "A create was sent, and its outcome is not known ({}). Lists of the vendor decide; no \
                     second {} is created before.",
                    error.message,
                    K::NOUN
                );
                Ok(Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry))
            }
        }
    }

    /// Stores the result, whatever it takes, and writes what the create could not carry.
    async fn created(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &K::Desired,
    ) -> Result<Verdict, ClusterError> {
        let now = self.world.now();
        self.memory(work.object.as_ref(), |memory| {
            memory.touched = now;
            memory.wrote.clear();
        });
        organization.audit.borrow_mut().wrote(id, self.world.clock.wall());
        self.world.tally.created(K::Resource::KIND, "created");
        work.created = true;
        work.status.id = Some(id.to_owned());
        work.status.origin = Some(Origin::Created);
        work.status.pending_create = None;
        let live = self.kind.created(desired, id);
        let carried = self.carried(organization, desired, &live, &work.status.last_applied);
        work.status.last_applied.extend(carried);
        // Not before what it took the place of is gone.
        let complete = work.status.superseded.is_none() && self.complete(organization, desired, &live, work);
        if !complete {
            let text = format!("The {} is created; the rest of it is being written.", K::NOUN);
            let findings = Findings::waiting(Reason::Progressing, text);
            let generation = work.generation();
            report::write(&mut work.status, &findings, generation, self.world.clock.wall());
            self.store_surely(work, id, Step::ResultStored).await?;
        }
        let mut verdict = self.bring_in_line(work, organization, id, desired, live, true).await?;
        verdict.precondition = Precondition::SameObject;
        if complete {
            let generation = work.generation();
            report::write(&mut work.status, &verdict.findings, generation, self.world.clock.wall());
            work.status.deletion_policy = Some(super::deletion::<K>(work.object.as_ref(), &work.status));
            self.store_surely(work, id, Step::ResultStored).await?;
        }
        let note = format!("Created the {} {id}.", K::NOUN);
        self.world.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
        Ok(verdict)
    }

    /// Fingerprints of what the create wrote and no read shows.
    pub(super) fn carried(
        &self,
        organization: &Organization<K::Vendor>,
        desired: &K::Desired,
        live: &K::Live,
        applied: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let Some(prints) = self.world.prints.get() else { return BTreeMap::new() };
        let fields = self.kind.fields(&organization.session, desired, live, applied);
        let carried = |field: &&Field| {
            matches!(field.seen, Seen::Unreadable)
                && self.kind.create_carries(&organization.session, desired, &field.path)
        };
        let print = |field: &Field| (field.path.clone(), prints.of(&field.path, field.desired.expose()));
        fields.iter().filter(carried).map(print).collect()
    }

    /// Whether a created object needs no further write.
    fn complete(
        &self,
        organization: &Organization<K::Vendor>,
        desired: &K::Desired,
        live: &K::Live,
        work: &Work<K::Resource>,
    ) -> bool {
        self.plan(work, organization, desired, live, true).apply.is_empty()
    }

    /// Stores the status until it is stored: the id must not get lost while the process lives.
    pub(super) async fn store_surely(
        &self,
        work: &mut Work<K::Resource>,
        id: &str,
        step: Step,
    ) -> Result<(), ClusterError> {
        let mut patience = Patience::new(&self.world);
        loop {
            match self.store(work, Precondition::SameObject).await {
                Ok(()) => {
                    crash::reached(step);
                    return Ok(());
                }
                Err(ClusterError::NotFound) => {
                    let object = reference(work.object.as_ref());
                    tracing::error!(%object, id, "the object is gone; what was created for it stays");
                    return Err(ClusterError::NotFound);
                }
                Err(error) => {
                    let object = reference(work.object.as_ref());
                    if self.objects.get(&object).is_none_or(|now| now.meta().uid != work.object.meta().uid) {
                        tracing::error!(%object, id, "another object has this name; what was created stays");
                        return Err(ClusterError::NotFound);
                    }
                    tracing::warn!(%object, id, %error, "the result is not stored yet");
                    patience.wait().await;
                }
            }
        }
    }

    /// The call was certainly not sent: the intent is taken back.
    fn not_sent(work: &mut Work<K::Resource>, text: &str) -> Verdict {
        work.status.pending_create = None;
        Verdict::new(Findings::waiting(Reason::Progressing, text), Next::Retry)
    }
}
