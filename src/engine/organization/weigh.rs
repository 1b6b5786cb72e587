//! Step four: what takes something away, or may cut us off, is counted, and stopped where it must not happen (rule 12).
//! Whatever is written: the caller says what speaks against it.

use crate::api::conditions::ConditionType;
use crate::api::guard::GuardStatus;
use crate::api::managed::Managed;
use crate::engine::base::checks::forbids;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::{ClusterError, ObjectRef, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::lock_out::Objection;
use crate::engine::external::caller::TOGETHER;
use crate::engine::organization::blast_radius::{Admission, Guard, Item, Planned, Room, plan_digest};
use crate::engine::organization::managed::Organization;
use crate::engine::organization::registry::Organizations;
use crate::engine::provider::vendor::Vendor;
use crate::engine::runtime::context::{Context, Next};
use crate::engine::runtime::object::stalled_reason;
use crate::engine::runtime::objects::reference;
use crate::engine::runtime::queue::Priority;
use crate::engine::runtime::work::Work;
use kube::Resource as _;
use std::rc::Rc;

/// Whether a write counts among the destructive ones of the hour. What only ends an object's own creation
/// does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// It does.
    Counted,
    /// It does not.
    Free,
}

/// The permission for one write, to be kept until the answer is there: no other harmful write is judged meanwhile.
pub struct Pass(Option<Begun>);

/// A harmful write under way.
struct Begun {
    context: Rc<Context>,
    guard: Rc<Guard>,
    organization: ObjectRef,
    digest: String,
    id: String,
    released: bool,
    _turn: tokio::sync::OwnedMutexGuard<()>,
}

impl Pass {
    /// Of a write that harms nobody.
    pub const HARMLESS: Self = Self(None);

    /// The vendor has answered. A pass that is dropped unanswered counts as a write that may have been
    /// carried out.
    pub fn answered(self, outcome: Result<&(), &VendorError>) {
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
pub struct Asked<'a> {
    /// The id of what it is of.
    pub id: &'a str,
    /// What is to be done.
    pub plan: Planned<'a>,
    /// The same, for people.
    pub text: String,
    /// Whether it counts.
    pub rate: Rate,
}

/// Why a write is not made.
pub enum Refusal {
    /// It waits for room, or for a person.
    Full(String, Next),
    /// It would lock somebody out, or may cut us off.
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

/// What this process remembers of an object's plans.
#[derive(Default)]
pub struct Plans {
    /// The one that is judged, and since when, where a limit holds that up.
    judged: Option<(String, Tick)>,
    /// The one that a person let through and that is not known to be carried out, and by which word.
    confirmed: Option<(String, String)>,
    /// Those that were counted, until they are known to be carried out: by which guard, the plan, and whether it was let
    /// through.
    counted: Vec<(Rc<Guard>, String, bool)>,
}

impl Plans {
    /// What was let through is done with.
    pub fn settled(&mut self) {
        self.confirmed = None;
    }

    /// A look shows that nothing is left to write: what was counted is done, whoever heard that. To do it again is another.
    pub fn shown(&mut self) {
        for (guard, plan, released) in self.counted.drain(..) {
            guard.done(&plan, released);
        }
    }
}

/// Whose writes are judged.
#[allow(async_fn_in_trait, reason = "the engine runs on one thread: futures need not be Send")]
pub trait Judged {
    /// Its vendor.
    type Vendor: Vendor;
    /// The manifest's type.
    type Resource: Managed;

    /// What is remembered of its plans.
    fn plans<T>(&self, object: &Self::Resource, use_it: impl FnOnce(&mut Plans) -> T) -> T;

    /// Stores the draft of its status, unless somebody wrote the object meanwhile.
    async fn store(&self, work: &mut Work<Self::Resource>) -> Result<(), ClusterError>;

