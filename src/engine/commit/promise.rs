//! The members of a status that carry a promise: what the operator does next goes by them.

use crate::engine::report::merge;
use serde_json::{Map, Value};

/// Their names. All others only tell.
const PROMISED: [&str; 15] = [
    "id",
    "organizationId",
    "containerId",
    "origin",
    "found",
    "leftovers",
    "pendingCreate",
    "superseded",
    "replaced",
    "deletionSentAt",
    "lastApplied",
    "asked",
    "token",
    "guard",
    "externalId",
];

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

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The patch.
    pub fn patch(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The vendor's id in it.
    pub fn id(&self) -> Option<&str> {
        self.0.get("id").and_then(Value::as_str)
    }

    /// `status` as it is once this is stored.
    pub fn laid_over(&self, mut status: Value) -> Value {
        merge(&mut status, &self.patch());
        status
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
    use serde_json::json;

    fn promise(patch: &Value) -> Promise {
        Promise::of(patch)
    }

    #[test]
    fn only_what_carries_a_promise_is_one() {
        let patch = json!({"id": "act-1", "conditions": [], "observedGeneration": 3, "pendingCreate": null});
        let promise = promise(&patch);
        assert_eq!(promise.patch(), json!({"id": "act-1", "pendingCreate": null}));
        assert_eq!(promise.id(), Some("act-1"));
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
        let promise = promise(&json!({"id": "act-1", "pendingCreate": null, "lastApplied": {"a": "k:1"}}));
        let status = promise.laid_over(json!({"pendingCreate": {"key": "k"}, "lastApplied": {"b": "k:2"}}));
        assert_eq!(status, json!({"id": "act-1", "lastApplied": {"a": "k:1", "b": "k:2"}}));
        assert_eq!(promise.missing_in(&status), None);
    }
}
