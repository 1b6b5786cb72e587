//! Who holds the Lease, and that no two may write.

use super::*;
use crate::engine::base::ports::{Event, ObjectRef, Part, SecretData, SecretWrite};
use crate::engine::base::simulation::{SimClock, SimCluster};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::VecDeque;
use std::task::Poll;

const S: Duration = Duration::from_secs(1);

struct Process {
    keeper: Keeper,
    fence: Fence,
}

fn process(name: &str, clock: &Rc<SimClock>, cluster: &Rc<SimCluster>) -> Process {
    process_of(name, clock, Rc::clone(cluster) as _)
}

fn process_of(name: &str, clock: &Rc<SimClock>, cluster: Rc<dyn Cluster>) -> Process {
    let fence = Fence::new(2 * S);
    let mark = ("orgkeeper-system".into(), "mark".into());
    let terms = Terms { identity: name.into(), duration: 15 * S, renew: 5 * S, settle: 3 * S, mark };
    let keeper = Keeper::new(terms, Rc::clone(clock) as _, cluster, fence.clone());
    Process { keeper, fence }
}

fn round(process: &Process) -> Round {
    futures::executor::block_on(process.keeper.round())
}

#[test]
fn one_holds_it_until_it_stops_renewing() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    assert_eq!(round(&one), Round::Held { acquired: true });
    for _ in 0..6 {
        assert_eq!(round(&two), Round::NotHeld);
        clock.advance(5 * S);
        assert_eq!(round(&one), Round::Held { acquired: false });
    }
    assert_eq!(round(&two), Round::NotHeld);
    clock.advance(14 * S);
    assert_eq!(round(&two), Round::NotHeld, "the term is not over");
    assert!(!one.fence.may_send(clock.tick(), Duration::ZERO), "the fence closes before");
    clock.advance(S);
    assert_eq!(round(&two), Round::Held { acquired: true });
    assert_eq!(round(&one), Round::Lost);
    assert!(!one.fence.may_send(clock.tick(), Duration::ZERO));
    assert!(!two.fence.may_send(clock.tick(), S), "a call of the predecessor may be under way");
    clock.advance(3 * S);
    assert!(two.fence.may_send(clock.tick(), S));
}

#[test]
fn an_api_server_that_does_not_answer_ends_the_term_and_not_before() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    assert_eq!(round(&one), Round::Held { acquired: true });
    cluster.break_down(true);
    clock.advance(10 * S);
    assert_eq!(round(&one), Round::Held { acquired: false });
    assert!(one.fence.may_send(clock.tick(), S));
    assert!(!one.fence.may_send(clock.tick(), 4 * S), "a call that could outlive the term");
    clock.advance(5 * S);
    assert_eq!(round(&one), Round::Lost);
}

#[test]
fn a_lease_that_is_given_back_is_free_at_once() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    round(&one);
    futures::executor::block_on(one.keeper.release());
    assert!(!one.fence.may_send(clock.tick(), Duration::ZERO));
    assert_eq!(round(&two), Round::Held { acquired: true });
    assert!(two.fence.may_send(clock.tick(), S), "and nothing of the predecessor is under way");
}

#[test]
fn who_still_waits_for_a_predecessor_gives_nothing_back() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let [one, two, three] = ["one", "two", "three"].map(|name| process(name, &clock, &cluster));
    round(&one);
    assert_eq!(round(&two), Round::NotHeld);
    clock.advance(15 * S);
    assert_eq!(round(&two), Round::Held { acquired: true });
    futures::executor::block_on(two.keeper.release());
    assert_eq!(round(&three), Round::NotHeld, "calls of the first may be under way");
    clock.advance(15 * S);
    assert_eq!(round(&three), Round::Held { acquired: true });
    assert!(!three.fence.may_send(clock.tick(), S));
}

