//! Another token for an object: a new user takes the place of the old one, in recorded steps of which
//! each survives the death of the process (rule 5).
//!
//! Intent stored → created → brought in line → its token tried → the Secret switched → status → after an overlap the
//! old user deleted. The old token works until then, whatever happens before.

use crate::api::managed::Managed;
use crate::api::policy::AdoptPolicy;
use crate::api::status::{CommonStatus, MAX_SEEN, Origin, UnnamedAnswer};
use crate::api::token::{Rotation, TokenStatus};
use crate::engine::base::checkpoint::{self, Step};
use crate::engine::base::checks::forbids;
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::long_id;
use crate::engine::base::ports::ClusterError;
use crate::engine::base::reason::Reason;
use crate::engine::decide::custody::{self, Trial};
use crate::engine::decide::ledger::{self, Outcome, Place, Provenance, Purpose};
use crate::engine::decide::plan::Plan;
use crate::engine::decide::report;
use crate::engine::decide::rotation::{self, Stage};
use crate::engine::decide::trail::Fact;
use crate::engine::organization::managed::Organization;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::apply::create::{crowded, there_before};
use crate::engine::resource::apply::overtaken::overtaken;
use crate::engine::resource::apply::send::SentOnce;
use crate::engine::resource::apply::update::Updater;
use crate::engine::resource::memory::Made;
use crate::engine::resource::observe::identify::Identification;
use crate::engine::resource::observe::judge::Judgement;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::observe::read::Reads;
use crate::engine::resource::observe::seen;
use crate::engine::resource::report::ids::which;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::resource::resolve::keys::Keys;
use crate::engine::resource::token::custody::{Custodian, conflict};
use crate::engine::resource::token::fill::{Found, Stored, TokenFill};
use crate::engine::resource::token::retire::Retirement;
use crate::engine::resource::token::standing::{
    Attempt, Case, Rotated, Tokened, full, held_up, rotating, said,
};
use crate::engine::resource::token::switch::{Switch, is_ready};
use crate::engine::resource::token::told::{Told, waits_for};
use crate::engine::runtime::commit::Committer;
use crate::engine::runtime::context::Next;
use crate::engine::runtime::creator::{self, Sent};
use crate::engine::runtime::object::rotation_asked;
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::steps::Steps as _;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::Verdict;
use crate::engine::runtime::work::Work;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Where a person is asked about what is left behind, or why nobody is.
const ASKS: &str = "the condition ConfirmationRequired asks what becomes of it";
const FULL: &str = "status.leftovers has no room for it, so nobody is asked what becomes of it";

/// Makes another user for an object, and switches to its token.
pub struct Rotating<'a, K: Kind>(pub &'a ResourceReconciler<K>);

