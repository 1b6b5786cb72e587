//! The calls that a vendor and a person allow an organization (rule 7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most limits that status lists.
pub const MAX_LEARNED: usize = 32;

/// How many calls may be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetStatus {
    /// The ceiling over all calls, as the spec sets it.
    #[schemars(range(min = 1))]
    pub requests_per_minute: i32,
    /// The limits that the vendor has told of, by operation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MAX_LEARNED))]
    pub learned: Vec<LearnedLimit>,
}

/// A limit that the vendor has told of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LearnedLimit {
    /// The method and the route, such as GET /setup/account.
    #[schemars(length(max = 128))]
    pub operation: String,
    /// How many such calls the vendor allows a minute, for all tokens of the organization together.
    #[schemars(range(min = 1))]
    pub per_minute: i64,
}

impl BudgetStatus {
    /// What is to be shown, given what was shown before: what the vendor told before a restart holds until
    /// it tells something else.
    #[must_use]
    pub fn of(requests_per_minute: u32, before: Option<&Self>, learned: Vec<LearnedLimit>) -> Self {
        let mut all = learned;
        for limit in before.map(|before| before.learned.as_slice()).unwrap_or_default() {
            if all.iter().all(|known| known.operation != limit.operation) {
                all.push(limit.clone());
            }
        }
        all.sort();
        all.truncate(MAX_LEARNED);
        Self { requests_per_minute: i32::try_from(requests_per_minute).unwrap_or(i32::MAX), learned: all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(operation: &str, per_minute: i64) -> LearnedLimit {
        LearnedLimit { operation: operation.into(), per_minute }
    }

    #[test]
    fn what_was_told_holds_until_something_else_is_told() {
        let before = BudgetStatus::of(300, None, vec![limit("GET /b", 10), limit("GET /a", 5)]);
        assert_eq!(before.learned, [limit("GET /a", 5), limit("GET /b", 10)]);
        assert_eq!(BudgetStatus::of(300, Some(&before), Vec::new()), before, "after a restart");
        let after = BudgetStatus::of(200, Some(&before), vec![limit("GET /b", 20), limit("PUT /a", 1)]);
        assert_eq!(after.requests_per_minute, 200);
        assert_eq!(after.learned, [limit("GET /a", 5), limit("GET /b", 20), limit("PUT /a", 1)]);
    }

    #[test]
    fn no_more_than_so_many_are_listed() {
        let many = (0..100).map(|number| limit(&format!("GET /{number:03}"), 1)).collect();
        let shown = BudgetStatus::of(300, None, many);
        assert_eq!(shown.learned.len(), MAX_LEARNED);
        assert_eq!(BudgetStatus::of(300, Some(&shown), shown.learned.clone()), shown);
    }
}
