//! The requests of both contracts, and those that they have alike.

mod access;
mod credentials;
mod policies;
mod subscriptions;

use http::Method;
use secrecy::SecretString;
use serde_json::Value;

use super::*;
use crate::engine::base::error::{Failure, VendorError};
use crate::engine::external::caller::Effect;
use crate::vendors::spot::account::model::AccountUpdate;
use crate::vendors::spot::account::requests::ACCOUNT;
use crate::vendors::spot::client::request::{Request, Subject};
use crate::vendors::spot::{account, organization};

fn line(request: &Request) -> (String, &'static str, Option<String>, Effect) {
    let call = &request.call;
    let body = call.body.as_ref().map(Value::to_string);
    (format!("{} {}", call.method, call.path), call.route, body, call.effect)
}

/// Method and path, route, body and subject of a request, whose effect goes by its method.
fn sent(request: Result<Request, VendorError>) -> (String, &'static str, Option<Value>, Subject) {
    let request = request.expect("supported");
    let call = request.call;
    let effect = if call.method == Method::GET { Effect::Read } else { Effect::Write };
    assert_eq!(call.effect, effect, "{call:?}");
    (format!("{} {}", call.method, call.path), call.route, call.body, request.subject)
}

#[test]
fn requests_are_those_of_the_contract() {
    let (production, published) = (named(ContractName::Production), named(ContractName::Published));
    let rename = AccountUpdate { name: Some("b".into()), slack_channels: None };
    let channels = AccountUpdate { name: None, slack_channels: Some(vec![SecretString::from("https://s")]) };
    let none = AccountUpdate { name: None, slack_channels: Some(Vec::new()) };
    let ok = |request: Result<Request, VendorError>| request.expect("supported");
    let table = [
        (account::requests::list(), "GET /setup/account", "/setup/account", None),
        (ok(production.get_account("act-1")), "GET /setup/account/act-1", ACCOUNT, None),
        (
            account::requests::create("a"),
            "POST /setup/account",
            "/setup/account",
            Some(r#"{"account":{"name":"a"}}"#),
        ),
        (
            ok(production.update_account("act-1", &rename)),
            "PUT /setup/account/act-1",
            ACCOUNT,
            Some(r#"{"account":{"name":"b"}}"#),
        ),
        (
            ok(published.update_account("act-1", &rename)),
            "PUT /setup/account/act-1",
            ACCOUNT,
            Some(r#"{"account":{"name":"b"}}"#),
        ),
        (
            ok(production.update_account("act-1", &channels)),
            "PUT /setup/account/act-1",
            ACCOUNT,
            Some(r#"{"account":{"slackNotificationChannels":["https://s"]}}"#),
        ),
        (
            ok(production.update_account("act-1", &none)),
            "PUT /setup/account/act-1",
            ACCOUNT,
            Some(r#"{"account":{"slackNotificationChannels":[]}}"#),
        ),
        (ok(account::requests::delete("act-1")), "DELETE /setup/account/act-1", ACCOUNT, None),
        (ok(production.list_users("606")), "GET /setup/organization/user", "/setup/organization/user", None),
        (
            ok(published.list_users("606")),
            "GET /setup/organization/606/user",
            "/setup/organization/{organizationId}/user",
            None,
        ),
        (
            organization::requests::create("Acme"),
            "POST /setup/organization",
            "/setup/organization",
            Some(r#"{"organization":{"name":"Acme"}}"#),
        ),
        (
            ok(production.delete_organization("606")),
            "DELETE /setup/organization/606",
            "/setup/organization/{organizationId}",
            None,
        ),
        (ok(published.delete_organization("606")), "DELETE /setup/organization", "/setup/organization", None),
    ];
    for (request, expected, route, body) in table {
        let effect = if expected.starts_with("GET") { Effect::Read } else { Effect::Write };
        assert_eq!(line(&request), (expected.to_owned(), route, body.map(str::to_owned), effect));
    }
}

#[test]
fn what_published_lacks_is_said_and_not_called() {
    let published = named(ContractName::Published);
    let update = AccountUpdate { name: Some("b".into()), slack_channels: Some(Vec::new()) };
    assert!(!published.supports(Capability::GetAccount));
    assert!(!published.supports(Capability::AccountSlackChannels));
    for refused in [published.get_account("act-1"), published.update_account("act-1", &update)] {
        let error = refused.expect_err("not supported");
        assert_eq!((error.failure, error.without_effect), (Failure::NotSupported, true));
    }
}

#[test]
fn ids_cannot_lead_to_another_route() {
    for id in ["", ".", ".."] {
        let error = account::requests::delete(id).expect_err("no id");
        assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{id:?}");
    }
    let request = account::requests::delete("../organization/6?a=b#c%2f é").expect("escaped");
    assert_eq!(request.call.path, "/setup/account/..%2Forganization%2F6%3Fa%3Db%23c%252f%20%C3%A9");
    assert!(named(ContractName::Production).delete_organization("").is_err());
}
