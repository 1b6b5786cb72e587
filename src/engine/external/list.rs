//! Lists: what is asked of one, what it shows, and how one that comes in pages is read whole (rule 2).

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

/// The most pages of one list.
const MOST: usize = 10_000;
/// How often a list is begun anew that changes while it is read.
const ANEW: usize = 3;

/// What a list has to show.
#[derive(Debug)]
pub struct Wanted<'a, L> {
    /// The id of the container, for a kind that is listed container by container, or of the only one that is to be shown,
    /// for one that is not listed; empty for others.
    pub container: &'a str,
    /// It has to be begun then, or later.
    pub fresh: Tick,
    /// When it is begun, unless another kind's list answers.
    pub now: Tick,
    /// What is read of it so far, where it comes in pages.
    pub pages: &'a Pages<L>,
}

/// A whole list.
pub struct Listed<L> {
    /// When it was begun.
    pub begun: Tick,
    /// What it shows.
    pub rows: Vec<L>,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The beginning.
    First,
    /// What the vendor named in the page before.
    Cursor(String),
    /// So many pages, or rows, from the beginning.
    Number(u64),
}

/// One page.
#[derive(Debug)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many rows the whole list has, where the vendor says.
    pub total: Option<u64>,
    /// Where the next one begins; `None` after the last.
    pub next: Option<Place>,
}

/// Why pages are no list.
enum Torn {
    /// Rows moved meanwhile: another try may show them all.
    Moved(&'static str),
    /// The pages lead nowhere.
    Broken(&'static str),
    /// A call failed.
    Failed(VendorError),
}

/// A list that comes in pages. One for whose next page there is no room goes on from there once there is: of one with
/// more pages than a limit lets through at once the end would never be seen.
#[derive(Debug)]
pub struct Pages<L> {
    unfinished: RefCell<Option<Unfinished<L>>>,
    /// When what is under way was begun.
    begun: Cell<Option<Tick>>,
    /// How long the latest waited for room.
    waited: Cell<Duration>,
    /// How often it was begun anew since it was whole.
    torn: Cell<usize>,
}

impl<L> Default for Pages<L> {
    fn default() -> Self {
        Self {
            unfinished: RefCell::default(),
            begun: Cell::default(),
            waited: Cell::default(),
            torn: Cell::default(),
        }
    }
}

impl<L> Pages<L> {
    /// How long a list waits for room: the latest did, or the one that is under way does already. None is newer than
    /// that once it is whole.
    pub fn waits(&self, now: Tick) -> Duration {
        let so_far = self.begun.get().map(|begun| now.since(begun));
        self.waited.get().max(so_far.unwrap_or_default())
    }

    /// What is read so far, or nothing.
    fn take(&self, fresh: Tick, now: Tick) -> Unfinished<L> {
        let list = self.unfinished.take().filter(|list| list.begun >= fresh);
        let list = list.unwrap_or_else(|| Unfinished::new(now));
        self.begun.set(Some(list.begun));
        list
    }

    /// Nothing is under way any more.
    fn end(&self) {
        self.begun.take();
        self.torn.take();
    }
}

impl<L> Wanted<'_, L> {
    /// All rows of a list in pages, or of what is left of one that waited for room, if that is new enough and no row
    /// moved since. Each page is a call of its own, with its own turn of the budget. Where rows move meanwhile it is
    /// begun anew. That it says how many there are, and shows no id twice, does not prove that it lacks none: two rows
    /// may have come and gone between two pages. So absence in such a list takes a read by id, too.
    ///
    /// # Errors
    /// That of a page, or that the pages are no whole list.
    pub async fn whole(
        &self,
        read: impl AsyncFn(&Place) -> Result<Page<L>, VendorError>,
        id: impl Fn(&L) -> &str,
    ) -> Result<Listed<L>, VendorError> {
        loop {
            let mut list = self.pages.take(self.fresh, self.now);
            let failed = match list.go_on(&read, &id).await {
                Ok(()) => {
                    self.pages.waited.set(self.now.since(list.begun));
                    self.pages.end();
                    return Ok(Listed { begun: list.begun, rows: list.rows });
                }
                Err(Torn::Failed(error)) if error.failure.pause().is_some() => {
                    self.pages.unfinished.replace(Some(list));
                    return Err(error);
                }
                Err(Torn::Moved(_)) if self.pages.torn.get() < ANEW => {
                    self.pages.torn.set(self.pages.torn.get() + 1);
                    continue;
                }
                Err(Torn::Failed(error)) => error,
                Err(Torn::Broken(text)) => VendorError::unknown(Failure::Unreadable, text),
                Err(Torn::Moved(why)) => {
                    let text = format!("each time that the list was read, {why}");
                    VendorError::unknown(Failure::Unreadable, text)
                }
            };
            self.pages.end();
            return Err(failed);
        }
    }
}

/// What is read so far of a list.
#[derive(Debug)]
struct Unfinished<L> {
    begun: Tick,
    rows: Vec<L>,
    ids: BTreeSet<String>,
    /// The pages that were read.
    read: BTreeSet<Place>,
    /// The last of them, and the ids on it.
    last: Option<(Place, Vec<String>)>,
    /// The page that is next.
    place: Place,
    total: Option<u64>,
}

impl<L> Unfinished<L> {
    const fn new(begun: Tick) -> Self {
        Self {
            begun,
            rows: Vec::new(),
            ids: BTreeSet::new(),
            read: BTreeSet::new(),
            last: None,
            place: Place::First,
            total: None,
        }
    }

