//! The six steps for an object that is to be kept, one after the other.

use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::api::status::PendingCreate;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::identify::{Decision, Via};
use crate::engine::decide::ledger::{self, Place, Provenance};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::ability::Phase;
use crate::engine::provider::facts::KeyAtVendor;
use crate::engine::provider::kind::Kind;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::again::MadeAgain;
use crate::engine::resource::apply::create::Creation;
use crate::engine::resource::apply::duplicates::Duplicates;
use crate::engine::resource::apply::leftovers::Leftovers;
use crate::engine::resource::apply::prepare::Preparation;
use crate::engine::resource::apply::replace::Replacement;
use crate::engine::resource::apply::unheard::known_of;
use crate::engine::resource::apply::update::{Line, Updater};
use crate::engine::resource::delete::remove::Removal;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::details::{DetailReads, Detailed, Look};
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::report::advice::Advice;
use crate::engine::resource::report::joined::{joined, told};
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::desired::DesiredState;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::resolve::organization::{Admission, Resolution};
use crate::engine::resource::resolve::parent::Parents;
use crate::engine::resource::token::custody::Custodian;
use crate::engine::resource::token::keeper::TokenKeeper;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator;
use crate::engine::runtime::object::{at_rest, requested, rotates};
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::steps::Keeps;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::Work;
use std::rc::Rc;

