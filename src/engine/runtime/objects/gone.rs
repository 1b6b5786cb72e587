//! The ends of objects, so that nothing that is told later brings one back.

use std::collections::{BTreeSet, VecDeque};

/// How many ends are remembered.
const ENDS: usize = 1024;

/// The uids of objects whose end was told: nothing that is told later of one of them is news.
#[derive(Default)]
pub(super) struct Gone {
    uids: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Gone {
    /// Its end was told.
    pub(super) fn add(&mut self, uid: Option<&String>) {
        let Some(uid) = uid else { return };
        if self.uids.insert(uid.clone()) {
            self.order.push_back(uid.clone());
        }
        if self.order.len() > ENDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.uids.remove(&oldest);
        }
    }

    /// Whether its end was told.
    pub(super) fn has(&self, uid: Option<&String>) -> bool {
        uid.is_some_and(|uid| self.uids.contains(uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ends_are_remembered_and_no_more() {
        let mut gone = Gone::default();
        let uid = |number: usize| number.to_string();
        for number in 0..=ENDS {
            gone.add(Some(&uid(number)));
            gone.add(Some(&uid(number)));
        }
        assert!(!gone.has(Some(&uid(0))) && gone.has(Some(&uid(1))) && gone.has(Some(&uid(ENDS))));
        assert!(!gone.has(None) && gone.order.len() == ENDS);
    }
}
