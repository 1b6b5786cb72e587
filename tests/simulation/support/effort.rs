//! How much the processes do. In a storm there is a limit, far above what any storm needs: whoever goes round and round
//! is told of, and the storm has an end.

use super::journal::Journal;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use orgkeeper::engine::base::ports::{Clock, Tick};
use std::cell::Cell;
use std::rc::Rc;

/// The promise that is broken then.
pub const NEVER_RESTS: &str = "it never rests";

/// The most calls of Kubernetes and of the vendor.
const CALLS: u64 = 1_000_000;
/// The most looks at a clock while it stands still.
const LOOKS: u64 = 1_000_000;

/// How much they did so far.
#[derive(Default)]
pub struct Effort {
    bounded: Cell<bool>,
    calls: Cell<u64>,
    /// How often a clock was looked at since time went on, and when that was.
    looks: Cell<(u64, Tick)>,
}

impl Effort {
    /// From now on there is a limit.
    pub fn is_bounded(&self) {
        self.bounded.set(true);
    }

    /// A call; what is too much, if it is.
    pub fn called(&self) -> Option<String> {
        let calls = self.calls.get() + 1;
        let over = self.bounded.get() && calls > CALLS;
        self.calls.set(if over { 0 } else { calls });
        over.then(|| format!("more than {CALLS} calls"))
    }

    /// A look at a clock; what is too much, if it is.
    pub fn looked(&self, now: Tick) -> Option<String> {
        let (looks, since) = self.looks.get();
        let looks = if since == now { looks + 1 } else { 1 };
        let over = self.bounded.get() && looks > LOOKS;
        self.looks.set((if over { 0 } else { looks }, now));
        over.then(|| format!("more than {LOOKS} looks at a clock that stands at {:?}", now.since_boot()))
    }
}

/// A clock of which it is known how often it is looked at.
pub struct CountedClock<C> {
    pub clock: C,
    pub journal: Rc<Journal>,
}

impl<C: Clock> Clock for CountedClock<C> {
    fn tick(&self) -> Tick {
        self.journal.looked();
        self.clock.tick()
    }

    fn wall(&self) -> Timestamp {
        self.clock.wall()
    }

    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()> {
        self.clock.sleep_until(tick)
    }
}
