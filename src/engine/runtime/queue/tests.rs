use super::*;
use crate::api::kind::KindRef;
use proptest::prelude::*;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::VecDeque;
const THING: KindRef = KindRef::bare("example.dev", "Thing");

const S: Duration = Duration::from_secs(1);
const BACKOFF: Backoff = Backoff { first: S, longest: Duration::from_mins(1) };

fn key(name: &str) -> ObjectRef {
    ObjectRef { kind: THING, namespace: "ns".into(), name: name.into() }
}

impl Queue {
    fn take(&mut self, now: Tick) -> Option<Ticket> {
        self.take_of(now, |_| true)
    }
}

/// A queue of which one organization takes so many.
fn queue_of(organization: usize) -> Queue {
    Queue::new(BACKOFF, Shares { organization, vendor: usize::MAX })
}

fn lane(organization: &str, namespace: &str) -> Lane {
    Lane { organization: organization.into(), namespace: namespace.into() }
}

fn names(queue: &mut Queue, now: Tick) -> Vec<String> {
    std::iter::from_fn(|| queue.take(now).map(|ticket| ticket.key.name)).collect()
}

#[test]
fn the_most_urgent_first() {
    let mut queue = queue_of(10);
    let now = Tick::default();
    queue.add(&key("resync"), &lane("o", "n"), Priority::Resync, now);
    queue.add(&key("create"), &lane("o", "n"), Priority::Create, now);
    queue.add(&key("change"), &lane("o", "n"), Priority::Change, now);
    queue.add(&key("resync"), &lane("o", "n"), Priority::Delete, now);
    assert_eq!(names(&mut queue, now), ["change", "resync", "create"]);
}

#[test]
fn a_picture_shows_what_waits_what_runs_and_what_came() {
    let mut queue = queue_of(10);
    let (now, lane) = (Tick::default(), lane("o", "n"));
    queue.add(&key("a"), &lane, Priority::Resync, now);
    queue.add(&key("a"), &lane, Priority::Change, now);
    queue.add(&key("b"), &lane, Priority::Drift, now);
    queue.add_at(&key("later"), &lane, Priority::Resync, now + S, now);
    let picture = queue.picture(now);
    let waiting = [((THING, Priority::Change), 1), ((THING, Priority::Drift), 1)];
    assert_eq!(picture.waiting, BTreeMap::from(waiting), "what has a time does not wait yet");
    assert_eq!(picture.added, BTreeMap::from([(THING, 2)]), "who only moves up is no other");
    queue.take(now);
    let picture = queue.picture(now + 3 * S);
    assert_eq!(picture.running, BTreeMap::from([(THING, vec![3 * S])]));
    assert_eq!(picture.waiting, BTreeMap::from([((THING, Priority::Drift), 1)]));
}

#[test]
fn lanes_take_turns_so_that_one_team_does_not_hold_up_another() {
    let mut queue = queue_of(10);
    let now = Tick::default();
    for index in 0..3 {
        queue.add(&key(&format!("big{index}")), &lane("o", "big"), Priority::Create, now);
    }
    queue.add(&key("small"), &lane("o", "small"), Priority::Create, now);
    assert_eq!(names(&mut queue, now), ["big0", "small", "big1", "big2"]);
}

#[test]
fn one_organization_cannot_take_every_slot() {
    let mut queue = queue_of(2);
    let now = Tick::default();
    for index in 0..4 {
        queue.add(&key(&format!("slow{index}")), &lane("slow", "n"), Priority::Change, now);
    }
    queue.add(&key("other"), &lane("other", "n"), Priority::Resync, now);
    assert_eq!(names(&mut queue, now), ["slow0", "slow1", "other"]);
    queue.done(&key("slow0"), now);
    assert_eq!(names(&mut queue, now), ["slow2"]);
}

#[test]
fn a_key_never_runs_twice_at_once_and_comes_back_once() {
    let mut queue = queue_of(10);
    let now = Tick::default();
    let one = lane("o", "n");
    queue.add(&key("a"), &one, Priority::Create, now);
    assert_eq!(names(&mut queue, now), ["a"]);
    queue.add(&key("a"), &one, Priority::Resync, now);
    queue.add(&key("a"), &one, Priority::Change, now);
    assert_eq!(queue.take(now), None, "it runs");
    queue.done(&key("a"), now);
    let again = queue.take(now).map(|ticket| ticket.priority);
    assert_eq!(again, Some(Priority::Change));
    queue.done(&key("a"), now);
    assert_eq!(queue.take(now), None);
}

