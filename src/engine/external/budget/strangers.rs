//! The calls of objects whose token has not shown that it belongs to the organization that they name: one
//! small budget of an endpoint, in turns by namespace. So whoever makes many of them in one namespace holds up
//! nobody in another, and asks no more of the vendor than one would.

use crate::engine::base::checks::{forbids, holds};
use crate::engine::base::ports::Tick;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// The window of every budget.
pub(super) const MINUTE: Duration = Duration::from_mins(1);
/// How many such calls an endpoint gets within a minute.
pub const PER_MINUTE: usize = 60;

/// The calls of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// Those of the last minute.
    calls: VecDeque<(Tick, Rc<str>)>,
    /// The namespaces that asked of late.
    namespaces: BTreeMap<Rc<str>, Turn>,
}

#[derive(Debug, Default)]
struct Turn {
    asked: Tick,
    /// When it last had a call.
    had: Option<Tick>,
    /// Whether there was no room when it asked last.
    waits: bool,
}

impl Strangers {
    /// Whether the namespace may have a call now.
    ///
    /// # Errors
    /// The moment at which there may be room.
    pub(super) fn room(&mut self, namespace: &Rc<str>, now: Tick) -> Result<(), Tick> {
        while self.calls.front().is_some_and(|(at, _)| now.since(*at) >= MINUTE) {
            self.calls.pop_front();
        }
        // Who waits comes back within a minute, and a little.
        self.namespaces.retain(|_, turn| now.since(turn.asked) < 2 * MINUTE);
        let turn = self.namespaces.entry(Rc::clone(namespace)).or_default();
        turn.asked = now;
        turn.waits = false;
        let had = turn.had;
        // There is always a share for one more that comes.
        let share = (PER_MINUTE / (self.namespaces.len() + 1)).max(1);
        let own: Vec<Tick> =
            self.calls.iter().filter(|(_, whose)| whose == namespace).map(|(at, _)| *at).collect();
        if forbids!(StrangersShare, own.len() >= share) {
            return Err(own[own.len() - share] + MINUTE);
        }
        let free = PER_MINUTE.saturating_sub(self.calls.len());
        let others = self.namespaces.iter().filter(|(other, _)| *other != namespace);
        let ahead = others.filter(|(_, turn)| turn.waits && turn.had < had).count();
        if holds!(StrangersShare, free > ahead) {
            return Ok(());
        }
        if let Some(turn) = self.namespaces.get_mut(namespace) {
            turn.waits = true;
        }
        let next = self.calls.get(ahead - free).or(self.calls.back());
        Err(next.map_or(now, |(at, _)| *at) + MINUTE)
    }

    /// The namespace has a call.
    pub(super) fn spend(&mut self, namespace: &Rc<str>, now: Tick) {
        self.calls.push_back((now, Rc::clone(namespace)));
        if let Some(turn) = self.namespaces.get_mut(namespace) {
            turn.had = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn take(strangers: &mut Strangers, namespace: &str, now: Tick) -> Result<(), Tick> {
        let namespace = Rc::from(namespace);
        strangers.room(&namespace, now)?;
        strangers.spend(&namespace, now);
        Ok(())
    }

    fn all(strangers: &mut Strangers, namespace: &str, now: Tick) -> usize {
        (0..1000).take_while(|_| take(strangers, namespace, now).is_ok()).count()
    }

    #[test]
    fn one_namespace_leaves_a_share_for_the_next_that_comes() {
        let (mut strangers, now) = (Strangers::default(), Tick::default() + 1000 * S);
        assert_eq!(all(&mut strangers, "many", now), PER_MINUTE / 2);
        assert_eq!(all(&mut strangers, "one", now), PER_MINUTE / 3);
        assert_eq!(take(&mut strangers, "many", now + S), Err(now + MINUTE));
        assert!(take(&mut strangers, "another", now + S).is_ok());
    }

    #[test]
    fn never_more_in_a_minute_whoever_asks() {
        let (mut strangers, mut now) = (Strangers::default(), Tick::default() + 1000 * S);
        let mut taken: VecDeque<Tick> = VecDeque::new();
        for round in 0..2000_usize {
            now = now + Duration::from_millis(100);
            if take(&mut strangers, &format!("n{}", round % 97), now).is_ok() {
                taken.push_back(now);
            }
            taken.retain(|at| now.since(*at) < MINUTE);
            assert!(taken.len() <= PER_MINUTE);
        }
        assert!(!taken.is_empty());
    }

    #[test]
    fn where_there_is_no_room_who_waited_longest_is_next() {
        let (mut strangers, now) = (Strangers::default(), Tick::default() + 1000 * S);
        for namespace in 0..PER_MINUTE {
            take(&mut strangers, &format!("n{namespace}"), now + S / 100 * u32::try_from(namespace).unwrap())
                .unwrap();
        }
        let full = now + 10 * S;
        assert_eq!(take(&mut strangers, "honest", full), Err(now + MINUTE));
        assert_eq!(take(&mut strangers, "n0", full + S).map_err(|_| ()), Err(()));
        let free = now + MINUTE;
        assert!(take(&mut strangers, "n0", free).is_err(), "somebody who had none is ahead");
        assert!(take(&mut strangers, "honest", free).is_ok());
    }
}
