//! What the vendor's audit log tells: which objects somebody else changed, and who that was (rule 6).
//!
//! The log is asked once a resync, from a little before where the last answer ended, as entries may
//! come late. Nobody is named on a guess: not for what we wrote ourselves, nor for what happened
//! before this process could notice its own writes. Pure: it is told what was answered, and when.

use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// An entry of a vendor's audit log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// The ids of the objects that it names.
    pub ids: BTreeSet<String>,
    /// What was done, in the vendor's words: with the rest it tells entries apart.
    pub action: String,
    /// Whether the log says that it was this session's own user.
    pub own: bool,
}

/// Who changed an object last, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub name: String,
}

/// The longest that is asked for at once, unless a resync takes longer.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// How far back is asked for what could not be read. What happened before is seen in its turn.
const BACKLOG: SignedDuration = SignedDuration::from_hours(24);

/// What is remembered of an organization's log.
#[derive(Debug)]
pub struct Audit {
    settle: SignedDuration,
    /// From when on our own writes are known.
    since: Timestamp,
    /// Where the last answer ended.
    end: Option<Timestamp>,
    taken: BTreeSet<AuditEntry>,
    authors: BTreeMap<String, Author>,
    own: BTreeMap<String, Vec<Timestamp>>,
    refused: Option<String>,
    /// How often in a row it could not be read.
    failures: u32,
}

impl Audit {
    /// Nothing was asked yet. `settle` is how late the vendor may show what was done.
    pub fn new(settle: Duration, now: Timestamp) -> Self {
        Self {
            settle: signed(settle),
            // What a former process sent may take effect a little later still.
            since: now.saturating_add(signed(settle)).unwrap_or(now),
            end: None,
            taken: BTreeSet::new(),
            authors: BTreeMap::new(),
            own: BTreeMap::new(),
            refused: None,
            failures: 0,
        }
    }

    /// From when on to ask: twice `settle` before the last end, once as entries may be late, once as the
    /// vendor's clock may differ from ours. The first time, one resync back.
    pub fn from(&self, now: Timestamp, resync: Duration) -> Timestamp {
        let from = match self.end {
            // A clock that was set back has its end ahead.
            Some(end) => before(end.min(now), self.settle * 2),
            None => before(now, signed(resync)),
        };
        from.max(before(now, BACKLOG.max(signed(resync))))
    }

    /// Until when to ask: what could not be read for long is asked for in parts, so that no answer grows without end;
    /// the smaller, the more often it could not be read.
    pub fn to(&self, from: Timestamp, now: Timestamp, resync: Duration) -> Timestamp {
        let whole = LONGEST.max(signed(resync) * 2);
        let part = whole / 2_i32.saturating_pow(self.failures.min(16));
        // Of each part a new one is left beside what overlaps.
        now.min(from.saturating_add(part.max(self.settle * 4)).unwrap_or(now))
    }