#[test]
fn one_that_is_taken_for_good_stays_so_until_somebody_deletes_it() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    let take = || futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S)).unwrap();
    assert_eq!(round(&one), Round::Held { acquired: true });
    assert_eq!(take(), Taken { from: "one".into(), wait: 15 * S });
    clock.advance(5 * S);
    assert_eq!(take(), Taken { from: String::new(), wait: 15 * S }, "nobody knows whose it was");
    assert_eq!(round(&one), Round::Lost);
    assert!(!one.fence.may_send(clock.tick(), Duration::ZERO));
    for _ in 0..10 {
        assert_eq!(round(&two), Round::NotHeld);
        clock.advance(24 * 60 * 60 * S);
    }
    assert!(two.keeper.is_released());
    // One that knows nothing of it sees a term of years.
    let record = futures::executor::block_on(cluster.lease()).unwrap().unwrap();
    assert!(record.duration > 365 * 24 * 60 * 60 * S);
    assert!(record.duration.as_secs() < i32::MAX as u64, "it fits into a Lease");
}

#[test]
fn one_that_nobody_has_is_taken_at_once() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    let take = || futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S)).unwrap();
    let missing = futures::executor::block_on(take_for_good(&*cluster, clock.wall(), 15 * S));
    assert_eq!(missing, Err(ClusterError::NotFound), "no installation has that name");
    round(&one);
    futures::executor::block_on(one.keeper.release());
    assert_eq!(take(), Taken { from: String::new(), wait: Duration::ZERO });
    assert_eq!(round(&one), Round::NotHeld);
}

#[test]
fn two_that_race_for_it_do_not_both_get_it() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    // Both have read that it is free; the resourceVersion lets one write through.
    let stale = futures::executor::block_on(cluster.lease()).unwrap().unwrap_or_default();
    assert_eq!(round(&one), Round::Held { acquired: true });
    let forced = LeaseRecord { holder: "two".into(), ..stale };
    assert!(futures::executor::block_on(cluster.put_lease(forced)).is_err());
    assert_eq!(round(&two), Round::NotHeld);
}

/// As an installation has it from its first start on.
fn install(cluster: &SimCluster) {
    cluster.put_secret("orgkeeper-system", "mark", "key", "k");
}

fn may_write(process: &Process, clock: &SimClock) -> bool {
    process.fence.may_send(clock.tick(), Duration::ZERO)
}

#[test]
fn one_that_somebody_deletes_is_made_anew_by_its_holder_and_is_free_to_nobody_else() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    round(&one);
    install(&cluster);
    clock.advance(4 * S);
    cluster.delete_lease();
    assert_eq!(round(&two), Round::NotHeld, "whoever had it may still write");
    clock.advance(S);
    assert_eq!(round(&one), Round::Held { acquired: false });
    for _ in 0..3 {
        assert!(!may_write(&one, &clock), "another may have had it since");
        clock.advance(5 * S);
        assert_eq!(round(&two), Round::NotHeld, "the term runs from when it was made anew");
        assert_eq!(round(&one), Round::Held { acquired: false });
    }
    assert!(may_write(&one, &clock) && !may_write(&two, &clock));
}

#[test]
fn one_that_is_deleted_again_before_another_saw_it_made_anew_lets_no_two_store() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    let stores = |process: &Process| process.fence.may_store(clock.tick());
    round(&one);
    install(&cluster);
    assert!(stores(&one));
    for _ in 0..3 {
        cluster.delete_lease();
        assert_eq!(round(&two), Round::NotHeld);
        clock.advance(5 * S);
        assert_eq!(round(&one), Round::Held { acquired: false });
        assert!(!stores(&one), "another may believe that nobody has it");
    }
    cluster.delete_lease();
    assert_eq!(round(&two), Round::Held { acquired: true }, "it saw none for a term");
    assert!(!stores(&one) && !stores(&two), "the other's term still runs");
    assert_eq!(round(&one), Round::Lost);
    for _ in 0..3 {
        assert!(!stores(&two));
        clock.advance(5 * S);
        assert_eq!(round(&two), Round::Held { acquired: false });
    }
    assert!(stores(&two));
}

