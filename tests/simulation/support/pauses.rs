//! When the vendor wants to hear nothing.

use http::{Method, StatusCode};
use orgkeeper::engine::base::ports::{HttpRequest, HttpResponse, Tick};
use secrecy::ExposeSecret as _;
use std::cell::RefCell;
use std::time::Duration;

/// Who calls with which token, and what: of a list, or of one of it.
#[derive(Clone, PartialEq, Eq)]
struct Route {
    by: String,
    token: String,
    method: Method,
    kind: String,
    depth: usize,
}

impl Route {
    fn of(by: &str, request: &HttpRequest) -> Self {
        Self {
            by: by.to_owned(),
            token: request.bearer.as_ref().map(|token| token.expose_secret().to_owned()).unwrap_or_default(),
            method: request.method.clone(),
            kind: kind_of(request.url.path()),
            depth: request.url.path().split('/').count(),
        }
    }
}

/// Until when it wants to hear nothing more of such calls.
#[derive(Default)]
pub struct Pauses(RefCell<Vec<(Route, Tick)>>);

impl Pauses {
    /// Whether such a call is not to be made now.
    pub fn forbid(&self, by: &str, request: &HttpRequest, now: Tick) -> bool {
        let route = Route::of(by, request);
        let mut pauses = self.0.borrow_mut();
        pauses.retain(|(_, until)| *until > now);
        pauses.iter().any(|(paused, _)| *paused == route)
    }

    /// A process was given the answer.
    pub fn heard(&self, by: &str, request: &HttpRequest, answer: &HttpResponse, now: Tick) {
        let seconds =
            answer.headers.get("x-ratelimit-reset").and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(seconds) = seconds.filter(|_| answer.status == StatusCode::TOO_MANY_REQUESTS) {
            self.0.borrow_mut().push((Route::of(by, request), now + Duration::from_secs(seconds)));
        }
    }
}

/// The path without ids.
pub fn kind_of(path: &str) -> String {
    let words = path.split('/').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join("/")
}
