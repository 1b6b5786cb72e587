//! Step four: what takes something away is counted, and stopped where it must not happen (rule 12).

use crate::api::guard::GuardStatus;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::health::{Findings, Health};
use crate::engine::base::ports::{ClusterError, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::plan::{self, Change};
use crate::engine::external::budget::{Full, Share};
use crate::engine::external::caller::TOGETHER;
use crate::engine::organization::blast_radius::{Admission, Guard, Item, Planned, Room, plan_digest};
use crate::engine::organization::managed::Organization;
use crate::engine::provider::ability::Harm;
use crate::engine::provider::kind::{DeclaredOf, Kind};
use crate::engine::provider::registration::Registration;
use crate::engine::provider::vendor::Vendor;
use crate::engine::resource::ResourceReconciler;
use crate::engine::resource::observe::absence::Absence;
use crate::engine::resource::observe::details::DetailReads;
use crate::engine::resource::observe::lists::Lists;
use crate::engine::resource::report::differences::all_legible;
use crate::engine::resource::report::outcome::Outcomes;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::objects::{Precondition, reference};
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::store::Store;
use crate::engine::runtime::verdict::{Stop, Verdict};
use crate::engine::runtime::work::{Work, stalled_reason};
use kube::Resource as _;
use std::rc::Rc;

/// Whether a write counts among the destructive ones of the hour. What only ends an object's own creation
/// does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::resource) enum Rate {
    /// It does.
    Counted,
    /// It does not.
    Free,
}

/// The permission for one write, to be kept until the answer is there: no other harmful write is judged meanwhile.
pub(in crate::engine::resource) struct Pass(Option<Begun>);

/// A harmful write under way.
struct Begun {
    context: Rc<Context>,
    guard: Rc<Guard>,
    organization: crate::engine::base::ports::ObjectRef,
    digest: String,
    id: String,
    released: bool,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

impl Pass {
    /// Of a write that harms nobody.
    pub(in crate::engine::resource) const HARMLESS: Self = Self(None);

    /// The vendor has answered. A pass that is dropped unanswered counts as a write that may have been
    /// carried out.
    pub(in crate::engine::resource) fn answered(self, outcome: Result<&(), &VendorError>) {
        let Some(begun) = self.0 else { return };
        let now = begun.context.now();
        let without_effect = outcome.is_err_and(|error| error.without_effect);
        begun.guard.spend(&begun.id, now, !without_effect);
        if outcome.is_ok() {
            begun.guard.done(&begun.digest, begun.released);
            if begun.released {
                begun.context.wake_root(&begun.organization, Priority::Drift);
            }
        }
    }
}

/// A write that is to be judged.
struct Asked<'a, K: Kind> {
    id: &'a str,
    live: K::Observed,
    desired: Option<&'a K::Desired>,
    changes: &'a [Change],
    rate: Rate,
}

impl<K: Kind> Asked<'_, K> {
    fn planned(&self) -> Planned<'_> {
        if self.desired.is_some() { Planned::Update(self.changes) } else { Planned::Deletion }
    }

    /// What would be done, for people.
    fn text(
        &self,
        kind: &Registration<K>,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
    ) -> String {
        let object = reference(work.object.as_ref());
        if self.desired.is_none() {
            return format!("delete {object} ({})", self.id);
        }
        let due = self.changes.iter().filter(|change| !change.repeated);
        let paths = all_legible(kind, organization, due.map(|change| &*change.path));
        format!("change {} of {object} ({})", paths.join(", "), self.id)
    }
}

/// Why a write is not made.
enum Refusal {
    /// It waits for room, or for a person.
    Full(String, Next),
    /// It would lock somebody out.
    LockOut(String),
    /// A read failed.
    Failed(VendorError),
    /// What has to be stored before was not.
    Unstored(ClusterError),
}

impl From<ClusterError> for Refusal {
    fn from(error: ClusterError) -> Self {
        Self::Unstored(error)
    }
}

/// Judges what takes something away.
pub(in crate::engine::resource) struct WriteGuard<'a, K: Kind>(
    pub(in crate::engine::resource) &'a ResourceReconciler<K>,
);

