//! The two contracts of Spot (the design, "Two contracts for Spot").
//!
//! A contract is pure: it builds requests and judges answers. Everything above works on one model.

pub mod production;
pub mod published;

use std::fmt;

use http::Method;
use serde_json::Value;

use crate::engine::error::{Failure, VendorError};
use crate::engine::link::{Call, Effect};
use crate::vendors::spot::decode::Count;
use crate::vendors::spot::model::AccountUpdate;
use crate::vendors::spot::reply::Reply;

/// Which contract.
pub use crate::api::spot::Contract as ContractName;

/// The contract of that name.
pub fn named(name: ContractName) -> &'static dyn Contract {
    match name {
        ContractName::Production => &production::Production,
        ContractName::Published => &published::Published,
    }
}

/// What not every contract can do. A plan asks before it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// One account can be read by its id.
    GetAccount,
    /// An account's Slack channels can be set.
    AccountSlackChannels,
    /// A list of users tells their organization, and so proves where a token belongs.
    UsersTellOrganization,
    /// The organization to delete is named in the call. Without it, the token's is deleted: such a
    /// call may only follow a proof of identity with the same token (rule 11).
    DeleteNamesOrganization,
}

/// What a call is about, as far as its answer's meaning depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A collection, or something new: "does not exist" makes no sense as an answer.
    Nothing,
    /// The account whose id is in the path.
    Account,
    /// The organization whose id is in the path.
    Organization,
}

impl Subject {
    /// The word that the vendor's error codes have for it.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Account => Some("account"),
            Self::Organization => Some("organization"),
        }
    }
}

/// A call, and what it is about.
#[derive(Clone, Debug)]
pub struct Request {
    /// The call.
    pub call: Call,
    /// What it names.
    pub subject: Subject,
}

/// How one contract asks and how it must be understood.
pub trait Contract: fmt::Debug {
    /// Which one this is.
    fn name(&self) -> ContractName;
    /// Whether it can do that.
    fn supports(&self, capability: Capability) -> bool;

    /// All accounts of the token's organization.
    fn list_accounts(&self) -> Request {
        Request::read("/setup/account", "/setup/account".to_owned(), Subject::Nothing)
    }
    /// One account.
    fn get_account(&self, id: &str) -> Result<Request, VendorError>;
    /// A new account.
    fn create_account(&self, name: &str) -> Request {
        let body = serde_json::json!({"account": {"name": name}});
        Request::write(Method::POST, "/setup/account", "/setup/account".to_owned(), Subject::Nothing)
            .with_body(body)
    }
    /// Changes an account.
    fn update_account(&self, id: &str, update: &AccountUpdate) -> Result<Request, VendorError>;
    /// Deletes an account.
    fn delete_account(&self, id: &str) -> Result<Request, VendorError> {
        let path = format!("/setup/account/{}", segment(id)?);
        Ok(Request::write(Method::DELETE, ACCOUNT, path, Subject::Account))
    }
    /// All users of the organization.
    fn list_users(&self, organization: &str) -> Result<Request, VendorError>;
    /// A new organization. The name has nowhere to go in the document; it is sent as the live
    /// service takes it (spot-published note 1).
    fn create_organization(&self, name: &str) -> Request {
        let body = serde_json::json!({"organization": {"name": name}});
        let route = "/setup/organization";
        Request::write(Method::POST, route, route.to_owned(), Subject::Nothing).with_body(body)
    }
    /// Deletes an organization.
    fn delete_organization(&self, organization: &str) -> Result<Request, VendorError>;

    /// Whether a list must say how long it is.
    fn count(&self) -> Count;
    /// Whether this answer means that a write was carried out.
    fn is_success(&self, reply: &Reply) -> bool;
    /// Whether this answer, which is no success and no 429, means that nothing was carried out (rule 4).
    fn is_refusal(&self, reply: &Reply) -> bool;
    /// Whether this refusal says by its status alone that the object named in the path is absent.
    fn is_absent_by_status(&self, reply: &Reply) -> bool;
}

