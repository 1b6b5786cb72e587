//! The control surface below `/_sandbox/`: a person in the console, a support desk that issues
//! tokens, and a hand on the faults. JSON in, JSON out, no token.

mod accounts;
mod action;
mod credentials;
mod faults;
mod groups;
mod input;
mod mappings;
mod organizations;
mod outcome;
mod policies;
mod state;
mod subscriptions;
mod tokens;
mod users;

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use self::input::read;
use self::outcome::{Complaint, Outcome, found, missing};
use self::state::{requests, state};
use super::core::Sandbox;
use super::lagged::Lag;
use super::message::{Answer, Request};
use super::refusal::Refusal;

const PREFIX: &str = "/_sandbox/";

/// Whether a request is for the control surface.
pub(super) fn is_for(request: &Request) -> bool {
    request.path().starts_with(PREFIX)
}

/// Answers a request to the control surface.
pub(super) fn answer(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Answer {
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

fn route(sandbox: &mut Sandbox, now: Timestamp, request: &Request) -> Outcome {
    let rest = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let method = request.method.clone();
    match (method, segments.as_slice()) {
        (Method::GET, ["health"]) => Ok(json!({"contract": sandbox.contract()})),
        (Method::GET, ["state"]) => Ok(state(sandbox)),
        (Method::POST, ["reset"]) => {
            sandbox.reset(now);
            Ok(json!({}))
        }
        (Method::POST, ["organizations"]) => organizations::create(sandbox, now, request),
        (Method::PATCH, ["organizations", id]) => organizations::rename(sandbox, now, id, request),
        (Method::DELETE, ["organizations", id]) => organizations::delete(sandbox, id),
        (Method::POST, ["accounts"]) => accounts::create(sandbox, now, request),
        (Method::PATCH, ["accounts", id]) => accounts::change(sandbox, now, id, request),
        (Method::DELETE, ["accounts", id]) => accounts::delete(sandbox, now, id, request),
        (Method::POST, ["users"]) => users::create(sandbox, now, request),
        (Method::PATCH, ["users", id]) => users::change(sandbox, now, id, request),
        (Method::DELETE, ["users", id]) => users::delete(sandbox, now, id, request),
        (Method::POST, ["groups"]) => groups::create(sandbox, now, request),
        (Method::PATCH, ["groups", id]) => groups::change(sandbox, now, id, request),
        (Method::DELETE, ["groups", id]) => groups::delete(sandbox, now, id, request),
        (Method::POST, ["policies"]) => policies::create(sandbox, now, request),
        (Method::PATCH, ["policies", id]) => policies::change(sandbox, now, id, request),
        (Method::DELETE, ["policies", id]) => policies::delete(sandbox, now, id, request),
        (Method::PUT, ["accounts", id, "credentials"]) => credentials::set(sandbox, now, id, request),
        (Method::GET, ["rejected-credentials"]) => Ok(credentials::rejected(sandbox)),
        (Method::POST, ["rejected-credentials"]) => credentials::reject(sandbox, request),
        (Method::DELETE, ["rejected-credentials"]) => credentials::accept(sandbox, request),
        (Method::POST, ["resources"]) => subscriptions::add_resource(sandbox, request),
        (Method::DELETE, ["resources", id]) => found(sandbox.world_mut().resources.remove(id), "resource"),
        (Method::POST, ["subscriptions"]) => subscriptions::create(sandbox, now, request),
        (Method::PATCH, ["subscriptions", id]) => subscriptions::change(sandbox, now, id, request),
        (Method::DELETE, ["subscriptions", id]) => subscriptions::delete(sandbox, now, id, request),
        (Method::GET, ["audit"]) => Ok(json!({"events": sandbox.world().audit_events().collect::<Vec<_>>()})),
        (Method::POST, ["tokens"]) => tokens::issue(sandbox, now, request),
        (Method::DELETE, ["tokens", digest]) => found(sandbox.world_mut().revoke_token(digest), "token"),
        (Method::GET, ["faults"]) => Ok(json!({"faults": sandbox.faults()})),
        (Method::POST, ["faults"]) => faults::add(sandbox, request),
        (Method::DELETE, ["faults"]) => {
            sandbox.clear_faults();
            Ok(json!({}))
        }
        (Method::DELETE, ["faults", id]) => faults::remove(sandbox, id),
        (Method::GET, ["lag"]) => Ok(json!(sandbox.lag())),
        (Method::PUT, ["lag"]) => {
            let lag: Lag = read(request)?;
            sandbox.set_lag(lag);
            Ok(json!(lag))
        }
        (Method::GET, ["limits"]) => Ok(json!(sandbox.limits())),
        (Method::PUT, ["limits"]) => {
            sandbox.set_limits(read(request)?);
            Ok(json!(sandbox.limits()))
        }
        (Method::GET, ["requests"]) => Ok(requests(sandbox)),
        (Method::DELETE, ["requests"]) => {
            sandbox.clear_requests();
            Ok(json!({}))
        }
        _ => Err(missing("control; see docs/sandbox.md")),
    }
}