/// Takes an object through the six steps.
pub struct Reconcile<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Keeps for Reconcile<'_, K> {
    type Object = K::Resource;

    /// Steps one to five.
    async fn keep(&self, work: &mut Work<K::Resource>, ticket: &Ticket) -> Result<Verdict, Stop> {
        Leftovers(self.0).keep_asking(work);
        // 1. Resolve.
        let organization = self.organization(work, ticket).await?;
        let desired = DesiredState(self.0).resolve(work, &organization).await?;
        // 2. Observe.
        let asked = self.is_asked(work, &organization, ticket)?;
        let fresh_since = |since| Reads(self.0).fresh(&organization, work.object.as_ref(), since, asked);
        let request = requested(work.object.as_ref());
        let waits_since = self.0.memory(work.object.as_ref(), |memory| memory.looks.waits_since(request));
        let fresh = match (request, waits_since) {
            (Some(_), None) => ticket.times.asked,
            (_, since) => fresh_since(since.unwrap_or(ticket.times.fresh)),
        };
        let snapshot = Reads(self.0).read_for(&organization, work.object.as_ref(), fresh).await;
        let snapshot = snapshot.map_err(|error| Outcomes(self.0).failed(work, &organization, &error))?;
        let manage = Resolution(self.0).may_write(work.object.as_ref(), &organization.root);
        if manage && let Some(id) = Custodian(self.0).answered_in_secret(work, &organization).await? {
            let provisional = Keys(self.0).provisional_of(&snapshot, &id);
            self.take(work, &organization, (&id, Via::OwnCreate), provisional).await?;
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
        let mut former = None;
        if manage && work.status.id.is_some() && work.status.superseded.is_some() {
            former = self.part_with_former(work, &organization, shrunk.is_some()).await?;
        }
        if decision == Decision::Gone
            && let Some(verdict) = former
        {
            return Ok(verdict);
        }
        let (id, row) = match decision {
            Decision::Is(id, _) if !long_id::fits(&id) => {
                return Ok(self
                    .0
                    .slow(Findings::stalled(Reason::IdTooLong, long_id::text(K::FACTS.noun, &id))));
            }
            Decision::Is(id, via) => {
                let Some(row) = snapshot.items.get(&id) else { return Ok(Outcomes::<K>::soon()) };
                work.status.provisional = Keys(self.0).provisional(row);
                // What has the name already is kept: nothing sends it.
                if manage && !K::has_key(row, &key) {
                    self.sendable(work)?;
                }
                if let Some((reason, text)) = K::unfit(&desired.state, row) {
                    return Ok(self.0.slow(Findings::stalled(reason, text)));
                }
                if via != Via::Held {
                    let lock = Duplicates(self.0).lock(&organization, &snapshot, work, &desired);
                    let _turn = match lock {
                        // Our own create, whatever others stand for since.
                        Err(_) if via != Via::Adoption => None,
                        lock => lock?,
                    };
                    self.take(work, &organization, (&id, via), work.status.provisional.clone()).await?;
                }
                (id, row.clone())
            }
            Decision::Gone => {
                let there = Absence(self.0).confirm(work, &organization).await;
                match there.map_err(|error| Outcomes(self.0).failed(work, &organization, &error))? {
                    // An earlier version was deleting it, as its token was lost.
                    None if manage && work.token.lost.is_some() && work.token.lost == work.status.id => {
                        let id = ledger::stand_for_nothing(&mut work.status).unwrap_or_default();
                        let cache = Lists(self.0).cache(&organization, work.object.as_ref());
                        cache.inventory.deleted(&id, self.0.context.now());
                        Store(self.0).store(work, Precondition::Unchanged).await?;
                        return Ok(Outcomes::<K>::soon());
                    }
                    // It may have gone with what it was in, which is one question and another object's.
                    None if !Parents(self.0).container_is_shown(work.object.as_ref(), &organization) => {
                        return Ok(self.0.slow(Parents::<K>::may_have_gone()));
                    }
                    None => return MadeAgain(self.0).vanished(work, &organization, manage).await,
                    Some(row) => (K::identify(&row).id.to_owned(), row),
                }
            }
            Decision::Create => {
                self.sendable(work)?;
                let _turn = Duplicates(self.0).lock(&organization, &snapshot, work, &desired)?;
                if let Some(wait) = desired.waits.iter().max_by_key(|wait| wait.stalled)
                    && forbids!(ReferencesFirst)
                {
                    return Ok(self.0.slow(told(wait)));
                }
                if let Some(text) = desired.missing.clone() {
                    return Ok(self.0.slow(Findings::stalled(Reason::MissingForCreate, text)));
                }
                if let Some((reason, text)) = desired.inexpressible.clone() {
                    return Ok(Verdict::new(unsupported(reason, text), Next::Rest));
                }
                Preparation(self.0).prepare(work, &organization, &desired).await?;
                return Creation(self.0).create(work, &organization, &snapshot, &desired).await;
            }
            Decision::NotCarriedOut => {
                // Of a hash whose own key is lost nobody knows whether it was of the name that lists lack.
                let lost = |create: &PendingCreate| Keys(self.0).is_lost(&create.key);
                let once =
                    self.0.kind.is_made_once() || work.status.pending_create.as_ref().is_some_and(lost);
                if forbids!(MailedOnce, once)
                    && let Some(findings) = MadeAgain(self.0).ask_again(work, &organization, manage)
                {
                    return Ok(self.0.slow(findings));
                }
                work.status.pending_create = None;
                self.0.context.tally.created(K::Resource::KIND, "not_carried_out");
                return self.begin_anew(work).await;
            }
            // Nothing that the vendor shows will tell.
            Decision::OutcomeUnknown(until) if K::FACTS.by_id() && self.0.context.now() >= until => {
                if let Some(findings) = MadeAgain(self.0).ask_again(work, &organization, manage) {
                    return Ok(self.0.slow(findings));
                }
                return self.begin_anew(work).await;
            }
            Decision::Vanished => {
                if let Some(findings) = MadeAgain(self.0).vanished_unnamed(work, &organization, manage) {
                    return Ok(self.0.slow(findings));
                }
                return self.begin_anew(work).await;
            }
            other => {
                if matches!(other, Decision::Ambiguous(_)) {
                    creator::leave_undecided(self.0, work, Place::First).await?;
                }
                Outcomes(self.0).tell_home(work, &organization, &other).await;
                return Ok(Outcomes(self.0).undecided(work, &organization, other));
            }
        };
        if manage {
            // It may have been let go of, or only observed until now.
            Store(self.0).hold(work).await?;
        }
        if manage && former.is_none() && work.status.superseded.is_some() {
            former = self.part_with_former(work, &organization, shrunk.is_some()).await?;
        }
        // What a person says of them needs no write at the vendor where they stay.
        Leftovers(self.0).settle(work, &organization, &snapshot, shrunk.is_some()).await?;
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
            return Ok(joined(self.0.slow(Findings::stalled(reason, text)), &[], token));
        }
        if let Phase::Over(reason, why) = self.0.kind.phase(&live) {
            let over = MadeAgain(self.0).over(work, &organization, manage, (&id, reason, &why)).await?;
            return Ok(beside(joined(over, &[], token), former));
        }
        // 3. to 5. Plan, guard, apply.
        let replace = async |work: &mut Work<K::Resource>| {
            Replacement(self.0).replace(work, &organization, &id, &desired).await
        };
        let line = Line { id: &id, desired: &desired, live, manage };
        let mut verdict = Updater(self.0).bring_in_line(work, &organization, line, replace).await?;
        if verdict.findings.settles() {
            // Whatever else it waits for: an answer must not outlive its question.
            Store(self.0).settle_questions(work, true);
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

    async fn add(&self, work: &mut Work<K::Resource>, verdict: &mut Verdict) {
        if verdict.findings.health == Health::Kept {
            verdict.next = verdict.next.sooner(Advice(self.0).tells_at(work.object.as_ref()));
        }
        Leftovers(self.0).ask(work, verdict);
        work.status.deletion_policy = Some(self.0.deletion(work.object.as_ref(), &work.status));
    }
}

impl<K: Kind> Reconcile<'_, K> {
    /// The organization of the object, which is ready, admits it, and has what it is in.
    async fn organization(
        &self,
        work: &Work<K::Resource>,
        ticket: &Ticket,
    ) -> Result<Rc<Organization<K::Vendor>>, Stop> {
        let object = work.object.as_ref();
        let organization = match Resolution(self.0).organization(object) {
            Ok(Admission::Ready(organization)) => organization,
            Ok(Admission::Suspended(why)) => {
                let findings =
                    Findings::of(Health::Kept).with(ConditionType::Suspended, Reason::Suspended, why);
                return Err(Verdict::new(findings, Next::Rest).into());
            }
            // The organization, the grant or the namespace wakes it when that changes.
            Err(findings) => return Err(Verdict::new(findings, Next::Rest).into()),
        };
        let elsewhere = !Resolution::<K>::at_home(object, &organization.root);
        if forbids!(IdsAtHome, object.names_by_id() && elsewhere) {
            let text = format!(
                "Only in namespace {} may ids stand in place of names: elsewhere they would go around what \
                 other objects allow. Refer to the objects by name.",
                organization.root.namespace
            );
            return Err(self.0.slow(Findings::stalled(Reason::NotAllowed, text)).into());
        }
        let failed = |error: &VendorError| Outcomes(self.0).failed(work, &organization, error);
        let slow = |findings: Findings| self.0.slow(findings);
        Parents(self.0).look_for_container(object, &organization).await.map_err(|error| failed(&error))?;
        Parents(self.0).contained(object, &organization).map_err(slow)?;
        Parents(self.0).went(object, &organization).map_or(Ok(()), Err).map_err(slow)?;
        Duplicates(self.0).conflict(work).map_or(Ok(()), Err).map_err(slow)?;
        if let Some((reason, text)) = self.0.kind.unsupported(&organization.session) {
            return Err(Verdict::new(unsupported(reason, text.to_owned()), Next::Rest).into());
        }
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it; but not what is at rest,
            // whatever it was woken for.
            return Err(Verdict { next: self.0.context.slowly(), ..failed(&error) }.into());
        }
        if let Some((error, next)) = Lists(self.0).list_trouble(&organization, object, ticket) {
            return Err(Verdict { next, ..failed(&error) }.into());
        }
        Ok(organization)
    }

    /// Whether what is declared may have changed since it was looked at. It stops where nothing is to be looked at yet.
    fn is_asked(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        ticket: &Ticket,
    ) -> Result<bool, Stop> {
        let object = work.object.as_ref();
        let outruns = forbids!(ListAfterWrite, Reads(self.0).outruns_lists(organization, object));
        let owed = DetailReads(self.0).owed(object);
        let asked = !at_rest(object)
            || matches!(ticket.priority, Priority::Change)
            || Leftovers(self.0).are_answered(work)
            || Reads(self.0).unlisted(organization, object) && !(outruns && owed.is_some());
        let tells = Advice(self.0).has_to_tell(object);
        let cache = Lists(self.0).cache(organization, object);
        let has_turn = K::FACTS.by_id() && cache.inventory.latest().is_none();
        if !asked
            && !rotates(object)
            && !tells
            && (has_turn || outruns && owed.is_none_or(|due| self.0.context.now() < due))
        {
            // Our own write is younger than every list: the next resync looks at it, or a read of its
            // details once those have settled. What is read by its id is so in its turn.
            let next = owed.map_or(Next::Rest, Next::At);
            return Err(Verdict::new(Findings::of(Health::Kept), next).into());
        }
        Ok(asked)
    }

    /// A create is not waited for any more: it begins anew by itself.
    async fn begin_anew(&self, work: &mut Work<K::Resource>) -> Result<Verdict, Stop> {
        Replacement::<K>::restore(work);
        Store(self.0).store(work, Precondition::Unchanged).await?;
        Ok(Outcomes::<K>::soon())
    }

    /// Stops where the vendor takes no such name.
    fn sendable(&self, work: &Work<K::Resource>) -> Result<(), Stop> {
        match K::naming(work.object.as_ref()).unsendable {
            Some(text) => Err(self.0.slow(Findings::stalled(Reason::NameInvalid, text)).into()),
            None => Ok(()),
        }
    }

    /// Deletes what the object stood for before; the verdict, if that does not work yet, which stops nothing else.
    async fn part_with_former(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        shrunk: bool,
    ) -> Result<Option<Verdict>, ClusterError> {
        match Replacement(self.0).part_with_superseded(work, organization, shrunk).await {
            Ok(()) => Ok(None),
            Err(Stop::Said(verdict)) => Ok(Some(verdict)),
            Err(Stop::Cluster(error)) => Err(error),
        }
    }

    /// Stores that the object stands for `id`.
    async fn take(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        (id, via): (&str, Via),
        provisional: Option<String>,
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
                    "The {noun} {id} may be the outcome of a create {}, and {which}. Who made it is not known, so it \
                     stays when this object is deleted, unless deletionPolicy says Delete.",
                    known_of(work)
                );
                (Provenance::Found, "recovered", Reason::Adopted, note)
            }
            Via::Succession => {
                let by = Provenance::of(&work.status).unwrap_or(Provenance::Adopted);
                let former = work.status.id.as_deref().unwrap_or_default();
                let note = format!(
                    "The {noun} {former} has another id at the vendor now: {id}. It goes on by itself under that one."
                );
                (by, "succeeded", Reason::IdChanged, note)
            }
            Via::Adoption | Via::Held => {
                let note = format!(
                    "Took over the {noun} {id}, which existed. It stays when this object is deleted, unless \
                     deletionPolicy says Delete."
                );
                (Provenance::Adopted, "adopted", Reason::Adopted, note)
            }
        };
        let since = work.status.pending_create.as_ref().map(|pending| pending.since.0);
        let former = ledger::stand_for(&mut work.status, id, by, provisional);
        if let Some(former) = former.filter(|_| via == Via::Succession) {
            work.replaces(&former);
        }
        work.status.organization_id = Some(organization.id.clone());
        work.status.container_id = Parents(self.0).container_of(work.object.as_ref());
        if let Some(since) = since.filter(|_| by != Provenance::Adopted) {
            organization.audit.borrow_mut().wrote(id, since);
        }
        creator::found(self.0, work, outcome, (reason, note)).await
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
