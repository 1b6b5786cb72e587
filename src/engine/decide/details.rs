//! What detail reads have shown of one collection, and whose turn it is (rule 6).
//!
//! A list shows a part of an object; the rest costs calls for each object. So it is read when
//! somebody asks, after our own write, when something says that it moved, and in turn: a few calls
//! a resync, for what was unseen for longest. Pure: it is told the time and reads nothing itself.

use crate::engine::base::ports::Tick;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How far the rolling sweep of what no list shows reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// How many objects it goes round.
    pub objects: usize,
    /// The longest time after which each is read again.
    pub within: Duration,
}

/// Why a detail is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A person or a new generation asks, or the object is not in order.
    Asked,
    /// We wrote the object.
    OwnWrite,
    /// What the list shows of it moved.
    Moved,
    /// The vendor's audit log names it.
    Audit,
    /// Its turn has come.
    Sweep,
}

impl Cause {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::OwnWrite => "own_write",
            Self::Moved => "moved",
            Self::Audit => "audit",
            Self::Sweep => "sweep",
        }
    }
}

/// What a reconcile needs of the details of its object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Need {
    /// No older than this, as somebody asks.
    pub asked: Option<Tick>,
    /// Our last write to the object, if there was one.
    pub written: Option<Tick>,
    /// How long after a write the vendor may still show what was before.
    pub settle: Duration,
    /// Now.
    pub now: Tick,
}

/// What is to be done for a reconcile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<L> {
    /// What is known will do.
    Known(L),
    /// Read it.
    Read(Cause),
    /// Nothing asks for a read before this time; without a time, its turn comes.
    Later(Option<Tick>),
}

/// The place of an object in the rolling sweep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// When it was last read, or tried in vain: who never was comes first.
    pub last: Option<Tick>,
    /// The place of its kind among the kinds.
    pub kind: usize,
    /// Its id.
    pub id: String,
    /// How many calls a read takes.
    pub calls: u32,
    /// Since when its details are unseen.
    pub unseen: Tick,
}

struct Read<L> {
    row: L,
    live: L,
    begun: Tick,
}

struct Entry<L> {
    read: Option<Read<L>>,
    /// Since when something says that it moved, and what.
    stale: Option<(Tick, Cause)>,
    tried: Option<Tick>,
    since: Tick,
}

/// What detail reads have shown so far, by id.
pub struct Details<L>(BTreeMap<String, Entry<L>>);

impl<L> Default for Details<L> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<L: Clone + PartialEq> Details<L> {
    fn entry(&mut self, id: &str, since: Tick) -> &mut Entry<L> {
        let new = || Entry { read: None, stale: None, tried: None, since };
        self.0.entry(id.to_owned()).or_insert_with(new)
    }

    /// Forgets what left the list.
    pub fn retain(&mut self, listed: impl Fn(&str) -> bool) {
        self.0.retain(|id, _| listed(id));
    }

    /// From `at` on, something says that the object moved.
    pub fn mark(&mut self, id: &str, at: Tick, cause: Cause) {
        let entry = self.entry(id, at);
        if entry.stale.is_none_or(|(known, _)| known < at) {
            entry.stale = Some((at, cause));
        }
    }

    /// Takes in a read that was begun at `begun`, with this row; whether it shows anything new.
    pub fn read(&mut self, id: &str, row: &L, live: &L, begun: Tick) -> bool {
        let entry = self.entry(id, begun);
        entry.tried = entry.tried.max(Some(begun));
        if entry.read.as_ref().is_some_and(|known| known.begun > begun) {
            return false;
        }
        if entry.stale.is_some_and(|(since, _)| since <= begun) {
            entry.stale = None;
        }
        let news = entry.read.as_ref().is_none_or(|known| known.live != *live);
        entry.read = Some(Read { row: row.clone(), live: live.clone(), begun });
        news
    }

    /// A read that was begun at `begun` brought nothing: others come first.
    pub fn failed(&mut self, id: &str, begun: Tick) {
        let entry = self.entry(id, begun);
        entry.tried = entry.tried.max(Some(begun));
    }

    /// When what is known of the object was read.
    pub fn begun(&self, id: &str) -> Option<Tick> {
        Some(self.0.get(id)?.read.as_ref()?.begun)
    }

    /// What is known of the object.
    pub fn known(&self, id: &str) -> Option<&L> {
        Some(&self.0.get(id)?.read.as_ref()?.live)
    }

