//! A call, what it is about, and how ids get into its path.

use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::caller::{Call, Effect};

/// What a call is about, as far as its answer's meaning depends on it: the names that error codes have for it. Each kind
/// has its own among its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject(&'static [&'static str]);

impl Subject {
    /// A collection, or something new: "does not exist" makes no sense as an answer.
    pub const NOTHING: Self = Self(&[]);

    /// What the path or the query names, by what error codes call it, in capitals and without underscores.
    pub const fn called(names: &'static [&'static str]) -> Self {
        Self(names)
    }

    /// Whether this is the name of it. Others end alike: a service account is no account, a user's group no user.
    pub fn is_called(self, name: &str) -> bool {
        self.0.contains(&name)
    }
}

/// A call, and what it is about.
#[derive(Clone, Debug)]
pub struct Request {
    /// The call.
    pub call: Call,
    /// What it names.
    pub subject: Subject,
}

impl Request {
    /// A GET.
    pub fn read(route: &'static str, path: String, subject: Subject) -> Self {
        let call = Call { method: Method::GET, route, path, body: None, effect: Effect::Read };
        Self { call, subject }
    }

    /// A call that changes something.
    pub fn write(method: Method, route: &'static str, path: String, subject: Subject) -> Self {
        Self { call: Call { method, route, path, body: None, effect: Effect::Write }, subject }
    }

    /// A POST that changes nothing.
    pub fn try_out(route: &'static str, path: String, subject: Subject) -> Self {
        let call = Call { method: Method::POST, route, path, body: None, effect: Effect::Read };
        Self { call, subject }
    }

    /// The same with this body.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.call.body = Some(body);
        self
    }
}

/// An id as one segment of a path. Empty and dotted ids would lead to another route, which may
/// delete something else, so they are refused here.
pub fn segment(id: &str) -> Result<String, VendorError> {
    if matches!(id, "" | "." | "..") {
        return Err(VendorError::without_effect(Failure::Refused, format!("{id:?} is not an id")));
    }
    Ok(escape(id))
}

/// A path that names an account in its query. Without one, the vendor takes the oldest account and
/// says nothing (spot-wire §1).
pub fn of_account(path: &str, account: &str) -> Result<String, VendorError> {
    if account.is_empty() {
        return Err(VendorError::without_effect(Failure::Refused, "a call without its account"));
    }
    Ok(format!("{path}?accountId={}", escape(account)))
}

/// A text as a part of a path or as a value in a query: whatever is not unreserved is escaped.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    escaped
}

/// A date-time to the millisecond, as both contracts write it.
pub fn date_time(moment: Timestamp) -> String {
    format!("{moment:.3}")
}
