//! The window, the digests, and what waits.

use super::*;
use crate::api::kind::KindRef;
use crate::engine::base::simulation::SimClock;
use crate::engine::decide::plan::Cause;
use futures::FutureExt;
use proptest::prelude::*;
const THING: KindRef = KindRef::bare("example.dev", "Thing");

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn object(name: &str) -> ObjectRef {
    ObjectRef { kind: THING, namespace: "n".into(), name: name.into() }
}

fn item(digest: &str) -> Item {
    Item { digest: digest.into(), text: format!("delete {digest}") }
}

fn guard(limit: usize) -> Guard {
    let guard = Guard::new(SimClock::new().as_ref());
    guard.allow(limit);
    guard
}

fn released(digests: &[&str]) -> GuardStatus {
    GuardStatus { recent: vec![Time(at(0))], released: digests.iter().map(ToString::to_string).collect() }
}

fn change(path: &str, desired: Option<&str>, actual: Option<&str>) -> Change {
    Change {
        path: path.into(),
        cause: Cause::Drift,
        desired: desired.map(str::to_owned),
        actual: actual.map(str::to_owned),
        sensitive: desired.is_none(),
        replaces: true,
        repeated: false,
        moved: false,
    }
}

#[test]
fn there_is_room_until_the_number_is_made_and_again_when_the_oldest_is_an_hour_old() {
    let recent: Vec<Time> = [0, 10, 20].map(|second| Time(at(second))).into();
    assert_eq!(room(&recent, 4, at(30)), Room::Now);
    assert_eq!(room(&recent, 3, at(30)), Room::From(at(3601)));
    assert_eq!(room(&recent, 1, at(30)), Room::From(at(3621)), "a number that was lowered");
    assert_eq!(room(&recent, 3, at(3600)), Room::From(at(3601)), "whole seconds may hide one");
    assert_eq!(room(&recent, 3, at(3601)), Room::Now);
    assert_eq!(room(&[], 0, at(0)), Room::Never);
}

#[test]
fn a_clock_that_was_wrong_stops_nothing_for_long() {
    let soon = [Time(at(100))];
    assert_eq!(room(&soon, 1, at(0)), Room::From(at(3701)), "a clock that was set back a little");
    let never = [Time(at(1_000_000))];
    assert_eq!(room(&never, 1, at(0)), Room::Now);
}

#[test]
fn another_plan_has_another_digest() {
    let update = [change("a", Some("x"), Some("y"))];
    let plan = |changes: &[Change]| plan_digest("o", "uid", "id", Planned::Update(changes));
    let mut digests = BTreeSet::from([
        plan(&update),
        plan(&[change("b", Some("x"), Some("y"))]),
        plan(&[change("a", Some("z"), Some("y"))]),
        plan(&[change("a", Some("x"), Some("z"))]),
        plan(&[change("a", None, Some("y"))]),
        plan(&[change("a", Some("x"), None)]),
        plan(&[change("a", Some("x"), Some(""))]),
        plan(&[update[0].clone(), change("b", Some("x"), Some("y"))]),
        plan_digest("o", "uid", "id", Planned::Deletion),
        plan_digest("p", "uid", "id", Planned::Deletion),
        plan_digest("o", "uid2", "id", Planned::Deletion),
        plan_digest("o", "uid", "id2", Planned::Deletion),
    ]);
    assert_eq!(digests.len(), 12);
    digests.insert(plan(&[change("a", Some("x"), Some("y"))]));
    assert_eq!(digests.len(), 12, "the same plan has the same");
}

#[test]
fn what_is_released_passes_once_and_is_counted_all_the_same() {
    let guard = guard(1);
    let status = released(&["d"]);
    assert_eq!(guard.admit(&status, "other", at(1)), Admission::Full(Room::From(at(3601))));
    assert_eq!(guard.admit(&status, "d", at(1)), Admission::Released);
    let counting = guard.counting(&status, at(1));
    assert_eq!((counting.recent.len(), counting.released.len()), (2, 1), "a crash keeps it released");
    guard.stored(&counting);
    guard.begin("d", at(1));
    assert_eq!(guard.admit(&counting, "d", at(2)), Admission::Repeated);
    guard.done("d", true);
    assert!(matches!(guard.admit(&counting, "d", at(3)), Admission::Full(_)), "it is done");
    let tidied = guard.tidied(&counting, Tick::default());
    assert_eq!(tidied.released, [""; 0]);
    guard.stored(&tidied);
    assert_eq!(guard.admit(&released(&["d"]), "d", at(4)), Admission::Released, "confirmed anew");
}