    /// Since when something says that the object moved, if it does.
    pub fn marked(&self, id: &str) -> Option<Tick> {
        self.0.get(id)?.stale.map(|(at, _)| at)
    }

    /// What is known of it by a read that was begun then or later.
    pub fn known_since(&self, id: &str, since: Tick) -> Option<&L> {
        self.known(id).filter(|_| self.begun(id).is_some_and(|begun| begun >= since))
    }

    /// When our own write is to be looked at, unless it was.
    pub fn owed(&self, id: &str, written: Option<Tick>, settle: Duration) -> Option<Tick> {
        let settled = written? + settle;
        self.begun(id).is_none_or(|begun| begun < settled).then_some(settled)
    }

    /// What is to be done for a reconcile of the object, of which a list shows `row`.
    pub fn answer(&self, id: &str, row: &L, need: &Need) -> Answer<L> {
        let owed = self.owed(id, need.written, need.settle);
        if owed.is_some_and(|settled| need.now >= settled) {
            return Answer::Read(Cause::OwnWrite);
        }
        let entry = self.0.get(id);
        let stale = entry.and_then(|entry| entry.stale).map(|(_, cause)| cause);
        let read = entry.and_then(|entry| entry.read.as_ref());
        let moved = match read {
            Some(read) if read.row != *row => Some(Cause::Moved),
            _ => stale,
        };
        // Begun before our own write, it does not answer for it.
        let answering = read.filter(|read| need.written.is_none_or(|written| read.begun > written));
        match (need.asked, owed, answering) {
            (Some(fresh), _, Some(read)) if moved.is_none() && read.begun >= fresh => {
                Answer::Known(read.live.clone())
            }
            (Some(_), ..) => Answer::Read(moved.unwrap_or(Cause::Asked)),
            (None, None, None) => moved.map_or(Answer::Later(None), Answer::Read),
            (None, None, Some(read)) => moved.map_or_else(|| Answer::Known(read.live.clone()), Answer::Read),
            (None, Some(_), Some(read)) if moved.is_none() => Answer::Known(read.live.clone()),
            // Our own write may be what moved; one read after it has settled answers for all.
            (None, Some(settled), _) => Answer::Later(Some(settled)),
        }
    }

    /// The places of these objects, whose reads take so many calls each.
    pub fn turns(&mut self, kind: usize, held: impl Iterator<Item = (String, u32)>, now: Tick) -> Vec<Turn> {
        held.map(|(id, calls)| {
            let entry = self.entry(&id, now);
            let unseen = entry.read.as_ref().map_or(entry.since, |read| read.begun);
            Turn { last: entry.tried, kind, id, calls, unseen }
        })
        .collect()
    }
}

/// Whose turn it is: who was unseen for longest, up to `budget` calls. What takes more than that alone
/// is read alone.
pub fn choose(mut turns: Vec<Turn>, budget: u32) -> Vec<Turn> {
    turns.sort();
    let mut left = i64::from(budget);
    turns
        .into_iter()
        .enumerate()
        .take_while(|(place, turn)| {
            left -= i64::from(turn.calls);
            left >= 0 || *place == 0
        })
        .map(|(_, turn)| turn)
        .collect()
}

/// How much of `budget` may be spent when the last sweep was so long ago: all of it after a resync
/// interval, which is jittered by a tenth, and its share where a pause or a person brought the next one
/// sooner.
pub fn share(budget: u32, elapsed: Duration, resync: Duration) -> u32 {
    if elapsed.saturating_mul(10) >= resync.saturating_mul(9) {
        return budget;
    }
    let share = u128::from(budget) * elapsed.as_millis() / resync.as_millis().max(1);
    u32::try_from(share).unwrap_or(budget)
}

