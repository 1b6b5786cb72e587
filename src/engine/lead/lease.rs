//! The Lease: one process writes (rule 13).
//!
//! Time is measured on this machine's own clock, never compared with another's: a holder counts its
//! term from before it sent the renewal, a candidate counts the other's term from when it saw the
//! last renewal. So the holder's term ends before anybody else's begins, whatever the wall clocks say.
//!
//! Where there is no Lease at all, somebody may have deleted it while its holder works. So it is free at once
//! only where nothing says that there ever was one; else a candidate waits as for a holder that it saw renew
//! just now, and the holder makes it anew if its term still runs. Whoever makes it anew writes after a term at
//! the earliest, to a vendor as to Kubernetes: another may have missed it between two deletions. So who writes
//! has had the Lease without a break from a term ago on, and of two only one can have had it then, however
//! often it is deleted.

use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::{Clock, Cluster, ClusterError, LeaseRecord, Tick};
use crate::engine::lead::fence::{Fence, Term};
use futures::future::{Either, select};
use futures::lock::Mutex;
use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// Who holds a Lease that was taken for good. Nobody gets it from there: who wants the operator to work
/// again deletes the Lease.
pub const RELEASED: &str = "orgkeeper-release";
/// The term that such a Lease shows to those who do not know the name above: ten years.
const FOR_GOOD: Duration = Duration::from_hours(10 * 365 * 24);
/// How often another try is made where the Lease is renewed at the same moment.
const TRIES: usize = 10;

/// A Lease that was taken for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who had it; empty for nobody.
    pub from: String,
    /// For how long that process may not have noticed.
    pub wait: Duration,
}

/// Takes the Lease for good from whoever has it. Done a second time it waits for `term`: who had it before
/// is not known any more.
///
/// # Errors
/// There is none, or Kubernetes does not answer or allow it.
pub async fn take_for_good(
    cluster: &dyn Cluster,
    now: jiff::Timestamp,
    term: Duration,
) -> Result<Taken, ClusterError> {
    let mut refused = None;
    for _ in 0..TRIES {
        let current = cluster.lease().await?.ok_or(ClusterError::NotFound)?;
        if current.holder == RELEASED {
            return Ok(Taken { from: String::new(), wait: term });
        }
        let taken = Taken { from: current.holder, wait: current.duration };
        let wait = if taken.from.is_empty() { Duration::ZERO } else { taken.wait };
        let next = LeaseRecord {
            resource_version: current.resource_version,
            holder: RELEASED.to_owned(),
            duration: FOR_GOOD,
            transitions: current.transitions + 1,
            acquired: Some(now),
            renewed: Some(now),
        };
        match cluster.put_lease(next).await {
            Ok(_) => return Ok(Taken { wait, ..taken }),
            Err(ClusterError::Conflict(why)) => refused = Some(ClusterError::Conflict(why)),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or(ClusterError::NotFound))
}

/// How the Lease is kept.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who we are; unique to this process.
    pub identity: String,
    /// How long a renewal holds.
    pub duration: Duration,
    /// How often it is renewed, or tried for.
    pub renew: Duration,
    /// How long a call of a predecessor that died may still take effect: nothing is written before.
    pub settle: Duration,
    /// Namespace and name of the Secret that an installation has from its first start on: where it is and the
    /// Lease is not, somebody deleted the Lease.
    pub mark: (String, String),
}

/// Keeps the Lease, and opens and closes the fence with it.
pub struct Keeper {
    terms: Terms,
    clock: Rc<dyn Clock>,
    cluster: Rc<dyn Cluster>,
    fence: Fence,
    /// One round at a time.
    turn: Mutex<()>,
    /// What was seen last where it is not ours, `None` for no Lease, and when it was first seen so.
    observed: RefCell<Option<(Option<LeaseRecord>, Tick)>>,
    /// Whether a Lease or the mark was ever seen here.
    installed: Cell<bool>,
    /// Whether we took it where nothing told of an installation.
    first: Cell<bool>,
    /// How far we are.
    tenure: Cell<Tenure>,
    /// From when on we may store, and may write to a vendor.
    from: Cell<(Tick, Tick)>,
    /// Whether the Lease was taken for good.
    released: Cell<bool>,
    /// Rings when we get it.
    got: Notify,
    /// Whether it was said that another has it.
    said: Cell<bool>,
}

/// How far a process is with the Lease. It holds it once, if ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tenure {
    /// Not held yet.
    Before,
    /// Held until then.
    Until(Tick),
    /// Lost.
    Over,
    /// Given back.
    GivenBack,
}

/// What one round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// We hold it; `acquired` says that we did not before.
    Held {
        /// Whether this round got it.
        acquired: bool,
    },
    /// Another holds it, or nobody can be asked.
    NotHeld,
    /// We held it, and do not any more: the process has to end.
    Lost,
}

/// What the Lease that was read is for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Ours.
    Ours,
    /// Nobody's, and nobody's calls are under way.
    Free,
    /// Free to take, while calls of who had it may be under way.
    Abandoned,
    /// Another's.
    Taken,
}

