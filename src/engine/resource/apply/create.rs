//! Creation: no duplicate, no orphan (rule 4).

use crate::api::status::{MAX_SEEN, PendingCreate, UnnamedAnswer};
use crate::engine::base::checkpoint::Step;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::Findings;
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::ledger::{self, Place, Provenance};
use crate::engine::decide::report;
use crate::engine::decide::state::Circumstances;
use crate::engine::decide::trail::Fact;
use crate::engine::external::budget::Full;
use crate::engine::external::inventory::Snapshot;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::lag::Lag;
use crate::engine::resource::apply::send::SentOnce;
use crate::engine::resource::apply::update::{Line, Updater};
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::joined::joined;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::fill::TokenFill;
use crate::engine::runtime::commit::{self, Committer};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator::{self, Sent};
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::stop::said;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::rc::Rc;

/// Creates what is not there.
pub struct Creation<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Creation<'_, K> {
    /// Creates the object that `snapshot` lacks: finalizer, intent, call, result.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn create(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        snapshot: &Rc<Snapshot<K::Observed>>,
        desired: &DeclaredOf<K>,
    ) -> Result<Verdict, Stop> {
        if self.0.context.fence.opens_at(self.0.context.now()).is_some() {
            let error = VendorError::without_effect(
                Failure::Fenced,
                "another process wrote until a moment ago, and its last requests may still take effect",
            );
            return Ok(Outcomes(self.0).failed(work, organization, &error));
        }
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        if let Some(Full { until, limit }) = cache.creates_from.get()
            && until > self.0.context.now()
        {
            // An intent that would have to be taken back at once costs two writes of the object.
            let error = VendorError::without_effect(Failure::Deferred { until, limit }, limit.text());
            return Ok(Outcomes(self.0).failed(work, organization, &error));
        }
        if let Some(verdict) = SentOnce(self.0).waits_for_store(work.object.as_ref()) {
            return Err(verdict.into());
        }
        Store(self.0).hold(work).await?;
        let lives = |id: &str| snapshot.items.contains_key(id);
        if let Some(findings) = Custodian(self.0).reserve(work, organization, lives).await? {
            return Ok(self.0.slow(findings));
        }
        let key = Keys(self.0).natural_key(work.object.as_ref(), desired);
        let seen = there_before::<K>(snapshot, &key);
        if seen.len() > MAX_SEEN {
            return Ok(self.0.slow(Findings::stalled(Reason::Ambiguous, crowded(K::FACTS.noun))));
        }
        let since = report::whole_seconds(self.0.context.clock.wall());
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = Parents(self.0).container_of(work.object.as_ref());
        let key = Keys(self.0).key_hash(&key);
        work.status.pending_create =
            Some(PendingCreate { since: Time(since), key, seen, answer: UnnamedAnswer::default() });
        let steps = (Step::IntentStored, Step::CreateAnswered);
        let (lists, how) = ((&*cache, snapshot), (steps, Place::First));
        let sent = SentOnce(self.0).send_once(work, organization, lists, desired, how).await?;
        creator::count(self.0, &sent);
        match sent {
            Sent::Not(why) => {
                Ok(Verdict::new(Findings::waiting(Reason::Progressing, why), Next::Retry).of_same_object())
            }
            Sent::Answered(id, token) => {
                let seal = token.as_ref().and_then(|token| Custodian(self.0).seal(work, &id, token));
                let live = self.0.kind.core.created(&desired.state, &id);
                let made = self.answered(work, organization, &id, &live);
                let token = TokenFill(self.0).deliver(work, organization, &id, token, seal).await;
                let verdict = said(self.created(work, organization, (&id, made, live), desired).await)?;
                Ok(joined(verdict, &[], token))
            }
            Sent::Accepted => {
                let text = format!(
                    "The vendor accepted the {}, and named no id: {}.",
                    K::FACTS.noun,
                    Outcomes::<K>::teller("a list will, and it goes on by itself then")
                );
                let verdict = Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry);
                Ok(verdict.of_same_object())
            }
            Sent::TooLong(id) => {
                let findings = Findings::stalled(Reason::IdTooLong, long_id::text(K::FACTS.noun, &id));
                Ok(self.0.slow(findings).of_same_object())
            }
            Sent::NotNew(id) => {
                let text = format!(
                    "{} Of what it made instead, if anything, {}. Nothing more is created before.",
                    creator::not_new(K::FACTS.noun, &id),
                    Outcomes::<K>::teller("a list will tell, and it goes on by itself then")
                );
                let verdict = Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), Next::Retry);
                Ok(verdict.of_same_object())
            }
            Sent::Refused(error) => {
                let mut verdict = Outcomes(self.0).failed(work, organization, &error);
                Lag(self.0).give_time(work, desired, &error, &mut verdict);
                Ok(verdict.of_same_object())
            }
            Sent::Unknown(error) => {
                let title = K::naming(work.object.as_ref()).title;
                let note = format!(
                    "A create of the {} {title:?} was sent, and nobody heard what came of it.",
                    K::FACTS.noun
                );
                let fact = Fact::new(Reason::OutcomeUnknown, note);
                self.0.notes().note_and_log(work.object.as_ref(), &fact);
                let decides = Outcomes::<K>::teller_of(
                    "Lists of the vendor decide, and it goes on by itself then",
                    "No list of the vendor will tell, so it goes on by itself until that call has ended for sure, and you \
                     are asked then",
                );
                let text = format!(
                    "A create was sent, and its outcome is not known ({}). {decides}; no second {} is created before.",
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
        live: &K::Observed,
    ) -> Fact {
        let now = self.0.context.now();
        self.0.memory(work.object.as_ref(), |memory| {
            memory.writes.touched = now;
            memory.writes.wrote.clear();
        });
        organization.audit.borrow_mut().wrote(id, self.0.context.clock.wall());
        work.created = true;
        ledger::stand_for(&mut work.status, id, Provenance::Answered, Keys(self.0).provisional(live));
        self.0.commit().owe(&work.object, &Committer::status(work));
        let fact = Fact::new(Reason::Created, format!("Created the {} {id}.", K::FACTS.noun));
        self.0.notes().note(work.object.as_ref(), &fact);
        fact
    }

    /// Stores the result, and writes what the create could not carry.
    async fn created(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        (id, Fact { note, .. }, live): (&str, Fact, K::Observed),
        desired: &DeclaredOf<K>,
    ) -> Result<Verdict, Stop> {
        let carried = SentOnce(self.0).carried(organization, desired, &live, &work.status.last_applied);
        work.status.last_applied.extend(carried);
        let rest = Updater(self.0).plan(work, organization, desired, &live);
        // Not before what it took the place of is gone, and its token is in the Secret.
        let complete = work.status.superseded.is_none()
            && rest.apply.is_empty()
            && self.0.commit().owes_token(work.object.as_ref()).is_none();
        if !complete {
            if !rest.hidden.is_empty() {
                commit::intend(&mut work.status, &rest.hidden, self.0.context.prints.get());
            }
            let text =
                format!("The {} is created; the rest of it is being written by itself.", K::FACTS.noun);
            let findings = Findings::waiting(Reason::Progressing, text);
            if let Err(error) = self.store_result(work, id, &findings).await {
                self.0.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
                return Err(error.into());
            }
        }
        // Nothing that was just created is replaced.
        let replace = async |_: &mut Work<K::Resource>| Ok(Outcomes::<K>::soon());
        let line = Line { id, desired, live, manage: true };
        let verdict =
            Updater(self.0).bring_in_line(work, organization, line, replace).await?.of_same_object();
        let stored = if complete {
            work.status.deletion_policy = Some(self.0.deletion(work.object.as_ref(), &work.status));
            self.store_result(work, id, &verdict.findings).await
        } else {
            Ok(())
        };
        self.0.context.tell(work.object.as_ref(), false, Reason::Created, "Create", note).await;
        Ok(stored.map(|()| verdict)?)
    }

    /// Says what became of it, and stores that with the id.
    async fn store_result(
        &self,
        work: &mut Work<K::Resource>,
        id: &str,
        findings: &Findings,
    ) -> Result<(), ClusterError> {
        let (generation, wall) = (work.generation(), self.0.context.clock.wall());
        report::write(&mut work.status, findings, Circumstances::default(), generation, wall);
        Store(self.0).store_surely(work, id, Some(Step::ResultStored)).await
    }
}

/// What is said where more have the name than can be told from what is made.
pub fn crowded(noun: &str) -> String {
    format!(
        "More than {MAX_SEEN} {noun}s have this name, and a new one could not be told from them. Delete at the vendor those \
         that nobody uses, or choose another name."
    )
}

/// The ids that have the key before a create, as far as they can be stored.
pub fn there_before<K: Kind>(snapshot: &Snapshot<K::Observed>, key: &str) -> Vec<String> {
    let rows = snapshot.items.iter().filter(|(id, live)| K::has_key(live, key) && long_id::fits(id));
    rows.map(|(id, _)| id.clone()).collect()
}