/// After how many resyncs each of these has been read again, whatever else is read meanwhile.
pub fn rounds(turns: &[Turn], budget: u32) -> u64 {
    let calls: BTreeSet<u32> = turns.iter().map(|turn| turn.calls).collect();
    let total: u64 = turns.iter().map(|turn| u64::from(turn.calls)).sum();
    let widest = calls.last().copied().unwrap_or(1).max(1);
    // What a round that leaves something over spends at least.
    let least = match calls.len() {
        1 => budget - budget % widest,
        _ => (budget + 1).saturating_sub(widest),
    };
    // With less than one object's calls, an object is read alone.
    total.div_ceil(u64::from(least.max(calls.first().copied().unwrap_or(1)).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTLE: Duration = Duration::from_mins(1);

    fn at(seconds: u64) -> Tick {
        Tick::new(Duration::from_secs(seconds))
    }

    /// A row, and what a read made of it, are told apart by their second half.
    type Observed = (&'static str, &'static str);
    const ROW: Observed = ("row", "");
    const WHOLE: Observed = ("row", "detail");

    fn seen(begun: u64) -> Details<Observed> {
        let mut details = Details::default();
        details.read("u", &ROW, &WHOLE, at(begun));
        details
    }

    fn need(asked: Option<u64>, written: Option<u64>, now: u64) -> Need {
        Need { asked: asked.map(at), written: written.map(at), settle: SETTLE, now: at(now) }
    }

    #[test]
    fn when_a_detail_is_read_and_when_not() {
        use Answer::{Known, Later, Read};
        use Cause::{Asked, OwnWrite};
        let nothing = Details::<Observed>::default;
        let table = [
            ("at rest, never read: its turn comes", nothing(), need(None, None, 500), Later(None)),
            ("at rest, read before", seen(100), need(None, None, 500), Known(WHOLE)),
            ("asked, never read", nothing(), need(Some(490), None, 500), Read(Asked)),
            ("asked, read too long ago", seen(489), need(Some(490), None, 500), Read(Asked)),
            ("asked, fresh enough", seen(490), need(Some(490), None, 500), Known(WHOLE)),
            ("written, not settled", seen(100), need(None, Some(490), 500), Later(Some(at(550)))),
            ("created, not settled", nothing(), need(None, Some(490), 500), Later(Some(at(550)))),
            ("written, asked", seen(495), need(Some(491), Some(490), 500), Known(WHOLE)),
            ("written and begun before, asked", seen(490), need(Some(490), Some(490), 500), Read(Asked)),
            ("written, read since, not settled", seen(495), need(None, Some(490), 500), Known(WHOLE)),
            ("written, settled", seen(100), need(None, Some(490), 550), Read(OwnWrite)),
            ("written, settled, read too early", seen(549), need(None, Some(490), 550), Read(OwnWrite)),
            ("written, settled, asked", seen(549), need(Some(540), Some(490), 550), Read(OwnWrite)),
            ("written, settled, read: once", seen(550), need(None, Some(490), 600), Known(WHOLE)),
        ];
        for (case, details, need, expected) in table {
            assert_eq!(details.answer("u", &ROW, &need), expected, "{case}");
        }
    }

    #[test]
    fn what_moved_is_read_and_once() {
        let rest = need(None, None, 500);
        let other: Observed = ("other", "");
        assert_eq!(seen(100).answer("u", &other, &rest), Answer::Read(Cause::Moved), "its row moved");
        for (cause, mut details) in [(Cause::Audit, seen(100)), (Cause::Moved, Details::default())] {
            details.mark("u", at(200), cause);
            assert_eq!(details.answer("u", &ROW, &rest), Answer::Read(cause));
            details.read("u", &ROW, &WHOLE, at(199));
            assert_eq!(details.answer("u", &ROW, &rest), Answer::Read(cause), "begun before the sign");
            details.read("u", &ROW, &WHOLE, at(200));
            assert_eq!(details.answer("u", &ROW, &rest), Answer::Known(WHOLE));
        }
        let mut details = seen(100);
        details.mark("u", at(495), Cause::Moved);
        let written = need(None, Some(490), 500);
        assert_eq!(details.answer("u", &ROW, &written), Answer::Later(Some(at(550))), "our own write did it");
        let asked = need(Some(90), None, 500);
        assert_eq!(details.answer("u", &ROW, &asked), Answer::Read(Cause::Moved), "fresh, and moved since");
    }

    #[test]
    fn a_read_tells_whether_it_shows_anything_new_and_none_older_takes_its_place() {
        let mut details = Details::default();
        assert!(details.read("u", &ROW, &WHOLE, at(10)), "nothing was known");
        assert!(!details.read("u", &ROW, &WHOLE, at(20)));
        let moved: Observed = ("row", "other");
        assert!(details.read("u", &ROW, &moved, at(30)));
        assert!(!details.read("u", &ROW, &WHOLE, at(29)));
        assert_eq!((details.known("u"), details.begun("u")), (Some(&moved), Some(at(30))));
        details.retain(|id| id != "u");
        assert_eq!(details.known("u"), None, "it left the list");
    }

    fn turns(details: &mut Details<Observed>, held: &[(&str, u32)], now: u64) -> Vec<Turn> {
        details.turns(0, held.iter().map(|(id, calls)| ((*id).to_owned(), *calls)), at(now))
    }

    fn ids(turns: &[Turn]) -> Vec<&str> {
        turns.iter().map(|turn| turn.id.as_str()).collect()
    }

    #[test]
    fn who_was_unseen_for_longest_comes_first_and_what_fails_keeps_nobody_waiting() {
        let mut details = Details::default();
        let held = [("a", 2), ("b", 2), ("c", 2), ("d", 2)];
        details.read("a", &ROW, &WHOLE, at(20));
        details.read("b", &ROW, &WHOLE, at(10));
        assert_eq!(ids(&choose(turns(&mut details, &held, 30), 5)), ["c", "d"], "never seen");
        details.failed("c", at(30));
        details.read("d", &ROW, &WHOLE, at(30));
        let now = turns(&mut details, &held, 40);
        assert_eq!(ids(&choose(now.clone(), 6)), ["b", "a", "c"]);
        let unseen: Vec<Tick> = now.iter().map(|turn| turn.unseen).collect();
        assert_eq!(unseen, [at(20), at(10), at(30), at(30)], "one never seen counts from when it was known");
        assert_eq!(ids(&choose(now, 1)), ["b"], "what takes more than all is read alone");
    }

    #[test]
    fn the_bound_in_resyncs() {
        let turn = |calls| Turn { last: None, kind: 0, id: String::new(), calls, unseen: at(0) };
        let many = |count: usize, calls| vec![turn(calls); count];
        let mixed: Vec<Turn> = many(2, 2).into_iter().chain(many(3, 1)).collect();
        let table = [
            (many(0, 2), 20, 0),
            (many(2_000, 2), 20, 200),
            (many(10, 2), 20, 1),
            (many(11, 2), 20, 2),
            (many(4, 2), 3, 4),
            (many(3, 2), 1, 3),
            (mixed, 3, 4),
        ];
        for (turns, budget, expected) in table {
            assert_eq!(rounds(&turns, budget), expected, "{} with {budget}", turns.len());
        }
    }

    #[test]
    fn what_comes_sooner_has_its_share_only() {
        let resync = Duration::from_mins(5);
        let table = [(0, 0), (30, 2), (150, 10), (269, 17), (270, 20), (300, 20), (3_000, 20)];
        for (seconds, calls) in table {
            assert_eq!(share(20, Duration::from_secs(seconds), resync), calls, "{seconds}");
        }
        assert_eq!(share(20, Duration::MAX, resync), 20);
    }

    proptest! {
        /// Whatever else is read, fails or is looked at meanwhile, in whatever order: every object is
        /// visited within the stated number of resyncs, and no resync takes more calls than it may.
        #[test]
        fn the_sweep_visits_everything_within_the_stated_bound(
            calls in proptest::collection::vec(1..4_u32, 1..40),
            budget in 1..25_u32,
            others in proptest::collection::vec((0..40_usize, 0..12_u64, any::<bool>()), 0..60),
            before in proptest::collection::vec((0..40_usize, 0..100_u64), 0..40),
        ) {
            let held: Vec<(String, u32)> =
                calls.iter().enumerate().map(|(number, calls)| (format!("u{number:02}"), *calls)).collect();
            let mut details = Details::<Observed>::default();
            for (number, begun) in before {
                details.read(&format!("u{number:02}"), &ROW, &WHOLE, at(begun));
            }
            let first = details.turns(0, held.iter().cloned(), at(100));
            let bound = rounds(&first, budget);
            let mut visited = BTreeSet::new();
            for round in 0..bound {
                let now = at(200 + 10 * round);
                for (number, when, fails) in &others {
                    if *when == round % 12 {
                        let id = format!("u{number:02}");
                        if *fails {
                            details.mark(&id, now, Cause::Audit);
                        } else {
                            details.read(&id, &ROW, &WHOLE, now);
                            visited.insert(id);
                        }
                    }
                }
                let chosen = choose(details.turns(0, held.iter().cloned(), now), budget);
                let spent: u32 = chosen.iter().map(|turn| turn.calls).sum();
                prop_assert!(spent <= budget || chosen.len() == 1);
                for turn in chosen {
                    if turn.calls == 3 {
                        details.failed(&turn.id, now);
                    } else {
                        details.read(&turn.id, &ROW, &WHOLE, now);
                    }
                    visited.insert(turn.id);
                }
            }
            for (id, _) in &held {
                prop_assert!(visited.contains(id), "{} not within {} resyncs", id, bound);
            }
        }
    }
}