#[test]
fn where_there_is_none_a_term_and_settle_pass_before_anybody_writes() {
    // Seen to go, or gone before the process came.
    for known in [true, false] {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
        round(&one);
        if known {
            // Even where what marks an installation is gone too.
            assert_eq!(round(&two), Round::NotHeld);
        } else {
            install(&cluster);
        }
        cluster.delete_lease();
        clock.advance(S);
        assert_eq!(round(&two), Round::NotHeld, "{known}");
        clock.advance(14 * S);
        assert_eq!(round(&two), Round::NotHeld, "{known}: a term from when that was first seen");
        clock.advance(S);
        assert_eq!(round(&two), Round::Held { acquired: true }, "{known}");
        assert_eq!(round(&one), Round::Lost, "{known}");
        for _ in 0..3 {
            assert!(!may_write(&two, &clock), "{known}: its calls may be under way");
            clock.advance(5 * S);
            assert_eq!(round(&two), Round::Held { acquired: false }, "{known}");
        }
        assert!(may_write(&two, &clock), "{known}");
    }
}

#[test]
fn a_first_start_is_free_at_once() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    assert_eq!(round(&one), Round::Held { acquired: true });
    assert!(may_write(&one, &clock));
}

#[test]
fn nobody_takes_it_who_cannot_ask_whether_there_was_one() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    cluster.before_lease_is_put(|| panic!("it is not put"));
    cluster.refuse_secret_reads(true);
    assert_eq!(round(&one), Round::NotHeld);
}

#[test]
fn who_comes_back_after_its_term_makes_none_anew() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    round(&one);
    install(&cluster);
    cluster.delete_lease();
    clock.advance(15 * S);
    assert_eq!(round(&one), Round::Lost);
    assert_eq!(futures::executor::block_on(cluster.lease()).unwrap(), None);
    assert_eq!(round(&one), Round::Lost, "for good");
}

#[test]
fn one_that_was_taken_over_without_an_answer_is_waited_for_all_the_same() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    round(&one);
    assert_eq!(round(&two), Round::NotHeld);
    clock.advance(15 * S);
    cluster.lose_the_answer_to_the_next_lease();
    assert_eq!(round(&two), Round::NotHeld, "nobody knows");
    clock.advance(S);
    assert_eq!(round(&two), Round::Held { acquired: true });
    assert!(!may_write(&two, &clock), "calls of who had it before may be under way");
    clock.advance(3 * S);
    assert!(may_write(&two, &clock));
}

#[test]
fn a_term_that_somebody_shortens_in_the_lease_is_waited_for_all_the_same() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let (one, two) = (process("one", &clock, &cluster), process("two", &clock, &cluster));
    round(&one);
    let lease = futures::executor::block_on(cluster.lease()).unwrap().unwrap();
    let edited = LeaseRecord { duration: Duration::ZERO, ..lease };
    futures::executor::block_on(cluster.put_lease(edited)).unwrap();
    assert_eq!(round(&two), Round::NotHeld);
    clock.advance(14 * S);
    assert_eq!(round(&two), Round::NotHeld);
}

#[test]
fn it_is_kept_for_as_long_as_it_is_polled_and_no_longer_than_its_term() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let one = process("one", &clock, &cluster);
    let told = Cell::new(0);
    let mut kept = pin!(one.keeper.keep(|| told.set(told.get() + 1)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..20 {
        assert!(kept.as_mut().poll(&mut context).is_pending());
        assert!(may_write(&one, &clock) && told.get() == 1);
        clock.advance(5 * S);
    }
    assert!(kept.as_mut().poll(&mut context).is_pending());
    cluster.break_down(true);
    for _ in 0..2 {
        clock.advance(5 * S);
        assert!(kept.as_mut().poll(&mut context).is_pending());
    }
    clock.advance(5 * S);
    assert!(kept.as_mut().poll(&mut context).is_ready(), "its term is over");
    assert!(!may_write(&one, &clock));
}

/// How long each call of the Lease takes until it is carried out, and from there to its answer.
type Takes = Rc<RefCell<VecDeque<(Duration, Duration)>>>;

/// A way to Kubernetes that takes its time, for one process.
struct Slow {
    inner: Rc<SimCluster>,
    clock: Rc<SimClock>,
    takes: Takes,
}

impl Slow {
    /// Carries a call out, in its time.
    fn call<'a, T: 'a>(&'a self, effect: impl FnOnce(&SimCluster) -> T + 'a) -> LocalBoxFuture<'a, T> {
        async move {
            let (before, after) = self.takes.borrow_mut().pop_front().unwrap_or_default();
            self.clock.sleep_until(self.clock.tick() + before).await;
            let outcome = effect(&self.inner);
            self.clock.sleep_until(self.clock.tick() + after).await;
            outcome
        }
        .boxed_local()
    }
}

