//! A line of keys in lanes, which take turns. No operation goes through the keys or the lanes.

use std::collections::BTreeMap;

/// Keys in lanes. The lanes of owners without room are passed over. Turns and places are numbers of type `P`.
#[derive(Debug)]
pub(super) struct Round<O, L, K, P = u64> {
    owners: BTreeMap<O, Lanes<L, K, P>>,
    /// The first turn of each owner that has room.
    next: BTreeMap<P, O>,
    /// Turns and places so far: the later, the larger.
    count: u64,
}

/// The lanes of one owner.
#[derive(Debug)]
struct Lanes<L, K, P> {
    lanes: BTreeMap<L, Keys<K, P>>,
    turns: BTreeMap<P, L>,
    room: bool,
}

/// The keys of one lane, by their places, and its turn.
#[derive(Debug)]
struct Keys<K, P> {
    turn: P,
    keys: BTreeMap<P, K>,
}

impl<O, L, K, P> Default for Round<O, L, K, P> {
    fn default() -> Self {
        Self { owners: BTreeMap::new(), next: BTreeMap::new(), count: 0 }
    }
}

impl<L, K, P: Ord + Clone> Lanes<L, K, P> {
    fn first(&self) -> Option<P> {
        self.turns.first_key_value().map(|(turn, _)| turn.clone())
    }
}

impl<O: Ord + Clone, L: Ord + Clone, K, P: Ord + Clone + From<u64>> Round<O, L, K, P> {
    /// Puts `key` at the end of the lane; its place there. `room` is whether the owner has room.
    pub(super) fn add(&mut self, owner: &O, lane: &L, key: K, room: bool) -> P {
        self.count += 1;
        let place = P::from(self.count);
        self.change(owner, |lanes| {
            lanes.room = room;
            let keys = lanes.lanes.entry(lane.clone()).or_insert_with(|| {
                // A lane that comes has its turn after all others.
                lanes.turns.insert(place.clone(), lane.clone());
                Keys { turn: place.clone(), keys: BTreeMap::new() }
            });
            keys.keys.insert(place.clone(), key);
        });
        place
    }

    /// Takes out the key at this place.
    pub(super) fn remove(&mut self, owner: &O, lane: &L, place: &P) {
        self.change(owner, |lanes| {
            let Some(keys) = lanes.lanes.get_mut(lane) else { return };
            keys.keys.remove(place);
            if keys.keys.is_empty() {
                lanes.turns.remove(&keys.turn);
                lanes.lanes.remove(lane);
            }
        });
    }

    /// Takes out the first key of the lane whose turn it is, which goes to the end of the round.
    pub(super) fn take(&mut self) -> Option<(O, K)> {
        let owner = self.next.first_key_value()?.1.clone();
        self.count += 1;
        let turn = P::from(self.count);
        let key = self.change(&owner, |lanes| {
            let (_, lane) = lanes.turns.pop_first()?;
            let keys = lanes.lanes.get_mut(&lane)?;
            let (_, key) = keys.keys.pop_first()?;
            if keys.keys.is_empty() {
                lanes.lanes.remove(&lane);
            } else {
                keys.turn = turn.clone();
                lanes.turns.insert(turn, lane);
            }
            Some(key)
        })?;
        Some((owner, key))
    }

    /// Says whether the owner has room.
    pub(super) fn admit(&mut self, owner: &O, room: bool) {
        if self.owners.get(owner).is_some_and(|lanes| lanes.room != room) {
            self.change(owner, |lanes| lanes.room = room);
        }
    }

    /// Changes the lanes of an owner, and keeps its first turn where it is looked up.
    fn change<T>(&mut self, owner: &O, change: impl FnOnce(&mut Lanes<L, K, P>) -> T) -> T {
        let fresh = || Lanes { lanes: BTreeMap::new(), turns: BTreeMap::new(), room: true };
        let lanes = self.owners.entry(owner.clone()).or_insert_with(fresh);
        let before = lanes.first().filter(|_| lanes.room);
        let changed = change(lanes);
        let after = lanes.first().filter(|_| lanes.room);
        if lanes.lanes.is_empty() {
            self.owners.remove(owner);
        }
        if before != after {
            if let Some(turn) = before {
                self.next.remove(&turn);
            }
            if let Some(turn) = after {
                self.next.insert(turn, owner.clone());
            }
        }
        changed
    }
}
