//! What may be stored of a status: what was stored before, or what a write that was not answered was to make of it. What
//! is shown and lacks something of the nearer of these has lost it on the way; what is none of them somebody else wrote.

use super::conditions::{self, CONDITIONS};
use super::promise::promised;
use crate::engine::base::merge_patch::merge;
use serde_json::{Map, Value};

/// The most that may be stored. With more, only what they promise is told apart; and if that is more, too, nothing can be
/// said until something is shown.
const MOST: usize = 8;

/// What may be stored, the earliest first. Each write names the version that it was made for, so it is what was stored
/// then with what one of them was to make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    may: Vec<Value>,
    /// Whether all of them are here, and not of those that promise the same the latest only.
    whole: bool,
}

impl Doubt {
    /// After another write that is not answered yet: of what `may` be stored, or else is.
    pub fn of(may: Option<Self>, stored: &Value, patch: &Value) -> Self {
        let mut doubt = may.unwrap_or_else(|| Self::none(stored.clone()));
        if doubt.may.is_empty() {
            // What was forgotten may still be stored.
            return doubt;
        }
        let mut after = stored.clone();
        merge(&mut after, patch);
        if !doubt.may.contains(&after) {
            doubt.may.push(after);
        }
        if doubt.may.len() > MOST {
            doubt.whole = false;
            let promises: Vec<Value> = doubt.may.iter().map(promised).collect();
            let last = |index: &usize| !promises[index + 1..].contains(&promises[*index]);
            doubt.may = (0..promises.len()).filter(last).map(|index| doubt.may[index].clone()).collect();
        }
        if doubt.may.len() > MOST {
            doubt.may.clear();
        }
        doubt
    }

    /// What certainly is stored.
    pub fn none(stored: Value) -> Self {
        Self { may: vec![stored], whole: true }
    }

    /// What stood where somebody else wrote the status that is shown: what may be stored and is the nearest to it, with the
    /// conditions of types of their own that others have there. Nothing where it is what may be stored.
    pub fn overwritten(&self, shown: &Value) -> Option<Value> {
        let (here, ours) = (promised(shown), our_part(shown));
        let is_shown = |may: &Value| if self.whole { our_part(may) == ours } else { promised(may) == here };
        if self.may.iter().any(is_shown) {
            return None;
        }
        let far = |may: &&Value| (differing(&promised(may), &here), differing(&our_part(may), &ours));
        let nearest = self.may.iter().rev().min_by_key(far)?;
        let conditions = conditions::with_others(&nearest[CONDITIONS], &shown[CONDITIONS]);
        Some(with(nearest.clone(), conditions))
    }

    /// Whether the status that is shown only lacks what this one has, and a write is not answered: it may have been lost on
    /// the way.
    pub fn may_have_lost(&self, shown: &Value, whole: &Value) -> bool {
        let mut filled = shown.clone();
        fill(&mut filled, whole);
        self.may.len() > 1 && filled == *whole
    }

    /// The status that is shown, with what it lost; nothing where it lost nothing, or holds another id: then another
    /// process stored what the vendor answered.
    pub fn lost(&self, shown: &Value) -> Option<Value> {
        let here = promised(shown);
        // Which write an id is of is known by it; of those that are as near, the latest.
        let id = here.get("id");
        let fits = |may: &&Value| id.is_none() || may.get("id") == id;
        let promises = self.may.iter().rev().filter(fits).map(promised);
        let nearest = promises.min_by_key(|may| differing(may, &here))?;
        let mut whole = shown.clone();
        fill(&mut whole, &nearest).then_some(whole)
    }
}

/// The status with these conditions.
fn with(mut status: Value, conditions: Vec<Value>) -> Value {
    match status.as_object_mut() {
        Some(members) if conditions.is_empty() => drop(members.remove(CONDITIONS)),
        Some(members) => drop(members.insert(CONDITIONS.to_owned(), conditions.into())),
        None => {}
    }
    status
}

/// The status with no conditions but ours.
fn our_part(status: &Value) -> Value {
    with(status.clone(), conditions::ours(&status[CONDITIONS]))
}

/// In how many members, and members of members, the two differ.
fn differing(one: &Value, other: &Value) -> usize {
    let none = Map::new();
    match (one, other) {
        (Value::Object(_), Value::Object(_) | Value::Null) | (Value::Null, Value::Object(_)) => {
            let (one, other) = (one.as_object().unwrap_or(&none), other.as_object().unwrap_or(&none));
            let value = |all: &Map<String, Value>, member: &str| all.get(member).cloned().unwrap_or_default();
            let only = other.keys().filter(|member| !one.contains_key(*member));
            one.keys().chain(only).map(|member| differing(&value(one, member), &value(other, member))).sum()
        }
        (one, other) => usize::from(one != other),
    }
}

