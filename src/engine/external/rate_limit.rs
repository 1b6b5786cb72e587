//! What a vendor's answers say of its limits.

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::time::Duration;

/// In which headers a vendor tells its limits, besides `Retry-After`, which everybody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitHeaders {
    /// Calls a minute on this route.
    pub limit: &'static str,
    /// How many of them are left.
    pub remaining: &'static str,
    /// When they are all there again: in so many seconds, or at a time of day.
    pub reset: &'static str,
}

/// What an answer said of limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// 429.
    pub refused: bool,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// See [`RateLimitHeaders::limit`].
    pub limit: Option<u64>,
    /// See [`RateLimitHeaders::remaining`].
    pub remaining: Option<u64>,
    /// How long until [`RateLimitHeaders::reset`].
    pub reset: Option<Duration>,
}

impl RateLimitHeaders {
    /// Reads an answer that came `now`.
    pub fn read(self, status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Signal {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.trim());
        let number = |name: &str| text(name)?.parse().ok();
        let span = |name: &str| span(text(name)?, now);
        Signal {
            refused: status == StatusCode::TOO_MANY_REQUESTS,
            retry_after: span(RETRY_AFTER.as_str()),
            limit: number(self.limit),
            remaining: number(self.remaining),
            reset: span(self.reset),
        }
    }
}

/// How long it is from `now` until what the text says: a number of seconds, a date of HTTP (RFC 9110 §5.6.7) or a
/// timestamp (RFC 3339). What is past is now.
fn span(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at: Timestamp =
        text.parse().ok().or_else(|| rfc2822::parse(text).ok().map(|date| date.timestamp()))?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const NAMES: RateLimitHeaders =
        RateLimitHeaders { limit: "x-limit", remaining: "x-left", reset: "x-reset" };

    fn read(name: &'static str, value: &'static str) -> Signal {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        NAMES.read(StatusCode::OK, &headers, "2026-11-30T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_limit_s_end_is_seconds_or_a_time_of_day() {
        for name in ["retry-after", "x-reset"] {
            for (value, seconds) in [
                (" 17 ", Some(17)),
                ("0", Some(0)),
                ("2026-11-30T12:01:30Z", Some(90)),
                ("2026-11-30T13:01:30+01:00", Some(90)),
                ("Mon, 30 Nov 2026 12:01:30 GMT", Some(90)),
                ("2026-11-30T11:00:00Z", Some(0)),
                ("soon", None),
                ("-5", None),
                ("", None),
            ] {
                let signal = read(name, value);
                let read = if name == "x-reset" { signal.reset } else { signal.retry_after };
                assert_eq!(read, seconds.map(Duration::from_secs), "{name}: {value}");
            }
        }
    }

    #[test]
    fn only_the_vendor_s_own_headers_count() {
        assert_eq!(read("x-limit", "60").limit, Some(60));
        assert_eq!(read("x-left", " 0 ").remaining, Some(0));
        assert_eq!(read("x-ratelimit-limit", "60"), Signal::default());
        let refused = NAMES.read(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), Timestamp::UNIX_EPOCH);
        assert!(refused.refused);
    }
}
