//! Whose the conditions of a status are: those of our types are ours to write, and those of types of their own others keep
//! there.

use crate::api::conditions::ConditionType;
use serde_json::Value;

/// The member of a status that has them.
pub(super) const CONDITIONS: &str = "conditions";

/// Those of them that are ours.
pub(super) fn ours(conditions: &Value) -> Vec<Value> {
    all(conditions).filter(|one| is_ours(one)).cloned().collect()
}

/// Ours of them, with what others keep among `there`.
pub(super) fn with_others(conditions: &Value, there: &Value) -> Vec<Value> {
    let others = all(there).filter(|one| !is_ours(one)).cloned();
    ours(conditions).into_iter().chain(others).collect()
}

fn all(conditions: &Value) -> impl Iterator<Item = &Value> {
    conditions.as_array().into_iter().flatten()
}

fn is_ours(condition: &Value) -> bool {
    ConditionType::ALL.iter().any(|kind| condition["type"] == kind.as_str())
}
