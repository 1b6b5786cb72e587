//! What looks at the vendor by name tell of a create whose outcome nobody heard (rule 4): none in two of them, `settle`
//! apart, means that it was not carried out.

use crate::engine::base::ports::Tick;
use crate::engine::decide::absence::Lacking;
use crate::engine::decide::ledger::{self, Intent, Outcome, Shown};
use jiff::Timestamp;
use std::time::Duration;

/// What looks have shown of one create.
#[derive(Debug, Default)]
pub struct Lookups {
    /// The moment of its intent.
    of: Option<Timestamp>,
    /// The looks that showed none since one did.
    without: Option<Lacking>,
    /// Those that lacked what the object stands for.
    missing: Option<Lacking>,
}

/// What looks have shown of what an object stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is there.
    There,
    /// The last one lacks it: one that is begun then can tell that it is gone.
    Unsure(Tick),
    /// It is gone.
    Gone,
}

impl Lookups {
    /// Takes in one more look at what came of the create with that moment; `unclaimed` has the ids of that name that are
    /// nobody's. What became of it, and when the next look can tell more.
    pub fn look(
        &mut self,
        intent: &Intent<'_>,
        since: Timestamp,
        begun: Tick,
        unclaimed: Vec<String>,
    ) -> (Outcome, Tick) {
        if self.of != Some(since) {
            *self = Self { of: Some(since), ..Self::default() };
        }
        let none = unclaimed.iter().all(|id| intent.seen.contains(id));
        let tells = begun >= intent.answered_by;
        self.without = (none && tells).then(|| Lacking::go_on(self.without, begun));
        let until = self.without.and_then(|looks| looks.until(intent.settle));
        // Two that are too near are one.
        let before = self.without.filter(|_| until.is_none()).map(Lacking::first);
        let shown = Shown { begun, before, unclaimed, before_had_candidate: false };
        (ledger::outcome(intent, &shown), until.unwrap_or(intent.answered_by))
    }

    /// Takes in one more look that shows all there are.
    pub fn look_for(&mut self, is_there: bool, begun: Tick, settle: Duration) -> Seen {
        self.missing = (!is_there).then(|| Lacking::go_on(self.missing, begun));
        self.missing.map_or(Seen::There, |looks| looks.until(settle).map_or(Seen::Gone, Seen::Unsure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::decide::ledger::Answer;

    const SETTLE: Duration = Duration::from_mins(1);

    fn at(seconds: u64) -> Tick {
        Tick::new(Duration::from_secs(seconds))
    }

    fn intent(accepted: bool) -> Intent<'static> {
        let answer = if accepted { Answer::Accepted } else { Answer::Unheard };
        Intent { seen: &[], answer, answered_by: at(100), settle: SETTLE }
    }

    fn look(looks: &mut Lookups, accepted: bool, second: u64, ids: &[&str]) -> (Outcome, Tick) {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        looks.look(&intent(accepted), Timestamp::UNIX_EPOCH, at(second), ids)
    }

    #[test]
    fn none_in_two_looks_a_settle_apart_was_not_carried_out() {
        let mut looks = Lookups::default();
        assert_eq!(look(&mut looks, false, 50, &[]), (Outcome::Unknown(at(100)), at(100)), "too early");
        assert_eq!(look(&mut looks, false, 101, &[]), (Outcome::Unknown(at(100)), at(161)));
        assert_eq!(look(&mut looks, false, 160, &[]), (Outcome::Unknown(at(100)), at(161)), "not apart");
        assert_eq!(look(&mut looks, false, 161, &[]).0, Outcome::Nothing);
    }

    #[test]
    fn one_that_is_there_is_found_and_begins_the_run_anew() {
        let mut looks = Lookups::default();
        look(&mut looks, false, 101, &[]);
        assert_eq!(look(&mut looks, false, 130, &["a"]).0, Outcome::Found("a".into()));
        assert_eq!(look(&mut looks, false, 165, &[]), (Outcome::Unknown(at(100)), at(225)));
        let several = Outcome::Several(vec!["a".into(), "b".into()]);
        assert_eq!(look(&mut looks, false, 166, &["a", "b"]).0, several);
    }

    #[test]
    fn what_another_create_showed_says_nothing_of_this_one() {
        let mut looks = Lookups::default();
        look(&mut looks, false, 101, &[]);
        let since = Timestamp::from_second(1).unwrap();
        let (outcome, _) = looks.look(&intent(false), since, at(170), Vec::new());
        assert_eq!(outcome, Outcome::Unknown(at(100)));
    }

    #[test]
    fn what_the_vendor_said_that_it_made_is_that_one_or_is_gone() {
        let mut looks = Lookups::default();
        assert_eq!(look(&mut looks, true, 101, &["a"]).0, Outcome::Answered("a".into()));
        look(&mut looks, true, 102, &[]);
        assert_eq!(look(&mut looks, true, 162, &[]).0, Outcome::Vanished);
    }

    #[test]
    fn gone_is_what_two_looks_a_settle_apart_lack() {
        let mut looks = Lookups::default();
        assert_eq!(looks.look_for(true, at(1), SETTLE), Seen::There);
        assert_eq!(looks.look_for(false, at(10), SETTLE), Seen::Unsure(at(70)));
        assert_eq!(looks.look_for(false, at(69), SETTLE), Seen::Unsure(at(70)), "not apart");
        assert_eq!(looks.look_for(true, at(70), SETTLE), Seen::There, "that begins the run anew");
        assert_eq!(looks.look_for(false, at(80), SETTLE), Seen::Unsure(at(140)));
        assert_eq!(looks.look_for(false, at(140), SETTLE), Seen::Gone);
    }
}
