//! A vendor's answer, taken apart: status, body, and the vendor's envelope where there is one.

use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::engine::base::ports::HttpResponse;

/// How deep JSON may be nested. Spot's deepest answer has fewer than ten levels.
pub const MAX_DEPTH: usize = 32;

/// The vendor's rate-limit headers, exactly: common gateways have others that begin alike.
const RATE_LIMIT: [&str; 3] = ["x-ratelimit-remaining", "x-ratelimit-limit", "x-ratelimit-reset"];

/// Why a body is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJson {
    /// Nothing but white space.
    Empty,
    /// Words, and no attempt at JSON or HTML.
    Text,
    /// A page for people: a proxy's or a load balancer's.
    Html,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Neither JSON nor text, or JSON cut off.
    Broken,
}

impl NotJson {
    /// For people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Empty => "the body is empty",
            Self::Text => "the body is plain text",
            Self::Html => "the body is HTML",
            Self::TooDeep => "the JSON is nested too deep",
            Self::Broken => "the body is not JSON",
        }
    }
}

/// An answer.
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// Whether it has the vendor's rate-limit headers (spot-wire §1: the live service always sends them).
    pub has_rate_limit: bool,
    body: Result<Value, NotJson>,
}

/// Without the body, which may hold a token.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", self.status)
    }
}

/// One of the errors of an envelope.
#[derive(Debug)]
pub struct ErrorItem<'a> {
    /// The vendor's code; empty where it sent none.
    pub code: &'a str,
    /// The vendor's words.
    pub message: &'a str,
    /// The field that they are about.
    pub field: &'a str,
}

impl Reply {
    /// Takes an answer apart.
    pub fn read(response: &HttpResponse) -> Self {
        Self {
            status: response.status,
            has_rate_limit: RATE_LIMIT.iter().any(|name| response.headers.contains_key(*name)),
            body: parse(&response.body),
        }
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<&Value, NotJson> {
        self.body.as_ref().map_err(|&why| why)
    }

    /// `response`, the envelope's half that is the vendor's.
    pub fn response(&self) -> Option<&Map<String, Value>> {
        self.json().ok()?.get("response")?.as_object()
    }

    /// `response.status.code`: only the live service's envelope has it.
    pub fn code(&self) -> Option<u16> {
        let code = whole_number(self.response()?.get("status")?.get("code")?)?;
        u16::try_from(code).ok()
    }

    /// `response.items`.
    pub fn items(&self) -> Option<&[Value]> {
        self.response()?.get("items")?.as_array().map(Vec::as_slice)
    }

    /// `response.errors`, as far as they are objects.
    pub fn errors(&self) -> Vec<ErrorItem<'_>> {
        let errors = self.response().and_then(|response| response.get("errors")?.as_array());
        errors.into_iter().flatten().filter_map(Value::as_object).map(ErrorItem::read).collect()
    }

    /// Whether this is the vendor's error envelope: its own code, or its errors.
    pub fn is_vendor_error(&self) -> bool {
        self.code().is_some_and(|code| code >= 400) || !self.errors().is_empty()
    }

    /// Whether the live service shows itself: its envelope, or its headers.
    pub fn is_production(&self) -> bool {
        self.code().is_some() || self.has_rate_limit
    }

    /// `request.id`, where `request` is an object (the document's examples have a string there).
    pub fn request_id(&self) -> Option<&str> {
        self.json().ok()?.get("request")?.get("id")?.as_str()
    }
}

impl<'a> ErrorItem<'a> {
    fn read(error: &'a Map<String, Value>) -> Self {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        Self { code: text("code"), message: text("message"), field: text("field") }
    }
}

/// A number that counts, or one in a string.
pub fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn parse(body: &[u8]) -> Result<Value, NotJson> {
    let start = body.trim_ascii_start();
    if start.is_empty() {
        return Err(NotJson::Empty);
    }
    if is_too_deep(start) {
        return Err(NotJson::TooDeep);
    }
    serde_json::from_slice(start).map_err(|_| match start[0] {
        b'<' => NotJson::Html,
        b'{' | b'[' | b'"' => NotJson::Broken,
        _ if std::str::from_utf8(start).is_ok() => NotJson::Text,
        _ => NotJson::Broken,
    })
}

/// Looks at brackets outside strings only, before anything is parsed: bodies are the vendor's, and
/// a parser's own limit is not ours to rely on.
fn is_too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// A success with this body.
#[cfg(test)]
pub fn reply(body: &str) -> Reply {
    let body = bytes::Bytes::copy_from_slice(body.as_bytes());
    Reply::read(&HttpResponse { status: StatusCode::OK, headers: http::HeaderMap::new(), body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_not_json() {
        let table: [(&[u8], NotJson); 10] = [
            (b"", NotJson::Empty),
            (b" \r\n", NotJson::Empty),
            (b"Bad Request", NotJson::Text),
            (b"<!DOCTYPE html><html>", NotJson::Html),
            (b" <html>", NotJson::Html),
            (b"{\"response\": {", NotJson::Broken),
            (b"{} {}", NotJson::Broken),
            (b"[1,", NotJson::Broken),
            (b"\"cut", NotJson::Broken),
            (b"\xff\xfe", NotJson::Broken),
        ];
        for (body, expected) in table {
            assert_eq!(parse(body).expect_err("not JSON"), expected, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn depth_is_limited_and_brackets_in_strings_are_not_depth() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(MAX_DEPTH + 1).as_bytes()), Err(NotJson::TooDeep));
        assert_eq!(parse("{\"a\":".repeat(100_000).as_bytes()), Err(NotJson::TooDeep), "and never closed");
        let string = format!(r#"{{"a": "\"\\{}", "b": [1]}}"#, "[{".repeat(100));
        assert!(parse(string.as_bytes()).is_ok(), "{string}");
        let wide = format!("[{}]", vec!["[]"; 1000].join(","));
        assert!(parse(wide.as_bytes()).is_ok());
    }
}