/// The route of one account.
pub(super) const ACCOUNT: &str = "/setup/account/{accountId}";

impl Request {
    pub(super) fn read(route: &'static str, path: String, subject: Subject) -> Self {
        let call = Call { method: Method::GET, route, path, body: None, effect: Effect::Read };
        Self { call, subject }
    }

    pub(super) fn write(method: Method, route: &'static str, path: String, subject: Subject) -> Self {
        Self { call: Call { method, route, path, body: None, effect: Effect::Write }, subject }
    }

    pub(super) fn with_body(mut self, body: Value) -> Self {
        self.call.body = Some(body);
        self
    }
}

/// An id as one segment of a path. Empty and dotted ids would lead to another route, which may
/// delete something else, so they are refused here.
pub(super) fn segment(id: &str) -> Result<String, VendorError> {
    if matches!(id, "" | "." | "..") {
        return Err(VendorError::without_effect(Failure::Refused, format!("{id:?} is not an id")));
    }
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.extend(
                [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    Ok(escaped)
}

/// The answer of a contract that has no such call.
pub(super) fn not_supported(contract: ContractName, what: &str) -> VendorError {
    VendorError::without_effect(Failure::NotSupported, format!("the {contract:?} contract {what}"))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn line(request: &Request) -> (String, &'static str, Option<String>, Effect) {
        let call = &request.call;
        let body = call.body.as_ref().map(Value::to_string);
        (format!("{} {}", call.method, call.path), call.route, body, call.effect)
    }

    #[test]
    fn requests_are_those_of_the_contract() {
        let (production, published) = (named(ContractName::Production), named(ContractName::Published));
        let rename = AccountUpdate { name: Some("b".into()), slack_channels: None };
        let channels =
            AccountUpdate { name: None, slack_channels: Some(vec![SecretString::from("https://s")]) };
        let none = AccountUpdate { name: None, slack_channels: Some(Vec::new()) };
        let ok = |request: Result<Request, VendorError>| request.expect("supported");
        let table = [
            (production.list_accounts(), "GET /setup/account", "/setup/account", None),
            (published.list_accounts(), "GET /setup/account", "/setup/account", None),
            (ok(production.get_account("act-1")), "GET /setup/account/act-1", ACCOUNT, None),
            (
                production.create_account("a"),
                "POST /setup/account",
                "/setup/account",
                Some(r#"{"account":{"name":"a"}}"#),
            ),
            (
                published.create_account("a"),
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
            (ok(production.delete_account("act-1")), "DELETE /setup/account/act-1", ACCOUNT, None),
            (ok(published.delete_account("act-1")), "DELETE /setup/account/act-1", ACCOUNT, None),
            (
                ok(production.list_users("606")),
                "GET /setup/organization/user",
                "/setup/organization/user",
                None,
            ),
            (
                ok(published.list_users("606")),
                "GET /setup/organization/606/user",
                "/setup/organization/{organizationId}/user",
                None,
            ),
            (
                production.create_organization("Acme"),
                "POST /setup/organization",
                "/setup/organization",
                Some(r#"{"organization":{"name":"Acme"}}"#),
            ),
            (
                published.create_organization("Acme"),
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
            (
                ok(published.delete_organization("606")),
                "DELETE /setup/organization",
                "/setup/organization",
                None,
            ),
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
        for name in [ContractName::Production, ContractName::Published] {
            let contract = named(name);
            for id in ["", ".", ".."] {
                let error = contract.delete_account(id).expect_err("no id");
                assert_eq!((error.failure, error.without_effect), (Failure::Refused, true), "{id:?}");
            }
            let request = contract.delete_account("../organization/6?a=b#c%2f é").expect("escaped");
            assert_eq!(request.call.path, "/setup/account/..%2Forganization%2F6%3Fa%3Db%23c%252f%20%C3%A9");
        }
        assert!(named(ContractName::Production).delete_organization("").is_err());
    }
}
