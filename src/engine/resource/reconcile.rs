//! The six steps for an object that is to be kept, one after the other.

use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::VendorError;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::base::sentences;
use crate::engine::decide::identify::{Decision, Via};
use crate::engine::decide::ledger::{self, Provenance};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::inputs::{Inputs, Unresolved, Wait};
use crate::engine::provider::kind::{KeyAtVendor, Kind};
use crate::engine::resource::apply::leftovers::Leftovers;
use crate::engine::resource::apply::vanished::Vanished;
use crate::engine::resource::observe::details::{Detailed, Look};
use crate::engine::resource::report::outcome::Verdict;
use crate::engine::resource::resolve::organization::Parent;
use crate::engine::resource::token::standing::Tokened;
use crate::engine::resource::{ResourceReconciler, deletion};
use crate::engine::runtime::context::Next;
use crate::engine::runtime::objects::Precondition;
use crate::engine::runtime::queue::{Priority, Ticket};
use crate::engine::runtime::work::{Work, at_rest, not_stored, requested, rotates};
use kube::Resource as _;
use std::rc::Rc;

impl<K: Kind> ResourceReconciler<K> {
    /// Keeps an object.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn keep(&self, object: Rc<K::Resource>, ticket: &Ticket) -> Next {
        if self.unseen(object.as_ref()) {
            return Next::Rest;
        }
        let mut work = Work::new(object);
        let asked = requested(work.object.as_ref()).map(str::to_owned);
        Leftovers(self).keep_asking(&mut work);
        let mut verdict = match self.steps(&mut work, ticket).await {
            Ok(verdict) if verdict.findings.health == Health::Kept => {
                Verdict { next: verdict.next.sooner(self.tells_at(work.object.as_ref())), ..verdict }
            }
            Ok(verdict) => verdict,
            Err(ClusterError::NotFound) => return self.taken_away(&work).await,
            Err(error) => match not_stored(&error) {
                Some(findings) => {
                    self.begin_anew(&mut work);
                    Verdict::new(findings, self.context.slowly())
                }
                // Somebody wrote the object meanwhile; the watch brings what it is now.
                None => return Next::Retry,
            },
        };
        Leftovers(self).ask(&mut work, &mut verdict);
        if asked.is_some() {
            work.status.last_handled_reconcile_at = asked;
        }
        work.status.deletion_policy = Some(deletion::<K>(work.object.as_ref(), &work.status));
        self.report(&mut work, verdict).await
    }

    /// Steps one to five.
    async fn steps(&self, work: &mut Work<K::Resource>, ticket: &Ticket) -> Result<Verdict, ClusterError> {
        // 1. Resolve.
        let organization = match self.parent(work.object.as_ref()) {
            Ok(Parent::Ready(organization)) => organization,
            Ok(Parent::Suspended(why)) => {
                let findings =
                    Findings::of(Health::Kept).with(ConditionType::Suspended, Reason::Suspended, why);
                return Ok(Verdict::new(findings, Next::Rest));
            }
            // The organization, the grant or the namespace wakes it when that changes.
            Err(findings) => return Ok(Verdict::new(findings, Next::Rest)),
        };
        let elsewhere = !Self::at_home(work.object.as_ref(), &organization.root);
        if forbids!(IdsAtHome, work.object.names_by_id() && elsewhere) {
            let text = format!(
                "Only in namespace {} may ids stand in place of names: elsewhere they would go around what \
                 other objects allow. Refer to the objects by name.",
                organization.root.namespace
            );
            return Ok(Verdict::new(Findings::stalled(Reason::NotAllowed, text), self.context.slowly()));
        }
        if let Err(error) = self.look_for_container(work.object.as_ref(), &organization).await {
            return Ok(self.failed(work, &organization, &error));
        }
        if let Err(findings) = self.contained(work.object.as_ref(), &organization) {
            return Ok(Verdict::new(findings, self.context.slowly()));
        }
        if let Some(findings) = self.conflict(work) {
            return Ok(Verdict::new(findings, self.context.slowly()));
        }
        if let Some((reason, text)) = K::unsupported(&organization.session) {
            return Ok(Verdict::new(unsupported(reason, text.to_owned()), Next::Rest));
        }
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it; but not what is at rest,
            // whatever it was woken for.
            let verdict = self.failed(work, &organization, &error);
            return Ok(Verdict { next: self.context.slowly(), ..verdict });
        }
        if let Some((error, next)) = self.list_trouble(&organization, work.object.as_ref(), ticket) {
            return Ok(Verdict { next, ..self.failed(work, &organization, &error) });
        }
        let desired = match self.wish(work.object.as_ref(), &organization).await? {
            Ok(Ok(desired)) => desired,
            Ok(Err(findings)) => return Ok(Verdict::new(findings, self.context.slowly())),
            Err(error) => return Ok(self.failed(work, &organization, &error)),
        };
        // 2. Observe.
        let outruns = forbids!(ListAfterWrite, self.outruns_lists(&organization, work.object.as_ref()));
        let owed = self.owed(work.object.as_ref());
        let asked = !at_rest(work.object.as_ref())
            || matches!(ticket.priority, Priority::Change)
            || Leftovers(self).are_answered(work)
            || self.unlisted(&organization, work.object.as_ref()) && !(outruns && owed.is_some());
        let rotates = rotates(work.object.as_ref());
        let tells = self.has_to_tell(work.object.as_ref());
        if !asked && !rotates && !tells && outruns && owed.is_none_or(|due| self.context.now() < due) {
            // Our own write is younger than every list: the next resync looks at it, or a read of its
            // details once those have settled.
            let next = owed.map_or(Next::Rest, Next::At);
            return Ok(Verdict::new(Findings::of(Health::Kept), next));
        }
        let fresh = match requested(work.object.as_ref()) {
            Some(_) => ticket.times.asked,
            None => self.fresh(&organization, work.object.as_ref(), ticket.times.fresh, asked),
        };
        let snapshot = match self.read_for(&organization, work.object.as_ref(), fresh).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.failed(work, &organization, &error)),
        };
        let manage = self.may_write(work.object.as_ref(), &organization.root);
        if manage && let Some(id) = self.answered_in_secret(work, &organization).await? {
            self.take(work, &organization, &id, Via::OwnCreate).await?;
            return Ok(Self::soon());
        }
        let key = self.natural_key(work.object.as_ref(), &desired);
        let decision = self.decide(&organization, &snapshot, work.object.as_ref(), &key, manage);
        let shrunk = self.judge_for(&organization, work.object.as_ref());
        if shrunk.is_some() && !matches!(decision, Decision::Is(..)) {
            self.context.wake_root(&organization.root, Priority::Drift);
            if at_rest(work.object.as_ref()) {
                // A list that is not believed says nothing of it; the organization wakes it.
                return Ok(Verdict::new(Findings::of(Health::Kept), Next::Rest));
            }
            let text = sentences::shrank(&organization.root);
            return Ok(Verdict::new(Findings::waiting(Reason::InventoryShrank, text), self.context.slowly()));
        }
        let gone = decision == Decision::Gone;
        let mut former = None;
        if manage && work.status.id.is_some() && work.status.superseded.is_some() {
            former = self.part_with_superseded(work, &organization, shrunk.is_some()).await?;
        }
        if gone && let Some(verdict) = former {
            return Ok(verdict);
        }
        let (id, row) = match decision {
            Decision::Is(id, _) if !long_id::fits(&id) => {
                let findings = Findings::stalled(Reason::IdTooLong, long_id::text(K::NOUN, &id));
                return Ok(Verdict::new(findings, self.context.slowly()));
            }
            Decision::Is(id, via) => {
                let Some(row) = snapshot.items.get(&id) else { return Ok(Self::soon()) };
                // What has the name already is kept: nothing sends it.
                if manage
                    && !K::has_key(row, &key)
                    && let Some(text) = K::unsendable_name(work.object.as_ref())
                {
                    let findings = Findings::stalled(Reason::NameInvalid, text);
                    return Ok(Verdict::new(findings, self.context.slowly()));
                }
                if let Some((reason, text)) = K::unfit(&desired, row) {
                    return Ok(Verdict::new(Findings::stalled(reason, text), self.context.slowly()));
                }
                if via != Via::Held {
                    let _turn = match self.turn(&organization, &snapshot, work, &desired) {
                        Ok(turn) => Some(turn),
                        Err(verdict) if via == Via::Adoption => return Ok(verdict),
                        // Our own create, whatever others stand for since.
                        Err(_) => None,
                    };
                    self.take(work, &organization, &id, via).await?;
                }
                (id, row.clone())
            }
            Decision::Gone => match self.confirm_absence(work, &organization).await {
                // An earlier version was deleting it, as its token was lost.
                Ok(None) if manage && work.token.lost.is_some() && work.token.lost == work.status.id => {
                    let id = ledger::stand_for_nothing(&mut work.status).unwrap_or_default();
                    self.inventory(&organization, work.object.as_ref()).inventory.deleted(&id);
                    self.store(work, Precondition::Unchanged).await?;
                    return Ok(Self::soon());
                }
                Ok(None) => return self.vanished(work, &organization, manage).await,
                Ok(Some(row)) => (K::id(&row).to_owned(), row),
                Err(error) => return Ok(self.failed(work, &organization, &error)),
            },
            Decision::Create => {
                if let Some(text) = K::unsendable_name(work.object.as_ref()) {
                    let findings = Findings::stalled(Reason::NameInvalid, text);
                    return Ok(Verdict::new(findings, self.context.slowly()));
                }
                let _turn = match self.turn(&organization, &snapshot, work, &desired) {
                    Ok(turn) => turn,
                    Err(verdict) => return Ok(verdict),
                };
                if let Some(wait) = K::waits(&desired).iter().max_by_key(|wait| wait.stalled)
                    && forbids!(ReferencesFirst)
                {
                    return Ok(Verdict::new(told(wait), self.context.slowly()));
                }
                if let Some(text) = K::missing_for_create(&organization.session, &desired) {
                    let findings = Findings::stalled(Reason::MissingForCreate, text);
                    return Ok(Verdict::new(findings, self.context.slowly()));
                }
                if let Some((reason, text)) = K::inexpressible(&organization.session, &desired) {
                    return Ok(Verdict::new(unsupported(reason, text), Next::Rest));
                }
                if let Some(verdict) = self.prepare(work, &organization, &desired).await? {
                    return Ok(verdict);
                }
                return self.create(work, &organization, &snapshot, &desired).await;
            }
            Decision::NotCarriedOut => {
                work.status.pending_create = None;
                Self::restore(work);
                self.context.tally.created(K::Resource::KIND, "not_carried_out");
                self.store(work, Precondition::Unchanged).await?;
                return Ok(Self::soon());
            }
            Decision::Vanished => {
                if let Some(findings) = Vanished(self).ask(work, &organization, manage) {
                    return Ok(Verdict::new(findings, self.context.slowly()));
                }
                Self::restore(work);
                self.store(work, Precondition::Unchanged).await?;
                return Ok(Self::soon());
            }
            other => {
                self.tell_home(work, &organization, &other).await;
                return Ok(self.undecided(work, &organization, other));
            }
        };
        if manage {
            // It may have been let go of, or only observed until now.
            self.hold(work).await?;
        }
        if manage && former.is_none() && work.status.superseded.is_some() {
            former = self.part_with_superseded(work, &organization, shrunk.is_some()).await?;
        }
        if manage {
            Leftovers(self).settle(work, &organization, &snapshot, shrunk.is_some()).await?;
        }
        // The Secret with its token, which needs no more than a row of the list.
        let token = self.keep_token(work, &organization, &id, &row, &desired, manage).await?;
        if let Tokened::Stop(verdict) = token {
            return Ok(verdict);
        }
        let look = Look { id: &id, row: &row, desired: &desired, fresh, asked };
        let live = match self.detailed(work, &organization, look).await {
            Ok(Detailed::Whole(live)) => live,
            // Nothing to do, and what lists do not show was not read yet: its turn comes.
            Ok(Detailed::Later(next)) => {
                let verdict = joined(Verdict::new(Findings::of(Health::Kept), next), &[], token);
                return Ok(beside(verdict, former));
            }
            Err(error) => return Ok(joined(self.failed(work, &organization, &error), &[], token)),
        };
        if let Some((reason, text)) = K::unfit(&desired, &live) {
            let verdict = Verdict::new(Findings::stalled(reason, text), self.context.slowly());
            return Ok(joined(verdict, &[], token));
        }
        // 3. to 5. Plan, guard, apply.
        let mut verdict = self.bring_in_line(work, &organization, &id, &desired, live, manage).await?;
        if verdict.findings.settles() {
            // Whatever else it waits for: an answer must not outlive its question.
            self.settle_questions(work);
        }
        let waits = K::waits(&desired);
        if !waits.is_empty() {
            // Not all that is waited for has an object that wakes this one.
            verdict.next = verdict.next.sooner(self.context.slowly());
        }
        let verdict = joined(verdict, waits, token);
        // What it stood for before may be in the way of nothing.
        Ok(beside(verdict, former))
    }

    /// The wish, resolved.
    pub(super) async fn wish(
        &self,
        object: &K::Resource,
        organization: &Rc<Organization<K::Vendor>>,
    ) -> Result<Result<Result<K::Desired, Findings>, VendorError>, ClusterError> {
        let secrets = match self.secrets(object).await? {
            Ok(secrets) => secrets,
            Err(findings) => return Ok(Ok(Err(findings))),
        };
        let links = self.links(object, organization);
        let owned = self.owned(organization);
        let remembered = &object.common_status().resolved;
        let gone = self.gone(remembered, organization);
        let namespace = object.meta().namespace.clone().unwrap_or_default();
        let inputs = Inputs {
            secrets: &secrets,
            links: &links,
            remembered,
            gone: &gone,
            at_home: Self::at_home(object, &organization.root),
            namespace: &namespace,
            owned: owned.as_ref(),
            container: &self.container_id(object),
        };
        Ok(match self.kind.desired(&organization.session, object, &inputs).await {
            Ok(desired) => Ok(Ok(desired)),
            Err(Unresolved::Person(reason, text)) => Ok(Err(Findings::stalled(reason, text))),
            Err(Unresolved::Vendor(error)) => Err(error),
        })
    }

    /// Stores that the object stands for `id`.
    async fn take(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        id: &str,
        via: Via,
    ) -> Result<(), ClusterError> {
        if self.may_write(work.object.as_ref(), &organization.root) {
            self.hold(work).await?;
        }
        let noun = K::NOUN;
        let (by, outcome, reason, note) = match via {
            Via::OwnCreate => {
                let note = format!("The {noun} {id} is the outcome of a create that was interrupted.");
                (Provenance::Answered, "recovered", Reason::Created, note)
            }
            Via::Found => {
                let which = match K::key_at_vendor(work.object.as_ref()) {
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
        work.status.container_id = self.container_of(work.object.as_ref());
        let pending = work.status.pending_create.take();
        if let Some(pending) = pending.filter(|_| by != Provenance::Adopted) {
            organization.audit.borrow_mut().wrote(id, pending.since.0);
        }
        self.context.changed(work, reason, &note, None);
        self.store(work, Precondition::Unchanged).await?;
        self.context.tally.created(K::Resource::KIND, outcome);
        self.context.tell(work.object.as_ref(), false, reason, "Create", note).await;
        Ok(())
    }
}

/// The contract cannot express any of it.
fn unsupported(reason: Reason, text: String) -> Findings {
    let findings = Findings::of(Health::Unsupported(reason, text.clone()));
    findings.with(ConditionType::NotSupported, reason, text)
}

/// What an object waits for, as findings.
fn told(wait: &Wait) -> Findings {
    if wait.stalled {
        Findings::stalled(wait.reason, wait.message.clone())
    } else {
        Findings::waiting(wait.reason, wait.message.clone())
    }
}

/// The verdict on what could be kept, together with what waits and how the token stands. What only a
/// person can resolve comes first.
pub(super) fn joined(mut verdict: Verdict, waits: &[Wait], token: Tokened) -> Verdict {
    let mut others: Vec<Findings> = waits.iter().map(told).collect();
    let mut next = Next::Rest;
    match token {
        Tokened::Fine(extra, then) => {
            verdict.findings.extra.extend(extra);
            next = then;
        }
        Tokened::Wrong(wrong) => {
            verdict.waits_for_person |= wrong.waits_for_person;
            others.push(wrong.findings);
            next = wrong.next;
        }
        Tokened::Stop(_) => {}
    }
    let rank = |health: &Health| match health {
        Health::Stalled(..) => 2,
        Health::Waiting(..) => 1,
        Health::Ready(..) | Health::Unsupported(..) | Health::Kept => 0,
    };
    for other in others {
        verdict.findings.extra.extend(other.extra);
        if rank(&other.health) > rank(&verdict.findings.health) {
            verdict.findings.health = other.health;
        }
    }
    verdict.next = verdict.next.sooner(next);
    verdict
}

/// The verdict, with what another one says that is wrong.
fn beside(verdict: Verdict, other: Option<Verdict>) -> Verdict {
    match other {
        Some(other) => joined(verdict, &[], Tokened::Wrong(other)),
        None => verdict,
    }
}
