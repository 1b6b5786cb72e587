//! The members of a status that carry a promise: what the operator does next goes by them.

use super::conditions::{self, CONDITIONS};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Their names. All others only tell.
const PROMISED: [&str; 17] = [
    "id",
    "provisional",
    "organizationId",
    "containerId",
    "origin",
    "found",
    "leftovers",
    "pendingCreate",
    "superseded",
    "replaced",
    "deletionSentAt",
    "deletion",
    "lastApplied",
    "asked",
    "token",
    "guard",
    "externalId",
];

/// What of a status, or of a patch of one, carries a promise.
pub fn promised(status: &Value) -> Value {
    Value::Object(Promise::of(status).0)
}

/// What is to become of these members, as a merge patch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promise(Map<String, Value>);

impl Promise {
    /// What of a patch of a status carries a promise.
    pub fn of(patch: &Value) -> Self {
        let members = patch.as_object().into_iter().flatten();
        let promised = members.filter(|(member, _)| PROMISED.contains(&member.as_str()));
        Self(promised.map(|(member, value)| (member.clone(), value.clone())).collect())
    }

    /// The rest of the patch.
    pub fn without(mut patch: Value) -> Value {
        if let Some(members) = patch.as_object_mut() {
            members.retain(|member, _| !PROMISED.contains(&member.as_str()));
        }
        patch
    }

    /// The first member that `status`, read back as our own types, does not have as promised.
    pub fn missing_in(&self, status: &Value) -> Option<String> {
        self.0.iter().find_map(|(member, value)| missing(value, status.get(member), member))
    }
}

/// What promised members of a status are to become, each as a whole: what is stored of them may be less by now than
/// when that was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target(Map<String, Value>);

impl Target {
    /// The promised members in which `status` differs from what is stored.
    pub fn of(stored: &Value, status: &Value) -> Self {
        let differs = |member: &&str| stored.get(*member) != status.get(*member);
        let members = PROMISED.into_iter().filter(|member| differs(member));
        let value = |member: &str| status.get(member).cloned().unwrap_or_default();
        Self(members.map(|member| (member.to_owned(), value(member))).collect())
    }

    /// All members in which `status` differs from what is stored, those that only tell too.
    pub fn whole(stored: &Value, status: &Value) -> Self {
        let members = [stored, status].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
        let all: BTreeSet<String> = members.cloned().collect();
        let differs = |member: &String| stored.get(member) != status.get(member);
        let value = |member: String| (member.clone(), status.get(&member).cloned().unwrap_or_default());
        Self(all.into_iter().filter(differs).map(value).collect())
    }

