//! The Lease: one process writes (rule 13).
//!
//! Time is measured on this machine's own clock, never compared with another's: a holder counts its
//! term from before it sent the renewal, a candidate counts the other's term from when it saw the
//! last renewal. So the holder's term ends before anybody else's begins, whatever the wall clocks say.

use crate::engine::fence::Fence;
use crate::engine::seams::{Clock, Cluster, ClusterError, LeaseRecord, Tick};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

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
}

/// Keeps the Lease, and opens and closes the fence with it.
pub struct Keeper {
    terms: Terms,
    clock: Rc<dyn Clock>,
    cluster: Rc<dyn Cluster>,
    fence: Fence,
    /// What was seen last of another's Lease, and when it was first seen so.
    observed: Cell<Option<(LeaseRecord, Tick)>>,
    /// Until when we hold it.
    held_until: Cell<Option<Tick>>,
    /// From when on we may write.
    writes_from: Cell<Tick>,
    /// Whether the Lease was taken for good.
    released: Cell<bool>,
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

impl Keeper {
    /// Not held yet.
    pub fn new(terms: Terms, clock: Rc<dyn Clock>, cluster: Rc<dyn Cluster>, fence: Fence) -> Self {
        Self {
            terms,
            clock,
            cluster,
            fence,
            observed: Cell::new(None),
            held_until: Cell::new(None),
            writes_from: Cell::default(),
            released: Cell::default(),
        }
    }

    /// Whether `orgkeeper release` has the Lease.
    pub fn is_released(&self) -> bool {
        self.released.get()
    }

    /// When the next round is due.
    pub fn next_round(&self) -> Tick {
        self.clock.tick() + self.terms.renew
    }

    /// Tries to get or renew the Lease.
    pub async fn round(&self) -> Round {
        let started = self.clock.tick();
        let held_before = self.held_until.get();
        match self.attempt(started).await {
            Ok(true) => {
                let end = started + self.terms.duration;
                self.held_until.set(Some(end));
                self.fence.open(self.writes_from.get(), end);
                Round::Held { acquired: held_before.is_none() }
            }
            outcome => {
                if let Err(error) = &outcome {
                    tracing::warn!(%error, "the Lease could not be read or written");
                }
                match held_before {
                    // Somebody else has it, or our term has run out while nobody answered.
                    Some(end) if outcome == Ok(false) || self.clock.tick() >= end => {
                        self.held_until.set(None);
                        self.fence.close();
                        Round::Lost
                    }
                    Some(_) => Round::Held { acquired: false },
                    None => Round::NotHeld,
                }
            }
        }
    }

