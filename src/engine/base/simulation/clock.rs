//! Time and chance, for tests and replays: nothing here sleeps, and nothing is random.

use crate::engine::base::ports::{Clock, Entropy, Tick};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// Where the virtual wall clock begins.
pub(super) const EPOCH: i64 = 1_700_000_000;

/// A clock that moves only when it is told to.
#[derive(Default)]
pub struct SimClock {
    now: Cell<Tick>,
    /// How far every wall clock was set forward (or back) since.
    wall_offset: Cell<jiff::SignedDuration>,
    sleepers: RefCell<Vec<(Tick, oneshot::Sender<()>)>>,
}

impl SimClock {
    /// A clock at its start.
    pub fn new() -> Rc<Self> {
        Rc::new(Self { now: Cell::new(Tick::new(Duration::from_secs(1_000))), ..Self::default() })
    }

    /// Moves on, and wakes those whose time has come.
    pub fn advance(&self, by: Duration) {
        self.now.set(self.now.get() + by);
        let due: Vec<_> = {
            let mut sleepers = self.sleepers.borrow_mut();
            sleepers.retain(|(_, sleeper)| !sleeper.is_canceled());
            sleepers.extract_if(.., |(at, _)| *at <= self.now.get()).collect()
        };
        for (_, sleeper) in due {
            // Whoever no longer waits needs no waking.
            let _ = sleeper.send(());
        }
    }

    /// The wall clock as it would be if nobody had set it: a vendor's.
    pub fn true_wall(&self) -> jiff::Timestamp {
        let nanos = i128::from(EPOCH) * 1_000_000_000
            + i128::try_from(self.now.get().since_boot().as_nanos()).unwrap_or_default();
        jiff::Timestamp::from_nanosecond(nanos).unwrap_or_default()
    }

    /// Sets every wall clock forward, or back; nothing else moves.
    pub fn step_wall(&self, by: jiff::SignedDuration) {
        self.wall_offset.set(self.wall_offset.get() + by);
    }

    /// When the next sleeper wakes.
    pub fn next(&self) -> Option<Tick> {
        let sleepers = self.sleepers.borrow();
        sleepers.iter().filter(|(_, sleeper)| !sleeper.is_canceled()).map(|(at, _)| *at).min()
    }
}

impl Clock for SimClock {
    fn tick(&self) -> Tick {
        self.now.get()
    }

    fn wall(&self) -> jiff::Timestamp {
        self.true_wall().saturating_add(self.wall_offset.get()).unwrap_or_default()
    }

    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()> {
        if tick <= self.now.get() {
            return std::future::ready(()).boxed_local();
        }
        let (sleeper, woken) = oneshot::channel();
        self.sleepers.borrow_mut().push((tick, sleeper));
        async move {
            // A clock that is dropped wakes nobody.
            if woken.await.is_err() {
                std::future::pending::<()>().await;
            }
        }
        .boxed_local()
    }
}

/// Numbers from a seed.
pub struct SimEntropy(Cell<u64>);

impl SimEntropy {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self(Cell::new(seed)))
    }
}

impl Entropy for SimEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64.
            let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.0.set(state);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (mixed >> 56) as u8;
        }
    }
}
