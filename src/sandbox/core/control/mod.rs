//! The control surface below `/_sandbox/`: a hand on the faults, the lag, the limits and the log, and
//! whatever the vendor's own console and support desk can do. JSON in, JSON out, no token.

mod faults;
mod input;
mod outcome;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::lagged::Lag;
use super::message::{Answer, Request};
use super::refusal::Refusal;
use super::sandbox::Sandbox;
use super::vendor::Vendor;
pub use input::read;
pub use outcome::{Complaint, Outcome, conflict, found, missing, wrong};

const PREFIX: &str = "/_sandbox/";

/// A vendor whose state is in the hands of whoever runs the sandbox.
pub trait Controlled: Vendor {
    /// Does what only this vendor has a control for. `path` is what stands below `/_sandbox/`.
    fn control(sandbox: &mut Sandbox<Self>, now: Timestamp, request: &Request, path: &[&str]) -> Outcome;
}

/// Whether a request is for the control surface.
pub(super) fn is_for(request: &Request) -> bool {
    request.path().starts_with(PREFIX)
}

/// Answers a request to the control surface.
pub(super) fn answer<V: Controlled>(sandbox: &mut Sandbox<V>, now: Timestamp, request: &Request) -> Answer {
    match route(sandbox, now, request) {
        Ok(value) => Answer::json(StatusCode::OK, &value),
        Err(Complaint(status, why)) => Answer::json(status, &json!({"error": why})),
    }
}

/// Refuses a request to the control surface that came no further.
pub(super) fn refuse(why: &Refusal) -> Answer {
    let (status, why) = match why {
        Refusal::Failure { status, message } => (*status, message.as_str()),
        _ => (StatusCode::BAD_REQUEST, "the request is refused"),
    };
    Answer::json(status, &json!({"error": why}))
}

fn route<V: Controlled>(sandbox: &mut Sandbox<V>, now: Timestamp, request: &Request) -> Outcome {
    let rest = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    match (&request.method, segments.as_slice()) {
        (&Method::POST, ["reset"]) => {
            sandbox.reset(now);
            Ok(json!({}))
        }
        (&Method::GET, ["faults"]) => Ok(json!({"faults": sandbox.faults()})),
        (&Method::POST, ["faults"]) => faults::add(sandbox, request),
        (&Method::DELETE, ["faults"]) => {
            sandbox.clear_faults();
            Ok(json!({}))
        }
        (&Method::DELETE, ["faults", id]) => faults::remove(sandbox, id),
        (&Method::GET, ["lag"]) => Ok(json!(sandbox.lag())),
        (&Method::PUT, ["lag"]) => {
            let lag: Lag = read(request)?;
            sandbox.set_lag(lag);
            Ok(json!(lag))
        }
        (&Method::GET, ["limits"]) => Ok(json!(sandbox.limits())),
        (&Method::PUT, ["limits"]) => {
            sandbox.set_limits(read(request)?);
            Ok(json!(sandbox.limits()))
        }
        (&Method::GET, ["requests"]) => Ok(requests(sandbox)),
        (&Method::DELETE, ["requests"]) => {
            sandbox.clear_requests();
            Ok(json!({}))
        }
        _ => V::control(sandbox, now, request, &segments),
    }
}

fn requests<V: Vendor>(sandbox: &Sandbox<V>) -> Value {
    let log = sandbox.requests();
    json!({
        "total": log.total(),
        "requests": log.entries().collect::<Vec<_>>(),
        "counters": log.counters(),
    })
}