    /// What speaks against the write, as it is judged since then.
    async fn objection(
        &self,
        work: &Work<Self::Resource>,
        guard: &Guard,
        since: Tick,
    ) -> Result<Objection, VendorError>;
}

/// Judges writes in an organization.
pub struct Weigh<'a, V: Vendor> {
    /// What all reconciles share.
    pub context: &'a Rc<Context>,
    /// All organizations.
    pub organizations: &'a Organizations<V>,
    /// The one that it is in.
    pub organization: &'a Organization<V>,
}

impl<V: Vendor> Weigh<'_, V> {
    /// Judges a write, and counts it before it is made.
    ///
    /// # Errors
    /// Why it is not made.
    pub async fn weigh<J: Judged<Vendor = V>>(
        &self,
        judged: &J,
        work: &mut Work<J::Resource>,
        asked: Asked<'_>,
    ) -> Result<Pass, Refusal> {
        let guard = self.organizations.states.guard(&self.organization.key);
        let turn = guard.turn().await;
        let uid = work.object.meta().uid.clone().unwrap_or_default();
        let digest = plan_digest(&self.organization.id, &uid, asked.id, asked.plan);
        let time = guard.now(self.context.now());
        let remembered = self.remembered();
        if let Admission::Full(room) = self.admit(&guard, &digest, asked.rate) {
            return Err(self.full(work, &guard, asked, digest, room));
        }
        let unsettled = guard.unsettled(&remembered, time, self.context.settings.settle).is_some();
        let opens = self.context.fence.opens_at(self.context.now()).is_some();
        if forbids!(JudgedOnceSettled, unsettled || opens) {
            let text =
                "another process wrote until a moment ago, and its last requests may still take effect";
            return Err(Refusal::Failed(VendorError::without_effect(Failure::Fenced, text)));
        }
        let since = self.judged_since(judged, work, &digest);
        let objection = judged.objection(work, &guard, since).await;
        if !objection.as_ref().is_err_and(|error| error.failure.pause().is_some()) {
            judged.plans(work.object.as_ref(), |plans| plans.judged = None);
        }
        let objection = objection.map_err(Refusal::Failed)?;
        if objection.stands() && forbids!(LockOutAsked, !self.confirmed(judged, work, &digest).await?) {
            return Err(self.ask(work, &objection, asked.id, &digest));
        }
        // What was let through may have been taken back meanwhile.
        let admission = self.admit(&guard, &digest, asked.rate);
        if let Admission::Full(room) = admission {
            return Err(self.full(work, &guard, asked, digest, room));
        }
        let released = admission == Admission::Released;
        if forbids!(CountedFirst, asked.rate == Rate::Counted) && admission != Admission::Repeated {
            self.count(&guard, &digest).await?;
            judged.plans(work.object.as_ref(), |plans| {
                plans.counted.retain(|(_, plan, _)| *plan != digest);
                plans.counted.push((Rc::clone(&guard), digest.clone(), released));
            });
        }
        guard.spend(asked.id, self.context.now(), true);
        self.leave(&guard, &reference(work.object.as_ref()));
        self.context.tally.guarded(J::Resource::KIND, if released { "confirmed" } else { "passed" });
        Ok(Pass(Some(Begun {
            context: Rc::clone(self.context),
            organization: self.organization.root.clone(),
            guard,
            digest,
            id: asked.id.to_owned(),
            released,
            _turn: turn,
        })))
    }

    /// Whether there is room for the write now, or it was let through and that stands.
    fn admit(&self, guard: &Guard, digest: &str, rate: Rate) -> Admission {
        if rate == Rate::Free {
            return Admission::Repeated;
        }
        let mut remembered = self.remembered();
        if let Some(root) = self.organizations.objects.get(&self.organization.root) {
            drop_taken_back(self.context, guard, root.as_ref(), &mut remembered);
        }
        guard.admit(&remembered, digest, guard.now(self.context.now()))
    }

    /// Nothing of the object waits for a person any more.
    fn leave(&self, guard: &Guard, object: &ObjectRef) {
        if guard.leave(object) {
            self.context.wake_root(&self.organization.root, Priority::Drift);
        }
    }

    /// Asks a person whether a write is to be made all the same.
    fn ask<R: Managed>(&self, work: &mut Work<R>, objection: &Objection, id: &str, digest: &str) -> Refusal {
        if stalled_reason(&work.status).as_deref() != Some(Reason::WouldLockOut.as_str()) {
            self.context.tally.guarded(R::KIND, "would_lock_out");
        }
        // A deletion cannot be taken back.
        let instead = if ends(work) {
            "or set spec.deletionPolicy: Orphan, which leaves it at the vendor".to_owned()
        } else if work.status.leftovers.iter().any(|left| left == id) {
            format!("or {UNCONFIRM}")
        } else {
            "or take back what the manifest says of it".to_owned()
        };
        let answer = work.ask(digest, self.context.clock.wall());
        Refusal::LockOut(objection.question(V::WORDS.administrator, &instead, &answer))
    }

    /// Whether a person let exactly this through. That is stored as answered before the write is made, so
    /// that nobody who comes later finds it; only this process may repeat the write until it settles, for as long as that
    /// is not taken back.
    async fn confirmed<J: Judged<Vendor = V>>(
        &self,
        judged: &J,
        work: &mut Work<J::Resource>,
        plan: &str,
    ) -> Result<bool, ClusterError> {
        let object = Rc::clone(&work.object);
        let stands = |word: &String| self.context.answers.stands(object.as_ref(), word);
        let begun = judged.plans(object.as_ref(), |plans| {
            plans.confirmed.take_if(|(_, word)| !stands(word));
            plans.confirmed.as_ref().is_some_and(|(confirmed, _)| confirmed == plan)
        });
        if begun {
            return Ok(true);
        }
        if !work.confirmed(plan) {
            return Ok(false);
        }
        let word = self.context.answers.begin(object.as_ref()).unwrap_or_default();
        work.answered(plan);
        judged.store(work).await?;
        judged.plans(object.as_ref(), |plans| plans.confirmed = Some((plan.to_owned(), word)));
        Ok(true)
    }

