//! How often what is ours was put back, a finalizer or a status: somebody who takes it away each time is a fight, and that
//! has an end (rule 15).

use crate::engine::base::ports::Tick;
use crate::engine::decide::repeats::MOST;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

const WINDOW: Duration = Duration::from_hours(1);

/// What is ours by name, and how often each was put back within the last hour.
#[derive(Debug, Default)]
pub struct PutBack(RefCell<Sets>);

#[derive(Debug, Default)]
struct Sets {
    counts: BTreeMap<Rc<str>, usize>,
    /// The same in the order of time, so that what is over is found without a look at all.
    all: VecDeque<(Tick, Rc<str>)>,
    /// Of which it was told that there is no room.
    told: BTreeSet<Rc<str>>,
}

impl Sets {
    fn forget(&mut self, now: Tick) {
        while let Some((_, of)) = self.all.pop_front_if(|(at, _)| now.since(*at) >= WINDOW) {
            match self.counts.get_mut(&of) {
                Some(count) if *count > 1 => *count -= 1,
                // Who has one and keeps it is no fight.
                _ => {
                    self.counts.remove(&of);
                    self.told.remove(&of);
                }
            }
        }
    }
}

impl PutBack {
    /// Whether it may be put back once more on what has this name.
    pub fn room(&self, of: &str, now: Tick) -> bool {
        let mut sets = self.0.borrow_mut();
        sets.forget(now);
        sets.counts.get(of).is_none_or(|count| *count < MOST)
    }

    /// Whether it is told now that there is no room: once in a fight.
    pub fn tells(&self, of: &str) -> bool {
        self.0.borrow_mut().told.insert(of.into())
    }

    /// Whether somebody who writes over it once more is news: there is room, or it is still to be told that there is none.
    pub fn is_news(&self, of: &str, now: Tick) -> bool {
        self.room(of, now) || !self.0.borrow().told.contains(of)
    }

    /// The fights are over: whoever ends puts everything back once more.
    pub fn forget(&self) {
        *self.0.borrow_mut() = Sets::default();
    }

    /// It was put back.
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
    fn it_is_put_back_so_often_within_any_hour() {
        let put_back = PutBack::default();
        let minute = |minutes: u32| Tick::default() + minutes * Duration::from_mins(1);
        let again = |of: &str, now| {
            let room = put_back.room(of, minute(now));
            room.then(|| put_back.set(of, minute(now)));
            room
        };
        assert_eq!((0..59).filter(|now| again("a", *now)).count(), MOST);
        assert!(again("b", 59), "of another");
        assert!(again("a", 60) && !again("a", 60));
        assert!(put_back.tells("a") && !put_back.tells("a"), "once in a fight");
        assert!(!put_back.is_news("a", minute(60)) && put_back.is_news("b", minute(60)));
        assert!(again("c", 300));
        assert!(put_back.tells("a"), "the next one is another");
        assert_eq!(put_back.0.borrow().counts.len(), 1, "nothing is kept for longer");
    }
}
