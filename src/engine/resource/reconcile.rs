//! The six steps for an object that is to be kept, one after the other.

use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::identify::{Decision, Via};
use crate::engine::decide::ledger::{self, Provenance};
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::facts::KeyAtVendor;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::again::MadeAgain;
use crate::engine::resource::apply::duplicates::Duplicates;
use crate::engine::resource::apply::leftovers::Leftovers;
use crate::engine::resource::apply::prepare::Preparation;
use crate::engine::resource::apply::replace::Replacement;
use crate::engine::resource::apply::update::Updater;
use crate::engine::resource::apply::vanished::Vanished;
use crate::engine::resource::delete::remove::Removal;
use crate::engine::resource::delete::taken_away::TakenAway;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::details::{DetailReads, Detailed, Look};
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::report::advice::Advice;
use crate::engine::resource::report::joined::{joined, told};
use crate::engine::resource::report::outcome::{Outcomes, Verdict};
use crate::engine::resource::report::store::Store;
use crate::engine::resource::report::write::Reporter;
use crate::engine::resource::resolve::desired::DesiredState;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::{Admission, Resolution};
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::keeper::TokenKeeper;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work::{Work, at_rest, not_stored, requested, rotates};
use std::rc::Rc;

/// Takes an object through the six steps.
pub(in crate::engine::resource) struct Reconcile<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> Reconcile<'_, K> {
    /// Keeps an object.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn keep(&self, object: Rc<K::Resource>, ticket: &Ticket) -> Next {
        if Resolution(self.0).unseen(object.as_ref()) {
            return Next::Rest;
        }
        let mut work = Work::new(object);
        let asked = requested(work.object.as_ref()).map(str::to_owned);
        Leftovers(self.0).keep_asking(&mut work);
        // What an earlier look saw and could not store was not seen.
        self.0.memory(work.object.as_ref(), |memory| memory.viewing = None);
        let mut verdict = match self.steps(&mut work, ticket).await {
            Ok(verdict) if verdict.findings.health == Health::Kept => Verdict {
                next: verdict.next.sooner(Advice(self.0).tells_at(work.object.as_ref())),
                ..verdict
            },
            Ok(verdict) => verdict,
            Err(ClusterError::NotFound) => return TakenAway(self.0).taken_away(&work).await,
            Err(error) => match not_stored(&error) {
                Some(findings) => {
                    Store(self.0).begin_anew(&mut work);
                    Verdict::new(findings, self.0.context.slowly())
                }
                // Somebody wrote the object meanwhile; the watch brings what it is now.
                None => return Next::Retry,
            },
        };
        Leftovers(self.0).ask(&mut work, &mut verdict);
        if asked.is_some() {
            work.status.last_handled_reconcile_at = asked;
        }
        work.status.deletion_policy = Some(self.0.deletion(work.object.as_ref(), &work.status));
        Reporter(self.0).report(&mut work, verdict).await
    }

    /// Steps one to five.
    async fn steps(&self, work: &mut Work<K::Resource>, ticket: &Ticket) -> Result<Verdict, ClusterError> {
        // 1. Resolve.
        let organization = match Resolution(self.0).organization(work.object.as_ref()) {
            Ok(Admission::Ready(organization)) => organization,
            Ok(Admission::Suspended(why)) => {
                let findings =
                    Findings::of(Health::Kept).with(ConditionType::Suspended, Reason::Suspended, why);
                return Ok(Verdict::new(findings, Next::Rest));
            }
            // The organization, the grant or the namespace wakes it when that changes.
            Err(findings) => return Ok(Verdict::new(findings, Next::Rest)),
        };
        let elsewhere = !Resolution::<K>::at_home(work.object.as_ref(), &organization.root);
        if forbids!(IdsAtHome, work.object.names_by_id() && elsewhere) {
            let text = format!(
                "Only in namespace {} may ids stand in place of names: elsewhere they would go around what \
                 other objects allow. Refer to the objects by name.",
                organization.root.namespace
            );
            return Ok(Verdict::new(Findings::stalled(Reason::NotAllowed, text), self.0.context.slowly()));
        }
        if let Err(error) = Parents(self.0).look_for_container(work.object.as_ref(), &organization).await {
            return Ok(Outcomes(self.0).failed(work, &organization, &error));
        }
        if let Err(findings) = Parents(self.0).contained(work.object.as_ref(), &organization) {
            return Ok(Verdict::new(findings, self.0.context.slowly()));
        }
        if let Some(findings) = Duplicates(self.0).conflict(work) {
            return Ok(Verdict::new(findings, self.0.context.slowly()));
        }
        if let Some((reason, text)) = self.0.kind.unsupported(&organization.session) {
            return Ok(Verdict::new(unsupported(reason, text.to_owned()), Next::Rest));
        }
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it; but not what is at rest,
            // whatever it was woken for.
            let verdict = Outcomes(self.0).failed(work, &organization, &error);
            return Ok(Verdict { next: self.0.context.slowly(), ..verdict });
        }
        if let Some((error, next)) = Lists(self.0).list_trouble(&organization, work.object.as_ref(), ticket) {
            return Ok(Verdict { next, ..Outcomes(self.0).failed(work, &organization, &error) });
        }
        let desired = match DesiredState(self.0).wish(work.object.as_ref(), &organization).await? {
            Ok(Ok(desired)) => desired,
            Ok(Err(findings)) => return Ok(Verdict::new(findings, self.0.context.slowly())),
            Err(error) => return Ok(Outcomes(self.0).failed(work, &organization, &error)),
        };
        // 2. Observe.
        let outruns =
            forbids!(ListAfterWrite, Reads(self.0).outruns_lists(&organization, work.object.as_ref()));
        let owed = DetailReads(self.0).owed(work.object.as_ref());
        let asked = !at_rest(work.object.as_ref())
            || matches!(ticket.priority, Priority::Change)
            || Leftovers(self.0).are_answered(work)
            || Reads(self.0).unlisted(&organization, work.object.as_ref()) && !(outruns && owed.is_some());
        let rotates = rotates(work.object.as_ref());
        let tells = Advice(self.0).has_to_tell(work.object.as_ref());
        if !asked && !rotates && !tells && outruns && owed.is_none_or(|due| self.0.context.now() < due) {
            // Our own write is younger than every list: the next resync looks at it, or a read of its
            // details once those have settled.
            let next = owed.map_or(Next::Rest, Next::At);
            return Ok(Verdict::new(Findings::of(Health::Kept), next));
        }
        let fresh = match requested(work.object.as_ref()) {
            Some(_) => ticket.times.asked,
            None => Reads(self.0).fresh(&organization, work.object.as_ref(), ticket.times.fresh, asked),
        };
        let snapshot = match Reads(self.0).read_for(&organization, work.object.as_ref(), fresh).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Outcomes(self.0).failed(work, &organization, &error)),
        };
        let manage = Resolution(self.0).may_write(work.object.as_ref(), &organization.root);
        if manage && let Some(id) = Custodian(self.0).answered_in_secret(work, &organization).await? {
            self.take(work, &organization, &id, Via::OwnCreate).await?;
            return Ok(Outcomes::<K>::soon());
        }
        let key = Keys(self.0).natural_key(work.object.as_ref(), &desired);
        let decision =
            Identification(self.0).decide(&organization, &snapshot, work.object.as_ref(), &key, manage);
        let shrunk = Judgement(self.0).judge_for(&organization, work.object.as_ref());
        if shrunk.is_some() && !matches!(decision, Decision::Is(..)) {
            self.0.context.wake_root(&organization.root, Priority::Drift);
            if at_rest(work.object.as_ref()) {
                // A list that is not believed says nothing of it; the organization wakes it.
                return Ok(Verdict::new(Findings::of(Health::Kept), Next::Rest));
            }
            return Ok(Removal(self.0).shrank(&organization));
        }
        let gone = decision == Decision::Gone;
        let mut former = None;
        if manage && work.status.id.is_some() && work.status.superseded.is_some() {
            former = Replacement(self.0).part_with_superseded(work, &organization, shrunk.is_some()).await?;
        }
        if gone && let Some(verdict) = former {
            return Ok(verdict);
        }
        let (id, row) = match decision {
            Decision::Is(id, _) if !long_id::fits(&id) => {
                let findings = Findings::stalled(Reason::IdTooLong, long_id::text(K::FACTS.noun, &id));
                return Ok(Verdict::new(findings, self.0.context.slowly()));
            }
            Decision::Is(id, via) => {
                let Some(row) = snapshot.items.get(&id) else { return Ok(Outcomes::<K>::soon()) };
                // What has the name already is kept: nothing sends it.
                if manage
                    && !K::has_key(row, &key)
                    && let Some(text) = K::naming(work.object.as_ref()).unsendable
                {
                    let findings = Findings::stalled(Reason::NameInvalid, text);
                    return Ok(Verdict::new(findings, self.0.context.slowly()));
                }
                if let Some((reason, text)) = K::unfit(&desired.state, row) {
                    return Ok(Verdict::new(Findings::stalled(reason, text), self.0.context.slowly()));
                }
                if via != Via::Held {
                    let _turn = match Duplicates(self.0).lock(&organization, &snapshot, work, &desired) {
                        Ok(turn) => Some(turn),
                        Err(verdict) if via == Via::Adoption => return Ok(verdict),
                        // Our own create, whatever others stand for since.
                        Err(_) => None,
                    };
                    self.take(work, &organization, &id, via).await?;
                }
                (id, row.clone())
            }
            Decision::Gone => match Absence(self.0).confirm(work, &organization).await {
                // An earlier version was deleting it, as its token was lost.
                Ok(None) if manage && work.token.lost.is_some() && work.token.lost == work.status.id => {
                    let id = ledger::stand_for_nothing(&mut work.status).unwrap_or_default();
                    Lists(self.0).inventory(&organization, work.object.as_ref()).inventory.deleted(&id);
                    Store(self.0).store(work, Precondition::Unchanged).await?;
                    return Ok(Outcomes::<K>::soon());
                }
                Ok(None) => return MadeAgain(self.0).vanished(work, &organization, manage).await,
                Ok(Some(row)) => (K::identify(&row).id.to_owned(), row),
                Err(error) => return Ok(Outcomes(self.0).failed(work, &organization, &error)),
            },
            Decision::Create => {
                if let Some(text) = K::naming(work.object.as_ref()).unsendable {
                    let findings = Findings::stalled(Reason::NameInvalid, text);
                    return Ok(Verdict::new(findings, self.0.context.slowly()));
                }
                let _turn = match Duplicates(self.0).lock(&organization, &snapshot, work, &desired) {
                    Ok(turn) => turn,
                    Err(verdict) => return Ok(verdict),
                };
                if let Some(wait) = desired.waits.iter().max_by_key(|wait| wait.stalled)
                    && forbids!(ReferencesFirst)
                {
                    return Ok(Verdict::new(told(wait), self.0.context.slowly()));
                }
                if let Some(text) = desired.missing.clone() {
                    let findings = Findings::stalled(Reason::MissingForCreate, text);
                    return Ok(Verdict::new(findings, self.0.context.slowly()));
                }
                if let Some((reason, text)) = desired.inexpressible.clone() {
                    return Ok(Verdict::new(unsupported(reason, text), Next::Rest));
                }
                if let Some(verdict) = Preparation(self.0).prepare(work, &organization, &desired).await? {
                    return Ok(verdict);
                }
                return self.0.create(work, &organization, &snapshot, &desired).await;
            }
            Decision::NotCarriedOut => {
                work.status.pending_create = None;
                Replacement::<K>::restore(work);
                self.0.context.tally.created(K::Resource::KIND, "not_carried_out");
                Store(self.0).store(work, Precondition::Unchanged).await?;
                return Ok(Outcomes::<K>::soon());
            }
            Decision::Vanished => {
                if let Some(findings) = Vanished(self.0).ask(work, &organization, manage) {
                    return Ok(Verdict::new(findings, self.0.context.slowly()));
                }
                Replacement::<K>::restore(work);
                Store(self.0).store(work, Precondition::Unchanged).await?;
                return Ok(Outcomes::<K>::soon());
            }
            other => {
                Outcomes(self.0).tell_home(work, &organization, &other).await;
                return Ok(Outcomes(self.0).undecided(work, &organization, other));
            }
        };
        if manage {
            // It may have been let go of, or only observed until now.
            Store(self.0).hold(work).await?;
        }
        if manage && former.is_none() && work.status.superseded.is_some() {
            former = Replacement(self.0).part_with_superseded(work, &organization, shrunk.is_some()).await?;
        }
        if manage {
            Leftovers(self.0).settle(work, &organization, &snapshot, shrunk.is_some()).await?;
        }
        // The Secret with its token, which needs no more than a row of the list.
        let token = TokenKeeper(self.0).keep_token(work, &organization, &id, &row, &desired, manage).await?;
        if let Tokened::Stop(verdict) = token {
            return Ok(verdict);
        }
        let look = Look { id: &id, row: &row, desired: &desired, fresh, asked };
        let live = match DetailReads(self.0).detailed(work, &organization, look).await {
            Ok(Detailed::Whole(live)) => live,
            // Nothing to do, and what lists do not show was not read yet: its turn comes.
            Ok(Detailed::Later(next)) => {
                let verdict = joined(Verdict::new(Findings::of(Health::Kept), next), &[], token);
                return Ok(beside(verdict, former));
            }
            Err(error) => {
                return Ok(joined(Outcomes(self.0).failed(work, &organization, &error), &[], token));
            }
        };
        if let Some((reason, text)) = K::unfit(&desired.state, &live) {
            let verdict = Verdict::new(Findings::stalled(reason, text), self.0.context.slowly());
            return Ok(joined(verdict, &[], token));
        }
        // 3. to 5. Plan, guard, apply.
        let mut verdict =
            Updater(self.0).bring_in_line(work, &organization, &id, &desired, live, manage).await?;
        if verdict.findings.settles() {
            // Whatever else it waits for: an answer must not outlive its question.
            Store(self.0).settle_questions(work);
        }
        let waits = &desired.waits;
        if !waits.is_empty() {
            // Not all that is waited for has an object that wakes this one.
            verdict.next = verdict.next.sooner(self.0.context.slowly());
        }
        let verdict = joined(verdict, waits, token);
        // What it stood for before may be in the way of nothing.
        Ok(beside(verdict, former))
    }

    /// Stores that the object stands for `id`.
    async fn take(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
        via: Via,
    ) -> Result<(), ClusterError> {
        if Resolution(self.0).may_write(work.object.as_ref(), &organization.root) {
            Store(self.0).hold(work).await?;
        }
        let noun = K::FACTS.noun;
        let (by, outcome, reason, note) = match via {
            Via::OwnCreate => {
                let note = format!("The {noun} {id} is the outcome of a create that was interrupted.");
                (Provenance::Answered, "recovered", Reason::Created, note)
            }
            Via::Found => {
                let which = match K::naming(work.object.as_ref()).at_vendor {
                    KeyAtVendor::Unique => "is what that was to make, as there is one such at most",
                    KeyAtVendor::MayRepeat => "is taken for it",
                };
                let note = format!(
                    "The {noun} {id} is there since a create whose outcome nobody heard, and {which}. Who made it is \
                     not known, so it stays when this object is deleted, unless deletionPolicy says Delete."
                );
                (Provenance::Found, "recovered", Reason::Adopted, note)
            }
            Via::Adoption | Via::Held => {
                let note = format!(
                    "Took over the {noun} {id}, which existed. It stays when this object is deleted, unless \
                     deletionPolicy says Delete."
                );
                (Provenance::Adopted, "adopted", Reason::Adopted, note)
            }
        };
        ledger::stand_for(&mut work.status, id, by);
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = Parents(self.0).container_of(work.object.as_ref());
        let pending = work.status.pending_create.take();
        if let Some(pending) = pending.filter(|_| by != Provenance::Adopted) {
            organization.audit.borrow_mut().wrote(id, pending.since.0);
        }
        let fact = Fact::new(reason, note.clone());
        self.0.notes().note(work.object.as_ref(), &fact);
        let stored = Store(self.0).store(work, Precondition::Unchanged).await;
        if stored.is_err() {
            // It stands for nothing before that is stored.
            self.0.notes().take_back(work.object.as_ref(), &fact.digest());
        }
        stored?;
        self.0.context.tally.created(K::Resource::KIND, outcome);
        self.0.context.tell(work.object.as_ref(), false, reason, "Create", note).await;
        Ok(())
    }
}

/// The contract cannot express any of it.
fn unsupported(reason: Reason, text: String) -> Findings {
    let findings = Findings::of(Health::Unsupported(reason, text.clone()));
    findings.with(ConditionType::NotSupported, reason, text)
}

/// The verdict, with what another one says that is wrong.
fn beside(verdict: Verdict, other: Option<Verdict>) -> Verdict {
    match other {
        Some(other) => joined(verdict, &[], Tokened::Wrong(other)),
        None => verdict,
    }
}
