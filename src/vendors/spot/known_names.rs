//! Names that the vendor lists, and that a manifest may misspell: those are told, and sent all the same.

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::base::ports::Tick;
use crate::engine::base::sentences::{listed, near};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The most that are told to be meant by one.
const MEANT: usize = 3;

/// The names as they were read last, and when that was tried.
#[derive(Default)]
pub struct KnownNames(RefCell<Option<(Tick, Rc<[String]>)>>);

impl KnownNames {
    /// The names as they were read at `fresh` or later; those of before, or none, where they cannot be read: what is
    /// said by them can be left unsaid.
    pub async fn read(
        &self,
        fresh: Tick,
        now: Tick,
        list: impl AsyncFnOnce() -> Result<Vec<String>, VendorError>,
    ) -> Rc<[String]> {
        let known = self.0.borrow().clone();
        let former = match known {
            Some((read, names)) if read >= fresh => return names,
            Some((_, names)) => names,
            None => Rc::default(),
        };
        let names = match list().await {
            Ok(names) => names.into(),
            // There was no room for the call.
            Err(error) if matches!(error.failure, Failure::Deferred { .. }) => return former,
            Err(_) => former,
        };
        *self.0.borrow_mut() = Some((now, Rc::clone(&names)));
        names
    }
}

/// Those of `named` that fit none of the names that `read` gives, and these; read once more if there are any, as the
/// vendor may have a new one. Where none is known, nothing is said of any.
pub async fn unknown<'a>(
    named: &BTreeSet<&'a str>,
    recent: Tick,
    fits: impl Fn(&str, &str) -> bool,
    read: impl AsyncFn(Tick) -> Rc<[String]>,
) -> (Vec<&'a str>, Rc<[String]>) {
    let among = |known: &[String]| {
        let is_known = |name: &str| known.is_empty() || known.iter().any(|one| fits(name, one));
        named.iter().filter(|name| !is_known(name)).copied().collect::<Vec<&str>>()
    };
    let known = read(Tick::default()).await;
    if among(&known).is_empty() {
        return (Vec::new(), known);
    }
    let known = read(recent).await;
    (among(&known), known)
}

/// The unknown names, each with those that may be meant by it.
pub fn with_meant<'a>(unknown: &[&str], known: &(impl Iterator<Item = &'a str> + Clone)) -> String {
    let told = |name: &&str| {
        let meant: Vec<&str> = near(name, known.clone()).into_iter().take(MEANT).collect();
        if meant.is_empty() { (*name).to_owned() } else { format!("{name} (perhaps {})", meant.join(" or ")) }
    };
    listed(&unknown.iter().map(told).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::cell::Cell;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_read_once_and_again_for_one_that_is_none_of_them() {
        let (known, calls) = (KnownNames::default(), Cell::new(0));
        let at = |seconds| Tick::new(std::time::Duration::from_secs(seconds));
        let read = async |fresh| {
            let list = async || {
                calls.set(calls.get() + 1);
                Ok(names(if calls.get() == 1 { &["A"] } else { &["A", "B"] }))
            };
            known.read(fresh, at(10 * (calls.get() + 1)), list).await
        };
        let unknown_of = |name, recent| {
            unknown(&BTreeSet::from([name]), recent, |name, known| name == known, read)
                .now_or_never()
                .unwrap()
                .0
        };
        assert_eq!((unknown_of("A", at(5)), calls.get()), (vec![], 1));
        assert_eq!((unknown_of("A", at(15)), calls.get()), (vec![], 1));
        assert_eq!((unknown_of("B", at(5)), calls.get()), (vec!["B"], 1), "it was read as recently as that");
        assert_eq!((unknown_of("B", at(15)), calls.get()), (vec![], 2));
        assert_eq!((unknown_of("C", at(20)), calls.get()), (vec!["C"], 2));
    }

    #[test]
    fn what_cannot_be_read_is_as_before_and_nothing_is_said_where_nothing_is_known() {
        let failed = |failure| Err(VendorError::without_effect(failure, "no"));
        let known = KnownNames::default();
        let read = |fresh, now, list: Result<_, _>| {
            let (fresh, now) = (Tick::new(fresh), Tick::new(now));
            known.read(fresh, now, async || list).now_or_never().unwrap().to_vec()
        };
        let secs = std::time::Duration::from_secs;
        assert_eq!(read(secs(0), secs(1), failed(Failure::Forbidden)), [""; 0]);
        assert_eq!(read(secs(0), secs(2), Ok(names(&["A"]))), [""; 0], "it is not tried time and again");
        assert_eq!(read(secs(2), secs(2), Ok(names(&["A"]))), ["A"]);
        assert_eq!(read(secs(3), secs(3), failed(Failure::Forbidden)), ["A"]);
        let named = BTreeSet::from(["B"]);
        let nothing = unknown(&named, Tick::default(), |_, _| false, async |_| Rc::default());
        assert!(nothing.now_or_never().unwrap().0.is_empty());
    }

    #[test]
    fn each_name_is_told_with_those_that_are_near_it() {
        let known = ["elastigroup:createGroup", "elastigroup:*", "elastigroup:createGroups"];
        let text = with_meant(&["elastigroup:creteGroup", "something", "elastigruop:*"], &known.into_iter());
        assert_eq!(
            text,
            "elastigroup:creteGroup (perhaps elastigroup:createGroup or elastigroup:createGroups), something, \
             elastigruop:* (perhaps elastigroup:*)"
        );
    }
}