impl Keeper {
    /// Not held yet.
    pub fn new(terms: Terms, clock: Rc<dyn Clock>, cluster: Rc<dyn Cluster>, fence: Fence) -> Self {
        Self {
            terms,
            clock,
            cluster,
            fence,
            turn: Mutex::default(),
            observed: RefCell::default(),
            installed: Cell::default(),
            first: Cell::default(),
            tenure: Cell::new(Tenure::Before),
            from: Cell::default(),
            released: Cell::default(),
            got: Notify::new(),
            said: Cell::default(),
        }
    }

    /// Whether `orgkeeper release` has the Lease.
    pub fn is_released(&self) -> bool {
        self.released.get()
    }

    /// Whether this was taken for a first start: another that found no Lease may have done the same, until there
    /// is what marks an installation.
    pub fn is_first(&self) -> bool {
        self.first.get()
    }

    /// Ends once the Lease was got, and nobody else can believe any more that it has it: what is begun sooner could
    /// store nothing.
    pub async fn acquired(&self) {
        while self.tenure.get() == Tenure::Before {
            self.got.notified().await;
        }
        while self.clock.tick() < self.from.get().0 {
            self.clock.sleep_until(self.from.get().0).await;
        }
    }

    /// Gets the Lease, tells `got` so, and renews it until it is lost. Nothing that is waited for elsewhere
    /// keeps it from being renewed, and it does not outlive its term by as long as a call takes.
    pub async fn keep(&self, got: impl Fn()) {
        loop {
            let round = match self.tenure.get() {
                Tenure::Until(end) if forbids!(TermEnds) => {
                    match select(pin!(self.round()), self.clock.sleep_until(end)).await {
                        Either::Left((round, _)) => round,
                        Either::Right(_) => self.lose(),
                    }
                }
                _ => self.round().await,
            };
            match round {
                Round::Held { acquired: true } => got(),
                Round::NotHeld => self.stand_by(),
                Round::Held { acquired: false } => {}
                Round::Lost => return,
            }
            let next = self.clock.tick() + self.terms.renew;
            let next = match self.tenure.get() {
                Tenure::Until(end) => next.min(end),
                Tenure::Before | Tenure::Over | Tenure::GivenBack => next,
            };
            self.clock.sleep_until(next).await;
        }
    }

    /// Says once that another process has the Lease: what this one is to show, or to do, is shown or done by that one.
    fn stand_by(&self) {
        let observed = self.observed.borrow();
        let holder =
            observed.as_ref().and_then(|(lease, _)| lease.as_ref()).map(|lease| lease.holder.as_str());
        if let Some(holder) = holder.filter(|holder| !holder.is_empty())
            && !self.said.replace(true)
        {
            tracing::info!(
                holder,
                "another process has the Lease: this one stands by, and writes neither status nor events until it gets it"
            );
        }
    }

