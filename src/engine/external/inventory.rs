//! The inventory: what complete lists show of one collection of one organization (rules 2 and 6).
//!
//! One list answers for all objects. At most one list is under way; who needs a fresher one than
//! that waits for the next, together.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::decide::absence::Lacking;
use crate::engine::external::deletions::Deletions;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

/// A complete list.
#[derive(Debug)]
pub struct Snapshot<L> {
    /// When its request was begun: it says nothing of later writes.
    pub begun: Tick,
    /// The objects, by id.
    pub items: BTreeMap<String, L>,
}

impl<L> Snapshot<L> {
    /// These, each by its id.
    pub fn of(begun: Tick, rows: Vec<L>, id: impl Fn(&L) -> &str) -> Rc<Self> {
        let items = rows.into_iter().map(|row| (id(&row).to_owned(), row)).collect();
        Rc::new(Self { begun, items })
    }
}

type Call<L> = LocalBoxFuture<'static, Result<Rc<Snapshot<L>>, VendorError>>;
type Listing<L> = Shared<Call<L>>;

/// What lists have shown so far.
pub struct Inventory<L> {
    state: RefCell<State<L>>,
}

/// For how long lists have to lack an id before it is like one that none has ever shown.
const LONG_GONE: Duration = Duration::from_hours(1);

/// Since when lists lack an id.
struct Gone {
    /// When the first of them was begun.
    first: Tick,
    /// Whether one before has shown it.
    shown: bool,
}

struct State<L> {
    /// Its number, than when it is no older, and the call.
    under_way: Option<(u64, Tick, Listing<L>)>,
    calls: u64,
    latest: Option<Rc<Snapshot<L>>>,
    before: Option<Rc<Snapshot<L>>>,
    first: Option<Tick>,
    /// Ids that were listed or made once, and are not long gone: the first of the unbroken run of lists that lack them.
    gone: BTreeMap<String, Gone>,
    /// Ids that the vendor answered us, and no list since: those before lack what was not there yet.
    made: BTreeMap<String, Tick>,
    /// What we deleted; shared by all inventories of a kind, whatever session reads them.
    deletions: Rc<Deletions>,
}

impl<L> Default for Inventory<L> {
    fn default() -> Self {
        Self {
            state: RefCell::new(State {
                under_way: None,
                calls: 0,
                latest: None,
                before: None,
                first: None,
                gone: BTreeMap::new(),
                made: BTreeMap::new(),
                deletions: Rc::new(Deletions::new(Duration::ZERO)),
            }),
        }
    }
}

impl<L> Inventory<L> {
    /// An empty one of a kind of which these ids were deleted.
    pub fn without(deletions: Rc<Deletions>) -> Self {
        let inventory = Self::default();
        inventory.state.borrow_mut().deletions = deletions;
        inventory
    }
}