#[test]
fn a_write_that_failed_is_repeated_without_being_counted_again_for_an_hour() {
    let guard = guard(1);
    guard.begin("d", at(0));
    let full = GuardStatus { recent: vec![Time(at(0))], released: Vec::new() };
    assert_eq!(guard.admit(&full, "d", at(3599)), Admission::Repeated);
    guard.done("d", false);
    assert!(matches!(guard.admit(&full, "d", at(3599)), Admission::Full(_)), "to do it again is another");
    guard.begin("e", at(0));
    assert_eq!(guard.admit(&full, "e", at(3601)), Admission::Room);
}

#[test]
fn what_nobody_asks_for_is_forgotten_after_an_hour_in_which_it_could_be_asked_for() {
    let guard = guard(1);
    let status = released(&["d", "e"]);
    let minute = |minutes: u32| Tick::default() + minutes * Duration::from_mins(1);
    assert_eq!(guard.tidied(&status, minute(1)), status);
    guard.admit(&status, "e", at(0));
    assert_eq!(guard.tidied(&status, minute(59)), status);
    assert_eq!(guard.tidied(&status, minute(62)).released, ["e"]);
    guard.nobody_can_ask();
    assert_eq!(guard.tidied(&released(&["e"]), minute(120)).released, ["e"]);
    assert_eq!(guard.tidied(&released(&["e"]), minute(180)).released, [""; 0]);
}

#[test]
fn one_confirmation_is_of_what_was_asked() {
    let guard = guard(1);
    assert_eq!(guard.question(), None);
    for name in ["a", "b"] {
        assert!(guard.wait(&object(name), item(name)));
        assert!(!guard.wait(&object(name), item(name)), "no news");
    }
    let asked = guard.question().unwrap();
    guard.wait(&object("c"), item("c"));
    assert_ne!(guard.question().unwrap().digest, asked.digest);
    assert!(guard.leave(&object("c")) && !guard.leave(&object("c")));
    assert_eq!(guard.question().unwrap(), asked);
    let stored = guard.releasing(&GuardStatus::default());
    assert_eq!(stored.released, ["a", "b"]);
    guard.wait(&object("b"), item("another plan"));
    assert_eq!(guard.release(&stored), [object("a")]);
    assert_eq!(guard.who_waits(), [object("b")]);
}

#[test]
fn no_more_is_asked_at_once_than_can_be_remembered() {
    let guard = guard(1);
    for number in 0..MAX_RELEASED + 10 {
        guard.wait(&object(&format!("{number:05}")), item(&number.to_string()));
    }
    let question = guard.question().unwrap();
    assert_eq!((question.asked, question.waiting), (MAX_CONFIRMED, MAX_RELEASED + 10));
    guard.wait(&object("99999"), item("one more"));
    assert_eq!(guard.question().unwrap().digest, question.digest, "what is asked for first stands still");
    let mut stored = guard.releasing(&GuardStatus::default());
    assert_eq!(stored.released.len(), MAX_CONFIRMED);
    for _ in 0..3 {
        guard.release(&stored);
        stored = guard.releasing(&stored);
    }
    assert!(stored.released.len() <= MAX_RELEASED);
    assert_eq!(guard.waiting(), 0);
}

#[test]
fn one_at_a_time() {
    let guard = guard(1);
    let first = guard.turn().now_or_never().expect("nobody is there");
    assert!(guard.turn().now_or_never().is_none(), "the first is under way");
    drop(first);
    assert!(guard.turn().now_or_never().is_some());
}

