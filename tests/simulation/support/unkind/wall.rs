//! Wall clocks that go their own way: the tick is true, what is on the wall need not be.

use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};
use orgkeeper::engine::base::ports::{Clock, Tick};
use orgkeeper::engine::base::simulation::SimClock;
use std::cell::Cell;
use std::rc::Rc;

/// How far the wall clock of a machine is off. True until it is told otherwise.
#[derive(Debug, Default)]
pub struct Wall {
    offset: Cell<SignedDuration>,
    /// Parts in a million, and since when.
    drift: Cell<(i64, Tick)>,
}

impl Wall {
    /// Sets the clock forward, or back.
    pub fn step(&self, by: SignedDuration) {
        self.offset.set(self.offset.get() + by);
    }

    /// From now on the clock is fast by so many parts in a million, or slow.
    pub fn drift(&self, now: Tick, parts: i64) {
        self.offset.set(self.off(now));
        self.drift.set((parts, now));
    }

    /// Sets the clock right.
    pub fn right(&self, now: Tick) {
        self.drift.set((0, now));
        self.offset.set(SignedDuration::ZERO);
    }

    /// How far it is off.
    fn off(&self, now: Tick) -> SignedDuration {
        let (parts, since) = self.drift.get();
        let micros = i64::try_from(now.since(since).as_millis()).unwrap() * parts / 1000;
        self.offset.get() + SignedDuration::from_micros(micros)
    }
}

/// The clock of a machine.
pub struct MachineClock {
    pub clock: Rc<SimClock>,
    pub wall: Rc<Wall>,
}

impl Clock for MachineClock {
    fn tick(&self) -> Tick {
        self.clock.tick()
    }

    fn wall(&self) -> Timestamp {
        self.clock.wall() + self.wall.off(self.clock.tick())
    }

    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()> {
        self.clock.sleep_until(tick)
    }
}