impl<L: Clone + PartialEq + 'static> Inventory<L> {
    /// A complete list that was begun at `fresh` or later; makes one only if there is none. `list`, which is
    /// told that and the time, starts the vendor call; if the list is `shared` with others, it may answer with
    /// one of theirs that is no older than `fresh`.
    ///
    /// # Errors
    /// The call's error, to all who waited for it.
    pub async fn read(
        &self,
        fresh: Tick,
        shared: bool,
        now: impl Fn() -> Tick,
        list: impl Fn(Tick, Tick) -> Call<L>,
    ) -> Result<Rc<Snapshot<L>>, VendorError> {
        loop {
            if let Some(latest) = self.latest()
                && latest.begun >= fresh
            {
                return Ok(latest);
            }
            let (number, no_older, listing, own) = {
                let mut state = self.state.borrow_mut();
                let own = state.under_way.is_none();
                if own {
                    let now = now();
                    state.calls += 1;
                    let no_older = if shared { fresh } else { now };
                    state.under_way = Some((state.calls, no_older, listing(list(fresh, now))));
                }
                let Some((number, no_older, listing)) = state.under_way.clone() else { continue };
                (number, no_older, listing, own)
            };
            let result = listing.await;
            self.finish(number, &result);
            // One that went on with pages that were read before is older than its call.
            let begun = result.as_ref().map_or(no_older, |list| list.begun);
            if own || begun >= fresh {
                return result;
            }
        }
    }

    /// The latest complete list.
    pub fn latest(&self) -> Option<Rc<Snapshot<L>>> {
        self.state.borrow().latest.clone()
    }

    /// The complete list before the latest.
    pub fn before(&self) -> Option<Rc<Snapshot<L>>> {
        self.state.borrow().before.clone()
    }

    /// The unbroken run of complete lists, up to the latest, that lack `id`, and were begun when it was there.
    pub fn lacking(&self, id: &str) -> Option<Lacking> {
        let state = self.state.borrow();
        let latest = state.latest.as_ref().filter(|latest| !latest.items.contains_key(id))?;
        let first = state
            .gone
            .get(id)
            .map(|gone| gone.first)
            .or(state.first)
            .filter(|_| !state.made.contains_key(id));
        first.map(|first| Lacking::between(first, latest.begun))
    }

    /// Whether the latest list lacks what one before has shown: of what is new, lists may lag.
    pub fn has_lost(&self, id: &str) -> bool {
        self.lacking(id).is_some() && self.state.borrow().gone.get(id).is_none_or(|gone| gone.shown)
    }

    /// Until when lists have to lack `id` before it is gone as far as they tell; `None` once it is.
    pub fn unsure_until(&self, id: &str, now: Tick, settle: Duration) -> Option<Tick> {
        self.lacking(id).unwrap_or(Lacking::once(now)).until(settle)
    }

    /// Remembers that the vendor answered at `now` that it made `id`.
    pub fn made(&self, id: &str, now: Tick) {
        self.state.borrow_mut().made.insert(id.to_owned(), now);
    }

    /// Remembers that `id` was known at `now` to be deleted by us.
    pub fn deleted(&self, id: &str, now: Tick) {
        self.state.borrow().deletions.add(id, now);
    }

    /// Whether we deleted `id`, as far as lists tell: its absence is no surprise.
    pub fn was_deleted(&self, id: &str) -> bool {
        self.state.borrow().deletions.has(id)
    }

    /// The ids whose objects appeared, changed or vanished from the list `from` to the latest.
    pub fn moved(&self, from: Option<&Snapshot<L>>) -> BTreeSet<String> {
        let state = self.state.borrow();
        let Some(latest) = &state.latest else { return BTreeSet::new() };
        let empty = BTreeMap::new();
        let before = from.map_or(&empty, |from| &from.items);
        let moved = latest.items.iter().filter(|(id, live)| before.get(*id) != Some(*live));
        let vanished = before.keys().filter(|id| !latest.items.contains_key(*id));
        moved.map(|(id, _)| id).chain(vanished).cloned().collect()
    }

    /// The first to come back from a list puts it in place; the others find it there.
    fn finish(&self, number: u64, result: &Result<Rc<Snapshot<L>>, VendorError>) {
        let mut state = self.state.borrow_mut();
        if state.under_way.as_ref().is_none_or(|(other, ..)| *other != number) {
            return;
        }
        state.under_way = None;
        let Ok(snapshot) = result else { return };
        let begun = snapshot.begun;
        state.first.get_or_insert(begun);
        state.deletions.shown(begun, |id| snapshot.items.contains_key(id));
        if let Some(latest) = state.latest.take() {
            for id in latest.items.keys().filter(|id| !snapshot.items.contains_key(*id)) {
                state.gone.insert(id.clone(), Gone { first: begun, shown: true });
            }
            state.before = Some(latest);
        }
        state.gone.retain(|id, gone| {
            let long = gone.shown && begun.since(gone.first) >= LONG_GONE;
            !long && !snapshot.items.contains_key(id)
        });
        let known = state.made.extract_if(.., |_, made| *made <= begun).map(|(id, _)| id).collect::<Vec<_>>();
        for id in known.into_iter().filter(|id| !snapshot.items.contains_key(id)) {
            state.gone.insert(id, Gone { first: begun, shown: false });
        }
        state.latest = Some(Rc::clone(snapshot));
    }
}

