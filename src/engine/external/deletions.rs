//! The ids that we deleted: lists that lag still show them, and then lack them to nobody's surprise (rule 2).

use crate::engine::base::ports::Tick;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many are remembered: more than are deleted between two lists.
const MOST: usize = 4096;

/// The ids of a kind that we deleted, and when each was known to be.
#[derive(Debug)]
pub struct Deletions {
    settle: Duration,
    ids: RefCell<BTreeMap<String, Tick>>,
}

impl Deletions {
    /// None so far, where lists show a change within `settle`.
    pub const fn new(settle: Duration) -> Self {
        Self { settle, ids: RefCell::new(BTreeMap::new()) }
    }

    /// Remembers that `id` was known to be deleted at `now`.
    pub fn add(&self, id: &str, now: Tick) {
        let mut ids = self.ids.borrow_mut();
        ids.insert(id.to_owned(), now);
        if ids.len() > MOST
            && let Some(oldest) = ids.iter().min_by_key(|(_, at)| **at).map(|(id, _)| id.clone())
        {
            ids.remove(&oldest);
        }
    }

    /// Whether we deleted `id`, as far as lists tell.
    pub fn has(&self, id: &str) -> bool {
        self.ids.borrow().contains_key(id)
    }

    /// Takes in what a complete list shows that was begun then: what no list should show any more is there after all.
    pub fn shown(&self, begun: Tick, shows: impl Fn(&str) -> bool) {
        self.ids.borrow_mut().retain(|id, at| begun < *at + self.settle || !shows(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick::new(Duration::from_secs(seconds))
    }

    #[test]
    fn what_a_list_shows_that_cannot_lag_any_more_is_there_after_all() {
        let deletions = Deletions::new(Duration::from_mins(1));
        deletions.add("a", at(100));
        deletions.add("b", at(100));
        deletions.shown(at(159), |_| true);
        assert!(deletions.has("a") && deletions.has("b"), "it may lag");
        deletions.shown(at(160), |id| id == "a");
        assert!(!deletions.has("a") && deletions.has("b"), "what it lacks is as it should be");
    }

    #[test]
    fn the_last_ones_are_remembered_and_no_more() {
        let deletions = Deletions::new(Duration::from_mins(1));
        let count = u64::try_from(MOST).unwrap();
        for number in 0..=count {
            deletions.add(&number.to_string(), at(number));
        }
        assert!(!deletions.has("0") && deletions.has("1") && deletions.has(&count.to_string()));
        assert_eq!(deletions.ids.borrow().len(), MOST);
    }
}
