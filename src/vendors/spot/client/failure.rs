//! What an answer that is no success means (rule 4), and what to tell people of it.

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::engine::base::error::{Failure, Heard, VendorError};
use crate::vendors::spot::client::reply::Reply;
use crate::vendors::spot::client::request::{Request, Subject};
use crate::vendors::spot::contract::Contract;

/// How much of the vendor's words is passed on.
const MAX_WORDS: usize = 300;
/// How many characters of a secret's beginning tell it.
const TELLING: usize = 12;
/// How long a code may be.
const MAX_CODE: usize = 64;
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
    let message = message(request, reply, secrets);
    // For the vendor's support. Not in the message: that stands in status, and would be another each time.
    if let Some(id) = reply.request_id() {
        tracing::info!(request = clean(id, secrets, 64), "{message}");
    }
    let code = code(reply, secrets);
    VendorError { failure, without_effect: contract.is_refusal(reply), message, code, heard: Heard::Answer }
}

/// Whether a create or a change of a subscription was refused because the vendor knows no such
/// resource in that account: `CANT_CREATE_SUBSCRIPTION: Resource 'sig-…' doesn't exist`
/// (spot-wire §2.7). It may come to be.
pub fn resource_is_missing(error: &VendorError) -> bool {
    let refused = ["CANT_CREATE_SUBSCRIPTION", "CANT_UPDATE_SUBSCRIPTION"];
    let message = error.message.to_ascii_lowercase();
    error.failure == Failure::Refused
        && refused.iter().any(|code| error.has_code(code))
        && says_absent(&message)
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
    if subject == Subject::NOTHING {
        return false;
    }
    let by_code = reply.errors().iter().any(|error| {
        let (code, message) = (error.code.to_ascii_uppercase(), error.message.to_ascii_lowercase());
        let asked = || code.strip_prefix("CANT_GET_").filter(|_| says_absent(&message));
        let name = code.strip_suffix("_DOESNT_EXIST").or_else(asked);
        name.is_some_and(|name| subject.is_called(&name.replace('_', "")))
    });
    by_code || contract.is_absent_by_status(reply)
}

/// Whether words in lower case say that something is not there.
fn says_absent(message: &str) -> bool {
    message.contains("does not exist") || message.contains("doesn't exist")
}

/// The code of the vendor's first error that has one. A code is a name: whatever else stands there
/// is of no use to anybody, and may be what we sent.
fn code(reply: &Reply, secrets: &[&SecretString]) -> Option<Box<str>> {
    let errors = reply.errors();
    let code = clean(errors.iter().map(|error| error.code).find(|code| !code.is_empty())?, secrets, MAX_CODE);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (!code.is_empty() && code.bytes().all(is_name)).then(|| code.into())
}

