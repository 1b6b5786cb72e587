//! Waiting between attempts to store what must not get lost.

use crate::engine::world::World;
use std::time::Duration;

/// The first wait.
const FIRST: Duration = Duration::from_millis(200);
/// The longest.
const LONGEST: Duration = Duration::from_secs(10);

/// Longer waits each time.
pub struct Patience<'a> {
    world: &'a World,
    next: Duration,
}

impl<'a> Patience<'a> {
    /// Nothing was waited for yet.
    pub const fn new(world: &'a World) -> Self {
        Self { world, next: FIRST }
    }

    /// Waits.
    pub async fn wait(&mut self) {
        self.world.clock.sleep_until(self.world.now() + self.next).await;
        self.next = (self.next * 2).min(LONGEST);
    }
}
