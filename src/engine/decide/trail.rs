//! What was done or seen at the vendor, as `status.lastChanges` tells it, and the trail of what no answer has shown there
//! yet. Pure: it is told the time.

use crate::api::status::{LastChange, MAX_CHANGE, MAX_CHANGES, MAX_DRIFT_VALUE};
use crate::api::text::cut;
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::digest;
use crate::engine::decide::report::whole_seconds;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// The most entries that one fact takes.
const MOST: usize = MAX_CHANGES / 2;
/// How the last of them ends where they do not say all of it.
const MORE: &str = " … the operator's log has all of it, under this digest";

/// A fact: what was done or seen at the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is, in a word.
    pub reason: Reason,
    /// What it is, in full: its event has the same text.
    pub note: String,
    /// Its parts, between which it is cut where it is too long for one entry: what each is about, and what it says.
    parts: Vec<(String, String)>,
    who: Option<String>,
}

impl Fact {
    /// One that a sentence tells.
    pub fn new(reason: Reason, note: impl Into<String>) -> Self {
        let note = note.into();
        Self::of(reason, vec![(note.clone(), note)], None)
    }

    /// Changes: of which field, and what each says; and who made them, where that is known.
    pub fn of(reason: Reason, changes: Vec<(String, String)>, who: Option<&str>) -> Self {
        let all = changes.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
        let note = match who {
            Some(who) => format!("{all} (changed by {who})"),
            None => all,
        };
        Self { reason, note, parts: changes, who: who.map(str::to_owned) }
    }

    /// What tells it from whatever else is told of an object.
    pub fn digest(&self) -> String {
        fact(self.reason, &self.note)
    }

    /// Its entries: one, or as many as it takes to say all of it, or else what it is about.
    pub fn entries(&self, now: Timestamp) -> Vec<LastChange> {
        let texts = if self.note.len() <= MAX_CHANGE { vec![self.note.clone()] } else { self.texts() };
        let entry = |what| LastChange {
            at: Time(whole_seconds(now)),
            reason: self.reason.to_string(),
            what,
            who: self.who.as_deref().map(|who| cut(who, MAX_DRIFT_VALUE).to_owned()),
            digest: self.digest(),
        };
        texts.into_iter().map(entry).collect()
    }

    fn texts(&self) -> Vec<String> {
        let texts = packed(self.parts.iter().map(|(_, text)| text.as_str()));
        if texts.len() <= MOST {
            return texts;
        }
        let mut about = packed(self.parts.iter().map(|(about, _)| about.as_str()));
        about.truncate(MOST);
        if let Some(last) = about.last_mut() {
            *last = format!("{}{MORE}", cut(last, MAX_CHANGE - MORE.len()));
        }
        about
    }

    /// Whether it was only seen: it is seen again and again.
    fn is_seen(&self) -> bool {
        matches!(self.reason, Reason::Drifted | Reason::ExternallyDeleted | Reason::OutcomeUnknown)
    }
}

/// What tells something that is told of an object from whatever else is.
pub fn fact(reason: Reason, note: &str) -> String {
    digest([reason.as_str(), note])
}

/// The parts, in as few texts as they fit in.
fn packed<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for part in parts {
        match texts.last_mut() {
            Some(text) if text.len() + "; ".len() + part.len() <= MAX_CHANGE => {
                text.push_str("; ");
                text.push_str(part);
            }
            _ => {
                let mut rest = part;
                while !rest.is_empty() {
                    let text = cut(rest, MAX_CHANGE);
                    rest = &rest[text.len()..];
                    texts.push(text.to_owned());
                }
            }
        }
    }
    texts
}

/// An entry that no answer has shown in status yet.
#[derive(Debug)]
struct Entry {
    change: LastChange,
    /// Whether an answer lacked it: it goes along with whatever else is written, and is no reason to write.
    kept_out: bool,
}

/// The entries that no answer has shown in status yet, the latest first: nothing that becomes of a draft drops them.
#[derive(Debug, Default)]
pub struct Trail(Vec<Entry>);

impl Trail {
    /// Takes in a fact, beside the entries that are stored. The same that is not stored yet is no other, nor is what
    /// is seen again.
    pub fn note(&mut self, fact: &Fact, stored: &[LastChange], now: Timestamp) {
        let digest = fact.digest();
        let newest = self.0.first().map(|entry| &entry.change).or_else(|| stored.first());
        let known = self.0.iter().any(|entry| entry.change.digest == digest)
            || fact.is_seen() && newest.is_some_and(|newest| newest.digest == digest);
        if known {
            return;
        }
        let entries = fact.entries(now).into_iter().map(|change| Entry { change, kept_out: false });
        self.0.splice(..0, entries);
        self.0.truncate(MAX_CHANGES);
    }

    /// Takes back a fact that is not stored yet: another one says more.
    pub fn take_back(&mut self, digest: &str) {
        self.0.retain(|entry| entry.change.digest != digest);
    }