fn message(request: &Request, reply: &Reply, secrets: &[&SecretString]) -> String {
    let (method, route) = (&request.call.method, request.call.route);
    let mut message = format!("{method} {route}: HTTP {}", reply.status.as_u16());
    let words = clean(&words(reply), secrets, MAX_WORDS);
    if words.is_empty() && reply.status.is_success() {
        message.push_str(": this is no answer of the contract");
    } else if !words.is_empty() {
        // Other words follow it, and a full stop of ours.
        message = format!("{message}: {}", words.trim_end_matches('.'));
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

/// The words without a secret in any of its forms, nor any beginning of it that is long enough to
/// tell it: whoever quotes what was sent may cut it short.
fn hide(words: &str, forms: [&str; 2]) -> String {
    let head = |form: &'_ str| form.char_indices().nth(TELLING).map_or(form.len(), |(end, _)| end);
    let (mut shown, mut rest) = (String::new(), words);
    while let Some(at) = forms.iter().filter_map(|form| rest.find(&form[..head(form)])).min() {
        let (before, from) = rest.split_at(at);
        let same = |form: &str| {
            let same = from.chars().zip(form.chars()).take_while(|(one, other)| one == other);
            same.map(|(one, _)| one.len_utf8()).sum::<usize>()
        };
        shown.push_str(before);
        shown.push_str(REDACTED);
        rest = &from[same(forms[0]).max(same(forms[1]))..];
    }
    shown + rest
}

/// Fit for people and for logs: no secret that we sent, no control characters, not too long.
fn clean(words: &str, secrets: &[&SecretString], limit: usize) -> String {
    let mut words = words.to_owned();
    for secret in
        secrets.iter().map(|secret| secret.expose_secret().trim()).filter(|secret| !secret.is_empty())
    {
        // As it is, and as it stands in a body of JSON that the vendor quotes.
        let quoted = Value::from(secret).to_string();
        words = hide(&words, [secret, &quoted[1..quoted.len() - 1]]);
    }
    let words: Vec<&str> = words
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        // An address may be a secret of ours that the vendor cut short or wrote in another way.
        .map(|word| if word.contains("://") { REDACTED } else { word })
        .collect();
    let words = words.join(" ");
    match words.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;
    use crate::engine::base::ports::HttpResponse;
    use crate::vendors::spot::contract::{ContractName, named};
    use crate::vendors::spot::{account, subscription, user};

    const GONE: &str = r#"{"request": {"id": "r-1"}, "response": {"status": {"code": 400, "message": "Bad Request"},
        "errors": [{"code": "Account_DOESNT_EXIST", "message": "no such account"}]}}"#;
    const CANT_GET: &str = r#"{"response": {"status": {"code": 400},
        "errors": [{"code": "CANT_GET_ACCOUNT", "message": "Account: 'act-1' does not exist"}]}}"#;
    const CANT_GET_NOW: &str = r#"{"response": {"status": {"code": 400},
        "errors": [{"code": "CANT_GET_ACCOUNT", "message": "try later"}]}}"#;
    const OTHER_GONE: &str = r#"{"response": {"status": {"code": 400},
        "errors": [{"code": "User_DOESNT_EXIST", "message": "the account's user does not exist"}]}}"#;
    const BAD: &str = r#"{"response": {"status": {"code": 400, "message": "Bad Request"}}}"#;
    const ERRORS: &str = r#"{"response": {"errors": [{"code": "ValidationError", "message": "no"}]}}"#;
    const CONTRADICTION: &str = r#"{"response": {"status": {"code": 200}}}"#;
    const PLAIN: &str = r#"{"message": "Not Found"}"#;
    const HTML: &str = "<html>nothing here</html>";

    fn reply(status: u16, body: &str) -> Reply {
        let status = StatusCode::from_u16(status).expect("a status");
        let body = Bytes::copy_from_slice(body.as_bytes());
        Reply::read(&HttpResponse { status, headers: HeaderMap::new(), body })
    }

    fn delete(name: ContractName, status: u16, body: &str) -> VendorError {
        let contract = named(name);
        let request = account::requests::delete("act-1").expect("a request");
        judge(contract, &request, &reply(status, body), &[])
    }

    #[test]
    fn rule_4_in_production() {
        let table = [
            (400, GONE, Failure::NotFound, true),
            (400, CANT_GET, Failure::NotFound, true),
            (404, GONE, Failure::NotFound, true),
            (400, CANT_GET_NOW, Failure::Refused, true),
            (400, OTHER_GONE, Failure::Refused, true),
            (400, BAD, Failure::Refused, true),
            (404, BAD, Failure::Refused, true),
            (409, ERRORS, Failure::Refused, true),
            (401, BAD, Failure::Unauthorized, true),
            (403, BAD, Failure::Forbidden, true),
            (401, "", Failure::Unauthorized, false),
            (403, HTML, Failure::Forbidden, false),
            (400, PLAIN, Failure::Unreadable, false),
            (400, "Bad Request", Failure::Unreadable, false),
            (400, CONTRADICTION, Failure::Unreadable, false),
            (404, PLAIN, Failure::Unreadable, false),
            (404, HTML, Failure::Unreadable, false),
            (404, "", Failure::Unreadable, false),
            (408, "", Failure::Unreachable, false),
            (500, GONE, Failure::Unreachable, false),
            (500, BAD, Failure::Unreachable, false),
            (502, HTML, Failure::Unreachable, false),
            (302, "", Failure::Unreadable, false),
            (201, CONTRADICTION, Failure::Unreadable, false),
            (200, GONE, Failure::Unreadable, false),
            (200, HTML, Failure::Unreadable, false),
        ];
        for (status, body, failure, without_effect) in table {
            let error = delete(ContractName::Production, status, body);
            assert_eq!((error.failure, error.without_effect), (failure, without_effect), "{status} {body}");
        }
    }

    #[test]
    fn rule_4_in_published() {
        let table = [
            (404, PLAIN, Failure::NotFound, true),
            (400, GONE, Failure::NotFound, true),
            (400, PLAIN, Failure::Refused, true),
            (400, HTML, Failure::Refused, true),
            (404, HTML, Failure::Unreadable, true),
            (404, "", Failure::Unreadable, true),
            (404, "not found", Failure::Unreadable, true),
            (405, "", Failure::Refused, true),
            (401, "", Failure::Unauthorized, true),
            (403, PLAIN, Failure::Forbidden, true),
            (408, PLAIN, Failure::Unreachable, false),
            (500, PLAIN, Failure::Unreachable, false),
            (503, "", Failure::Unreachable, false),
            (301, "", Failure::Unreadable, false),
            (200, HTML, Failure::Unreadable, false),
            (200, GONE, Failure::Unreadable, false),
        ];
        for (status, body, failure, without_effect) in table {
            let error = delete(ContractName::Published, status, body);
            assert_eq!((error.failure, error.without_effect), (failure, without_effect), "{status} {body}");
        }
    }

    #[test]
    fn nothing_but_a_refusal_is_ever_without_effect() {
        for (status, body) in (200..600).flat_map(|status| {
            [GONE, BAD, ERRORS, CONTRADICTION, PLAIN, HTML, "", "{"].map(|body| (status, body))
        }) {
            let refused = (400..500).contains(&status);
            let production = delete(ContractName::Production, status, body).without_effect;
            assert_eq!(production, refused && [GONE, BAD, ERRORS].contains(&body), "{status} {body}");
            let published = delete(ContractName::Published, status, body).without_effect;
            assert_eq!(published, refused && status != 408, "{status} {body}");
        }
    }

    #[test]
    fn only_a_call_that_names_something_can_find_it_absent() {
        for name in [ContractName::Production, ContractName::Published] {
            let contract = named(name);
            for request in [account::requests::list(), account::requests::create("a")] {
                for (status, body) in [(404, PLAIN), (400, GONE), (400, CANT_GET)] {
                    let error = judge(contract, &request, &reply(status, body), &[]);
                    assert_ne!(error.failure, Failure::NotFound, "{name:?} {:?} {status}", request.call);
                }
            }
        }
    }

    #[test]
    fn a_code_must_be_about_what_the_path_names() {
        let contract = named(ContractName::Production);
        let groups = contract.groups().expect("groups");
        let mappings = contract.user_mappings().expect("mappings");
        let user = [
            user::requests::get("u-1"),
            user::requests::delete("pu-1"),
            mappings.set_policies("u-1", &[]),
            mappings.set_groups("u-1", &["ugr-1".to_owned()]),
        ];
        let group = [
            groups.get("ugr-1"),
            groups.delete("ugr-1"),
            groups.update("ugr-1", Some("a"), None),
            groups.set_members("ugr-1", &["u-1".to_owned()]),
            groups.set_policies("ugr-1", &[]),
        ];
        let account = [contract.get_account("act-1"), account::requests::delete("act-1")];
        // A code, and whether it says that the user, the group, the account is absent.
        let table = [
            ("USER_DOESNT_EXIST", [true, false, false]),
            ("User_DOESNT_EXIST", [true, false, false]),
            ("ProgrammaticUser_DOESNT_EXIST", [true, false, false]),
            ("CANT_GET_USER", [true, false, false]),
            ("USERGROUP_DOESNT_EXIST", [false, true, false]),
            ("UserGroup_DOESNT_EXIST", [false, true, false]),
            ("USER_GROUP_DOESNT_EXIST", [false, true, false]),
            ("CANT_GET_USER_GROUP", [false, true, false]),
            ("Account_DOESNT_EXIST", [false, false, true]),
            ("ServiceAccount_DOESNT_EXIST", [false, false, false]),
            ("GROUP_DOESNT_EXIST", [false, false, false]),
            ("POLICY_DOESNT_EXIST", [false, false, false]),
            ("_DOESNT_EXIST", [false, false, false]),
            ("USER", [false, false, false]),
            ("ValidationError", [false, false, false]),
        ];
        for (code, [of_user, of_group, of_account]) in table {
            let body = serde_json::json!({"response": {"status": {"code": 400},
                "errors": [{"code": code, "message": "'x' does not exist"}]}});
            let reply = reply(400, &body.to_string());
            let cases = user.iter().map(|request| (request, of_user));
            let cases = cases.chain(group.iter().map(|request| (request, of_group)));
            for (request, absent) in cases.chain(account.iter().map(|request| (request, of_account))) {
                let request = request.as_ref().expect("supported");
                let error = judge(contract, request, &reply, &[]);
                let expected = if absent { Failure::NotFound } else { Failure::Refused };
                assert_eq!(error.failure, expected, "{code} to {:?}", request.call);
                assert!(error.without_effect);
            }
        }
    }

    #[test]
    fn a_resource_that_is_missing_may_come_to_be() {
        let refused = |code: &str, message: &str| {
            let contract = named(ContractName::Production);
            let request = subscription::requests::delete("act-1", "sis-1").expect("a request");
            let body = serde_json::json!({"response": {"status": {"code": 400},
                "errors": [{"code": code, "message": message}]}});
            judge(contract, &request, &reply(400, &body.to_string()), &[])
        };
        let table = [
            ("CANT_CREATE_SUBSCRIPTION", "Resource 'sig-1' doesn't exist", true),
            ("CANT_UPDATE_SUBSCRIPTION", "Resource 'sig-1' does not exist", true),
            ("CANT_CREATE_SUBSCRIPTION", "the endpoint is not confirmed", false),
            ("ValidationError", "Resource 'sig-1' doesn't exist", false),
            ("", "CANT_CREATE_SUBSCRIPTION doesn't exist", false),
        ];
        for (code, message, missing) in table {
            assert_eq!(resource_is_missing(&refused(code, message)), missing, "{code} {message}");
        }
        let gone = refused("SUBSCRIPTION_DOESNT_EXIST", "");
        assert_eq!((gone.failure, gone.without_effect), (Failure::NotFound, true));
    }

    #[test]
    fn what_is_a_success() {
        // Status, body, in Production, in Published.
        let table = [
            (200, CONTRADICTION, true, true),
            (200, r#"{"response": {"items": [{"id": "act-1"}]}}"#, false, true),
            (200, "{}", false, true),
            (200, "", false, true),
            (200, "done", false, true),
            (204, "", false, true),
            (201, CONTRADICTION, false, true),
            (200, HTML, false, false),
            (200, "{\"response\"", false, false),
            (200, GONE, false, false),
            (200, ERRORS, false, false),
            (400, CONTRADICTION, false, false),
            (302, "", false, false),
        ];
        for (status, body, production, published) in table {
            let reply = reply(status, body);
            assert_eq!(named(ContractName::Production).is_success(&reply), production, "{status} {body}");
            assert_eq!(named(ContractName::Published).is_success(&reply), published, "{status} {body}");
        }
    }

    #[test]
    fn messages_are_for_people() {
        let table = [
            (400, GONE, "DELETE /setup/account/{accountId}: HTTP 400: Account_DOESNT_EXIST: no such account"),
            (400, BAD, "DELETE /setup/account/{accountId}: HTTP 400: Bad Request"),
            (404, PLAIN, "DELETE /setup/account/{accountId}: HTTP 404: Not Found"),
            (502, HTML, "DELETE /setup/account/{accountId}: HTTP 502: the body is HTML"),
            (200, "{}", "DELETE /setup/account/{accountId}: HTTP 200: this is no answer of the contract"),
        ];
        for (status, body, expected) in table {
            assert_eq!(delete(ContractName::Production, status, body).message, expected);
        }
    }

    #[test]
    fn words_are_cleaned() {
        let (secret, quoted) = (SecretString::from("hunter2"), SecretString::from("a\"b\\c"));
        let table = [
            ("a\u{1b}[31m b\r\nc\0d", "a [31m b c d"),
            ("the token hunter2hunter2 is bad", "the token [redacted][redacted] is bad"),
            ("{\"password\": \"a\\\"b\\\\c\"} is weak", "{\"password\": \"[redacted]\"} is weak"),
            ("\"https://hooks.example/cut-sh... is no channel", "[redacted] is no channel"),
        ];
        for (words, expected) in table {
            assert_eq!(clean(words, &[&secret, &quoted], MAX_WORDS), expected);
        }
        let long = SecretString::from("the client's own \"secret\"\nin two lines");
        let table = [
            ("a the client's own \"secret\"\nin two lines b", "a [redacted] b"),
            (r#"{"a":"the client's own \"secret\"\nin two lines"}"#, r#"{"a":"[redacted]"}"#),
            (r#"{"a":"the client's own \"sec..."#, r#"{"a":"[redacted]..."#),
            ("the client's own \"sec... the client is", "[redacted]... the client is"),
            ("the client", "the client"),
        ];
        for (words, expected) in table {
            assert_eq!(clean(words, &[&long], MAX_WORDS), expected);
        }
        let long = clean(&"ä".repeat(400), &[], MAX_WORDS);
        assert_eq!(long.chars().count(), MAX_WORDS + 1, "cut between characters, and shown as cut");
        assert!(long.ends_with('…'));
    }
}
