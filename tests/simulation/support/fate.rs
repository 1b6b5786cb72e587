//! When a process dies.

use std::cell::Cell;
use std::rc::Rc;

/// The life of one process. Wherever the process reaches the world it passes a step, before and
/// after the effect, and at a chosen step it dies: from then on it reaches nothing any more.
#[derive(Debug, Default)]
pub struct Fate {
    passed: Cell<usize>,
    dies_at: Cell<Option<usize>>,
    dead: Cell<bool>,
}

impl Fate {
    /// A process that dies at the step; never, with `None`.
    pub fn new(dies_at: Option<usize>) -> Rc<Self> {
        let fate = Self::default();
        fate.dies_at.set(dies_at);
        Rc::new(fate)
    }

    /// Passes a step; does not return if the process dies there, or is dead.
    pub async fn pass(&self) {
        if !self.dead.get() {
            let step = self.passed.get();
            self.passed.set(step + 1);
            self.dead.set(self.dies_at.get() == Some(step));
        }
        if self.dead.get() {
            std::future::pending::<()>().await;
        }
    }

    /// How many steps were passed.
    pub fn passed(&self) -> usize {
        self.passed.get()
    }

    /// Counts from here: dies when this many more steps were passed.
    pub fn dies_after(&self, steps: usize) {
        self.dies_at.set(Some(self.passed.get() + steps));
    }

    /// Whether it died.
    pub fn is_dead(&self) -> bool {
        self.dead.get()
    }
}