impl<K: Kind> WriteGuard<'_, K> {
    /// Judges an update.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn guard_update(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        desired: &DeclaredOf<K>,
        live: &K::Observed,
        changes: &[Change],
    ) -> Result<Pass, Stop> {
        if !self.0.kind.takes_away(changes) {
            return Ok(Pass::HARMLESS);
        }
        let rate = if work.created { Rate::Free } else { Rate::Counted };
        // The newest row, whose details are read for this question.
        let latest = Lists(self.0).inventory(organization, work.object.as_ref()).inventory.latest();
        let row = latest.and_then(|list| list.items.get(id).cloned()).unwrap_or_else(|| live.clone());
        let asked = Asked { id, live: row, desired: Some(&desired.state), changes, rate };
        self.weigh(work, organization, asked).await.map_err(|refusal| match refusal {
            Refusal::Full(text, next) => {
                let mut verdict = Verdict::new(Findings::waiting(Reason::TooDestructive, text), next);
                verdict.waits_for_person = true;
                verdict.into()
            }
            Refusal::LockOut(text) => self.0.slow(Findings::stalled(Reason::WouldLockOut, text)).into(),
            Refusal::Failed(error) => Outcomes(self.0).failed_write(work, organization, &error).into(),
            Refusal::Unstored(error) => error.into(),
        })
    }

    /// Judges a deletion; `row` is what the list shows.
    #[tracing::instrument(level = "debug", skip_all)]
    pub(in crate::engine::resource) async fn guard_deletion(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        id: &str,
        row: Option<&K::Observed>,
        rate: Rate,
    ) -> Result<Pass, Stop> {
        if !K::FACTS.deletion_takes_away {
            return Ok(Pass::HARMLESS);
        }
        let live = match row {
            Some(row) => row.clone(),
            None => match Absence(self.0).get(organization, work.object.as_ref(), id).await {
                Some(Ok(live)) => live,
                // Lists lack it, and the vendor says that it is not there: nothing is taken away.
                Some(Err(error)) if error.failure == Failure::NotFound => return Ok(Pass::HARMLESS),
                Some(Err(error)) => return Err(self.deletion_failed(work, organization, &error).into()),
                None => {
                    let inventory = Lists(self.0).inventory(organization, work.object.as_ref());
                    let since = inventory.inventory.missing_since(id);
                    let due = since.unwrap_or(self.0.context.now()) + self.0.context.settings.settle;
                    let text = format!(
                        "A list lacks the {}; a later one has to show whether it is gone, and it goes on by itself then.",
                        K::FACTS.noun
                    );
                    let by = Health::Waiting(Reason::ConfirmingAbsence, text);
                    return Err(blocked(work, by, Next::At(due)).into());
                }
            },
        };
        let asked = Asked { id, live, desired: None, changes: &[], rate };
        self.weigh(work, organization, asked).await.or_else(|refusal| match refusal {
            Refusal::Full(text, next) => {
                let mut verdict = blocked(work, Health::Waiting(Reason::TooDestructive, text), next);
                verdict.waits_for_person = true;
                Err(verdict.into())
            }
            Refusal::LockOut(text) => {
                let by = Health::Stalled(Reason::WouldLockOut, text);
                let mut findings = Findings::of(by.clone());
                if ends(work) {
                    findings = findings.held_up(&by);
                }
                Err(self.0.slow(findings).into())
            }
            // The details of what the list shows are gone: nothing is left to take away.
            Refusal::Failed(error) if error.failure == Failure::NotFound => Ok(Pass::HARMLESS),
            Refusal::Failed(error) => Err(self.deletion_failed(work, organization, &error).into()),
            Refusal::Unstored(error) => Err(error.into()),
        })
    }

    /// Judges a write that takes something away, and counts it before it is made.
    async fn weigh(
        &self,
        work: &mut Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        asked: Asked<'_, K>,
    ) -> Result<Pass, Refusal> {
        let guard = self.0.organizations.states.guard(&organization.key);
        let turn = guard.turn().await;
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let digest = plan_digest(&organization.id, &uid, asked.id, asked.planned());
        let (remembered, wall) = (self.remembered(organization), self.0.context.clock.wall());
        let time = guard.now(self.0.context.now());
        let admission = match asked.rate {
            Rate::Counted => guard.admit(&remembered, &digest, time),
            Rate::Free => Admission::Repeated,
        };
        if let Admission::Full(room) = admission {
            return Err(self.full(work, organization, &guard, &asked, digest, room));
        }
        let unsettled = guard.unsettled(&remembered, time, self.0.context.settings.settle).is_some();
        let opens = self.0.context.fence.opens_at(self.0.context.now()).is_some();
        if forbids!(JudgedOnceSettled, unsettled || opens) {
            let text =
                "another process wrote until a moment ago, and its last requests may still take effect";
            return Err(Refusal::Failed(VendorError::without_effect(Failure::Fenced, text)));
        }
        let (id, rate) = (asked.id.to_owned(), asked.rate);
        let since = self.judged_since(work, &digest);
        let judged = self.lock_out(work, organization, &guard, asked, since).await;
        if !judged.as_ref().is_err_and(|error| error.failure.pause().is_some()) {
            self.0.memory(work.object.as_ref(), |memory| memory.judged = None);
        }
        match judged {
            Err(error) => return Err(Refusal::Failed(error)),
            Ok(Some(why)) if forbids!(LockOutAsked, !self.confirmed(work, &digest).await?) => {
                if stalled_reason(&work.status).as_deref() != Some(Reason::WouldLockOut.as_str()) {
                    self.0.context.tally.guarded(K::Resource::KIND, "would_lock_out");
                }
                // A deletion cannot be taken back.
                let instead = if ends(work) {
                    "or set spec.deletionPolicy: Orphan, which leaves it at the vendor"
                } else {
                    "or take back what the manifest says of it"
                };
                let text = format!(
                    "This would lock somebody out: {why}. Nothing was written. Make somebody else {} first, \
                     {instead}. If it is to be done all the same, set the annotation orgkeeper.dev/confirm: {} on this \
                     object.",
                    <K::Vendor as Vendor>::WORDS.administrator,
                    work.ask(&digest, wall)
                );
                return Err(Refusal::LockOut(text));
            }
            Ok(_) => {}
        }
        let released = admission == Admission::Released;
        if forbids!(CountedFirst, rate == Rate::Counted) {
            self.count(organization, &guard, &digest, admission).await?;
        }
        guard.spend(&id, self.0.context.now(), true);
        self.leave_guard(work.object.as_ref());
        self.0.context.tally.guarded(K::Resource::KIND, if released { "confirmed" } else { "passed" });
        Ok(Pass(Some(Begun {
            context: Rc::clone(&self.0.context),
            organization: organization.root.clone(),
            guard,
            digest,
            id,
            released,
            _turn: turn,
        })))
    }

    /// Whether a person let exactly this through. That is stored as answered before the write is made, so
    /// that nobody who comes later finds it; only this process may repeat the write until it settles.
    async fn confirmed(&self, work: &mut Work<K::Resource>, plan: &str) -> Result<bool, ClusterError> {
        if self.0.memory(work.object.as_ref(), |memory| memory.confirmed.as_deref() == Some(plan)) {
            return Ok(true);
        }
        if !work.confirmed(plan) {
            return Ok(false);
        }
        work.answered(plan);
        Store(self.0).store(work, Precondition::Unchanged).await?;
        self.0.memory(work.object.as_ref(), |memory| memory.confirmed = Some(plan.to_owned()));
        Ok(true)
    }

    /// Puts a write for which there is no room among those that wait.
    fn full(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        guard: &Guard,
        asked: &Asked<'_, K>,
        digest: String,
        room: Room,
    ) -> Refusal {
        let item = Item { digest, text: asked.text(&self.0.kind, work, organization) };
        if guard.wait(&reference(work.object.as_ref()), item) {
            self.0.context.tally.guarded(K::Resource::KIND, "too_destructive");
            self.0.context.wake_root(&organization.root, Priority::Drift);
        }
        // A deletion cannot be taken back.
        let unmeant = if ends(work) {
            "set spec.deletionPolicy: Orphan on this object now, which leaves it at the vendor"
        } else {
            "put the manifest back"
        };
        let text = format!(
            "This takes something away, and {root} allows {limit} such writes an hour, which were made. It goes on by \
             itself when there is room. If it is not meant, {unmeant}; to let it through now, see the condition \
             ConfirmationRequired of {root}.",
            root = organization.root,
            limit = guard.limit(),
        );
        let next = match room {
            Room::From(at) => {
                let now = self.0.context.now();
                let wait = at.duration_since(guard.now(now));
                Next::At(now + wait.try_into().unwrap_or_default())
            }
            Room::Now | Room::Never => self.0.context.slowly(),
        };
        Refusal::Full(text, next)
    }

    /// Since when the plan is judged: from now on, or where a limit held that up, since that began, for what a minute's
    /// calls have to show together. Who reads all of it anew each minute never gets to the write.
    fn judged_since(&self, work: &Work<K::Resource>, plan: &str) -> Tick {
        let now = self.0.context.now();
        let since = self.0.memory(work.object.as_ref(), |memory| {
            memory.judged.take_if(|(of, _)| of != plan);
            memory.judged.get_or_insert_with(|| (plan.to_owned(), now)).1
        });
        since.max(now - TOGETHER)
    }

    /// Why the write would lock somebody out, if it would.
    async fn lock_out(
        &self,
        work: &Work<K::Resource>,
        organization: &Rc<Organization<K::Vendor>>,
        guard: &Guard,
        asked: Asked<'_, K>,
        since: Tick,
    ) -> Result<Option<String>, VendorError> {
        let now = self.0.context.now();
        if let Some(Full { until, limit }) = guard.searches_from().filter(|full| full.until > now) {
            // Of what the search found so far nothing is lost, and without room for more it finds nothing.
            return Err(VendorError::without_effect(Failure::Deferred { until, limit }, limit.text()));
        }
        let live = DetailReads(self.0).read_since(work, organization, (asked.id, &asked.live), since).await?;
        let me = reference(work.object.as_ref());
        let below = self.0.index.borrow().below(&organization.root);
        let siblings: Vec<Rc<K::Resource>> = below
            .iter()
            .filter(|other| **other != me && self.0.admitted(other, &organization.root))
            .filter_map(|other| self.0.objects.get(other))
            .collect();
        let prints = self.0.context.prints.get();
        let applied =
            |path: &str, value: &str| plan::written(prints?, &work.status.last_applied, path, value);
        let harm = Harm {
            id: asked.id,
            resource: work.object.as_ref(),
            live: &live,
            desired: asked.desired,
            changes: asked.changes,
            siblings: &siblings,
            since,
            spent: &guard.spent(self.0.context.now(), self.0.context.settings.settle),
            applied: &applied,
        };
        let search = self.0.kind.lock_out(&organization.session, harm);
        let outcome = self.0.context.budget.during(Share::Search, search).await;
        let pause = outcome.as_ref().err().and_then(|error| error.failure.pause());
        guard.search_from(pause.map(|(until, limit)| Full { until, limit }));
        outcome
    }

    /// Stores that one more destructive write begins: a crash must not forget it.
    async fn count(
        &self,
        organization: &Organization<K::Vendor>,
        guard: &Guard,
        digest: &str,
        admission: Admission,
    ) -> Result<(), ClusterError> {
        if admission == Admission::Repeated {
            return Ok(());
        }
        let root = self.0.organizations.objects.get(&organization.root);
        let root = root.ok_or_else(|| ClusterError::Unavailable("the organization is gone".into()))?;
        let now = self.0.context.now();
        let time = guard.now(now);
        let counting = guard.counting(&self.remembered(organization), time);
        let asked = &root.common_status().asked;
        self.0.organizations.remember(&self.0.context, &root, &counting, asked).await?;
        for at in &counting.recent {
            let age = time.duration_since(at.0).try_into().unwrap_or_default();
            self.0.context.first_seen.own_aged(root.as_ref(), at.0, (now, age));
        }
        guard.stored(&counting);
        guard.begin(digest, time);
        Ok(())
    }

    /// What the organization remembers.
    fn remembered(&self, organization: &Organization<K::Vendor>) -> GuardStatus {
        self.0.organizations.remembered(organization, &self.0.context)
    }

    /// Nothing of the object waits for a person any more.
    pub(in crate::engine::resource) fn leave_guard(&self, object: &K::Resource) {
        let Some(claim) = self.0.claim_of(object) else { return };
        let root = self.0.organizations.objects.get(&claim.root);
        let Some(guard) = root.and_then(|root| self.0.organizations.guard(root.as_ref())) else { return };
        if guard.leave(&claim.object) {
            self.0.context.wake_root(&claim.root, Priority::Drift);
        }
    }

    /// A failed read before a deletion.
    fn deletion_failed(
        &self,
        work: &Work<K::Resource>,
        organization: &Organization<K::Vendor>,
        error: &VendorError,
    ) -> Verdict {
        let verdict = Outcomes(self.0).failed(work, organization, error);
        blocked(work, error.waits(), verdict.next.or_retry())
    }
}

/// What a deletion at the vendor waits for: that of the whole object, or of one that another takes the
/// place of.
fn blocked<R: Managed>(work: &Work<R>, by: Health, next: Next) -> Verdict {
    if ends(work) { Verdict::held_up(&by, next) } else { Verdict::new(Findings::of(by), next) }
}

fn ends<R: Managed>(work: &Work<R>) -> bool {
    work.object.meta().deletion_timestamp.is_some()
}
