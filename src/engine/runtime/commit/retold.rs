//! Writes of a status that only say otherwise what is so: after an upgrade, of every object. They take turns, so that
//! Kubernetes is not asked for all of them at once; whatever else changes is written at once, and the words with it.

use crate::engine::base::ports::Tick;
use crate::engine::base::runbook::unlinked;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;

/// How long after one turn the next one is: 300 a minute.
pub const EACH: Duration = Duration::from_millis(200);
/// How many may be taken at once, if none were for a while: a small installation waits for nothing.
const AT_ONCE: u32 = 60;

/// Whose turn is when.
#[derive(Debug, Default)]
pub struct Turns(Cell<Tick>);

impl Turns {
    /// The next turn; one that is not after `now` may be taken now.
    pub fn take(&self, now: Tick) -> Tick {
        let turn = self.0.get().max(now - EACH * AT_ONCE);
        self.0.set(turn + EACH);
        turn
    }
}

/// Whether a patch of the `stored` status only says otherwise what it says already. Of an object at rest that is any
/// text, and what is remembered for the first time. Of one that somebody may be looking at it is no more than the link.
pub(super) fn only_retells(stored: &Value, patch: &Value, at_rest: bool) -> bool {
    let mut members = patch.as_object().into_iter().flatten();
    members.all(|(member, value)| {
        let before = &stored[member];
        match member.as_str() {
            "conditions" => facts(before, at_rest) == facts(value, at_rest),
            "message" => at_rest || before.is_null(),
            // An earlier version has none.
            "state" | "reason" => before.is_null(),
            "lastApplied" => at_rest && adds(before, value),
            _ => false,
        }
    })
}

/// What conditions say, without what may be said otherwise.
fn facts(conditions: &Value, at_rest: bool) -> Value {
    let mut facts = conditions.clone();
    for condition in facts.as_array_mut().into_iter().flatten() {
        let text = condition["message"].as_str().map(unlinked).filter(|_| !at_rest).unwrap_or_default();
        condition["message"] = text.into();
    }
    facts
}

/// Whether a patch takes nothing away and replaces nothing.
fn adds(before: &Value, patch: &Value) -> bool {
    let members = patch.as_object();
    members
        .is_some_and(|members| members.iter().all(|(key, value)| !value.is_null() && before[key].is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::base::runbook::linked;
    use serde_json::json;

    fn said(reason: &str, message: &str) -> Value {
        json!([{"type": "Ready", "status": "True", "reason": reason, "message": message}])
    }

    #[test]
    fn what_is_said_otherwise_is_told_from_what_is_otherwise() {
        let stored = json!({
            "conditions": said("InSync", "It is so."), "id": "a", "lastApplied": {"name": "x"},
            "observedGeneration": 1, "state": "InSync", "message": "It is so.",
        });
        let link = linked("It is so.", "InSync");
        // What is written, and whether that only retells: of an object at rest, and of another one.
        for (patch, at_rest, other) in [
            (json!({"conditions": said("InSync", &link)}), true, true),
            (json!({"conditions": said("InSync", "It is as declared.")}), true, false),
            (json!({"message": "It is as declared."}), true, false),
            (json!({"lastApplied": {"more": "y"}}), true, false),
            (json!({"lastApplied": {"more": "y"}, "resolved": [{"id": "c"}]}), false, false),
            (json!({"lastApplied": {"name": "y"}}), false, false),
            (json!({"lastApplied": {"name": null}}), false, false),
            (json!({"lastApplied": null}), false, false),
            (json!({"conditions": said("Drifted", &link)}), false, false),
            (json!({"conditions": null}), false, false),
            (json!({"state": "Drifted"}), false, false),
            (json!({"observedGeneration": 2}), false, false),
            (json!({"conditions": said("InSync", &link), "asked": [{"of": "x"}]}), false, false),
            (json!({"id": "b"}), false, false),
        ] {
            assert_eq!(only_retells(&stored, &patch, true), at_rest, "{patch}");
            assert_eq!(only_retells(&stored, &patch, false), other, "{patch}");
        }
        let earlier = json!({"conditions": said("InSync", "It is so.")});
        let patch = json!({"conditions": said("InSync", &link), "state": "InSync", "reason": "InSync", "message": "It is so."});
        assert!(only_retells(&earlier, &patch, false));
    }

    #[test]
    fn few_take_their_turn_at_once_and_many_one_after_the_other() {
        let (turns, now) = (Turns::default(), Tick::new(Duration::from_hours(1)));
        let many: Vec<Tick> = (0..10_000).map(|_| turns.take(now)).collect();
        let at_once = many.iter().filter(|turn| **turn <= now).count();
        assert!(at_once.abs_diff(60) <= 1, "{at_once}");
        let minute = |from: Tick| {
            many.iter().filter(|turn| **turn > from && **turn <= from + Duration::from_mins(1)).count()
        };
        assert!((0..40).all(|minutes| minute(now + minutes * Duration::from_mins(1)) <= 300));
        assert!(many[9_999] <= now + Duration::from_mins(34));
        let later = many[9_999] + Duration::from_hours(1);
        assert!(turns.take(later) <= later);
    }
}
