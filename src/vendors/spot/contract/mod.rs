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
