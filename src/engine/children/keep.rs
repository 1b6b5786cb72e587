//! The six steps for an object that is to be kept: resolve, observe, plan, guard, apply, report.

use super::{Children, deletion};
use crate::api::conditions::ConditionType;
use crate::api::managed::Managed;
use crate::api::policy::ManagementPolicy;
use crate::api::status::Origin;
use crate::engine::crash::{self, Step};
use crate::engine::error::{Failure, VendorError};
use crate::engine::identity::{Decision, Via};
use crate::engine::kind::{Kind, SecretValues};
use crate::engine::objects::{Precondition, reference};
use crate::engine::organization::{Organization, Standing};
use crate::engine::plan::{self, Cause, Plan, Policy};
use crate::engine::queue::{Priority, Ticket};
use crate::engine::reason::Reason;
use crate::engine::report::{self, Findings, Health};
use crate::engine::seams::{ClusterError, ObjectRef};
use crate::engine::work::{Work, at_rest, not_stored, requested};
use crate::engine::world::Next;
use kube::Resource as _;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The organization that an object belongs to.
pub(super) enum Parent<K: Kind> {
    /// It is there and ready.
    Ready(Rc<Organization<K::Vendor>>),
    /// It, or the object itself, is suspended.
    Suspended(&'static str),
}

/// What a reconcile comes to.
pub(super) struct Verdict {
    pub findings: Findings,
    pub next: Next,
    pub precondition: Precondition,
    /// The step that is done once this is stored.
    pub completes: Option<Step>,
}

impl Verdict {
    pub fn new(findings: Findings, next: Next) -> Self {
        Self { findings, next, precondition: Precondition::Unchanged, completes: None }
    }
}

impl<K: Kind> Children<K> {
    /// Keeps an object.
    pub(super) async fn keep(&self, object: Rc<K::Resource>, ticket: &Ticket) -> Next {
        if self.unseen(object.as_ref()) {
            return Next::Rest;
        }
        let mut work = Work::new(object);
        let asked = requested(work.object.as_ref()).map(str::to_owned);
        let verdict = match self.steps(&mut work, ticket).await {
            Ok(verdict) => verdict,
            Err(ClusterError::NotFound) => return Next::Gone,
            Err(error) => match not_stored(&error) {
                Some(findings) => Verdict::new(findings, self.slowly()),
                // Somebody wrote the object meanwhile; the watch brings what it is now.
                None => return Next::Retry,
            },
        };
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
        if let Some(findings) = self.conflict(work) {
            return Ok(Verdict::new(findings, self.slowly()));
        }
        let secrets = match self.secrets(work.object.as_ref()).await? {
            Ok(secrets) => secrets,
            Err(findings) => return Ok(Verdict::new(findings, self.slowly())),
        };
        let desired = match self.kind.desired(work.object.as_ref(), &secrets) {
            Ok(desired) => desired,
            Err((reason, message)) => {
                return Ok(Verdict::new(Findings::stalled(reason, message), self.slowly()));
            }
        };
        // 2. Observe.
        if let Some(error) = organization.trouble() {
            // The organization finds out when that ends, and wakes those that wait for it.
            let verdict = self.failed(work, &organization, &error);
            return Ok(Verdict { next: Next::Rest, ..verdict });
        }
        let asked = !at_rest(work.object.as_ref())
            || matches!(ticket.priority, Priority::Change)
            || self.unlisted(&organization, work.object.as_ref());
        if !asked && self.outruns_lists(&organization, work.object.as_ref()) {
            // Our own write is younger than every list: the next resync looks at it.
            return Ok(Verdict::new(Findings::of(Health::Kept), Next::Rest));
        }
        let fresh = match requested(work.object.as_ref()) {
            Some(_) => ticket.since,
            None => self.fresh(work.object.as_ref(), ticket.since, asked),
        };
        let snapshot = match self.read(&organization, fresh).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.failed(work, &organization, &error)),
        };
        let manage = self.may_write(work.object.as_ref(), &organization.root);
        let decision = self.decide(&organization, &snapshot, work.object.as_ref(), manage);
        let shrunk = self.judge(&organization);
        if shrunk.is_some() && !matches!(decision, Decision::Is(..)) {
            self.wake_root(&organization.root);
            if at_rest(work.object.as_ref()) {
                // A list that is not believed says nothing of it; the organization wakes it.
                return Ok(Verdict::new(Findings::of(Health::Kept), Next::Rest));
            }
            let text = "The organization's inventory shrank beyond belief; nothing is created or deleted \
                        until it is back or a person confirms it on the organization.";
            return Ok(Verdict::new(Findings::waiting(Reason::InventoryShrank, text), self.slowly()));
        }
        let (id, live) = match decision {
            Decision::Is(id, via) => {
                let Some(row) = snapshot.items.get(&id) else { return Ok(self.soon(work)) };
                if via != Via::Held {
                    self.take(work, &organization, &id, via).await?;
                }
                match self.kind.detail(&organization.session, row.clone()).await {
                    Ok(live) => (id, live),
                    Err(error) => return Ok(self.failed(work, &organization, &error)),
                }
            }
            Decision::Gone => match self.confirm_absence(work, &organization).await {
                Ok(None) => return Ok(self.vanished(work, &organization, manage)),
                Ok(Some(live)) => (K::id(&live).to_owned(), live),
                Err(error) => return Ok(self.failed(work, &organization, &error)),
            },
            Decision::Create => {
                return self.create(work, &organization, &snapshot, &desired).await;
            }
            Decision::NotCarriedOut => {
                work.status.pending_create = None;
                self.world.tally.created(K::Resource::KIND, "not_carried_out");
                self.store(work, Precondition::Unchanged).await?;
                return Ok(self.soon(work));
            }
            other => return Ok(self.undecided(work, other)),
        };
        // 3. to 5. Plan, guard, apply.
        self.bring_in_line(work, &organization, &id, &desired, live, manage).await
    }

    /// Plans and applies what differs; `live` is what the vendor shows.
    pub(super) async fn bring_in_line(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &K::Desired,
        live: K::Live,
        manage: bool,
    ) -> Result<Verdict, ClusterError> {
        let plan = self.plan(work, organization, desired, &live, manage);
        if !plan.rebased.is_empty() {
            let note = format!(
                "The key of the fingerprints was lost: {} cannot be read back and was not written again.",
                plan.rebased.join(", ")
            );
            let object = work.object.as_ref();
            self.world.tell(object, true, Reason::FingerprintsRebased, "Plan", note).await;
        }
        if plan.apply.is_empty() {
            return Ok(self.settled(work, plan, &[]));
        }
        self.hold(work).await?;
        crash::reached(Step::UpdatePlanned);
        let outcome = self.kind.update(&organization.session, id, desired, &plan.apply).await;
        crash::reached(Step::UpdateAnswered);
        if let Err(error) = outcome {
            let mut drift = plan.report.clone();
            drift.extend(plan.apply.iter().filter(|change| change.cause == Cause::Drift).cloned());
            report::write_drift(&mut work.status, &drift, self.world.clock.wall());
            if !error.without_effect {
                self.touch(work, &plan);
            }
            return Ok(self.failed_write(work, organization, &error));
        }
        self.touch(work, &plan);
        let corrected: Vec<_> =
            plan.apply.iter().filter(|change| change.cause == Cause::Drift).cloned().collect();
        let now = self.world.now();
        self.memory(work.object.as_ref(), |memory| {
            for change in &corrected {
                memory.fights.corrected(&change.path, now);
            }
        });
        self.tell_applied(work, &plan).await;
        for _ in &corrected {
            self.world.tally.drift(K::Resource::KIND, true);
        }
        let mut verdict = self.settled(work, plan, &corrected);
        verdict.precondition = Precondition::SameObject;
        verdict.completes = Some(Step::UpdateStored);
        Ok(verdict)
    }

    /// The plan for an object that exists.
    pub(super) fn plan(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        desired: &K::Desired,
        live: &K::Live,
        manage: bool,
    ) -> Plan {
        let spec = work.object.common_spec();
        let fields = self.kind.fields(&organization.session, desired, live);
        let generation = work.generation();
        let asked = requested(work.object.as_ref()).map(str::to_owned);
        let now = self.world.now();
        let settle = self.world.settings.settle;
        let Some(prints) = self.world.prints.get() else { return Plan::default() };
        self.memory(work.object.as_ref(), |memory| {
            let round = (generation, asked.or_else(|| memory.round.1.clone()));
            if memory.round != round {
                memory.round = round;
                memory.fights.reset();
            }
            let nothing = BTreeSet::new();
            let unsettled = if now.since(memory.touched) < settle { &memory.paths } else { &nothing };
            let draft = |contested: &BTreeSet<String>| {
                let policy = Policy {
                    manage,
                    drift: spec.drift_policy,
                    origin: work.status.origin.unwrap_or(Origin::Adopted),
                    apply_unreadable: spec.adopt.apply_unreadable,
                    contested,
                    unsettled,
                };
                plan::plan(&fields, &work.status.last_applied, prints, &policy)
            };
            let first = draft(memory.fights.contested());
            let drifted = first.apply.iter().filter(|change| change.cause == Cause::Drift);
            memory.fights.judge(drifted.map(|change| change.path.as_str()), now);
            draft(memory.fights.contested())
        })
    }

    /// The verdict once nothing is left to write. What was corrected stays listed as drift until a
    /// list shows that it is gone.
    fn settled(&self, work: &mut Work<K::Resource>, plan: Plan, corrected: &[plan::Change]) -> Verdict {
        let now = self.world.clock.wall();
        let mut drift = plan.report.clone();
        drift.extend(corrected.iter().cloned());
        let unsettled = &plan.unsettled;
        let kept: Vec<plan::Change> = work
            .status
            .drift
            .iter()
            .filter(|entry| unsettled.contains(&entry.path))
            .map(|entry| plan::Change {
                path: entry.path.clone(),
                cause: Cause::Drift,
                desired: entry.desired.clone(),
                actual: entry.actual.clone(),
                sensitive: entry.sensitive,
            })
            .collect();
        drift.extend(kept);
        let known: BTreeSet<String> = work.status.drift.iter().map(|entry| entry.path.clone()).collect();
        for _ in plan.report.iter().filter(|change| !known.contains(&change.path)) {
            self.world.tally.drift(K::Resource::KIND, false);
        }
        report::write_drift(&mut work.status, &drift, now);
        work.status.last_applied = plan.last_applied;
        let contested = self.memory(work.object.as_ref(), |memory| memory.fights.contested().clone());
        let fought: Vec<&str> = plan
            .report
            .iter()
            .map(|change| change.path.as_str())
            .filter(|path| contested.contains(*path))
            .collect();
        let mut findings = if !fought.is_empty() {
            Findings::stalled(
                Reason::DriftContested,
                format!(
                    "{} was put back three times within an hour, and changed again each time: another \
                     cluster or tool manages it too. Stop that one, then edit this object or set the \
                     annotation orgkeeper.dev/reconcile-requested-at.",
                    fought.join(", ")
                ),
            )
        } else if plan.report.is_empty() {
            let text = format!("The {} is as declared.", K::NOUN);
            Findings::of(Health::Ready(Reason::InSync, text))
        } else {
            let text = format!("The {} differs from what is declared, and is left as it is.", K::NOUN);
            Findings::of(Health::Ready(Reason::Drifted, text))
        };
        if !plan.report.is_empty() {
            let paths: Vec<&str> = plan.report.iter().map(|change| change.path.as_str()).collect();
            let text = format!("Differs in {}; see status.drift.", paths.join(", "));
            findings = findings.with(ConditionType::Drifted, Reason::Drifted, text);
        }
        if !plan.unsupported.is_empty() {
            let text = format!(
                "The endpoint's contract cannot express {}; everything else is kept.",
                plan.unsupported.join(", ")
            );
            findings = findings.with(ConditionType::NotSupported, Reason::NotSupportedByContract, text);
        }
        if !plan.unverified.is_empty() {
            let text = format!(
                "{} cannot be read back, and was assumed to be as declared when the {} was adopted. Set \
                 spec.adopt.applyUnreadable to write it.",
                plan.unverified.join(", "),
                K::NOUN
            );
            findings = findings.with(ConditionType::Unverified, Reason::AssumedAtAdoption, text);
        }
        let next = if plan.unsettled.is_empty() {
            Next::Rest
        } else {
            let touched = self.memory(work.object.as_ref(), |memory| memory.touched);
            Next::At(touched + self.world.settings.settle)
        };
        Verdict::new(findings, next)
    }

    /// Remembers our write: until lists have caught up, the same paths are no drift.
    pub(super) fn touch(&self, work: &Work<K::Resource>, plan: &Plan) {
        let now = self.world.now();
        self.memory(work.object.as_ref(), |memory| {
            memory.touched = now;
            memory.paths = plan.apply.iter().map(|change| change.path.clone()).collect();
        });
    }

    async fn tell_applied(&self, work: &Work<K::Resource>, plan: &Plan) {
        let object = work.object.as_ref();
        for (cause, reason) in [(Cause::Edit, Reason::Updated), (Cause::Drift, Reason::DriftCorrected)] {
            let parts: Vec<String> = plan
                .apply
                .iter()
                .filter(|change| change.cause == cause)
                .map(|change| match (&change.desired, &change.actual) {
                    (Some(desired), Some(actual)) => {
                        format!("{}: {actual:?} → {desired:?}", change.path)
                    }
                    _ => change.path.clone(),
                })
                .collect();
            if !parts.is_empty() {
                let warning = reason == Reason::DriftCorrected;
                self.world.tell(object, warning, reason, "Update", parts.join("; ")).await;
            }
        }
    }

    /// Whether anything may be written for the object: not under Observe, its own or the
    /// organization's, and not in a process that only reads.
    pub(super) fn may_write(&self, object: &K::Resource, root: &ObjectRef) -> bool {
        let observes = |policy| policy == ManagementPolicy::Observe;
        let organization = self.organizations.objects.get(root);
        !observes(object.common_spec().management_policy)
            && !organization.is_some_and(|root| observes(root.common_spec().management_policy))
            && !self.world.fence.is_read_only()
    }

    /// Whether the organization was not looked at since this process started. Nothing can be said of
    /// the object before, so nothing is written to it; the organization wakes it.
    pub(super) fn unseen(&self, object: &K::Resource) -> bool {
        super::Claim::of::<K>(object).is_some_and(|claim| {
            let root = self.organizations.objects.get(&claim.root);
            root.is_some_and(|root| !root.common_spec().suspend)
                && self.organizations.standing(&claim.root).is_none()
        })
    }

    /// The organization that the object refers to, if it may.
    pub(super) fn parent(&self, object: &K::Resource) -> Result<Parent<K>, Findings> {
        let Some(root) = super::Claim::of::<K>(object).map(|claim| claim.root) else {
            return Err(Findings::stalled(Reason::InternalError, "The object refers to no organization."));
        };
        let pinned = object.common_status().organization_id.as_deref();
        let me = reference(object);
        let organization = self.organizations.objects.get(&root);
        let Some(organization) = organization.filter(|_| self.admitted(&me, &root)) else {
            return Err(if pinned.is_some() && self.organizations.objects.get(&root).is_some() {
                Findings::stalled(
                    Reason::NotAllowed,
                    format!(
                        "{root} no longer admits {} from namespace {}: nothing is read or written. Add it to \
                         spec.allowed of the organization, or delete this object (what it stands for stays).",
                        me.kind, me.namespace
                    ),
                )
            } else {
                Findings::waiting(
                    Reason::ReferenceNotFoundOrNotAllowed,
                    format!(
                        "{root} does not exist, or does not admit {} from namespace {}. Check \
                         spec.organizationRef, and spec.allowed of the organization.",
                        me.kind, me.namespace
                    ),
                )
            });
        };
        if object.common_spec().suspend {
            return Ok(Parent::Suspended("spec.suspend is true."));
        }
        if organization.common_spec().suspend {
            return Ok(Parent::Suspended("The organization is suspended."));
        }
        match self.organizations.standing(&root) {
            Some(Standing::Ready(organization)) => match pinned {
                Some(pinned) if pinned != organization.id => Err(Findings::stalled(
                    Reason::ParentChanged,
                    format!(
                        "This object belongs to organization {pinned}, but {root} now stands for {}. Nothing \
                         is read or written; create a new object for the other organization.",
                        organization.id
                    ),
                )),
                _ => Ok(Parent::Ready(organization)),
            },
            Some(Standing::NotReady(reason, message)) => Err(Findings::waiting(
                Reason::DependencyNotReady,
                format!("{root} is not ready ({reason}): {message}"),
            )),
            // With nothing to do, a pause or an outage shows on the organization only.
            Some(Standing::Unreached(..)) | None if at_rest(object) => Err(Findings::of(Health::Kept)),
            Some(Standing::Unreached(reason, message)) => Err(Findings::waiting(
                Reason::DependencyNotReady,
                format!("{root} is not reached at present ({reason}): {message}"),
            )),
            None => {
                Err(Findings::waiting(Reason::DependencyNotReady, format!("{root} was not looked at yet.")))
            }
        }
    }

    /// Whether another object stands for the same thing.
    fn conflict(&self, work: &Work<K::Resource>) -> Option<Findings> {
        let (object, status) = (work.object.as_ref(), &work.status);
        if let (Some(held), Some(wanted)) = (&status.id, &object.common_spec().adopt.id)
            && held != wanted
        {
            return Some(Findings::stalled(
                Reason::AdoptIdMismatch,
                format!(
                    "This object stands for {held}, and spec.adopt.id names {wanted}; nothing is read or written. Delete \
                     this object (what it stands for stays unless its policy is Delete) and create one for {wanted}."
                ),
            ));
        }
        let holder = self.holder(object)?;
        Some(Findings::stalled(
            Reason::ManagementConflict,
            format!(
                "{holder} stands for the same {} already; nothing is written. Delete one of the two, or give \
                 this one another name.",
                K::NOUN
            ),
        ))
    }

    /// The values of the Secrets that the object refers to.
    async fn secrets(&self, object: &K::Resource) -> Result<Result<SecretValues, Findings>, ClusterError> {
        let namespace = object.meta().namespace.clone().unwrap_or_default();
        let mut values = SecretValues::new();
        for wanted in object.secret_refs() {
            let Some(secret) = self.world.cluster.secret(&namespace, &wanted.name).await? else {
                let text = format!("Secret {} does not exist in namespace {namespace}.", wanted.name);
                return Ok(Err(Findings::waiting(Reason::SecretNotFound, text)));
            };
            let Some(value) = secret.values.get(&wanted.key) else {
                let text = format!("Secret {} has no key {}.", wanted.name, wanted.key);
                return Ok(Err(Findings::waiting(Reason::SecretKeyNotFound, text)));
            };
            values.insert((wanted.name.clone(), wanted.key.clone()), value.clone());
        }
        Ok(Ok(values))
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
        let own = via == Via::OwnCreate;
        work.status.id = Some(id.to_owned());
        work.status.organization_id = Some(organization.id.clone());
        work.status.origin = Some(if own { Origin::Created } else { Origin::Adopted });
        work.status.pending_create = None;
        let (outcome, reason) =
            if own { ("recovered", Reason::Created) } else { ("adopted", Reason::Adopted) };
        self.store(work, Precondition::Unchanged).await?;
        self.world.tally.created(K::Resource::KIND, outcome);
        let note = if own {
            format!("The {} {id} is the outcome of a create that was interrupted.", K::NOUN)
        } else {
            format!("Took over the {} {id}, which existed.", K::NOUN)
        };
        self.world.tell(work.object.as_ref(), false, reason, "Create", note).await;
        Ok(())
    }

    /// A failed read: what it means for the object.
    pub(super) fn failed(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let rest = at_rest(work.object.as_ref());
        let passing = |reason, next| {
            // With nothing to do, a pause or an outage shows on the organization only.
            let findings = if rest {
                Findings { health: Health::Kept, extra: Vec::new() }
            } else {
                Findings::waiting(reason, format!("Waits: {}.", error.message))
            };
            Verdict::new(findings, next)
        };
        match error.failure {
            Failure::Deferred { until } | Failure::Throttled { until } => {
                passing(Reason::Throttled, Next::At(until))
            }
            Failure::Unreachable => passing(Reason::VendorUnreachable, Next::Retry),
            Failure::Unreadable => passing(Reason::VendorUnreadable, Next::Retry),
            Failure::Fenced => {
                let next = self.world.fence.opens_at(self.world.now()).map_or(Next::Retry, Next::At);
                passing(Reason::Progressing, next)
            }
            Failure::Unauthorized | Failure::WrongOrganization | Failure::Unsendable => {
                // The organization says what is wrong, and wakes this object when it is not any more.
                let text = format!("{} is not ready: {}", organization.root, error.message);
                Verdict::new(Findings::waiting(Reason::DependencyNotReady, text), self.slowly())
            }
            Failure::Forbidden => {
                Verdict::new(Findings::stalled(Reason::Forbidden, &*error.message), self.slowly())
            }
            Failure::NotFound | Failure::Refused => {
                Verdict::new(Findings::stalled(Reason::RefusedByVendor, &*error.message), self.slowly())
            }
            Failure::NotSupported => {
                Verdict::new(Findings::of(Health::Unsupported(error.message.clone())), self.slowly())
            }
        }
    }

    /// A failed write of an object that exists: it may be repeated, as it names the id.
    fn failed_write(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let mut verdict = self.failed(work, organization, error);
        if verdict.findings.health == Health::Kept {
            // There is something to do after all.
            let text = format!("Waits: {}.", error.message);
            verdict.findings = Findings::waiting(Reason::Progressing, text);
        }
        verdict
    }

    /// The verdict where it is not known, or not allowed, to say which vendor object it is.
    fn undecided(&self, work: &Work<K::Resource>, decision: Decision) -> Verdict {
        let noun = K::NOUN;
        let name = K::key(work.object.as_ref());
        let stalled = |reason, text: String| Verdict::new(Findings::stalled(reason, text), self.slowly());
        match decision {
            Decision::Missing(until) => {
                let findings = if at_rest(work.object.as_ref()) {
                    Findings::of(Health::Kept)
                } else {
                    let text = format!("A list lacks the {noun}; a later one has to confirm that.");
                    Findings::waiting(Reason::ConfirmingAbsence, text)
                };
                Verdict::new(findings, self.later(until))
            }
            Decision::OutcomeUnknown(until) => {
                let text = format!(
                    "A create was sent, and its outcome is not known; two later lists of the vendor decide. \
                     No second {noun} is created before."
                );
                Verdict::new(Findings::waiting(Reason::OutcomeUnknown, text), self.later(until))
            }
            Decision::Absent if self.world.fence.is_read_only() => {
                let text = format!("There is no {noun} named {name:?}, and this operator only reads.");
                stalled(Reason::ReadOnly, text)
            }
            Decision::Absent => {
                let text = format!("There is no {noun} named {name:?}, and Observe creates nothing.");
                stalled(Reason::NotFound, text)
            }
            Decision::Ambiguous(ids) => stalled(
                Reason::Ambiguous,
                format!(
                    "Several {noun}s could be meant: {}. Write the id of the right one to spec.adopt.id.",
                    listed(&ids)
                ),
            ),
            Decision::WantedMissing => stalled(
                Reason::AdoptionTargetNotFound,
                format!(
                    "The organization has no {noun} with the id in spec.adopt.id. Correct the id: create \
                     another object with the right one."
                ),
            ),
            Decision::NothingToAdopt => stalled(
                Reason::NotFound,
                format!("No {noun} is named {name:?}, and adopt.policy is Required: nothing is created."),
            ),
            Decision::Exists(id) => stalled(
                Reason::AlreadyExists,
                format!(
                    "The {noun} {id} is named {name:?} already, and adopt.policy is Never. Choose another \
                     name, or adopt it."
                ),
            ),
            Decision::NeedsId(id) => stalled(
                Reason::AdoptionNeedsId,
                format!(
                    "The {noun} {id} exists. From outside the organization's own namespace it is adopted \
                     only with spec.adopt: {{policy: Required, id: {id}}}."
                ),
            ),
            Decision::Is(..) | Decision::Gone | Decision::Create | Decision::NotCarriedOut => self.soon(work),
        }
    }

    /// Asks for the object by its id, where the vendor has such a call: lists alone have to be
    /// believed where it has none.
    pub(super) async fn confirm_absence(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> Result<Option<K::Live>, VendorError> {
        let id = work.status.id.as_deref().unwrap_or_default();
        match self.kind.get(&organization.session, id).await {
            None => Ok(None),
            Some(Ok(live)) => Ok(Some(live)),
            Some(Err(error)) if error.failure == Failure::NotFound => Ok(None),
            Some(Err(error)) => Err(error),
        }
    }

    /// It vanished at the vendor. It is not made again unasked.
    fn vanished(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        manage: bool,
    ) -> Verdict {
        let object = work.object.as_ref();
        let id = work.status.id.clone().unwrap_or_default();
        let key = K::key(object);
        let uid = object.meta().uid.clone().unwrap_or_default();
        let digest = crate::engine::fingerprint::digest([&*organization.id, &*uid, &*id, &*key]);
        let confirmed =
            crate::engine::work::annotated(object, crate::api::annotation::CONFIRM) == Some(&*digest);
        if confirmed && manage {
            work.status.id = None;
            work.status.origin = None;
            work.status.last_applied.clear();
            work.status.drift.clear();
            let text = format!("The {} {id} is gone, and is made again as confirmed.", K::NOUN);
            return Verdict::new(Findings::waiting(Reason::Progressing, text), Next::At(self.world.now()));
        }
        let text = format!(
            "The {noun} {id} was deleted at the vendor. To have a new one made, set the annotation \
             orgkeeper.dev/confirm: {digest}. Otherwise delete this object.",
            noun = K::NOUN
        );
        Verdict::new(Findings::stalled(Reason::ExternallyDeleted, text), self.slowly())
    }

    /// Look again at once, on what was stored.
    pub(super) fn soon(&self, work: &Work<K::Resource>) -> Verdict {
        let _ = work;
        let text = format!("The {} is being looked at.", K::NOUN);
        Verdict::new(Findings::waiting(Reason::Progressing, text), Next::At(self.world.now()))
    }

    /// Look again at `until`, or soon if that has passed and another list is needed.
    fn later(&self, until: crate::engine::seams::Tick) -> Next {
        let now = self.world.now();
        if until > now { Next::At(until) } else { Next::Retry }
    }

    /// Look again at what only a change can resolve.
    pub(super) fn slowly(&self) -> Next {
        Next::At(self.world.now() + self.world.jittered(self.world.settings.slow_retry))
    }

    pub(super) fn wake_root(&self, root: &ObjectRef) {
        let lane = crate::engine::queue::Lane {
            organization: format!("{}/{}", root.namespace, root.name),
            namespace: root.namespace.clone(),
        };
        self.world.wake(root, &lane, Priority::Drift);
    }
}

fn listed(ids: &[String]) -> String {
    let first: Vec<&str> = ids.iter().take(5).map(String::as_str).collect();
    match ids.len() - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
