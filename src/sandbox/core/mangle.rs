//! What a fault makes of an answer.

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::echo::Echo;
use super::fault_kind::{FaultKind, ListFault, TextForm};
use super::message::{Answer, Delivery};
use super::rate_limit::Standing;
use super::refusal::Refusal;
use super::vendor::Vendor;

/// Spoils a delivery. `answer` is what the caller would have had; None when nothing was carried
/// out. What is in the vendor's own form tells the caller's `standing`, as every reply does.
pub(super) fn mangle<V: Vendor>(
    start: &V::Start,
    echo: &Echo,
    kind: &FaultKind,
    standing: Standing,
    answer: Option<Answer>,
) -> Delivery {
    let telling = |mut answer: Answer, standing: Standing| {
        V::tell_standing(start, &mut answer, standing);
        answer
    };
    let refused = |refusal: Refusal| V::refuse(start, echo, &refusal);
    let spoiled = match kind {
        FaultKind::ResetBeforeEffect | FaultKind::ResetAfterEffect | FaultKind::LateEffect { .. } => {
            return Delivery::Reset;
        }
        FaultKind::Hang { .. } => return Delivery::Hang,
        FaultKind::CutBody => {
            return answer.map_or(Delivery::Reset, |answer| {
                let half = answer.body.len() / 2;
                Delivery::Cut(answer, half)
            });
        }
        FaultKind::Delay { .. } => return answer.map_or(Delivery::Reset, Delivery::Whole),
        FaultKind::List { manner } => {
            return answer.map_or(Delivery::Reset, |answer| Delivery::Whole(shorten::<V>(answer, *manner)));
        }
        FaultKind::Omit { members } => {
            return answer.map_or(Delivery::Reset, |answer| Delivery::Whole(omit::<V>(answer, members)));
        }
        FaultKind::ServerError { status, .. } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            telling(refused(Refusal::failure(status, "Something went wrong")), standing)
        }
        FaultKind::BadGateway { .. } => html(StatusCode::BAD_GATEWAY, "Bad Gateway"),
        FaultKind::Garbage { .. } => Answer::new(
            StatusCode::OK,
            "application/json",
            Bytes::from_static(b"{\"request\":{\"id\":\x00\xff<!-- "),
        ),
        FaultKind::TooManyRequests { reset_seconds } => {
            let standing = Standing { remaining: 0, reset_seconds: *reset_seconds, ..standing };
            telling(refused(Refusal::RateLimited(standing)), standing)
        }
        FaultKind::NotFound { form } => match form {
            TextForm::Html => html(StatusCode::NOT_FOUND, "Not Found"),
            TextForm::Text => Answer::new(
                StatusCode::NOT_FOUND,
                "text/plain",
                Bytes::from_static(b"default backend - 404\n"),
            ),
        },
        FaultKind::Unauthorized => telling(refused(Refusal::Unauthorized), standing),
        FaultKind::Forbidden => {
            let why = "the token may not do this".to_owned();
            telling(refused(Refusal::Forbidden(why)), standing)
        }
        FaultKind::Redirect { status, location } => redirect(*status, location),
        FaultKind::Enormous { bytes } => {
            let (start, end) = ("{\"padding\":\"", "\"}");
            let padding = "x".repeat(bytes.saturating_sub(start.len() + end.len()));
            let body = format!("{start}{padding}{end}");
            Answer::new(StatusCode::OK, "application/json", Bytes::from(body))
        }
        FaultKind::Nested { depth } => {
            let body = format!("{}{}", "[".repeat(*depth), "]".repeat(*depth));
            Answer::new(StatusCode::OK, "application/json", Bytes::from(body))
        }
    };
    Delivery::Whole(spoiled)
}

fn html(status: StatusCode, title: &str) -> Answer {
    let page = format!(
        "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n",
        code = status.as_u16()
    );
    Answer::new(status, "text/html", Bytes::from(page))
}

fn redirect(status: u16, location: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
    let mut answer = Answer::new(status, "text/html", Bytes::new());
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers.insert(LOCATION, location);
    }
    answer
}

/// Takes items out of a list. An answer that is none stays as it is.
fn shorten<V: Vendor>(answer: Answer, manner: ListFault) -> Answer {
    let mut body = answer.value();
    let Some(list) = V::list(&mut body) else {
        return answer;
    };
    let counted = list.contains_key("count");
    let Some(Value::Array(items)) = list.get_mut("items") else {
        return answer;
    };
    let agreed = match manner {
        ListFault::Fewer => {
            items.pop();
            None
        }
        ListFault::ItemsMissing => {
            list.remove("items");
            None
        }
        ListFault::Empty => {
            items.clear();
            Some(0)
        }
        ListFault::Half => {
            items.truncate(items.len() / 2);
            Some(items.len())
        }
    };
    if let (true, Some(count)) = (counted, agreed) {
        list.insert("count".to_owned(), Value::from(count));
    }
    Answer { body: Bytes::from(body.to_string()), ..answer }
}

/// Takes members out of every item; where none are named, those that carry a token. An answer without
/// items stays as it is.
fn omit<V: Vendor>(answer: Answer, members: &[String]) -> Answer {
    let mut body = answer.value();
    let Some(Value::Array(items)) = V::list(&mut body).and_then(|list| list.get_mut("items")) else {
        return answer;
    };
    let is_left_out = |name: &String| match members {
        [] => V::TOKENS.contains(&name.as_str()),
        named => named.contains(name),
    };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.retain(|name, _| !is_left_out(name));
    }
    Answer { body: Bytes::from(body.to_string()), ..answer }
}
