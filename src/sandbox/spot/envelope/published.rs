//! The public document's envelope and rows. It describes no error: these are the sandbox's own.

use http::StatusCode;
use http::header::RETRY_AFTER;
use serde_json::json;

use super::echo::request;
use super::success::Success;
use crate::sandbox::core::{Answer, Echo, Refusal as Common, Standing};
use crate::sandbox::spot::refusal::Refusal;

/// Untyped answers have the same envelope, with no items in it.
pub(super) fn success(echo: &Echo, success: &Success) -> Answer {
    let items = match success {
        Success::Items { items, .. } => json!(items),
        Success::Done | Success::Affected(_) => json!([]),
    };
    Answer::json(StatusCode::OK, &json!({"request": request(echo), "response": {"items": items}}))
}

pub(super) fn refusal(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Common(Common::Unauthorized) => {
            error(StatusCode::UNAUTHORIZED, "the token is missing or not valid")
        }
        Refusal::Common(Common::Forbidden(why)) => error(StatusCode::FORBIDDEN, why),
        Refusal::Common(Common::NoRoute) => error(StatusCode::NOT_FOUND, "there is no such operation"),
        Refusal::Invalid { message, .. } => error(StatusCode::BAD_REQUEST, message),
        Refusal::Missing { entity, id } => {
            error(StatusCode::NOT_FOUND, &format!("{entity} {id} does not exist"))
        }
        Refusal::Conflict { message, .. } => error(StatusCode::CONFLICT, message),
        Refusal::Common(Common::Failure { status, message }) => error(*status, message),
        Refusal::Common(Common::RateLimited(standing)) => {
            let mut answer = error(StatusCode::TOO_MANY_REQUESTS, "too many requests");
            answer.headers.insert(RETRY_AFTER, standing.reset_seconds.into());
            answer
        }
    }
}

fn error(status: StatusCode, message: &str) -> Answer {
    let reason = status.canonical_reason().unwrap_or("Error");
    Answer::json(status, &json!({"error": reason, "message": message}))
}

/// No such headers here: only a 429 says when to come back.
pub(super) fn limit_headers(_answer: &mut Answer, _standing: Standing) {}