    /// Tries to get or renew the Lease.
    pub async fn round(&self) -> Round {
        let _turn = self.turn.lock().await;
        let started = self.clock.tick();
        let before = self.tenure.get();
        match before {
            Tenure::Over => return Round::Lost,
            Tenure::GivenBack => return Round::NotHeld,
            Tenure::Until(end) if forbids!(TermEnds, started >= end) => return self.lose(),
            Tenure::Before | Tenure::Until(_) => {}
        }
        let outcome = self.attempt(before).await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, "the Lease could not be read or written");
        }
        match (before, outcome) {
            // It was given back, or its term ended, while this was asked.
            _ if self.tenure.get() == Tenure::Over => Round::Lost,
            _ if self.tenure.get() == Tenure::GivenBack => Round::NotHeld,
            (_, Ok(true)) => {
                let end = started + self.terms.duration;
                self.tenure.set(Tenure::Until(end));
                let (stores, sends) = self.from.get();
                self.fence.open(Term { stores, sends, end });
                self.got.notify_waiters();
                Round::Held { acquired: before == Tenure::Before }
            }
            (Tenure::Before, _) => Round::NotHeld,
            // Nobody answers, and the term goes on.
            (Tenure::Until(end), Err(_)) if holds!(TermEnds, self.clock.tick() < end) => {
                Round::Held { acquired: false }
            }
            _ => self.lose(),
        }
    }

    /// Renews it now; whether it was ours when that was asked.
    pub async fn renew(&self) -> bool {
        let began = self.clock.tick();
        self.round().await;
        matches!(self.tenure.get(), Tenure::Until(end) if end >= began + self.terms.duration)
    }

    /// Gives the Lease back, so that a successor need not wait for its end. Whoever waits itself for a predecessor's
    /// calls to end does not: the successor would not know of these.
    pub async fn release(&self) {
        self.fence.close();
        if !matches!(self.tenure.replace(Tenure::GivenBack), Tenure::Until(_)) {
            return;
        }
        let (stores, sends) = self.from.get();
        if self.clock.tick() < stores.max(sends) {
            tracing::info!("the Lease ends by itself, as calls of whoever had it before may be under way");
            return;
        }
        if let Ok(Some(mut lease)) = self.cluster.lease().await
            && lease.holder == self.terms.identity
        {
            lease.holder = String::new();
            lease.renewed = Some(self.clock.wall());
            if let Err(error) = self.cluster.put_lease(lease).await {
                tracing::info!(%error, "the Lease could not be given back; it ends by itself");
            }
        }
    }

    /// It is not ours any more, and does not become so again.
    fn lose(&self) -> Round {
        self.tenure.set(Tenure::Over);
        self.fence.close();
        Round::Lost
    }

    /// Whether we have it now.
    async fn attempt(&self, before: Tenure) -> Result<bool, ClusterError> {
        let read = self.cluster.lease().await?;
        // What was read may be as young as its answer, however long that took.
        let seen = self.clock.tick();
        let claim = match &read {
            Some(lease) => self.claim(lease, seen),
            None => self.claim_missing(before, seen).await?,
        };
        if claim == Claim::Taken {
            return Ok(false);
        }
        let missing = read.is_none();
        let current = read.unwrap_or_default();
        let wall = self.clock.wall();
        let (ours, renews) = (claim == Claim::Ours, before != Tenure::Before);
        let next = LeaseRecord {
            holder: self.terms.identity.clone(),
            duration: self.terms.duration,
            acquired: if ours && !missing { current.acquired } else { Some(wall) },
            renewed: Some(wall),
            transitions: current.transitions + i32::from(!ours),
            resource_version: current.resource_version,
        };
        match self.cluster.put_lease(next).await {
            Ok(_) => {
                if !renews {
                    self.first.set(missing && claim == Claim::Free);
                }
                let term = self.terms.duration;
                let wait = match claim {
                    Claim::Free => Duration::ZERO,
                    // Whoever else had made one since the last look may write until its term ends.
                    Claim::Ours if missing => term,
                    _ if missing => term.max(self.terms.settle),
                    Claim::Ours if renews => Duration::ZERO,
                    // One that is ours before we know was taken by a call whose answer was lost: from whom?
                    Claim::Ours | Claim::Abandoned | Claim::Taken => self.terms.settle,
                };
                if forbids!(PredecessorSettled, !wait.is_zero()) {
                    let (stores, _) = self.from.get();
                    let sends = self.clock.tick() + wait;
                    // Who has one that it made anew is not the only one that may have had one since.
                    self.from.set((if missing { sends } else { stores }, sends));
                }
                Ok(true)
            }
            // A renewal that we believed lost may have been stored: it shows whose it is.
            Err(ClusterError::Conflict(why)) if ours => match self.cluster.lease().await? {
                Some(lease) if lease.holder != self.terms.identity => Ok(false),
                _ => Err(ClusterError::Unavailable(why)),
            },
            Err(ClusterError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What a Lease that is there is for us.
    fn claim(&self, lease: &LeaseRecord, now: Tick) -> Claim {
        self.installed.set(true);
        let since = self.seen(Some(lease), now);
        if lease.holder == RELEASED {
            if !self.released.replace(true) {
                tracing::warn!(
                    "`orgkeeper release` took the Lease for good: nothing is done until somebody deletes it"
                );
            }
            return Claim::Taken;
        }
        self.released.set(false);
        if lease.holder == self.terms.identity {
            Claim::Ours
        } else if lease.holder.is_empty() {
            Claim::Free
        } else if holds!(TermRespected, now.since(since) >= lease.duration.max(self.terms.duration)) {
            Claim::Abandoned
        } else {
            Claim::Taken
        }
    }

    /// What it is for us that there is none.
    async fn claim_missing(&self, before: Tenure, now: Tick) -> Result<Claim, ClusterError> {
        let since = self.seen(None, now);
        self.released.set(false);
        if let Tenure::Until(_) = before {
            tracing::warn!("somebody deleted the Lease; it is made anew, as its term still runs");
            return Ok(Claim::Ours);
        }
        let (namespace, name) = &self.terms.mark;
        let marked = self.installed.get() || self.cluster.secret(namespace, name).await?.is_some();
        if holds!(MissingLeaseWaits, !marked) {
            return Ok(Claim::Free);
        }
        if !self.installed.replace(true) || since == now {
            tracing::warn!("there is no Lease, though there was one: whoever had it may still write");
        }
        let over = now.since(since) >= self.terms.duration;
        Ok(if over { Claim::Abandoned } else { Claim::Taken })
    }

    /// Since when the Lease has been as it is, as far as we could watch it.
    fn seen(&self, lease: Option<&LeaseRecord>, now: Tick) -> Tick {
        let mut observed = self.observed.borrow_mut();
        match &*observed {
            Some((known, since)) if known.as_ref() == lease => *since,
            _ => {
                *observed = Some((lease.cloned(), now));
                now
            }
        }
    }
}

#[cfg(test)]
mod tests;
