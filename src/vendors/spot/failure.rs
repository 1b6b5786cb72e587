//! What an answer that is no success means (rule 4), and what to tell people of it.

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};

use crate::engine::error::{Failure, VendorError};
use crate::vendors::spot::contract::{Contract, Request, Subject};
use crate::vendors::spot::reply::Reply;

/// How much of the vendor's words is passed on.
const MAX_WORDS: usize = 300;
/// Stands in place of a secret that the vendor repeated.
const REDACTED: &str = "[redacted]";

/// The error that an answer is.
pub fn judge(
    contract: &dyn Contract,
    request: &Request,
    reply: &Reply,
    secrets: &[&SecretString],
) -> VendorError {
    let failure = classify(contract, request.subject, reply);
    VendorError {
        failure,
        without_effect: contract.is_refusal(reply),
        message: message(request, reply, secrets),
    }
}

/// An answer that claims success and cannot be understood.
pub fn unreadable(request: &Request, why: &str) -> VendorError {
    let (method, route) = (&request.call.method, request.call.route);
    VendorError::unknown(Failure::Unreadable, format!("{method} {route}: unreadable answer: {why}"))
}

fn classify(contract: &dyn Contract, subject: Subject, reply: &Reply) -> Failure {
    match reply.status {
        StatusCode::UNAUTHORIZED => Failure::Unauthorized,
        StatusCode::FORBIDDEN => Failure::Forbidden,
        StatusCode::REQUEST_TIMEOUT => Failure::Unreachable,
        status if status.is_server_error() => Failure::Unreachable,
        status if !status.is_client_error() => Failure::Unreadable,
        _ if is_absent(contract, subject, reply) => Failure::NotFound,
        // Without the vendor's word a 404 is a wrong address, or something in between.
        StatusCode::NOT_FOUND if !reply.is_vendor_error() => Failure::Unreadable,
        _ if contract.is_refusal(reply) => Failure::Refused,
        _ => Failure::Unreadable,
    }
}

/// Whether the vendor says that what the path names does not exist. Its code must be about that
/// thing: that the token's user does not exist says nothing of an account.
fn is_absent(contract: &dyn Contract, subject: Subject, reply: &Reply) -> bool {
    let Some(word) = subject.word() else { return false };
    let by_code = reply.errors().iter().any(|error| {
        let (code, message) = (error.code.to_ascii_uppercase(), error.message.to_ascii_lowercase());
        let says_so = message.contains("does not exist") || message.contains("doesn't exist");
        let absent = code.ends_with("_DOESNT_EXIST") || (code.starts_with("CANT_GET_") && says_so);
        absent && code.contains(&word.to_ascii_uppercase())
    });
    by_code || contract.is_absent_by_status(reply)
}

fn message(request: &Request, reply: &Reply, secrets: &[&SecretString]) -> String {
    let (method, route) = (&request.call.method, request.call.route);
    let mut message = format!("{method} {route}: HTTP {}", reply.status.as_u16());
    let words = clean(&words(reply), secrets, MAX_WORDS);
    if !words.is_empty() {
        message = format!("{message}: {words}");
    }
    if let Some(id) = reply.request_id() {
        message = format!("{message} (request {})", clean(id, secrets, 64));
    }
    message
}

/// The vendor's own words: its errors; else its status; else the message of a plain JSON error;
/// else what kind of body it is.
fn words(reply: &Reply) -> String {
    let errors: Vec<String> = reply
        .errors()
        .iter()
        .map(|error| {
            let parts = [error.code, error.field, error.message];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        })
        .collect();
    if !errors.is_empty() {
        return errors.join("; ");
    }
    let body = match reply.json() {
        Ok(body) => body,
        Err(why) => return why.describe().to_owned(),
    };
    let status = reply.response().and_then(|response| response.get("status")?.get("message")?.as_str());
    let plain = || ["message", "error"].iter().find_map(|key| body.get(key)?.as_str());
    let status = status.or_else(plain).unwrap_or_default();
    match reply.code() {
        Some(code) if code != reply.status.as_u16() => format!("{code} {status}"),
        _ => status.to_owned(),
    }
}

/// Fit for people and for logs: no secret that we sent, no control characters, not too long.
fn clean(words: &str, secrets: &[&SecretString], limit: usize) -> String {
    let mut words = words.to_owned();
    for secret in secrets.iter().map(|secret| secret.expose_secret()).filter(|secret| !secret.is_empty()) {
        words = words.replace(secret, REDACTED);
    }
    let words: Vec<&str> =
        words.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let words = words.join(" ");
    match words.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