/// Puts in what is not there; whether anything was not.
fn fill(there: &mut Value, whole: &Value) -> bool {
    match (whole, there) {
        (Value::Null, _) => false,
        (whole, there @ Value::Null) => {
            *there = whole.clone();
            true
        }
        (Value::Object(whole), Value::Object(there)) => {
            let mut filled = false;
            for (member, value) in whole {
                filled |= fill(there.entry(member.clone()).or_insert(Value::Null), value);
            }
            filled
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn status(members: &Value) -> Value {
        let mut status = json!({"organizationId": "o", "conditions": []});
        merge(&mut status, members);
        status
    }

    #[test]
    fn what_is_as_it_was_or_as_it_was_to_be_lost_nothing() {
        let before = status(&json!({"pendingCreate": {"key": "k", "since": "now"}}));
        let patch = json!({"id": "a", "origin": "Created", "pendingCreate": null, "conditions": [1]});
        let doubt = Doubt::of(None, &before, &patch);
        let mut after = before.clone();
        merge(&mut after, &patch);
        assert_eq!((doubt.lost(&before), doubt.lost(&after)), (None, None));
        let again = Doubt::of(Some(doubt.clone()), &after, &patch);
        assert_eq!(again, doubt, "the same write again may do no more");
    }

    #[test]
    fn what_is_lacking_is_put_back_as_it_was_or_was_to_be() {
        let intent = json!({"pendingCreate": {"key": "k", "since": "now"}});
        let found = json!({"id": "a", "origin": "Adopted", "found": ["a"], "pendingCreate": null});
        let rotation = json!({"id": "b", "token": {"secret": "s", "rotation": {"key": "k", "newId": "c"}}});
        let switch =
            json!({"id": "c", "token": {"fingerprint": "f", "rotation": {"newId": null, "oldId": "b"}}});
        let told = json!({"conditions": [1]});
        for (before, patch, gone) in [
            // A write that has to do with something else.
            (status(&json!({"id": "a", "found": ["a"]})), &told, json!({"id": null})),
            (status(&rotation), &told, json!({"token": null})),
            (status(&rotation), &told, json!({"token": {"rotation": null}})),
            (status(&intent), &told, json!({"organizationId": null})),
            // One that changes what is lost too.
            (status(&intent), &found, json!({"id": null})),
            (status(&rotation), &switch, json!({"token": null})),
            (status(&rotation), &switch, json!({"token": {"rotation": null}})),
        ] {
            let mut whole = before.clone();
            merge(&mut whole, patch);
            let mut shown = whole.clone();
            merge(&mut shown, &gone);
            assert_eq!(Doubt::of(None, &before, patch).lost(&shown), Some(whole), "{gone}");
        }
    }

    #[test]
    fn what_another_process_stored_is_no_loss() {
        let before = status(&json!({"pendingCreate": {"key": "k", "since": "now"}}));
        let doubt = Doubt::of(None, &before, &json!({"conditions": [1]}));
        assert_eq!(doubt.lost(&status(&json!({"id": "a", "origin": "Created"}))), None);
        // An intent that nobody heard was stored was sent by nobody.
        let doubt = Doubt::of(None, &json!({}), &before);
        assert_eq!(doubt.lost(&json!({"organizationId": "o"})), None);
    }

    #[test]
    fn what_somebody_else_wrote_is_told_from_what_was_sent_and_from_their_own_conditions() {
        let said = |kind: &str, message: &str| json!({"type": kind, "status": "True", "message": message});
        let stored = json!({"id": "a", "conditions": [said("Ready", "so")]});
        let sent = json!({"conditions": [said("Ready", "otherwise")]});
        let doubt = Doubt::of(None, &stored, &sent);
        let with = |changes: &Value| {
            let mut shown = stored.clone();
            merge(&mut shown, changes);
            shown
        };
        let theirs = json!({"conditions": [said("Theirs", "so"), said("Ready", "so")]});
        for shown in [with(&json!({})), with(&sent), with(&theirs)] {
            assert_eq!(doubt.overwritten(&shown), None, "{shown}");
        }
        assert_eq!(doubt.overwritten(&with(&json!({"id": "b"}))), Some(stored.clone()));
        let mut both = theirs.clone();
        both["id"] = json!("b");
        let put_back = json!({"id": "a", "conditions": [said("Ready", "so"), said("Theirs", "so")]});
        assert_eq!(doubt.overwritten(&both), Some(put_back));
        // What may have been lost on the way is no word of anybody's.
        let lost = json!({"conditions": [said("Ready", "so")]});
        assert!(doubt.may_have_lost(&lost, &stored));
        assert!(!doubt.may_have_lost(&json!({"id": "b"}), &stored));
        assert!(!Doubt::none(stored.clone()).may_have_lost(&lost, &stored));
    }

    #[test]
    fn of_too_much_nothing_is_said() {
        let write =
            |doubt, number: usize| Some(Doubt::of(doubt, &json!({}), &json!({"id": number.to_string()})));
        for writes in MOST..3 * MOST {
            let doubt = (0..writes).fold(None, write).unwrap();
            let said = (doubt.lost(&json!({})), doubt.overwritten(&json!({"id": "0"})));
            assert_eq!(said, (None, None), "{writes}");
        }
    }

    #[test]
    fn of_much_that_only_tells_nothing_is_said_but_of_what_is_promised() {
        let said = |number: usize| json!({"id": "a", "message": number.to_string()});
        let write = |doubt, number| Some(Doubt::of(doubt, &said(0), &said(number)));
        for writes in 1..3 * MOST {
            let doubt = (1..=writes).fold(None, write).unwrap();
            for number in 0..=writes {
                assert_eq!(doubt.overwritten(&said(number)), None, "{number} of {writes}");
            }
            assert_eq!(doubt.overwritten(&json!({"id": "b"})).unwrap()["id"], "a", "{writes}");
            assert_eq!(doubt.lost(&json!({"message": "0"})).unwrap()["id"], "a", "{writes}");
        }
    }
}
