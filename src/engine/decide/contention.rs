//! Contention ends (rule 15): a field that somebody else keeps changing back is left alone.

use crate::engine::base::checks::forbids;
use crate::engine::base::ports::Tick;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

const WINDOW: Duration = Duration::from_hours(1);
const ROUNDS: usize = 3;

/// The corrections of one object's fields.
#[derive(Debug, Default)]
pub struct Contention {
    corrections: BTreeMap<String, VecDeque<Tick>>,
    contested: BTreeSet<String>,
}

impl Contention {
    /// Paths that are no longer corrected.
    pub fn contested(&self) -> &BTreeSet<String> {
        &self.contested
    }

    /// Decides which of these drifted paths are contested from now on: those that were corrected
    /// three times within the last hour.
    pub fn judge<'a>(&mut self, drifted: impl Iterator<Item = &'a str>, now: Tick) {
        for path in drifted {
            let Some(times) = self.corrections.get_mut(path) else { continue };
            while times.front().is_some_and(|&at| now.since(at) >= WINDOW) {
                times.pop_front();
            }
            if forbids!(FightsEnd, times.len() >= ROUNDS) {
                self.contested.insert(path.to_owned());
            }
        }
    }

    /// Remembers a correction.
    pub fn corrected(&mut self, path: &str, now: Tick) {
        self.corrections.entry(path.to_owned()).or_default().push_back(now);
    }

    /// Something changed: a person edited the object, or asked for a reconcile.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minutes: u32) -> Tick {
        Tick::default() + minutes * Duration::from_mins(1)
    }

    #[test]
    fn the_fourth_time_within_an_hour_is_left_alone() {
        let mut fights = Contention::default();
        for round in 0..3 {
            fights.judge(["name"].into_iter(), minute(round * 10));
            assert!(fights.contested().is_empty(), "round {round}");
            fights.corrected("name", minute(round * 10));
        }
        fights.judge(["other"].into_iter(), minute(30));
        assert!(fights.contested().is_empty(), "another path");
        fights.judge(["name"].into_iter(), minute(30));
        assert!(fights.contested().contains("name"));
        fights.judge(["name"].into_iter(), minute(300));
        assert!(fights.contested().contains("name"), "for as long as nothing changes");
        fights.reset();
        assert!(fights.contested().is_empty());
    }

    #[test]
    fn corrections_far_apart_are_no_fight() {
        let mut fights = Contention::default();
        for round in 0..10 {
            fights.judge(["name"].into_iter(), minute(round * 25));
            assert!(fights.contested().is_empty(), "round {round}");
            fights.corrected("name", minute(round * 25));
        }
    }
}
