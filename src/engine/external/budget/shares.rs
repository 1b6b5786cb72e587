//! Who may spend how much of a budget: the organization's own lists have one call in eight for themselves, writes
//! another, and what searches through many objects leaves half to everybody else.
//!
//! A write comes after the reads that say what to write. If these could spend all that there is, it would be put off
//! until they are too old, and they be made anew, and so on for ever.

use super::strangers::MINUTE;
use crate::engine::base::ports::Tick;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The most calls that come one after the other for one object: a credential's three clouds are read, the new one is
/// tried, and written. Of so few, all are whoever's that comes.
const ONE_OBJECT: usize = 5;

/// For whom a call is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// For an object that is worked on.
    #[default]
    Common,
    /// For the organization itself: its lists, and whose its token is.
    Own,
    /// For a search through many objects.
    Search,
    /// A write, for whomever.
    Write,
}

/// For whom calls are made at present. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Present(Rc<Cell<Share>>);

/// Puts back what was before, also where the work panics.
struct Restored<'a>(&'a Cell<Share>, Share);

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        self.0.set(self.1);
    }
}

impl Present {
    /// For whom.
    pub(super) fn share(&self) -> Share {
        self.0.get()
    }

    /// Does the work, whose calls are made for this share, whatever else goes on beside it.
    pub(super) async fn during<T>(&self, share: Share, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            let _before = Restored(&self.0, self.0.replace(share));
            work.as_mut().poll(context)
        })
        .await
    }
}

/// The calls of the last minute, in order.
#[derive(Debug, Default)]
pub(super) struct Calls {
    made: VecDeque<(Tick, Share)>,
    /// How many of them each share has.
    of: [usize; 4],
    /// Whether the organization's own calls come here.
    lists: bool,
    /// Whether writes come here too, and not reads alone.
    writes: bool,
}

impl Calls {
    /// Those of a budget by which all calls are made, of whatever route.
    pub(super) fn of_all() -> Self {
        Self { lists: true, writes: true, ..Self::default() }
    }

    /// Whether one more fits.
    ///
    /// # Errors
    /// The moment at which there may be room.
    pub(super) fn room(&mut self, limit: usize, share: Share, now: Tick) -> Result<(), Tick> {
        while let Some((_, share)) = self.made.pop_front_if(|(at, _)| now.since(*at) >= MINUTE) {
            self.of[share as usize] -= 1;
        }
        let limit = limit.max(1);
        let for_lists = if self.lists { (limit / 8).max(usize::from(limit > ONE_OBJECT)) } else { 0 };
        let for_writes = if self.writes { (limit / 8).max(1).min(limit - 1) } else { 0 };
        let bounds: [(usize, &[Share]); 4] = [
            (limit, &[Share::Common, Share::Own, Share::Search, Share::Write]),
            (limit - for_lists, &[Share::Common, Share::Search, Share::Write]),
            (limit - for_writes, &[Share::Common, Share::Own, Share::Search]),
            (limit - for_lists - for_writes, &[Share::Common, Share::Search]),
        ];
        let bounds = bounds.into_iter().filter(|(_, shares)| shares.contains(&share));
        let mut until = bounds.filter_map(|(limit, shares)| self.fits(limit, 0, shares)).max();
        if share == Share::Search {
            let half = half(limit);
            // Who searches goes through many at a time.
            let at_once = half.min(self.of[Share::Search as usize]) / 4;
            until = until.max(self.fits(half, at_once, &[Share::Search]));
        }
        until.map_or(Ok(()), Err)
    }

    /// When so many besides one will have room among the `limit` that these share, if one has none now.
    fn fits(&self, limit: usize, besides: usize, shares: &[Share]) -> Option<Tick> {
        let made: usize = shares.iter().map(|share| self.of[*share as usize]).sum();
        // As many have to leave as there are too many.
        let surplus = made.checked_sub(limit)? + besides;
        let mut counted = self.made.iter().filter(|(_, share)| shares.contains(share)).map(|(at, _)| *at);
        counted.nth(surplus.min(made.saturating_sub(1))).map(|at| at + MINUTE)
    }

    /// One more is made.
    pub(super) fn spend(&mut self, share: Share, now: Tick) {
        self.lists |= share == Share::Own;
        self.made.push_back((now, share));
        self.of[share as usize] += 1;
    }

    /// Puts others among them.
    pub(super) fn join(&mut self, others: Self) {
        self.lists |= others.lists;
        self.of.iter_mut().zip(others.of).for_each(|(count, more)| *count += more);
        self.made.extend(others.made);
        self.made.make_contiguous().sort();
    }
}