fn at_once<T>(call: impl Future<Output = T>) -> T {
    call.now_or_never().unwrap()
}

/// As much of it as a Lease needs.
impl Cluster for Slow {
    fn lease(&self) -> LocalBoxFuture<'_, Result<Option<LeaseRecord>, ClusterError>> {
        self.call(|inner| at_once(inner.lease()))
    }

    fn put_lease(&self, lease: LeaseRecord) -> LocalBoxFuture<'_, Result<LeaseRecord, ClusterError>> {
        self.call(|inner| at_once(inner.put_lease(lease)))
    }

    fn secret(
        &self,
        namespace: &str,
        name: &str,
    ) -> LocalBoxFuture<'_, Result<Option<SecretData>, ClusterError>> {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        self.call(move |inner| at_once(inner.secret(&namespace, &name)))
    }

    fn patch(&self, _: &ObjectRef, _: Part, _: Value) -> LocalBoxFuture<'_, Result<Value, ClusterError>> {
        unreachable!()
    }

    fn set_secret_finalizers(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: Vec<String>,
    ) -> LocalBoxFuture<'_, Result<Vec<String>, ClusterError>> {
        unreachable!()
    }

    fn write_secret(&self, _: SecretWrite) -> LocalBoxFuture<'_, Result<SecretData, ClusterError>> {
        unreachable!()
    }

    fn delete_secret(
        &self,
        _: &str,
        _: &str,
        _: &SecretData,
    ) -> LocalBoxFuture<'_, Result<(), ClusterError>> {
        unreachable!()
    }

    fn event(&self, _: Event) -> LocalBoxFuture<'_, ()> {
        unreachable!()
    }
}

#[test]
fn a_renewal_that_a_slow_read_shows_is_as_young_as_its_answer() {
    let (clock, cluster) = (SimClock::new(), SimCluster::new());
    let takes = Takes::default();
    let slow = Slow { inner: Rc::clone(&cluster), clock: Rc::clone(&clock), takes: Rc::clone(&takes) };
    let (one, two) = (process("one", &clock, &cluster), process_of("two", &clock, Rc::new(slow)));
    round(&one);
    takes.borrow_mut().push_back((10 * S, Duration::ZERO));
    let mut asks = pin!(two.keeper.round());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(asks.as_mut().poll(&mut context).is_pending());
    clock.advance(10 * S);
    assert_eq!(round(&one), Round::Held { acquired: false }, "renewed while the other's read is under way");
    assert_eq!(asks.as_mut().poll(&mut context), Poll::Ready(Round::NotHeld));
    clock.advance(14 * S);
    assert_eq!(
        round(&two),
        Round::NotHeld,
        "the term runs from the renewal, not from when the read was sent"
    );
    clock.advance(S);
    assert_eq!(round(&two), Round::Held { acquired: true });
}

