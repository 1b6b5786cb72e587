//! The log of requests and the counters, with every secret taken out.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::nesting::is_too_deep;
use super::secret::digest;

/// How many requests are kept.
const CAPACITY: usize = 10_000;

/// How long a body may be to be kept.
const BODY_LIMIT: usize = 16 << 10;

/// A request that came.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggedRequest<O> {
    /// Counts from 1 since the start or the last clearing.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// The template of its route; `(none)` when it has none.
    pub route: String,
    /// Its path.
    pub path: String,
    /// Its query.
    pub query: BTreeMap<String, String>,
    /// Its body as JSON; null when there was none.
    pub body: Value,
    /// The digest of its token.
    pub token: Option<String>,
    /// Where that token belongs.
    pub organization_id: Option<O>,
    /// The status that was sent; none when no whole answer was.
    pub status: Option<u16>,
    /// It changed something.
    pub effect: bool,
    /// The fault that struck it.
    pub fault: Option<&'static str>,
}

/// How often a route was called.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counter {
    /// All requests.
    pub requests: u64,
    /// Those that changed something.
    pub effects: u64,
    /// Those answered with 400 and above.
    pub refused: u64,
}

/// The requests that came, the latest ones in full, all of them counted.
#[derive(Clone, Debug)]
pub struct RequestLog<O> {
    last: u64,
    entries: VecDeque<LoggedRequest<O>>,
    /// By method and route template.
    counters: BTreeMap<(String, String), Counter>,
}

impl<O> Default for RequestLog<O> {
    fn default() -> Self {
        Self { last: 0, entries: VecDeque::new(), counters: BTreeMap::new() }
    }
}

impl<O> RequestLog<O> {
    /// The latest requests, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &LoggedRequest<O>> {
        self.entries.iter()
    }

    /// How many came in all.
    pub fn total(&self) -> u64 {
        self.last
    }

    /// How often a route was called.
    pub fn counter(&self, method: &str, route: &str) -> Counter {
        self.counters.get(&(method.to_owned(), route.to_owned())).cloned().unwrap_or_default()
    }

    /// How often each route was called, as JSON.
    pub(super) fn counters(&self) -> Vec<Value> {
        self.counters
            .iter()
            .map(|((method, route), counter)| {
                json!({
                    "method": method,
                    "route": route,
                    "requests": counter.requests,
                    "effects": counter.effects,
                    "refused": counter.refused,
                })
            })
            .collect()
    }

    /// Adds a request and numbers it.
    pub(super) fn add(&mut self, mut entry: LoggedRequest<O>) -> u64 {
        self.last += 1;
        entry.number = self.last;
        let counter = self.counters.entry((entry.method.clone(), entry.route.clone())).or_default();
        counter.requests += 1;
        counter.effects += u64::from(entry.effect);
        counter.refused += u64::from(entry.status.is_some_and(|status| status >= 400));
        self.entries.push_back(entry);
        if self.entries.len() > CAPACITY {
            self.entries.pop_front();
        }
        self.last
    }

    /// Notes an effect that came after its request was logged.
    pub(super) fn note_late_effect(&mut self, number: u64) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.number == number) else {
            return;
        };
        entry.effect = true;
        let key = (entry.method.clone(), entry.route.clone());
        self.counters.entry(key).or_default().effects += 1;
    }
}

/// A query without the values of these members.
pub(super) fn safe_query(query: &[(String, String)], secrets: &[&str]) -> BTreeMap<String, String> {
    query
        .iter()
        .map(|(key, value)| {
            let value = if is_secret(key, secrets) { masked(value) } else { value.clone() };
            (key.clone(), value)
        })
        .collect()
}

/// A body without the values of these members. What is no JSON, too long or too deep is told by its length alone.
pub fn safe_body(body: &[u8], secrets: &[&str]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    let is_kept = body.len() <= BODY_LIMIT && !is_too_deep(body);
    match serde_json::from_slice(body) {
        Ok(value) if is_kept => without(value, secrets),
        _ => json!(format!("({} bytes)", body.len())),
    }
}

fn without(value: Value, secrets: &[&str]) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| {
                let value = if is_secret(&key, secrets) && !value.is_null() {
                    Value::String(masked(&value.to_string()))
                } else {
                    without(value, secrets)
                };
                (key, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| without(item, secrets)).collect(),
        other => other,
    }
}

fn is_secret(key: &str, secrets: &[&str]) -> bool {
    secrets.iter().any(|secret| secret.eq_ignore_ascii_case(key))
}

fn masked(secret: &str) -> String {
    format!("sha256:{}", digest(secret))
}
