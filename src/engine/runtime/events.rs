//! What is told in events about an object: each fact once, and the same again is a count (rule 14).
//!
//! What somebody can write in a namespace must not become events without end: within an hour an object has so many
//! different ones, and then one that says that there is more. Pure: it is told the time.

use crate::engine::base::ports::{Event, Tick};
use crate::engine::base::reason::Reason;
use crate::engine::decide::fingerprint::digest;
use crate::engine::runtime::first_seen::Moment;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// For how long a fact is the same: as long as Kubernetes keeps an event.
const WINDOW: Duration = Duration::from_hours(1);
/// How many different facts are told about an object within that time.
pub const DISTINCT: usize = 20;
/// Up to how many times each time is told; after that, each time that the number has doubled.
const EACH: u32 = 8;

/// A fact that was told.
#[derive(Debug)]
struct Fact {
    count: u32,
    since: jiff::Timestamp,
}

/// What was told within the last hour.
#[derive(Debug, Default)]
pub struct Events {
    /// By the object's uid and the digest of the fact.
    told: BTreeMap<String, BTreeMap<String, Fact>>,
    /// In the order in which facts were first told.
    order: VecDeque<(Tick, String, String)>,
}

impl Events {
    /// What is to be told now, if anything: the event, or one in its place, with how often it happened.
    pub fn tell(&mut self, event: Event, now: Moment) -> Option<Event> {
        while let Some((_, uid, fact)) = self.order.pop_front_if(|(at, ..)| now.tick.since(*at) >= WINDOW) {
            if let Some(facts) = self.told.get_mut(&uid) {
                facts.remove(&fact);
                if facts.is_empty() {
                    self.told.remove(&uid);
                }
            }
        }
        let facts = self.told.entry(event.uid.clone()).or_default();
        let known = facts.contains_key(&fact(&event));
        let event = if known || facts.len() < DISTINCT { event } else { more(event) };
        let fact = fact(&event);
        let told = facts.entry(fact.clone()).or_insert_with(|| {
            self.order.push_back((now.tick, event.uid.clone(), fact));
            Fact { count: 0, since: now.wall }
        });
        told.count = told.count.saturating_add(1);
        let tells = told.count <= EACH || told.count.is_power_of_two();
        tells.then_some(Event { count: told.count, since: told.since, ..event })
    }
}

/// What tells a fact from others about the object.
fn fact(event: &Event) -> String {
    let kind = if event.warning { "warning" } else { "normal" };
    digest([kind, event.reason, event.action, &event.note])
}

/// What is told in place of one too many.
fn more(event: Event) -> Event {
    let note = format!(
        "More than {DISTINCT} different events of this object within an hour: see its status for what holds now, and the \
         operator's log for the rest."
    );
    Event { warning: true, reason: Reason::ManyEvents.as_str(), action: "Report", note, ..event }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KindRef;
    use crate::engine::base::ports::ObjectRef;
    use proptest::prelude::*;
    const THING: KindRef = KindRef::bare("example.dev", "Thing");

    fn event(name: &str, note: &str) -> Event {
        Event {
            about: ObjectRef { kind: THING, namespace: "n".into(), name: name.into() },
            uid: name.into(),
            api_version: "v1".into(),
            warning: false,
            reason: "Updated",
            action: "Update",
            note: note.into(),
            count: 1,
            since: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn minute(minutes: u32) -> Moment {
        let wall = jiff::Timestamp::from_second(1_800_000_000 + 60 * i64::from(minutes)).unwrap();
        Moment { tick: Tick::default() + minutes * Duration::from_mins(1), wall }
    }

    #[test]
    fn the_same_again_is_a_count_which_is_told_less_and_less_often() {
        let mut events = Events::default();
        let mut told = Vec::new();
        for number in 0..1000 {
            told.extend(events.tell(event("a", "x"), minute(number / 100)).map(|told| told.count));
        }
        assert_eq!(told, [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512]);
        let again = events.tell(event("a", "x"), minute(9)).map(|told| told.count);
        assert_eq!(again, None);
        let anew = events.tell(event("a", "x"), minute(60)).unwrap();
        assert_eq!((anew.count, anew.since), (1, minute(60).wall), "an hour later it is another one");
    }

    #[test]
    fn of_many_different_ones_the_rest_is_one() {
        let mut events = Events::default();
        for number in 0..DISTINCT {
            let told = events.tell(event("a", &number.to_string()), minute(0)).unwrap();
            assert_eq!((told.reason, told.count), ("Updated", 1));
        }
        for number in 1..=3 {
            let told = events.tell(event("a", &format!("more-{number}")), minute(1)).unwrap();
            assert_eq!((told.reason, told.count), ("ManyEvents", number));
        }
        assert_eq!(events.tell(event("a", "7"), minute(1)).unwrap().count, 2, "what was told is counted");
        assert_eq!(events.tell(event("b", "x"), minute(1)).unwrap().reason, "Updated", "another object");
        assert_eq!(events.tell(event("a", "later"), minute(61)).unwrap().reason, "Updated");
    }

    proptest! {
        /// Whatever happens: within any hour no more different ones an object than that, and one more; and nothing
        /// is kept for longer.
        #[test]
        fn no_hour_has_more(
            happens in proptest::collection::vec((0_u32..5, 0_u8..60, 0_u8..3), 0..400),
        ) {
            let mut events = Events::default();
            let mut firsts: Vec<(u32, String)> = Vec::new();
            let mut now = 0;
            for (wait, note, object) in happens {
                now += wait;
                let told = events.tell(event(&object.to_string(), &note.to_string()), minute(now));
                if let Some(told) = told.filter(|told| told.count == 1) {
                    firsts.push((now, told.uid));
                    let hour = |uid: &str| firsts.iter().filter(|(at, of)| now - at < 60 && of == uid).count();
                    prop_assert!(hour(&object.to_string()) <= DISTINCT + 1);
                }
            }
            events.tell(event("last", "x"), minute(now + 60));
            prop_assert_eq!((events.told.len(), events.order.len()), (1, 1));
        }
    }
}