    /// Puts a write for which there is no room among those that wait.
    fn full<R: Managed>(
        &self,
        work: &Work<R>,
        guard: &Guard,
        asked: Asked<'_>,
        digest: String,
        room: Room,
    ) -> Refusal {
        let root = &self.organization.root;
        let Asked { id, text, .. } = asked;
        if guard.wait(&reference(work.object.as_ref()), Item { digest, text }) {
            self.context.tally.guarded(R::KIND, "too_destructive");
            self.context.wake_root(root, Priority::Drift);
        }
        // A deletion cannot be taken back.
        let unmeant = if ends(work) {
            "set spec.deletionPolicy: Orphan on this object now, which leaves it at the vendor"
        } else if work.status.leftovers.iter().any(|left| left == id) {
            UNCONFIRM
        } else {
            "put the manifest back"
        };
        let full = match guard.limit() {
            0 => format!("{root} allows no such write without a person's word"),
            1 => format!(
                "{root} allows 1 such write an hour, which was made. It goes on by itself when there is room"
            ),
            limit => format!(
                "{root} allows {limit} such writes an hour, which were made. It goes on by itself when there is room"
            ),
        };
        let text = format!(
            "This takes something away, and {full}. If it is not meant, {unmeant}; to let it through now, see the condition \
             {asked} of {root}.",
            asked = ConditionType::ConfirmationRequired.as_str(),
        );
        let next = match room {
            Room::From(at) => {
                let now = self.context.now();
                let wait = at.duration_since(guard.now(now));
                Next::At(now + wait.try_into().unwrap_or_default())
            }
            Room::Now | Room::Never => self.context.slowly(),
        };
        Refusal::Full(text, next)
    }

    /// Since when the plan is judged: from now on, or where a limit held that up, since that began, for what a minute's
    /// calls have to show together. Who reads all of it anew each minute never gets to the write.
    fn judged_since<J: Judged>(&self, judged: &J, work: &Work<J::Resource>, plan: &str) -> Tick {
        let now = self.context.now();
        let since = judged.plans(work.object.as_ref(), |plans| {
            plans.judged.take_if(|(of, _)| of != plan);
            plans.judged.get_or_insert_with(|| (plan.to_owned(), now)).1
        });
        since.max(now - TOGETHER)
    }

    /// Stores that one more destructive write begins: a crash must not forget it.
    async fn count(&self, guard: &Guard, digest: &str) -> Result<(), ClusterError> {
        let root = self.organizations.objects.get(&self.organization.root);
        let root = root.ok_or_else(|| ClusterError::Unavailable("the organization is gone".into()))?;
        let now = self.context.now();
        let time = guard.now(now);
        let counting = guard.counting(&self.remembered(), time);
        let asked = &root.common_status().asked;
        self.organizations.remember(self.context, &root, &counting, asked).await?;
        for at in &counting.recent {
            let age = time.duration_since(at.0).try_into().unwrap_or_default();
            self.context.first_seen.own_aged(root.as_ref(), at.0, (now, age));
        }
        // Also where something takes it out of what is stored before that is looked at again.
        guard.remember(&counting.recent, time);
        guard.stored(&counting);
        guard.begin(digest, time);
        Ok(())
    }

    /// What the organization remembers.
    fn remembered(&self) -> GuardStatus {
        self.organizations.remembered(self.organization, self.context)
    }
}

/// Drops what was let through, if that is taken back. What another process let through is taken back where no answer
/// stands there any more.
pub fn drop_taken_back<R: Managed>(context: &Context, guard: &Guard, root: &R, status: &mut GuardStatus) {
    if status.released.is_empty() {
        return;
    }
    let word = guard.word(|| context.answers.begin(root));
    if !word.is_some_and(|word| context.answers.stands(root, &word)) {
        guard.take_back(&status.released);
        status.released.clear();
    }
}
/// How a person takes back that leftovers are to be deleted.
const UNCONFIRM: &str = "take out the annotation orgkeeper.dev/confirm, or set orgkeeper.dev/keep as the condition ConfirmationRequired says";

/// Whether the object is being deleted.
pub fn ends<R: Managed>(work: &Work<R>) -> bool {
    work.object.meta().deletion_timestamp.is_some()
}
