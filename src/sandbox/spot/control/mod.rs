//! What the control surface has for Spot alone: a person in the console, and a support desk that
//! issues tokens.

mod accounts;
mod action;
mod credentials;
mod groups;
mod input;
mod mappings;
mod notification_policies;
mod organizations;
mod policies;
mod state;
mod subscriptions;
mod tokens;
mod users;

use http::Method;
use jiff::Timestamp;
use serde_json::json;

use self::state::state;
use super::target::Spot;
use super::vendor::Sandbox;
use crate::sandbox::core::control::{Outcome, found, missing};
use crate::sandbox::core::{Controlled, Request};

impl Controlled for Spot {
    fn control(sandbox: &mut Sandbox, now: Timestamp, request: &Request, path: &[&str]) -> Outcome {
        control(sandbox, now, request, path)
    }
}

fn control(sandbox: &mut Sandbox, now: Timestamp, request: &Request, path: &[&str]) -> Outcome {
    match (&request.method, path) {
        (&Method::GET, ["health"]) => Ok(json!({"contract": sandbox.start().contract})),
        (&Method::GET, ["state"]) => Ok(state(sandbox)),
        (&Method::POST, ["organizations"]) => organizations::create(sandbox, now, request),
        (&Method::PATCH, ["organizations", id]) => organizations::rename(sandbox, now, id, request),
        (&Method::DELETE, ["organizations", id]) => organizations::delete(sandbox, id),
        (&Method::POST, ["accounts"]) => accounts::create(sandbox, now, request),
        (&Method::PATCH, ["accounts", id]) => accounts::change(sandbox, now, id, request),
        (&Method::DELETE, ["accounts", id]) => accounts::delete(sandbox, now, id, request),
        (&Method::POST, ["users"]) => users::create(sandbox, now, request),
        (&Method::PATCH, ["users", id]) => users::change(sandbox, now, id, request),
        (&Method::DELETE, ["users", id]) => users::delete(sandbox, now, id, request),
        (&Method::POST, ["groups"]) => groups::create(sandbox, now, request),
        (&Method::PATCH, ["groups", id]) => groups::change(sandbox, now, id, request),
        (&Method::DELETE, ["groups", id]) => groups::delete(sandbox, now, id, request),
        (&Method::POST, ["policies"]) => policies::create(sandbox, now, request),
        (&Method::PATCH, ["policies", id]) => policies::change(sandbox, now, id, request),
        (&Method::DELETE, ["policies", id]) => policies::delete(sandbox, now, id, request),
        (&Method::PUT, ["accounts", id, "credentials"]) => credentials::set(sandbox, now, id, request),
        (&Method::GET, ["rejected-credentials"]) => Ok(credentials::rejected(sandbox)),
        (&Method::POST, ["rejected-credentials"]) => credentials::reject(sandbox, request),
        (&Method::DELETE, ["rejected-credentials"]) => credentials::accept(sandbox, request),
        (&Method::POST, ["resources"]) => subscriptions::add_resource(sandbox, request),
        (&Method::DELETE, ["resources", id]) => found(sandbox.world_mut().resources.remove(id), "resource"),
        (&Method::POST, ["subscriptions"]) => subscriptions::create(sandbox, now, request),
        (&Method::PATCH, ["subscriptions", id]) => subscriptions::change(sandbox, now, id, request),
        (&Method::DELETE, ["subscriptions", id]) => subscriptions::delete(sandbox, now, id, request),
        (&Method::POST, ["notification-policies"]) => notification_policies::create(sandbox, now, request),
        (&Method::PATCH, ["notification-policies", id]) => {
            notification_policies::change(sandbox, now, id, request)
        }
        (&Method::DELETE, ["notification-policies", id]) => {
            notification_policies::delete(sandbox, now, id, request)
        }
        (&Method::GET, ["audit"]) => {
            Ok(json!({"events": sandbox.world().audit_events().collect::<Vec<_>>()}))
        }
        (&Method::POST, ["tokens"]) => tokens::issue(sandbox, now, request),
        (&Method::DELETE, ["tokens", digest]) => found(sandbox.world_mut().revoke_token(digest), "token"),
        _ => Err(missing("control; see docs/sandbox.md")),
    }
}