    /// The names of the members.
    pub fn members(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// Takes in the members of `other` that are not among these.
    pub fn and(&mut self, other: Self) {
        for (member, value) in other.0 {
            self.0.entry(member).or_insert(value);
        }
    }

    /// Promises what is newer; what only tells stays.
    pub fn renew(&mut self, newer: Self) {
        self.0.retain(|member, _| !PROMISED.contains(&member.as_str()));
        self.0.extend(newer.0);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The vendor's id in it.
    pub fn id(&self) -> Option<&str> {
        self.0.get("id").and_then(Value::as_str)
    }

    /// `status` as it is once this is stored. What others keep among its conditions stays.
    pub fn laid_over(&self, mut status: Value) -> Value {
        if !self.is_empty() && !status.is_object() {
            status = Value::Object(Map::new());
        }
        let Some(members) = status.as_object_mut() else { return status };
        for (member, value) in &self.0 {
            let there = members.get(member).unwrap_or(&Value::Null);
            let value = match member == CONDITIONS {
                true => match conditions::with_others(value, there) {
                    none if none.is_empty() => Value::Null,
                    some => some.into(),
                },
                false => value.clone(),
            };
            if value.is_null() {
                members.remove(member);
            } else {
                members.insert(member.clone(), value);
            }
        }
        status
    }

    /// Whether `status`, read back as our own types, has all of it.
    pub fn is_kept_in(&self, status: &Value) -> bool {
        self.0.iter().all(|(member, value)| match (member == CONDITIONS, status.get(member)) {
            (true, there) => conditions::ours(there.unwrap_or(&Value::Null)) == conditions::ours(value),
            (false, there) => there.unwrap_or(&Value::Null) == value,
        })
    }
}

fn missing(promised: &Value, there: Option<&Value>, path: &str) -> Option<String> {
    match (promised, there) {
        (Value::Null, None | Some(Value::Null)) => None,
        (Value::Object(members), Some(there @ Value::Object(_))) => members
            .iter()
            .find_map(|(member, value)| missing(value, there.get(member), &format!("{path}.{member}"))),
        // What only takes members away is kept by there being none.
        (Value::Object(members), None) if members.values().all(Value::is_null) => None,
        (promised, Some(there)) if promised == there => None,
        _ => Some(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::status::CommonStatus;
    use crate::engine::base::merge_patch::{merge, patch};
    use serde_json::json;

    fn promise(patch: &Value) -> Promise {
        Promise::of(patch)
    }

    #[test]
    fn only_what_carries_a_promise_is_one() {
        let patch = json!({"id": "act-1", "conditions": [], "observedGeneration": 3, "pendingCreate": null});
        assert_eq!(Value::Object(promise(&patch).0), json!({"id": "act-1", "pendingCreate": null}));
        let target =
            Target::of(&json!({"pendingCreate": {}}), &json!({"id": "act-1", "observedGeneration": 3}));
        assert_eq!(Value::Object(target.0.clone()), json!({"id": "act-1", "pendingCreate": null}));
        assert_eq!(target.id(), Some("act-1"));
    }

    #[test]
    fn each_member_carries_a_promise_or_only_tells() {
        let tells = [
            "observedGeneration",
            "state",
            "reason",
            "message",
            "deletionPolicy",
            "policies",
            "drift",
            "driftTruncated",
            "lastChanges",
            "lastHandledReconcileAt",
            "conditions",
            // Without it a list with a gap waits, as if nothing had been resolved before: nothing is lost by that.
            "resolved",
        ];
        for member in CommonStatus::MEMBERS {
            assert_ne!(PROMISED.contains(&member), tells.contains(&member), "{member}");
        }
    }

    #[test]
    fn what_an_answer_lacks_is_named() {
        let patch = json!({
            "id": "act-1",
            "pendingCreate": null,
            "lastApplied": {"name": "k:1", "gone": null},
            "token": {"rotation": {"requested": "one"}},
        });
        let kept = json!({
            "id": "act-1",
            "lastApplied": {"name": "k:1", "other": "k:2"},
            "token": {"secret": "s", "rotation": {"requested": "one", "since": "now"}},
        });
        assert_eq!(promise(&patch).missing_in(&kept), None);
        for (change, named) in [
            (json!({"id": null}), "id"),
            (json!({"id": "act-2"}), "id"),
            (json!({"pendingCreate": {"key": "k"}}), "pendingCreate"),
            (json!({"lastApplied": null}), "lastApplied"),
            (json!({"lastApplied": {"name": "k:3"}}), "lastApplied.name"),
            (json!({"lastApplied": {"gone": "k:4"}}), "lastApplied.gone"),
            (json!({"token": {"rotation": null}}), "token.rotation"),
        ] {
            let mut answered = kept.clone();
            merge(&mut answered, &change);
            assert_eq!(promise(&patch).missing_in(&answered).as_deref(), Some(named), "{change}");
        }
        assert_eq!(promise(&json!({"lastApplied": {"a": null}})).missing_in(&json!({})), None);
    }

    #[test]
    fn what_is_laid_over_a_status_is_in_it() {
        let stored =
            json!({"pendingCreate": {"key": "k"}, "token": {"rotation": {"key": "k"}}, "found": ["a"]});
        let wished =
            json!({"id": "act-1", "token": {"rotation": {"key": "k", "oldId": "a"}}, "found": ["a"]});
        let target = Target::of(&stored, &wished);
        // Also where more was lost meanwhile than was to change.
        for now in
            [stored.clone(), json!({"pendingCreate": {"key": "k"}, "found": ["a"]}), json!({"found": ["a"]})]
        {
            assert!(!target.is_kept_in(&now));
            let status = target.laid_over(now.clone());
            assert_eq!(status, wished, "{now}");
            assert!(target.is_kept_in(&status));
            let mut patched = now.clone();
            merge(&mut patched, &patch(&now, &status).unwrap());
            assert_eq!(patched, wished);
        }
        assert_eq!(Target::of(&wished, &wished), Target::default());
    }
}
