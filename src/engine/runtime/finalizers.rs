//! How often our finalizers were set: somebody who takes them off each time is a fight, and that has an end (rule 15).

use crate::engine::base::ports::Tick;
use crate::engine::decide::repeats::MOST;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

const WINDOW: Duration = Duration::from_hours(1);

/// Our finalizers, and how often each was set within the last hour.
#[derive(Debug, Default)]
pub struct Finalizers(RefCell<Sets>);

#[derive(Debug, Default)]
struct Sets {
    counts: BTreeMap<Rc<str>, usize>,
    /// The same in the order of time, so that what is over is found without a look at all.
    all: VecDeque<(Tick, Rc<str>)>,
}

impl Sets {
    fn forget(&mut self, now: Tick) {
        while let Some((_, of)) = self.all.pop_front_if(|(at, _)| now.since(*at) >= WINDOW) {
            match self.counts.get_mut(&of) {
                Some(count) if *count > 1 => *count -= 1,
                // Who has one and keeps it is no fight.
                _ => drop(self.counts.remove(&of)),
            }
        }
    }
}

impl Finalizers {
    /// Whether it may be set once more on what has this name.
    pub fn room(&self, of: &str, now: Tick) -> bool {
        let mut sets = self.0.borrow_mut();
        sets.forget(now);
        sets.counts.get(of).is_none_or(|count| *count < MOST)
    }

    /// It was set.
    pub fn set(&self, of: &str, now: Tick) {
        let mut sets = self.0.borrow_mut();
        sets.forget(now);
        let of: Rc<str> = of.into();
        *sets.counts.entry(Rc::clone(&of)).or_default() += 1;
        sets.all.push_back((now, of));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finalizer_is_set_so_often_within_any_hour() {
        let finalizers = Finalizers::default();
        let minute = |minutes: u32| Tick::default() + minutes * Duration::from_mins(1);
        let again = |of: &str, now| {
            let room = finalizers.room(of, minute(now));
            room.then(|| finalizers.set(of, minute(now)));
            room
        };
        assert_eq!((0..59).filter(|now| again("a", *now)).count(), MOST);
        assert!(again("b", 59), "of another");
        assert!(again("a", 60) && !again("a", 60));
        assert!(again("c", 300));
        assert_eq!(finalizers.0.borrow().counts.len(), 1, "nothing is kept for longer");
    }
}