    /// Looks whether rows moved while it waited: then its last page is another one than it was.
    async fn come_back(
        &mut self,
        read: &impl AsyncFn(&Place) -> Result<Page<L>, VendorError>,
        id: &impl Fn(&L) -> &str,
    ) -> Result<(), Torn> {
        let Some((place, ids)) = &self.last else { return Ok(()) };
        let page = read(place).await.map_err(Torn::Failed)?;
        match page.next {
            Some(next) if page.total.or(self.total) == self.total && page.rows.iter().map(id).eq(ids) => {
                self.place = next;
            }
            _ => return Err(Torn::Moved("its rows moved while there was no room for the next page")),
        }
        Ok(())
    }

    /// Reads what is left.
    async fn go_on(
        &mut self,
        read: &impl AsyncFn(&Place) -> Result<Page<L>, VendorError>,
        id: &impl Fn(&L) -> &str,
    ) -> Result<(), Torn> {
        self.come_back(read, id).await?;
        loop {
            if self.read.contains(&self.place) {
                return Err(Torn::Broken("a page of the list leads back to one that was read"));
            }
            if self.read.len() >= MOST {
                return Err(Torn::Broken("the list has no end"));
            }
            let page = read(&self.place).await.map_err(Torn::Failed)?;
            if self.total.is_some() && page.total.is_some() && page.total != self.total {
                return Err(Torn::Moved("its length changed"));
            }
            self.total = page.total.or(self.total);
            let ids: Vec<String> = page.rows.iter().map(|row| id(row).to_owned()).collect();
            if !ids.iter().all(|id| self.ids.insert(id.clone())) {
                return Err(Torn::Moved("it showed something twice"));
            }
            self.rows.extend(page.rows);
            let Some(next) = page.next else { break };
            let place = std::mem::replace(&mut self.place, next);
            self.read.insert(place.clone());
            self.last = Some((place, ids));
        }
        match self.total {
            Some(total) if usize::try_from(total) != Ok(self.rows.len()) => {
                Err(Torn::Moved("it was not as long as it said"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::limit::Limit;
    use futures::FutureExt as _;
    use proptest::prelude::*;

    const NOW: Tick = Tick::new(Duration::from_secs(100));

    fn wanted<L>(fresh: Tick, now: Tick, pages: &Pages<L>) -> Wanted<'_, L> {
        Wanted { container: "", fresh, now, pages }
    }

    /// Reads a list of which nothing was read before.
    async fn whole<T>(
        read: impl AsyncFn(&Place) -> Result<Page<T>, VendorError>,
        id: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, VendorError> {
        wanted(NOW, NOW, &Pages::default()).whole(read, id).await.map(|listed| listed.rows)
    }

    fn page(rows: &[&str], total: Option<u64>, next: Option<Place>) -> Page<String> {
        Page { rows: rows.iter().map(|row| (*row).to_owned()).collect(), total, next }
    }

    /// Reads these tries of a list, page by page; how many pages were asked for.
    fn read(tries: &[&[Page<String>]]) -> (Result<Vec<String>, VendorError>, usize) {
        let (tried, asked) = (Cell::new(0_usize), Cell::new(0_usize));
        let at = Cell::new(0_usize);
        let outcome = whole(
            async |place: &Place| {
                asked.set(asked.get() + 1);
                if *place == Place::First {
                    tried.set(tried.get() + 1);
                    at.set(0);
                }
                let pages = tries[(tried.get() - 1).min(tries.len() - 1)];
                let page = &pages[at.replace(at.get() + 1)];
                Ok(Page { rows: page.rows.clone(), total: page.total, next: page.next.clone() })
            },
            |row| row,
        );
        (outcome.now_or_never().unwrap(), asked.get())
    }

    fn two(first: &[&str], second: &[&str], totals: (u64, u64)) -> [Page<String>; 2] {
        [page(first, Some(totals.0), Some(Place::Number(1))), page(second, Some(totals.1), None)]
    }

    #[test]
    fn a_list_whose_rows_move_is_begun_anew_and_no_more_than_three_times() {
        let good = two(&["a", "b"], &["c"], (3, 3));
        let changed = two(&["a", "b"], &["c"], (3, 4));
        let twice = two(&["a", "b"], &["b"], (3, 3));
        let short = two(&["a"], &["b"], (3, 3));
        for (torn, why) in [(changed, "its length changed"), (twice, "twice"), (short, "not as long")] {
            let (rows, asked) = read(&[&torn, &good]);
            assert_eq!((rows.unwrap().len(), asked), (3, 4), "{why}");
            let (error, asked) = read(&[&torn]);
            let error = error.unwrap_err();
            assert_eq!((error.failure, asked), (Failure::Unreadable, 8));
            assert!(error.message.contains(why), "{}", error.message);
        }
    }

    #[test]
    fn one_that_is_torn_after_each_pause_is_told_to_be_so() {
        let failure = Failure::Deferred { until: NOW, limit: Limit::Ceiling };
        let (pages, asked) = (Pages::default(), Cell::new(0_u64));
        let read = async |place: &Place| {
            asked.set(asked.get() + 1);
            // Room for two pages each time, and each of them is another than before.
            if asked.get() % 3 == 0 {
                return Err(VendorError::without_effect(failure.clone(), "no room"));
            }
            let at = if let Place::Number(at) = place { *at } else { 0 };
            Ok(Page { rows: vec![asked.get().to_string()], total: None, next: Some(Place::Number(at + 1)) })
        };
        let list = || wanted(NOW, NOW, &pages).whole(read, |row: &String| row).now_or_never().unwrap();
        let ends: Vec<Failure> = (0..8).filter_map(|_| list().err()).map(|error| error.failure).collect();
        assert!(ends.contains(&Failure::Unreadable), "{ends:?}");
    }

    #[test]
    fn a_length_that_only_the_first_page_tells_is_enough() {
        let told = [page(&["a"], Some(2), Some(Place::Number(1))), page(&["b"], None, None)];
        assert_eq!(read(&[&told]).0.unwrap(), ["a", "b"]);
        let short = [page(&["a"], Some(3), Some(Place::Number(1))), page(&["b"], None, None)];
        assert_eq!(read(&[&short]).0.unwrap_err().failure, Failure::Unreadable);
    }

    #[test]
    fn pages_that_lead_nowhere_are_no_list() {
        let cursor = |name: &str| Some(Place::Cursor(name.to_owned()));
        let round =
            [page(&["a"], None, cursor("x")), page(&["b"], None, cursor("x")), page(&["c"], None, None)];
        let (error, asked) = read(&[&round]);
        assert_eq!((error.unwrap_err().failure, asked), (Failure::Unreadable, 2));
        let endless = whole(
            async |place: &Place| {
                let at = if let Place::Number(at) = place { *at } else { 0 };
                Ok(Page { rows: vec![at.to_string()], total: None, next: Some(Place::Number(at + 1)) })
            },
            |row| row,
        );
        assert_eq!(endless.now_or_never().unwrap().unwrap_err().failure, Failure::Unreadable);
    }

    #[test]
    fn a_page_that_fails_fails_the_list() {
        let until = Tick::new(Duration::from_mins(1));
        let failure = Failure::Deferred { until, limit: Limit::Rate };
        let outcome = whole(
            async |place: &Place| match place {
                Place::First => Ok(page(&["a"], None, Some(Place::Number(1)))),
                _ => Err(VendorError::without_effect(failure.clone(), "no room")),
            },
            |row: &String| row,
        );
        assert_eq!(outcome.now_or_never().unwrap().unwrap_err().failure, failure);
    }

    #[test]
    fn what_waits_for_room_goes_on_where_it_was_unless_that_is_too_old_or_rows_moved() {
        let later = NOW + Duration::from_mins(1);
        let failures = [
            (Failure::Deferred { until: later, limit: Limit::Ceiling }, true),
            (Failure::Throttled { until: later }, true),
            (Failure::Unreachable, false),
            (Failure::Refused, false),
        ];
        let times = |failure: (Failure, bool)| {
            [(NOW, false), (NOW, true), (later, false)].map(|(fresh, moves)| (failure.clone(), fresh, moves))
        };
        for ((failure, waits), fresh, moves) in failures.into_iter().flat_map(times) {
            let (pages, room, asked) = (Pages::default(), Cell::new(2_usize), Cell::new(0_usize));
            let from = Cell::new(0);
            let read = async |place: &Place| {
                if room.get() == 0 {
                    return Err(VendorError::without_effect(failure.clone(), "no room"));
                }
                room.set(room.get() - 1);
                asked.set(asked.get() + 1);
                let at = if let Place::Number(at) = place { *at } else { 0 };
                let next = (at < 2).then_some(Place::Number(at + 1));
                Ok(Page { rows: vec![(from.get() + at).to_string()], total: Some(3), next })
            };
            let list = |fresh, now| {
                let wanted = wanted(fresh, now, &pages);
                wanted.whole(read, |row: &String| row).now_or_never().unwrap()
            };
            assert_eq!(list(NOW, NOW).map(|list| list.rows).unwrap_err().failure, failure);
            assert_eq!(pages.waits(later), if waits { later.since(NOW) } else { Duration::ZERO });
            if waits {
                assert_eq!(list(NOW, later).map(|list| list.rows).unwrap_err().failure, failure, "none yet");
            }
            // The first one goes, and another comes at the end: the list is as long as before.
            from.set(u64::from(moves));
            room.set(9);
            let listed = list(fresh, later).unwrap();
            assert_eq!(listed.rows, if moves { ["1", "2", "3"] } else { ["0", "1", "2"] });
            let goes_on = waits && fresh == NOW && !moves;
            assert_eq!(
                (listed.begun, asked.get()),
                match (goes_on, waits && fresh == NOW) {
                    (true, _) => (NOW, 4),
                    (_, true) => (later, 6),
                    _ => (later, 5),
                },
                "{failure:?}, {moves}"
            );
        }
    }

    proptest! {
        /// Whatever its rows and its pages, what stands still is read whole, by numbers as by cursors.
        #[test]
        fn what_stands_still_is_read_whole(rows in 0_u64..40, size in 1_u64..9, total: bool, cursors: bool) {
            let read = async |place: &Place| {
                let from = match place {
                    Place::First => 0,
                    Place::Number(at) => at * size,
                    Place::Cursor(at) => at.parse().unwrap(),
                };
                let to = (from + size).min(rows);
                let next = (to < rows).then(|| match cursors {
                    true => Place::Cursor(to.to_string()),
                    false => Place::Number(to / size),
                });
                let page: Vec<String> = (from..to).map(|row| row.to_string()).collect();
                Ok(Page { rows: page, total: total.then_some(rows), next })
            };
            let list = whole(read, |row| row).now_or_never().unwrap().unwrap();
            prop_assert_eq!(list, (0..rows).map(|row| row.to_string()).collect::<Vec<_>>());
        }
    }
}