/// How much of it searches have: half, but of few so many that each of their tries gets further.
fn half(limit: usize) -> usize {
    (limit / 2).max(limit.min(4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Share::{Common, Own, Search, Write};
    use futures::FutureExt;
    use proptest::prelude::*;
    use std::time::Duration;

    const S: Duration = Duration::from_secs(1);

    fn at(seconds: u32) -> Tick {
        Tick::default() + (1000 + seconds) * S
    }

    fn all(calls: &mut Calls, limit: usize, share: Share, now: Tick) -> usize {
        let mut take = || calls.room(limit, share, now).map(|()| calls.spend(share, now));
        (0..10_000).take_while(|_| take().is_ok()).count()
    }

    #[test]
    fn one_call_in_eight_is_for_the_organizations_own_lists_and_one_for_writes() {
        let mut calls = Calls::of_all();
        assert_eq!(all(&mut calls, 80, Common, at(0)), 60);
        assert_eq!(all(&mut calls, 80, Own, at(0)), 10);
        assert_eq!(all(&mut calls, 80, Write, at(0)), 10);
        assert_eq!(calls.room(80, Own, at(1)), Err(at(60)));
        assert_eq!(calls.room(80, Write, at(1)), Err(at(60)));
        let mut calls = Calls::of_all();
        assert_eq!(all(&mut calls, 80, Own, at(0)), 70, "what nobody else wants");
        let mut calls = Calls::of_all();
        assert_eq!(all(&mut calls, 80, Write, at(0)), 70, "what nobody else wants");
        let mut calls = Calls::default();
        assert_eq!(all(&mut calls, 80, Common, at(0)), 80, "nothing is kept where none is ever made");
    }

    #[test]
    fn of_few_calls_one_is_for_writes_and_of_one_whoever_comes_has_it() {
        let mut calls = Calls::of_all();
        assert_eq!(all(&mut calls, 2, Common, at(0)), 1);
        assert_eq!(all(&mut calls, 2, Write, at(0)), 1);
        for share in [Common, Own, Search, Write] {
            let mut calls = Calls::of_all();
            assert_eq!(all(&mut calls, 1, share, at(0)), 1, "{share:?}");
            assert_eq!(calls.room(1, Write, at(1)), Err(at(60)));
        }
    }

    #[test]
    fn a_search_leaves_half_to_others_and_comes_back_for_many() {
        let mut calls = Calls::of_all();
        for second in 0..40 {
            assert!(calls.room(80, Search, at(second)).is_ok());
            calls.spend(Search, at(second));
        }
        assert_eq!(calls.room(80, Search, at(40)), Err(at(70)), "a quarter of them at once");
        assert_eq!(all(&mut calls, 80, Common, at(40)), 20);
        let mut few = Calls::of_all();
        assert_eq!(all(&mut few, 1, Search, at(0)), 1);
        assert_eq!(few.room(1, Search, at(1)), Err(at(60)));
    }

    #[test]
    fn what_goes_on_beside_a_search_is_no_search() {
        let present = Present::default();
        let seen = || async { present.share() };
        let both = async {
            let search = present.during(Search, async {
                let first = seen().await;
                let inner = present.during(Own, seen()).await;
                (first, inner, seen().await)
            });
            (search.await, seen().await)
        };
        assert_eq!(both.now_or_never(), Some(((Search, Own, Search), Common)));
        let panicking = present.during(Search, async { panic!("on purpose") });
        let outcome: Result<Option<()>, _> =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| panicking.now_or_never()));
        assert!(outcome.is_err());
        assert_eq!(present.share(), Common);
    }

    proptest! {
        /// Whoever comes in whatever order: never more within a minute, and each share is kept.
        #[test]
        fn no_minute_has_more_than_the_limit(
            limit in 1_usize..40,
            asks in proptest::collection::vec((0_u32..8, 0_u8..4), 1..300),
        ) {
            let mut calls = Calls::of_all();
            let mut made: Vec<(u32, Share)> = Vec::new();
            let mut second = 0;
            for (wait, who) in asks {
                second += wait;
                let share = [Common, Own, Search, Write][usize::from(who)];
                let within = |share: Option<Share>| {
                    made.iter().filter(|(when, other)| second - when < 60 && share.is_none_or(|one| one == *other)).count()
                };
                match calls.room(limit, share, at(second)) {
                    Ok(()) => {
                        prop_assert!(within(None) < limit);
                        prop_assert!(share != Search || within(Some(Search)) < half(limit));
                        prop_assert!(share == Own || within(None) - within(Some(Own)) < limit - limit / 8);
                        prop_assert!(share == Write || limit == 1 || within(None) - within(Some(Write)) < limit - 1);
                        calls.spend(share, at(second));
                        made.push((second, share));
                    }
                    Err(until) => prop_assert!(until > at(second) && until <= at(second + 60)),
                }
            }
        }
    }
}
