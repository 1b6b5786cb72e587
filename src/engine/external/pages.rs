//! A list that comes in pages, read whole (rule 2).

use crate::engine::base::error::{Failure, VendorError};
use std::collections::BTreeSet;

/// The most pages of one list.
const MOST: usize = 10_000;
/// How often a list is begun anew that changes while it is read.
const ANEW: usize = 3;

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
    /// A call failed; what was read before says nothing any more.
    Failed(VendorError),
}

/// All rows of a list. Each page is a call of its own, with its own turn of the budget; where rows move meanwhile it is
/// begun anew, and so it is by whoever comes back after a pause. That it says how many there are, and shows no id
/// twice, does not prove that it lacks none: two rows may have come and gone between two pages. So absence in such a
/// list takes a read by id, too.
///
/// # Errors
/// That of a page, or that the pages are no whole list.
pub async fn whole<T>(
    read: impl AsyncFn(&Place) -> Result<Page<T>, VendorError>,
    id: impl Fn(&T) -> &str,
) -> Result<Vec<T>, VendorError> {
    let mut why = "";
    for _ in 0..=ANEW {
        match once(&read, &id).await {
            Ok(rows) => return Ok(rows),
            Err(Torn::Failed(error)) => return Err(error),
            Err(Torn::Broken(text)) => return Err(VendorError::unknown(Failure::Unreadable, text)),
            Err(Torn::Moved(text)) => why = text,
        }
    }
    Err(VendorError::unknown(Failure::Unreadable, format!("each time that the list was read, {why}")))
}

async fn once<T>(
    read: &impl AsyncFn(&Place) -> Result<Page<T>, VendorError>,
    id: &impl Fn(&T) -> &str,
) -> Result<Vec<T>, Torn> {
    let (mut rows, mut ids, mut places) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let (mut place, mut total) = (Place::First, None);
    loop {
        if !places.insert(place.clone()) {
            return Err(Torn::Broken("a page of the list leads back to one that was read"));
        }
        if places.len() > MOST {
            return Err(Torn::Broken("the list has no end"));
        }
        let page = read(&place).await.map_err(Torn::Failed)?;
        if total.is_some() && page.total != total {
            return Err(Torn::Moved("its length changed"));
        }
        total = page.total.or(total);
        for row in page.rows {
            if !ids.insert(id(&row).to_owned()) {
                return Err(Torn::Moved("it showed something twice"));
            }
            rows.push(row);
        }
        match page.next {
            Some(next) => place = next,
            None => break,
        }
    }
    match total {
        Some(total) if usize::try_from(total) != Ok(rows.len()) => {
            Err(Torn::Moved("it was not as long as it said"))
        }
        _ => Ok(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::limit::Limit;
    use crate::engine::base::ports::Tick;
    use futures::FutureExt as _;
    use proptest::prelude::*;
    use std::cell::Cell;

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
        let until = Tick::new(std::time::Duration::from_mins(1));
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
