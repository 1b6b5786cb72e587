//! Reads of several calls, any of which a limit may cut short: the next goes on where the last one stopped. Where few
//! calls are allowed, it would never get to the end else.

use crate::engine::base::error::VendorError;
use crate::engine::base::ports::Tick;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// For how long: what a minute's calls show, those of the next ones may complete.
const MINUTES: Duration = Duration::from_mins(3);

/// What the first calls of such reads got, by id, and when each was begun.
pub(super) struct CutShort<T>(RefCell<BTreeMap<String, (Tick, T)>>);

impl<T> Default for CutShort<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> CutShort<T> {
    /// What the last read got, if that was begun at `since` or later and within some minutes before this one, or else this
    /// one, begun now; it is kept until the whole has [ended](Self::ended).
    ///
    /// # Errors
    /// Those of the read.
    pub(super) async fn read(
        &self,
        id: &str,
        (since, now): (Tick, Tick),
        read: impl Future<Output = Result<T, VendorError>>,
    ) -> Result<T, VendorError> {
        // Whoever began some of these may not come back to end them.
        self.0.borrow_mut().retain(|_, (then, _)| now.since(*then) <= MINUTES);
        let known = self.0.borrow().get(id).filter(|(then, _)| *then >= since).map(|(_, got)| got.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let got = read.await?;
        self.0.borrow_mut().insert(id.to_owned(), (now, got.clone()));
        Ok(got)
    }

    /// The whole ended so: what was got is kept where it was a limit that ended it.
    pub(super) fn ended<O>(&self, id: &str, outcome: &Result<O, VendorError>) {
        if !outcome.as_ref().is_err_and(|error| error.failure.pause().is_some()) {
            self.0.borrow_mut().remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn what_nobody_ends_is_forgotten() {
        let cut_short = CutShort::<u8>::default();
        let minute = |minutes: u32| Tick::default() + minutes * Duration::from_mins(1);
        let read = |id: &str, at, got| {
            let read = cut_short.read(id, (Tick::default(), at), std::future::ready(Ok(got)));
            read.now_or_never().unwrap().unwrap()
        };
        assert_eq!((read("a", minute(0), 1), read("a", minute(3), 2)), (1, 1), "the next goes on with it");
        assert_eq!(read("a", minute(4), 3), 3, "it is too old");
        for number in 5..100 {
            read(&number.to_string(), minute(number), 4);
        }
        assert!(cut_short.0.borrow().len() <= 4, "{}", cut_short.0.borrow().len());
        cut_short.ended("99", &Ok(()));
        assert_eq!(read("99", minute(99), 5), 5);
    }
}
