//! The same write again and again has an end (rule 15): one that is answered as carried out and shows no effect.

use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::plan::Change;

/// How often the same write is made.
pub const MOST: usize = 8;

/// The write to a vendor's object that was made last, and how often in a row.
#[derive(Debug, Default)]
pub struct Repeats {
    /// The generation and the request for which it was counted.
    round: (i64, Option<String>),
    last: Option<(String, usize)>,
}

impl Repeats {
    /// A person changed the manifest, or asks for another look: it counts anew.
    pub fn look(&mut self, generation: i64, asked: Option<&str>) {
        let asked = asked.map(str::to_owned).or_else(|| self.round.1.clone());
        let round = (generation, asked);
        if self.round != round {
            *self = Self { round, last: None };
        }
    }

    /// Whether the write has been made as often as it is.
    pub fn is_over(&self, write: &str) -> bool {
        self.last.as_ref().is_some_and(|(last, count)| last == write && *count >= MOST)
    }

    /// The write was answered as carried out.
    pub fn made(&mut self, write: String) {
        match &mut self.last {
            Some((last, count)) if *last == write => *count += 1,
            last => *last = Some((write, 1)),
        }
    }

    /// Nothing is left to write.
    pub fn ended(&mut self) {
        self.last = None;
    }
}

/// What tells an update of the object with this id from others: what it writes.
pub fn update(id: &str, changes: &[Change]) -> String {
    let written = changes.iter().flat_map(|change| [&*change.path, change.desired.as_deref().unwrap_or("?")]);
    digest(["update", id].into_iter().chain(written))
}

/// The same of its deletion.
pub fn deletion(id: &str) -> String {
    digest(["delete", id])
}

/// What is said of a write that is not made any more.
pub fn text(what: &str) -> String {
    format!(
        "{what} was sent {MOST} times, answered as carried out each time, and shows no effect, so it is not sent again. Find \
         out in the vendor's console why; then edit the manifest, or set the annotation \
         orgkeeper.dev/reconcile-requested-at, and it is sent again."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_write_has_an_end_until_somebody_changes_something() {
        let mut repeats = Repeats::default();
        repeats.look(1, None);
        for _ in 0..MOST {
            assert!(!repeats.is_over("a"));
            repeats.look(1, None);
            repeats.made("a".into());
        }
        assert!(repeats.is_over("a") && !repeats.is_over("b"));
        for (generation, asked) in [(2, None), (2, Some("x"))] {
            repeats.look(generation, asked);
            assert!(!repeats.is_over("a"));
            (0..MOST).for_each(|_| repeats.made("a".into()));
            repeats.look(generation, None);
            assert!(repeats.is_over("a"), "what was asked before is no news");
        }
        repeats.made("b".into());
        assert!(!repeats.is_over("a"), "another one came between");
        (0..MOST).for_each(|_| repeats.made("b".into()));
        repeats.ended();
        assert!(!repeats.is_over("b"));
    }
}