    /// What status is to have where it has these.
    pub fn laid_over(&self, stored: &[LastChange]) -> Vec<LastChange> {
        let own = self.0.iter().map(|entry| &entry.change);
        let rest = stored.iter().filter(|known| self.0.iter().all(|entry| entry.change != **known));
        own.chain(rest).take(MAX_CHANGES).cloned().collect()
    }

    /// Takes in what the API server shows.
    pub fn shown(&mut self, stored: &[LastChange]) {
        self.0.retain(|entry| !stored.contains(&entry.change));
    }

    /// Takes in that these were sent, and answered: what is still here was not taken.
    pub fn answered(&mut self, sent: &[LastChange]) {
        for entry in self.0.iter_mut().filter(|entry| sent.contains(&entry.change)) {
            entry.kept_out = true;
        }
    }

    /// Whether there is something to write.
    pub fn is_due(&self) -> bool {
        self.0.iter().any(|entry| !entry.kept_out)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn drifted(what: &str) -> Fact {
        Fact::new(Reason::Drifted, what)
    }

    fn whats(entries: &[LastChange]) -> Vec<&str> {
        entries.iter().map(|entry| entry.what.as_str()).collect()
    }

    #[test]
    fn what_is_too_long_for_one_entry_takes_several_and_says_where_there_is_more() {
        let parts = |count: usize, long: usize| {
            (0..count).map(|part| format!("{part}{}", "é".repeat(long / 2))).collect()
        };
        let of = |parts: Vec<String>| {
            let name = |number: usize| format!("field {number:03}");
            let parts = parts.into_iter().enumerate().map(|(number, part)| (name(number), part)).collect();
            Fact::of(Reason::Updated, parts, Some("jo"))
        };
        let one = of(parts(2, 100)).entries(at(1));
        assert_eq!(one.len(), 1);
        assert!(one[0].what.ends_with("(changed by jo)"), "{one:?}");
        let fact = of(parts(20, 100));
        let several = fact.entries(at(1));
        let whole = whats(&several).join("; ");
        assert_eq!((several.len(), whole.as_str()), (5, &*parts(20, 100).join("; ")), "{several:#?}");
        assert!(
            several.iter().all(|entry| entry.digest == fact.digest() && entry.who.as_deref() == Some("jo"))
        );
        let long = Fact::new(Reason::Updated, "é".repeat(1000)).entries(at(1));
        assert_eq!(whats(&long).concat(), "é".repeat(1000));
        let more = of(parts(200, 100)).entries(at(1));
        let told = whats(&more).concat();
        assert!((0..200).all(|number| told.contains(&format!("field {number:03}"))), "{more:#?}");
        let much = of(parts(2000, 100)).entries(at(1));
        assert_eq!(much.len(), MOST);
        for entries in [more, much] {
            assert!(entries.iter().all(|entry| entry.what.len() <= MAX_CHANGE));
            assert!(entries.last().unwrap().what.ends_with(MORE), "{entries:#?}");
        }
    }

    #[test]
    fn what_no_answer_has_shown_is_laid_over_whatever_is_stored_until_one_does() {
        let (mut trail, before) = (Trail::default(), drifted("a").entries(at(1)));
        assert!(!trail.is_due());
        trail.note(&drifted("b"), &before, at(2));
        trail.note(&drifted("b"), &before, at(3));
        trail.note(&Fact::new(Reason::Updated, "c"), &before, at(4));
        let sent = trail.laid_over(&before);
        assert_eq!(whats(&sent), ["c", "b", "a"]);
        assert_eq!(trail.laid_over(&sent), sent, "where it is stored already, it is there once");
        assert!(trail.is_due());
        trail.shown(&sent);
        assert!(trail.is_empty());
        for second in 0..40 {
            trail.note(&Fact::new(Reason::Updated, second.to_string()), &sent, at(second));
        }
        assert_eq!(trail.laid_over(&sent).len(), MAX_CHANGES);
        assert_eq!(trail.laid_over(&sent)[0].what, "39");
    }

    #[test]
    fn what_is_only_seen_again_is_no_other_entry_but_what_is_done_again_is() {
        let mut trail = Trail::default();
        let again = |trail: &mut Trail, fact: &Fact| {
            trail.note(fact, &fact.entries(at(1)), at(2));
            std::mem::take(trail).is_due()
        };
        assert!(!again(&mut trail, &drifted("a")));
        assert!(again(&mut trail, &Fact::new(Reason::DriftCorrected, "a")));
    }

    #[test]
    fn what_an_answer_lacked_goes_along_and_is_no_reason_to_write() {
        let mut trail = Trail::default();
        trail.note(&drifted("a"), &[], at(1));
        let sent = trail.laid_over(&[]);
        trail.note(&drifted("b"), &[], at(2));
        trail.shown(&[]);
        trail.answered(&sent);
        assert!(trail.is_due(), "what was not sent yet is");
        trail.take_back(&drifted("b").digest());
        assert!(!trail.is_due() && !trail.is_empty());
        assert_eq!(whats(&trail.laid_over(&[])), ["a"]);
    }
}
