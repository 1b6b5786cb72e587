//! Time and randomness for real.

use crate::engine::base::ports::{Clock, Entropy, Tick};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::time::Duration;

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// Now, on the clock that is measured with.
pub fn now() -> Tick {
    // Counts while the machine sleeps: a lease ends then too.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Tick::new(Duration::new(seconds, nanos))
}

impl Clock for SystemClock {
    fn tick(&self) -> Tick {
        now()
    }

    fn wall(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn sleep_until(&self, tick: Tick) -> LocalBoxFuture<'static, ()> {
        let clock = *self;
        async move {
            // The runtime's timer stands still while the machine sleeps: look again after it rings.
            loop {
                let left = tick.since(clock.tick());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(Duration::from_mins(1))).await;
            }
        }
        .boxed_local()
    }
}

/// The system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "without randomness there are no keys: better no operator")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}
