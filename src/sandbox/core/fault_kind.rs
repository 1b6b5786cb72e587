//! The kinds of faults: what goes wrong, and what is to be carried out.

use http::HeaderValue;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::Members;

/// The longest body of a fault: enough for any client to refuse, and no danger to who serves it.
const LARGEST: usize = 64 << 20;
/// The shortest: `{"padding":""}`.
const SMALLEST: usize = 14;
/// The deepest body of a fault, which has two bytes a level.
const DEEPEST: usize = 10_000_000;
/// The longest that a fault waits.
const LONGEST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The statuses that lead elsewhere.
const REDIRECTIONS: [u16; 5] = [301, 302, 303, 307, 308];

/// What goes wrong. Where there is an `effect`, it says whether the request is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", try_from = "Value")]
pub enum FaultKind {
    /// The answer comes late. The effect does not. Adds to whatever else strikes.
    Delay {
        /// How late.
        duration: SignedDuration,
    },
    /// The connection breaks, and nothing was done.
    ResetBeforeEffect,
    /// The connection breaks after the request was carried out.
    ResetAfterEffect,
    /// The connection breaks at once, and the request is carried out later all the same.
    LateEffect {
        /// How much later.
        after: SignedDuration,
    },
    /// The connection breaks within the body, after the request was carried out.
    CutBody,
    /// No answer ever comes.
    Hang {
        /// Whether the request is carried out.
        effect: bool,
    },
    /// A 5xx in the contract's own form of error.
    ServerError {
        /// The status; 500 when left out.
        status: u16,
        /// Whether the request is carried out.
        effect: bool,
    },
    /// A 502 in HTML, as from a proxy.
    BadGateway {
        /// Whether the request is carried out.
        effect: bool,
    },
    /// A 200 that is not JSON.
    Garbage {
        /// Whether the request is carried out.
        effect: bool,
    },
    /// A 429 that no window explains.
    TooManyRequests {
        /// When to come back.
        reset_seconds: u32,
    },
    /// A list that is not whole. Strikes lists only.
    List {
        /// In which way.
        manner: ListFault,
    },
    /// The items of the answer lack members: a creation that tells no token, or no id. The request
    /// was carried out.
    Omit {
        /// Which; those that carry a token when left out, as when there are none.
        members: Vec<String>,
    },
    /// A bare 404, as from a proxy that lost its way.
    NotFound {
        /// Its form.
        form: TextForm,
    },
    /// A 401 in the contract's own form of error.
    Unauthorized,
    /// A 403 in the contract's own form of error.
    Forbidden,
    /// A redirection.
    Redirect {
        /// The status; 302 when left out.
        status: u16,
        /// Where to.
        location: String,
    },
    /// A 200 with valid JSON of an absurd size, after the request was carried out.
    Enormous {
        /// The size of the body; 10 MiB when left out, and 64 MiB at most.
        bytes: usize,
    },
    /// A 200 with absurdly nested JSON, after the request was carried out.
    Nested {
        /// How deep; 100,000 when left out, and 10,000,000 at most.
        depth: usize,
    },
}

/// How a list is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ListFault {
    /// Fewer items than `count` says.
    Fewer,
    /// No `items` at all.
    ItemsMissing,
    /// No items, and a `count` of 0.
    Empty,
    /// The second half is gone, and `count` agrees.
    Half,
}

/// The form of an answer that is not JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextForm {
    /// A page.
    #[default]
    Html,
    /// A line.
    Text,
}

impl TryFrom<Value> for FaultKind {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Self::read("", value, &[])
    }
}