/// A call that all who wait share: a bug in it must not end each of them, time and again.
fn listing<L: 'static>(call: Call<L>) -> Listing<L> {
    let bug =
        || VendorError::unknown(Failure::Unreadable, "the code that reads the list failed: this is a bug");
    let call = AssertUnwindSafe(call).catch_unwind();
    call.map(move |outcome| outcome.unwrap_or_else(|_| Err(bug()))).boxed_local().shared()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use std::cell::Cell;

    fn at(seconds: u64) -> Tick {
        Tick::new(Duration::from_secs(seconds))
    }

    type Answer = Result<Vec<&'static str>, VendorError>;

    /// A vendor whose lists are answered by hand.
    #[derive(Clone, Default)]
    struct Vendor {
        now: Rc<Cell<u64>>,
        calls: Rc<Cell<u32>>,
        answers: Rc<RefCell<Vec<oneshot::Sender<Answer>>>>,
    }

    impl Vendor {
        fn list(
            &self,
        ) -> impl Fn(Tick, Tick) -> LocalBoxFuture<'static, Result<Rc<Snapshot<()>>, VendorError>> + use<>
        {
            let vendor = self.clone();
            move |_, begun| {
                vendor.calls.set(vendor.calls.get() + 1);
                let (answer, answered) = oneshot::channel();
                vendor.answers.borrow_mut().push(answer);
                async move {
                    let items = answered.await.unwrap()?;
                    let items = items.into_iter().map(|id| (id.to_owned(), ())).collect();
                    Ok(Rc::new(Snapshot { begun, items }))
                }
                .boxed_local()
            }
        }

        fn answer(&self, answer: Answer) {
            self.answers.borrow_mut().remove(0).send(answer).unwrap();
        }
    }

    fn read<'a>(
        inventory: &'a Inventory<()>,
        vendor: &Vendor,
        fresh: Tick,
    ) -> LocalBoxFuture<'a, Result<Rc<Snapshot<()>>, VendorError>> {
        let now = Rc::clone(&vendor.now);
        let list = vendor.list();
        async move { inventory.read(fresh, false, || at(now.get()), list).await }.boxed_local()
    }

    fn listed(inventory: &Inventory<()>, vendor: &Vendor, second: u64, ids: Vec<&'static str>) {
        vendor.now.set(second);
        let mut read = read(inventory, vendor, at(second));
        assert!(read.as_mut().now_or_never().is_none());
        vendor.answer(Ok(ids));
        read.now_or_never().unwrap().unwrap();
    }

    #[test]
    fn one_list_answers_for_all_who_wait_and_a_fresher_wish_waits_for_the_next() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        vendor.now.set(10);
        let mut one = read(&inventory, &vendor, at(5));
        let mut two = read(&inventory, &vendor, at(10));
        assert!(one.as_mut().now_or_never().is_none() && two.as_mut().now_or_never().is_none());
        let mut fresher = read(&inventory, &vendor, at(11));
        assert!(fresher.as_mut().now_or_never().is_none());
        assert_eq!(vendor.calls.get(), 1, "single-flight");
        vendor.now.set(12);
        vendor.answer(Ok(vec!["a"]));
        assert_eq!(one.now_or_never().unwrap().unwrap().begun, at(10));
        assert_eq!(two.now_or_never().unwrap().unwrap().begun, at(10));
        assert!(fresher.as_mut().now_or_never().is_none());
        assert_eq!(vendor.calls.get(), 2, "the list begun before does not answer for it");
        vendor.answer(Ok(vec!["a"]));
        assert_eq!(fresher.now_or_never().unwrap().unwrap().begun, at(12));
        assert!(read(&inventory, &vendor, at(12)).now_or_never().unwrap().is_ok());
        assert_eq!(vendor.calls.get(), 2, "what is fresh enough costs nothing");
    }

    #[test]
    fn one_that_was_begun_before_its_call_does_not_answer_a_fresher_wish() {
        let inventory = Inventory::default();
        let calls = Rc::new(RefCell::new(Vec::<(Tick, oneshot::Sender<Tick>)>::new()));
        let wish = |fresh| {
            let (inventory, calls) = (&inventory, Rc::clone(&calls));
            let list = move |fresh, _| {
                let (answer, answered) = oneshot::channel();
                calls.borrow_mut().push((fresh, answer));
                let items = BTreeMap::<String, u8>::new();
                async move { Ok(Rc::new(Snapshot { begun: answered.await.unwrap(), items })) }.boxed_local()
            };
            async move { inventory.read(fresh, false, || at(20), list).await }.boxed_local()
        };
        let (mut any, mut fresher): (_, LocalBoxFuture<'_, Result<Rc<Snapshot<u8>>, _>>) =
            (wish(at(5)), wish(at(15)));
        assert!(any.as_mut().now_or_never().is_none() && fresher.as_mut().now_or_never().is_none());
        // Its first pages had been read before.
        calls.borrow_mut().remove(0).1.send(at(10)).unwrap();
        assert_eq!(any.now_or_never().unwrap().unwrap().begun, at(10));
        assert!(fresher.as_mut().now_or_never().is_none());
        let (fresh, answer) = calls.borrow_mut().remove(0);
        assert_eq!(fresh, at(15));
        answer.send(at(20)).unwrap();
        assert_eq!(fresher.now_or_never().unwrap().unwrap().begun, at(20));
    }

    #[test]
    fn a_bug_in_a_list_is_an_error_to_all_who_wait() {
        let inventory = Inventory::<u8>::default();
        let read = || inventory.read(at(1), false, || at(1), |_, _| async { panic!("a bug") }.boxed_local());
        let (one, two) = futures::executor::block_on(futures::future::join(read(), read()));
        assert_eq!(one.unwrap_err().failure, Failure::Unreadable);
        assert_eq!(two.unwrap_err().failure, Failure::Unreadable);
    }

    #[test]
    fn a_failed_list_changes_nothing_and_is_made_again() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        listed(&inventory, &vendor, 10, vec!["a"]);
        vendor.now.set(20);
        let mut failing = read(&inventory, &vendor, at(20));
        assert!(failing.as_mut().now_or_never().is_none());
        vendor.answer(Err(VendorError::unknown(Failure::Unreachable, "down")));
        assert!(failing.now_or_never().unwrap().is_err());
        assert_eq!(inventory.latest().unwrap().begun, at(10));
        assert_eq!(inventory.lacking("b"), Some(Lacking::between(at(10), at(10))));
        listed(&inventory, &vendor, 30, vec!["a"]);
        assert_eq!(vendor.calls.get(), 3);
    }

    #[test]
    fn an_unbroken_run_of_lists_without_an_id_is_counted_from_its_first() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        assert_eq!(inventory.lacking("a"), None, "no list, no evidence");
        listed(&inventory, &vendor, 10, vec![]);
        listed(&inventory, &vendor, 20, vec![]);
        assert_eq!(inventory.lacking("a"), Some(Lacking::between(at(10), at(20))));
        listed(&inventory, &vendor, 30, vec!["a"]);
        assert_eq!(inventory.lacking("a"), None);
        listed(&inventory, &vendor, 40, vec![]);
        listed(&inventory, &vendor, 50, vec![]);
        assert_eq!(
            inventory.lacking("a"),
            Some(Lacking::between(at(40), at(50))),
            "not from before it came back"
        );
    }

    #[test]
    fn what_is_long_gone_is_gone_and_takes_no_room() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        let long = LONG_GONE.as_secs();
        listed(&inventory, &vendor, 10, vec!["a", "b"]);
        listed(&inventory, &vendor, 20, vec!["b"]);
        listed(&inventory, &vendor, 19 + long, vec!["b"]);
        assert_eq!(inventory.lacking("a"), Some(Lacking::between(at(20), at(19 + long))));
        listed(&inventory, &vendor, 20 + long, vec![]);
        assert!(inventory.has_lost("a") && inventory.unsure_until("a", at(0), LONG_GONE).is_none());
        assert_eq!(inventory.lacking("b"), Some(Lacking::once(at(20 + long))), "it went just now");
        assert_eq!(inventory.state.borrow().gone.len(), 1);
        listed(&inventory, &vendor, 30 + long, vec!["a"]);
        listed(&inventory, &vendor, 40 + long, vec![]);
        assert_eq!(inventory.lacking("a"), Some(Lacking::once(at(40 + long))), "it came back and went again");
    }

    #[test]
    fn lists_from_before_it_was_made_do_not_say_that_it_is_gone() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        listed(&inventory, &vendor, 10, vec![]);
        inventory.made("a", at(15));
        assert_eq!(inventory.lacking("a"), None);
        listed(&inventory, &vendor, 20, vec![]);
        listed(&inventory, &vendor, 30, vec![]);
        assert_eq!(inventory.lacking("a"), Some(Lacking::between(at(20), at(30))));
        inventory.made("b", at(35));
        listed(&inventory, &vendor, 40, vec!["b"]);
        listed(&inventory, &vendor, 50, vec![]);
        assert_eq!(inventory.lacking("b"), Some(Lacking::between(at(50), at(50))));
    }

    #[test]
    fn what_moved_between_two_lists() {
        let (inventory, vendor) = (Inventory::default(), Vendor::default());
        listed(&inventory, &vendor, 10, vec!["a", "b", "c"]);
        let before = inventory.latest();
        listed(&inventory, &vendor, 20, vec!["a", "d"]);
        let moved = inventory.moved(before.as_deref());
        assert_eq!(moved.iter().map(String::as_str).collect::<Vec<_>>(), ["b", "c", "d"]);
    }

    #[test]
    fn ids_that_we_deleted_are_known_to_every_inventory_of_the_kind() {
        let deletions = Rc::new(Deletions::new(Duration::from_mins(1)));
        let [one, other] = [(); 2].map(|()| Inventory::<()>::without(Rc::clone(&deletions)));
        one.deleted("b", at(10));
        assert!(one.was_deleted("b") && other.was_deleted("b") && !other.was_deleted("c"));
        let vendor = Vendor::default();
        listed(&other, &vendor, 60, vec!["b"]);
        assert!(one.was_deleted("b"), "a list that may lag");
        listed(&other, &vendor, 70, vec!["b"]);
        assert!(!one.was_deleted("b") && !other.was_deleted("b"));
    }
}