    /// Gives the Lease back, so that a successor need not wait for its end.
    pub async fn release(&self) {
        self.fence.close();
        if self.held_until.take().is_none() {
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

    async fn attempt(&self, started: Tick) -> Result<bool, ClusterError> {
        let current = self.cluster.lease().await?.unwrap_or_default();
        if current.holder == RELEASED {
            if !self.released.replace(true) {
                tracing::warn!(
                    "`orgkeeper release` took the Lease for good: nothing is done until somebody deletes it"
                );
            }
            return Ok(false);
        }
        self.released.set(false);
        let ours = current.holder == self.terms.identity;
        if !ours && !current.holder.is_empty() && !self.expired(&current, started) {
            return Ok(false);
        }
        let current_holder = current.holder.clone();
        let wall = self.clock.wall();
        let next = LeaseRecord {
            holder: self.terms.identity.clone(),
            duration: self.terms.duration,
            acquired: if ours { current.acquired } else { Some(wall) },
            renewed: Some(wall),
            transitions: current.transitions + i32::from(!ours),
            resource_version: current.resource_version,
        };
        match self.cluster.put_lease(next).await {
            Ok(_) => {
                if !ours && !current_holder.is_empty() {
                    self.writes_from.set(self.clock.tick() + self.terms.settle);
                }
                Ok(true)
            }
            // A renewal that we believed lost may have been stored: the next round shows whose it is.
            Err(ClusterError::Conflict(why)) if ours => Err(ClusterError::Unavailable(why)),
            Err(ClusterError::Conflict(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether another's term is over, as far as we could watch it.
    fn expired(&self, lease: &LeaseRecord, now: Tick) -> bool {
        let since = match self.observed.take() {
            Some((known, since)) if known == *lease => since,
            _ => now,
        };
        self.observed.set(Some((lease.clone(), since)));
        now.since(since) >= lease.duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::simulation::{SimClock, SimCluster};

    const S: Duration = Duration::from_secs(1);

    struct Process {
        keeper: Keeper,
        fence: Fence,
    }

    fn process(name: &str, clock: &Rc<SimClock>, cluster: &Rc<SimCluster>) -> Process {
        let fence = Fence::new(2 * S);
        let terms = Terms { identity: name.into(), duration: 15 * S, renew: 5 * S, settle: 3 * S };
        let keeper = Keeper::new(terms, Rc::clone(clock) as _, Rc::clone(cluster) as _, fence.clone());
        Process { keeper, fence }
    }

    fn round(process: &Process) -> Round {
        futures::executor::block_on(process.keeper.round())
    }

    #[test]
    fn one_holds_it_until_it_stops_renewing() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
        assert_eq!(round(&one), Round::Held { acquired: true });
        for _ in 0..6 {
            assert_eq!(round(&two), Round::NotHeld);
            clock.advance(5 * S);
            assert_eq!(round(&one), Round::Held { acquired: false });
        }
        assert_eq!(round(&two), Round::NotHeld);
        clock.advance(14 * S);
        assert_eq!(round(&two), Round::NotHeld, "the term is not over");
        assert!(one.fence.permit(clock.tick(), Duration::ZERO).is_err(), "the fence closes before");
        clock.advance(S);
        assert_eq!(round(&two), Round::Held { acquired: true });
        assert_eq!(round(&one), Round::Lost);
        assert!(one.fence.permit(clock.tick(), Duration::ZERO).is_err());
        assert!(two.fence.permit(clock.tick(), S).is_err(), "a call of the predecessor may be under way");
        clock.advance(3 * S);
        assert!(two.fence.permit(clock.tick(), S).is_ok());
    }

    #[test]
    fn an_api_server_that_does_not_answer_ends_the_term_and_not_before() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let one = process("one", &clock, &cluster);
        assert_eq!(round(&one), Round::Held { acquired: true });
        cluster.break_down(true);
        clock.advance(10 * S);
        assert_eq!(round(&one), Round::Held { acquired: false });
        assert!(one.fence.permit(clock.tick(), S).is_ok());
        assert!(one.fence.permit(clock.tick(), 4 * S).is_err(), "a call that could outlive the term");
        clock.advance(5 * S);
        assert_eq!(round(&one), Round::Lost);
    }

    #[test]
    fn a_lease_that_is_given_back_is_free_at_once() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
        round(&one);
        futures::executor::block_on(one.keeper.release());
        assert!(one.fence.permit(clock.tick(), Duration::ZERO).is_err());
        assert_eq!(round(&two), Round::Held { acquired: true });
        assert!(two.fence.permit(clock.tick(), S).is_ok(), "and nothing of the predecessor is under way");
    }

    #[test]
    fn one_that_is_taken_for_good_stays_so_until_somebody_deletes_it() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
        let take = || futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S)).unwrap();
        assert_eq!(round(&one), Round::Held { acquired: true });
        assert_eq!(take(), Taken { from: "one".into(), wait: 15 * S });
        clock.advance(5 * S);
        assert_eq!(take(), Taken { from: String::new(), wait: 15 * S }, "nobody knows whose it was");
        assert_eq!(round(&one), Round::Lost);
        assert!(one.fence.permit(clock.tick(), Duration::ZERO).is_err());
        for _ in 0..10 {
            assert_eq!(round(&two), Round::NotHeld);
            clock.advance(24 * 60 * 60 * S);
        }
        assert!(two.keeper.is_released());
        // One that knows nothing of it sees a term of years.
        let record = futures::executor::block_on(cluster.lease()).unwrap().unwrap();
        assert!(record.duration > 365 * 24 * 60 * 60 * S);
        assert!(record.duration.as_secs() < i32::MAX as u64, "it fits into a Lease");
    }

    #[test]
    fn one_that_nobody_has_is_taken_at_once() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let one = process("one", &clock, &cluster);
        let take = || futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S)).unwrap();
        let missing = futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S));
        assert_eq!(missing, Err(ClusterError::NotFound), "no installation has that name");
        round(&one);
        futures::executor::block_on(one.keeper.release());
        assert_eq!(take(), Taken { from: String::new(), wait: Duration::ZERO });
        assert_eq!(round(&one), Round::NotHeld);
    }

    #[test]
    fn two_that_race_for_it_do_not_both_get_it() {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
        // Both have read that it is free; the resourceVersion lets one write through.
        let stale = futures::executor::block_on(cluster.lease()).unwrap().unwrap_or_default();
        assert_eq!(round(&one), Round::Held { acquired: true });
        let forced = LeaseRecord { holder: "two".into(), ..stale };
        assert!(futures::executor::block_on(cluster.put_lease(forced)).is_err());
        assert_eq!(round(&two), Round::NotHeld);
    }
}