#[test]
fn timers_ring_once_and_the_earlier_counts() {
    let mut queue = queue_of(10);
    let now = Tick::default();
    let one = lane("o", "n");
    queue.add_at(&key("a"), &one, Priority::Resync, now + 10 * S, now);
    queue.add_at(&key("a"), &one, Priority::Resync, now + 20 * S, now);
    assert_eq!(queue.next_due(), Some(now + 10 * S));
    queue.add_at(&key("a"), &one, Priority::Resync, now + 5 * S, now);
    assert_eq!(queue.next_due(), Some(now + 5 * S));
    assert_eq!(queue.take(now + 4 * S), None);
    assert_eq!(names(&mut queue, now + 5 * S), ["a"]);
    assert_eq!(queue.next_due(), None);
    queue.done(&key("a"), now + 5 * S);
    queue.add_at(&key("a"), &one, Priority::Resync, now + 50 * S, now + 5 * S);
    queue.add(&key("a"), &one, Priority::Change, now + 6 * S);
    assert_eq!(names(&mut queue, now + 6 * S), ["a"], "a change does not wait for the timer");
    assert_eq!(queue.next_due(), None);
}

#[test]
fn failures_wait_longer_each_time_up_to_a_limit() {
    let mut queue = queue_of(10);
    let now = Tick::default() + 100 * S;
    let waits: Vec<u64> = (0..9).map(|_| queue.failed(&key("a"), 0, now).since(now).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert!(BACKOFF.delay(7, 999) >= 30 * S, "jitter takes off half at most");
    queue.succeeded(&key("a"));
    assert_eq!(queue.failed(&key("a"), 0, now), now + S);
}

proptest! {
    #[test]
    fn every_key_that_was_added_runs_and_none_runs_twice_at_once(
        steps in proptest::collection::vec((0_u8..4, 0_u8..6, 0_u8..5, 0_u32..20), 1..200)
    ) {
        let mut queue = queue_of(2);
        let mut running: Vec<ObjectRef> = Vec::new();
        let mut owed = BTreeSet::new();
        let mut now = Tick::default();
        let mut taken = 0;
        for (step, name, priority, seconds) in steps {
            let (key, priority) = (key(&name.to_string()), Priority::ALL[priority as usize]);
            let lane = lane(&(name % 2).to_string(), &(name % 3).to_string());
            match step {
                0 => { queue.add(&key, &lane, priority, now); owed.insert(key); }
                1 => {
                    queue.add_at(&key, &lane, priority, now + seconds * S, now);
                    owed.insert(key);
                }
                2 => if let Some(ticket) = queue.take(now) {
                    prop_assert!(!running.contains(&ticket.key));
                    owed.remove(&ticket.key);
                    running.push(ticket.key);
                    taken += 1;
                },
                _ => {
                    if let Some(key) = running.pop() { queue.done(&key, now); }
                    now = now + seconds * S;
                }
            }
        }
        now = now + 100 * S;
        loop {
            while let Some(ticket) = queue.take(now) {
                prop_assert!(!running.contains(&ticket.key));
                owed.remove(&ticket.key);
                running.push(ticket.key);
                taken += 1;
            }
            match running.pop() { Some(key) => queue.done(&key, now), None => break }
        }
        prop_assert!(owed.is_empty(), "never ran: {owed:?}");
        let picture = queue.picture(now);
        prop_assert!(picture.waiting.is_empty() && picture.running.is_empty());
        prop_assert_eq!(picture.added.values().sum::<u64>(), taken, "who is put in line comes out once");
    }
}

/// The same order kept in the simplest way: it goes through everything each time.
struct Naive<O, L, K> {
    lanes: VecDeque<(O, L, VecDeque<K>)>,
    full: Vec<O>,
}

impl<O: Eq + Clone, L: Eq + Clone, K: Eq + Clone> Naive<O, L, K> {
    const fn new() -> Self {
        Self { lanes: VecDeque::new(), full: Vec::new() }
    }

    fn add(&mut self, owner: &O, lane: &L, key: K) {
        match self.lanes.iter_mut().find(|(one, other, _)| one == owner && other == lane) {
            Some((_, _, keys)) => keys.push_back(key),
            None => self.lanes.push_back((owner.clone(), lane.clone(), VecDeque::from([key]))),
        }
    }

    fn remove(&mut self, key: &K) {
        for (_, _, keys) in &mut self.lanes {
            keys.retain(|other| other != key);
        }
        self.lanes.retain(|(_, _, keys)| !keys.is_empty());
    }

    fn take(&mut self) -> Option<(O, K)> {
        let full = &self.full;
        let index = self.lanes.iter().position(|(owner, _, _)| !full.contains(owner))?;
        let (owner, lane, mut keys) = self.lanes.remove(index)?;
        let key = keys.pop_front()?;
        if !keys.is_empty() {
            self.lanes.push_back((owner.clone(), lane, keys));
        }
        Some((owner, key))
    }

    fn admit(&mut self, owner: &O, room: bool) {
        self.full.retain(|other| other != owner);
        if !room {
            self.full.push(owner.clone());
        }
    }
}

proptest! {
    #[test]
    fn lanes_are_gone_through_as_the_simplest_way_would(
        steps in proptest::collection::vec((0_u8..6, 0_u8..3, 0_u8..4, 0_usize..30), 1..300)
    ) {
        let (mut round, mut naive) = (Round::<_, _, _>::default(), Naive::new());
        let mut full = BTreeSet::new();
        let mut here: Vec<(u8, u8, usize, u64)> = Vec::new();
        for (key, (step, owner, lane, at)) in steps.into_iter().enumerate() {
            match step {
                0..=2 => {
                    let place = round.add(&owner, &lane, key, !full.contains(&owner));
                    naive.add(&owner, &lane, key);
                    here.push((owner, lane, key, place));
                }
                3 if !here.is_empty() => {
                    let (owner, lane, key, place) = here.remove(at % here.len());
                    round.remove(&owner, &lane, &place);
                    naive.remove(&key);
                }
                4 => {
                    let room = at % 2 == 0;
                    if room { full.remove(&owner); } else { full.insert(owner); }
                    round.admit(&owner, room);
                    naive.admit(&owner, room);
                }
                _ => {
                    let taken = round.take();
                    prop_assert_eq!(taken, naive.take());
                    here.retain(|(_, _, key, _)| Some(*key) != taken.map(|(_, key)| key));
                }
            }
        }
        for owner in 0..3 {
            round.admit(&owner, true);
            naive.admit(&owner, true);
        }
        while let Some(taken) = naive.take() {
            prop_assert_eq!(round.take(), Some(taken));
        }
        prop_assert_eq!(round.take(), None);
    }
}

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

fn step() {
    STEPS.with(|steps| steps.set(steps.get() + 1));
}

/// A number that counts how often it is looked at.
#[derive(Debug)]
struct Counted(usize);

impl Clone for Counted {
    fn clone(&self) -> Self {
        step();
        Self(self.0)
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        step();
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl From<u64> for Counted {
    fn from(number: u64) -> Self {
        Self(usize::try_from(number).expect("few"))
    }
}

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        step();
        self.0.cmp(&other.0)
    }
}

/// The owner and the lane of a key.
type Shape = fn(usize) -> (usize, usize);

/// How many steps it takes to put `count` keys in line, by these owners and lanes, to move each to another line, and
/// to take all of them out, where every second owner has no room until the end.
fn steps_of(count: usize, place: Shape, run: fn(&[(Counted, Counted, Counted)])) -> u64 {
    let keys: Vec<_> = (0..count)
        .map(|key| {
            let (owner, lane) = place(key);
            (Counted(owner), Counted(lane), Counted(key))
        })
        .collect();
    STEPS.with(|steps| steps.set(0));
    run(&keys);
    STEPS.with(Cell::get)
}

fn moved_up(keys: &[(Counted, Counted, Counted)]) {
    // The places are counted too: whoever goes through those of a lane looks at each.
    let (mut former, mut line) = (Round::default(), Round::<_, _, _, Counted>::default());
    let places: Vec<Counted> =
        keys.iter().map(|(owner, lane, key)| former.add(owner, lane, key.clone(), true)).collect();
    for (at, ((owner, lane, key), place)) in keys.iter().zip(places).enumerate() {
        former.remove(owner, lane, &place);
        line.add(owner, lane, key.clone(), true);
        line.admit(owner, at % 2 == 0);
    }
    let mut taken = std::iter::from_fn(|| line.take()).count();
    for (owner, _, _) in keys {
        line.admit(owner, true);
        taken += usize::from(line.take().is_some());
    }
    taken += std::iter::from_fn(|| line.take()).count();
    assert_eq!(taken, keys.len());
    assert!(former.take().is_none());
}

fn moved_up_naively(keys: &[(Counted, Counted, Counted)]) {
    let (mut former, mut line) = (Naive::new(), Naive::new());
    for (owner, lane, key) in keys {
        former.add(owner, lane, key.clone());
    }
    for (owner, lane, key) in keys {
        former.remove(key);
        line.add(owner, lane, key.clone());
    }
    assert_eq!(std::iter::from_fn(|| line.take()).count(), keys.len());
}

#[test]
fn what_waits_makes_no_operation_slower_than_by_its_logarithm() {
    let shapes: [(&str, Shape); 3] = [
        ("one lane", |_| (0, 0)),
        ("a lane for each, of one organization", |key| (0, key)),
        ("an organization for each", |key| (key, 0)),
    ];
    for (shape, place) in shapes {
        let (one, two) = (steps_of(4_000, place, moved_up), steps_of(8_000, place, moved_up));
        assert!(two < one * 5 / 2, "{shape}: {one} steps for 4,000 keys, {two} for twice as many");
    }
    // The simplest way is what this would notice.
    let one = steps_of(500, |_| (0, 0), moved_up_naively);
    let two = steps_of(1_000, |_| (0, 0), moved_up_naively);
    assert!(two > one * 7 / 2, "{one} {two}");
}

#[test]
fn sixteen_thousand_of_one_lane_move_up_a_priority() {
    let mut queue = queue_of(20_000);
    let (now, lane) = (Tick::default(), lane("o", "n"));
    let key = |number: usize| key(&format!("{number:05}"));
    for number in 0..16_000 {
        queue.add(&key(number), &lane, Priority::Resync, now);
    }
    for number in (0..16_000).rev() {
        queue.add(&key(number), &lane, Priority::Change, now);
    }
    assert_eq!(queue.picture(now).added, BTreeMap::from([(THING, 16_000)]));
    let taken: Vec<ObjectRef> = std::iter::from_fn(|| queue.take(now)).map(|ticket| ticket.key).collect();
    assert_eq!(taken, (0..16_000).rev().map(key).collect::<Vec<_>>());
}

/// A thing of the other vendor.
fn of_other(name: &str) -> ObjectRef {
    ObjectRef { kind: KindRef::new("other.dev", "Thing"), ..key(name) }
}

#[test]
fn a_vendor_takes_no_more_than_its_share_and_vendors_take_turns() {
    let mut queue = Queue::new(BACKOFF, Shares { organization: 10, vendor: 3 });
    let now = Tick::default();
    for number in 0..5 {
        queue.add(&key(&number.to_string()), &lane("o", "n"), Priority::Change, now);
        queue.add(&of_other(&number.to_string()), &lane("p", "n"), Priority::Change, now);
    }
    let first: Vec<ObjectRef> = std::iter::from_fn(|| queue.take(now)).map(|ticket| ticket.key).collect();
    let groups: Vec<&str> = first.iter().map(|key| key.kind.group()).collect();
    assert_eq!(groups, ["example.dev", "other.dev"].repeat(3));
    queue.done(&first[1], now);
    assert_eq!(queue.take(now).map(|ticket| ticket.key), Some(of_other("3")), "its own share is free");
    assert_eq!(queue.take(now), None);
}

#[test]
fn what_is_urgent_comes_first_whosever_turn_it_is_and_a_closed_vendor_waits() {
    let mut queue = queue_of(10);
    let now = Tick::default();
    queue.add(&key("slow"), &lane("o", "n"), Priority::Resync, now);
    queue.add(&of_other("a"), &lane("o", "n"), Priority::Change, now);
    queue.add(&of_other("b"), &lane("o", "n"), Priority::Change, now);
    assert_eq!(
        queue.take_of(now, |group| group == "example.dev").map(|ticket| ticket.key),
        Some(key("slow"))
    );
    assert_eq!(queue.take_of(now, |group| group == "example.dev"), None);
    assert_eq!(names(&mut queue, now), ["a", "b"], "nothing of it is lost");
}