/// What happens to processes and their Lease.
#[derive(Clone, Debug)]
enum Happening {
    /// A round begins, and each of its calls takes so many milliseconds until its effect and to its answer.
    Round(usize, Vec<(u64, u64)>),
    Time(u64),
    Deleted,
    EndedAndStarted(usize),
    GivenBackAndStarted(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => (0_usize..3).prop_map(|index| Happening::Round(index, Vec::new())),
        2 => (0_usize..3, slow_calls()).prop_map(|(index, calls)| Happening::Round(index, calls)),
        3 => (0_u64..9_000).prop_map(Happening::Time),
        1 => Just(Happening::Deleted),
        1 => (0_usize..3).prop_map(Happening::EndedAndStarted),
        1 => (0_usize..3).prop_map(Happening::GivenBackAndStarted),
    ]
}

fn slow_calls() -> impl Strategy<Value = Vec<(u64, u64)>> {
    proptest::collection::vec((0_u64..12_000, 0_u64..12_000), 1..4)
}

/// A process whose calls take their time, and the rounds that are under way.
struct SlowProcess {
    name: String,
    process: Rc<Process>,
    takes: Takes,
    rounds: Vec<LocalBoxFuture<'static, Round>>,
}

impl SlowProcess {
    fn new(name: String, clock: &Rc<SimClock>, cluster: &Rc<SimCluster>) -> Self {
        let takes = Takes::default();
        let slow = Slow { inner: Rc::clone(cluster), clock: Rc::clone(clock), takes: Rc::clone(&takes) };
        let process = Rc::new(process_of(&name, clock, Rc::new(slow)));
        Self { name, process, takes, rounds: Vec::new() }
    }

    fn begin(&mut self, calls: Vec<(u64, u64)>) {
        let times = calls
            .into_iter()
            .map(|(before, after)| (Duration::from_millis(before), Duration::from_millis(after)));
        self.takes.borrow_mut().extend(times);
        let process = Rc::clone(&self.process);
        self.rounds.push(async move { process.keeper.round().await }.boxed_local());
    }

    /// Goes on with the rounds that are under way; whether one of them got the Lease.
    fn go_on(&mut self) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut got = false;
        self.rounds.retain_mut(|round| match round.as_mut().poll(&mut context) {
            Poll::Ready(round) => {
                got |= round == Round::Held { acquired: true };
                false
            }
            Poll::Pending => true,
        });
        got
    }
}

proptest! {
    /// Whatever is done to the Lease, however long calls take and whoever sleeps: no process stores while another
    /// does, and none writes to a vendor less than `settle` after another could.
    #[test]
    fn no_two_write_whoever_deletes_the_lease(happenings in proptest::collection::vec(happening(), 1..120)) {
        let (clock, cluster) = (SimClock::new(), SimCluster::new());
        let mut started = 0;
        let mut start = || {
            started += 1;
            SlowProcess::new(format!("process-{started}"), &clock, &cluster)
        };
        let mut processes = [start(), start(), start()];
        let mut wrote: Option<(String, Tick)> = None;
        for happening in happenings {
            match happening {
                Happening::Round(index, calls) => processes[index].begin(calls),
                Happening::Time(millis) => clock.advance(Duration::from_millis(millis)),
                Happening::Deleted => cluster.delete_lease(),
                Happening::EndedAndStarted(index) => processes[index] = start(),
                Happening::GivenBackAndStarted(index) => {
                    let old = std::mem::replace(&mut processes[index], start());
                    // Its own calls have ended by then.
                    wrote.take_if(|(name, _)| *name == old.name);
                    let _ = old.process.keeper.release().now_or_never();
                }
            }
            for process in &mut processes {
                if process.go_on() {
                    install(&cluster);
                }
            }
            let storing = processes.iter().filter(|slow| slow.process.fence.may_store(clock.tick()));
            prop_assert!(storing.count() <= 1, "two may store");
            for SlowProcess { name, process, .. } in &processes {
                if may_write(process, &clock) {
                    if let Some((other, at)) = &wrote {
                        prop_assert!(other == name || clock.tick().since(*at) >= 3 * S, "{other} and {name}");
                    }
                    wrote = Some((name.clone(), clock.tick()));
                }
            }
        }
    }
}
