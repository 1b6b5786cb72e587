//! When what the vendor was seen to lack is gone (rule 2). One look is no proof, as it may lag or show only a part, and
//! two of the same moment are one: they lie `settle` apart.

use crate::engine::base::checks::holds;
use crate::engine::base::ports::Tick;
use std::time::Duration;

/// An unbroken run of looks at the vendor that lack something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// When the first of them was begun.
    first: Tick,
    /// When the last was.
    last: Tick,
}

impl Lacking {
    /// The run whose first look and whose last were begun then.
    pub const fn between(first: Tick, last: Tick) -> Self {
        Self { first, last }
    }

    /// One look alone.
    pub const fn once(begun: Tick) -> Self {
        Self::between(begun, begun)
    }

    /// When its first look was begun.
    pub const fn first(self) -> Tick {
        self.first
    }

    /// The same without what was begun before `write`, which says nothing of it.
    #[must_use]
    pub fn after(self, write: Tick) -> Self {
        Self { first: self.first.max(write), ..self }
    }

    /// The run that goes on with one more look, or begins with it.
    pub fn go_on(run: Option<Self>, begun: Tick) -> Self {
        Self::between(run.map_or(begun, |run| run.first), begun)
    }

    /// From when on a look that is begun then can tell that it is gone; `None` once it is.
    pub fn until(self, settle: Duration) -> Option<Tick> {
        let due = self.first + settle;
        let gone = holds!(AbsenceTwice, self.last >= due && self.last > self.first);
        (!gone).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_mins(1);

    fn at(seconds: u64) -> Tick {
        Tick::new(Duration::from_secs(seconds))
    }

    #[test]
    fn gone_is_what_two_looks_lack_that_lie_a_settle_apart() {
        let table = [
            ("one look", Lacking::once(at(100)), Some(160)),
            ("two that are too near", Lacking::between(at(100), at(159)), Some(160)),
            ("two", Lacking::between(at(100), at(160)), None),
            ("one more", Lacking::go_on(Some(Lacking::once(at(100))), at(160)), None),
            ("one of before our own write", Lacking::between(at(100), at(160)).after(at(130)), Some(190)),
            ("two after it", Lacking::between(at(100), at(190)).after(at(130)), None),
        ];
        for (what, run, until) in table {
            assert_eq!(run.until(SETTLE), until.map(at), "{what}");
        }
        assert_eq!(
            Lacking::once(at(100)).until(Duration::ZERO),
            Some(at(100)),
            "one look, whatever the wait"
        );
    }
}