    /// It could not be read this time.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.forget_own(before(now, BACKLOG));
    }

    /// Takes in the log's answer for the time up to `to`: the ids that somebody else changed. `held` says
    /// whether an object stands for an id.
    pub fn take(
        &mut self,
        entries: Vec<AuditEntry>,
        to: Timestamp,
        held: impl Fn(&str) -> bool,
    ) -> BTreeSet<String> {
        let first = self.end.map(|end| before(end, self.settle * 2));
        let mut named = BTreeSet::new();
        for entry in entries {
            let known = first.is_some_and(|first| entry.at < first) || self.taken.contains(&entry);
            if known || entry.own || self.is_ours(&entry) {
                continue;
            }
            for id in entry.ids.iter().filter(|id| held(id)) {
                named.insert(id.clone());
                let newer = self.authors.get(id).is_none_or(|known| known.at <= entry.at);
                if newer && entry.at >= self.since && !entry.actor.is_empty() {
                    self.authors.insert(id.clone(), Author { at: entry.at, name: entry.actor.clone() });
                }
            }
            // The vendor may not show yet what a young entry tells of: it counts again next time.
            if entry.at <= before(to, self.settle) {
                self.taken.insert(entry);
            }
        }
        let next = before(to, self.settle * 2);
        self.taken.retain(|entry| entry.at >= next);
        self.authors.retain(|id, _| held(id));
        self.forget_own(before(next, self.settle));
        self.end = Some(to);
        self.refused = None;
        self.failures = 0;
        named
    }

    /// Our own writes before then are needed no more.
    fn forget_own(&mut self, before: Timestamp) {
        for times in self.own.values_mut() {
            times.retain(|at| *at >= before);
        }
        self.own.retain(|_, times| !times.is_empty());
    }

    /// Whether it is about something that we wrote at about that time.
    fn is_ours(&self, entry: &AuditEntry) -> bool {
        let about = |at: &Timestamp| entry.at.duration_since(*at).abs() <= self.settle;
        entry.ids.iter().filter_map(|id| self.own.get(id)).flatten().any(about)
    }

    /// Remembers that we wrote an object.
    pub fn wrote(&mut self, id: &str, at: Timestamp) {
        self.own.entry(id.to_owned()).or_default().push(at);
    }

    /// Who changed the object after it was viewed last, in so far as the log tells. A view may lag.
    pub fn author(&self, id: &str, viewed: Option<Timestamp>) -> Option<&Author> {
        let author = self.authors.get(id)?;
        viewed.is_none_or(|viewed| author.at > before(viewed, self.settle)).then_some(author)
    }

    /// The log cannot be read. Until it can be, nothing needs to be remembered.
    pub fn refuse(&mut self, why: String, now: Timestamp) {
        self.absent(now);
        self.refused = Some(why);
    }

    /// There is no log.
    pub fn absent(&mut self, now: Timestamp) {
        *self = Self::new(self.settle.unsigned_abs(), now);
    }

    /// Why the log cannot be read, if it was refused.
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RESYNC: Duration = Duration::from_mins(5);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn log() -> Audit {
        Audit::new(Duration::from_mins(1), at(940))
    }

    fn entry(second: i64, actor: &str, ids: &[&str]) -> AuditEntry {
        AuditEntry {
            at: at(second),
            actor: actor.into(),
            ids: ids.iter().map(ToString::to_string).collect(),
            action: "UPDATE".into(),
            own: false,
        }
    }

    fn take(log: &mut Audit, to: i64, entries: &[AuditEntry]) -> Vec<String> {
        log.take(entries.to_vec(), at(to), |id| id.starts_with('u')).into_iter().collect()
    }

    fn author<'a>(log: &'a Audit, id: &str, viewed: Option<i64>) -> Option<&'a str> {
        log.author(id, viewed.map(at)).map(|author| author.name.as_str())
    }

    #[test]
    fn the_window_goes_one_resync_back_and_then_overlaps() {
        let mut log = log();
        assert_eq!(log.from(at(1_000), RESYNC), at(700));
        take(&mut log, 1_000, &[]);
        assert_eq!(log.from(at(1_300), RESYNC), at(880), "twice settle before the last end");
        log.refuse("403".into(), at(1_300));
        assert_eq!((log.from(at(1_600), RESYNC), log.refused()), (at(1_300), Some("403")));
        take(&mut log, 1_600, &[]);
        assert_eq!(log.refused(), None, "it answers again");
    }

    #[test]
    fn what_could_not_be_read_for_long_is_asked_for_in_parts() {
        let mut log = log();
        take(&mut log, 1_000, &[]);
        let hour = 3_600;
        let now = 1_000 + 10 * hour;
        let part = |log: &Audit, now| {
            let from = log.from(at(now), RESYNC);
            (from, log.to(from, at(now), RESYNC))
        };
        assert_eq!(part(&log, now), (at(880), at(880 + hour)), "nothing is left out");
        assert_eq!(part(&log, 1_300), (at(880), at(1_300)));
        for _ in 0..3 {
            log.failed(at(now));
        }
        assert_eq!(part(&log, now), (at(880), at(880 + hour / 8)), "it may be too much");
        for _ in 0..100 {
            log.failed(at(now));
        }
        assert_eq!(part(&log, now), (at(880), at(880 + 240)), "and yet it goes on");
        log.take(Vec::new(), at(1_120), |_| true);
        assert_eq!(part(&log, now), (at(1_000), at(1_000 + hour)));
        assert_eq!(part(&log, 1_000 + 100 * hour).0, at(1_000 + 76 * hour), "not for ever");
    }

    #[test]
    fn while_it_cannot_be_read_what_is_remembered_does_not_grow_without_end() {
        let mut log = log();
        for second in (0..200 * 3_600).step_by(60) {
            log.wrote("u1", at(second));
            log.failed(at(second));
        }
        assert!(log.own["u1"].len() <= 24 * 60 + 1, "{}", log.own["u1"].len());
    }

    #[test]
    fn an_entry_counts_once_and_a_young_one_again() {
        let mut log = log();
        let (old, young) = (entry(1_100, "jo", &["u1", "x1"]), entry(1_290, "jo", &["u2"]));
        assert_eq!(take(&mut log, 1_300, &[old.clone(), young.clone(), old.clone()]), ["u1", "u2"]);
        let late = entry(1_200, "al", &["u3"]);
        assert_eq!(take(&mut log, 1_600, &[old, late, young.clone()]), ["u2", "u3"], "not what is not held");
        assert!(take(&mut log, 1_620, &[young]).is_empty());
    }

    #[test]
    fn the_latest_who_did_it_since_the_last_view_is_named() {
        let mut log = log();
        take(&mut log, 1_900, &[entry(1_500, "jo", &["u1"]), entry(1_400, "al", &["u1", "u2"])]);
        // (id, viewed, named)
        let table = [
            ("u1", None, Some("jo")),
            ("u2", None, Some("al")),
            ("u3", None, None),
            ("u1", Some(1_500), Some("jo")),
            ("u1", Some(1_559), Some("jo")),
            ("u1", Some(1_560), None),
            ("u2", Some(1_500), None),
        ];
        for (id, viewed, named) in table {
            assert_eq!(author(&log, id, viewed), named, "{id} {viewed:?}");
        }
        log.take(Vec::new(), at(2_200), |id| id == "u2");
        assert_eq!(author(&log, "u1", None), None, "nobody stands for it any more");
    }

    #[test]
    fn nobody_is_named_for_what_we_may_have_done_ourselves() {
        let mut log = log();
        log.wrote("u1", at(1_500));
        log.wrote("g1", at(1_500));
        let own = AuditEntry { own: true, ..entry(1_700, "robot", &["u4"]) };
        let entries = [
            entry(1_450, "robot", &["u1"]),
            entry(1_560, "robot", &["u1"]),
            entry(1_500, "robot", &["u2", "g1"]),
            own,
            entry(999, "robot", &["u3"]),
        ];
        assert_eq!(take(&mut log, 1_800, &entries), ["u3"], "from before: it may be anybody's");
        for id in ["u1", "u2", "u3", "u4"] {
            assert_eq!(author(&log, id, None), None, "{id}");
        }
        let mut log = self::log();
        log.wrote("u1", at(1_500));
        assert_eq!(take(&mut log, 1_800, &[entry(1_561, "jo", &["u1"])]), ["u1"], "by then ours was over");
        assert_eq!(author(&log, "u1", None), Some("jo"));
    }

    proptest! {
        /// However the polls fall: an entry that the log shows within settle is noticed, and at most
        /// twice; what we wrote is never named.
        #[test]
        fn nothing_is_missed_and_nothing_counts_for_long(
            events in proptest::collection::btree_map(1_000..3_000_i64, (any::<bool>(), 0..60_i64), 0..20),
            steps in proptest::collection::vec(61..600_i64, 1..20),
        ) {
            // An object for each event: so what is named tells which were noticed.
            let id = |second: &i64| format!("u{second}");
            let mut log = log();
            for (second, _) in events.iter().filter(|(_, (own, _))| *own) {
                log.wrote(&id(second), at(*second));
            }
            let mut noticed: BTreeMap<String, usize> = BTreeMap::new();
            let mut now = 1_000;
            // The log is asked until everything has been in it for long.
            for step in steps.into_iter().chain([600; 8]) {
                let from = log.from(at(now), RESYNC);
                let shown = events.iter().filter(|(second, (_, lag))| at(**second) >= from && *second + lag <= now);
                let entries: Vec<AuditEntry> = shown
                    .map(|(second, (own, _))| entry(*second, if *own { "robot" } else { "jo" }, &[&id(second)]))
                    .collect();
                for named in take(&mut log, now, &entries) {
                    *noticed.entry(named).or_default() += 1;
                }
                now += step;
            }
            for (second, (own, _)) in &events {
                let count = noticed.get(&id(second)).copied().unwrap_or(0);
                prop_assert!(if *own { count == 0 } else { (1..=2).contains(&count) }, "{} of {}", count, second);
                prop_assert_eq!(author(&log, &id(second), None), (!own).then_some("jo"));
            }
        }
    }
}
