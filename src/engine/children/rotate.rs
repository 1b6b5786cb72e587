//! Another token for an object: a new user takes the place of the old one, in recorded steps of which
//! each survives the death of the process (rule 5).
//!
//! Intent stored → created → brought in line → its token tried → the Secret switched → status → after an
//! overlap the old user deleted. The old token works until then, whatever happens before.

use super::Children;
use super::fill::Stored;
use super::guard::Rate;
use super::lost::Removed;
use super::memory::Made;
use super::seen;
use super::token::conflict;
use super::tokened::{Case, Rotated, Tokened};
use super::verdict::Verdict;
use crate::api::conditions::{self, ConditionType};
use crate::api::managed::Managed;
use crate::api::policy::AdoptPolicy;
use crate::api::status::{CommonStatus, MAX_SEEN, Origin};
use crate::api::token::{Rotation, TokenStatus};
use crate::engine::crash::{self, Step};
use crate::engine::error::{Failure, VendorError};
use crate::engine::identity::{self, Decision, Evidence, Known};
use crate::engine::inventory::Snapshot;
use crate::engine::kind::Kind;
use crate::engine::objects::Precondition;
use crate::engine::organization::Organization;
use crate::engine::reason::Reason;
use crate::engine::report::{self, Findings, Health};
use crate::engine::rotation::{self, Stage};
use crate::engine::seams::{ClusterError, Tick};
use crate::engine::token::Custody;
use crate::engine::vendor::Vendor;
use crate::engine::work::{Work, rotation_asked};
use crate::engine::world::Next;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::rc::Rc;