impl<K: Kind> Rotating<'_, K> {
    /// Takes a rotation as far as it goes.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn rotate(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
    ) -> Result<Rotated, ClusterError> {
        if let Some(again) = work.token.again.clone() {
            return match self.0.commit().owes(work.object.as_ref()) {
                true => Ok(Switch::<K>::under_way(work, Next::Retry)),
                false => self.make(work, case, Purpose::Again, &again).await,
            };
        }
        let asked = rotation_asked(work.object.as_ref()).map(str::to_owned);
        let (status, now) = (work.token.clone(), seen::overlap_time(&self.0.context, work));
        let overlap = self.0.context.settings.rotation_overlap;
        let rotated = match rotation::stage(&status, asked.as_deref(), now, overlap) {
            Stage::Asked(_) | Stage::Making(_) if self.0.commit().owes(work.object.as_ref()) => {
                Ok(Switch::<K>::under_way(work, Next::Retry))
            }
            Stage::None => Ok(Retirement(self.0).not_rotating(work, asked.as_deref())),
            Stage::Asked(requested) => self.begin(work, case, Attempt::asked(requested)).await,
            Stage::Making(rotation) => self.make(work, case, Purpose::Rotation, rotation).await,
            Stage::Overlap(left) => {
                let text = Told(self.0).overlaps(&status, case, asked.as_deref());
                Ok(Rotated::Beside(rotating(&text), Next::At(self.0.context.now() + left)))
            }
            Stage::Retire(old) => match Retirement(self.0).in_use(work, case, old, asked.as_deref()).await? {
                Some(mut findings) => {
                    // Both users are there still.
                    findings.extra.extend(held_up().extra);
                    Ok(Rotated::Beside(findings, self.0.context.slowly()))
                }
                None => Retirement(self.0).retire(work, case.organization, old).await,
            },
        }?;
        let ended = status.rotation.is_some() && work.token.rotation.is_none();
        if ended && asked.is_some() && asked != work.token.last_handled_rotate_at {
            // Another one was asked for meanwhile.
            return Ok(Switch::<K>::under_way(work, Next::Soon));
        }
        Ok(rotated)
    }

    /// Stores the intent and creates the new user.
    pub async fn begin(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
    ) -> Result<Rotated, ClusterError> {
        let Case { organization, target, id, desired, .. } = *case;
        let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
        // Where a namespace ends, no Secret can be made.
        if self.0.context.namespace(&owner.object.namespace).terminating {
            return Ok(Rotated::Rest);
        }
        if let Some(wait) = desired.waits.iter().max_by_key(|wait| wait.stalled) {
            return Ok(Rotated::Beside(waits_for(attempt.requested, &wait.message), self.0.context.slowly()));
        }
        let unsendable = K::naming(work.object.as_ref()).unsendable;
        if let Some(text) = desired.missing.clone().or(unsendable) {
            return Retirement(self.0).fail(work, case, attempt, &text).await;
        }
        if forbids!(RoomForLeftovers, !ledger::has_room(&work.status)) {
            let findings =
                Findings::stalled(Reason::TooManyLeftovers, full(K::FACTS.noun, &work.status.leftovers));
            return Ok(Rotated::Alone(Tokened::Wrong(self.0.slow(findings))));
        }
        let cache = Lists(self.0).cache(organization, work.object.as_ref());
        let open = self.0.context.fence.opens_at(self.0.context.now());
        if let Some(open) = open.into_iter().chain(cache.creates_from.get().map(|full| full.until)).max()
            && open > self.0.context.now()
        {
            return Ok(Switch::<K>::under_way(work, Next::At(open)));
        }
        let snapshot = match Reads(self.0).read_recent(organization, work.object.as_ref()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
        };
        if Judgement(self.0).judge(organization).is_some() {
            // Nothing is created under an inventory that is not believed.
            return Ok(Switch::<K>::under_way(work, self.0.context.slowly()));
        }
        let lives = |other: &str| other != id && snapshot.items.contains_key(other);
        if let Some(findings) = Custodian(self.0).claim(work, organization, target, lives).await? {
            return Ok(Rotated::Alone(Tokened::Wrong(self.0.slow(findings))));
        }
        let key = Keys(self.0).claim_key(work.object.as_ref());
        let mut seen = there_before::<K>(&snapshot, &key);
        if !seen.iter().any(|seen| seen == id) {
            seen.push(id.to_owned());
        }
        if seen.len() > MAX_SEEN {
            let text = crowded(K::FACTS.noun);
            return Retirement(self.0).fail(work, case, attempt, &text).await;
        }
        let since = report::whole_seconds(self.0.context.clock.wall());
        *attempt.purpose.slot(&mut work.token) = Some(Rotation {
            requested: attempt.requested.to_owned(),
            since: Time(since),
            key: Keys(self.0).key_hash(&key),
            seen,
            again: attempt.last,
            new_id: None,
            answer: UnnamedAnswer::default(),
            old_id: None,
            switched_at: None,
        });
        match attempt.purpose {
            Purpose::Rotation => work.token.rotation_failure = None,
            Purpose::Again => work.token.made_again_for = Some(work.generation()),
        }
        self.0.memory(work.object.as_ref(), |memory| memory.made = None);
        let steps = (Step::RotationIntended, Step::RotationCreated);
        let how = (steps, Place::Another(attempt.purpose));
        match SentOnce(self.0).send_once(work, organization, (&cache, &snapshot), desired, how).await? {
            Sent::Not(_) => {
                Store(self.0).store(work, Precondition::SameObject).await?;
                Ok(Switch::<K>::under_way(work, Next::Retry))
            }
            Sent::Answered(new, token) => {
                organization.audit.borrow_mut().wrote(&new, self.0.context.clock.wall());
                let (_, mut plan) = self.begun(work, organization, desired, &new);
                plan.last_applied.retain(|path, _| plan.apply.iter().all(|change| change.path != *path));
                let made = Made { id: new, token, at: self.0.context.now(), has: plan.last_applied };
                self.0.memory(work.object.as_ref(), |memory| {
                    memory.made = Some(made.clone());
                    // Nothing was written to the new one yet.
                    memory.writes.wrote.clear();
                });
                // Whoever comes after knows that it is ours.
                let slot = attempt.purpose.slot(&mut work.token);
                slot.as_mut().into_iter().for_each(|intent| intent.new_id = Some(made.id.clone()));
                Store(self.0).store_surely(work, &made.id, Some(Step::RotationAnswered)).await?;
                self.finish(work, case, attempt, &made).await
            }
            Sent::TooLong(new) => {
                Retirement(self.0).fail(work, case, attempt, &long_id::text(K::FACTS.noun, &new)).await
            }
            Sent::Refused(error) => {
                if error.is_final() {
                    return Retirement(self.0).fail(work, case, attempt, &error.message).await;
                }
                Store(self.0).store(work, Precondition::SameObject).await?;
                Ok(Switch(self.0).put_off(work, organization, &error))
            }
            // What it made, if anything, lists show.
            Sent::Accepted | Sent::NotNew(_) | Sent::Unknown(_) => {
                Ok(Switch::<K>::unheard(work, Next::Retry))
            }
        }
    }

    /// Makes another user, as the token of the one that is there is nowhere.
    pub async fn make_another(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
    ) -> Result<Tokened, ClusterError> {
        let (policy, named) = work.object.adopts();
        let creates = policy != AdoptPolicy::Required && named.is_none();
        let complete = case.desired.waits.is_empty()
            && case.desired.missing.clone().is_none()
            && !self.0.context.namespace(&reference(work.object.as_ref()).namespace).terminating;
        if !creates || !complete {
            return Ok(Custodian(self.0).wrong(work, case.target, Reason::TokenLost, ""));
        }
        Ok(match self.begin(work, case, Attempt::AGAIN).await? {
            Rotated::Alone(token) => token,
            Rotated::Beside(findings, next) => Tokened::Wrong(Verdict::new(findings, next)),
            Rotated::Rest => Custodian(self.0).wrong(work, case.target, Reason::TokenLost, ""),
        })
    }

    /// Goes on with a new user that was made, or may have been.
    async fn make(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        purpose: Purpose,
        intent: &Rotation,
    ) -> Result<Rotated, ClusterError> {
        let organization = case.organization;
        let attempt = Attempt { purpose, requested: &intent.requested, last: intent.again };
        let owner = Custodian::<K>::owner(work.object.as_ref(), organization);
        let (custody, secret) = Custodian(self.0).custody(&owner, case.target).await?;
        let named = rotation::switched(intent, &custody, case.id);
        // Beside another id the former token is the former user's still.
        let named = named.filter(|(_, token)| !Custodian(self.0).is_recorded(work, token));
        let made = self.0.memory(work.object.as_ref(), |memory| memory.made.clone());
        let is_made = |made: &Made| named.is_some_and(|(new, token)| made.is(new, token));
        if let Some(made) = made.as_ref().filter(|made| !is_made(made)) {
            return self.finish(work, case, attempt, made).await;
        }
        let prints = self.0.context.prints.get();
        let by = |(new, token)| custody::provenance(intent, prints, secret.as_ref(), new, token);
        let named = named.map(|(new, token)| (new, by((new, token)), token));
        if let Some((new, by @ Provenance::Answered, token)) = named {
            let sealed = custody::is_sealed(intent, prints, secret.as_ref(), new, token);
            let trial = match made.is_some() || sealed {
                true => Ok(Trial::Own),
                // That the vendor made the user tells nothing of the token beside its id.
                false => {
                    let row = self.0.kind.core.created(&case.desired.state, new);
                    Custodian(self.0).tried(organization, &row, token).await
                }
            };
            match trial {
                Ok(Trial::Fails) => {}
                Ok(_) => return self.switch(work, case, attempt, (new, by), token, BTreeMap::new()).await,
                Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
            }
        }
        let snapshot = match Reads(self.0).read_recent(organization, work.object.as_ref()).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
        };
        let outcome = Identification(self.0).outcome(work, organization, intent, &snapshot);
        if let Some((new, by, token)) = named
            && outcome.ids().iter().any(|id| id == new)
            && let Some(row) = snapshot.items.get(new)
        {
            // Whoever may write the Secret can name anybody so: it counts once lists may tell, and if it works.
            match Custodian(self.0).tried(organization, row, token).await {
                Ok(Trial::Works | Trial::Own) => {
                    return self.switch(work, case, attempt, (new, by), token, BTreeMap::new()).await;
                }
                Ok(Trial::Fails | Trial::Untold) => {}
                Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
            }
        }
        match outcome {
            Outcome::Answered(new) => {
                if ledger::name(purpose.slot(&mut work.token), &new) {
                    // Once it is gone, nothing else would tell what became of the create.
                    Store(self.0).store_surely(work, &new, Some(Step::RotationAnswered)).await?;
                }
                match Retirement(self.0).undo(work, case, &new).await? {
                    Some(rotated) => Ok(rotated),
                    None => self.try_again(work, case, attempt).await,
                }
            }
            Outcome::Found(new) => {
                // Its token is nowhere, and whose it is nobody knows.
                let asks = if ledger::leave(&mut work.status, &new) { ASKS } else { FULL };
                let (noun, known) = (K::FACTS.noun, ledger::known_of(&intent.answer));
                let note = format!(
                    "The {noun} {new} may be the outcome of a create for another token {known}. Who made it is not known, \
                     so it is left as it is; {asks}."
                );
                self.0.context.tell(work.object.as_ref(), true, Reason::Leftovers, "Rotate", note).await;
                self.try_again(work, case, attempt).await
            }
            Outcome::Several(ids) => {
                creator::leave_undecided(self.0, work, Place::Another(purpose)).await?;
                let text = format!(
                    "A create of a {noun} for another token was sent {}, and several {noun}s could be its outcome: {}. \
                     Delete those that nobody uses at the vendor; it goes on when one is left, which stays, or none. \
                     Leave spec.adopt.id as it is: it does not help here.",
                    ledger::known_of(&intent.answer),
                    which(self.0, work, organization, &ids).await,
                    noun = K::FACTS.noun
                );
                Ok(said(self.0.slow(Findings::stalled(Reason::Ambiguous, text))))
            }
            Outcome::Nothing => self.begin(work, case, attempt).await,
            Outcome::Vanished => match &intent.answer.misnamed {
                Some(other) => {
                    let text = format!("{} Lists show no new one.", creator::not_new(K::FACTS.noun, other));
                    Retirement(self.0).fail(work, case, attempt, &text).await
                }
                None => self.try_again(work, case, attempt).await,
            },
            Outcome::Unknown(until) => Ok(Switch::<K>::unheard(work, Next::At(until))),
        }
    }

    /// The new user's token is lost. A rotation makes one more; where the token of the first was lost already,
    /// nothing more is made until a person changes something.
    async fn try_again(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
    ) -> Result<Rotated, ClusterError> {
        if attempt.last || attempt.purpose == Purpose::Again {
            let text = "The token of the new one was lost before it was stored, twice.";
            return Retirement(self.0).fail(work, case, attempt, text).await;
        }
        // Whatever comes before the next try is sent: there is no third one.
        if let Some(intent) = attempt.purpose.slot(&mut work.token) {
            intent.again = true;
            intent.new_id = None;
            intent.answer = UnnamedAnswer::default();
        }
        self.begin(work, case, Attempt { last: true, ..attempt }).await
    }

    /// Brings the new user in line, tries its token, and lets it take over.
    async fn finish(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
        made: &Made,
    ) -> Result<Rotated, ClusterError> {
        let Case { organization, target, desired, .. } = *case;
        let session = &organization.session;
        let Some(token) = &made.token else {
            let why = "The vendor created it and answered without a token.";
            return Retirement(self.0).give_up(work, case, attempt, made, why).await;
        };
        let (live, plan) = self.begun(work, organization, desired, &made.id);
        if !plan.apply.is_empty() {
            let updates = self.0.commit().may_update(work, &plan, Committer::status).await?;
            let (overtaken, wanted) = (overtaken(self.0, work, organization), (&desired.state, &live));
            let core = &*self.0.kind.core;
            let outcome = updates.send(overtaken, core, session, &made.id, wanted, &plan.apply).await;
            organization.audit.borrow_mut().wrote(&made.id, self.0.context.clock.wall());
            match outcome {
                Ok(()) => {}
                Err(error) if error.is_final() => {
                    return Retirement(self.0).give_up(work, case, attempt, made, &error.message).await;
                }
                Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
            }
        }
        // Before the Secret is switched: what does not work must not replace what does.
        match self.0.organizations.vendor.accepts(session, token).await {
            Ok(Some(false)) if !forbids!(NewTokenTried) => {}
            Ok(Some(false)) if self.0.context.now() < made.at + self.0.context.settings.settle => {
                return Ok(Switch::<K>::under_way(work, Next::Retry));
            }
            Ok(Some(false)) => {
                return Retirement(self.0)
                    .give_up(work, case, attempt, made, "The vendor refuses the new token.")
                    .await;
            }
            Ok(Some(true) | None) => {}
            Err(error) if error.is_final() => {
                return Retirement(self.0).give_up(work, case, attempt, made, &error.message).await;
            }
            Err(error) => return Ok(Switch(self.0).put_off(work, organization, &error)),
        }
        checkpoint::reached(Step::RotationEquipped);
        // Trying it takes its time, and what the Secret holds works.
        if let Some(error) = overtaken(self.0, work, organization) {
            return Ok(Switch(self.0).put_off(work, organization, &error));
        }
        let filled = (&*made.id, token, Custodian(self.0).seal(work, &made.id, token));
        let found = match attempt.purpose {
            Purpose::Rotation => Found::Former,
            Purpose::Again => Found::Lost,
        };
        match TokenFill(self.0).fill(work, organization, target, filled, found).await {
            Stored::Yes => {
                let new = (&*made.id, Provenance::Answered);
                // It was made as the manifest said then: what was edited since is still to be written.
                let written =
                    plan.apply.iter().filter_map(|change| plan.last_applied.get_key_value(&change.path));
                let has = made.has.iter().chain(written).map(|(path, print)| (path.clone(), print.clone()));
                self.switch(work, case, attempt, new, token, has.collect()).await
            }
            Stored::Foreign(why) => {
                let Health::Stalled(_, text) = conflict(target, &why).health else {
                    return Ok(Switch::<K>::under_way(work, Next::Retry));
                };
                Retirement(self.0).give_up(work, case, attempt, made, &text).await
            }
            Stored::Refused(why) => {
                let text = format!("Kubernetes refuses to store it in Secret {}: {why}.", target.name);
                Retirement(self.0).give_up(work, case, attempt, made, &text).await
            }
            Stored::NoPlace | Stored::Owed(_) => Ok(Switch::<K>::under_way(work, Next::Retry)),
        }
    }

    /// What the create of a new user by this gave it, and what is still to be written.
    fn begun(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        desired: &DeclaredOf<K>,
        id: &str,
    ) -> (K::Observed, Plan) {
        let live = self.0.kind.core.created(&desired.state, id);
        let scratch = Work {
            status: CommonStatus {
                id: Some(id.to_owned()),
                origin: Some(Origin::Created),
                last_applied: SentOnce(self.0).carried(organization, desired, &live, &BTreeMap::new()),
                ..CommonStatus::default()
            },
            token: TokenStatus::default(),
            external_id: None,
            created: true,
            ..Work::new(Rc::clone(&work.object))
        };
        let plan = Updater(self.0).plan(&scratch, organization, desired, &live);
        (live, plan)
    }

    /// Records that the Secret holds the token of the new user, which takes over.
    async fn switch(
        &self,
        work: &mut Work<K::Resource>,
        case: &Case<'_, K>,
        attempt: Attempt<'_>,
        (new, by): (&str, Provenance),
        token: &SecretString,
        last_applied: BTreeMap<String, String>,
    ) -> Result<Rotated, ClusterError> {
        Custodian(self.0).record(work, case.target, token);
        let old_goes = Switch(self.0).take_over(work, attempt.purpose, new, by);
        work.status.last_applied = last_applied;
        let now = self.0.context.now();
        self.0.memory(work.object.as_ref(), |memory| {
            memory.made = None;
            memory.writes.touched = now;
            memory.writes.wrote.clear();
        });
        let (noun, old) = (K::FACTS.noun, case.id);
        let (reason, then) = match (attempt.purpose, old_goes) {
            (_, true) => {
                let ends = rotation::ends(&work.token, self.0.context.settings.rotation_overlap);
                let then = format!(
                    "Any token of the former {noun} {old} works until {ends}, when that {noun} is deleted: have whoever uses \
                     one read the Secret again by then."
                );
                (Reason::Rotating, then)
            }
            (Purpose::Rotation, false) => {
                (Reason::Rotated, format!("The {noun} {old} stays at the vendor; {ASKS}."))
            }
            (Purpose::Again, false) => {
                (Reason::MadeAgain, format!("The {noun} {old} stays at the vendor; {ASKS}."))
            }
        };
        let note = format!("Secret {} holds the token of the new {noun} {new}. {then}", case.target.name);
        self.0.notes().note(work.object.as_ref(), &Fact::new(reason, note.clone()));
        Store(self.0).store_surely(work, new, Some(Step::RotationStored)).await?;
        self.0
            .context
            .tell(work.object.as_ref(), attempt.purpose == Purpose::Again, reason, "Rotate", note)
            .await;
        let mut verdict = Outcomes::<K>::soon();
        if is_ready(work) {
            verdict.findings.health = Health::Kept;
        }
        verdict.findings.extra.extend(rotating("").extra);
        Ok(Rotated::Alone(Tokened::Stop(verdict)))
    }
}