impl FaultKind {
    /// What was written at `path`, of a size that the sandbox can bear. `tokens` are the members that
    /// carry one.
    pub(super) fn read(path: &str, value: Value, tokens: &[&str]) -> Result<Self, String> {
        let mut members = Members::of(path, value)?;
        let kind = members.need::<String>("kind")?;
        let read = match kind.as_str() {
            "delay" => Self::Delay { duration: wait(&mut members, "duration")? },
            "resetBeforeEffect" => Self::ResetBeforeEffect,
            "resetAfterEffect" => Self::ResetAfterEffect,
            "lateEffect" => Self::LateEffect { after: wait(&mut members, "after")? },
            "cutBody" => Self::CutBody,
            "hang" => Self::Hang { effect: members.take("effect")?.unwrap_or(false) },
            "serverError" => Self::ServerError {
                status: members.within("status", 500..=599)?.unwrap_or(500),
                effect: members.take("effect")?.unwrap_or(false),
            },
            "badGateway" => Self::BadGateway { effect: members.take("effect")?.unwrap_or(false) },
            "garbage" => Self::Garbage { effect: members.take("effect")?.unwrap_or(true) },
            "tooManyRequests" => {
                Self::TooManyRequests { reset_seconds: members.take("resetSeconds")?.unwrap_or(30) }
            }
            "list" => Self::List { manner: members.need("manner")? },
            "omit" => Self::Omit { members: names(&mut members, tokens)? },
            "notFound" => Self::NotFound { form: members.take("form")?.unwrap_or_default() },
            "unauthorized" => Self::Unauthorized,
            "forbidden" => Self::Forbidden,
            "redirect" => {
                Self::Redirect { status: redirection(&mut members)?, location: location(&mut members)? }
            }
            "enormous" => {
                Self::Enormous { bytes: members.within("bytes", SMALLEST..=LARGEST)?.unwrap_or(10 << 20) }
            }
            "nested" => Self::Nested { depth: members.within("depth", 1..=DEEPEST)?.unwrap_or(100_000) },
            _ => return Err(members.wrong("kind", format!("there is no fault '{kind}'"))),
        };
        members.end()?;
        Ok(read)
    }

    /// Whether the request is carried out before the fault shows.
    pub(super) fn lets_through(&self) -> bool {
        match self {
            Self::Delay { .. }
            | Self::ResetAfterEffect
            | Self::CutBody
            | Self::List { .. }
            | Self::Omit { .. }
            | Self::Enormous { .. }
            | Self::Nested { .. } => true,
            Self::Hang { effect }
            | Self::ServerError { effect, .. }
            | Self::BadGateway { effect }
            | Self::Garbage { effect } => *effect,
            Self::ResetBeforeEffect
            | Self::LateEffect { .. }
            | Self::TooManyRequests { .. }
            | Self::NotFound { .. }
            | Self::Unauthorized
            | Self::Forbidden
            | Self::Redirect { .. } => false,
        }
    }

    /// Its name, as in a file of faults.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::ResetBeforeEffect => "resetBeforeEffect",
            Self::ResetAfterEffect => "resetAfterEffect",
            Self::LateEffect { .. } => "lateEffect",
            Self::CutBody => "cutBody",
            Self::Hang { .. } => "hang",
            Self::ServerError { .. } => "serverError",
            Self::BadGateway { .. } => "badGateway",
            Self::Garbage { .. } => "garbage",
            Self::TooManyRequests { .. } => "tooManyRequests",
            Self::List { .. } => "list",
            Self::Omit { .. } => "omit",
            Self::NotFound { .. } => "notFound",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Redirect { .. } => "redirect",
            Self::Enormous { .. } => "enormous",
            Self::Nested { .. } => "nested",
        }
    }
}

fn wait(members: &mut Members, name: &str) -> Result<SignedDuration, String> {
    members.wait(name, LONGEST)?.ok_or_else(|| members.wrong(name, "is missing"))
}

fn names(members: &mut Members, tokens: &[&str]) -> Result<Vec<String>, String> {
    let Some(names) = members.take::<Vec<String>>("members")? else {
        return Ok(tokens.iter().map(|&token| token.to_owned()).collect());
    };
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err(members.wrong("members", "must be names"));
    }
    Ok(names)
}

fn redirection(members: &mut Members) -> Result<u16, String> {
    let status = members.take("status")?.unwrap_or(302);
    if REDIRECTIONS.contains(&status) {
        return Ok(status);
    }
    Err(members.wrong("status", format!("must be one of {REDIRECTIONS:?}")))
}

fn location(members: &mut Members) -> Result<String, String> {
    let location = members.take("location")?.unwrap_or_else(|| "https://login.example.com/".to_owned());
    if location.is_empty() || HeaderValue::from_str(&location).is_err() {
        return Err(members.wrong("location", "must be what a header can carry"));
    }
    Ok(location)
}