impl<K: Kind> Children<K> {
    /// Takes a rotation as far as it goes.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(super) async fn rotate(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
    ) -> Result<Rotated, ClusterError> {
        let asked = rotation_asked(work.object.as_ref()).map(str::to_owned);
        let (status, now) = (work.token.clone(), seen::overlap_time(&self.world, work));
        let overlap = self.world.settings.rotation_overlap;
        let rotated = match rotation::stage(&status, asked.as_deref(), now, overlap) {
            Stage::None => Ok(self.not_rotating(work, asked.as_deref())),
            Stage::Asked(requested) => self.begin(work, case, requested, false).await,
            Stage::Making(rotation) => self.make(work, case, rotation).await,
            Stage::Overlap(left) => {
                let text =
                    format!("The token that Secret {} held before works for a while.", case.target.name);
                Ok(Rotated::Beside(rotating(&text), Next::At(self.world.now() + left)))
            }
            Stage::Retire(old) => match self.in_use(work, case, old, asked.as_deref()).await? {
                Some(findings) => Ok(Rotated::Beside(findings, self.world.slowly())),
                None => self.retire(work, case.organization, old).await,
            },
        }?;
        let ended = status.rotation.is_some() && work.token.rotation.is_none();
        if ended && asked.is_some() && asked != work.token.last_handled_rotate_at {
            // Another one was asked for meanwhile.
            return Ok(Self::under_way(work, Next::At(self.world.now())));
        }
        Ok(rotated)
    }

    /// Why the old user stays although its time is over: somebody put its token back, and so uses it.
    async fn in_use(
        &self,
        work: &Work<K::Resource>,
        case: &Case<'_, K>,
        old: &str,
        asked: Option<&str>,
    ) -> Result<Option<Findings>, ClusterError> {
        let requested = work.token.rotation.as_ref().map(|rotation| rotation.requested.as_str());
        if asked.is_some() && asked != requested {
            return Ok(None);
        }
        let owner = Self::owner(work.object.as_ref(), case.organization);
        match self.custody(&owner, case.target).await?.0 {
            Custody::Ours { id: Some(id), token: Some(_) } if id == old => {
                let text = format!(
                    "Secret {} holds the token of the former {noun} {old} again, which therefore is not deleted. Put \
                     the token of the {noun} {} back, or give the annotation orgkeeper.dev/rotate-requested-at \
                     another value to have another token made (the former one ends at once).",
                    case.target.name,
                    case.id,
                    noun = K::NOUN
                );
                Ok(Some(Findings::stalled(Reason::TokenSecretChanged, text)))
            }
            _ => Ok(None),
        }
    }

    /// Says what became of the last rotation, for as long as the annotation asks for it.
    pub(super) fn not_rotating(&self, work: &mut Work<K::Resource>, asked: Option<&str>) -> Rotated {
        match &work.token.rotation_failure {
            Some(why) if asked.is_some() => {
                let text = format!(
                    "No new token could be had, and the former one stays: {why} To try again, give the \
                     annotation orgkeeper.dev/rotate-requested-at another value; to leave it, remove the annotation."
                );
                Rotated::Beside(Findings::stalled(Reason::RotationFailed, text), self.world.slowly())
            }
            _ => {
                work.token.rotation_failure = None;
                Rotated::Rest
            }
        }
    }

    /// Stores the intent and creates the new user. `again` says that the token of one was lost.
    async fn begin(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        requested: &str,
        again: bool,
    ) -> Result<Rotated, ClusterError> {
        let Case { organization, target, id, desired } = *case;
        let owner = Self::owner(work.object.as_ref(), organization);
        // What waits is told anyway; and where a namespace ends, no Secret can be made.
        if !K::waits(desired).is_empty() || self.world.namespace(&owner.object.namespace).terminating {
            return Ok(Rotated::Rest);
        }
        if let Some(text) = K::missing_for_create(&organization.session, desired) {
            return self.fail(work, requested, &text).await;
        }
        let stock = self.inventory(organization, work.object.as_ref());
        let open = self.world.fence.opens_at(self.world.now());
        if let Some(open) = open.into_iter().chain([stock.creates_from.get()]).max()
            && open > self.world.now()
        {
            return Ok(Self::under_way(work, Next::At(open)));
        }
        let snapshot = match self.read_for(organization, work.object.as_ref(), self.world.now()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.put_off(work, organization, &error)),
        };
        if self.judge(organization).is_some() {
            // Nothing is created under an inventory that is not believed.
            return Ok(Self::under_way(work, self.world.slowly()));
        }
        let lives = |other: &str| other != id && snapshot.items.contains_key(other);
        if let Some(findings) = self.claim(work, organization, target, lives).await? {
            return Ok(Rotated::Alone(Tokened::Wrong(Verdict::new(findings, self.world.slowly()))));
        }
        let key = self.claim_key(work.object.as_ref());
        let rows = snapshot.items.iter();
        let mut seen: Vec<String> =
            rows.filter(|(_, live)| K::live_key(live) == key).map(|(id, _)| id.clone()).collect();
        if !seen.iter().any(|seen| seen == id) {
            seen.push(id.to_owned());
        }
        if seen.len() > MAX_SEEN {
            let text = format!("More than {MAX_SEEN} {}s have this name.", K::NOUN);
            return self.fail(work, requested, &text).await;
        }
        let intended = self.world.now();
        work.token.rotation = Some(Rotation {
            requested: requested.to_owned(),
            since: Time(report::whole_seconds(self.world.clock.wall())),
            key: self.key_hash(&key),
            seen,
            again,
            old_id: None,
            switched_at: None,
        });
        work.token.rotation_failure = None;
        self.memory(work.object.as_ref(), |memory| memory.made = None);
        self.store(work, Precondition::Unchanged).await?;
        seen::rotation_intended(&self.world, work.object.as_ref(), intended);
        crash::reached(Step::RotationIntended);
        if self.world.now().since(intended) >= self.world.network.call_timeout() {
            // So late a call could outlive the time after which lists are believed.
            work.token.rotation = None;
            return Ok(Self::under_way(work, Next::Retry));
        }
        let answer = self.kind.create(&organization.session, desired).await;
        if answer.as_ref().err().is_none_or(VendorError::sent) {
            crash::reached(Step::RotationCreated);
        }
        match answer {
            Ok(created) => {
                let Some(new) = created.id else { return Ok(Self::under_way(work, Next::Retry)) };
                organization.audit.borrow_mut().wrote(&new, self.world.clock.wall());
                let made = Made { id: new, token: created.token, at: self.world.now() };
                self.memory(work.object.as_ref(), |memory| {
                    memory.made = Some(made.clone());
                    // Nothing was written to the new one yet.
                    memory.wrote.clear();
                });
                self.finish(work, case, &made).await
            }
            Err(error) if error.without_effect => {
                if let Failure::Deferred { until } | Failure::Throttled { until } = error.failure {
                    stock.creates_from.set(until);
                }
                if definite(&error) {
                    return self.fail(work, requested, &error.message).await;
                }
                work.token.rotation = None;
                Ok(self.put_off(work, organization, &error))
            }
            // Lists decide.
            Err(_) => Ok(Self::under_way(work, Next::Retry)),
        }
    }

    /// Goes on with a rotation of which a new user was made, or may have been.
    async fn make(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        rotation: &Rotation,
    ) -> Result<Rotated, ClusterError> {
        let organization = case.organization;
        if let Some(made) = self.memory(work.object.as_ref(), |memory| memory.made.clone()) {
            return self.finish(work, case, &made).await;
        }
        let owner = Self::owner(work.object.as_ref(), organization);
        let (custody, _) = self.custody(&owner, case.target).await?;
        if let Some((new, token)) = rotation::switched(rotation, &custody, case.id) {
            return self.switch(work, case, new, token, BTreeMap::new()).await;
        }
        let snapshot = match self.read_for(organization, work.object.as_ref(), self.world.now()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(self.put_off(work, organization, &error)),
        };
        match self.outcome(work, organization, rotation, &snapshot) {
            Decision::Is(new, _) => {
                let row = snapshot.items.get(&new);
                let why = (Rate::Free, Step::RotationLostDeleted);
                match self.remove(work, organization, &new, row, why).await? {
                    Removed::Yes if rotation.again => {
                        let text = "The token of the new one was lost before it was stored, twice.";
                        self.fail(work, &rotation.requested, text).await
                    }
                    Removed::Yes => self.begin(work, case, &rotation.requested, true).await,
                    Removed::Unsure => Ok(Self::under_way(work, self.settled_at())),
                    Removed::No(verdict) => Ok(said(verdict)),
                }
            }
            Decision::Ambiguous(ids) => {
                let text = format!(
                    "A new {noun} was created for another token, and several could be it: {}. Delete those that \
                     nobody uses at the vendor.",
                    ids.join(", "),
                    noun = K::NOUN
                );
                let findings = Findings::stalled(Reason::Ambiguous, text);
                Ok(said(Verdict::new(findings, self.world.slowly())))
            }
            Decision::NotCarriedOut => self.begin(work, case, &rotation.requested, rotation.again).await,
            Decision::OutcomeUnknown(until) => Ok(Self::under_way(work, self.world.later(until))),
            _ => Ok(Self::under_way(work, Next::Retry)),
        }
    }

    /// What became of the create of a new user, as lists show it.
    pub(super) fn outcome(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        rotation: &Rotation,
        snapshot: &Snapshot<K::Live>,
    ) -> Decision {
        let unclaimed = |list: &Snapshot<K::Live>| -> Vec<String> {
            let named = list
                .items
                .iter()
                .filter(|(_, live)| self.is_key(&rotation.key, live, &self.claim_key(work.object.as_ref())));
            let free = named.filter(|(id, _)| !self.is_claimed(organization, work.object.as_ref(), id));
            free.map(|(id, _)| id.clone()).collect()
        };
        let before = self.inventory(organization, work.object.as_ref()).inventory.before();
        let had = |list: &Rc<Snapshot<K::Live>>| unclaimed(list).iter().any(|id| !rotation.seen.contains(id));
        let evidence = Evidence {
            begun: snapshot.begun,
            before: before.as_ref().map(|list| list.begun),
            unclaimed: unclaimed(snapshot),
            before_had_candidate: before.as_ref().is_some_and(had),
            ..Evidence::default()
        };
        let known = Known {
            held: None,
            last_write: Tick::default(),
            pending: Some(seen::rotating(&self.world, work.object.as_ref(), rotation)),
            adopt: AdoptPolicy::IfExists,
            wanted: None,
            at_home: true,
            may_create: false,
            settle: self.world.settings.settle,
        };
        identity::decide(&known, &evidence)
    }

    /// Brings the new user in line, tries its token, and lets it take over.
    async fn finish(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        made: &Made,
    ) -> Result<Rotated, ClusterError> {
        let Case { organization, target, desired, .. } = *case;
        let session = &organization.session;
        let Some(token) = &made.token else {
            return self
                .give_up(work, case, made, "The vendor created it and answered without a token.")
                .await;
        };
        let live = self.kind.created(desired, &made.id);
        let scratch = Work {
            status: CommonStatus {
                id: Some(made.id.clone()),
                origin: Some(Origin::Created),
                last_applied: self.carried(organization, desired, &live, &BTreeMap::new()),
                ..CommonStatus::default()
            },
            token: TokenStatus::default(),
            external_id: None,
            created: true,
            ..Work::new(Rc::clone(&work.object))
        };
        let plan = self.plan(&scratch, organization, desired, &live, true);
        if !plan.apply.is_empty() {
            let outcome = self.kind.update(session, &made.id, desired, &live, &plan.apply).await;
            organization.audit.borrow_mut().wrote(&made.id, self.world.clock.wall());
            match outcome {
                Ok(()) => {}
                Err(error) if definite(&error) => {
                    return self.give_up(work, case, made, &error.message).await;
                }
                Err(error) => return Ok(self.put_off(work, organization, &error)),
            }
        }
        // Before the Secret is switched: what does not work must not replace what does.
        match self.organizations.vendor.accepts(session, token).await {
            Ok(Some(false)) if self.world.now() < made.at + self.world.settings.settle => {
                return Ok(Self::under_way(work, Next::Retry));
            }
            Ok(Some(false)) => {
                return self.give_up(work, case, made, "The vendor refuses the new token.").await;
            }
            Ok(Some(true) | None) => {}
            Err(error) if definite(&error) => return self.give_up(work, case, made, &error.message).await,
            Err(error) => return Ok(self.put_off(work, organization, &error)),
        }
        crash::reached(Step::RotationEquipped);
        match self.fill(work, organization, target, (&made.id, token), Step::RotationSwitched).await {
            Stored::Yes => self.switch(work, case, &made.id, token, plan.last_applied).await,
            Stored::Foreign(why) => {
                let Health::Stalled(_, text) = conflict(target, &why).health else {
                    return Ok(Self::under_way(work, Next::Retry));
                };
                self.give_up(work, case, made, &text).await
            }
            Stored::Refused(why) => {
                let text = format!("Kubernetes refuses to store it in Secret {}: {why}.", target.name);
                self.give_up(work, case, made, &text).await
            }
            Stored::NoPlace => Ok(Self::under_way(work, Next::Retry)),
        }
    }

    /// Records that the Secret holds the token of the new user, which takes over.
    async fn switch(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        new: &str,
        token: &SecretString,
        last_applied: BTreeMap<String, String>,
    ) -> Result<Rotated, ClusterError> {
        self.record(work, case.target, token);
        self.take_over(work, new);
        work.status.last_applied = last_applied;
        let now = self.world.now();
        self.memory(work.object.as_ref(), |memory| {
            memory.made = None;
            memory.touched = now;
            memory.wrote.clear();
        });
        self.store_surely(work, new, Step::RotationStored).await?;
        let note = format!(
            "Secret {} holds the token of the new {noun} {new}. The {noun} {} is deleted after the overlap.",
            case.target.name,
            case.id,
            noun = K::NOUN
        );
        self.world.tell(work.object.as_ref(), false, Reason::Rotating, "Rotate", note).await;
        let mut verdict = self.soon();
        if is_ready(work) {
            verdict.findings.health = Health::Kept;
        }
        verdict.findings.extra.extend(rotating("").extra);
        Ok(Rotated::Alone(Tokened::Stop(verdict)))
    }

    /// The new user is the object's; the old one is to go.
    pub(super) fn take_over(&self, work: &mut Work<K::Resource>, new: &str) {
        let old = work.status.id.replace(new.to_owned());
        if old.is_some() && work.object.common_spec().adopt.id == old {
            work.token.replaced.clone_from(&old);
        }
        work.status.origin = Some(Origin::Created);
        work.status.last_applied.clear();
        work.status.drift.clear();
        if let Some(rotation) = &mut work.token.rotation {
            rotation.old_id = old;
            rotation.switched_at = Some(seen::switches(&self.world, work.object.as_ref()));
        }
    }

    pub(super) fn settled_at(&self) -> Next {
        Next::At(self.world.now() + self.world.settings.settle)
    }

    /// The rotation goes on later. What was in order stays so.
    pub(super) fn under_way(work: &Work<K::Resource>, next: Next) -> Rotated {
        let next = if next == Next::Rest { Next::Retry } else { next };
        let mut findings = rotating("");
        Rotated::Alone(if is_ready(work) {
            Tokened::Fine(findings.extra, next)
        } else {
            let text = format!("Another {} with another token is being made.", K::NOUN);
            findings.health = Health::Waiting(Reason::Progressing, text);
            Tokened::Wrong(Verdict::new(findings, next))
        })
    }

    /// A call failed: the rotation goes on when it is worth another try.
    pub(super) fn put_off(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Rotated {
        let verdict = self.failed_write(work, organization, error);
        match verdict.findings.health {
            Health::Stalled(..) => said(verdict),
            _ => Self::under_way(work, verdict.next),
        }
    }
}

fn is_ready<R: Managed>(work: &Work<R>) -> bool {
    conditions::is_true(&work.object.common_status().conditions, ConditionType::Ready)
}

/// Whether the vendor's answer is final: another try would be answered the same.
fn definite(error: &VendorError) -> bool {
    matches!(error.failure, Failure::Refused | Failure::Forbidden | Failure::NotFound | Failure::NotSupported)
}

/// The condition that a rotation is under way.
pub(super) fn rotating(more: &str) -> Findings {
    let text = format!("A new token takes the place of the old one. {more}");
    Findings::of(Health::Kept).with(ConditionType::Rotating, Reason::Rotating, text.trim_end())
}

/// What stops a rotation, beside the word that one is under way.
pub(super) fn said(mut verdict: Verdict) -> Rotated {
    verdict.findings.extra.extend(rotating("").extra);
    Rotated::Alone(Tokened::Wrong(verdict))
}