#[test]
fn what_another_process_took_away_a_moment_ago_is_waited_for() {
    let clock = SimClock::new();
    let began = whole_seconds(clock.wall());
    let guard = Guard::new(clock.as_ref());
    let of = |seconds: i64| GuardStatus {
        recent: vec![
            Time(began - SignedDuration::from_hours(1)),
            Time(began + SignedDuration::from_secs(seconds)),
        ],
        released: Vec::new(),
    };
    let second = |seconds: i64| began + SignedDuration::from_secs(seconds);
    let settle = Duration::from_mins(1);
    assert_eq!(guard.unsettled(&of(-10), second(0), settle), Some(second(51)));
    assert_eq!(guard.unsettled(&of(-10), second(51), settle), None);
    assert_eq!(guard.unsettled(&of(5), second(6), settle), None, "its own is known");
    assert_eq!(guard.unsettled(&GuardStatus::default(), second(0), settle), None);
}

#[test]
fn what_was_taken_away_a_moment_ago_is_known() {
    let guard = guard(1);
    let second = |seconds: u32| Tick::default() + seconds * Duration::from_secs(1);
    guard.spend("u-1", second(10), true);
    guard.spend("u-2", second(10), true);
    guard.spend("u-2", second(11), false);
    let settle = Duration::from_mins(1);
    assert_eq!(guard.spent(second(69), settle), BTreeSet::from(["u-1".to_owned()]));
    assert_eq!(guard.spent(second(70), settle), BTreeSet::new());
}

proptest! {
    /// Whoever writes whenever there is room never makes more within any hour, and is told when to come
    /// back.
    #[test]
    fn never_more_within_any_hour(
        limit in 1_usize..6,
        waits in proptest::collection::vec(0_i64..2_400_000, 1..80),
    ) {
        let (mut now, mut recent, mut made) = (at(0), Vec::new(), Vec::<Timestamp>::new());
        for wait in waits {
            now += SignedDuration::from_millis(wait);
            match room(&recent, limit, now) {
                Room::Now => {
                    recent = with_one_more(&recent, now);
                    made.push(now);
                }
                Room::From(then) => {
                    prop_assert!(then > now);
                    prop_assert_eq!(room(&recent, limit, then), Room::Now);
                    prop_assert!(room(&recent, limit, then - SignedDuration::from_millis(1)) != Room::Now);
                }
                Room::Never => prop_assert!(false),
            }
        }
        for hour in made.windows(limit + 1) {
            prop_assert!(hour[limit].duration_since(hour[0]) > SignedDuration::from_hours(1));
        }
        prop_assert!(recent.len() <= limit);
    }

    /// What is asked depends on what waits alone, not on the order in which it came.
    #[test]
    fn what_is_asked_depends_on_what_waits_alone(
        (names, shuffled) in proptest::collection::btree_set("[a-e]{1,3}", 1..12).prop_flat_map(|names| {
            let names: Vec<String> = names.into_iter().collect();
            (Just(names.clone()), Just(names).prop_shuffle())
        }),
        extra in "[x-z]{1,2}",
    ) {
        let (one, other) = (guard(1), guard(7));
        for name in &names {
            one.wait(&object(name), item(name));
        }
        other.wait(&object(&extra), item(&extra));
        for name in &shuffled {
            other.wait(&object(name), item(name));
        }
        prop_assert_ne!(one.question().map(|asked| asked.digest), other.question().map(|asked| asked.digest));
        other.leave(&object(&extra));
        prop_assert_eq!(one.question(), other.question());
    }
}

#[test]
fn two_memories_of_one_hour_are_one() {
    let guard = guard(5);
    let times = |seconds: &[i64]| -> Vec<Time> { seconds.iter().map(|second| Time(at(*second))).collect() };
    guard.remember(&times(&[0, 10, 10]), at(20));
    // Who took over went on from what the former had stored.
    guard.remember(&times(&[0, 10, 10, 15]), at(20));
    assert_eq!(guard.recent(at(20)), times(&[0, 10, 10, 15]));
    guard.end();
    assert_eq!((guard.recent(at(3605)).len(), guard.limit()), (3, 0), "an hour later, only what is younger");
}
