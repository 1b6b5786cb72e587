//! The live service's envelope, errors and rows (spot-wire §1).

use http::StatusCode;
use serde_json::{Value, json};

use super::echo::request;
use super::success::Success;
use crate::sandbox::core::{Answer, Echo, Refusal as Common, Standing};
use crate::sandbox::spot::refusal::Refusal;

/// Success is 200 always, and every 200 has a JSON body.
pub(super) fn success(echo: &Echo, success: &Success) -> Answer {
    let mut response = json!({"status": status_value(StatusCode::OK)});
    match success {
        Success::Items { kind, items } => {
            response["kind"] = json!(kind);
            response["items"] = json!(items);
            response["count"] = json!(items.len());
        }
        Success::Affected(rows) => response["affectedRows"] = json!(rows),
        Success::Done => {}
    }
    enveloped(echo, StatusCode::OK, &response)
}

fn status_value(status: StatusCode) -> Value {
    json!({"code": status.as_u16(), "message": status.canonical_reason().unwrap_or_default()})
}

fn enveloped(echo: &Echo, status: StatusCode, response: &Value) -> Answer {
    Answer::json(status, &json!({"request": request(echo), "response": response}))
}

pub(super) fn refusal(echo: &Echo, refusal: &Refusal) -> Answer {
    let (status, code, message) = match refusal {
        Refusal::Common(Common::Unauthorized) => (
            StatusCode::UNAUTHORIZED,
            "UNAUTHORIZED".to_owned(),
            "The token is missing or not valid".to_owned(),
        ),
        Refusal::Common(Common::Forbidden(why)) => {
            (StatusCode::FORBIDDEN, "FORBIDDEN".to_owned(), why.clone())
        }
        Refusal::Common(Common::NoRoute) => {
            (StatusCode::NOT_FOUND, "NOT_FOUND".to_owned(), "There is no such operation".to_owned())
        }
        Refusal::Invalid { message, .. } => {
            (StatusCode::BAD_REQUEST, "ValidationError".to_owned(), message.clone())
        }
        Refusal::Missing { entity, id } => (
            StatusCode::BAD_REQUEST,
            format!("{entity}_DOESNT_EXIST"),
            format!("{entity}: '{id}' does not exist"),
        ),
        Refusal::Conflict { code, message } => (StatusCode::BAD_REQUEST, (*code).to_owned(), message.clone()),
        Refusal::Common(Common::Failure { status, message }) => {
            let reason = status.canonical_reason().unwrap_or("Error");
            (*status, reason.to_uppercase().replace(' ', "_"), message.clone())
        }
        Refusal::Common(Common::RateLimited(_)) => {
            let response = json!({
                "status": status_value(StatusCode::TOO_MANY_REQUESTS),
                "data": "Rate limit exceeded",
            });
            return enveloped(echo, StatusCode::TOO_MANY_REQUESTS, &response);
        }
    };
    let mut error = json!({"code": code, "message": message});
    if let Refusal::Invalid { field, .. } = refusal {
        error["field"] = json!(field);
    }
    let response = json!({"status": status_value(status), "errors": [error]});
    enveloped(echo, status, &response)
}

/// On all replies (spot-wire §1, "Rate limit").
pub(super) fn limit_headers(answer: &mut Answer, standing: Standing) {
    answer.header("x-ratelimit-limit", standing.limit);
    answer.header("x-ratelimit-remaining", standing.remaining);
    answer.header("x-ratelimit-reset", standing.reset_seconds);
}
