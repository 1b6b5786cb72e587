//! Rate limits: a sliding window for each organization, route and method.

use std::collections::{BTreeMap, VecDeque};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::Members;

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// How many requests a window lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
pub struct Limits {
    /// For every route without a limit of its own.
    pub per_minute: u32,
    /// Limits of single routes.
    pub routes: Vec<RouteLimit>,
}

impl Default for Limits {
    /// Out of the way.
    fn default() -> Self {
        Self { per_minute: 6000, routes: Vec::new() }
    }
}

/// The limit of one route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteLimit {
    /// The method; all when left out.
    pub method: Option<String>,
    /// The route template: `/setup/account/{accountId}`.
    pub route: String,
    /// Requests a minute.
    pub per_minute: u32,
}

impl TryFrom<Value> for Limits {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let mut members = Members::of("", value)?;
        let per_minute = members.need("perMinute")?;
        let routes: Vec<Value> = members.take("routes")?.unwrap_or_default();
        members.end()?;
        let read = |(index, value)| RouteLimit::read(&format!("routes[{index}]"), value);
        let routes = routes.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { per_minute, routes })
    }
}

impl RouteLimit {
    fn read(path: &str, value: Value) -> Result<Self, String> {
        let mut members = Members::of(path, value)?;
        let (method, route) = (members.take("method")?, members.need("route")?);
        let per_minute = members.need("perMinute")?;
        members.end()?;
        Ok(Self { method, route, per_minute })
    }
}

impl Limits {
    fn of(&self, method: &Method, template: &str) -> u32 {
        self.routes
            .iter()
            .find(|limit| {
                limit.route.eq_ignore_ascii_case(template)
                    && limit
                        .method
                        .as_deref()
                        .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            })
            .map_or(self.per_minute, |limit| limit.per_minute)
    }
}

/// Where a caller stands in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many requests the window lets through.
    pub limit: u32,
    /// How many of them are left.
    pub remaining: u32,
    /// Until the window has room (again, or more).
    pub reset_seconds: u32,
}

/// None: the callers that no organization stands behind.
type Key<O> = (Option<O>, &'static str, String);

/// The windows.
#[derive(Clone, Debug)]
pub(super) struct RateLimiter<O> {
    pub(super) limits: Limits,
    /// Each holds the latest `limit` attempts, refused ones too: so that trying again while
    /// blocked pushes the reset out.
    windows: BTreeMap<Key<O>, VecDeque<Timestamp>>,
}

impl<O: Clone + Ord> RateLimiter<O> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, windows: BTreeMap::new() }
    }

    /// Counts an attempt. Err: it is one too many.
    pub(super) fn admit(
        &mut self,
        now: Timestamp,
        organization: Option<O>,
        template: &'static str,
        method: &Method,
    ) -> Result<Standing, Standing> {
        let capacity = usize::try_from(self.limits.of(method, template)).unwrap_or(usize::MAX);
        let key = (organization.clone(), template, method.to_string());
        let attempts = self.windows.entry(key).or_default();
        while attempts.front().is_some_and(|first| now.duration_since(*first) >= WINDOW) {
            attempts.pop_front();
        }
        let admitted = attempts.len() < capacity;
        attempts.push_back(now);
        while attempts.len() > capacity {
            attempts.pop_front();
        }
        let standing = self.standing(now, organization, template, method);
        if admitted { Ok(standing) } else { Err(standing) }
    }

    /// Where a caller stands, without counting.
    pub(super) fn standing(
        &self,
        now: Timestamp,
        organization: Option<O>,
        template: &'static str,
        method: &Method,
    ) -> Standing {
        let limit = self.limits.of(method, template);
        let key = (organization, template, method.to_string());
        let attempts = self.windows.get(&key);
        let expired = attempts
            .map_or(0, |attempts| attempts.partition_point(|attempt| now.duration_since(*attempt) >= WINDOW));
        let used = attempts.map_or(0, VecDeque::len) - expired;
        let first = attempts.and_then(|attempts| attempts.get(expired));
        Standing {
            limit,
            remaining: limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)),
            reset_seconds: first.map_or(60, |first| seconds_until(now, *first)),
        }
    }
}

/// Whole seconds, rounded up: a caller that waits so long is not too early.
fn seconds_until(now: Timestamp, first: Timestamp) -> u32 {
    let rest = WINDOW - now.duration_since(first);
    let whole = rest.as_secs() + i64::from(rest.subsec_nanos() > 0);
    u32::try_from(whole).unwrap_or(0)
}
