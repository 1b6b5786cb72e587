//! What detail reads have shown of one collection, and whose turn it is (rule 6).
//!
//! A list shows a part of an object; the rest costs calls for each object. So it is read when
//! somebody asks, after our own write, when something says that it moved, and in turn: a few calls
//! a resync, for what was unseen for longest. Pure: it is told the time and reads nothing itself.

use crate::engine::seams::Tick;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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
