//! What comes in and what goes out, as plain values: no socket is needed to speak to the core.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::Value;

/// A request to the vendor, or to the control surface.
#[derive(Clone)]
pub struct Request {
    /// GET, POST, …
    pub method: Method,
    /// Path and query: `/setup/account?accountId=act-1a2b3c4d`.
    pub target: String,
    /// The headers; only `Authorization` and `User-Agent` are read.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// Without headers, query and body: any of them may carry a secret.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("body", &format_args!("({} bytes)", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Request {
    /// A request without token and body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// The same with a bearer token. A value that no header can carry is left out.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    /// The same with a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self
    }

    pub(in crate::sandbox) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(in crate::sandbox) fn query(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    pub(in crate::sandbox) fn agent(&self) -> &str {
        self.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("unknown")
    }

    pub(in crate::sandbox) fn token(&self) -> Option<&str> {
        let (scheme, token) = self.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
    }
}

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, the content type among them.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json", Bytes::from(body.to_string()))
    }

    pub(in crate::sandbox) fn new(status: StatusCode, content_type: &'static str, body: Bytes) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body }
    }

    pub(in crate::sandbox) fn header(&mut self, name: &'static str, value: impl Into<HeaderValue>) {
        self.headers.insert(HeaderName::from_static(name), value.into());
    }

    /// The body as JSON; null when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// How an answer reaches the caller, if it does.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Whole.
    Whole(Answer),
    /// The head and this many bytes of the body, then the connection breaks.
    Cut(Answer, usize),
    /// The connection breaks before the first byte.
    Reset,
    /// Nothing ever comes.
    Hang,
}

/// What the core makes of a request. By then the effect, if there is one, has happened.
#[derive(Clone, Debug)]
pub struct Reply {
    /// To wait before anything is delivered.
    pub delay: Duration,
    /// What is delivered.
    pub delivery: Delivery,
    /// The request changed something.
    pub effect: bool,
}

impl Reply {
    pub(super) fn whole(answer: Answer, effect: bool) -> Self {
        Self { delay: Duration::ZERO, delivery: Delivery::Whole(answer), effect }
    }

    /// The answer, where one is delivered whole.
    pub fn answer(&self) -> Option<&Answer> {
        match &self.delivery {
            Delivery::Whole(answer) => Some(answer),
            Delivery::Cut(..) | Delivery::Reset | Delivery::Hang => None,
        }
    }
}
